"""Files of proof requests: who may read them, and what becomes of lines that are none."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.test_proof_jobs import REQUEST
from trustspace.adapters.store.proof_jobs import (
    LONGEST_LINE,
    read_opened_total,
    read_proof_jobs,
    write_proof_jobs,
)
from trustspace.errors import InvalidTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def written(folder: Path, *more: bytes) -> Path:
    path = folder / "jobs.jsonl"
    write_proof_jobs(path, [REQUEST])
    with path.open("ab") as stream:
        stream.writelines(more)
    return path


def test_write__whatever_the_umask__readable_by_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = written(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(read_proof_jobs(path)) == [(1, REQUEST)]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
def test_read__others_may_open_it__refused_before_a_line_is_read(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path)
    path.chmod(mode)
    with pytest.raises(InvalidTable, match="others than its owner") as caught:
        next(read_proof_jobs(path))
    assert "chmod 600 jobs.jsonl" in caught.value.remedy


def test_read__a_device__refused(tmp_path: Path) -> None:
    (tmp_path / "jobs").symlink_to("/dev/null")
    with pytest.raises(InvalidTable, match="no file"):
        next(read_proof_jobs(tmp_path / "jobs"))


@pytest.mark.parametrize("read", [lambda path: next(read_proof_jobs(path)), read_opened_total])
def test_read__a_pipe_that_nobody_writes_to__refused_at_once(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "jobs", 0o600)
    with pytest.raises(InvalidTable, match="no file"):
        read(tmp_path / "jobs")


def test_read__bad_lines_among_good_ones__each_with_its_number(tmp_path: Path) -> None:
    found = list(read_proof_jobs(written(tmp_path, b"nonsense\n", REQUEST.to_line(), b"\n", REQUEST.to_line())))
    assert [line for line, _ in found] == [1, 2, 3, 4, 5]
    assert [isinstance(request, InvalidTable) for _, request in found] == [False, True, False, True, False]
    bad = found[1][1]
    assert isinstance(bad, InvalidTable)
    assert (bad.file, bad.line) == ("jobs.jsonl", 2)


def test_read__a_line_without_an_end__cut_off_and_said(tmp_path: Path) -> None:
    found = list(read_proof_jobs(written(tmp_path, b"9" * (LONGEST_LINE + 5) + b"\n", REQUEST.to_line())))
    assert [line for line, _ in found] == [1, 2]
    assert isinstance(found[1][1], InvalidTable)


def test_read__nothing_in_it__nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch(mode=0o600)
    assert list(read_proof_jobs(path)) == []
