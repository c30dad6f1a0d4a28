"""`trustspace ceremony`: three members, each with a keystore of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.keys.keystore import write_keystore
from trustspace.adapters.proving.setup_folder import read_setup
from trustspace.apps.exit_codes import ExitCode
from trustspace.crypto.signing import SigningKey
from trustspace.domain.proofs import SetupMode

if TYPE_CHECKING:
    from tests.integration.apps.conftest import Command

MEMBERS = {f"bank {number}": bytes([number] * 32) for number in (1, 2, 3)}
PASSWORD = "correct horse"


class Table:
    """Folders and keystores of the members."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.command = command
        self.folder = folder
        self.ceremony = folder / "ceremony"
        self.setup = folder / "setup"
        self.password = folder / "password"
        self.password.write_text(PASSWORD)
        self.password.chmod(0o600)
        for name, key in MEMBERS.items():
            write_keystore(folder / f"{name}.json", key, PASSWORD, light=True)

    def start(self, *more: str) -> dict[str, object]:
        members = [f"--member={name}={SigningKey(key).address.lower()}" for name, key in MEMBERS.items()]
        answer = self.command(
            "ceremony", "start", str(self.ceremony), "--name", "region", "--chain-id", "2018",
            "--powers", "9", *members, *more, "--json",
        )  # fmt: skip
        assert answer.code == ExitCode.OK, answer.err
        return dict(answer.json)

    def signing(self, name: str) -> list[str]:
        return ["--keystore", str(self.folder / f"{name}.json"), "--password-file", str(self.password)]

    def contribute(self, name: str) -> dict[str, object]:
        answer = self.command("ceremony", "contribute", str(self.ceremony), *self.signing(name), "--json")
        assert answer.code == ExitCode.OK, answer.err
        return dict(answer.json)

    def refused(self, code: ExitCode, error: str, message: str, *words: str) -> None:
        answer = self.command("ceremony", *words, "--json")
        assert answer.code == code
        said = json.loads(answer.err.splitlines()[-1])
        assert said["error"] == error
        assert message in f"{said['where']}: {said['message']}"


@pytest.fixture
def table(command: Command, tmp_path: Path) -> Table:
    return Table(command, tmp_path)


def test_ceremony__three_members_and_a_beacon__a_set_up(table: Table) -> None:
    plan = table.start()
    for name in MEMBERS:
        last = table.contribute(name)
    assert last["contributions"] == list(MEMBERS)
    assert (last["missing"], last["plan"]) == (0, plan["plan"])
    verified = table.command("ceremony", "verify", str(table.ceremony), "--json")
    assert verified.json == last
    finish = ["ceremony", "finish", str(table.ceremony), "--out", str(table.setup), "--beacon", "0x1234", "--json"]
    finished = table.command(*finish)
    setup = read_setup(table.setup)
    assert (setup.mode, setup.powers) == (SetupMode.CONSORTIUM, 9)
    assert finished.json["digest"] == finished.json["transcript"] == "0x" + setup.digest.hex() != last["transcript"]
    assert [int(word, 16) for word in finished.json["verifier_constants"]] == list(setup.verifier_constants)
    compared = table.command("ceremony", "verify", str(table.ceremony), "--setup", str(table.setup), "--json")
    assert compared.json["contributions"] == [*MEMBERS, "the beacon"]
    assert compared.json["setup"] == str(table.setup)
    shutil.rmtree(table.setup)  # as if killed after the beacon
    assert table.command(*finish).json["digest"] == finished.json["digest"]
    table.refused(
        ExitCode.MISUSE, "InvalidSetup", "is closed by its beacon",
        "finish", str(table.ceremony), "--out", str(table.folder / "other"), "--beacon", "0x99",
    )  # fmt: skip


def test_contribute__stranger_or_twice__refused(table: Table) -> None:
    table.start("--least", "1")
    table.contribute("bank 1")
    twice = ["contribute", str(table.ceremony), *table.signing("bank 1")]
    table.refused(ExitCode.MISUSE, "InvalidSetup", "bank 1 has contributed already", *twice)
    write_keystore(table.folder / "stranger.json", bytes([9] * 32), PASSWORD, light=True)
    stranger = ["contribute", str(table.ceremony), *table.signing("stranger")]
    table.refused(ExitCode.MISUSE, "InvalidSetup", "is not a member", *stranger)
    table.refused(ExitCode.MISUSE, "SignerMissing", "no signer", "contribute", str(table.ceremony))
    assert sorted(path.name for path in table.ceremony.iterdir()) == [".lock", "0001", "ceremony.json"]


def test_verify__second_contribution_spoilt__one_and_named(table: Table) -> None:
    table.start()
    table.contribute("bank 1")
    table.contribute("bank 2")
    points = table.ceremony / "0002" / "bn254_g1.dat"
    points.write_bytes(points.read_bytes()[:-64] + bytes(64))
    where = "contribution 2 (bank 2): the points are not the ones that were signed"
    table.refused(ExitCode.NEGATIVE, "BadContribution", where, "verify", str(table.ceremony))
    table.refused(
        ExitCode.NEGATIVE, "BadContribution", where, "contribute", str(table.ceremony), *table.signing("bank 3")
    )
    assert not (table.ceremony / "0003").exists()


def test_finish__too_few_members__refused(table: Table) -> None:
    table.start()
    table.contribute("bank 2")
    table.refused(
        ExitCode.MISUSE, "InvalidSetup", "1 of at least 3 members contributed",
        "finish", str(table.ceremony), "--out", str(table.setup),
    )  # fmt: skip
    assert not table.setup.exists()


def test_verify__set_up_of_another_ceremony__one(table: Table) -> None:
    table.start("--least", "1")
    table.contribute("bank 1")
    answer = table.command("ceremony", "finish", str(table.ceremony), "--out", str(table.setup))
    assert answer.code == ExitCode.OK
    table.contribute("bank 2")
    table.refused(
        ExitCode.NEGATIVE, "AuditMismatch", "another transcript",
        "verify", str(table.ceremony), "--setup", str(table.setup),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--member", "bank"), "'bank' is no member"),
        (("--member", "bank=0x12"), "'bank=0x12' is no member"),
        (("--member", f"twice={SigningKey(MEMBERS['bank 1']).address}"), "a member is listed twice"),
        (("--least", "4"), "at least 4 of 3 members"),
    ],
)
def test_start__bad_plan__refused(table: Table, words: tuple[str, str], message: str) -> None:
    members = [f"--member={name}={SigningKey(key).address}" for name, key in MEMBERS.items()]
    plan = ["start", str(table.ceremony), "--name", "region", "--chain-id", "2018", *members, *words]
    answer = table.command("ceremony", *plan, "--json")
    assert answer.code == ExitCode.MISUSE
    assert message in json.loads(answer.err)["message"]
    assert not table.ceremony.exists()


def test_finish__beacon_that_is_no_hexadecimal__refused(table: Table) -> None:
    table.start()
    table.refused(
        ExitCode.MISUSE, "UsageError", "'0xzz' is no hexadecimal",
        "finish", str(table.ceremony), "--out", str(table.setup), "--beacon", "0xzz",
    )  # fmt: skip


def test_import__files_of_another_ceremony__refused(table: Table) -> None:
    table.start("--least", "1")
    table.contribute("bank 1")
    table.command("ceremony", "finish", str(table.ceremony), "--out", str(table.setup))
    files = ["--g1", str(table.setup / "bn254_g1.dat"), "--g2", str(table.setup / "bn254_g2.dat")]
    out = table.folder / "imported"
    table.refused(
        ExitCode.MISUSE, "InvalidSetup", "is not of the Ignition ceremony", "import", *files, "--out", str(out),
    )  # fmt: skip
    assert not out.exists()
