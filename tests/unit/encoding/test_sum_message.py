import numpy as np
import pytest

from trustspace.encoding.sum_message import SumHeader, pack_vector, unpack_vector
from trustspace.errors import OutOfRange

HEADER = SumHeader(run=b"r" * 32, round=7, participant=513, tensor="newton", roster=b"o" * 32)


def test_pack_vector__layout__as_drawn() -> None:
    raw = pack_vector(HEADER, np.array([1, 2**64 - 1], dtype=np.uint64))
    assert raw == (
        b"TSV2"
        + b"r" * 32
        + bytes([0, 0, 0, 7, 2, 1])
        + b"o" * 32
        + bytes([8, 6])
        + b"newton"
        + bytes([0] * 7 + [2])
        + b"\x01"
        + bytes(7)
        + b"\xff" * 8
    )
    header, words = unpack_vector(raw, where="party 513")
    assert header == HEADER
    assert words.tolist() == [1, 2**64 - 1]


@pytest.mark.parametrize("cut", [0, 10, 43, 75, 80, 90, -1])
def test_unpack_vector__cut__refused(cut: int) -> None:
    raw = pack_vector(HEADER, np.array([1, 2], dtype=np.uint64))
    with pytest.raises(OutOfRange, match="party 513"):
        unpack_vector(raw[:cut], where="party 513")


def test_unpack_vector__other_magic_or_tail__refused() -> None:
    raw = pack_vector(HEADER, np.array([1], dtype=np.uint64))
    for bad in (b"TSV1" + raw[4:], raw + b"\0", raw[:74] + b"\x02" + raw[75:]):
        with pytest.raises(OutOfRange, match="another layout"):
            unpack_vector(bad, where="party 513")


def test_pack_vector__32_bit_words__half_the_bytes() -> None:
    raw = pack_vector(HEADER, np.array([1, 2**32 - 1], dtype=np.uint32))
    assert raw[74] == 4
    assert raw[-8:] == b"\x01\0\0\0\xff\xff\xff\xff"
    header, words = unpack_vector(raw, where="party 513")
    assert (header, words.dtype, words.tolist()) == (HEADER, np.uint32, [1, 2**32 - 1])


@pytest.mark.parametrize("field", [{"round": 2**32}, {"participant": 2**16}, {"run": b"short"}, {"roster": b"short"}])
def test_pack_vector__field_too_large__refused(field: dict[str, object]) -> None:
    values: dict[str, object] = {"run": HEADER.run, "round": 1, "participant": 1, "tensor": "t"} | field
    with pytest.raises(OutOfRange):
        pack_vector(SumHeader(**values), np.zeros(1, dtype=np.uint64))  # type: ignore[arg-type]
