"""The tree of a batch whose invoices can be proven about: Poseidon2, twenty levels, as `invoice_range` opens it.

    leaf      = poseidon2_hash([1, amount, rest, secret])     0 in places without an invoice
    node      = poseidon2_hash([2, left, right])
    nullifier = poseidon2_hash([3, secret, scope])
    amount    = the invoice's total with tax, in fen
    rest      = SHA-256 of the invoice's canonical bytes, its first 31 bytes

A secret is 31 random bytes of one invoice. Without it a leaf cannot be guessed, however few invoices are plausible, and
no two nullifiers can be told to be of one invoice. Invoices that were void when they were anchored, and those without a
positive total, have no secret (31 zero bytes) and no leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.encoding.canonical import canonical_bytes
from trustspace.encoding.poseidon2 import poseidon2_hash
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.invoices import Invoice

DEPTH = 20
SECRET_BYTES = 31
NO_LEAF = 0
_LEAF, _NODE, _NULLIFIER = 1, 2, 3
_REST_BYTES = 31


@dataclass(frozen=True, slots=True)
class ProvableTree:
    """All layers of a tree, leaves first, without what is empty on their right."""

    layers: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, leaves: Sequence[int]) -> ProvableTree:
        """Tree over leaves. Raises OutOfRange for none, or for more than 2^DEPTH."""
        if not 1 <= len(leaves) <= 1 << DEPTH:
            raise OutOfRange(
                f"{len(leaves)} invoices", where="provable batch", remedy=f"a batch takes 1 to {1 << DEPTH} of them"
            )
        layers = [tuple(leaves)]
        for level in range(DEPTH):
            below = (*layers[-1], empty(level)) if len(layers[-1]) % 2 else layers[-1]
            layers.append(tuple(node(left, right) for left, right in zip(below[::2], below[1::2], strict=True)))
        return cls(tuple(layers))

    @property
    def root(self) -> int:
        return self.layers[-1][0]

    def siblings(self, index: int) -> tuple[int, ...]:
        """Siblings from leaf to root, DEPTH of them. Raises OutOfRange for no such leaf."""
        if not 0 <= index < len(self.layers[0]):
            raise OutOfRange(
                f"index {index}", where="provable batch", remedy=f"it holds {len(self.layers[0])} invoices"
            )
        found = []
        for level, layer in enumerate(self.layers[:-1]):
            beside = index >> level ^ 1
            found.append(layer[beside] if beside < len(layer) else empty(level))
        return tuple(found)


def leaf(amount: int, rest: int, secret: int) -> int:
    """Leaf of one invoice."""
    return poseidon2_hash([_LEAF, amount, rest, secret])


def node(left: int, right: int) -> int:
    """Parent of two nodes."""
    return poseidon2_hash([_NODE, left, right])


def nullifier_of(secret: int, scope: int) -> int:
    """What shows an invoice once in a scope. Raises OutOfRange for a scope that is no field element."""
    return poseidon2_hash([_NULLIFIER, secret, scope])


@cache
def empty(level: int) -> int:
    """Root of a subtree of so many levels without invoices."""
    return node(empty(level - 1), empty(level - 1)) if level else NO_LEAF


def climb(start: int, index: int, siblings: Sequence[int]) -> int:
    """The root over a leaf at `index` with these siblings."""
    for level, sibling in enumerate(siblings):
        start = node(sibling, start) if index >> level & 1 else node(start, sibling)
    return start


def is_provable(invoice: Invoice) -> bool:
    """Whether an invoice has a leaf: valid when it was anchored, with a positive total."""
    return not invoice.is_void and invoice.total_fen > 0


def rest_of(invoice: Invoice) -> int:
    """What a leaf holds of an invoice besides its amount."""
    return int.from_bytes(sha256(canonical_bytes(invoice)).digest()[:_REST_BYTES], "big")


def secrets_for(invoices: Sequence[Invoice], random: bytes) -> bytes:
    """Secrets of a batch, side by side, from SECRET_BYTES random bytes for each invoice."""
    return b"".join(
        random[SECRET_BYTES * index : SECRET_BYTES * (index + 1)] if is_provable(invoice) else bytes(SECRET_BYTES)
        for index, invoice in enumerate(invoices)
    )


def provable_tree(invoices: Sequence[Invoice], secrets: bytes) -> ProvableTree:
    """The tree of a batch. Raises OutOfRange unless there are SECRET_BYTES bytes for each invoice."""
    if len(secrets) != SECRET_BYTES * len(invoices):
        raise OutOfRange(
            f"{len(secrets)} bytes of secrets for {len(invoices)} invoices",
            where="provable batch",
            remedy=f"draw {SECRET_BYTES} random bytes for each",
        )
    own = (int.from_bytes(secrets[at : at + SECRET_BYTES], "big") for at in range(0, len(secrets), SECRET_BYTES))
    return ProvableTree.of(
        [
            leaf(invoice.total_fen, rest_of(invoice), secret) if secret else NO_LEAF
            for invoice, secret in zip(invoices, own, strict=True)
        ]
    )
