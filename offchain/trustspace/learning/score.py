"""What every kind of model answers about a firm: points, a grade, and the reasons why points are missing."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trustspace.learning.plan import GRADES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_REASONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why points are missing: the feature's text and the points it cost."""

    feature: str
    text: str
    lost_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Outcome for one firm. Reasons: most points lost first, at most four."""

    points: int
    grade: str
    reasons: tuple[Reason, ...]


class CreditModel(Protocol):
    """A finished model: canonical bytes with one SHA-256, and scores that follow from integers alone."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: the model hash on chain."""
        ...

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        ...

    def score(self, values: Mapping[str, int]) -> Score:
        """Score one firm. Raises OutOfRange naming a feature that is missing or no integer."""
        ...


def grade_of(cut_offs: Sequence[int], points: int) -> str:
    """Grade A (best) to E: the number of `cut_offs` (ascending) reached."""
    return GRADES[-1 - bisect_right(cut_offs, points)]


def reasons_of(losses: Sequence[Reason]) -> tuple[Reason, ...]:
    """The largest losses first; ties keep the feature order; what costs nothing is no reason."""
    ordered = sorted(losses, key=lambda reason: -reason.lost_points)
    return tuple(reason for reason in ordered[:MAX_REASONS] if reason.lost_points > 0)
