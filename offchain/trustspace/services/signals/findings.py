"""What a signal answers: how often, out of how many, what it means, what it does not mean, and the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One case: the rows of the table that show it, and why they stand out.

    `p` is the chance of something as extreme if nothing were wrong, `adjusted` the same after correction for the number
    of tests; both None where a signal is a comparison and no test.
    """

    party: str
    why: str
    rows: tuple[int, ...]
    p: float | None = None
    adjusted: float | None = None
    weight_fen: int = 0
    """Money at stake, for ordering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """All cases of one kind.

    `examined` counts what was looked at (`unit`), `set_aside` cases that have an ordinary explanation, by that
    explanation; `not_applied` says why the signal cannot speak about these data, empty where it can.
    """

    name: str
    unit: str
    means: str
    does_not_mean: str
    examined: int
    findings: tuple[Finding, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    by_chance: float | None = None
    """Findings that the same data show once what matters is shuffled; None where this was not measured."""
    not_applied: str = ""

    @property
    def count(self) -> int:
        return len(self.findings)


def strongest_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """Smallest adjusted p first, then most money, then the order of the rows: the same on every machine."""
    return tuple(
        sorted(
            findings, key=lambda item: (1.0 if item.adjusted is None else item.adjusted, -item.weight_fen, item.rows)
        )
    )
