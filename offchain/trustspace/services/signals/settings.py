"""What a report looks for, and how sure it wants to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettings:
    """`q`: tolerated share of false alarms among the findings of a tested signal (Benjamini-Hochberg).

    Days are calendar days. `near` and `circle_ratio` are relative differences of totals.
    """

    q: float = 0.01
    near: float = 0.001
    near_fen: int = 100
    repeat_days: int = 30
    habit: int = 3
    same_sitting: int = 50
    circle_length: int = 4
    circle_days: int = 30
    circle_ratio: float = 0.05
    circle_steps: int = 500_000
    booking_days: int = 31
