"""Who masks with whom: everybody with everybody up to 50 parties, beyond that each with k neighbours.

Beyond 50: a Harary graph over a random order of the parties, each joined to the k / 2 before and after it on a circle
(Bell, Bonawitz, Gascon, Lepoint, Raykova: Secure single-server aggregation with (poly)logarithmic overhead, CCS 2020,
section 3.2). For n parties of which at most gamma * n collude with the aggregator and at most delta * n drop out, with
a threshold of t = (k + 1) // 2 + 1 shares among a party and its k neighbours, all but 2^-sigma of the orders have

    (1) privacy of shares:   n * P[Hyp(n - 1, gamma n, k) >= t]          fewer than t colluding neighbours of anyone
    (2) connected masks:     n * (gamma + delta)^(k / 2)                 no cut between honest survivors
    (3) recovery:            n * P[Hyp(n - 1, (1 - delta) n, k) < t]     t neighbours of everyone survive (2^-eta)

The order follows from the run and the joined keys; the last to join could try keys for an order it likes, so `sigma`
holds 20 bits more than the usual 40. The tails are computed exactly.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from math import ceil, comb, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMPLETE_UP_TO = 50
SIGMA, ETA = 60, 30
COLLUDING = Fraction(1, 5)
DROPPING = Fraction(1, 5)


def threshold_of(holders: int) -> int:
    """Shares that open a secret shared among so many: more than half, so that no two disjoint sets can."""
    return holders // 2 + 1


def neighbours_of(keys: Mapping[int, bytes], run: bytes) -> dict[int, tuple[int, ...]]:
    """Each party's neighbours, ascending. `keys`: run-long public key by participant."""
    parties = sorted(keys)
    count = len(parties)
    if count <= COMPLETE_UP_TO or degree(count) == count - 1:
        return {party: tuple(other for other in parties if other != party) for party in parties}
    seed = sha256(b"trustspace.order.v1" + run + b"".join(keys[party] for party in parties)).digest()
    circle = _shuffled(parties, seed)
    reach = degree(count) // 2
    steps = [step for step in range(-reach, reach + 1) if step]
    return {
        party: tuple(sorted({circle[(place + step) % count] for step in steps} - {party}))
        for place, party in enumerate(circle)
    }


@lru_cache(maxsize=64)
def degree(parties: int, *, sigma: int = SIGMA, eta: int = ETA) -> int:
    """Smallest even k that meets the three bounds; parties - 1, the complete graph, when none does."""
    colluding, staying = ceil(COLLUDING * parties), floor((1 - DROPPING) * parties)
    for k in range(2, parties - 1, 2):
        threshold = threshold_of(k + 1)
        if (
            parties * (COLLUDING + DROPPING) ** (k // 2) <= Fraction(1, 2**sigma)
            and parties * _at_least(parties - 1, colluding, k, threshold) <= Fraction(1, 2**sigma)
            and parties * (1 - _at_least(parties - 1, staying, k, threshold)) <= Fraction(1, 2**eta)
        ):
            return k
    return parties - 1


def _at_least(population: int, marked: int, drawn: int, wanted: int) -> Fraction:
    """P[Hyp(population, marked, drawn) >= wanted], exactly."""
    ways = sum(comb(marked, hit) * comb(population - marked, drawn - hit) for hit in range(wanted, drawn + 1))
    return Fraction(ways, comb(population, drawn))


def _shuffled(parties: Sequence[int], seed: bytes) -> list[int]:
    """Order by hash: a permutation that anybody recomputes."""
    return sorted(parties, key=lambda party: sha256(seed + party.to_bytes(2, "big")).digest())
