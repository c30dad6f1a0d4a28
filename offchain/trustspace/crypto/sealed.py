"""Secrets at rest: scrypt (RFC 7914) and ChaCha20-Poly1305 (RFC 8439), as encrypted keystores do it for single keys.

    offset  size  field
    0       4     "TSSF"
    4       1     version = 1
    5       1     log2 of scrypt's N (r = 8, p = 1)
    6       16    salt
    22      12    nonce
    34            ciphertext and tag

The first 22 bytes and the label of what is kept are authenticated.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from trustspace.errors import InvalidKey

_HEAD = b"TSSF\1"
_SALT, _NONCE, _KEY = 16, 12, 32
_START = len(_HEAD) + 1 + _SALT
COST = 17
"""128 MB and a third of a second for every guess."""
_MOST_COST = 20


def seal(content: bytes, password: str, label: bytes, *, cost: int = COST) -> bytes:
    """Encrypt `content`; `label` says what it is, and is needed to open it. A lower `cost` is for tests only."""
    head = _HEAD + bytes([cost]) + secrets.token_bytes(_SALT)
    nonce = secrets.token_bytes(_NONCE)
    return head + nonce + _cipher(head, password).encrypt(nonce, content, head + label)


def unseal(raw: bytes, password: str, label: bytes, *, where: str = "") -> bytes:
    """Decrypt. Raises InvalidKey for a wrong password, another label or a damaged file."""
    head, nonce, sealed = raw[:_START], raw[_START : _START + _NONCE], raw[_START + _NONCE :]
    if not raw.startswith(_HEAD) or len(raw) < _START + _NONCE or not 1 <= raw[len(_HEAD)] <= _MOST_COST:
        raise InvalidKey("not a sealed file of version 1", where=where, remedy="restore it from a backup")
    try:
        return _cipher(head, password).decrypt(nonce, sealed, head + label)
    except InvalidTag as error:
        raise InvalidKey(
            "wrong password, or not the file that belongs here", where=where, remedy="check the password file"
        ) from error


def _cipher(head: bytes, password: str) -> ChaCha20Poly1305:
    scrypt = Scrypt(salt=head[-_SALT:], length=_KEY, n=1 << head[len(_HEAD)], r=8, p=1)
    return ChaCha20Poly1305(scrypt.derive(password.encode()))
