"""The prover: Noir solves, Barretenberg proves; both stay alive, and are started again when they die.

A statement of a firm's data is secret: it passes through pipes, and rests in memory alone.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar

from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.barretenberg import DEFAULT_MEMORY, Barretenberg
from trustspace.adapters.proving.witness import WitnessSolver
from trustspace.errors import InvalidSetup, ProverFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from types import TracebackType

    from trustspace.adapters.proving.artefacts import Artefacts, CircuitArtefact
    from trustspace.adapters.proving.setup_folder import Setup
    from trustspace.domain.proofs import Proof, Statement

T = TypeVar("T")
ATTEMPTS = 2  # a program that dies is started again once for each statement
AHEAD = 2  # witnesses that wait for Barretenberg


@dataclass(frozen=True, slots=True, kw_only=True)
class ProverLimits:
    """What one statement may take. Seconds are those of each program; memory is Barretenberg's."""

    seconds: float = 60.0
    memory_bytes: int = DEFAULT_MEMORY


class Prover:
    """Proves statements one after the other. A context manager; one thread at a time."""

    def __init__(self, setup: Setup, artefacts: Artefacts | None = None, *, limits: ProverLimits | None = None) -> None:
        """Nothing is started yet. Raises InvalidSetup when the keys were made under another set-up."""
        self._setup, self._artefacts, self._limits = setup, artefacts or load_artefacts(), limits or ProverLimits()
        if (self._artefacts.mode, self._artefacts.setup_hash) != (setup.mode, setup.digest):
            raise InvalidSetup(
                "the circuits' keys were made under another set-up",
                where=str(setup.folder),
                remedy="prove with the set-up of the keys, or build keys under this one: ./run circuits",
            )
        self._solver: WitnessSolver | None = None
        self._engine: Barretenberg | None = None
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="witness")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End both programs."""
        for program in (self._solver, self._engine):
            if program:
                program.child.kill()
        self._ahead.shutdown(cancel_futures=True)
        for program in (self._solver, self._engine):
            if program:
                program.child.close()
        self._solver = self._engine = None

    def prove(self, statement: Statement) -> Proof:
        """The proof of a statement.

        Raises FalseStatement when it does not hold, ProverFailed when a program dies twice, hangs or answers something
        else, InvalidSetup for a set-up that is too small, ToolMissing.
        """
        (proof,) = self.prove_each([statement])
        return proof

    def prove_each(self, statements: Iterable[Statement]) -> Iterator[Proof]:
        """Proofs in the statements' order; the next witness is solved while Barretenberg works. Raises like `prove`."""
        coming = iter(statements)
        solved: deque[tuple[Statement, Future[bytes]]] = deque()

        def start(count: int) -> None:
            solved.extend((it, self._ahead.submit(self._solve, it)) for it in islice(coming, count))

        start(AHEAD)
        while solved:
            statement, witness = solved.popleft()
            found = witness.result()
            start(1)
            yield self._finish(statement, found)

    def peak_bytes(self) -> dict[str, int]:
        """Most memory that each program held, by its name."""
        programs = {"noir": self._solver, "barretenberg": self._engine}
        return {name: program.child.peak_bytes() for name, program in programs.items() if program}

    def _solve(self, statement: Statement) -> bytes:
        artefact = self._artefacts[statement.circuit]

        def attempt() -> bytes:
            if self._solver is None or not self._solver.child.running:
                self._solver = WitnessSolver()
            return self._solver.solve(artefact, statement.inputs, self._limits.seconds)

        return _again(attempt)

    def _finish(self, statement: Statement, witness: bytes) -> Proof:
        artefact = self._artefacts[statement.circuit]
        proof = _again(lambda: self._prove(artefact, witness))
        if proof.public_inputs != statement.public_inputs:
            raise ProverFailed(
                "the proof is about other public inputs", where=str(statement.circuit), remedy="report this defect"
            )
        return proof

    def _prove(self, artefact: CircuitArtefact, witness: bytes) -> Proof:
        if self._engine is None or not self._engine.child.running:
            self._engine = Barretenberg(self._setup, memory_bytes=self._limits.memory_bytes)
        return self._engine.prove(artefact, witness, self._limits.seconds)


def _again(attempt: Callable[[], T]) -> T:
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except ProverFailed:
            continue
    return attempt()
