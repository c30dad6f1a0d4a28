"""Sums on points by several processes at once, started for the task and gone with it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

from trustspace.adapters.proving import point_worker
from trustspace.encoding.bn254 import read_points
from trustspace.errors import ToolMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.encoding.weierstrass import Point

SLICE = 2048
"""Points in one job: small enough to share them evenly and to show progress."""


class ProcessEngine:
    """`crypto.powers_of_tau.PointEngine` over `processes` workers (by default one for each core)."""

    def __init__(self, *, processes: int | None = None, progress: Callable[[int, int], None] | None = None) -> None:
        """`progress` is called with the numbers of points done and of all, from other threads."""
        self._processes = processes or os.cpu_count() or 1
        self._progress = progress or (lambda _done, _total: None)

    def powers(self, tau: int, count: int) -> list[Point]:
        """tau^i * G for i below `count`."""
        jobs = [point_worker.powers_job(tau, at, size) for at, size in _slices(count)]
        return read_points(b"".join(self._answers(jobs, count)))

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
                self._progress(min(len(answers) * SLICE, total), total)
            return answers
        finally:
            for worker in workers:
                worker.kill()
            threads.shutdown(cancel_futures=True)
            for worker in workers:
                worker.communicate()


def _slices(count: int) -> list[tuple[int, int]]:
    return [(at, min(SLICE, count - at)) for at in range(0, count, SLICE)]


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
