from __future__ import annotations

import pytest

from tests.unit.crypto.oprf.published import published
from trustspace.crypto.oprf.hash_to_field import expand_message, hash_to_field
from trustspace.errors import OutOfRange


@pytest.mark.parametrize("group", [0, 1], ids=["short dst", "dst beyond 255 bytes"])
def test_expand_message__published_vectors__equal(group: int) -> None:
    vectors = published()["expand_message"][group]
    assert len(vectors["tests"]) == 10
    for vector in vectors["tests"]:
        expected = bytes.fromhex(vector["uniform_bytes"])
        found = expand_message(vector["msg"].encode(), vectors["DST"].encode(), int(vector["len_in_bytes"], 16))
        assert found == expected


def test_expand_message__more_than_255_blocks__refused() -> None:
    assert len(expand_message(b"", b"dst", 255 * 32)) == 255 * 32
    with pytest.raises(OutOfRange, match="8161 bytes"):
        expand_message(b"", b"dst", 255 * 32 + 1)


def test_hash_to_field__other_tag_or_message__other_numbers() -> None:
    found = {hash_to_field(message, tag, 2, 2**255 - 19) for message in (b"a", b"b") for tag in (b"x", b"y")}
    assert len({number for pair in found for number in pair}) == 8
