from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from trustspace.crypto.oprf.replicated import Sharing, share, weights
from trustspace.crypto.oprf.secp256k1 import ORDER
from trustspace.errors import CommitmentMismatch, MissingParty
from trustspace.services.seed_ceremony import Ceremony, CeremonySecrets, Offer, make_offer, seeds_from, transcript_of

THREE_OF_FIVE = Sharing(3, 5)


class Played:
    """Five nodes that kept to the rules."""

    def __init__(self, sharing: Sharing = THREE_OF_FIVE) -> None:
        identity = secrets.token_bytes(32)
        self.numbers = range(1, sharing.nodes + 1)
        self.ceremonies = {n: Ceremony(identity=identity, epoch=1, sharing=sharing, node=n) for n in self.numbers}
        self.secrets = {n: CeremonySecrets.draw(self.ceremonies[n]) for n in self.numbers}
        self.keys = {n: self.secrets[n].key.public for n in self.numbers}
        self.offers = {n: make_offer(self.ceremonies[n], self.secrets[n], self.keys) for n in self.numbers}

    def seeds(self, node: int, **changes: Offer) -> dict[tuple[int, ...], bytes]:
        offers = self.offers | {int(name.removeprefix("node")): offer for name, offer in changes.items()}
        return seeds_from(self.ceremonies[node], self.secrets[node], self.keys, offers)


@pytest.mark.parametrize("sharing", [Sharing(2, 2), Sharing(2, 3), Sharing(3, 5), Sharing(3, 3)])
def test_seeds__of_honest_nodes__same_for_all_members_and_make_one_key(sharing: Sharing) -> None:
    played = Played(sharing)
    seeds = {node: played.seeds(node) for node in played.numbers}
    for members in sharing.sets:
        assert len({seeds[node][members] for node in members}) == 1
    assert all(set(seeds[node]) == set(sharing.sets_of(node)) for node in played.numbers)
    shares = {node: int.from_bytes(share(sharing, node, seeds[node], b"c"), "big") for node in played.numbers}
    first = tuple(played.numbers)[: sharing.threshold]
    last = tuple(played.numbers)[-sharing.threshold :]
    keys = {sum(w * shares[n] for n, w in zip(nodes, weights(nodes), strict=True)) % ORDER for nodes in (first, last)}
    assert len(keys) == 1


def test_transcript__same_for_all_and_moved_by_any_offer() -> None:
    played = Played()
    transcripts = {transcript_of(played.ceremonies[node], played.offers) for node in played.numbers}
    assert len(transcripts) == 1
    other = make_offer(played.ceremonies[2], CeremonySecrets.draw(played.ceremonies[2]), played.keys)
    assert transcript_of(played.ceremonies[1], played.offers | {2: other}) not in transcripts


def test_seeds__one_member_draws_anew__another_seed() -> None:
    """Every member's bytes count: nobody alone chooses a seed of the others."""
    played = Played()
    before = played.seeds(1)[1, 2, 3]
    fresh = replace(played.secrets[3], contributions=CeremonySecrets.draw(played.ceremonies[3]).contributions)
    assert played.seeds(1, node3=make_offer(played.ceremonies[3], fresh, played.keys))[1, 2, 3] != before


def test_offer__shows_no_contribution_and_no_seed() -> None:
    played = Played()
    shown = str([(offer.commitments, offer.boxes) for offer in played.offers.values()])
    for node in played.numbers:
        for value in (*played.secrets[node].contributions.values(), *played.seeds(node).values()):
            assert value.hex() not in shown
            assert str(value) not in shown
    assert "contributions" not in repr(played.secrets[1])


def test_seeds__offer_missing__named() -> None:
    played = Played()
    del played.offers[4]
    with pytest.raises(MissingParty, match="node 4"):
        played.seeds(1)
    with pytest.raises(MissingParty, match="node 5"):
        make_offer(played.ceremonies[1], played.secrets[1], {n: played.keys[n] for n in (1, 2, 3, 4)})


def test_seeds__two_stories_to_two_members__the_liar_is_named() -> None:
    """Node 2 encrypts other bytes for node 1 than it committed to."""
    played = Played()
    fresh = replace(played.secrets[2], contributions=CeremonySecrets.draw(played.ceremonies[2]).contributions)
    other = make_offer(played.ceremonies[2], fresh, played.keys)
    mixed = replace(played.offers[2], boxes={**played.offers[2].boxes, 1: other.boxes[1]})
    with pytest.raises(CommitmentMismatch, match=r"offer of node 2: .* not what it committed to"):
        played.seeds(1, node2=mixed)
    assert played.seeds(3, node2=mixed)  # the transcript differs from nobody's: the ledger decides over node 1's veto


@pytest.mark.parametrize("change", ["foreign box", "no box", "damaged box", "own offer", "other sets"])
def test_seeds__unfit_offer__named(change: str) -> None:
    played = Played()
    offer, node = played.offers[2], 2
    if change == "foreign box":
        offer = replace(offer, boxes={**offer.boxes, 1: offer.boxes[3]})
    elif change == "no box":
        offer = replace(offer, boxes={})
    elif change == "damaged box":
        offer = replace(offer, boxes={**offer.boxes, 1: offer.boxes[1][:-1] + bytes([offer.boxes[1][-1] ^ 1])})
    elif change == "own offer":
        node, offer = 1, make_offer(played.ceremonies[1], CeremonySecrets.draw(played.ceremonies[1]), played.keys)
    else:
        offer = replace(offer, commitments=dict(list(offer.commitments.items())[1:]))
    with pytest.raises(CommitmentMismatch, match=f"offer of node {node}"):
        played.seeds(1, **{f"node{node}": offer})


def test_seeds__offer_of_another_ceremony__named() -> None:
    played, other = Played(), Played()
    with pytest.raises(CommitmentMismatch, match="offer of node 2"):
        played.seeds(1, node2=other.offers[2])
