"""Four banks as processes on NVFlare, over mutual TLS: the same model as in one process, whoever is killed."""

from __future__ import annotations

import signal
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from tests.integration.apps.office import run_program
from tests.integration.apps.workers import WorkerRun
from trustspace.apps.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.apps.office import Office

pytest.importorskip("nvflare", reason="the extra `nvflare` is not installed")


@pytest.fixture
def start(desk: Office, tmp_path: Path) -> Iterator[Callable[[str], WorkerRun]]:
    runs: list[WorkerRun] = []

    def begin(name: str) -> WorkerRun:
        runs.append(WorkerRun(desk, tmp_path, name))
        return runs[-1]

    yield begin
    for run in runs:
        run.stop()


def centralised_hash(office: Office, home: Path, banks: list[int]) -> str:
    """The hash of a model trained in one place on these banks' tables."""
    path = office.write_run("in-one-place")
    head, *parties = path.read_text(encoding="utf-8").split("[[party]]")
    path.write_text("[[party]]".join([head, *(parties[bank - 1] + "\n" for bank in banks)]), encoding="utf-8")
    answer = run_program("train", str(path), "--centralised", "--json", home=home)
    assert answer.code == 0, answer.err
    return str(answer.json["model_hash"])


def test_train__four_workers__same_model_hash_as_in_one_process(start, office: Office, tmp_path: Path) -> None:
    run = start("four-workers")
    coordinator = run.start_coordinator()
    workers = run.start_workers(1, 2, 3, 4)
    trained = run.finished(coordinator)
    assert trained.code == ExitCode.OK, trained.err
    assert trained.json["model_hash"] == office.trained["model_hash"]
    assert (trained.json["left"], trained.json["rounds"]) == ({}, office.trained["rounds"])
    for worker in workers:
        took_part = run.finished(worker)
        assert took_part.code == ExitCode.OK, took_part.err
        assert took_part.json["model"] == trained.json["model"]
    audited = run_program(
        "audit", trained.json["run"], "--transcript", trained.json["transcript"], *office.connection, home=tmp_path
    )
    assert audited.code == ExitCode.OK, audited.err


@pytest.mark.parametrize("phase", ["offer", "commit", "answer"])
def test_train__a_worker_killed_in_a_phase__survivors_equal_centralised_on_their_rows(
    start, office: Office, tmp_path: Path, phase: str
) -> None:
    run = start(f"worker-killed-{phase}")
    coordinator = run.start_coordinator()
    survivors = run.start_workers(1, 3, 4)
    victim = run.start_worker(2, f"worker-{phase}")
    trained = run.finished(coordinator)
    assert trained.code == ExitCode.OK, trained.err
    assert run.finished(victim).code == -signal.SIGKILL
    assert trained.json["model_hash"] == centralised_hash(office, tmp_path, [1, 3, 4])
    assert len(trained.json["members"]) == 3
    (reason,) = trained.json["reasons"].values()
    assert "patience.away" in reason
    assert all(run.finished(worker).code == ExitCode.OK for worker in survivors)


def test_train__a_killed_worker_comes_back_in_time__nothing_is_lost(start, office: Office) -> None:
    run = start("worker-back")
    run.wait_longer_for_broken_lines()
    coordinator = run.start_coordinator()
    others = run.start_workers(1, 3, 4)
    victim = run.start_worker(2, "worker-commit")
    assert run.finished(victim).code == -signal.SIGKILL
    back = run.start_worker(2)
    trained = run.finished(coordinator)
    assert trained.code == ExitCode.OK, trained.err
    assert (trained.json["model_hash"], trained.json["reasons"]) == (office.trained["model_hash"], {})
    assert all(run.finished(worker).code == ExitCode.OK for worker in (back, *others))


@pytest.mark.parametrize("point", ["first-offer", "commit", "fixed", "closed"])
def test_train__coordinator_killed__resumes_over_the_same_workers(start, office: Office, point: str) -> None:
    run = start(f"coordinator-killed-{point}")
    run.wait_longer_for_broken_lines()  # every worker's line breaks with the coordinator; a busy machine mends it late
    coordinator = run.start_coordinator(f"desk-{point}")
    workers = run.start_workers(1, 2, 3, 4)
    killed = run.finished(coordinator)
    assert killed.code == -signal.SIGKILL, killed.err
    trained = run.finished(run.start_coordinator(resume=True))
    assert trained.code == ExitCode.OK, trained.err
    assert (trained.json["model_hash"], trained.json["reasons"]) == (office.trained["model_hash"], {})
    assert all(run.finished(worker).code == ExitCode.OK for worker in workers)


def test_worker__of_another_runs_name__refuses(start) -> None:
    run = start("named-otherwise")
    coordinator = run.start_coordinator()
    run.start_workers(1, 2, 3)
    run.start_worker(4, changes=('name = "named-otherwise"', 'name = "another"'))
    trained = run.finished(coordinator)
    assert trained.code == ExitCode.MISUSE
    assert "not the one it was started for" in trained.error["message"]


def test_train__a_worker_never_connects__named_after_its_time(start) -> None:
    run = start("one-absent")
    run.config.write_text(run.config.read_text(encoding="utf-8").replace("gather = 150", "gather = 8"))
    coordinator = run.start_coordinator()
    run.start_workers(1, 2, 3)
    trained = run.finished(coordinator)
    assert (trained.code, trained.error["error"]) == (ExitCode.PROTOCOL, "PartyUnreachable")
    assert "did not connect within 8 s (patience.gather)" in trained.error["message"]


def test_worker__with_another_banks_kit__cannot_connect(start) -> None:
    run = start("borrowed-kit")
    run.config.write_text(run.config.read_text(encoding="utf-8").replace("gather = 150", "gather = 8"))
    coordinator = run.start_coordinator()
    run.start_workers(1, 2, 3)
    run.start_worker(4, changes=(str(run.banks[3].address), str(run.banks[0].address)))
    trained = run.finished(coordinator)
    assert (trained.code, trained.error["error"]) == (ExitCode.PROTOCOL, "PartyUnreachable")


def test_train__address_in_use__two_at_once(start) -> None:
    run = start("address-in-use")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        text = run.config.read_text(encoding="utf-8").replace(str(run.port), str(taken.getsockname()[1]))
        run.config.write_text(text, encoding="utf-8")
        answer = run.finished(run.start_coordinator())
    assert answer.code == ExitCode.MISUSE
    assert "cannot listen" in answer.error["message"]


def test_provision__again__same_authority_and_keys_of_their_owners(start, tmp_path: Path) -> None:
    run = start("provisioned")
    kits = tmp_path / "kits"
    before = {path: path.read_bytes() for path in kits.glob("*/*.*")}
    assert {path.name for path in kits.iterdir()} == {"authority", "coordinator", *(bank.address for bank in run.banks)}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kits.glob("*/*.key"))
    assert stat.S_IMODE((kits / "authority").stat().st_mode) == 0o700
    assert run_program("worker", "provision", str(run.config), "--to", str(kits), home=tmp_path).code == 0
    assert {path: path.read_bytes() for path in kits.glob("*/*.*")} == before
