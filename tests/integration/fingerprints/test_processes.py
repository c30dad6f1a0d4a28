"""The commands: a ceremony of five, keyholders as processes, a bank's fingerprints, kill and restart, destruction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.fingerprints.processes import PASSWORD, Processes
from tests.integration.fingerprints.service import agree
from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook
from trustspace.domain.fingerprints import EpochState
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = (
    "--seller", "91330106MA2KC3UB8X", "--buyer", "91440300279279350N", "--number", "00420017", "--date", "2026-03-09",
    "--total", "1130000", "--currency", "CNY",
)  # fmt: skip


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with start_kit() as kit:
        processes = Processes(kit, tmp_path_factory.mktemp("processes"))
        yield processes
        processes.end()


def ask(processes: Processes, agreement: bytes, *, check: bool = True) -> tuple[int, str, str]:
    subject = processes.kit.actors.subjects[0].subject
    ran = processes.run(
        "fingerprint", "--config", processes.bank_toml(), "--agreement", agreement.hex(), "--pseudonym", subject,
        *FIELDS, "--json", check=check,
    )  # fmt: skip
    return ran.code, ran.out, ran.err


def hold_ceremony(processes: Processes) -> None:
    """As five operators do: everybody runs the same command until it says that it is done."""
    actors = processes.kit.actors
    numbers = [holder.participant for holder in actors.keyholders]
    proposed = processes.run("keyholder", "propose", *numbers, *processes.signing(actors.regulator), "--json")
    assert proposed.json["epoch"] == 1
    first = processes.setup(1)
    assert (first.code, first.json["stage"], first.json["waiting_for"]) == (1, "hellos", [2, 3, 4, 5])
    for number in (2, 3, 4, 5):
        processes.setup_here(number)
    assert processes.setup(1).json["stage"] == "offers"
    for number in (2, 3):
        assert processes.setup_here(number).stage == "offers"
    for number in (4, 5, 2, 3):  # everybody else has made an offer
        assert processes.setup_here(number).stage == "confirmed"
    last = processes.setup(1)
    assert (last.code, last.json["stage"]) == (0, "open")
    assert not list(processes.folder.glob("state-*/ceremony-*"))


def ask_while_one_is_killed(processes: Processes, agreement: bytes) -> None:
    code, out, err = ask(processes, agreement)
    assert (code, err) == (0, "")
    (row,) = json.loads(out)
    assert row["epoch"] == 1
    assert len({row["strict"], row["parties"], row["digits"]}) == 3
    processes.kill(2)
    for pins in (True, False):  # known keys, and keys that are met without node 2
        if not pins:
            (processes.folder / "pins.json").unlink()
        code, again, err = ask(processes, agreement)
        assert json.loads(again) == [row]
        assert "keyholder 2" in err
    processes.start(2)
    assert ask(processes, agreement)[1] == out


def stop_and_find_the_log_anchored(processes: Processes) -> None:
    actors = processes.kit.actors
    assert processes.stop(1) == 143
    book = SqliteEvaluationBook(processes.folder / "state-1" / "log.sqlite")
    head = book.head()
    book.close()
    assert head.evaluations > 0
    assert actors.keyholders[0].fingerprint_keys.log_head(actors.keyholders[0].participant) == head
    for number in range(1, 6):
        log = (processes.folder / f"log-{number}").read_text()
        assert PASSWORD not in log
        assert "91330106" not in log


def end_the_epoch(processes: Processes, agreement: bytes) -> None:
    actors = processes.kit.actors
    processes.run("keyholder", "close", 1, *processes.signing(actors.regulator))
    refused = processes.run("keyholder", "destroy", "--config", processes.config(3), 2, check=False)
    assert (refused.code, "epoch 2 is none" in refused.err) == (5, True)
    for number in (1, 3):
        processes.run("keyholder", "destroy", "--config", processes.config(number), 1)
    record = actors.outsider.fingerprint_keys.epoch(1)
    assert record.state is EpochState.CLOSED
    assert [node.destroyed for node in record.nodes] == [True, False, True, False, False]
    assert not (processes.folder / "state-1" / "seeds-1.sealed").exists()
    assert ask(processes, agreement, check=False)[0] == 5


def test_keyholders__from_ceremony_to_destruction(processes: Processes) -> None:
    actors = processes.kit.actors
    hold_ceremony(processes)
    for number in range(1, 6):
        processes.start(number)
    agreement = bytes(agree(processes.kit, actors.subjects[0], processes.bank))
    ask_while_one_is_killed(processes, agreement)
    deployment = processes.folder / "deployment.json"
    shown = processes.run("keyholder", "status", "--rpc", processes.kit.url, "--deployment", deployment, "--json")
    assert [item["faults"] for item in shown.json] == [0] * 5
    stop_and_find_the_log_anchored(processes)
    end_the_epoch(processes, agreement)


def test_serve__with_a_lost_log__refuses_to_start(processes: Processes) -> None:
    """A fresh log would give every bank its quota again."""
    (processes.folder / "state-1" / "log.sqlite").rename(processes.folder / "lost.sqlite")
    for suffix in ("-wal", "-shm"):
        (processes.folder / "state-1" / f"log.sqlite{suffix}").unlink(missing_ok=True)
    refused = processes.run("keyholder", "serve", "--config", processes.config(1), check=False)
    assert refused.code == 1
    assert "not the log that is anchored" in refused.err


def test_fingerprint__fields_missing_or_both__says_what(processes: Processes) -> None:
    base = ["fingerprint", "--config", processes.bank_toml(), "--agreement", "00" * 32, "--pseudonym", "0x" + "11" * 20]
    missing = processes.run(*base, "--seller", "x", check=False)
    assert (missing.code, "--buyer, --number" in missing.err) == (2, True)
    both = processes.run(base[0], processes.folder / "password", *base[1:], *FIELDS, check=False)
    assert (both.code, "both a file and fields" in both.err) == (2, True)
