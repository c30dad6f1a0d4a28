"""Every wrapper against its contract: what goes in comes out, what must not happen is refused with the error's name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.domain.agreements import AgreementState, AgreementTerms, Purpose, SignedAgreement
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.domain.certificates import Certificate, CertificateState, Grade, Reason
from trustspace.domain.ids import AgreementId, AsOfDay, BatchId, CertificateId, ModelId, OperationId, RunId
from trustspace.domain.models import ModelCard, ModelState, RunState
from trustspace.domain.participants import Role
from trustspace.encoding.commitments import BatchHeader, batch_tree
from trustspace.encoding.hashing import keccak
from trustspace.errors import ContractRefused, SignerMissing

if TYPE_CHECKING:
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

DAY = AsOfDay(18_262)
CARD = ModelCard(
    model_hash=keccak(b"model"),
    schema_hash=keccak(b"schema"),
    code_hash=keccak(b"code"),
    metrics_hash=keccak(b"metrics"),
)


def refuses(error: str, **arguments: object) -> pytest.RaisesExc[ContractRefused]:
    """The contract's own error with these arguments."""
    return pytest.RaisesExc(
        ContractRefused, check=lambda found: found.error == error and arguments.items() <= found.arguments.items()
    )


def terms_of(kit: SpaceKit, subject: Actor, bank: Actor, salt: bytes = b"one") -> AgreementTerms:
    now = kit.now()
    return AgreementTerms(
        subject=subject.subject,
        grantee=bank.participant,
        purposes=Purpose.FEATURES | Purpose.TRAINING | Purpose.CERTIFICATE,
        scope_hash=keccak(b"scope"),
        not_before=now - 100,
        not_after=now + 10_000_000,
        max_uses=2,
        salt=keccak(salt),
    )


def signed(terms: AgreementTerms, subject: Actor, bank: Actor) -> SignedAgreement:
    message = bank.agreements.message(terms)
    return SignedAgreement(
        terms=terms,
        subject_signature=subject.key.sign_message(message),
        grantee_signature=bank.key.sign_message(message),
    )


def agree(kit: SpaceKit) -> AgreementId:
    subject, bank = kit.actors.subjects[0], kit.actors.banks[0]
    return bank.agreements.record(signed(terms_of(kit, subject, bank), subject, bank)).value


def trained(kit: SpaceKit) -> tuple[RunId, ModelId]:
    """A run of one round whose model two banks confirmed."""
    banks, aggregator = kit.actors.banks[:3], kit.actors.aggregator
    run = aggregator.models.open_run(
        keccak(b"plan"), [bank.address for bank in banks], 2, OperationId(keccak(b"run"))
    ).value
    for bank in banks:
        bank.models.join(run, keccak(bank.name.encode()))
    for bank in banks:
        bank.models.commit_contribution(run, 1, keccak(b"masked " + bank.name.encode()))
    aggregator.models.close_round(run, 1, keccak(b"sum"))
    model = [bank.models.confirm_model(run, CARD).value for bank in banks[:2]][-1]
    return run, model


def commit_features(kit: SpaceKit) -> BatchId:
    source, subject = kit.actors.sources[0], kit.actors.subjects[0]
    batch = Batch(subject=subject.subject, count=300, nonce=keccak(b"nonce"), root=keccak(b"root"))
    anchored = source.invoices.anchor(batch).value
    source.features.commit(
        FeatureCommitment(
            subject=subject.subject, as_of_day=DAY, commitment=(5).to_bytes(32, "big"), evidence=(anchored,)
        )
    )
    return anchored


def certify(kit: SpaceKit) -> tuple[CertificateId, BatchId, AgreementId, ModelId]:
    batch, agreement, (_, model) = commit_features(kit), agree(kit), trained(kit)
    now = kit.now()
    certificate = Certificate(
        agreement=agreement, model=model, as_of_day=DAY, grade=Grade.B, valid_from=now - 10, not_after=now + 1_000_000
    )
    first, second = kit.actors.banks[:2]
    message = first.certificates.message(certificate)
    endorsements = [bank.key.sign_message(message) for bank in (first, second)]
    issued = kit.actors.outsider.certificates.issue(certificate, endorsements).value
    return issued, batch, agreement, model


# --- participants ------------------------------------------------------------------------------------------------


def test_participants__kit__is_admitted_with_its_roles(data_space: SpaceKit) -> None:
    actors, registry = data_space.actors, data_space.actors.outsider.participants
    assert registry.count() == 8
    for actor, roles in actors.organisations.items():
        assert registry.roles_of(actor.participant) == (roles, False)
        assert registry.require_role(actor.address, roles) == actor.participant
        info = registry.account_info(actor.address)
        assert (info.participant, info.roles, info.live) == (actor.participant, roles, True)
        assert registry.account_at(info.number) == actor.address
        assert registry.accounts_of(actor.participant) == (actor.address,)
    assert registry.participant_of(actors.outsider.address) == 0
    assert not registry.account_info(actors.outsider.address).live


def test_participants__regulator__changes_suspends_and_reinstates(data_space: SpaceKit) -> None:
    registry, bank = data_space.actors.regulator.participants, data_space.actors.banks[0]
    registry.set_roles(bank.participant, Role.BANK)
    for _ in range(2):  # the same call twice is meant twice
        registry.suspend(bank.participant)
        assert registry.roles_of(bank.participant) == (Role.BANK, True)
        registry.reinstate(bank.participant)
    assert registry.roles_of(bank.participant) == (Role.BANK, False)
    with refuses("NotSuspended", participant=bank.participant):
        registry.reinstate(bank.participant)


def test_participants__account__is_added_with_consent_retired_and_compromised(data_space: SpaceKit) -> None:
    bank, fresh = data_space.actors.banks[0], data_space.actors.outsider
    with refuses("ConsentInvalid", account=fresh.address):
        bank.participants.add_account(
            fresh.address, bank.key.sign_message(bank.participants.consent_message(bank.participant, fresh.address))
        )
    consent = fresh.key.sign_message(bank.participants.consent_message(bank.participant, fresh.address))
    bank.participants.add_account(fresh.address, consent)
    assert fresh.participants.participant_of(fresh.address) == bank.participant
    before = data_space.node.block_number()
    bank.participants.retire_account(fresh.address)
    assert bank.participants.was_valid_at(fresh.address, before)
    bank.participants.report_compromise(fresh.address, before)
    assert not bank.participants.was_valid_at(fresh.address, before)
    assert bank.participants.account_info(fresh.address).compromised_from == before


def test_participants__encryption_keys__are_kept_in_order(data_space: SpaceKit) -> None:
    bank = data_space.actors.banks[0]
    with refuses("EncryptionKeyMissing", participant=bank.participant):
        bank.participants.encryption_key(bank.participant)
    first, second = keccak(b"key 1"), keccak(b"key 2")
    bank.participants.set_encryption_key(first)
    bank.participants.set_encryption_key(second)
    assert bank.participants.encryption_key(bank.participant) == second
    assert [item.key for item in bank.participants.encryption_keys(bank.participant)] == [first, second]


def test_participants__recovery__takes_a_quorum_and_its_time(data_space: SpaceKit) -> None:
    lost, first, second = data_space.actors.banks[:3]
    fresh = data_space.actors.outsider
    consent = fresh.key.sign_message(lost.participants.consent_message(lost.participant, fresh.address))
    first.participants.propose_recovery(lost.participant, fresh.address, consent)
    second.participants.approve_recovery(lost.participant, fresh.address)
    pending = fresh.participants.recovery(lost.participant)
    assert (pending.new_account, pending.approvals) == (fresh.address, 2)
    with refuses("RecoveryNotReady", participant=lost.participant):
        fresh.participants.execute_recovery(lost.participant)
    data_space.advance(3601)
    fresh.participants.execute_recovery(lost.participant)
    assert fresh.participants.participant_of(fresh.address) == lost.participant
    assert not fresh.participants.account_info(lost.address).live


@pytest.mark.parametrize("ended_by", ["cancel", "reject"])
def test_participants__recovery__is_stopped(data_space: SpaceKit, ended_by: str) -> None:
    lost, proposer = data_space.actors.banks[:2]
    fresh = data_space.actors.outsider
    consent = fresh.key.sign_message(lost.participants.consent_message(lost.participant, fresh.address))
    proposer.participants.propose_recovery(lost.participant, fresh.address, consent)
    if ended_by == "cancel":
        lost.participants.cancel_recovery(lost.participant)
    else:
        data_space.actors.regulator.participants.reject_recovery(lost.participant)
    assert proposer.participants.recovery(lost.participant).approvals == 0


def test_participants__regulator_declares_a_compromise(data_space: SpaceKit) -> None:
    bank, block = data_space.actors.banks[0], data_space.node.block_number()
    data_space.actors.regulator.participants.declare_compromise(bank.address, block)
    assert not bank.participants.account_info(bank.address).live


def test_participants__outsider_admits__is_refused_by_name(data_space: SpaceKit) -> None:
    outsider = data_space.actors.outsider
    with refuses("AccessManagedUnauthorized", caller=outsider.address):
        outsider.participants.admit(outsider.address, Role.BANK)


# --- agreements --------------------------------------------------------------------------------------------------


def test_agreements__ids_and_digests__equal_the_contracts(data_space: SpaceKit) -> None:
    subject, bank = data_space.actors.subjects[0], data_space.actors.banks[0]
    terms = terms_of(data_space, subject, bank)
    registry = bank.agreements
    assert registry.digest_of(terms) == registry.message(terms).digest
    assert registry.record(signed(terms, subject, bank)).value == registry.id_of(terms)


def test_agreements__recorded__is_read_used_and_counted_once_per_operation(data_space: SpaceKit) -> None:
    agreement, bank = agree(data_space), data_space.actors.banks[0]
    operation = OperationId(keccak(b"first use"))
    assert bank.agreements.use(agreement, Purpose.TRAINING, operation).value == 1
    assert bank.agreements.use(agreement, Purpose.TRAINING, operation).value == 1
    found = bank.agreements.get(agreement)
    assert (found.state, found.uses, found.max_uses) == (AgreementState.ACTIVE, 1, 2)
    assert found.subject == data_space.actors.subjects[0].subject
    assert found.purposes == Purpose.FEATURES | Purpose.TRAINING | Purpose.CERTIFICATE
    assert bank.agreements.use_of(agreement, operation) == (Purpose.TRAINING, 1)
    assert bank.agreements.require_usable(agreement, Purpose.CERTIFICATE) > 0
    with refuses("PurposeNotGranted", agreement=agreement):
        bank.agreements.require_usable(agreement, Purpose.FINANCING)
    bank.agreements.use_many([(agreement, OperationId(keccak(b"second use")))], Purpose.FEATURES)
    with refuses("AgreementUsedUp", agreement=agreement, maxUses=2):
        bank.agreements.use(agreement, Purpose.TRAINING, OperationId(keccak(b"third use")))


def test_agreements__many_at_once__all_or_none(data_space: SpaceKit) -> None:
    subject, bank = data_space.actors.subjects[0], data_space.actors.banks[0]
    items = [signed(terms_of(data_space, subject, bank, salt), subject, bank) for salt in (b"one", b"two", b"three")]
    recorded = bank.agreements.record_many(items).value
    assert [found.state for found in bank.agreements.get_many(recorded)] == [AgreementState.ACTIVE] * 3
    fresh = signed(terms_of(data_space, subject, bank, b"four"), subject, bank)
    with refuses("AgreementAlreadyRecorded", agreement=recorded[0]):
        bank.agreements.record_many([fresh, items[0]])
    assert bank.agreements.get(bank.agreements.id_of(fresh.terms)).state is AgreementState.NONE


def test_agreements__replayed_on_changed_terms__is_refused(data_space: SpaceKit) -> None:
    subject, bank = data_space.actors.subjects[0], data_space.actors.banks[0]
    item = signed(terms_of(data_space, subject, bank), subject, bank)
    with refuses("SubjectSignatureInvalid", subject=subject.address):
        bank.agreements.record(replace(item, terms=replace(item.terms, max_uses=1_000)))


@pytest.mark.parametrize("by", ["subject", "grantee", "signature"])
def test_agreements__terminated__stops_the_next_use(data_space: SpaceKit, by: str) -> None:
    agreement = agree(data_space)
    subject, bank, outsider = data_space.actors.subjects[0], data_space.actors.banks[0], data_space.actors.outsider
    if by == "signature":
        message = outsider.agreements.termination_message(agreement)
        with refuses("TerminationSignatureInvalid", agreement=agreement):
            outsider.agreements.terminate_with_signature(agreement, outsider.key.sign_message(message))
        outsider.agreements.terminate_with_signature(agreement, subject.key.sign_message(message))
    else:
        (subject if by == "subject" else bank).agreements.terminate(agreement)
    with refuses("AgreementIsTerminated", agreement=agreement):
        bank.agreements.use(agreement, Purpose.TRAINING, OperationId(keccak(b"late use")))


# --- invoices ----------------------------------------------------------------------------------------------------


def test_invoices__anchored__id_root_and_count_are_as_computed_here(data_space: SpaceKit) -> None:
    source, subject = data_space.actors.sources[0], data_space.actors.subjects[0]
    batch = Batch(subject=subject.subject, count=9, nonce=keccak(b"nonce"), root=keccak(b"root"))
    batch_id = source.invoices.anchor(batch).value
    assert batch_id == source.invoices.batch_id_of(source.participant, batch)
    found = source.invoices.get(batch_id)
    assert found is not None
    assert (found.source, found.count, found.root, found.voided) == (source.participant, 9, batch.root, 0)
    assert source.invoices.batches_of(source.participant, subject.subject) == [found]
    assert source.invoices.get(BatchId(batch_id[:-1] + b"\xff")) is None


def test_invoices__anchor_many__equals_the_general_encoder_and_anchors_all(data_space: SpaceKit) -> None:
    source, subject = data_space.actors.sources[0], data_space.actors.subjects[0]
    batches = [
        Batch(subject=subject.subject, count=n + 1, nonce=keccak(b"nonce %d" % n), root=keccak(b"root %d" % n))
        for n in range(450)
    ]
    registry = source.invoices
    general = registry.artifact.functions["anchorMany"].encode(
        [[(batch.subject, batch.count, batch.nonce, batch.root) for batch in batches]]
    )
    assert registry.anchor_call(batches) == general
    anchored = registry.anchor_many(batches).value
    found = registry.get_many(anchored)
    assert [item.root for item in found if item is not None] == [batch.root for batch in batches]
    before = data_space.node.block_number()
    assert registry.anchor_many(batches).value == anchored
    assert data_space.node.block_number() == before
    assert len(registry.batches_of(source.participant)) == 450


def test_invoices__statuses__move_forward_only(data_space: SpaceKit) -> None:
    source, batch = data_space.actors.sources[0], commit_features(data_space)
    source.invoices.set_status(batch, 7, InvoiceStatus.CONFIRMED)
    source.invoices.set_status(batch, 7, InvoiceStatus.PAID)
    assert source.invoices.statuses(batch, 7) == {InvoiceStatus.CONFIRMED, InvoiceStatus.PAID}
    with refuses("StatusMoveForbidden", batch=batch):
        source.invoices.set_status(batch, 7, InvoiceStatus.VOIDED)
    source.invoices.set_status_many(batch, [0, 255, 256, 299], InvoiceStatus.VOIDED)
    assert source.invoices.voided_count(batch) == 4
    assert source.invoices.status_word(batch, InvoiceStatus.VOIDED, 1) == 1 | 1 << 43
    with refuses("IndexOutOfRange", batch=batch, index=300):
        source.invoices.set_status(batch, 300, InvoiceStatus.VOIDED)
    with refuses("NotBatchSource", batch=batch):
        data_space.actors.sources[1].invoices.set_status(batch, 0, InvoiceStatus.PAID)


def test_invoices__proof_of_one_of_many__is_known_to_the_contract_and_its_buyer_answers(data_space: SpaceKit) -> None:
    source, subject, buyer = data_space.actors.sources[0], data_space.actors.subjects[0], data_space.actors.subjects[1]
    header = BatchHeader(
        chain_id=data_space.deployment.chain_id,
        registry=source.invoices.address,
        source=source.participant,
        subject=subject.subject,
        count=5,
        nonce=keccak(b"nonce"),
    )
    commitments = [keccak(b"commitment %d" % n) for n in range(5)]
    tree = batch_tree(header, commitments, [buyer.address] * 5)
    batch = source.invoices.anchor(Batch(subject=subject.subject, count=5, nonce=header.nonce, root=tree.root)).value
    proof = tree.proof(3)
    assert source.invoices.is_anchored(batch, 3, commitments[3], buyer.address, proof)
    assert not source.invoices.is_anchored(batch, 2, commitments[3], buyer.address, proof)
    assert not source.invoices.is_anchored(batch, 3, commitments[3], None, proof)
    buyer.invoices.answer_as_buyer(batch, 3, commitments[3], proof, InvoiceStatus.DISPUTED)
    assert source.invoices.statuses(batch, 3) == {InvoiceStatus.DISPUTED}
    with refuses("NotInBatch", batch=batch, index=3):
        subject.invoices.answer_as_buyer(batch, 3, commitments[3], proof, InvoiceStatus.CONFIRMED)


def test_invoices__bank_anchors__is_refused_by_name(data_space: SpaceKit) -> None:
    bank, subject = data_space.actors.banks[0], data_space.actors.subjects[0]
    batch = Batch(subject=subject.subject, count=1, nonce=keccak(b"nonce"), root=keccak(b"root"))
    with refuses("RoleMissing", account=bank.address):
        bank.invoices.anchor(batch)


# --- features ----------------------------------------------------------------------------------------------------


def test_features__committed__are_read_and_follow_their_evidence(data_space: SpaceKit) -> None:
    batch, source, subject = commit_features(data_space), data_space.actors.sources[0], data_space.actors.subjects[0]
    registry, key = source.features, (data_space.actors.subjects[0].subject, DAY)
    assert registry.commitment_of(*key, source.participant) == (5).to_bytes(32, "big")
    assert registry.commitment_of(*key, data_space.actors.sources[1].participant) is None
    assert registry.sources_of(*key) == (source.participant,)
    assert registry.evidence_of(*key, source.participant) == (batch,)
    block = data_space.node.block_number()
    assert registry.evidence_state(*key, block) == (True, True)
    source.invoices.set_status(batch, 0, InvoiceStatus.VOIDED)
    assert registry.evidence_state(*key, block) == (True, False)
    with refuses("FeaturesAlreadyCommitted", subject=subject.address):
        registry.commit(
            FeatureCommitment(subject=subject.subject, as_of_day=DAY, commitment=b"\x01" * 32, evidence=(batch,))
        )


def test_features__many__in_few_transactions(data_space: SpaceKit) -> None:
    source, subject = data_space.actors.sources[0], data_space.actors.subjects[0]
    batch = source.invoices.anchor(
        Batch(subject=subject.subject, count=1, nonce=keccak(b"nonce"), root=keccak(b"root"))
    ).value
    items = [
        FeatureCommitment(
            subject=subject.subject,
            as_of_day=AsOfDay(day),
            commitment=day.to_bytes(32, "big"),
            evidence=(batch,),
        )
        for day in range(1, 151)
    ]
    assert len(source.features.commit_many(items)) == 2
    keys = [(item.subject, item.as_of_day, source.participant) for item in items]
    assert source.features.commitments_of(keys) == [item.commitment for item in items]


# --- models ------------------------------------------------------------------------------------------------------


def test_models__run__goes_through_its_states_to_a_final_model(data_space: SpaceKit) -> None:
    run, model = trained(data_space)
    registry, banks = data_space.actors.outsider.models, data_space.actors.banks
    found = registry.run(run)
    assert (found.state, found.round, found.quorum) == (RunState.COMPLETED, 1, 2)
    assert found.parties == tuple(bank.address for bank in banks[:3])
    assert (found.aggregator, found.plan_hash) == (data_space.actors.aggregator.participant, keccak(b"plan"))
    assert registry.aggregate(run, 1) == keccak(b"sum")
    assert registry.aggregate(run, 2) is None
    assert registry.contribution(run, banks[0].address, 1) == keccak(b"masked bank 1")
    assert registry.contribution(run, banks[0].address, 2) is None
    assert len(registry.contributions(run)) == 3
    party = registry.party(run, banks[1].address)
    assert (party.participant, party.round, party.mask_key) == (banks[1].participant, 1, keccak(b"bank 2"))
    record = registry.model(model)
    assert (record.state, record.run, record.confirmations, record.card) == (ModelState.FINAL, run, 2, CARD)
    assert registry.models_of(run) == (record,)
    assert registry.model_id_of(run, CARD) == model
    assert registry.run_id_of(data_space.actors.aggregator.participant, OperationId(keccak(b"run"))) == run


def test_models__unknown_run_and_model__have_state_none(data_space: SpaceKit) -> None:
    registry = data_space.actors.outsider.models
    assert registry.run(RunId(bytes(32))).state is RunState.NONE
    assert registry.model(ModelId(bytes(32))).state is ModelState.NONE
    assert registry.models_of(RunId(bytes(32))) == ()


def test_models__latest_contribution__is_kept_by_the_contract(data_space: SpaceKit) -> None:
    run, _ = trained(data_space)
    kept = data_space.actors.outsider.models.latest_contribution(run, data_space.actors.banks[0].address)
    assert kept == int.from_bytes(keccak(b"masked bank 1")[6:], "big")


def test_models__missing_contribution__names_the_party(data_space: SpaceKit) -> None:
    banks, aggregator = data_space.actors.banks[:3], data_space.actors.aggregator
    run = aggregator.models.open_run(
        keccak(b"plan"), [bank.address for bank in banks], 2, OperationId(keccak(b"run"))
    ).value
    for bank in banks:
        bank.models.join(run, keccak(bank.name.encode()))
    for bank in banks[:2]:
        bank.models.commit_contribution(run, 1, keccak(bank.name.encode()))
    with refuses("ContributionMissing", party=banks[2].address, round=1):
        aggregator.models.close_round(run, 1, keccak(b"sum"))
    aggregator.models.abandon_run(run, keccak(b"a bank is missing"))
    assert aggregator.models.run(run).state is RunState.ABANDONED


# --- certificates ------------------------------------------------------------------------------------------------


def test_certificates__issued__verifies_and_is_read_back(data_space: SpaceKit) -> None:
    certificate, _, agreement, model = certify(data_space)
    registry, banks = data_space.actors.outsider.certificates, data_space.actors.banks
    verdict = registry.verify(certificate)
    assert (verdict.reason, verdict.grade, verdict.valid) == (Reason.OK, Grade.B, True)
    found = registry.get(certificate)
    assert (found.state, found.subject) == (CertificateState.ACTIVE, data_space.actors.subjects[0].subject)
    assert (found.content.agreement, found.content.model, found.content.grade) == (agreement, model, Grade.B)
    assert set(found.endorsers) == {banks[0].address, banks[1].address}
    assert registry.id_of(found.content) == certificate
    assert registry.issued_to(found.subject) == (certificate,)
    assert registry.policy() == (2, 366 * 86_400)


def test_certificates__issued_by_an_endorser__verifies(data_space: SpaceKit) -> None:
    commit_features(data_space)
    agreement, (_, model), now = agree(data_space), trained(data_space), data_space.now()
    first, second = data_space.actors.banks[:2]
    certificate = Certificate(
        agreement=agreement, model=model, as_of_day=DAY, grade=Grade.E, valid_from=now - 9, not_after=now + 1_000_000
    )
    signature = second.key.sign_message(second.certificates.message(certificate))
    issued = first.certificates.endorse_and_issue(certificate, [signature]).value
    found = first.certificates.get(issued)
    assert (first.certificates.verify(issued).reason, found.content) == (Reason.OK, certificate)


def test_certificates__verify_many__answers_each_in_order_as_of_a_block(data_space: SpaceKit) -> None:
    before = data_space.node.block_number()
    certificate, *_ = certify(data_space)
    unknown = [CertificateId(keccak(b"unknown %d" % n)) for n in range(400)]
    verdicts = data_space.actors.outsider.certificates.verify_many([*unknown, certificate])
    assert [verdict.reason for verdict in verdicts] == [Reason.UNKNOWN] * 400 + [Reason.OK]
    assert verdicts[-1].certificate == certificate
    (earlier,) = data_space.actors.outsider.certificates.verify_many([certificate], block=before)
    assert (earlier.reason, earlier.as_of_block) == (Reason.UNKNOWN, before)


def test_certificates__what_takes_trust_away__changes_the_answer_at_once(data_space: SpaceKit) -> None:
    certificate, batch, agreement, model = certify(data_space)
    actors = data_space.actors
    bank, registry = actors.banks[0], actors.outsider.certificates
    bank.certificates.suspend(certificate)
    assert registry.verify(certificate).reason is Reason.SUSPENDED
    bank.certificates.resume(certificate)
    assert registry.verify(certificate).reason is Reason.OK
    bank.certificates.suspend(certificate)
    assert registry.verify(certificate).reason is Reason.SUSPENDED
    bank.certificates.resume(certificate)
    actors.guardian.certificates.pause()
    assert registry.verify(certificate).reason is Reason.PAUSED
    with refuses("AccessManagedUnauthorized", caller=actors.guardian.address):
        actors.guardian.certificates.unpause()
    actors.regulator.certificates.unpause()
    actors.sources[0].invoices.set_status(batch, 0, InvoiceStatus.VOIDED)
    assert registry.verify(certificate).reason is Reason.COLLATERAL_VOIDED
    actors.subjects[0].agreements.terminate(agreement)
    assert registry.verify(certificate).reason is Reason.AGREEMENT_TERMINATED
    actors.regulator.models.withdraw_model(model, keccak(b"drifted"))
    assert registry.verify(certificate).reason is Reason.MODEL_WITHDRAWN
    bank.participants.report_compromise(bank.address, 1)
    assert registry.verify(certificate).reason is Reason.ISSUER_KEY_COMPROMISED
    actors.banks[1].certificates.revoke(certificate, keccak(b"mistake"))
    assert registry.verify(certificate).reason is Reason.REVOKED


def test_certificates__regulator_annuls_and_sets_the_policy(data_space: SpaceKit) -> None:
    certificate, *_ = certify(data_space)
    regulator = data_space.actors.regulator.certificates
    regulator.annul(certificate)
    assert regulator.verify(certificate).reason is Reason.REVOKED
    regulator.set_policy(3, 86_400)
    assert regulator.policy() == (3, 86_400)
    with refuses("InvalidPolicy", quorum=0):
        regulator.set_policy(0, 86_400)


# --- all ---------------------------------------------------------------------------------------------------------


def test_registry__without_a_signer__reads_but_does_not_write(data_space: SpaceKit) -> None:
    registry = type(data_space.actors.outsider.participants)(data_space.client)
    assert registry.count() == 8
    assert registry.version() == "1.0.0"
    with pytest.raises(SignerMissing, match="only read"):
        registry.set_encryption_key(bytes(32))


def test_events__in_chunks_smaller_than_the_history__are_all_found(
    data_space: SpaceKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustspace.adapters.chain.node.LOG_BLOCKS", 3)
    found = [
        event.arguments["participant"]
        for event in data_space.actors.outsider.participants.events("ParticipantAdmitted")
    ]
    assert found == list(range(1, 9))
