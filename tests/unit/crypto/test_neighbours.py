from fractions import Fraction
from math import comb, log2

import numpy as np
import pytest

from trustspace.crypto.neighbours import COMPLETE_UP_TO, ETA, SIGMA, degree, neighbours_of, threshold_of


def keys(count: int) -> dict[int, bytes]:
    return {7 * party + 3: party.to_bytes(32, "big") for party in range(1, count + 1)}


@pytest.mark.parametrize("count", [3, 4, 50])
def test_neighbours__up_to_50_parties__everybody_with_everybody(count: int) -> None:
    found = neighbours_of(keys(count), b"run")
    assert all(set(found[party]) == set(found) - {party} for party in found)


def test_neighbours__200_parties__regular_symmetric_connected_and_of_the_published_degree() -> None:
    found = neighbours_of(keys(200), b"run")
    assert degree(200) == 104
    assert {len(peers) for peers in found.values()} == {104}
    assert all(party in found[peer] and party not in found[party] for party in found for peer in found[party])
    seen, waiting = set(), [next(iter(found))]
    while waiting:
        party = waiting.pop()
        if party not in seen:
            seen.add(party)
            waiting.extend(found[party])
    assert len(seen) == 200


def test_neighbours__other_run_or_keys__another_order() -> None:
    first = neighbours_of(keys(200), b"run")
    assert neighbours_of(keys(200), b"run") == first
    assert neighbours_of(keys(200), b"another") != first
    assert neighbours_of(keys(200) | {10: b"k" * 32}, b"run") != first


def test_degree__meets_the_three_bounds_and_one_step_less_does_not() -> None:
    parties, k = 200, degree(200)

    def log_failures(k: int) -> tuple[float, float, float]:
        def tail(marked: int, hits: range) -> float:
            ways = sum(comb(marked, hit) * comb(199 - marked, k - hit) for hit in hits if k - hit <= 199 - marked)
            return float(Fraction(parties * ways, comb(199, k)))

        t = threshold_of(k + 1)
        cut = parties * 0.4 ** (k // 2)
        return tuple(log2(max(p, 2**-500)) for p in (cut, tail(40, range(t, k + 1)), tail(160, range(t))))

    assert all(found <= bound for found, bound in zip(log_failures(k), (-SIGMA, -SIGMA, -ETA), strict=True))
    assert any(found > bound for found, bound in zip(log_failures(k - 2), (-SIGMA, -SIGMA, -ETA), strict=True))


def test_degree__too_few_parties_for_the_bounds__complete_graph() -> None:
    assert degree(60) == 59
    found = neighbours_of(keys(60), b"run")
    assert {len(peers) for peers in found.values()} == {59}


def test_neighbours__a_fifth_collude_and_a_fifth_drop__honest_survivors_connected_and_nobody_opened() -> None:
    found = neighbours_of(keys(200), b"run")
    rng = np.random.default_rng(3)
    for _ in range(20):
        order = rng.permutation(sorted(found))
        colluding, gone = set(order[:40]), set(order[40:80])
        honest = set(found) - colluding - gone
        threshold = threshold_of(105)
        assert all(len(colluding & set(found[party])) < threshold for party in honest)
        assert all(len(set(found[party]) - gone) + 1 >= threshold for party in honest)
        seen, waiting = set(), [min(honest)]
        while waiting:
            party = waiting.pop()
            if party not in seen:
                seen.add(party)
                waiting.extend(honest & set(found[party]))
        assert seen == honest


def test_threshold__more_than_half() -> None:
    assert [threshold_of(count) for count in (3, 4, 5, 50)] == [2, 3, 3, 26]
    assert COMPLETE_UP_TO == 50
