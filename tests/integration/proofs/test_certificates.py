"""Certificates proven by the real tools and checked by the real verifiers; proofs of anything else."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import DAY, refuses, trained
from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.domain.certificates import Certificate, Grade, ProofKind, Reason
from trustspace.domain.participants import Role
from trustspace.domain.proofs import Circuit
from trustspace.domain.verifiers import ProofPolicy
from trustspace.encoding.hashing import keccak
from trustspace.encoding.poseidon2 import FIELD_MODULUS

if TYPE_CHECKING:
    from tests.integration.proofs.conftest import ProvingSpace
    from trustspace.domain.proofs import Proof

MOST_GAS = 1_000_000


@pytest.fixture(scope="package")
def proven(proving_space: ProvingSpace) -> tuple[Certificate, Proof]:
    """A certificate for the grantee, and its proof."""
    certificate = proving_space.certificate()
    sender = proving_space.kit.actors.banks[0].address
    return certificate, proving_space.prove(proving_space.statement(certificate, sender))


@pytest.mark.parametrize("circuit", [Circuit.SCORE_CARD, Circuit.SCORE_TREES])
def test_issue_with_proof__true_grade__verifies_and_is_cheap_enough(world: ProvingSpace, circuit: Circuit) -> None:
    bank, certificate = world.kit.actors.banks[0], world.certificate(circuit)
    statement = world.statement(certificate, bank.address, circuit)
    proof = world.prove(statement)
    assert proof.public_inputs == statement.public_inputs
    issued = bank.certificates.issue_with_proof(certificate, [], proof.proof)
    verdict = world.kit.actors.outsider.certificates.verify(issued.value)
    assert (verdict.reason, verdict.grade, verdict.proof_kind) == (Reason.OK, certificate.grade, ProofKind.PROVEN)
    record = bank.certificates.get(issued.value)
    assert (record.verifier, record.endorsers) == (world.verifiers[circuit], (bank.address,))
    assert issued.receipt.gas_used <= MOST_GAS
    world.kit.actors.regulator.verifiers.withdraw(world.verifiers[circuit], keccak(b"defect"))
    assert bank.certificates.verify(issued.value).reason is Reason.PROOF_WITHDRAWN


def test_issue_with_proof__issued_already__refused(world: ProvingSpace, proven: tuple[Certificate, Proof]) -> None:
    bank, (certificate, proof) = world.kit.actors.banks[0], proven
    bank.certificates.issue_with_proof(certificate, [], proof.proof)
    with refuses("CertificateAlreadyIssued"):
        bank.certificates.issue_with_proof(certificate, [], proof.proof + bytes(32))


def test_issue_with_proof__other_claims_than_proven__refused(
    world: ProvingSpace, proven: tuple[Certificate, Proof]
) -> None:
    """A better grade, another validity, another day, another model with better cut-offs."""
    actors, (certificate, proof) = world.kit.actors, proven
    later = type(DAY)(DAY + 1)
    for source in actors.sources:
        source.features.commit(
            FeatureCommitment(subject=world.opened.subject, as_of_day=later, commitment=bytes(31) + b"\1", evidence=())
        )
    card = world.models[Circuit.SCORE_CARD].record.card
    lenient = trained(world.kit, replace(card, model_hash=keccak(b"lenient"), commitment=bytes(31) + b"\2"))[1]
    verifier = world.verifiers[Circuit.SCORE_CARD]
    actors.regulator.certificates.set_proof_policy(
        ProofPolicy(model=lenient, verifier=verifier, quorum=1, demanded=False)
    )
    claims = [
        *(replace(certificate, grade=grade) for grade in Grade if grade not in {Grade.NONE, certificate.grade}),
        replace(certificate, not_after=certificate.not_after + 1),
        replace(certificate, as_of_day=later),
        replace(certificate, model=lenient),
    ]
    for claim in claims:
        with refuses("ProofInvalid", number=verifier):
            actors.banks[0].certificates.issue_with_proof(claim, [], proof.proof)


def test_issue_with_proof__copied_by_another_sender__refused(
    world: ProvingSpace, proven: tuple[Certificate, Proof]
) -> None:
    (grantee, thief), (certificate, proof) = world.kit.actors.banks[:2], proven
    endorsement = grantee.key.sign_message(grantee.certificates.message(certificate))
    with refuses("ProofInvalid"):
        thief.certificates.issue_with_proof(certificate, [endorsement], proof.proof)


def test_issue_with_proof__a_further_source_commits__refused(
    world: ProvingSpace, proven: tuple[Certificate, Proof]
) -> None:
    certificate, proof = proven
    newcomer = world.kit.actors.keyholders[0]
    world.kit.actors.regulator.participants.set_roles(newcomer.participant, Role.SOURCE)
    newcomer.features.commit(
        FeatureCommitment(subject=world.opened.subject, as_of_day=DAY, commitment=bytes(31) + b"\1", evidence=())
    )
    with refuses("ProofInvalid"):
        world.kit.actors.banks[0].certificates.issue_with_proof(certificate, [], proof.proof)


def test_issue_with_proof__no_source__cannot_commit(world: ProvingSpace) -> None:
    forger = world.kit.actors.banks[3]
    with refuses("RoleMissing"):
        forger.features.commit(
            FeatureCommitment(subject=world.opened.subject, as_of_day=DAY, commitment=bytes(31) + b"\1", evidence=())
        )


def test_issue_with_proof__damaged_proofs__refused(world: ProvingSpace, proven: tuple[Certificate, Proof]) -> None:
    bank, (certificate, proof) = world.kit.actors.banks[0], proven
    intact = proof.proof
    damaged = [
        b"", bytes(len(intact)), secrets.token_bytes(len(intact)), intact[:-32], intact + bytes(32), intact * 12,
        *(intact[:at] + bytes([intact[at] ^ 1]) + intact[at + 1 :] for at in range(0, len(intact), len(intact) // 24)),
    ]  # fmt: skip
    for bad in damaged:
        assert not bank.verifiers.verify(world.verifiers[Circuit.SCORE_CARD], bad, proof.public_inputs)
        with refuses("ProofInvalid"):
            bank.certificates.issue_with_proof(certificate, [], bad)


def test_verify__inputs_plus_the_modulus__refused(world: ProvingSpace, proven: tuple[Certificate, Proof]) -> None:
    proof, verifiers = proven[1], world.kit.actors.outsider.verifiers
    number = world.verifiers[Circuit.SCORE_CARD]
    assert verifiers.verify(number, proof.proof, proof.public_inputs)
    for place, value in enumerate(proof.public_inputs):
        changed = [*proof.public_inputs]
        changed[place] = value + FIELD_MODULUS
        assert not verifiers.verify(number, proof.proof, changed)
        changed[place] = (value + 1) % FIELD_MODULUS
        assert not verifiers.verify(number, proof.proof, changed)


def test_verify__verifier_of_another_circuit__refused(world: ProvingSpace, proven: tuple[Certificate, Proof]) -> None:
    """Trees have as many public inputs as cards."""
    number = world.verifiers[Circuit.SCORE_TREES]
    assert not world.kit.actors.outsider.verifiers.verify(number, proven[1].proof, proven[1].public_inputs)


def test_issue_with_proof__withdrawn_model__refused(world: ProvingSpace, proven: tuple[Certificate, Proof]) -> None:
    certificate, proof = proven
    world.kit.actors.regulator.models.withdraw_model(certificate.model, keccak(b"drifted"))
    with refuses("ModelNotFinal"):
        world.kit.actors.banks[0].certificates.issue_with_proof(certificate, [], proof.proof)


def test_issue__proof_demanded__endorsements_are_not_enough(world: ProvingSpace) -> None:
    certificate, banks = world.certificate(), world.kit.actors.banks
    message = banks[0].certificates.message(certificate)
    with refuses("ProofDemanded", model=certificate.model):
        world.kit.actors.outsider.certificates.issue(certificate, [bank.key.sign_message(message) for bank in banks])
