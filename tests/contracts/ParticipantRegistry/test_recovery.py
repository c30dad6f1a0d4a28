"""proposeRecovery
├ caller holds no role: UnknownAccount, AccountNotLive, RoleMissing; is of the participant: RecoveryOfSelf
├ participant is unknown: UnknownParticipant; has one pending: RecoveryPending
├ account is zero or taken: InvalidAccount, AccountAlreadyRegistered; does not consent: ConsentInvalid
└ else: proposed, with one approval
approveRecovery
├ nothing pending: RecoveryUnknown; another account: RecoveryOfOtherAccount; twice: RecoveryAlreadyApproved
└ else: the quorum starts the delay
cancelRecovery: only the participant itself: NotOwnParticipant; rejectRecovery: only the regulator
executeRecovery
├ nothing pending: RecoveryUnknown; no quorum, or too early: RecoveryNotReady
└ else: the new account instead of all others
"""

import pytest
from brownie import ParticipantRegistry, chain

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, RECOVERY_DELAY, ZERO_ADDRESS, Signer

CONSENT = "uint16 participant,address account"


@pytest.fixture
def heir():
    return Signer("heir")


def consent(world, heir, participant=1):
    return heir.sign(world.participants, "AccountConsent", CONSENT, participant=participant, account=heir.address)


def propose(world, heir, by=1):
    return world.participants.proposeRecovery(1, heir.address, consent(world, heir), {"from": world.bank(by)})


def test_propose__without_standing__refused(world, heir):
    args = (1, heir.address, consent(world, heir))
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.proposeRecovery.call(*args, {"from": world.outsider})
    with reverts_with("RecoveryOfSelf", 1):
        world.participants.proposeRecovery.call(*args, {"from": world.bank(0)})
    world.participants.suspend(2, {"from": world.regulator})
    with reverts_with("RoleMissing", world.bank(1), 31):
        world.participants.proposeRecovery.call(*args, {"from": world.bank(1)})


def test_propose__unfit__refused(world, heir):
    by = {"from": world.bank(1)}
    with reverts_with("UnknownParticipant", 99):
        world.participants.proposeRecovery.call(99, heir.address, b"", by)
    with reverts_with("InvalidAccount", ZERO_ADDRESS):
        world.participants.proposeRecovery.call(1, ZERO_ADDRESS, b"", by)
    with reverts_with("AccountAlreadyRegistered", world.bank(2), 3):
        world.participants.proposeRecovery.call(1, world.bank(2), b"", by)
    with reverts_with("ConsentInvalid", heir.address):
        world.participants.proposeRecovery.call(1, heir.address, consent(world, heir, participant=2), by)
    propose(world, heir)
    with reverts_with("RecoveryPending", 1):
        world.participants.proposeRecovery.call(1, heir.address, consent(world, heir), {"from": world.bank(2)})


def test_approve__unfit__refused(world, heir):
    with reverts_with("RecoveryUnknown", 1):
        world.participants.approveRecovery.call(1, heir.address, {"from": world.bank(2)})
    propose(world, heir)
    with reverts_with("RecoveryOfOtherAccount", 1, heir.address):
        world.participants.approveRecovery.call(1, world.outsider, {"from": world.bank(2)})
    with reverts_with("RecoveryAlreadyApproved", 1, 2):
        world.participants.approveRecovery.call(1, heir.address, {"from": world.bank(1)})
    with reverts_with("RecoveryOfSelf", 1):
        world.participants.approveRecovery.call(1, heir.address, {"from": world.bank(0)})


def test_recovery__quorum_then_delay__accounts_replaced(world, heir):
    tx = propose(world, heir)
    assert dict(tx.events["RecoveryProposed"]) == {"participant": 1, "newAccount": heir.address, "proposer": 2}
    assert world.participants.recoveryOf(1) == (heir.address, 0, 1)
    with reverts_with("RecoveryNotReady", 1, 0):
        world.participants.executeRecovery.call(1, {"from": world.outsider})
    tx = world.participants.approveRecovery(1, heir.address, {"from": world.bank(2)})
    assert dict(tx.events["RecoveryApproved"]) == {"participant": 1, "newAccount": heir.address, "approver": 3}
    at = tx.timestamp + RECOVERY_DELAY
    assert dict(tx.events["RecoveryScheduled"]) == {"participant": 1, "newAccount": heir.address, "executableAt": at}
    with reverts_with("RecoveryNotReady", 1, at):
        world.participants.executeRecovery.call(1, {"from": world.outsider})
    chain.sleep(RECOVERY_DELAY + 1)
    tx = world.participants.executeRecovery(1, {"from": world.outsider})
    assert dict(tx.events["RecoveryExecuted"]) == {"participant": 1, "newAccount": heir.address}
    assert tx.events["AccountRetired"]["account"] == world.bank(0)
    assert tx.events["AccountAdded"]["account"] == heir.address
    assert world.participants.accountsOf(1) == [heir.address]
    assert world.participants.requireRole(heir.address, BANK) == 1
    assert world.participants.recoveryOf(1) == (ZERO_ADDRESS, 0, 0)


def test_recovery__thief_proposes__participant_vetoes(world, heir):
    propose(world, heir)
    with reverts_with("NotOwnParticipant", world.bank(2), 1):
        world.participants.cancelRecovery.call(1, {"from": world.bank(2)})
    tx = world.participants.cancelRecovery(1, {"from": world.bank(0)})
    assert dict(tx.events["RecoveryCancelled"]) == {"participant": 1, "newAccount": heir.address}
    with reverts_with("RecoveryUnknown", 1):
        world.participants.cancelRecovery.call(1, {"from": world.bank(0)})


def test_reject__regulator_only__refused_to_others(world, heir):
    propose(world, heir)
    with reverts_with("AccessManagedUnauthorized", world.guardian):
        world.participants.rejectRecovery.call(1, {"from": world.guardian})
    world.participants.rejectRecovery(1, {"from": world.regulator})
    assert world.participants.recoveryOf(1) == (ZERO_ADDRESS, 0, 0)


def test_execute__account_registered_meanwhile__refused(world, heir):
    propose(world, heir)
    world.participants.approveRecovery(1, heir.address, {"from": world.bank(2)})
    world.participants.admit(heir.address, BANK, bytes(32), {"from": world.regulator})
    chain.sleep(RECOVERY_DELAY + 1)
    chain.mine()
    with reverts_with("AccountAlreadyRegistered", heir.address, len(world.ids) + 1):
        world.participants.executeRecovery.call(1, {"from": world.outsider})


def test_deploy__quorum_of_none__refused(world):
    with reverts_with("InvalidRecoveryQuorum"):
        ParticipantRegistry.deploy(world.manager, 0, 1, {"from": world.deployer})
