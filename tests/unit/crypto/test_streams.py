# not-a-key: whole file (published vectors)
import numpy as np
import pytest

from trustspace.crypto.masks import MaskContext, derive_key
from trustspace.crypto.streams import TILE_BYTES, _derive, add_streams, pair_key, self_key

CONTEXT = MaskContext(run=b"r" * 32, round=1, tensor="counts")
LOW, HIGH = (2, b"l" * 32), (5, b"h" * 32)


def stream(key: bytes, count: int, dtype: type = np.uint64) -> np.ndarray:
    total = np.zeros(count, dtype=dtype)
    add_streams(total, [key])
    return total


def test_add_streams__aes_128_of_blocks_0_and_1_under_key_0__published_values() -> None:
    # the GCM specification (McGrew and Viega 2005), test case 1: H = E(K, 0), and E(K, Y0) with Y0 = 1
    published = "66e94bd4ef8a2c3b884cfa59ca342b2e58e2fccefa7e3061367f1d57a4e7455a"
    assert stream(bytes(16), 4).tobytes().hex() == published
    assert stream(bytes(16), 8, np.uint32).tobytes().hex() == published


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
@pytest.mark.parametrize("count", [0, 1, TILE_BYTES // 8, TILE_BYTES // 8 + 3, 50_001])
def test_add_streams__any_length__as_the_slow_sum(dtype: type, count: int) -> None:
    keys = [bytes([number]) * 16 for number in range(5)]
    total = np.arange(count, dtype=dtype)
    add_streams(total, keys[:3], keys[3:])
    expected = np.arange(count, dtype=dtype)
    for number, key in enumerate(keys):
        mask = np.frombuffer(stream(key, count, dtype).tobytes(), dtype=dtype)
        expected = expected + mask if number < 3 else expected - mask
    assert (total == expected).all()


def test_add_streams__added_and_subtracted__nothing_is_left() -> None:
    total = np.zeros(30_000, dtype=np.uint64)
    add_streams(total, [b"k" * 16], [b"k" * 16])
    assert not total.any()


def test_keys__differ_in_every_part_of_the_context() -> None:
    others = [
        MaskContext(run=b"s" * 32, round=1, tensor="counts"),
        MaskContext(run=b"r" * 32, round=2, tensor="counts"),
        MaskContext(run=b"r" * 32, round=1, tensor="newton"),
        MaskContext(run=b"r" * 32, round=1, tensor="count"),
    ]
    secret = b"x" * 32
    pairs = {pair_key(secret, context, LOW, HIGH) for context in (CONTEXT, *others)}
    own = {self_key(secret, context, 2) for context in (CONTEXT, *others)}
    more = {
        pair_key(b"y" * 32, CONTEXT, LOW, HIGH),
        pair_key(secret, CONTEXT, (3, LOW[1]), HIGH),
        pair_key(secret, CONTEXT, LOW, (5, b"g" * 32)),
        self_key(secret, CONTEXT, 3),
    }
    assert len(pairs | own | more) == 14
    assert all(len(key) == 16 for key in pairs)


def test_derive__as_hkdf_of_the_library() -> None:
    parts = (b"trustspace.sum.v2", b"pair", CONTEXT.run, bytes([0, 0, 0, 1]), b"counts", b"id")
    info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert _derive(b"s" * 32, b"pair", CONTEXT, b"id") == derive_key(b"s" * 32, info, length=16)
