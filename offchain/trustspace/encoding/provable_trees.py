"""The boosted trees that circuit `score_trees` takes, and their commitment.

    element              content
    0                    version (= 1) << 40 | kind (= 2) << 32 | trees (= 100) << 16 | splits of a tree (= 15)
    1 + 7t .. 5 + 7t     tree t's splits, 3 in an element: slot << 64 | cut, signed 64 bits
    6 + 7t, 7 + 7t       tree t's leaves, signed 24 bits, 10 in an element
    701                  base and the four cut-offs, signed 40 bits
    702                  salt

Trees are complete, in heap order: from node n a value below its cut goes to 2n + 1, another to 2n + 2; leaves follow
splits. The sum of base and one leaf of each tree is compared with the cut-offs. All sums are log-odds of *good*, 16
fraction bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from trustspace.domain.proofs import Circuit
from trustspace.encoding.provable_model import (
    CUT_BITS,
    POINT_BITS,
    VERSION,
    Inputs,
    ProvableModel,
    raised,
    side_by_side,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = 2
TREES = 100
DEPTH = 4
SPLITS = (1 << DEPTH) - 1
SUM_BITS = 40
_SLOT_BITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvableTree:
    """Slots and cuts of SPLITS splits, and SPLITS + 1 leaves."""

    slots: tuple[int, ...]
    cuts: tuple[int, ...]
    leaves: tuple[int, ...]

    def elements(self) -> list[int]:
        """Packed splits, then packed leaves."""
        splits = [
            slot << CUT_BITS | raised(cut, CUT_BITS, where=f"cut on slot {slot}")
            for slot, cut in zip(self.slots, self.cuts, strict=True)
        ]
        leaves = [raised(leaf, POINT_BITS, where="leaf") for leaf in self.leaves]
        return side_by_side(splits, _SLOT_BITS + CUT_BITS) + side_by_side(leaves, POINT_BITS)

    def leaf(self, values: Sequence[int]) -> int:
        """Leaf that the values lead to."""
        node = 0
        while node < SPLITS:
            node = 2 * node + (1 if values[self.slots[node]] < self.cuts[node] else 2)
        return self.leaves[node - SPLITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvableTrees(ProvableModel):
    """TREES trees and base; cut-offs in log-odds."""

    circuit: ClassVar[Circuit] = Circuit.SCORE_TREES

    trees: tuple[ProvableTree, ...]
    base: int

    def elements(self) -> list[int]:
        sums = [raised(own, SUM_BITS, where="base and cut-offs") for own in (self.base, *self.cut_offs)]
        return [
            VERSION << 40 | KIND << 32 | TREES << 16 | SPLITS,
            *(element for tree in self.trees for element in tree.elements()),
            *side_by_side(sums, SUM_BITS),
            self.salt,
        ]

    def total(self, values: Sequence[int]) -> int:
        return self.base + sum(tree.leaf(values) for tree in self.trees)

    def inputs(self) -> Inputs:
        content = {
            "trees": [
                {"features": list(tree.slots), "cuts": list(tree.cuts), "leaves": list(tree.leaves)}
                for tree in self.trees
            ],
            "base": self.base,
            "cut_offs": list(self.cut_offs),
            "salt": self.salt,
        }
        return {"trees": content}
