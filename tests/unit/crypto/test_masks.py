# not-a-key: whole file (published vectors)
from typing import Any

import pytest

from trustspace.crypto.masks import (
    MaskBook,
    MaskContext,
    MaskKey,
    derive_key,
    key_stream,
    pairwise_mask,
    pairwise_stream,
    receiver_stream,
)
from trustspace.encoding.fixed_point import pack_words
from trustspace.errors import InputError, InvalidKey, MaskReuse, OutOfRange

CONTEXT = MaskContext(run=b"r" * 32, round=1, tensor="counts")


def key(seed: int) -> MaskKey:
    return MaskKey(seed.to_bytes(2, "big") * 16)


def test_mask_key__rfc_7748_section_6_1__published_secret() -> None:
    first = MaskKey(bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    second = MaskKey(bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    assert first.public.hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert first.shared_with(second.public).hex() == shared
    assert second.shared_with(first.public).hex() == shared


def test_derive_key__rfc_5869_test_case_1__published_output() -> None:
    output = derive_key(
        bytes([0x0B]) * 22,
        bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        salt=bytes.fromhex("000102030405060708090a0b0c"),
        length=42,
    )
    assert output.hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


def test_derive_key__rfc_5869_test_case_3__no_salt_no_info() -> None:
    output = derive_key(bytes([0x0B]) * 22, b"", length=42)
    assert output.hex() == ("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")


def test_key_stream__rfc_8439_appendix_a_1__blocks_0_and_1() -> None:
    assert pack_words(key_stream(bytes(32), 16)).hex() == (
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
        "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
    )


def test_pairwise_mask__all_parties__cancels() -> None:
    keys = {party: key(party) for party in (2, 5, 9, 300)}
    peers = {party: own.public for party, own in keys.items()}
    masks = [pairwise_mask(own, party, peers, CONTEXT, 1000) for party, own in keys.items()]
    assert not sum(masks[1:], masks[0].copy()).any()
    assert all(mask.any() for mask in masks)
    assert (masks[0] + masks[1] + masks[2]).any()


def test_pairwise_stream__lower_id__adds_what_the_higher_subtracts() -> None:
    low, high = key(1), key(2)
    plus = pairwise_stream(low, 1, 2, high.public, CONTEXT, 50)
    minus = pairwise_stream(high, 2, 1, low.public, CONTEXT, 50)
    assert (plus + minus == 0).all()
    with pytest.raises(OutOfRange, match="party 1"):
        pairwise_stream(low, 1, 1, high.public, CONTEXT, 50)


@pytest.mark.parametrize(
    "other",
    [
        MaskContext(run=b"s" * 32, round=1, tensor="counts"),
        MaskContext(run=b"r" * 32, round=2, tensor="counts"),
        MaskContext(run=b"r" * 32, round=1, tensor="newton"),
    ],
)
def test_pairwise_stream__other_context__unrelated_stream(other: MaskContext) -> None:
    first = pairwise_stream(key(1), 1, 2, key(2).public, CONTEXT, 100)
    assert not (first == pairwise_stream(key(1), 1, 2, key(2).public, other, 100)).any()


def test_receiver_stream__both_ends__same_and_apart_from_pairwise() -> None:
    source, receiver = key(1), key(2)
    sent = receiver_stream(source, receiver.public, CONTEXT, 100, source_id=1, receiver_id=2, own_id=1)
    opened = receiver_stream(receiver, source.public, CONTEXT, 100, source_id=1, receiver_id=2, own_id=2)
    assert (sent == opened).all()
    assert not (sent == pairwise_stream(source, 1, 2, receiver.public, CONTEXT, 100)).any()
    with pytest.raises(OutOfRange, match="party 3"):
        receiver_stream(source, receiver.public, CONTEXT, 1, source_id=1, receiver_id=2, own_id=3)


@pytest.mark.parametrize("public", [bytes(32), b"\x01" + bytes(31), b"short"])
def test_shared_with__unusable_key__names_the_party(public: bytes) -> None:
    with pytest.raises(InvalidKey, match="party 7"):
        key(1).shared_with(public, peer=7)


def test_mask_key__repr__hides_the_private_half() -> None:
    private = b"\x21" * 32
    assert private.hex() not in repr(MaskKey(private))
    with pytest.raises(InvalidKey, match="32 bytes"):
        MaskKey(b"short")
    assert MaskKey.generate().public != MaskKey.generate().public


def test_mask_book__same_data__no_op_and_other_data__refused() -> None:
    kept: dict[bytes, bytes] = {}
    book = MaskBook(seen=kept, tag_key=b"k" * 32)
    book.claim(CONTEXT, b"vector", party=4)
    book.claim(CONTEXT, b"vector", party=4)
    with pytest.raises(MaskReuse, match=r"party 4.*round 1, tensor counts"):
        book.claim(CONTEXT, b"another", party=4)
    with pytest.raises(MaskReuse):  # the book survives a restart
        MaskBook(seen=kept, tag_key=b"k" * 32).claim(CONTEXT, b"another")


@pytest.mark.parametrize("half", [{"seen": {}}, {"seen": {b"place": b"tag"}}, {"tag_key": b"k" * 32}])
def test_mask_book__kept_mapping_without_its_tag_key__refused(half: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="both or none"):
        MaskBook(**half)


@pytest.mark.parametrize("tag_key", [b"", b"k", b"k" * 31, b"k" * 33])
def test_mask_book__tag_key_of_another_length__refused(tag_key: bytes) -> None:
    with pytest.raises(InvalidKey, match="32 bytes"):
        MaskBook(seen={}, tag_key=tag_key)


def test_mask_book__repr__hides_the_tag_key() -> None:
    assert repr(b"k" * 32) not in repr(MaskBook(seen={}, tag_key=b"k" * 32))


def test_mask_context__round_beyond_uint32__refused() -> None:
    with pytest.raises(OutOfRange, match="round 4294967296"):
        MaskContext(run=b"r" * 32, round=2**32, tensor="counts")
