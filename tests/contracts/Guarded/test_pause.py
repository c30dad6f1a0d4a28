"""pause, of every contract
├ caller is not the guardian: AccessManagedUnauthorized, the regulator included
├ it is paused: ContractPaused
└ else: writes are refused with ContractPaused
unpause
├ caller is not the regulator: AccessManagedUnauthorized, the guardian included
├ it runs: ContractNotPaused
└ else: writes go on
"""

import pytest

from tests.contracts.errors import reverts_with

NAMES = ("participants", "agreements", "invoices", "features", "models", "certificates")


@pytest.mark.parametrize("name", NAMES)
def test_pause__by_others__refused(world, name):
    contract = getattr(world, name)
    for caller in (world.regulator, world.deployer, world.bank(0), world.outsider):
        with reverts_with("AccessManagedUnauthorized", caller):
            contract.pause.call({"from": caller})


@pytest.mark.parametrize("name", NAMES)
def test_pause__by_guardian__until_the_regulator_unpauses(world, name):
    contract = getattr(world, name)
    assert contract.version() == "1.0.0"
    with reverts_with("ContractNotPaused"):
        contract.unpause.call({"from": world.regulator})
    tx = contract.pause({"from": world.guardian})
    assert dict(tx.events["Paused"]) == {"by": world.guardian}
    assert contract.paused()
    with reverts_with("ContractPaused"):
        contract.pause.call({"from": world.guardian})
    with reverts_with("AccessManagedUnauthorized", world.guardian):
        contract.unpause.call({"from": world.guardian})
    tx = contract.unpause({"from": world.regulator})
    assert dict(tx.events["Unpaused"]) == {"by": world.regulator}
    assert not contract.paused()


def test_paused__writes_by_those_entitled__refused(world):
    for contract in world.guarded:
        contract.pause({"from": world.guardian})
    terms = world.terms()
    refused = [
        (world.agreements.record, (tuple(terms.values()), *world.signatures(terms)), world.outsider),
        (world.agreements.recordMany, ([],), world.outsider),
        (world.agreements.useMany, ([], 1), world.bank(0)),
        (world.invoices.anchorMany, ([],), world.source),
        (world.invoices.setStatusMany, (bytes(32), 0, 1, 0), world.source),
        (world.invoices.answerAsBuyer, (bytes(32), 0, bytes(32), [], 0), world.outsider),
        (world.features.commitMany, ([],), world.source),
        (world.models.openRun, (bytes(32), [], 0, bytes(32)), world.aggregator),
        (world.models.join, (bytes(32), bytes(32)), world.bank(0)),
        (world.models.abandonRun, (bytes(32), bytes(32)), world.aggregator),
        (world.certificates.setPolicy, (1, 1), world.regulator),
        (world.certificates.replace, (bytes(32), bytes(32)), world.bank(0)),
        (world.certificates.endorseAndIssue, (bytes(32), bytes(32), 0, []), world.bank(0)),
        (world.participants.reinstate, (1,), world.regulator),
        (world.participants.proposeRecovery, (1, world.outsider, b""), world.bank(1)),
        (world.participants.approveRecovery, (1, world.outsider), world.bank(1)),
        (world.participants.executeRecovery, (1,), world.outsider),
    ]
    for method, args, sender in refused:
        with reverts_with("ContractPaused"):
            method.call(*args, {"from": sender})
