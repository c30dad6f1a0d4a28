"""Sums on points by several processes at once, started for the task and gone with it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from queue import SimpleQueue
from typing import TYPE_CHECKING

from trustspace.adapters.proving import point_worker
from trustspace.encoding.bn254 import BN254, read_points
from trustspace.encoding.weierstrass import IDENTITY, Point
from trustspace.errors import ToolMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SLICE = 2048
"""Points in one job: small enough to share them evenly and to show progress."""


class ProcessEngine:
    """`crypto.powers_of_tau.PointEngine` over `processes` workers (by default one for each core)."""

    def __init__(self, *, processes: int | None = None, progress: Callable[[int], None] | None = None) -> None:
        """`progress` is told how many points more are done."""
        self._processes = processes or os.cpu_count() or 1
        self._progress = progress or (lambda _points: None)

    def powers(self, tau: int, count: int) -> list[Point]:
        """tau^i * G for i below `count`."""
        jobs = [point_worker.powers_job(tau, at, size) for at, size in _slices(count, SLICE)]
        return read_points(b"".join(self._answers(jobs, count)))

    def scale(self, step: int, points: Sequence[Point]) -> list[Point]:
        """step^i times point i, for all points."""
        jobs = [point_worker.scale_job(step, at, points[at : at + size]) for at, size in _slices(len(points), SLICE)]
        return read_points(b"".join(self._answers(jobs, len(points))))

    def combine_neighbours(self, coefficients: Sequence[int], points: Sequence[Point]) -> tuple[Point, Point]:
        """Sums of coefficient i times point i, and of coefficient i times point i + 1."""
        jobs = [
            point_worker.combine_job(coefficients[at : at + size], points[at : at + size + 1])
            for at, size in _slices(len(coefficients), max(SLICE, -(-len(coefficients) // self._processes)))
        ]
        sums = read_points(b"".join(self._answers(jobs, len(coefficients))))
        return _sum(sums[0::2]), _sum(sums[1::2])

    def _answers(self, jobs: Sequence[bytes], total: int) -> list[bytes]:
        """Answers in the order of the jobs; in this process when there is only one."""
        if len(jobs) == 1:
            return [point_worker.answer(jobs[0])]
        idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        workers = [_start() for _ in range(min(self._processes, len(jobs)))]
        threads = ThreadPoolExecutor(len(workers))
        try:
            for worker in workers:
                idle.put(worker)
            answers = []
            for result in threads.map(lambda job: _ask(idle, job), jobs):
                answers.append(result)
                self._progress(total * len(answers) // len(jobs) - total * (len(answers) - 1) // len(jobs))
            return answers
        finally:
            for worker in workers:
                worker.kill()
            threads.shutdown(cancel_futures=True)
            for worker in workers:
                worker.communicate()


def _sum(points: Sequence[Point]) -> Point:
    return reduce(BN254.add, points, IDENTITY)


def _slices(count: int, size: int) -> list[tuple[int, int]]:
    return [(at, min(size, count - at)) for at in range(0, count, size)]


def _start() -> subprocess.Popen[bytes]:
    """A worker that imports nothing from the current folder, and that a keyboard's interrupt does not reach."""
    command = [sys.executable, "-P", "-m", point_worker.__name__]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def _ask(idle: SimpleQueue[subprocess.Popen[bytes]], job: bytes) -> bytes:
    worker = idle.get()
    try:
        if worker.stdin is None or worker.stdout is None:
            raise ToolMissing("a process for sums on points has no pipes", remedy="try again")
        point_worker.send(worker.stdin, job)
        answer = point_worker.receive(worker.stdout)
    except BrokenPipeError:
        answer = None
    finally:
        idle.put(worker)
    if answer is None:
        raise ToolMissing("a process for sums on points died", remedy="try again with more free memory")
    return answer
