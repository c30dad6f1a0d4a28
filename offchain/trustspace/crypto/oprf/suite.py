"""Transcripts of the verifiable mode of RFC 9497 (sections 2.2.1, 2.2.2, 3.1, 3.3.2), for any group hashed by SHA-256.

Elements enter as their serialised bytes and scalars leave as numbers, so that what is said here can be checked against
the RFC's own vectors (P256-SHA256) as well as used for our suite, which the RFC does not define:

    identifier       secp256k1-SHA256
    group            secp256k1, elements compressed (33 bytes)
    hash to group    secp256k1_XMD:SHA-256_SSWU_RO_ of RFC 9380, DST "HashToGroup-" || context
    hash to scalar   hash_to_field with L = 48, expand_message_xmd, SHA-256, DST "HashToScalar-" || context
    context          "OPRFV1-" || 0x01 || "-" || identifier
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.hash_to_field import hash_to_field
from trustspace.crypto.oprf.secp256k1 import ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERIFIABLE = b"\1"


@dataclass(frozen=True)
class Suite:
    """One ciphersuite in the verifiable mode."""

    identifier: bytes
    order: int

    @cached_property
    def context(self) -> bytes:
        """Separates this suite and mode from all others."""
        return b"OPRFV1-" + _VERIFIABLE + b"-" + self.identifier

    @cached_property
    def group_dst(self) -> bytes:
        """Domain separation of HashToGroup."""
        return b"HashToGroup-" + self.context

    def hash_to_scalar(self, message: bytes) -> int:
        """HashToScalar."""
        return hash_to_field(message, self._scalar_dst, 1, self.order)[0]

    def composite_scalars(self, key: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes]) -> list[int]:
        """The d_i of ComputeComposites: one random weight for each pair of elements."""
        seed = sha256(_prefixed(key) + _prefixed(b"Seed-" + self.context)).digest()
        head = _prefixed(seed)
        return [
            self.hash_to_scalar(head + number.to_bytes(2, "big") + _prefixed(first) + _prefixed(second) + b"Composite")
            for number, (first, second) in enumerate(zip(blinded, evaluated, strict=True))
        ]

    def challenge(self, key: bytes, m: bytes, z: bytes, t2: bytes, t3: bytes) -> int:
        """The challenge of GenerateProof."""
        return self.hash_to_scalar(b"".join(map(_prefixed, (key, m, z, t2, t3))) + b"Challenge")

    def finalize(self, message: bytes, unblinded: bytes) -> bytes:
        """Finalize: the pseudo-random output of 32 bytes."""
        return sha256(_prefixed(message) + _prefixed(unblinded) + b"Finalize").digest()

    @cached_property
    def _scalar_dst(self) -> bytes:
        return b"HashToScalar-" + self.context


SECP256K1 = Suite(b"secp256k1-SHA256", ORDER)


def _prefixed(item: bytes) -> bytes:
    return len(item).to_bytes(2, "big") + item
