"""What holds for every command: help, versions, exit codes, JSON, and where keys may come from."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer

from trustspace import __version__
from trustspace.apps.cli import app
from trustspace.apps.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAVY = (
    "web3",
    "numpy",
    "scipy",
    "cryptography",
    "coincurve",
    "eth_account",
    "eth_keyfile",
    "sqlite3",
    "aiohttp",
    "pytest",
)


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands())
CEREMONY = ("start", "contribute", "verify", "finish", "import")
STATEMENT = ("invoice", "turnover", "verify", "accept")
VERIFIER = ("publish", "list", "withdraw", "require")
LIEN = ("check", "reserve", "finance", "release", "migrate", "show")
KEYHOLDER = ("setup", "certificate", "propose", "anchor", "serve", "status", "close", "destroy")
CREDENTIAL = ("export", "challenge", "present", "verify")
NO_JSON = {("demo",), ("model", "export"), ("keyholder", "serve")}  # write files, or answer nobody at the terminal


def test_commands__are_those_that_are_documented() -> None:
    assert set(ALL) == {
        ("demo",), ("verify",), ("certificate", "show"), ("certificate", "revoke"), ("certificate", "bundle"),
        ("certificate", "prove"), *(("verifier", name) for name in VERIFIER),
        *(("statement", name) for name in STATEMENT),
        ("invoice", "anchor"), ("invoice", "status"), ("invoice", "check"), ("invoice", "open"),
        ("invoice", "check-opening"), ("invoice", "provable"),
        *(("credential", name) for name in CREDENTIAL), ("train",), ("audit",), ("doctor",),
        ("signals",), ("fingerprint",), *(("keyholder", name) for name in KEYHOLDER),
        *(("ceremony", name) for name in CEREMONY),
        *(("lien", name) for name in LIEN), ("model", "export"), ("worker", "provision"),
    }  # fmt: skip


def test_cli__imported__nothing_heavy_comes_along() -> None:
    check = f"import sys, trustspace.apps.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help__of_every_command__says_what_it_does(command, path: tuple[str, ...]) -> None:
    answer = command(*path, "--help")
    assert answer.code == ExitCode.OK
    assert ALL[path].help.split(".")[0][:40] in " ".join(answer.out.split())


def test_help__lists_the_exit_codes(command) -> None:
    shown = " ".join(command("--help").out.replace("│", " ").split())
    for code in ExitCode:
        assert f" {int(code)} " in shown


def test_version__printed() -> None:
    done = subprocess.run([sys.executable, "-m", "trustspace.apps.cli", "--version"], capture_output=True, check=True)
    assert done.stdout.decode().strip() == f"trustspace {__version__}"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_options__of_every_command__take_no_private_key_and_no_password(path: tuple[str, ...]) -> None:
    names = {option for parameter in ALL[path].params for option in parameter.opts}
    assert not {name for name in names if "private" in name or "secret" in name or "mnemonic" in name}
    assert {name for name in names if "key" in name} <= {"--keystore"}
    assert {name for name in names if "password" in name} <= {"--password-file"}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
@pytest.mark.parametrize("option", ["--private-key", "--key", "--password", "--mnemonic"])
def test_call__with_a_key_as_argument__two(command, path: tuple[str, ...], option: str) -> None:
    answer = command(*path, option, "0x" + "01" * 32)
    assert answer.code == ExitCode.MISUSE
    assert "No such option" in answer.err


@pytest.mark.parametrize("call", [["nonsense"], ["certificate", "nonsense"], ["verify", "--nonsense"]])
def test_call__of_something_unknown__two(command, call: list[str]) -> None:
    assert command(*call).code == ExitCode.MISUSE


@pytest.mark.parametrize("path", [path for path in ALL if path not in NO_JSON], ids=" ".join)
def test_every_command__offers_json(path: tuple[str, ...]) -> None:
    assert any("--json" in parameter.opts for parameter in ALL[path].params)


def test_reader_that_hangs_up__no_traceback(office, tmp_path: Path) -> None:
    ids = [f"0x{number:064x}" for number in range(1, 2_000)]
    command = [sys.executable, "-m", "trustspace.apps.cli", "verify", *ids, *office.connection, "--json"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    program.stdout.readline()
    program.stdout.close()
    assert program.stderr is not None
    assert b"Traceback" not in program.stderr.read()
    program.wait(30)
    program.stderr.close()
