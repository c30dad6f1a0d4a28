"""finance, release, migrate, dispute, resolve, unlink
├ lien of another bank: NotLienBank; before the window is over: CommitWindowOpen
├ not the regulator: AccessManagedUnauthorized
└ else: the state moves, one event
"""

import pytest
from brownie import chain

from tests.contracts.errors import reverts_with
from tests.contracts.world import COMMIT_WINDOW, h

INVOICE = "0x0" + "a1" * 31 + "b"
NEXT = "0x0" + "c2" * 31 + "d"
DISMISSED, UPHELD = 0, 1
FINANCED, RELEASED, ANNULLED = 2, 3, 6


@pytest.fixture
def lien(pledging):
    return pledging.reserve(0, [(INVOICE, bytes(32), 10_000)])[0]


def state(world, lien):
    return world.liens.lienInfo(INVOICE, lien)[2]


def test_finance__too_early_or_by_another__refused(world, pledging, lien):
    last = chain.height - 1 + COMMIT_WINDOW
    with reverts_with("CommitWindowOpen", lien, last):
        world.liens.finance.call([(INVOICE, lien)], {"from": world.bank(0)})
    with reverts_with("NotLienBank", lien, world.bank(1)):
        world.liens.finance.call([(INVOICE, lien)], {"from": world.bank(1)})


def test_finance_and_release__own__states_move(world, pledging, lien):
    pledging.pass_window()
    tx = world.liens.finance([(INVOICE, lien)], {"from": world.bank(0)})
    assert tx.events["LienFinanced"]["family"] == INVOICE
    assert state(world, lien) == FINANCED
    assert world.liens.exposure(INVOICE)[1:3] == (0, 10_000)
    tx = world.liens.release([(INVOICE, lien)], {"from": world.bank(0)})
    assert tx.events["LienReleased"]["family"] == INVOICE
    assert state(world, lien) == RELEASED


def test_migrate__next_epoch__found_under_both(world, pledging, lien):
    tx = world.liens.migrate([(INVOICE, lien, NEXT)], {"from": world.bank(0)})
    assert dict(tx.events["FingerprintLinked"]) == {"fingerprint": NEXT, "family": INVOICE}
    assert world.liens.exposure(NEXT) == world.liens.exposure(INVOICE)
    tx = world.liens.unlink(NEXT, h("evidence"), {"from": world.regulator})
    assert tx.events["FingerprintUnlinked"]["fingerprint"] == NEXT
    assert world.liens.exposure(NEXT)[1] == 0


def test_dispute_and_resolve__upheld__ended_by_the_regulator_alone(world, pledging, lien):
    tx = world.liens.dispute(INVOICE, lien, h("evidence"), {"from": world.bank(1)})
    assert tx.events["LienDisputed"]["by"] == world.ids["bank 1"]
    with reverts_with("AccessManagedUnauthorized", world.guardian):
        world.liens.resolve.call(INVOICE, lien, UPHELD, h("evidence"), {"from": world.guardian})
    tx = world.liens.resolve(INVOICE, lien, UPHELD, h("evidence"), {"from": world.regulator})
    assert tx.events["DisputeResolved"]["verdict"] == UPHELD
    assert state(world, lien) == ANNULLED
