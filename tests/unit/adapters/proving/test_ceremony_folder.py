from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trustspace.adapters.proving.ceremony_folder import CeremonyFolder
from trustspace.adapters.proving.finished_setup import compare_outcome, write_outcome
from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.adapters.proving.setup_folder import read_setup
from trustspace.crypto.randomness import SystemRandomness
from trustspace.crypto.signing import SigningKey
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.ceremony import CeremonyPlan, Member
from trustspace.errors import AuditMismatch, BadContribution, InvalidSetup
from trustspace.services.ceremony import Ceremony, CeremonyState

BANKS = [SigningKey(bytes([number] * 32)) for number in (1, 2, 3)]
PLAN = CeremonyPlan(
    name="region",
    chain_id=2018,
    powers=4,
    least=1,
    members=tuple(Member(name=f"bank {at}", account=key.address) for at, key in enumerate(BANKS, start=1)),
)
CEREMONY = Ceremony(ProcessEngine(), SystemRandomness())
# Contributes, and is stopped for ever between writing the files and the renaming.
KILLED = """
import os, signal, sys
from pathlib import Path
from trustspace.adapters.proving import ceremony_folder
from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.crypto.randomness import SystemRandomness
from trustspace.crypto.signing import SigningKey
from trustspace.services.ceremony import Ceremony
ceremony_folder.move_into_place = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
folder = ceremony_folder.CeremonyFolder(Path(sys.argv[1]))
with folder.turn():
    ceremony = Ceremony(ProcessEngine(), SystemRandomness())
    state = ceremony.contribute(ceremony.replay(folder.plan, folder.history()), SigningKey(bytes([2] * 32)))
    folder.add(state.contributions[-1], state.points)
"""
CONTRIBUTES = KILLED.replace("ceremony_folder.move_into_place =", "unused =").replace("[2]", "[int(sys.argv[2])]")


@pytest.fixture(scope="module")
def states() -> list[CeremonyState]:
    first = CEREMONY.contribute(CeremonyState.start(PLAN), BANKS[0])
    return [first, CEREMONY.contribute(first, BANKS[1])]


@pytest.fixture
def folder(tmp_path: Path, states: list[CeremonyState]) -> CeremonyFolder:
    folder = CeremonyFolder.start(tmp_path / "ceremony", PLAN)
    for state in states:
        folder.add(state.contributions[-1], state.points)
    return folder


def replayed(folder: CeremonyFolder) -> CeremonyState:
    return CEREMONY.replay(folder.plan, folder.history())


def test_history__filed__read_back(folder: CeremonyFolder, states: list[CeremonyState]) -> None:
    again = CeremonyFolder(folder.path)
    assert again.plan == PLAN
    assert replayed(again).hash == states[-1].hash


def test_start__in_a_folder_with_files__refused(folder: CeremonyFolder) -> None:
    with pytest.raises(InvalidSetup, match="is not empty"):
        CeremonyFolder.start(folder.path, PLAN)


def test_open__no_ceremony_there__refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetup, match=r"ceremony.json: cannot be read"):
        CeremonyFolder(tmp_path)


def test_add__another_came_first__refused_and_nothing_left(folder: CeremonyFolder, states: list[CeremonyState]) -> None:
    rival = CEREMONY.contribute(states[0], BANKS[2])
    with pytest.raises(InvalidSetup, match="another contribution came first"):
        folder.add(rival.contributions[-1], rival.points)
    assert replayed(folder).hash == states[-1].hash
    assert sorted(path.name for path in folder.path.iterdir()) == ["0001", "0002", "ceremony.json"]


@pytest.mark.parametrize("size", [0, 63, 64, 255, 257])
def test_history__points_cut_off_or_too_long__named(folder: CeremonyFolder, size: int) -> None:
    path = folder.path / "0002" / "bn254_g1.dat"
    path.write_bytes((path.read_bytes() + b"\0")[:size])
    with pytest.raises(BadContribution, match=r"^contribution 2: bn254_g1.dat is cut off or too long"):
        replayed(folder)


def test_history__any_byte_of_the_points_changed__named(folder: CeremonyFolder) -> None:
    path = folder.path / "0002" / "bn254_g1.dat"
    content = path.read_bytes()
    for at in range(0, len(content), 9):
        path.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        with pytest.raises(BadContribution, match=r"^contribution 2 \(bank 2\): the points are not the ones"):
            CEREMONY.check(replayed_first(folder), *list(folder.history())[1])


def replayed_first(folder: CeremonyFolder) -> CeremonyState:
    record, points = next(iter(folder.history()))
    return CeremonyState.start(folder.plan).followed_by(record, points)


def test_history__any_byte_of_a_record_changed__found(folder: CeremonyFolder) -> None:
    path = folder.path / "0002" / "contribution.json"
    content = path.read_bytes()
    first = replayed_first(folder)
    for at in range(0, len(content), 11):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(BadContribution, match=r"^contribution 2"):
            CEREMONY.check(first, *list(folder.history())[1])


@pytest.mark.parametrize("name", ["bn254_g1.dat", "contribution.json"])
def test_history__file_missing__named(folder: CeremonyFolder, name: str) -> None:
    (folder.path / "0001" / name).unlink()
    with pytest.raises(BadContribution, match=rf"^contribution 1: .*{name}"):
        replayed(folder)


def test_history__one_dropped__named(folder: CeremonyFolder) -> None:
    (folder.path / "0001").rename(folder.path.parent / "elsewhere")
    with pytest.raises(BadContribution, match=r"^contribution 1: is missing"):
        replayed(folder)


def test_history__first_replaced_by_the_second__named(folder: CeremonyFolder) -> None:
    (folder.path / "0001").rename(folder.path.parent / "elsewhere")
    (folder.path / "0002").rename(folder.path / "0001")
    with pytest.raises(BadContribution, match=r"^contribution 1 \(bank 2\): it is number 2"):
        replayed(folder)


def test_contribute__killed_half_way__never_taken_and_cleared_away(folder: CeremonyFolder) -> None:
    (folder.path / "0002").rename(folder.path.parent / "elsewhere")
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = [path for path in folder.path.iterdir() if path.name.startswith(".0002.")]
    assert sorted(path.name for path in left[0].iterdir()) == ["bn254_g1.dat", "contribution.json"]
    assert folder.count() == 1
    with folder.turn():
        assert not left[0].exists()
    assert replayed(folder).accounts == (BANKS[0].address,)


def test_contribute__two_processes_at_once__one_after_the_other(folder: CeremonyFolder) -> None:
    (folder.path / "0002").rename(folder.path.parent / "elsewhere")
    both = [subprocess.Popen([sys.executable, "-c", CONTRIBUTES, str(folder.path), str(bank)]) for bank in (2, 3)]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(replayed(folder).accounts) == sorted(key.address for key in BANKS)


def test_write_outcome__then_compared__the_transcripts_set_up(folder: CeremonyFolder, tmp_path: Path) -> None:
    state = replayed(folder)
    setup = write_outcome(tmp_path / "setup", state)
    assert (setup.mode, setup.digest, setup.tau) == (SetupMode.CONSORTIUM, state.hash, state.tau_twist)
    assert compare_outcome(tmp_path / "setup", state) == setup == read_setup(tmp_path / "setup")
    lines = (tmp_path / "setup" / "transcript.jsonl").read_bytes().splitlines()
    assert lines == [PLAN.to_bytes(), *(record.to_bytes() for record in state.contributions)]


def test_write_outcome__too_few_members__refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetup, match="0 of at least 1 members contributed"):
        write_outcome(tmp_path / "setup", CeremonyState.start(PLAN))
    assert not list(tmp_path.iterdir())


def test_compare_outcome__of_another_ceremony__refused(
    folder: CeremonyFolder, states: list[CeremonyState], tmp_path: Path
) -> None:
    write_outcome(tmp_path / "setup", states[0])
    with pytest.raises(AuditMismatch, match="another transcript than the ceremony's"):
        compare_outcome(tmp_path / "setup", replayed(folder))


def test_turn__left_by_an_error__free_again(folder: CeremonyFolder) -> None:
    with pytest.raises(OSError, match="disk"), folder.turn():
        raise OSError("disk")
    with folder.turn():
        assert folder.count() == 2
