"""The prover on the real programs: what it proves, what becomes of it when they are killed, hang or are fed lies."""

from __future__ import annotations

import os
import resource
import signal
import stat
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.services.proving import (
    AGREEMENT,
    CARD,
    CHAIN,
    REGISTRY,
    SENDER,
    TREES,
    certificate_for,
    opened_firm,
    registered,
)
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.barretenberg import Barretenberg
from trustspace.adapters.proving.prover import Prover, ProverLimits
from trustspace.adapters.proving.witness import WitnessSolver
from trustspace.domain.proofs import Circuit, Statement
from trustspace.errors import FalseStatement, InvalidSetup, ProverFailed, ToolMissing
from trustspace.services.statements import ScoreStatements, turnover_statement

if TYPE_CHECKING:
    from trustspace.adapters.proving.setup_folder import Setup

OPENED, RECORDED = opened_firm()
ELEMENT = 32


def score(card: Any = CARD) -> Statement:
    model = registered(card)
    return ScoreStatements(model).about(
        certificate_for(model, OPENED), OPENED,
        recorded=RECORDED, agreement=AGREEMENT, chain_id=CHAIN, registry=REGISTRY, sender=SENDER,
    )  # fmt: skip


def turnover() -> Statement:
    return turnover_statement(
        OPENED, recorded=RECORDED, latest_month=0, earliest_month=11, low=0, high=2**63, context=7
    )


def tampered(statement: Statement, **inputs: object) -> Statement:
    return replace(statement, inputs={**statement.inputs, **inputs})


# --- what it proves -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", [CARD, TREES], ids=["card", "trees"])
def test_prove__a_grade__a_proof_of_these_public_inputs(prover: Prover, card: Any) -> None:
    statement = score(card)
    proof = prover.prove(statement)
    assert (proof.circuit, proof.public_inputs) == (statement.circuit, statement.public_inputs)
    assert 4_000 < len(proof.proof) < 10_000
    assert len(proof.proof) % ELEMENT == 0


def test_prove__the_same_twice__other_bytes(prover: Prover) -> None:
    first, second = prover.prove_each([score(), score()])
    assert first.proof != second.proof  # zero knowledge: blinded anew
    assert first.public_inputs == second.public_inputs


def test_prove_each__statements_of_several_circuits__in_their_order(prover: Prover) -> None:
    statements = [turnover(), score(), turnover()]
    assert [proof.circuit for proof in prover.prove_each(statements)] == [it.circuit for it in statements]
    assert list(prover.prove_each([])) == []


# --- lies ---------------------------------------------------------------------------------------------------------


def test_prove__another_grade__false_without_a_word_of_the_inputs(prover: Prover) -> None:
    statement = score()
    with pytest.raises(FalseStatement) as caught:
        prover.prove(tampered(statement, grade="1" if statement.inputs["grade"] != "1" else "2"))
    opening: Any = statement.inputs["opening"]
    assert all(value not in str(caught.value) for value in opening["blinding"].values())
    assert prover.prove(statement).circuit is Circuit.SCORE_CARD  # and goes on


@pytest.mark.parametrize("inputs", [{"features": "nonsense"}, {"opening": None}, {"features": ["1"]}])
def test_prove__inputs_of_no_shape__false(prover: Prover, inputs: dict[str, object]) -> None:
    with pytest.raises(FalseStatement):
        prover.prove(tampered(score(), **inputs))


def test_prove__other_public_inputs_than_stated__refused(prover: Prover) -> None:
    statement = turnover()
    with pytest.raises(ProverFailed, match="about other public inputs"):
        prover.prove(replace(statement, public_inputs=(*statement.public_inputs[:-1], 8)))


def test_barretenberg__a_witness_of_another_circuit_or_garbage__refused(setup: Setup, prover: Prover) -> None:
    artefacts = load_artefacts()
    solver = WitnessSolver()
    witness = solver.solve(artefacts[Circuit.TURNOVER_RANGE], turnover().inputs, 60)
    solver.child.close()
    engine = Barretenberg(setup)
    with pytest.raises(ProverFailed):
        engine.prove(artefacts[Circuit.SCORE_CARD], witness, 60)
    engine.child.close()


# --- faults -------------------------------------------------------------------------------------------------------


def programs(prover: Prover) -> dict[str, int]:
    assert prover._solver is not None
    assert prover._engine is not None
    return {"noir": prover._solver.child.pid, "barretenberg": prover._engine.child.pid}


@pytest.mark.parametrize("victim", ["noir", "barretenberg"])
def test_prove__a_program_killed_between_statements__started_again(prover: Prover, victim: str) -> None:
    prover.prove(turnover())
    os.kill(programs(prover)[victim], signal.SIGKILL)
    assert prover.prove(turnover()).public_inputs == turnover().public_inputs


def test_prove__barretenberg_dies_each_time__says_how(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustspace.adapters.proving.barretenberg.find_bb", lambda: Path("/bin/false"))
    with Prover(setup) as prover, pytest.raises(ProverFailed, match="ended with 1"):
        prover.prove(turnover())


def test_prove__too_slow__killed_and_named(setup: Setup) -> None:
    with Prover(setup, limits=ProverLimits(seconds=0.001)) as prover:
        with pytest.raises(ProverFailed, match="gave no answer in time"):
            prover.prove(turnover())
        assert prover._solver is not None
        assert not prover._solver.child.running


def test_prove__too_little_memory__says_so_and_nothing_hangs(setup: Setup) -> None:
    with Prover(setup, limits=ProverLimits(memory_bytes=20 << 20)) as prover, pytest.raises(ProverFailed):
        prover.prove(score())


def test_prove__memory__within_the_cap_of_the_figures(prover: Prover) -> None:
    prover.prove(score())
    assert 0 < prover.peak_bytes()["barretenberg"] < 100 << 20


def test_close__while_nothing_or_something_runs__no_process_left(setup: Setup) -> None:
    with Prover(setup):
        pass
    with Prover(setup) as prover:
        prover.prove(turnover())
        alive = programs(prover)
    assert all(not Path(f"/proc/{pid}/status").exists() for pid in alive.values())
    prover.close()


def test_prove__a_set_up_other_than_the_keys__refused(setup: Setup) -> None:
    with pytest.raises(InvalidSetup, match="made under another set-up"):
        Prover(replace(setup, digest=b"another" * 4))


def test_prove__a_set_up_too_small__refused(setup: Setup) -> None:
    with Prover(replace(setup, powers=1_025)) as prover, pytest.raises(InvalidSetup, match="1025 powers"):
        prover.prove(turnover())


def test_prove__no_node__tells_what_to_install(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTSPACE_NODE", "/no/such/node")
    with Prover(setup) as prover, pytest.raises(ToolMissing, match="TRUSTSPACE_NODE"):
        prover.prove(turnover())


# --- secrecy ------------------------------------------------------------------------------------------------------


def test_prove__what_the_system_shows__nothing_of_the_statement(prover: Prover, tmp_path: Path) -> None:
    statement = score()
    prover.prove(statement)
    opening: Any = statement.inputs["opening"]
    secrets = [opening["blinding"]["hi"].encode(), *(point["x"].encode() for point in opening["points"][:3])]
    for pid in programs(prover).values():
        told = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert not any(secret in told for secret in secrets)
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        files = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists()]
        own = [file for file in files if file.is_file() and not str(file).startswith("/proc")]
        assert all(not stat.S_IMODE(file.stat().st_mode) & stat.S_IWOTH for file in own)


def test_close__statements_under_way__fail_and_nothing_is_started_again(setup: Setup) -> None:
    prover = Prover(setup)
    proofs = prover.prove_each([turnover()] * 3)
    next(proofs)
    alive = programs(prover)
    prover.close()
    assert all(not Path(f"/proc/{pid}/status").exists() for pid in alive.values())
    assert (prover._solver, prover._engine) == (None, None)
    with pytest.raises((ProverFailed, CancelledError)):
        list(proofs)
