"""anchor
├ caller is no live source: as requireRole
├ no leaves: EmptyBatch; no root: EmptyRoot
├ batch is anchored with another root: BatchConflict; with the same: nothing happens
└ else: one slot, one event
anchorMany: all or none
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import h, no_event


def anchor(world, batch, by=None):
    return world.invoices.anchor.call(batch, {"from": by or world.source})


def batch(world, count=3, nonce="nonce", root=None):
    return (world.subject.address, count, h(nonce), h("root") if root is None else root)


def test_anchor__by_others__refused(world):
    with reverts_with("UnknownAccount", world.outsider):
        anchor(world, batch(world), world.outsider)
    with reverts_with("RoleMissing", world.bank(0), 1):
        anchor(world, batch(world), world.bank(0))


def test_anchor__nothing_in_it__refused(world):
    with reverts_with("EmptyBatch"):
        anchor(world, batch(world, count=0))
    with reverts_with("EmptyRoot"):
        anchor(world, batch(world, root=bytes(32)))


def test_anchor__new__event_and_root(world):
    tx = world.invoices.anchor(batch(world), {"from": world.source})
    id_ = world.invoices.batchIdOf(world.ids["source"], world.subject.address, 3, h("nonce"))
    assert dict(tx.events["BatchAnchored"]) == {
        "batch": id_, "source": world.ids["source"], "subject": world.subject.address, "count": 3,
        "nonce": "0x" + h("nonce").hex(), "root": "0x" + h("root").hex(),
    }  # fmt: skip
    assert world.invoices.rootOf(id_) == "0x" + h("root").hex()
    assert (world.invoices.sourceOf(id_), world.invoices.countOf(id_)) == (world.ids["source"], 3)


def test_anchor__again__no_op_or_conflict(world):
    id_ = world.anchor(3)
    assert no_event(world.invoices.anchor(batch(world), {"from": world.source}))
    with reverts_with("BatchConflict", id_, h("root")):
        anchor(world, batch(world, root=h("other")))


def test_anchor__same_by_another_source__another_batch(world):
    assert world.anchor(3) != world.anchor(3, by=world.other_source)


def test_anchor_many__one_bad__none_anchored(world):
    good, bad = batch(world), batch(world, count=0)
    with reverts_with("EmptyBatch"):
        world.invoices.anchorMany.call([good, bad], {"from": world.source})
    other = batch(world, nonce="other", count=2**32 - 1)
    world.invoices.anchorMany([good, other], {"from": world.source})
    id_ = world.invoices.batchIdOf(world.ids["source"], world.subject.address, 2**32 - 1, h("other"))
    assert world.invoices.rootOf(id_) == "0x" + h("root").hex()
