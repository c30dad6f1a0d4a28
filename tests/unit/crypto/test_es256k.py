"""ES256K against a published message, and what it must not take."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from trustspace.crypto.es256k import is_signed, sign
from trustspace.crypto.signing import SigningKey, address_of_key, recover_key
from trustspace.encoding.hashing import keccak
from trustspace.encoding.jose import from_base64url, key_of_jwk

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "es256k.json").read_text(encoding="utf-8"))
KEY = SigningKey(from_base64url(VECTOR["private"]["d"]))
PUBLIC = key_of_jwk(VECTOR["public"])
CONTENT = f"{VECTOR['header']}.{VECTOR['payload']}".encode()
SIGNATURE = from_base64url(VECTOR["signature"])
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141  # not-a-key: of the curve


def test_is_signed__published_message__true() -> None:
    assert KEY.public_key == PUBLIC
    assert is_signed(CONTENT, SIGNATURE, PUBLIC)


def test_is_signed__each_byte_of_signature_key_or_content_changed__false() -> None:
    for at in range(64):
        flipped = bytes([SIGNATURE[at] ^ 1])
        assert not is_signed(CONTENT, SIGNATURE[:at] + flipped + SIGNATURE[at + 1 :], PUBLIC)
        assert not is_signed(CONTENT, SIGNATURE, PUBLIC[:at] + bytes([PUBLIC[at] ^ 1]) + PUBLIC[at + 1 :])
    assert not is_signed(CONTENT + b".", SIGNATURE, PUBLIC)


def test_is_signed__the_twin_with_a_high_s__false() -> None:
    s = int.from_bytes(SIGNATURE[32:], "big")
    assert s < ORDER // 2
    assert not is_signed(CONTENT, SIGNATURE[:32] + (ORDER - s).to_bytes(32, "big"), PUBLIC)


def test_is_signed__nonsense__false() -> None:
    zeros, ones = bytes(64), b"\xff" * 64
    for signature in (b"", zeros, ones, SIGNATURE[:63], SIGNATURE + b"\0", SIGNATURE[:32] + bytes(32)):
        assert not is_signed(CONTENT, signature, PUBLIC)
    for public in (b"", zeros, ones, PUBLIC[:63], PUBLIC + b"\0"):
        assert not is_signed(CONTENT, SIGNATURE, public)


@given(st.binary(max_size=80), st.binary(min_size=1, max_size=8))
def test_sign__any_content__is_the_keys_and_of_no_other_content(content: bytes, seed: bytes) -> None:
    key = SigningKey(keccak(seed))
    signature = sign(key, content)
    assert is_signed(content, signature, key.public_key)
    assert not is_signed(content + b"x", signature, key.public_key)
    assert not is_signed(content, signature, PUBLIC)


def test_sign__of_an_account__does_not_verify_as_a_chain_signature() -> None:
    """The same key and bytes: SHA-256 here, Keccak-256 there."""
    signature = sign(KEY, CONTENT)
    recovered = {address_of_key(recover_key(keccak(CONTENT), signature + bytes([v]))) for v in (27, 28)}
    assert KEY.address not in recovered
