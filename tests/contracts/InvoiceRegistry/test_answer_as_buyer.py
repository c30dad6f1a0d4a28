"""answerAsBuyer
├ leaf of index, commitment and caller is not in the tree: NotInBatch
├ status is Voided or Paid: BuyerStatusForbidden
├ move is forbidden: StatusMoveForbidden
├ it has the status: nothing happens
└ else: two events
"""

import pytest
from eth_utils import keccak

from tests.contracts.errors import reverts_with
from tests.contracts.world import CONFIRMED, DISPUTED, PAID, VOIDED, h, no_event


@pytest.fixture
def batch(world):
    """Two invoices; the buyer of the second is known: `world.outsider`, no participant."""
    id_ = world.invoices.batchIdOf(world.ids["source"], world.subject.address, 2, h("nonce"))
    left = bytes(world.invoices.leafOf(id_, 0, h("first"), "0x" + "00" * 20))
    right = bytes(world.invoices.leafOf(id_, 1, h("second"), world.outsider))
    world.anchor(2, root=keccak(b"".join(sorted((left, right)))))
    return id_, [left]


def answer(world, batch, status, index=1, by=None):
    id_, proof = batch
    return world.invoices.answerAsBuyer.call(id_, index, h("second"), proof, status, {"from": by or world.outsider})


def test_answer__not_the_buyer__refused(world, batch):
    with reverts_with("NotInBatch", batch[0], 1):
        answer(world, batch, CONFIRMED, by=world.source)
    with reverts_with("NotInBatch", batch[0], 0):
        answer(world, batch, CONFIRMED, index=0)
    with reverts_with("NotInBatch", h("unknown"), 1):
        answer(world, (h("unknown"), batch[1]), CONFIRMED)


@pytest.mark.parametrize("status", [VOIDED, PAID])
def test_answer__not_for_buyers__refused(world, batch, status):
    with reverts_with("BuyerStatusForbidden", status):
        answer(world, batch, status)


def test_answer__voided__refused(world, batch):
    world.invoices.setStatus(batch[0], 1, VOIDED, {"from": world.source})
    with reverts_with("StatusMoveForbidden", batch[0], CONFIRMED, 0, 2):
        answer(world, batch, CONFIRMED)


@pytest.mark.parametrize("status", [CONFIRMED, DISPUTED])
def test_answer__own_invoice__recorded_once(world, batch, status):
    id_, proof = batch
    args = (id_, 1, h("second"), proof, status, {"from": world.outsider})
    tx = world.invoices.answerAsBuyer(*args)
    assert dict(tx.events["BuyerAnswered"]) == {
        "batch": id_, "index": 1, "buyer": world.outsider, "status": status,
    }  # fmt: skip
    assert dict(tx.events["StatusChanged"]) == {"batch": id_, "status": status, "word": 0, "mask": 2}
    assert world.invoices.statusOf(id_, 1) == 1 << status
    assert no_event(world.invoices.answerAsBuyer(*args))
