from __future__ import annotations

import io

import pytest

from trustspace.adapters.proving import point_engine, point_worker
from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.crypto.powers_of_tau import powers_of
from trustspace.encoding.bn254 import BN254
from trustspace.errors import ToolMissing


def test_powers__by_two_processes__as_by_one_with_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_engine, "SLICE", 4)
    seen: list[int] = []
    engine = ProcessEngine(processes=2, progress=seen.append)
    assert engine.powers(12345, 11) == powers_of(12345, 0, 11)
    assert (len(seen), sum(seen)) == (3, 11)


def test_scale__by_two_processes__each_point_times_its_power(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_engine, "SLICE", 4)
    points = powers_of(12345, 0, 11)
    assert ProcessEngine(processes=2).scale(77, points) == powers_of(12345 * 77, 0, 11)


def test_combine_neighbours__by_two_processes__as_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    points = powers_of(12345, 0, 11)
    coefficients = [3**i for i in range(10)]
    whole = ProcessEngine(processes=1).combine_neighbours(coefficients, points)
    monkeypatch.setattr(point_engine, "SLICE", 4)
    assert ProcessEngine(processes=2).combine_neighbours(coefficients, points) == whole
    lower = sum(c * 12345**i for i, c in enumerate(coefficients)) % BN254.order
    expected = [BN254.multiply(scalar, BN254.generator) for scalar in (lower, lower * 12345)]
    assert list(whole) == expected


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
