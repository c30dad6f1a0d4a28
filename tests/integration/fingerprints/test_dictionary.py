"""Dictionary attacks: the naive registry falls at once, the fingerprints do not, while fewer than t nodes help."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.integration.fingerprints.attacker import (
    chain_dump,
    guesses,
    keyed,
    keyless,
    keys_from_seeds,
    keys_from_shares,
    strict_key,
    words,
)
from tests.integration.fingerprints.service import Service, facts, query
from trustspace.crypto.oprf.replicated import interpolate, share
from trustspace.crypto.oprf.secp256k1 import parse
from trustspace.crypto.oprf.voprf import public_of
from trustspace.encoding.fingerprints import key_context
from trustspace.encoding.hashing import keccak
from trustspace.errors import ConsentMissing, InvalidKey

if TYPE_CHECKING:
    from trustspace.domain.fingerprints import EpochFingerprints

TRUTH = (483_920, date(2026, 3, 9))
INVOICE = facts(TRUTH[0], issue_date=TRUTH[1])


@pytest.fixture(scope="module")
def target(service: Service) -> EpochFingerprints:
    """The fingerprints of the victim's invoice, public as they would be on a lien."""
    bank, victim = service.kit.actors.banks[0], service.kit.actors.subjects[0]
    return service.client(bank).fingerprints(query(victim, service.agree(victim, bank), INVOICE))[0][0]


def context_of(service: Service) -> bytes:
    deployment = service.kit.deployment
    return key_context(
        chain_id=deployment.chain_id,
        contract=deployment.address("FingerprintKeys"),
        epoch=1,
        seller=service.kit.actors.subjects[0].subject,
    )


def public_keys(service: Service) -> list[bytes]:
    """Every node's public share for the victim, and the whole public key: what any bank with pins knows."""
    shares = {node.seeds[1].node: share_of(service, number) for number, node in enumerate(service.nodes)}
    publics = {node: public_of(key) for node, key in shares.items()}
    whole = interpolate({node: parse(key) for node, key in list(publics.items())[:3]}).format()
    return [*publics.values(), whole]


def share_of(service: Service, number: int) -> bytes:
    seeds = service.nodes[number].seeds[1]
    return share(seeds.sharing, seeds.node, seeds.seeds, context_of(service))


def test_naive_registry__falls_to_the_dictionary() -> None:
    """The control: a plain hash as a fingerprint."""
    registered = keccak(strict_key(*TRUTH))
    recovered = [guess for guess in guesses(TRUTH, 20_000) if keccak(guess) == registered]
    assert recovered == [strict_key(*TRUTH)]


def test_chain_dump_and_public_keys__every_guess__recovers_nothing(service: Service, target: EpochFingerprints) -> None:
    public = public_keys(service)
    dictionary = guesses(TRUTH, 3_000)
    assert strict_key(*TRUTH) in dictionary
    wanted = {target.strict, target.parties, target.digits}
    for guess in dictionary:
        assert wanted.isdisjoint(keyless(guess, public))


def test_chain_dump__every_word_as_a_key__recovers_nothing(service: Service, target: EpochFingerprints) -> None:
    dump = chain_dump(service.kit)
    candidates = words(dump)
    assert len(candidates) > 100
    assert set(public_keys(service)).isdisjoint(map(public_of, candidates))
    assert target.strict not in set(keyed(strict_key(*TRUTH), candidates))
    for node in service.nodes:
        for seed in node.seeds[1].seeds.values():
            assert seed not in dump


def test_two_keyholders_with_all_they_have__recover_nothing_and_three_do(
    service: Service, target: EpochFingerprints
) -> None:
    """t - 1 nodes' seeds and shares and all public keys, against the very invoice; the control is t nodes."""
    context, truth, whole = context_of(service), strict_key(*TRUTH), public_keys(service)[-1]
    for first in range(5):
        for second in range(first + 1, 5):
            held = [service.nodes[first].seeds[1], service.nodes[second].seeds[1]]
            seeds = {**held[0].seeds, **held[1].seeds}
            assert len(seeds) == len(held[0].sharing.sets) - 1
            shares = {seeds_of.node: share_of(service, seeds_of.node - 1) for seeds_of in held}
            keys = keys_from_seeds(held[0].sharing, seeds, context) + keys_from_shares(shares)
            assert whole not in map(public_of, keys)
            assert target.strict not in set(keyed(truth, keys))
    held = [node.seeds[1] for node in service.nodes[:3]]
    seeds = {members: seed for seeds_of in held for members, seed in seeds_of.seeds.items()}
    assert whole in map(public_of, keys_from_seeds(held[0].sharing, seeds, context))
    assert target.strict in set(keyed(truth, keys_from_shares({n + 1: share_of(service, n) for n in range(3)})))


def test_keyholders__see_nothing_of_the_invoice(service: Service, target: EpochFingerprints) -> None:
    """Logs and files of all nodes hold neither key nor fingerprint nor invoice number."""
    for node in service.nodes:
        content = b"".join(path.read_bytes() for path in (service.folder / node.actor.name.replace(" ", "-")).iterdir())
        for secret in (target.strict, strict_key(*TRUTH), b"00483920", b"91330106"):
            assert secret not in content
            assert secret.hex().encode() not in content


def test_consent_of_one_seller__says_nothing_about_another(service: Service, target: EpochFingerprints) -> None:
    """A bank with X's consent has Y's whole invoice, and still cannot ask whether it is pledged."""
    actors = service.kit.actors
    bank, victim, friend = actors.banks[1], actors.subjects[0], actors.subjects[1]
    consent = service.agree(friend, bank)
    (under_other_key,) = service.client(bank).fingerprints(query(friend, consent, INVOICE))[0]
    assert {under_other_key.strict, under_other_key.parties, under_other_key.digits}.isdisjoint(
        {target.strict, target.parties, target.digits}
    )
    with pytest.raises(ConsentMissing, match="another subject's"):
        service.client(bank).fingerprints(query(victim, consent, INVOICE))


def test_same_seeds_for_another_chain_contract_or_epoch__other_keys(service: Service) -> None:
    deployment, seller = service.kit.deployment, service.kit.actors.subjects[0].subject
    seeds = service.nodes[0].seeds[1]
    own = {"chain_id": deployment.chain_id, "contract": deployment.address("FingerprintKeys"), "epoch": 1}
    changes = [{}, {"chain_id": 1}, {"contract": deployment.address("AgreementRegistry")}, {"epoch": 2}]
    keys = {
        share(seeds.sharing, seeds.node, seeds.seeds, key_context(**{**own, **change}, seller=seller))  # type: ignore[arg-type]
        for change in changes
    }
    assert len(keys) == len(changes)


def test_destroyed_epoch__files_and_backups_of_the_ceremony__open_nothing(service: Service) -> None:
    """After n - t + 1 nodes deleted their seeds, the others' seeds and the whole exchange folder are no key."""
    actors = service.kit.actors
    epoch = service.open_epoch()
    record = actors.outsider.fingerprint_keys.epoch(epoch)
    actors.regulator.fingerprint_keys.close_epoch(epoch)
    for node in service.nodes[:3]:
        node.files.destroy_seeds(epoch)
        assert not node.files.has_seeds(epoch)
    rest = {members for node in service.nodes[3:] for members in node.files.seeds(record, node.seeds[epoch].node).seeds}
    assert (1, 2, 3) not in rest
    secret = service.nodes[0].seeds[epoch].seeds[1, 2, 3]
    exchanged = b"".join(path.read_bytes() for path in (service.folder / "shared").rglob("*.json"))
    assert secret.hex().encode() not in exchanged
    with pytest.raises(InvalidKey, match="wrong password"):
        service.nodes[4].files.seeds(replace(record, ceremony=bytes(32)), 5)
    for node in service.nodes:
        del node.seeds[epoch]
