"""AgreementRegistry: recorded by both, used within limits, ended by either."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import agree, refuses, signed, terms_of
from trustspace.domain.agreements import AgreementState, Purpose
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


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
    forged = replace(items[0], terms=replace(items[0].terms, max_uses=1_000))
    with refuses("SubjectSignatureInvalid", subject=subject.address):
        bank.agreements.record_many([fresh, forged])
    assert bank.agreements.get(bank.agreements.id_of(fresh.terms)).state is AgreementState.NONE


def test_agreements__one_sent_before_by_a_stranger__the_batch_goes_through(data_space: SpaceKit) -> None:
    subject, bank = data_space.actors.subjects[0], data_space.actors.banks[0]
    items = [signed(terms_of(data_space, subject, bank, salt), subject, bank) for salt in (b"one", b"two")]
    first = data_space.actors.outsider.agreements.record(items[0]).value
    recorded = bank.agreements.record_many(items).value
    assert recorded[0] == first
    assert [found.state for found in bank.agreements.get_many(recorded)] == [AgreementState.ACTIVE] * 2


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
