"""The scorecard that circuit `score_card` takes, and its commitment.

    element    content
    0          version (= 1) << 32 | kind (= 1) << 24 | slots (= 60) << 8 | cuts (= 4)
    1 .. 80    cuts, signed 64 bits, 3 in an element: slot 0's four, slot 1's, ...
    81 .. 110  points, signed 24 bits, 10 in an element: slot 0's five, slot 1's, ...
    111        offset and the four cut-offs, signed 32 bits
    112        salt

A value in bin b, the number of its slot's cuts that it reaches, gives points[b]; the sum of points and offset is
compared with the cut-offs. Cuts ascend; those beyond the last are 2^63 - 1 with the last bin's points.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from trustspace.domain.proofs import Circuit
from trustspace.encoding.provable_model import (
    CUT_BITS,
    POINT_BITS,
    SLOTS,
    VERSION,
    Inputs,
    ProvableModel,
    raised,
    side_by_side,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = 1
CUTS = 4
BEYOND = 2 ** (CUT_BITS - 1) - 1
"""Cut that stands where a slot has fewer than CUTS."""
_SUM_BITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvableCard(ProvableModel):
    """SLOTS rows of CUTS cuts and of CUTS + 1 points, offset; cut-offs in points."""

    circuit: ClassVar[Circuit] = Circuit.SCORE_CARD

    cuts: tuple[tuple[int, ...], ...]
    points: tuple[tuple[int, ...], ...]
    offset: int

    def elements(self) -> list[int]:
        cuts = [raised(cut, CUT_BITS, where=f"cut of slot {slot}") for slot, row in enumerate(self.cuts) for cut in row]
        points = [
            raised(point, POINT_BITS, where=f"points of slot {slot}")
            for slot, row in enumerate(self.points)
            for point in row
        ]
        sums = [raised(own, _SUM_BITS, where="offset and cut-offs") for own in (self.offset, *self.cut_offs)]
        return [
            VERSION << 32 | KIND << 24 | SLOTS << 8 | CUTS,
            *side_by_side(cuts, CUT_BITS),
            *side_by_side(points, POINT_BITS),
            *side_by_side(sums, _SUM_BITS),
            self.salt,
        ]

    def total(self, values: Sequence[int]) -> int:
        rows = zip(values, self.cuts, self.points, strict=True)
        return self.offset + sum(points[bisect_right(cuts, value)] for value, cuts, points in rows)

    def inputs(self) -> Inputs:
        content = {
            "cuts": [list(row) for row in self.cuts],
            "points": [list(row) for row in self.points],
            "offset": self.offset,
            "cut_offs": list(self.cut_offs),
            "salt": self.salt,
        }
        return {"card": content}
