"""setStatus, setStatusMany
├ caller is no live source: as requireRole
├ batch is unknown: UnknownBatch; another source's: NotBatchSource
├ invoice is beyond the count: IndexOutOfRange
├ it has the status: nothing happens
├ Confirmed, Disputed, Paid after Voided; Disputed after Paid; Voided after Paid: StatusMoveForbidden
└ else: the bit is set, never cleared
"""

import pytest

from tests.contracts.errors import reverts_with
from tests.contracts.world import CONFIRMED, DISPUTED, PAID, VOIDED, h, no_event

FORBIDDEN = [
    (VOIDED, CONFIRMED), (VOIDED, DISPUTED), (VOIDED, PAID), (PAID, DISPUTED), (PAID, VOIDED),
]  # fmt: skip
LEGAL = [
    (CONFIRMED, VOIDED), (CONFIRMED, PAID), (CONFIRMED, DISPUTED),
    (DISPUTED, CONFIRMED), (DISPUTED, VOIDED), (DISPUTED, PAID), (PAID, CONFIRMED),
]  # fmt: skip


def set_status(world, batch, index, status, by=None):
    return world.invoices.setStatus.call(batch, index, status, {"from": by or world.source})


def test_set_status__by_others__refused(world):
    batch = world.anchor()
    with reverts_with("UnknownAccount", world.outsider):
        set_status(world, batch, 0, VOIDED, world.outsider)
    with reverts_with("NotBatchSource", batch, world.other_source):
        set_status(world, batch, 0, VOIDED, world.other_source)


def test_set_status__before_anchoring__refused(world):
    batch = world.invoices.batchIdOf(world.ids["source"], world.subject.address, 3, h("nonce"))
    with reverts_with("UnknownBatch", batch):
        set_status(world, batch, 0, VOIDED)


@pytest.mark.parametrize("index", [300, 511, 512, 2**32 - 1])
def test_set_status__beyond_count__refused(world, index):
    batch = world.anchor(300)
    with reverts_with("IndexOutOfRange", batch, max(300, index // 256 * 256)):
        set_status(world, batch, index, VOIDED)


@pytest.mark.parametrize(("first", "second"), FORBIDDEN)
def test_set_status__forbidden_move__refused(world, first, second):
    batch = world.anchor()
    world.invoices.setStatus(batch, 258, first, {"from": world.source})
    with reverts_with("StatusMoveForbidden", batch, second, 1, 1 << 2):
        set_status(world, batch, 258, second)
    with reverts_with("StatusMoveForbidden", batch, second, 1, 1 << 2):
        world.invoices.setStatusMany.call(batch, 1, 0b111, second, {"from": world.source})


@pytest.mark.parametrize(("first", "second"), LEGAL)
def test_set_status__legal_move__both_on_record(world, first, second):
    batch = world.anchor()
    world.invoices.setStatus(batch, 7, first, {"from": world.source})
    tx = world.invoices.setStatus(batch, 7, second, {"from": world.source})
    assert dict(tx.events["StatusChanged"]) == {"batch": batch, "status": second, "word": 0, "mask": 1 << 7}
    assert world.invoices.statusOf(batch, 7) == 1 << first | 1 << second
    assert world.invoices.statusOf(batch, 6) == 0
    assert world.invoices.voidedCount(batch) == int(VOIDED in (first, second))


def test_set_status__again__no_op(world):
    batch = world.anchor()
    world.invoices.setStatus(batch, 7, VOIDED, {"from": world.source})
    assert no_event(world.invoices.setStatus(batch, 7, VOIDED, {"from": world.source}))
    assert world.invoices.voidedCount(batch) == 1


def test_set_status_many__some_new__event_names_only_those(world):
    batch = world.anchor()
    world.invoices.setStatus(batch, 1, VOIDED, {"from": world.source})
    tx = world.invoices.setStatusMany(batch, 0, 0b1011, VOIDED, {"from": world.source})
    assert tx.events["StatusChanged"]["mask"] == 0b1001
    assert world.invoices.statusWord(batch, VOIDED, 0) == 0b1011
    assert world.invoices.voidedCount(batch) == 3
    assert no_event(world.invoices.setStatusMany(batch, 0, 0, VOIDED, {"from": world.source}))


def test_set_status_many__whole_last_word__up_to_the_count(world):
    batch = world.anchor(300)
    with reverts_with("IndexOutOfRange", batch, 300):
        world.invoices.setStatusMany.call(batch, 1, 1 << 44, PAID, {"from": world.source})
    world.invoices.setStatusMany(batch, 1, 2**44 - 1, PAID, {"from": world.source})
    assert world.invoices.statusOf(batch, 299) == 1 << PAID
