from __future__ import annotations

import io

import pytest

from trustspace.adapters.proving import point_engine, point_worker
from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.crypto.powers_of_tau import powers_of
from trustspace.errors import ToolMissing


def test_powers__by_two_processes__as_by_one_with_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_engine, "SLICE", 4)
    seen: list[tuple[int, int]] = []
    engine = ProcessEngine(processes=2, progress=lambda done, total: seen.append((done, total)))
    assert engine.powers(12345, 11) == powers_of(12345, 0, 11)
    assert seen == [(4, 11), (8, 11), (11, 11)]


def test_powers__process_dies__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_engine, "SLICE", 4)
    monkeypatch.setattr(point_worker, "powers_job", lambda *_: b"?")
    with pytest.raises(ToolMissing, match="a process for sums on points died"):
        ProcessEngine(processes=2).powers(12345, 8)


@pytest.mark.parametrize("cut", [0, 3, 5])
def test_receive__cut_off__nothing(cut: int) -> None:
    stream = io.BytesIO()
    point_worker.send(stream, b"job")
    assert point_worker.receive(io.BytesIO(stream.getvalue())) == b"job"
    assert point_worker.receive(io.BytesIO(stream.getvalue()[:cut])) is None
