from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from trustspace.adapters.store.locks import locked


def is_free(path: Path) -> bool:
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_locked__while_held__nobody_else_has_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path):
        assert not is_free(path)
    assert is_free(path)


def test_locked__left_by_an_error__free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), locked(path):
        raise KeyError
    assert is_free(path)
