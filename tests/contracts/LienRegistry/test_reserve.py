"""commit, reserve
├ caller of commit is no live bank: as requireRole
├ not 1, 10 or 100 pledges: BatchSizeForbidden; no fingerprint or share: InvalidPledge
├ never committed, or by another bank: UnknownCommitment; after the window: CommitmentLapsed
├ share is taken: LienRefused, and nothing else
├ a later commitment's reservation is in the way: LienDisplaced
└ else: one slot, one event
"""

from brownie import chain

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, COMMIT_WINDOW, h

INVOICE = "0x0" + "a1" * 31 + "b"
SHARE_TAKEN = 1


def test_commit__by_others__refused(world, pledging):
    with reverts_with("RoleMissing", world.source, BANK):
        world.liens.commit.call(h("commitment"), {"from": world.source})


def test_reserve__wrong_length_or_pledge__refused(world, pledging):
    with reverts_with("BatchSizeForbidden", 2):
        world.liens.reserve.call(1, h("salt"), [(INVOICE, bytes(32), 1)] * 2, {"from": world.outsider})
    pledging.commit(0, [(INVOICE, bytes(32), 10_001)])
    chain.mine()
    with reverts_with("InvalidPledge", 0):
        world.liens.reserve.call(
            world.ids["bank 0"], h("salt"), [(INVOICE, bytes(32), 10_001)], {"from": world.outsider}
        )


def test_reserve__new__event_and_exposure(world, pledging):
    lien, tx = pledging.reserve(0, [(INVOICE, bytes(32), 6_000)])
    event = tx.events["LienReserved"]
    assert event["family"] == INVOICE
    assert event["lien"] & (2**64 - 1) == lien
    assert event["lien"] >> 192 & 0xFFFF == 6_000
    assert event["lien"] >> 252 == 1
    assert world.liens.exposure(INVOICE) == (INVOICE, 6_000, 0, 1, False, 0)


def test_reserve__by_another_or_too_late__refused(world, pledging):
    pledges = [(INVOICE, bytes(32), 1)]
    commitment = pledging.commit(0, pledges)
    other = world.liens.commitmentOf(world.ids["bank 1"], h("salt"), pledges)
    with reverts_with("UnknownCommitment", world.ids["bank 1"], other):
        world.liens.reserve.call(world.ids["bank 1"], h("salt"), pledges, {"from": world.outsider})
    last = chain.height + COMMIT_WINDOW
    chain.mine(COMMIT_WINDOW + 1)
    with reverts_with("CommitmentLapsed", commitment, last):
        world.liens.reserve.call(world.ids["bank 0"], h("salt"), pledges, {"from": world.outsider})


def test_reserve__taken__only_evidence(world, pledging):
    pledging.reserve(0, [(INVOICE, bytes(32), 10_000)])
    lien, tx = pledging.reserve(1, [(INVOICE, bytes(32), 1)])
    assert dict(tx.events["LienRefused"]) == {
        "fingerprint": INVOICE, "other": "0x" + "00" * 32, "lien": lien, "share": 1, "refusal": SHARE_TAKEN,
    }  # fmt: skip
    assert len(tx.events) == 1
    assert world.liens.lienInfo(INVOICE, lien)[2] == 0


def test_reserve__copied_by_a_faster_bank__displaced_by_the_earlier_commitment(world, pledging):
    pledges = [(INVOICE, bytes(32), 10_000)]
    pledging.commit(0, pledges)
    copied, _ = pledging.reserve(1, pledges)
    tx = world.liens.reserve(world.ids["bank 0"], h("salt"), pledges, {"from": world.outsider})
    assert tx.events["LienDisplaced"]["lien"] & (2**64 - 1) == copied
    assert world.liens.liensOf(INVOICE)[0][1] == world.ids["bank 0"]
