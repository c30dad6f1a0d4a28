"""Both memories do the same; the one in a file also outlives its process and belongs to one at a time."""

import stat

import pytest

from trustspace.adapters.store.party_memory import FileMemory
from trustspace.errors import InputError
from trustspace.testing.memory import BriefMemory


@pytest.fixture(params=["brief", "file"])
def memory(request, tmp_path):
    return BriefMemory() if request.param == "brief" else FileMemory(tmp_path / "runs" / "bank.memory")


def test_memory__keep_recall_forget(memory) -> None:
    assert memory.recall("a") is None
    memory.keep({"a": b"1", "b": b"2"})
    memory.keep({"a": b"3", "b": None, "c": b""})
    assert (memory.recall("a"), memory.recall("b"), memory.recall("c")) == (b"3", None, b"")


def test_file_memory__opened_again__has_what_was_kept_and_is_the_owners_alone(tmp_path) -> None:
    path = tmp_path / "bank.memory"
    memory = FileMemory(path)
    memory.keep({"offer": b"secret of a round" * 9})
    memory.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = FileMemory(path)
    assert again.recall("offer") == b"secret of a round" * 9
    again.keep({"offer": None})
    again.close()
    assert b"secret of a round" not in path.read_bytes()


def test_file_memory__held_by_another__refused(tmp_path) -> None:
    held = FileMemory(tmp_path / "bank.memory")
    with pytest.raises(InputError, match=r"bank\.memory: cannot be used: .*locked .*one process"):
        FileMemory(tmp_path / "bank.memory")
    held.close()
    FileMemory(tmp_path / "bank.memory").close()


def test_file_memory__half_of_a_change_fails__nothing_of_it_is_kept(tmp_path) -> None:
    memory = FileMemory(tmp_path / "bank.memory")
    memory.keep({"a": b"1"})
    with pytest.raises(Exception, match="type"):
        memory.keep({"a": b"2", "b": object()})
    assert memory.recall("a") == b"1"


def test_file_memory__another_file__refused(tmp_path) -> None:
    (tmp_path / "bank.memory").write_bytes(b"no database " * 100)
    with pytest.raises(InputError, match="not a database"):
        FileMemory(tmp_path / "bank.memory")
