"""`trustspace demo` from curtain to curtain: its figures, its reasons, what it leaves and what it cleans up."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.apps.demo.trials import EXPECTED
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.region import make_region, write_region

if TYPE_CHECKING:
    from collections.abc import Iterator

CUMCM = os.environ.get("TRUSTSPACE_CUMCM")
REASONS = {
    "valid": "Ok",
    "forged_grade": "UnknownAccount",  # the signatures fit nobody
    "revoked": "Revoked",
    "expired": "Expired",
    "withdrawn_model": "ModelWithdrawn",
    "terminated_agreement": "AgreementTerminated",
    "voided_invoice": "CollateralVoided",
    "outsider": "UnknownAccount",
    "agreement_replay": "AgreementAlreadyRecorded",
}
LIENS = {
    "a bank asks about an invoice": "free",
    "reserves it, among nine pledges of nothing": "done",
    "finances it": "done",
    "another bank asks": "financed",
    "and tries to pledge it a second time": "share taken",
    "it is shown a copy with an altered number": "warned",
    "the loan is repaid": "done",
    "the invoice is free again": "free",
}
CREDENTIAL = {
    "the firm shows grade and expiry": "Ok",
    "the same without a node": "Ok",
    "a better grade written in": "DisclosureInvalid",
    "a copy, presented by nobody": "HolderMissing",
    "shown on to another bank": "WrongAudience",
    "replayed for another challenge": "WrongChallenge",
}
SHAPE = {
    "invoices": {"read", "duplicates", "void", "red_letter", "anchored", "batches"},
    "features": {"subjects", "sources"},
    "training": {
        "parties", "rounds", "auc_out_of_fold", "ks", "model_hash", "centralised_hash", "audit_ok",
        "survived_dropout", "dropout",
    },
    "certificates": {"issued", "by_grade"},
    "credential": set(CREDENTIAL),
    "liens": set(LIENS),
    "verify": set(REASONS),
    "gas": set(),
    "seconds": set(),
}  # fmt: skip


def program(*arguments: object, folder: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "TRUSTSPACE_ROOT"}
    environment |= {"TMPDIR": str(folder), "TRUSTSPACE_HOME": str(folder / "home"), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "trustspace.apps.cli", "demo", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def play(*arguments: object, folder: Path) -> tuple[str, dict[str, Any]]:
    """Play to the end; what was told and the figures."""
    figures = folder / "figures.json"
    with program(*arguments, "--json", figures, folder=folder) as running:
        told, _ = running.communicate(timeout=120)
    assert running.returncode == 0, told
    return told, json.loads(figures.read_text(encoding="utf-8"))


def require_complete(figures: dict[str, Any]) -> None:
    """What every performance must have shown."""
    assert list(figures) == list(SHAPE)
    for section, keys in SHAPE.items():
        assert keys <= set(figures[section]), section
    assert figures["credential"] == CREDENTIAL
    assert figures["liens"] == LIENS
    assert figures["verify"] == EXPECTED
    assert REASONS.items() <= figures["verify"].items()
    training = figures["training"]
    assert training["model_hash"] == training["centralised_hash"]
    assert re.fullmatch("0x[0-9a-f]{64}", training["model_hash"])
    assert (training["parties"], training["audit_ok"]) == (4, True)
    assert 0.5 < training["auc_out_of_fold"] <= 1
    assert training["survived_dropout"]
    assert (training["dropout"]["round"], training["dropout"]["survivors"]) == (2, 3)
    assert figures["features"]["sources"] == 3
    certificates = figures["certificates"]
    assert certificates["issued"] == figures["features"]["subjects"] == sum(certificates["by_grade"].values())
    assert set(certificates["by_grade"]) <= set("ABCDE")
    assert all(seconds >= 0 for seconds in figures["seconds"].values())


def running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(condition, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


# --- a small region, kept --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """A kept performance: its folder, what it told, its figures. The chain ends with the module."""
    folder = tmp_path_factory.mktemp("demo")
    arguments = ["--firms", 80, "--records", 4_000, "--keep", "--workdir", folder / "work"]
    told, figures = play(*arguments, folder=folder)
    process = int(re.search(r"kill (\d+)\)", told)[1])
    try:
        yield folder, told, figures
    finally:
        os.kill(process, signal.SIGTERM)
        wait_until(lambda: not running(process))


def test_demo__small_region__every_step_every_figure_and_every_reason(kept) -> None:
    _, told, figures = kept
    require_complete(figures)
    invoices = figures["invoices"]
    assert figures["features"]["subjects"] == 80
    assert invoices["anchored"] == invoices["read"] - invoices["duplicates"]
    assert 3_800 < invoices["read"] < 4_200
    assert min(invoices["duplicates"], invoices["void"], invoices["red_letter"]) > 0
    assert 80 <= invoices["batches"] <= 240
    for words in (
        "Anchor invoices",
        "Train the scorecard",
        "A bank verifies",
        "Revoked",
        "The chain of evidence in figures",
    ):
        assert words in told
    assert "Traceback" not in told


def test_demo__kept__what_it_prints_can_be_typed_in_another_process(kept) -> None:
    folder, told, _ = kept
    lines = [line.strip() for line in told[told.index("The chain goes on") :].splitlines()[1:] if line.startswith("  ")]
    exported = dict(word.split("=", 1) for word in shlex.split(lines[0])[1:])
    assert set(exported) == {"TRUSTSPACE_RPC", "TRUSTSPACE_DEPLOYMENT"}
    environment = os.environ | exported | {"TRUSTSPACE_HOME": str(folder / "home")}
    calls = [shlex.split(line) for line in lines[1:]]
    assert {call[1] for call in calls} == {"verify", "certificate", "audit", "doctor"}
    for call in calls:
        assert call[0] == "trustspace"
        command = [sys.executable, "-m", "trustspace.apps.cli", *call[1:]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, (call, done.stderr, done.stdout)


def test_demo__kept__files_that_hold_secrets_are_for_the_owner_alone(kept) -> None:
    folder, _, _ = kept
    secret = [*folder.glob("work/*openings*"), *folder.glob("work/bank-*")]
    assert len(secret) >= 4
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == []


# --- real tables -----------------------------------------------------------------------------------------------


def test_demo__folder_of_exports__played_and_nothing_left_behind(tmp_path: Path) -> None:
    exports, temporary = tmp_path / "exports", tmp_path / "tmp"
    temporary.mkdir()
    region = make_region(seed=3, firms=70, invoices=3_000)
    write_region(region, exports, sources=3, banks=4)
    told, figures = play("--invoices", exports, folder=temporary)
    require_complete(figures)
    assert figures["invoices"]["read"] == len(region.records)
    assert figures["features"]["subjects"] == len(region.defaulted)
    assert "exports in exports" in told
    assert sorted(path.name for path in temporary.iterdir()) == ["figures.json"]


@pytest.mark.skipif(not CUMCM, reason="TRUSTSPACE_CUMCM does not name the folder with the tables")
def test_demo__cumcm_tables__all_rows_all_firms(tmp_path: Path) -> None:
    assert CUMCM is not None
    _, figures = play("--invoices", CUMCM, folder=tmp_path)
    require_complete(figures)
    assert figures["invoices"]["read"] == 373_431
    assert figures["certificates"]["issued"] == 123
    assert figures["training"]["auc_out_of_fold"] >= 0.88


@pytest.mark.parametrize("content", ["nothing", "no loans", "no firm in common", "garbage"])
def test_demo__folder_that_cannot_be_played__two_and_says_why(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    header = "subject,direction,invoice_no,issue_date,counterparty,net,tax,total,currency,status\n"
    row = "E1,sale,1,2024-04-03,E2,1.00,0.00,1.00,CNY,valid\n"
    if content != "nothing":
        (folder / "invoices.csv").write_text(header + row if content != "garbage" else "not a table")
    if content in {"no firm in common", "garbage"}:
        (folder / "loans.csv").write_text("subject,defaulted\nE9,0\n")
    with program("--invoices", folder, folder=tmp_path) as run:
        told, _ = run.communicate(timeout=30)
    assert run.returncode == ExitCode.MISUSE, told
    assert "do this" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("call", [["--firms", "59"], ["--records", "10"], ["--seed", "-1"], ["--invoices", "nowhere"]])
def test_demo__wrong_call__two_before_a_chain_is_started(tmp_path: Path, call: list[str]) -> None:
    with program(*call, folder=tmp_path) as run:
        told, _ = run.communicate(timeout=30)
    assert run.returncode == ExitCode.MISUSE, told


def test_demo__figures_to_a_folder_that_is_not_there__two_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    with program("--json", tmp_path / "nowhere" / "out.json", folder=tmp_path) as run:
        told, _ = run.communicate(timeout=30)
    assert run.returncode == ExitCode.MISUSE, told
    assert time.monotonic() - started < 8


def test_demo__no_anvil__three_and_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTSPACE_ANVIL", str(tmp_path / "nowhere"))
    with program(folder=tmp_path) as run:
        told, _ = run.communicate(timeout=30)
    assert run.returncode == ExitCode.UNREACHABLE, told
    assert "TRUSTSPACE_ANVIL" in told


# --- interruptions ---------------------------------------------------------------------------------------------


def anvil_of(process: int) -> int:
    """Its child that is an Anvil, 0 while there is none."""
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        if "anvil" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    return 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("keep", [False, True], ids=["", "kept"])
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda blow: blow.name)
def test_demo__interrupted__no_chain_goes_on(tmp_path: Path, blow: signal.Signals, keep: bool) -> None:
    if keep and blow is signal.SIGKILL:
        pytest.skip("nobody is left who could stop it")
    with program("--records", 20_000, *(["--keep"] if keep else []), folder=tmp_path) as run:
        assert run.stdout is not None
        for line in run.stdout:  # in the middle of something long
            if "Admit participants" in line:
                break
        anvil = anvil_of(run.pid)
        assert anvil
        run.send_signal(blow)
        rest = run.stdout.read()
    try:
        wait_until(lambda: not running(anvil))
    finally:
        if running(anvil):
            os.kill(anvil, signal.SIGKILL)
    assert "Traceback" not in rest
    if blow is not signal.SIGKILL:
        assert run.returncode == 128 + blow
        left = [path.name for path in tmp_path.iterdir() if path.name.startswith("trustspace-anvil")]
        assert left == []
