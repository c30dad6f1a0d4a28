"""How long either end of a run waits, each wait by its name; the name stands in the error."""

from __future__ import annotations

from dataclasses import dataclass, fields

from trustspace.errors import OutOfRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds.

    gather: for a worker that has not connected yet. away: for one whose line broke to come back. answer: for an answer
    of one that is connected. silence: a worker, for its coordinator to be heard of again.
    """

    gather: float = 60.0
    away: float = 10.0
    answer: float = 120.0
    silence: float = 600.0

    def __post_init__(self) -> None:
        for field in fields(self):
            seconds = getattr(self, field.name)
            if type(seconds) not in (int, float) or not 0 < seconds <= 86_400:
                raise OutOfRange(
                    f"{seconds!r} is no number of seconds",
                    where=f"patience.{field.name}",
                    remedy="above 0, up to a day",
                )
