"""What a plan says about noise: how much, over how many rounds, and the guarantee that this must give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from trustspace.errors import InvalidPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyTerms:
    """(epsilon_milli / 1000, 10^-delta_power)-differential privacy of everything a run opens, for one row replaced.

    Each opened round costs 1 / (2 (noise_milli / 1000)^2) of zero-concentrated differential privacy (Bun and Steinke
    2016) and the run may open `rounds` of them. The noise of any `honest` parties suffices; the others' comes on top.
    """

    limits: ClassVar[Mapping[str, tuple[int, int]]] = {
        "epsilon_milli": (1, 100_000),
        "delta_power": (3, 15),
        "noise_milli": (100, 1_000_000),
        "rounds": (1, 10_000),
        "honest": (1, 200),
    }

    epsilon_milli: int
    delta_power: int
    noise_milli: int
    rounds: int
    honest: int

    def __post_init__(self) -> None:
        for name, (low, high) in self.limits.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise InvalidPlan(
                    f"expected an integer from {low} to {high}, not {value!r}",
                    where=f"plan field privacy.{name}",
                    remedy="change the plan before the run opens",
                )
