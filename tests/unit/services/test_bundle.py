"""Bundles of a space in memory: judged as the registry judges, and refused when a byte is not what it was."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from tests.unit.encoding.sealed import KEYS
from tests.unit.services.proven_world import (
    BATCHES,
    COMMITTED,
    DAY,
    DEPLOYMENT,
    ENDORSERS,
    ISSUED,
    MODEL,
    NOW,
    SOURCE_ACCOUNT,
    SUBJECT,
    World,
    address_of,
)  # fmt: skip
from trustspace.adapters.chain.artifacts import load
from trustspace.domain.bundle_verdicts import BundleVerdict
from trustspace.domain.certificates import CertificateState, ProofKind, Reason
from trustspace.domain.deployment import Deployment
from trustspace.domain.headers import Consensus, HeaderTrust, KnownValidators, PinnedHash
from trustspace.domain.ids import CertificateId
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.encoding import canonical_json
from trustspace.encoding.address import address_bytes
from trustspace.encoding.certificate_bundle import LARGEST_BYTES, CertificateBundle, parse_bundle
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidBundle
from trustspace.services.bundle_check import CLOCKS_APART, check_bundle
from trustspace.services.bundle_maker import make_bundle

UNKNOWN = CertificateId(b"\x99" * 32)
SUBJECT_KEY = address_bytes(SUBJECT)
Made = tuple[CertificateBundle, BundleVerdict]


def made(world: World, certificate: CertificateId | None = None, deployment: Deployment = DEPLOYMENT) -> Made:
    return make_bundle(certificate or world.certificate, node=world, deployment=deployment, contracts=load)


def judged(raw: bytes, trust: HeaderTrust, *, now: int = NOW + 5, **options: Any) -> BundleVerdict:
    """As a bank does: from the bytes of the file."""
    bundle = parse_bundle(raw, where="bundle.json")
    options = {"deployment": DEPLOYMENT} | options
    return check_bundle(bundle, contracts=load, trust=trust, now=now, **options)


def verdict_of(world: World, *, now: int = NOW + 5, **options: Any) -> BundleVerdict:
    bundle, first = made(world)
    return judged(bundle.to_bytes(), PinnedHash(block_hash=first.block_hash), now=now, **options)


def test_bundle__certificate_holds__everything_behind_it_is_told() -> None:
    verdict = verdict_of(World())
    assert (verdict.reason, verdict.reason_then, verdict.valid) == (Reason.OK, Reason.OK, True)
    assert (verdict.block, verdict.block_time, verdict.age, verdict.fresh) == (100, NOW, 5, True)
    evidence = verdict.evidence
    assert evidence is not None
    assert evidence.record.content == World().content
    assert evidence.record.subject == SUBJECT
    assert evidence.record.endorsers == tuple(address_of(f"account {number}") for number in ENDORSERS)
    assert [source.voided_now for source in evidence.sources] == [3]
    assert int.from_bytes(evidence.model_hash, "big") == 77


def _compromised(world: World, block: int) -> None:
    world.put_account(ENDORSERS[1], compromised=block)


CASES: dict[str, tuple[Any, Reason]] = {
    "revoked": (lambda w: w.put_certificate(state=CertificateState.REVOKED), Reason.REVOKED),
    "replaced": (lambda w: w.put_certificate(state=CertificateState.REPLACED), Reason.REPLACED),
    "suspended": (lambda w: w.put_certificate(state=CertificateState.SUSPENDED), Reason.SUSPENDED),
    "paused": (lambda w: w.set("CertificateRegistry", 1, "_policy"), Reason.PAUSED),
    "policy of many": (lambda w: w.set("CertificateRegistry", 0xFF << 8, "_policy"), Reason.OK),
    "proven": (lambda w: w.put_verifier(state=1), Reason.OK),
    "proof withdrawn": (lambda w: w.put_verifier(state=2), Reason.PROOF_WITHDRAWN),
    "other flags": (lambda w: w.set("CertificateRegistry", 1, "_pausedFlag"), Reason.OK),
    "compromised at issue": (lambda w: _compromised(w, ISSUED), Reason.ISSUER_KEY_COMPROMISED),
    "compromised later": (lambda w: _compromised(w, ISSUED + 1), Reason.OK),
    "retired": (lambda w: w.put_account(ENDORSERS[0], retired=ISSUED - 1), Reason.OK),
    "model withdrawn": (lambda w: w.set("ModelRegistry", 3, "_models", MODEL, "state"), Reason.MODEL_WITHDRAWN),
    "agreement ended": (lambda w: w.put_agreement(2), Reason.AGREEMENT_TERMINATED),
    "no features": (lambda w: w.set("FeatureRegistry", 0, "_sources", SUBJECT_KEY, DAY), Reason.FEATURES_MISSING),
    "features too late": (lambda w: w.put_features(committed=ISSUED + 1), Reason.FEATURES_MISSING),
    "features in time": (lambda w: w.put_features(committed=ISSUED), Reason.OK),
    "invoice voided": (lambda w: w.set("InvoiceRegistry", 1, "_voided", BATCHES[0]), Reason.COLLATERAL_VOIDED),
    "source compromised": (lambda w: w.put_account(SOURCE_ACCOUNT, compromised=COMMITTED), Reason.COLLATERAL_VOIDED),
    "source compromised later": (lambda w: w.put_account(SOURCE_ACCOUNT, compromised=COMMITTED + 1), Reason.OK),
    "second source too late": (
        lambda w: (
            w.set("FeatureRegistry", 2 << 16 | 1, "_sources", SUBJECT_KEY, DAY),
            w.set("FeatureRegistry", ISSUED + 1, "_entries", SUBJECT_KEY, DAY, 2, "committedBlock"),
            w.set("FeatureRegistry", 9, "_entries", SUBJECT_KEY, DAY, 2, "voidedBefore"),
        ),
        Reason.OK,
    ),
}


@pytest.mark.parametrize(("act", "reason"), CASES.values(), ids=CASES)
def test_bundle__after_an_act__the_reason_and_its_exit(act: Any, reason: Reason) -> None:
    world = World()
    act(world)
    verdict = verdict_of(world)
    assert (verdict.reason, verdict.reason_then, verdict.valid) == (reason, reason, reason is Reason.OK)


def test_bundle__several_reasons__the_first_in_the_contracts_order() -> None:
    world, told = World(), []
    for name in (
        "invoice voided", "no features", "agreement ended", "proof withdrawn", "model withdrawn",
        "compromised at issue", "paused",
    ):  # fmt: skip
        CASES[name][0](world)
        told.append(verdict_of(world).reason)
    assert told == [
        Reason.COLLATERAL_VOIDED, Reason.FEATURES_MISSING, Reason.AGREEMENT_TERMINATED, Reason.PROOF_WITHDRAWN,
        Reason.MODEL_WITHDRAWN, Reason.ISSUER_KEY_COMPROMISED, Reason.PAUSED,
    ]  # fmt: skip


def test_bundle__grade_that_was_proven__says_by_which_verifier_keys_and_set_up() -> None:
    world = World()
    world.put_verifier(state=1)
    bundle, first = made(world)
    assert "VerifierRegistry" in bundle.immutables
    evidence = judged(bundle.to_bytes(), PinnedHash(block_hash=first.block_hash)).evidence
    assert evidence is not None
    assert evidence.verifier is not None
    assert (evidence.record.proof_kind, evidence.record.verifier) == (ProofKind.PROVEN, 6)
    card = evidence.verifier.card
    assert (card.circuit, card.setup_mode, card.gas_limit) == (Circuit.SCORE_TREES, SetupMode.IGNITION, 9)
    assert [int.from_bytes(found, "big") for found in (card.key_hash, card.circuit_hash, card.setup_hash)] == [
        0xAB, 0xCD, 0xEF
    ]  # fmt: skip
    assert card.verifier == address_of("verifier")
    assert "VerifierRegistry" not in made(World())[0].immutables


def test_bundle__never_issued__unknown_is_proven_by_absence() -> None:
    world = World()
    bundle, first = made(world, UNKNOWN)
    verdict = judged(bundle.to_bytes(), PinnedHash(block_hash=first.block_hash))
    assert (verdict.reason, verdict.valid, verdict.evidence) == (Reason.UNKNOWN, False, None)
    assert set(bundle.immutables) == {"CertificateRegistry"}
    hidden = replace(made(world)[0], certificate=UNKNOWN)
    with pytest.raises(InvalidBundle, match=r"missing|more than its certificate needs"):
        judged(hidden.to_bytes(), PinnedHash(block_hash=first.block_hash))


# --- time ------------------------------------------------------------------------------------------------------------


def test_bundle__of_another_time__says_what_was_and_what_is() -> None:
    late = verdict_of(World(), now=NOW + 1001)
    assert (late.reason_then, late.reason, late.valid) == (Reason.OK, Reason.EXPIRED, False)
    early = verdict_of(World(time=NOW - 1001), now=NOW)
    assert (early.reason_then, early.reason, early.valid) == (Reason.NOT_YET_VALID, Reason.OK, False)
    assert verdict_of(World(), now=NOW + 1000).valid
    assert verdict_of(World(time=NOW - 1000), now=NOW).valid


def test_bundle__block_too_old__is_not_valid_and_says_so() -> None:
    assert verdict_of(World(), now=NOW + 60, max_age=60).valid
    stale = verdict_of(World(), now=NOW + 61, max_age=60)
    assert (stale.age, stale.max_age, stale.fresh, stale.valid, stale.reason) == (61, 60, False, False, Reason.OK)


def test_bundle__block_ahead_of_the_clock__only_a_little() -> None:
    assert verdict_of(World(), now=NOW - CLOCKS_APART).age == 0
    with pytest.raises(InvalidBundle, match=f"the block is {CLOCKS_APART + 1} seconds ahead of the clock"):
        verdict_of(World(), now=NOW - CLOCKS_APART - 1)


def test_bundle__replayed_after_a_revocation__its_age_is_told() -> None:
    world = World()
    bundle, first = made(world)
    world.put_certificate(state=CertificateState.REVOKED)
    world.number, world.time = 200, NOW + 700
    newer = made(world)[1]
    old = judged(bundle.to_bytes(), PinnedHash(block_hash=first.block_hash), now=NOW + 705, max_age=600)
    assert (old.reason, old.age, old.valid) == (Reason.OK, 705, False)
    with pytest.raises(InvalidBundle, match="not the trusted"):
        judged(bundle.to_bytes(), PinnedHash(block_hash=newer.block_hash), now=NOW + 705)


# --- trust -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("consensus", [Consensus.QBFT, Consensus.IBFT2])
def test_bundle__of_a_network_with_seals__is_recognised_and_checked(consensus: Consensus) -> None:
    bundle, first = made(World(consensus=consensus))
    known = KnownValidators(validators=tuple(key.address for key in KEYS), consensus=consensus)
    verdict = judged(bundle.to_bytes(), known)
    assert (bundle.consensus, verdict.valid, len(verdict.sealers)) == (consensus, True, 3)
    assert verdict.block_hash == first.block_hash
    assert judged(bundle.to_bytes(), PinnedHash(block_hash=first.block_hash)).valid


def test_bundle__node_with_a_hash_of_its_own__refused_at_once() -> None:
    class Liar(World):
        def header(self, block: int | str) -> Any:
            return super().header(block)[0], b"\1" * 32

    with pytest.raises(InvalidBundle, match="no rule known here gives the header the hash 0x0101"):
        made(Liar())


@pytest.mark.parametrize("what", ["chain_id", "address"])
def test_bundle__of_another_space__refused(what: str) -> None:
    bundle, first = made(World())
    contracts = tuple(
        replace(item, address=address_of("elsewhere")) if item.name == "CertificateRegistry" else item
        for item in DEPLOYMENT.contracts
    )
    other = replace(DEPLOYMENT, chain_id=5) if what == "chain_id" else replace(DEPLOYMENT, contracts=contracts)
    with pytest.raises(InvalidBundle, match="space: it is of registry"):
        judged(bundle.to_bytes(), PinnedHash(block_hash=first.block_hash), deployment=other)


@pytest.mark.parametrize("name", ["ParticipantRegistry", "AgreementRegistry", "ModelRegistry", "FeatureRegistry"])
def test_bundle__contracts_that_ask_others_than_the_deployment__refused(name: str) -> None:
    """A deployment file that mixes two spaces must not make the judgement look at the wrong registry."""
    bundle, first = made(World())
    contracts = tuple(
        replace(item, address=address_of("elsewhere")) if item.name == name else item for item in DEPLOYMENT.contracts
    )
    with pytest.raises(InvalidBundle, match=f"it asks another {name}"):
        judged(
            bundle.to_bytes(),
            PinnedHash(block_hash=first.block_hash),
            deployment=replace(DEPLOYMENT, contracts=contracts),
        )


def test_bundle__contract_with_other_code__refused() -> None:
    world = World()
    world.codes["ModelRegistry"] = world.codes["ModelRegistry"][:-1] + b"\0"
    with pytest.raises(InvalidBundle, match=r"ModelRegistry at 0x.*: not proven: the contract's code is not the one"):
        made(world)


def test_bundle__certificate_whose_id_is_not_its_digest__refused() -> None:
    world = World()
    word = world.storage["CertificateRegistry"][load("CertificateRegistry").layout.place(
        "_words", bytes(world.certificate)
    ).slot]  # fmt: skip
    world.set("CertificateRegistry", word, "_words", bytes(UNKNOWN))
    with pytest.raises(InvalidBundle, match="the certificate's id is not the digest of its content"):
        made(world, UNKNOWN)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda w: w.put_certificate(state=9),
        lambda w: w.put_agreement(9),
        lambda w: w.put_verifier(state=9),
        lambda w: w.set("ModelRegistry", 9, "_models", MODEL, "state"),
        lambda w: w.set("FeatureRegistry", 200, "_entries", SUBJECT_KEY, DAY, 1, "evidenceCount"),
    ],
)
def test_bundle__storage_of_an_unknown_kind__refused(spoil: Any) -> None:
    world = World()
    spoil(world)
    with pytest.raises(InvalidBundle, match="storage holds what no contract known here writes"):
        made(world)


# --- every byte ------------------------------------------------------------------------------------------------------


def test_file__any_byte_flipped__is_found() -> None:
    bundle, first = made(World(consensus=Consensus.QBFT))
    raw, trust = bundle.to_bytes(), PinnedHash(block_hash=first.block_hash)
    assert judged(raw, trust).valid
    for at in range(0, len(raw), 7):
        with pytest.raises(InvalidBundle):
            judged(raw[:at] + bytes([raw[at] ^ 1 << at % 7]) + raw[at + 1 :], trust)


def resealed(document: dict[str, Any]) -> bytes:
    """The document with a digest that fits, as an attacker writes it."""
    body = {name: value for name, value in document.items() if name != "digest"}
    return canonical_json.dumps(body | {"digest": sha256(canonical_json.dumps(body)).hexdigest()})


def flipped(text: str, at: int) -> str:
    return text[:at] + f"{int(text[at], 16) ^ 1:x}" + text[at + 1 :]


def test_content__any_node_changed_with_a_digest_that_fits__is_found() -> None:
    bundle, first = made(World())
    document, trust = json.loads(bundle.to_bytes()), PinnedHash(block_hash=first.block_hash)
    assert judged(resealed(document), trust).valid
    for index, node in enumerate(document["nodes"]):
        for at in {0, 1, 3, len(node) // 2, len(node) - 1}:
            nodes = [*document["nodes"][:index], flipped(node, at), *document["nodes"][index + 1 :]]
            with pytest.raises(InvalidBundle, match="is missing"):
                judged(resealed(document | {"nodes": nodes}), trust)
        without = document["nodes"][:index] + document["nodes"][index + 1 :]
        with pytest.raises(InvalidBundle, match="is missing"):
            judged(resealed(document | {"nodes": without}), trust)


def test_content__any_other_field_changed_with_a_digest_that_fits__is_found() -> None:
    world = World()
    bundle, first = made(world)
    document, trust = json.loads(bundle.to_bytes()), PinnedHash(block_hash=first.block_hash)
    header = document["header"]
    changes: list[dict[str, Any]] = [{"header": flipped(header, at)} for at in range(0, len(header), 3)]
    changes += [
        {"certificate": flipped(document["certificate"], 0)},
        {"space": {"chain_id": 1, "registry": bundle.registry}},
        {"space": {"chain_id": bundle.chain_id, "registry": address_of("elsewhere")}},
        {"consensus": "qbft"},
        {"consensus": "poa"},
        {"format": "trustspace-certificate-bundle-2"},
    ]
    for contract, values in document["immutables"].items():
        rest = {name: found for name, found in document["immutables"].items() if name != contract}
        changes.append({"immutables": rest})
        for name, value in values.items():
            for changed in (flipped(value, 0), flipped(value, 63), value[2:], ""):
                changes.append({"immutables": rest | {contract: values | {name: changed}}})
            changes.append({"immutables": rest | {contract: {k: v for k, v in values.items() if k != name}}})
            changes.append({"immutables": rest | {contract: values | {"OTHER": value}}})
    for change in changes:
        with pytest.raises(InvalidBundle):
            judged(resealed(document | change), trust)


def test_content__more_than_is_needed__refused() -> None:
    world = World()
    bundle, first = made(world)
    document, trust = json.loads(bundle.to_bytes()), PinnedHash(block_hash=first.block_hash)
    nodes, immutables = document["nodes"], document["immutables"]
    stranger = next(node.hex() for node in world.tries()[0].nodes.values() if node.hex() not in nodes)
    for change in (
        {"nodes": [*nodes, stranger]},
        {"nodes": [*nodes, nodes[0]]},
        {"nodes": [nodes[1], nodes[0], *nodes[2:]]},
        {"nodes": [*nodes, ""]},
        {"immutables": immutables | {"LienRegistry": {}}},
        {"immutables": immutables | {"Nothing": {}}},
    ):
        with pytest.raises(InvalidBundle, match="more than its certificate needs"):
            judged(resealed(document | change), trust)
    with pytest.raises(InvalidBundle, match="its digest is another, or it is written in another way"):
        judged(resealed(document | {"note": "unread"}), trust)


def test_content__proof_of_another_block_or_certificate_swapped_in__refused() -> None:
    world = World()
    bundle, first = made(world)
    world.put_certificate(state=CertificateState.REVOKED)
    revoked = made(world)[0]
    trust = PinnedHash(block_hash=made(world)[1].block_hash)
    for swapped in (replace(revoked, nodes=bundle.nodes), replace(bundle, header=revoked.header)):
        with pytest.raises(InvalidBundle, match="missing"):
            judged(swapped.to_bytes(), trust)
    with pytest.raises(InvalidBundle, match="not the trusted"):
        judged(bundle.to_bytes(), trust)
    del first


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{}", b"[]", b"null", b"\xff", b'"x"', b"[" * 100_000, b'{"format":' * 50_000,
        b'{"format":"trustspace-certificate-bundle-1"}', b" " * (LARGEST_BYTES + 1),
    ],
)  # fmt: skip
def test_file__something_else__refused(raw: bytes) -> None:
    with pytest.raises(InvalidBundle, match=r"bundle\.json: not a bundle, or a damaged one"):
        judged(raw, PinnedHash(block_hash=keccak(b"")))


def test_file__parts_of_other_types__refused() -> None:
    document = json.loads(made(World())[0].to_bytes())
    for change in (
        {"nodes": "ab"}, {"nodes": [1]}, {"nodes": {}}, {"header": None}, {"header": "zz"}, {"space": []},
        {"space": {"chain_id": True, "registry": document["space"]["registry"]}}, {"certificate": "ab"},
        {"space": {"chain_id": -1, "registry": document["space"]["registry"]}}, {"immutables": []},
        {"space": {"chain_id": 1, "registry": 5}}, {"immutables": {"ModelRegistry": []}},
        {"header": document["header"].upper()}, {"nodes": [" " + document["nodes"][0]]}, {"format": None},
    ):  # fmt: skip
        with pytest.raises(InvalidBundle, match="not a bundle, or a damaged one"):
            parse_bundle(resealed(document | change), where="bundle.json")
