"""A helper program that lives as long as its owner: frames of bytes go in and come out through pipes, nothing else.

What it is told is secret: it stands on no command line, in no environment and in no file, and a crash leaves no core.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Literal, cast

from trustspace.errors import ProverFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LENGTH_BYTES = 4
MOST_BYTES = 1 << 28
_CHUNK = 1 << 16
_LAST_WORDS = 400


class Child:
    """One process. Frames are a length of 4 bytes and as many bytes."""

    def __init__(
        self,
        title: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        order: Literal["little", "big"],
        memory_bytes: int | None = None,
    ) -> None:
        """Start it. `environment`: all that it gets; `memory_bytes`: most private memory (RLIMIT_DATA)."""
        self._title, self._order = title, order
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=dict(environment),
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the owner to pass on
        )
        self._input, self._output = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        if hasattr(resource, "prlimit"):
            with contextlib.suppress(ProcessLookupError):  # it ended at once; the first exchange says so
                resource.prlimit(self._process.pid, resource.RLIMIT_CORE, (0, 0))
                if memory_bytes is not None:
                    resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (memory_bytes, memory_bytes))

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still lives."""
        return self._process.poll() is None

    def exchange(self, content: bytes, seconds: float) -> bytes:
        """Send one frame and return the next. Raises ProverFailed when it ends, or takes longer: then it is killed."""
        deadline = time.monotonic() + seconds
        try:
            self._send(len(content).to_bytes(LENGTH_BYTES, self._order) + content, deadline)
            length = int.from_bytes(self._receive(LENGTH_BYTES, deadline), self._order)
            if length > MOST_BYTES:
                raise self._failed(f"answered {length} bytes", "it may be another version")
            return self._receive(length, deadline)
        except BaseException:  # an answer that comes later must not be taken for that to the next question
            self.kill()
            raise

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it and let go of the pipes."""
        self.kill()
        for stream in (self._input, self._output, self._complaints):
            stream.close()

    def peak_bytes(self) -> int:
        """Most memory that it has held at one time; 0 where the system does not say, or when it is gone."""
        try:
            with open(f"/proc/{self.pid}/status", encoding="ascii") as status:  # noqa: PTH123
                return next((int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM")), 0)
        except OSError:
            return 0

    def _send(self, content: bytes, deadline: float) -> None:
        pipe, rest = self._input.fileno(), memoryview(content)
        while rest:
            self._wait(pipe, deadline, writing=True)
            try:
                rest = rest[os.write(pipe, rest[:_CHUNK]) :]
            except BrokenPipeError:
                raise self._ended() from None

    def _receive(self, length: int, deadline: float) -> bytes:
        pipe, found = self._output.fileno(), bytearray()
        while len(found) < length:
            self._wait(pipe, deadline, writing=False)
            chunk = os.read(pipe, min(_CHUNK, length - len(found)))
            if not chunk:
                raise self._ended()
            found += chunk
        return bytes(found)

    def _wait(self, pipe: int, deadline: float, *, writing: bool) -> None:
        left = max(0.0, deadline - time.monotonic())
        ready = select.select([] if writing else [pipe], [pipe] if writing else [], [], left)
        if not any(ready):
            raise self._failed("gave no answer in time", "allow it more seconds, or prove less at once")

    def _ended(self) -> ProverFailed:
        code = self._process.wait()
        self._complaints.seek(max(0, self._complaints.seek(0, os.SEEK_END) - _LAST_WORDS))
        said = self._complaints.read().decode(errors="replace").strip().splitlines()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        last = f": {said[-1]}" if said else ""
        return self._failed(f"{how}{last}", "is there enough memory? allow more, or try again")

    def _failed(self, problem: str, remedy: str) -> ProverFailed:
        return ProverFailed(problem, where=self._title, remedy=remedy)
