import numpy as np
import pytest

from trustspace.encoding.sum_message import SumHeader, pack_vector, unpack_vector
from trustspace.errors import OutOfRange

HEADER = SumHeader(run=b"r" * 32, round=7, participant=513, tensor="newton")


def test_pack_vector__layout__as_drawn() -> None:
    raw = pack_vector(HEADER, np.array([1, 2**64 - 1], dtype=np.uint64))
    assert raw == (
        b"TSV1"
        + b"r" * 32
        + bytes([0, 0, 0, 7, 2, 1, 6])
        + b"newton"
        + bytes([0] * 7 + [2])
        + b"\x01"
        + bytes(7)
        + b"\xff" * 8
    )
    header, words = unpack_vector(raw, where="party 513")
    assert header == HEADER
    assert words.tolist() == [1, 2**64 - 1]


@pytest.mark.parametrize("cut", [0, 10, 43, 50, 60, -1])
def test_unpack_vector__cut__refused(cut: int) -> None:
    raw = pack_vector(HEADER, np.array([1, 2], dtype=np.uint64))
    with pytest.raises(OutOfRange, match="party 513"):
        unpack_vector(raw[:cut], where="party 513")


def test_unpack_vector__other_magic_or_tail__refused() -> None:
    raw = pack_vector(HEADER, np.array([1], dtype=np.uint64))
    for bad in (b"TSV2" + raw[4:], raw + b"\0"):
        with pytest.raises(OutOfRange, match="another layout"):
            unpack_vector(bad, where="party 513")


@pytest.mark.parametrize("field", [{"round": 2**32}, {"participant": 2**16}, {"run": b"short"}])
def test_pack_vector__field_too_large__refused(field: dict[str, object]) -> None:
    values: dict[str, object] = {"run": HEADER.run, "round": 1, "participant": 1, "tensor": "t"} | field
    with pytest.raises(OutOfRange):
        pack_vector(SumHeader(**values), np.zeros(1, dtype=np.uint64))  # type: ignore[arg-type]
