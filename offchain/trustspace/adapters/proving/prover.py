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
AHEAD = 2  # statements under way


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
        self._closed = False
        self._solver: WitnessSolver | None = None
        self._engine: Barretenberg | None = None
        self._solving = ThreadPoolExecutor(max_workers=1, thread_name_prefix="solving")
        self._proving = ThreadPoolExecutor(max_workers=1, thread_name_prefix="proving")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End both programs; what is under way fails."""
        self._closed = True
        for program in (self._solver, self._engine):
            if program:
                program.child.kill()
        for threads in (self._solving, self._proving):
            threads.shutdown(cancel_futures=True)
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
        """Proofs in the statements' order; the next is made while the caller uses this one. Raises like `prove`."""
        coming = iter(statements)
        begun = deque(self._begin(statement) for statement in islice(coming, AHEAD))
        while begun:
            yield begun.popleft().result()
            begun.extend(self._begin(statement) for statement in islice(coming, 1))

    def peak_bytes(self) -> dict[str, int]:
        """Most memory that each program held, by its name."""
        programs = {"noir": self._solver, "barretenberg": self._engine}
        return {name: program.child.peak_bytes() for name, program in programs.items() if program}

    def _solve(self, statement: Statement) -> bytes:
        artefact = self._artefacts[statement.circuit]

        def attempt() -> bytes:
            self._require_open()
            if self._solver is None or not self._solver.child.running:
                self._solver = WitnessSolver()
            return self._solver.solve(artefact, statement.inputs, self._limits.seconds)

        return _again(attempt)

    def _begin(self, statement: Statement) -> Future[Proof]:
        self._require_open()
        solved = self._solving.submit(self._solve, statement)
        return self._proving.submit(lambda: self._finish(statement, solved.result()))

    def _finish(self, statement: Statement, witness: bytes) -> Proof:
        artefact = self._artefacts[statement.circuit]
        proof = _again(lambda: self._prove(artefact, witness))
        if proof.public_inputs != statement.public_inputs:
            raise ProverFailed(
                "the proof is about other public inputs", where=str(statement.circuit), remedy="report this defect"
            )
        return proof

    def _prove(self, artefact: CircuitArtefact, witness: bytes) -> Proof:
        self._require_open()
        if self._engine is None or not self._engine.child.running:
            self._engine = Barretenberg(self._setup, memory_bytes=self._limits.memory_bytes)
        return self._engine.prove(artefact, witness, self._limits.seconds)

    def _require_open(self) -> None:
        if self._closed:
            raise ProverFailed("was closed meanwhile", where="prover", remedy="open another one")


def _again(attempt: Callable[[], T]) -> T:
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except ProverFailed:
            continue
    return attempt()
