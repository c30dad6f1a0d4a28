import json
import shutil
from dataclasses import replace

import pytest

from trustspace.domain.ids import RunId
from trustspace.errors import AuditMismatch, InputError
from trustspace.services.audit import audit
from trustspace.services.whole_file import write_atomically


@pytest.fixture(scope="module")
def finished(federate, tmp_path_factory):
    federation = federate(4)
    folder = tmp_path_factory.mktemp("run")
    return federation, federation.train(folder), folder


@pytest.fixture
def copy(finished, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished[2], folder)
    return folder


def test_audit__untouched__recomputes_the_model(finished, reference) -> None:
    federation, outcome, folder = finished
    seen: list[tuple[int, int]] = []
    report = audit(
        folder, federation.ledger, run=outcome.run, on_round=lambda done, rounds: seen.append((done, rounds))
    )
    assert report.trained == reference
    assert (report.run, report.parties, report.rounds) == (outcome.run, 4, 7)
    assert report.hashes == 7 * 5 + 1 + 5
    assert report.model.model == outcome.model
    assert seen[-1] == (7, 7)


KINDS = [
    "plan.json",
    "parties.json",
    "model.json",
    "model-card.json",
    "model-card.html",
    "round-001/33.bin",
    "round-002/36.offer",
    "round-003/39.answer",
    "round-004/42.bin",
    "round-007/sum.bin",
]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("place", [0.0, 0.03, 0.3, 0.5, 0.77, 1.0])
@pytest.mark.parametrize("bit", [0x01, 0x20])
def test_audit__a_byte_flipped__found_and_placed(finished, copy, name: str, place: float, bit: int) -> None:
    raw = bytearray((copy / name).read_bytes())
    raw[int(place * (len(raw) - 1))] ^= bit
    (copy / name).write_bytes(raw)
    with pytest.raises(AuditMismatch) as found:
        audit(copy, finished[0].ledger)
    if "/" not in name:
        assert name in str(found.value)
    elif name.endswith("sum.bin"):
        assert "round 7" in str(found.value)
    else:
        assert f"party {name[10:12]} " in str(found.value)
        assert f"round {name[8]}" in str(found.value)


def test_audit__many_bytes_one_by_one__found(finished, copy) -> None:
    for name, step in (("parties.json", 1), ("model-card.json", 29), ("model-card.html", 211), ("model.json", 97)):
        whole = (copy / name).read_bytes()
        for place in range(0, len(whole), step):
            (copy / name).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(AuditMismatch):
                audit(copy, finished[0].ledger)
        (copy / name).write_bytes(whole)


@pytest.mark.parametrize("name", [name for name in KINDS if not name.endswith("answer")])
def test_audit__file_missing__named(finished, copy, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(AuditMismatch, match=f"{name}(, party .* round [124])?: cannot be read"):
        audit(copy, finished[0].ledger)


def test_audit__answers_missing__found_when_too_few_are_left(finished, copy) -> None:
    (copy / "round-003" / "39.answer").unlink()
    audit(copy, finished[0].ledger)  # three of four shares open what four open
    (copy / "round-003" / "33.answer").unlink()
    with pytest.raises(AuditMismatch, match=r"round-003, party 33 .*2 shares, 3 are needed"):
        audit(copy, finished[0].ledger)


def test_audit__file_added__named(finished, copy) -> None:
    (copy / "round-003" / "99.bin").write_bytes(b"")
    with pytest.raises(AuditMismatch, match=r"round-003/99\.bin: does not belong"):
        audit(copy, finished[0].ledger)


def test_audit__rounds_swapped__found(finished, copy) -> None:
    (copy / "round-003").rename(copy / "aside")
    (copy / "round-004").rename(copy / "round-003")
    (copy / "aside").rename(copy / "round-004")
    with pytest.raises(AuditMismatch, match=r"round-003, party 33 .*round 3"):
        audit(copy, finished[0].ledger)


def test_audit__another_run_meant__found(finished, copy) -> None:
    with pytest.raises(AuditMismatch, match="knows no run"):
        audit(copy, finished[0].ledger, run=RunId(bytes(32)))


def test_audit__parties_without_a_run__named(finished, copy) -> None:
    (copy / "parties.json").write_bytes(json.dumps(["run"]).encode())
    with pytest.raises(AuditMismatch, match=r"parties\.json: does not name a run"):
        audit(copy, finished[0].ledger)


def test_audit__ledger_says_otherwise__found(federate, tmp_path) -> None:
    federation = federate(3)
    outcome = federation.train(tmp_path)
    stored = federation.ledger._runs[outcome.run]
    good = stored.aggregates[2]
    stored.aggregates[2] = b"x" * 32
    with pytest.raises(AuditMismatch, match=r"round 2.*not that of the messages' sum"):
        audit(tmp_path, federation.ledger)
    stored.aggregates[2] = good
    record = federation.ledger._models[outcome.model]
    for name in ("model_hash", "schema_hash", "code_hash", "metrics_hash", "commitment"):
        card = replace(record.card, **{name: b"x" * 32})
        federation.ledger._models[outcome.model] = replace(record, card=card)
        with pytest.raises(AuditMismatch, match=f"{name} on the ledger"):
            audit(tmp_path, federation.ledger)
    federation.ledger._models.clear()
    with pytest.raises(AuditMismatch, match="no model of this run is final"):
        audit(tmp_path, federation.ledger)


def test_transcript__folder_of_another_run__refused(federate, finished) -> None:
    with pytest.raises(InputError, match="another run"):
        federate(4).train(finished[2], operation=b"n" * 32)


def test_write_atomically__leaves_no_half_file(tmp_path, monkeypatch) -> None:
    target = tmp_path / "deep" / "model.json"
    write_atomically(target, b"old")

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
