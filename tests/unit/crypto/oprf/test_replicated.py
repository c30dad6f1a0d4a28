from __future__ import annotations

import secrets
from itertools import combinations

import pytest

from tests.unit.crypto.oprf.slow import slow_output
from trustspace.crypto.oprf.replicated import Sharing, agreeing, interpolate, share, weights
from trustspace.crypto.oprf.secp256k1 import ORDER, multiply_generator, parse, random_scalar
from trustspace.crypto.oprf.voprf import blind, evaluate, public_of, unblind, verify
from trustspace.errors import MissingParty, OutOfRange, TooFewParties

THREE_OF_FIVE = Sharing(3, 5)


def drawn(sharing: Sharing) -> dict[tuple[int, ...], bytes]:
    return {members: secrets.token_bytes(32) for members in sharing.sets}


def shares(sharing: Sharing, seeds: dict[tuple[int, ...], bytes], context: bytes = b"c") -> dict[int, bytes]:
    return {node: share(sharing, node, seeds, context) for node in range(1, sharing.nodes + 1)}


def opened(of: dict[int, bytes], nodes: tuple[int, ...]) -> int:
    """The key by Lagrange at 0, in plain numbers."""
    return sum(w * int.from_bytes(of[node], "big") for node, w in zip(nodes, weights(nodes), strict=True)) % ORDER


@pytest.mark.parametrize(("threshold", "nodes"), [(2, 2), (2, 3), (3, 5), (4, 7), (5, 5)])
def test_share__any_threshold_of_nodes__one_key(threshold: int, nodes: int) -> None:
    sharing = Sharing(threshold, nodes)
    of = shares(sharing, drawn(sharing))
    found = {opened(of, chosen) for chosen in combinations(range(1, nodes + 1), threshold)}
    assert len(found) == 1
    if threshold > 2:
        assert {opened(of, chosen) for chosen in combinations(range(1, nodes + 1), threshold - 1)}.isdisjoint(found)


def test_share__is_the_sum_of_seeds_terms() -> None:
    """The key itself: the sum of the PRF over all sets, whichever nodes interpolate it."""
    from trustspace.crypto.oprf.replicated import _scalar

    seeds = drawn(THREE_OF_FIVE)
    expected = sum(int.from_bytes(_scalar(seed, b"c"), "big") for seed in seeds.values()) % ORDER
    assert opened(shares(THREE_OF_FIVE, seeds), (1, 2, 3)) == expected


def test_share__two_nodes_with_all_their_seeds__every_key_stays_possible() -> None:
    """Nodes 4 and 5 lack the seed of (1, 2, 3): another one leaves all they know as it is, and moves the key."""
    seeds = drawn(THREE_OF_FIVE)
    moved = {**seeds, (1, 2, 3): secrets.token_bytes(32)}
    before, after = shares(THREE_OF_FIVE, seeds), shares(THREE_OF_FIVE, moved)
    assert [before[4], before[5]] == [after[4], after[5]]
    assert opened(before, (1, 2, 3)) != opened(after, (1, 2, 3))
    for pair in combinations(range(1, 6), 2):
        assert any(not set(pair) & set(members) for members in THREE_OF_FIVE.sets)


def test_share__other_context__unrelated_key() -> None:
    seeds = drawn(THREE_OF_FIVE)
    keys = [opened(shares(THREE_OF_FIVE, seeds, context), (1, 2, 3)) for context in (b"a", b"b", b"c")]
    assert len({*keys, (keys[0] - keys[1]) % ORDER, (keys[1] - keys[2]) % ORDER}) == 5


def test_share__seed_missing__names_the_set() -> None:
    seeds = drawn(THREE_OF_FIVE)
    del seeds[1, 2, 4]
    with pytest.raises(MissingParty, match="nodes 1, 2, 4"):
        share(THREE_OF_FIVE, 1, seeds, b"c")
    assert share(THREE_OF_FIVE, 3, seeds, b"c")
    with pytest.raises(OutOfRange, match="node 6"):
        share(THREE_OF_FIVE, 6, seeds, b"c")


@pytest.mark.parametrize(("threshold", "nodes"), [(1, 3), (0, 1), (4, 3), (8, 16)])
def test_sharing__no_threshold_or_too_many_sets__refused(threshold: int, nodes: int) -> None:
    with pytest.raises(OutOfRange):
        Sharing(threshold, nodes)


@pytest.mark.parametrize("chosen", [(1, 2, 3), (2, 4, 5), (1, 3, 5)])
def test_interpolate__answers_of_any_three__the_output_of_the_whole_key(chosen: tuple[int, ...]) -> None:
    seeds = drawn(THREE_OF_FIVE)
    of = shares(THREE_OF_FIVE, seeds)
    hidden = blind(b"invoice")
    points = {}
    for node in chosen:
        answers = verify(public_of(of[node]), [hidden.element], evaluate(of[node], [hidden.element]))
        assert answers is not None
        points[node] = answers[0]
    assert unblind(hidden, interpolate(points)) == slow_output(opened(of, (1, 2, 3)), b"invoice")


def test_interpolate__at_another_node__its_public_key() -> None:
    of = shares(THREE_OF_FIVE, drawn(THREE_OF_FIVE))
    basis = {node: multiply_generator(of[node]) for node in (1, 2, 3)}
    assert interpolate(basis, 5).format() == public_of(of[5])
    assert interpolate(basis, 2).format() == parse(public_of(of[2])).format()


class TestAgreeing:
    def keys(self, *wrong: int, missing: tuple[int, ...] = ()) -> dict[int, bytes]:
        of = shares(THREE_OF_FIVE, drawn(THREE_OF_FIVE))
        keys = {node: public_of(key) for node, key in of.items() if node not in missing}
        return keys | {node: public_of(random_scalar()) for node in wrong}

    def test_all_sound__all_named(self) -> None:
        assert agreeing(self.keys(), 3) == (1, 2, 3, 4, 5)

    @pytest.mark.parametrize("liar", [1, 2, 3, 4, 5])
    def test_one_liar__left_out(self, liar: int) -> None:
        assert agreeing(self.keys(liar), 3) == tuple(node for node in range(1, 6) if node != liar)

    @pytest.mark.parametrize("missing", [1, 3, 5])
    def test_one_missing__the_others_named(self, missing: int) -> None:
        assert agreeing(self.keys(missing=(missing,)), 3) == tuple(node for node in range(1, 6) if node != missing)

    @pytest.mark.parametrize(("wrong", "missing"), [((1, 2), ()), ((1,), (2,)), ((), (1, 2))])
    def test_doubt__refused(self, wrong: tuple[int, ...], missing: tuple[int, ...]) -> None:
        with pytest.raises(TooFewParties, match="do not show which"):
            agreeing(self.keys(*wrong, missing=missing), 3)

    def test_two_liars_who_agree_with_one_honest_node__refused(self) -> None:
        """Three keys always lie on a polynomial of degree 2: no proof of anything."""
        of = shares(THREE_OF_FIVE, drawn(THREE_OF_FIVE))
        shift = int.from_bytes(random_scalar(), "big")
        bent = {node: (int.from_bytes(of[node], "big") + shift * factor) % ORDER for node, factor in ((4, 1), (5, 7))}
        keys = {node: public_of(key) for node, key in of.items()}
        keys |= {node: public_of(key.to_bytes(32, "big")) for node, key in bent.items()}
        with pytest.raises(TooFewParties):
            agreeing(keys, 3)
