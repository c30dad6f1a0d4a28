"""What a run says about each party's share of the model's value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isqrt
from typing import TYPE_CHECKING, cast

from trustspace.encoding.fixed_point import divide_rounded
from trustspace.learning.contribution.game import SHARE_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.canonical_json import Json
    from trustspace.encoding.fixed_point import Int64s

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyShare:
    """A party by its place among the parties (ascending by participant, from 0).

    In millionths of a nat of validation log-likelihood, over all folds. share: its Shapley value; influence: what
    leaving it out would cost on the other parties' rows (negative: they would gain); standard errors over the folds.
    """

    place: int
    share_micro: int
    error_micro: int
    influence_micro: int
    influence_error_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """Shares of all parties. total: what they must add up to, by the sums alone; unexplained: what they miss of
    it beyond rounding, 0 unless some party stated a share that its own sums do not give.
    """

    parties: tuple[PartyShare, ...]
    total_micro: int
    unexplained_micro: int

    def to_json(self, participants: Sequence[int]) -> Json:
        """For the model's card; participants: of all parties, ascending."""
        parties = []
        for share in self.parties:
            record = asdict(share)
            parties.append({"party": int(participants[record.pop("place")]), **record})
        return cast("Json", {**asdict(self), "parties": parties})


def contribution_of(cells: Int64s, totals: list[int]) -> Contribution:
    """Cells: (share and influence, parties, folds), SHARE_BITS; totals: what the shares of each fold add up to."""
    shares, influences = cells
    rounding = len(shares) + 1
    missing = [abs(total - int(shares[:, fold].sum())) for fold, total in enumerate(totals)]
    parties = tuple(
        PartyShare(
            place=place,
            share_micro=_micro(int(own.sum())),
            error_micro=_micro(_error(own)),
            influence_micro=_micro(int(influence.sum())),
            influence_error_micro=_micro(_error(influence)),
        )
        for place, (own, influence) in enumerate(zip(shares, influences, strict=True))
    )
    return Contribution(
        parties=parties,
        total_micro=_micro(sum(totals)),
        unexplained_micro=_micro(sum(miss for miss in missing if miss > rounding)),
    )


def _error(own: Int64s) -> int:
    """Standard error of the sum over folds, from their spread."""
    folds, total = len(own), int(own.sum())
    spread = sum((folds * int(cell) - total) ** 2 for cell in own)  # times folds^2
    return isqrt(spread // (folds * (folds - 1))) if folds > 1 else 0


def _micro(value: int) -> int:
    return divide_rounded(value * _MICRO, 1 << SHARE_BITS)
