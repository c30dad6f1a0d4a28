"""ParticipantRegistry: roles, accounts, keys, recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import refuses
from trustspace.domain.participants import Role
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


def test_participants__kit__is_admitted_with_its_roles(data_space: SpaceKit) -> None:
    actors, registry = data_space.actors, data_space.actors.outsider.participants
    assert registry.count() == 13
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
