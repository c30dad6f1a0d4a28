r"""Merkle trees with sorted pairs, as OpenZeppelin's MerkleProof verifies them (commutative keccak).

    layer 2            root
                      /    \
    layer 1       n(0,1)    leaf 2      an odd node moves up unchanged
                  /   \
    layer 0   leaf 0  leaf 1  leaf 2

node(a, b) = keccak256(min(a, b) || max(a, b)). Leaves must be hashes of something longer than 64 bytes or double hashes
(`commitments.leaf`), else a node could be passed off as a leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sha3 import keccak_256

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence


def node(a: bytes, b: bytes) -> bytes:
    """Parent of two nodes, the same whichever stands left."""
    digest: bytes = keccak_256(a + b if a < b else b + a).digest()
    return digest


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root over 32-byte leaves, keeping one layer at a time. Raises OutOfRange when there are none."""
    layer = _checked(leaves)
    while len(layer) > 1:
        layer = _next_layer(layer)
    return layer[0]


@dataclass(frozen=True, slots=True)
class MerkleTree:
    """All layers of a tree, leaves first: for proofs."""

    layers: tuple[tuple[bytes, ...], ...]

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> MerkleTree:
        """Tree over 32-byte leaves. Raises OutOfRange when there are none."""
        layers = [_checked(leaves)]
        while len(layers[-1]) > 1:
            layers.append(_next_layer(layers[-1]))
        return cls(tuple(map(tuple, layers)))

    @property
    def root(self) -> bytes:
        return self.layers[-1][0]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """Siblings from leaf to root; none for a layer where the node moved up. Raises OutOfRange for no such leaf."""
        if not 0 <= index < len(self.layers[0]):
            raise OutOfRange(
                f"no leaf {index} in a tree of {len(self.layers[0])}", remedy="leaves are counted from zero"
            )
        siblings = []
        for layer in self.layers[:-1]:
            if index ^ 1 < len(layer):
                siblings.append(layer[index ^ 1])
            index >>= 1
        return tuple(siblings)


def verify_proof(leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` stands under `root`."""
    for sibling in proof:
        leaf = node(leaf, sibling)
    return leaf == root


def _checked(leaves: Sequence[bytes]) -> list[bytes]:
    layer = list(leaves)
    if not layer:
        raise OutOfRange("a Merkle tree needs at least one leaf", remedy="leave empty batches out")
    if any(len(leaf) != 32 for leaf in layer):
        raise OutOfRange("a Merkle leaf has 32 bytes", remedy="pass hashes, not their preimages")
    return layer


def _next_layer(layer: list[bytes]) -> list[bytes]:
    hashed = keccak_256  # bound once: this loop is the whole cost of a tree
    above = [hashed(a + b if a < b else b + a).digest() for a, b in zip(layer[::2], layer[1::2], strict=False)]
    if len(layer) & 1:
        above.append(layer[-1])
    return above
