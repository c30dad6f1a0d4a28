"""Bundles of certificates on a real chain: what they prove is what the registry says, and no node is needed then."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.registries.story import DAY, agree, certify, commit_features, trained
from trustspace.adapters.chain.anvil import AnvilOptions
from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.state_proofs import StateProofs
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.certificates import Certificate, Grade, Reason
from trustspace.domain.headers import Consensus, PinnedHash
from trustspace.domain.ids import CertificateId
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.domain.verifiers import ProofPolicy, VerifierCard
from trustspace.encoding.certificate_bundle import parse_bundle
from trustspace.encoding.hashing import keccak
from trustspace.errors import ChainUnreachable, ContractRefused, InvalidBundle
from trustspace.services.bundle_check import check_bundle
from trustspace.services.bundle_maker import make_bundle
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.ids import AgreementId, BatchId, ModelId
    from trustspace.testing.kit import SpaceKit

Story = tuple[CertificateId, "BatchId", "AgreementId", "ModelId"]
UNKNOWN = CertificateId(keccak(b"unknown"))
LENIENT = bytes.fromhex("600d600c600039600d6000f3604435151560005260206000f3")  # takes any proof but the empty one


def told(kit: SpaceKit, certificate: CertificateId, block: int | str = "latest") -> BundleVerdict:
    """What a bank without a node finds in the bundle's file, at the block's own time."""
    node = StateProofs(kit.node)
    made, first = make_bundle(certificate, node=node, deployment=kit.deployment, contracts=load, block=block)
    bundle = parse_bundle(made.to_bytes(), where="file")
    trust = PinnedHash(block_hash=first.block_hash)
    return check_bundle(bundle, deployment=kit.deployment, contracts=load, trust=trust, now=first.block_time)


def agrees(kit: SpaceKit, certificate: CertificateId, reason: Reason | None = None) -> None:
    """Bundle and registry say the same of the same block."""
    block = kit.node.block_number()
    verdict, registry = told(kit, certificate), kit.actors.outsider.certificates
    on_chain = registry.verify(certificate, block=block)
    assert (verdict.reason_then, verdict.block) == (on_chain.reason, on_chain.as_of_block)
    assert reason is None or verdict.reason_then is reason
    if verdict.evidence is not None:
        assert verdict.evidence.record == registry.get(certificate)


ACTS: dict[str, tuple[Callable[[SpaceKit, Story], object], Reason]] = {
    "nothing": (lambda *_: None, Reason.OK),
    "suspend": (lambda kit, story: kit.actors.banks[0].certificates.suspend(story[0]), Reason.SUSPENDED),
    "resume": (lambda kit, story: kit.actors.banks[1].certificates.resume(story[0]), Reason.OK),
    "revoke": (lambda kit, story: kit.actors.banks[1].certificates.revoke(story[0]), Reason.REVOKED),
    "annul": (lambda kit, story: kit.actors.regulator.certificates.annul(story[0]), Reason.REVOKED),
    "pause": (lambda kit, _: kit.actors.guardian.certificates.pause(), Reason.PAUSED),
    "unpause": (lambda kit, _: kit.actors.regulator.certificates.unpause(), Reason.OK),
    "pause another": (lambda kit, _: kit.actors.guardian.models.pause(), Reason.OK),
    "withdraw model": (
        lambda kit, story: kit.actors.regulator.models.withdraw_model(story[3], keccak(b"drift")),
        Reason.MODEL_WITHDRAWN,
    ),
    "terminate": (
        lambda kit, story: kit.actors.subjects[0].agreements.terminate(story[2]),
        Reason.AGREEMENT_TERMINATED,
    ),
    "void": (
        lambda kit, story: kit.actors.sources[0].invoices.set_status(story[1], 7, InvoiceStatus.VOIDED),
        Reason.COLLATERAL_VOIDED,
    ),
    "dispute": (
        lambda kit, story: kit.actors.sources[0].invoices.set_status(story[1], 8, InvoiceStatus.DISPUTED),
        Reason.OK,
    ),
    "compromise a bank": (
        lambda kit, _: kit.actors.regulator.participants.declare_compromise(kit.actors.banks[1].address, 1),
        Reason.ISSUER_KEY_COMPROMISED,
    ),
    "compromise the source": (
        lambda kit, _: kit.actors.regulator.participants.declare_compromise(kit.actors.sources[0].address, 1),
        Reason.COLLATERAL_VOIDED,
    ),
    "compromise later": (
        lambda kit, _: kit.actors.regulator.participants.declare_compromise(
            kit.actors.banks[0].address, kit.node.block_number()
        ),
        Reason.OK,
    ),
    "expire": (lambda kit, _: kit.advance(1_000_001), Reason.EXPIRED),
    "expire the agreement": (lambda kit, _: kit.advance(900_000), Reason.OK),
}


@pytest.mark.parametrize("name", [name for name in ACTS if name not in {"resume", "unpause"}])
def test_bundle__after_an_act__says_what_the_registry_says(data_space: SpaceKit, name: str) -> None:
    story = certify(data_space)
    act, reason = ACTS[name]
    data_space.mine()
    act(data_space, story)
    agrees(data_space, story[0], reason)
    agrees(data_space, UNKNOWN, Reason.UNKNOWN)


@pytest.mark.parametrize("seed", range(12))
def test_bundle__after_any_acts__says_what_the_registry_says(data_space: SpaceKit, seed: int) -> None:
    chance = random.Random(seed)
    story = certify(data_space)
    for name in chance.choices(list(ACTS), k=7):
        try:
            ACTS[name][0](data_space, story)
        except ContractRefused:
            continue  # an act that is forbidden by now
        agrees(data_space, story[0])


def test_bundle__replaced_and_features_missing__as_the_registry_says(data_space: SpaceKit) -> None:
    first, second = data_space.actors.banks[:2]
    agreement, (_, model), now = agree(data_space), trained(data_space), data_space.now()

    def issue(grade: Grade) -> CertificateId:
        content = Certificate(
            agreement=agreement, model=model, as_of_day=DAY, grade=grade, valid_from=now + 50, not_after=now + 999
        )
        signature = second.key.sign_message(second.certificates.message(content))
        return first.certificates.endorse_and_issue(content, [signature]).value

    early = issue(Grade.A)
    agrees(data_space, early, Reason.NOT_YET_VALID)
    data_space.advance(60)
    agrees(data_space, early, Reason.FEATURES_MISSING)
    commit_features(data_space)
    agrees(data_space, early, Reason.FEATURES_MISSING)
    later = issue(Grade.B)
    agrees(data_space, later, Reason.OK)
    first.certificates.replace(early, later)
    agrees(data_space, early, Reason.REPLACED)


def test_bundle__grade_proven_then_its_verifier_withdrawn__as_the_registry_says(data_space: SpaceKit) -> None:
    actors = data_space.actors
    first, regulator = actors.banks[0], actors.regulator
    commit_features(data_space)
    agreement, (_, model), now = agree(data_space), trained(data_space), data_space.now()
    card = VerifierCard(
        verifier=regulator.verifiers.deploy_verifier(LENIENT).value,
        circuit=Circuit.SCORE_CARD,
        setup_mode=SetupMode.CONSORTIUM,
        gas_limit=100_000,
        circuit_hash=keccak(b"circuit"),
        key_hash=keccak(b"key"),
        setup_hash=keccak(b"setup"),
    )
    number = regulator.verifiers.register(card).value
    regulator.certificates.set_proof_policy(ProofPolicy(model=model, verifier=number, quorum=1, demanded=True))
    content = Certificate(
        agreement=agreement, model=model, as_of_day=DAY, grade=Grade.C, valid_from=now - 5, not_after=now + 999
    )
    certificate = first.certificates.issue_with_proof(content, [], keccak(b"proof")).value
    agrees(data_space, certificate, Reason.OK)
    evidence = told(data_space, certificate).evidence
    assert evidence is not None
    assert evidence.verifier == actors.outsider.verifiers.verifier(number)
    regulator.verifiers.withdraw(number, keccak(b"flaw"))
    agrees(data_space, certificate, Reason.PROOF_WITHDRAWN)


def test_bundle__of_an_earlier_block__says_what_was_then(data_space: SpaceKit) -> None:
    story = certify(data_space)
    before = data_space.node.block_number()
    data_space.actors.banks[0].certificates.revoke(story[0])
    assert told(data_space, story[0], before).reason_then is Reason.OK
    assert told(data_space, story[0]).reason_then is Reason.REVOKED
    with pytest.raises(ChainUnreachable, match="does not have block 9999999"):
        told(data_space, story[0], 9_999_999)


@pytest.mark.parametrize("fork", ["london", "shanghai", "prague", "osaka"])
def test_bundle__chain_of_another_fork__its_header_is_understood(fork: str) -> None:
    with start_kit(AnvilOptions(hardfork=fork)) as kit:
        verdict = told(kit, UNKNOWN)
        header, named = StateProofs(kit.node).header("latest")
        assert (verdict.reason_then, header.plain_hash) == (Reason.UNKNOWN, named)


class Deceiver(StateProofs):
    """A node that answers one question wrongly."""

    def __init__(self, kit: SpaceKit, lie: str) -> None:
        super().__init__(kit.node)
        self.lie = lie

    def header(self, block: int | str) -> Any:
        header, named = super().header(block)
        return (super().header(header.number - 1)[0] if self.lie == "header" else header), named

    def word(self, address: Any, slot: int, *, block: int) -> int:
        return 0 if self.lie == "word" else super().word(address, slot, block=block)

    def code(self, address: Any, *, block: int) -> bytes:
        found = super().code(address, block=block)
        return found.replace(bytes.fromhex(address[2:].lower()), b"\7" * 20) if self.lie == "code" else found

    def proofs(self, slots: Any, *, block: int) -> tuple[bytes, ...]:
        return super().proofs(slots, block=block - 1 if self.lie == "proofs" else block)


@pytest.mark.parametrize("lie", ["header", "word", "code", "proofs"])
def test_make__node_that_lies__is_found_out_at_once(data_space: SpaceKit, lie: str) -> None:
    certificate = certify(data_space)[0]
    with pytest.raises(InvalidBundle):
        make_bundle(certificate, node=Deceiver(data_space, lie), deployment=data_space.deployment, contracts=load)


def test_make__real_chain__has_no_seals_and_no_more_than_needed(data_space: SpaceKit) -> None:
    certificate = certify(data_space)[0]
    node = StateProofs(data_space.node)
    made, verdict = make_bundle(certificate, node=node, deployment=data_space.deployment, contracts=load)
    assert (made.consensus, verdict.sealers) == (Consensus.PLAIN, ())
    assert len(made.to_bytes()) < 40_000
    assert set(made.immutables) == {
        "AgreementRegistry", "CertificateRegistry", "FeatureRegistry", "InvoiceRegistry", "ModelRegistry",
        "ParticipantRegistry",
    }  # fmt: skip
