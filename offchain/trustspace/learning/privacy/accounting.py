"""What opened rounds cost, by `dp-accounting` (extra `privacy`), and how much noise a budget asks for.

A round adds up vectors of `honest` or more parties, each with discrete Gaussian noise of variance sigma^2 in every
cell. A sum of discrete Gaussians is not one, but nearly (Kairouz, Liu and Steinke 2021, "The Distributed Discrete
Gaussian Mechanism for Federated Learning with Secure Aggregation", proposition 14). For a shift of norm D in d cells
the Renyi divergence of order a is at most

    (a / 2) (D / (sqrt(h) sigma) + tau sqrt(d))^2,  tau = 10 sum over k = 1 .. h - 1 of exp(-2 pi^2 sigma^2 k / (k + 1))

With sigma >= 4 tau is below 10^-63 for 200 parties: `_ROUNDING` covers it and the arithmetic in floats.
"""

from __future__ import annotations

from math import exp, pi, sqrt
from typing import TYPE_CHECKING

from trustspace.errors import InvalidPlan, ToolMissing

if TYPE_CHECKING:
    from trustspace.learning.privacy.noise import Noise
    from trustspace.learning.privacy.terms import PrivacyTerms

_ROUNDING = 1 + 1e-9
_ORDERS = (*(1 + k / 10 for k in range(1, 100)), *range(11, 513))


def round_price(terms: PrivacyTerms) -> float:
    """Upper bound of what an opened round costs (rho of zero-concentrated differential privacy)."""
    return _ROUNDING / (2 * (terms.noise_milli / 1_000) ** 2)


def noise_cost(noise: Noise, honest: int) -> float:
    """What a round with this noise costs, from the noise itself: never more than `round_price`."""
    total = 0.0
    for block in noise.blocks:
        tau = 10 * sum(exp(-2 * (pi * block.sigma) ** 2 * k / (k + 1)) for k in range(1, honest))
        total += (block.shift / (sqrt(honest) * block.sigma) + tau * sqrt(block.cells)) ** 2 / 2
    return total


def epsilon_after(terms: PrivacyTerms, rounds: int) -> float:
    """Epsilon at the plan's delta once `rounds` rounds are open. Raises ToolMissing without the extra."""
    return _epsilon(round_price(terms) * rounds, terms.delta_power)


def require_paid(terms: PrivacyTerms) -> None:
    """Raise InvalidPlan when the rounds that the plan pays for cost more than its epsilon."""
    spent = epsilon_after(terms, terms.rounds)
    if spent > terms.epsilon_milli / 1_000:
        raise InvalidPlan(
            f"{terms.rounds} rounds cost epsilon {spent:.4f}, the budget is {terms.epsilon_milli / 1_000}",
            where="plan field privacy",
            remedy="raise noise_milli, or plan fewer rounds",
        )


def noise_for(epsilon_milli: int, delta_power: int, rounds: int) -> int:
    """The least noise_milli with which `rounds` opened rounds stay within the budget."""
    low, high = 100, 1_000_000
    while low < high:
        middle = (low + high) // 2
        rho = _ROUNDING * rounds / (2 * (middle / 1_000) ** 2)
        if _epsilon(rho, delta_power) <= epsilon_milli / 1_000:
            high = middle
        else:
            low = middle + 1
    return low


def _epsilon(rho: float, delta_power: int) -> float:
    try:
        from dp_accounting import NeighboringRelation, ZCDpEvent
        from dp_accounting.rdp import RdpAccountant
    except ImportError as error:
        raise ToolMissing(
            "noise is accounted by dp-accounting, which is not installed",
            where="privacy",
            remedy="pip install 'trustspace[privacy]'",
        ) from error
    accountant = RdpAccountant(orders=_ORDERS, neighboring_relation=NeighboringRelation.REPLACE_ONE)
    accountant.compose(ZCDpEvent(rho=rho))
    return float(accountant.get_epsilon(10.0**-delta_power))
