"""ParticipantRegistry: admission, accounts, keys, recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import digest
from trustspace.domain.participants import Role
from trustspace.testing.actors import Actor

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.domain.ids import ParticipantId
    from trustspace.testing.kit import SpaceKit

RECOVERY_WAIT = 3600  # the kit's delay
BANK = Role.BANK | Role.CERTIFIER


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write of the registry, from a space with eight participants."""
    _admission(kit, meter)
    _accounts(kit, meter)
    _recovery(kit, meter)


def _admission(kit: SpaceKit, meter: Meter) -> None:
    registry = kit.actors.regulator.participants
    newcomer = Actor("newcomer", kit.client)
    meter.note(
        "participant_admit", registry.admit(newcomer.address, BANK, digest("profile")), state="others are admitted"
    )
    number = newcomer.participant
    meter.note("participant_set_roles", registry.set_roles(number, Role.BANK), state="one account")
    meter.note("participant_suspend", registry.suspend(number), state="one account")
    meter.note("participant_reinstate", registry.reinstate(number), state="one account")
    key = newcomer.participants.set_encryption_key
    key(digest("first key"))
    meter.note("participant_set_encryption_key", key(digest("second key")), state="it had a key")


def _accounts(kit: SpaceKit, meter: Meter) -> None:
    bank = kit.actors.banks[0]
    second, third, fourth = (Actor(f"bank account {index}", kit.client) for index in (2, 3, 4))
    for account in (second, fourth):
        bank.participants.add_account(account.address, _consent(bank.participant, account))
    added = bank.participants.add_account(third.address, _consent(bank.participant, third))
    meter.note("account_add", added, state="three accounts")
    meter.note("account_retire", bank.participants.retire_account(second.address), state="four accounts")
    block = kit.node.block_number()
    meter.note(
        "account_report_compromise", bank.participants.report_compromise(third.address, block), state="live account"
    )
    declared = kit.actors.regulator.participants.declare_compromise(fourth.address, block)
    meter.note("account_declare_compromise", declared, state="live account")


def _recovery(kit: SpaceKit, meter: Meter) -> None:
    """The second recovery of a participant that lost one account: proposed, approved, stopped, at last executed."""
    actors = kit.actors
    lost, proposer, approver = actors.banks[2], actors.banks[1].participants, actors.banks[3].participants
    number, heir = lost.participant, Actor("recovered account", kit.client)
    consent = _consent(number, heir)
    proposer.propose_recovery(number, heir.address, consent)
    rejected = actors.regulator.participants.reject_recovery(number)
    meter.note("recovery_reject", rejected, state="one approval")
    proposed = proposer.propose_recovery(number, heir.address, consent)
    meter.note("recovery_propose", proposed, state="a recovery was stopped before")
    approved = approver.approve_recovery(number, heir.address)
    meter.note("recovery_approve", approved, state="reaches the quorum of two")
    meter.note("recovery_cancel", lost.participants.cancel_recovery(number), state="scheduled")
    proposer.propose_recovery(number, heir.address, consent)
    approver.approve_recovery(number, heir.address)
    kit.advance(RECOVERY_WAIT + 1)
    executed = actors.outsider.participants.execute_recovery(number)
    meter.note("recovery_execute", executed, state="one account lost")


def _consent(participant: ParticipantId, account: Actor) -> bytes:
    message = account.participants.consent_message(participant, account.address)
    return account.key.sign_message(message)
