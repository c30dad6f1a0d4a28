from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from trustspace.crypto.sealed import seal, unseal
from trustspace.errors import InvalidKey

CHEAP = 2


def test_seal__opened_with_password_and_label__same_content() -> None:
    first, second = (seal(b"seeds", "password", b"label", cost=CHEAP) for _ in range(2))
    assert first != second
    assert b"seeds" not in first
    assert unseal(first, "password", b"label") == b"seeds"


def test_seal__layout__as_documented() -> None:
    """Opened by hand: hashlib's scrypt, and the bytes where the docstring says they are."""
    from hashlib import scrypt

    raw = seal(b"seeds", "password", b"label", cost=CHEAP)
    assert raw[:6] == b"TSSF\x01\x02"
    key = scrypt(b"password", salt=raw[6:22], n=4, r=8, p=1, dklen=32)
    assert ChaCha20Poly1305(key).decrypt(raw[22:34], raw[34:], raw[:22] + b"label") == b"seeds"


@pytest.mark.parametrize("place", [5, 10, 25, 40, -1])
def test_unseal__any_byte_changed__refused(place: int) -> None:
    raw = bytearray(seal(b"seeds of an epoch", "password", b"label", cost=CHEAP))
    raw[place] ^= 1
    with pytest.raises(InvalidKey):
        unseal(bytes(raw), "password", b"label", where="file")


@pytest.mark.parametrize("raw", [b"", b"TSSF", b"TSSF\1" + bytes(60), b"TSSF\1\x40" + bytes(60), b"other" * 20])
def test_unseal__no_sealed_file_or_absurd_cost__refused(raw: bytes) -> None:
    with pytest.raises(InvalidKey, match="not a sealed file"):
        unseal(raw, "password", b"label")


def test_unseal__wrong_password_or_label__refused() -> None:
    raw = seal(b"seeds", "password", b"label", cost=CHEAP)
    for password, label in (("Password", b"label"), ("password", b"other"), ("", b"label")):
        with pytest.raises(InvalidKey, match="wrong password"):
            unseal(raw, password, label)
