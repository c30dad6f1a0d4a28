"""Forge's gas snapshot holds on the chain: the same writes, mined by Anvil, within one per cent."""

import json
from pathlib import Path

import pytest

from tests.contracts.world import CONFIRMED, VOIDED, Certificate, h

SNAPSHOT = json.loads((Path(__file__).parent.parent.parent / "snapshots" / "gas.json").read_text())


def close_to_snapshot(tx, name):
    return tx.gas_used == pytest.approx(int(SNAPSHOT[name]), rel=0.01)


def test_gas__batches_and_statuses__as_snapshot(world):
    batch = world.anchor(100_000)
    tx = world.invoices.anchor((world.subject.address, 100_000, h("second"), h("root")), {"from": world.source})
    assert close_to_snapshot(tx, "anchor a batch of any size")
    for status, name in ((CONFIRMED, "confirmed"), (VOIDED, "voided")):
        world.invoices.setStatus(batch, 1 + status, status, {"from": world.source})
        tx = world.invoices.setStatus(batch, 3 + status, status, {"from": world.source})
        assert close_to_snapshot(tx, f"set one invoice's status to {name}")


def test_gas__contribution__as_snapshot(world):
    run = world.running()
    world.play_round(run)
    tx = world.models.commitContribution(run, 2, h("masked"), {"from": world.bank(0)})
    assert close_to_snapshot(tx, "commit a masked contribution")


def test_gas__certificates__as_snapshot(world):
    world.commit(world.anchor())
    agreement, model = world.record(), world.final_model()
    world.issue(Certificate(agreement, model, grade=5))
    c = Certificate(agreement, model, grade=2)
    tx = world.certificates.issue(c.tuple, world.endorsements(c, 0, 1), {"from": world.outsider})
    assert close_to_snapshot(tx, "issue a certificate, 2 signatures")
    c = Certificate(agreement, model, grade=3)
    args = (c.agreement, c.model, c.terms, world.endorsements(c, 1))
    tx = world.certificates.endorseAndIssue(*args, {"from": world.bank(0)})
    assert close_to_snapshot(tx, "endorse and issue a certificate, 2 endorsements")
