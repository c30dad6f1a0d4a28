"""Barretenberg's proofs before the package's verifiers, on a real chain: what they accept, and what they never do."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.circuits.acir import Call, Hint, Load, flat
from tests.circuits.programs import machine_of
from tests.circuits.statements import SOURCES, opened_points, random_cells, statement, turnover
from trustspace.adapters.chain.anvil import Anvil
from trustspace.adapters.chain.rpc import JsonRpc, RpcError
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.programs import find_bb
from trustspace.apps.session import cache
from trustspace.domain.proofs import Circuit
from trustspace.encoding.abi import tuple_of
from trustspace.encoding.feature_commitment import CELL_OFFSETS, commitment_point
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.encoding.hashing import keccak
from trustspace.encoding.poseidon2 import FIELD_MODULUS as P

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.circuits.programs import Noir

VERIFY = keccak(b"verify(bytes,bytes32[])")[:4]
ARGUMENTS = tuple_of([{"type": "bytes", "name": "proof"}, {"type": "bytes32[]", "name": "inputs"}])
QUICK = [Circuit.INVOICE_RANGE, Circuit.TURNOVER_RANGE]


@dataclass(frozen=True, slots=True)
class Court:
    """Provers, and verifiers on a chain."""

    noir: Noir
    rpc: JsonRpc
    verifiers: dict[Circuit, str]
    folder: Path

    def prove(self, circuit: Circuit, witness: dict[int, int]) -> bytes:
        """What Barretenberg makes of a witness, right or wrong; nothing where it gives up."""
        artefact = load_artefacts()[circuit]
        powers = dev_setup(cache(), load_artefacts().powers).folder
        values, proof = self.folder / "witness.gz", self.folder / "proof"
        values.write_bytes(self.noir.pack(witness))
        proof.unlink(missing_ok=True)
        command = [
            find_bb(), "prove", "-c", powers, "-b", artefact.program_path, "-w", values, "-k", artefact.key_path,
            "-o", self.folder, "-t", "evm",
        ]  # fmt: skip
        subprocess.run([str(part) for part in command], capture_output=True, check=False)
        return proof.read_bytes() if proof.exists() else b""

    def accepts(self, circuit: Circuit, proof: bytes, public: list[int]) -> bool:
        """What the verifier says; it reverts where it does not return true."""
        data = VERIFY + ARGUMENTS.encode([proof, [value.to_bytes(32, "big") for value in public]])
        call = {"to": self.verifiers[circuit], "data": "0x" + data.hex()}
        try:
            return int(self.rpc.call("eth_call", call, "latest"), 16) == 1
        except RpcError:
            return False


@pytest.fixture(scope="module")
def court(noir: Noir, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    with Anvil() as anvil:
        rpc = JsonRpc(anvil.url)
        verifiers = {}
        for place, circuit in enumerate(Circuit, start=0x1000):
            code = rpc.call("eth_call", {"data": "0x" + load_artefacts()[circuit].verifier_code.hex()}, "latest")
            verifiers[circuit] = f"0x{place:040x}"
            rpc.call("anvil_setCode", verifiers[circuit], code)
        yield Court(noir, rpc, verifiers, tmp_path_factory.mktemp("proofs"))
        rpc.close()


def witness_of(circuit: Circuit, inputs: dict[str, object]) -> dict[int, int]:
    return dict(enumerate(machine_of(circuit).run(flat(inputs))))


def public_of(circuit: Circuit, witness: dict[int, int]) -> list[int]:
    return [witness[place] for place in machine_of(circuit).program.public]


@pytest.mark.parametrize("circuit", Circuit)
def test_verifier__code__as_the_manifest_says(court: Court, circuit: Circuit) -> None:
    """The hash that a registry of verifiers pins."""
    code = court.rpc.call("eth_getCode", court.verifiers[circuit], "latest")
    assert keccak(bytes.fromhex(code[2:])) == load_artefacts()[circuit].verifier_hash


@pytest.mark.parametrize("circuit", Circuit)
def test_proof__honest__accepted_for_these_public_inputs_only(court: Court, circuit: Circuit) -> None:
    """Among them the context, which no constraint mentions."""
    witness = witness_of(circuit, statement(circuit, Random(8)))
    public = public_of(circuit, witness)
    proof = court.prove(circuit, witness)
    assert court.accepts(circuit, proof, public)
    for place, value in enumerate(public):
        for other in (value + 1, value + P):
            assert not court.accepts(circuit, proof, [*public[:place], other, *public[place + 1 :]])
    assert not court.accepts(circuit, proof, public[:-1])
    assert not court.accepts(circuit, proof, [*public, 0])
    for spoiled in (b"", proof[:-32], proof + bytes(32), bytes(len(proof)), proof[:-1] + bytes([proof[-1] ^ 1])):
        assert not court.accepts(circuit, spoiled, public)


@pytest.mark.parametrize("circuit", QUICK)
def test_proof__same_statement_twice__differs(court: Court, circuit: Circuit) -> None:
    """Proofs are blinded: equal ones would tell that the same was proven."""
    witness = witness_of(circuit, statement(circuit, Random(9)))
    assert court.prove(circuit, witness) != court.prove(circuit, witness)


# --- false statements ---------------------------------------------------------------------------------------------
#
# Barretenberg works out what black boxes return for itself, so a wrong value there does no harm by itself. Here the
# rest of the witness is made to fit a false statement, and one opcode alone stands in its way.


@dataclass(frozen=True, slots=True)
class Forgery:
    """Inputs of a false statement, and what the prover says instead of what opcodes determine."""

    circuit: Circuit
    inputs: list[int]
    deviations: dict[int, int]


def calls(circuit: Circuit, name: str) -> list[Call]:
    return [opcode for opcode in machine_of(circuit).opcodes if isinstance(opcode, Call) and opcode.name == name]


def forged_nullifier() -> Forgery:
    """Another nullifier for the same invoice and scope."""
    circuit = Circuit.INVOICE_RANGE
    inputs = flat(statement(circuit, Random(8)))
    honest = machine_of(circuit).run(inputs)
    output = calls(circuit, "Poseidon2Permutation")[-1].outputs[0]
    return Forgery(circuit, inputs, {output: (honest[output] + 1) % P})


def forged_root() -> Forgery:
    """An invoice of another batch."""
    circuit = Circuit.INVOICE_RANGE
    inputs = flat(statement(circuit, Random(8)))
    inputs[machine_of(circuit).program.parameters["root"]] += 1
    return Forgery(circuit, inputs, {})


def forged_bound() -> Forgery:
    """An amount above the upper bound: the distance is said to have a byte of -1."""
    circuit = Circuit.INVOICE_RANGE
    inputs, places = flat(statement(circuit, Random(8))), machine_of(circuit).program.parameters
    inputs[places["low"]], inputs[places["high"]] = 0, inputs[places["amount"]] - 1
    *_, distance = (opcode for opcode in machine_of(circuit).opcodes if isinstance(opcode, Hint))
    return Forgery(circuit, inputs, dict.fromkeys(distance.outputs, 0) | {distance.outputs[0]: P - 1})


def forged_turnover(box: str) -> Forgery:
    """One fen more than the sources committed to, and a box that says that it fits."""
    circuit = Circuit.TURNOVER_RANGE
    machine, inputs = machine_of(circuit), flat(statement(circuit, Random(8)))
    places, honest = machine.program.parameters, machine.run(inputs)
    months = range(inputs[places["latest_month"]], inputs[places["earliest_month"]] + 1)
    sources = sum(inputs[places[f"commitments[{place}]"]] != 0 for place in range(SOURCES))
    sales = sum(inputs[places[f"opening.raised[{month}]"]] - sources * CELL_OFFSETS[month] for month in months)
    inputs[places["low"]] = inputs[places["high"]] = sales + 1
    inputs[places[f"opening.raised[{months[0]}]"]] += 1
    (product,), total = calls(circuit, "MultiScalarMul"), calls(circuit, "EmbeddedCurveAdd")[-1]
    if box == "MultiScalarMul":
        return Forgery(circuit, inputs, {output: honest[output] for output in product.outputs})
    followed, _ = machine.follow(inputs, {})
    pairs = zip(total.outputs, product.outputs, strict=True)
    return Forgery(circuit, inputs, {claimed: followed[fitting] for claimed, fitting in pairs})


def forged_leaf() -> Forgery:
    """A leaf read from a tree that lifts every firm to the best grade, or sinks the best to the worst."""
    circuit = Circuit.SCORE_TREES
    machine, inputs = machine_of(circuit), flat(statement(circuit, Random(8)))
    *_, leaf = (opcode for opcode in machine.opcodes if isinstance(opcode, Load))
    lift = 1 << 39 if inputs[machine.program.parameters["grade"]] > 1 else -(1 << 39)
    return Forgery(circuit, inputs, {leaf.value: (machine.run(inputs)[leaf.value] + lift) % P})


FORGERIES = {
    "Poseidon2Permutation": forged_nullifier,
    "Zero": forged_root,
    "Range": forged_bound,
    "MultiScalarMul": partial(forged_turnover, "MultiScalarMul"),
    "EmbeddedCurveAdd": partial(forged_turnover, "EmbeddedCurveAdd"),
    "Load": forged_leaf,
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_proof__of_a_false_statement__not_accepted(court: Court, kind: str) -> None:
    """Barretenberg's gates do constrain what each kind of opcode says."""
    forgery = FORGERIES[kind]()
    machine = machine_of(forgery.circuit)
    witness, broken = machine.follow(forgery.inputs, forgery.deviations)
    assert [opcode.name if isinstance(opcode, Call) else type(opcode).__name__ for opcode in broken] == [kind]
    proof = court.prove(forgery.circuit, witness)
    assert not court.accepts(forgery.circuit, proof, public_of(forgery.circuit, witness))


@pytest.mark.parametrize("case", ["one", "doubled", "cancelling", "eight"])
def test_proof__points_that_addition_treats_apart__accepted(court: Court, case: str) -> None:
    """The same point twice, a point and its negative, places left empty."""
    random = Random(10)
    cells = tuple(random_cells(Random(3)))
    some = [commitment_point(cells, random.randrange(GRUMPKIN.order)) for _ in range(7)]
    before = {
        "one": [],
        "doubled": [some[0], some[0]],
        "cancelling": [some[0], GRUMPKIN.negate(some[0])],
        "eight": some,
    }[case]
    blinding = random.randrange(GRUMPKIN.order)
    last = commitment_point(cells, blinding, sources=len(before) + 1)
    for point in before:
        last = GRUMPKIN.add(last, GRUMPKIN.negate(point))
    witness = witness_of(
        Circuit.TURNOVER_RANGE, turnover(random, opened_points(random, [*before, last], cells, blinding))
    )
    proof = court.prove(Circuit.TURNOVER_RANGE, witness)
    assert court.accepts(Circuit.TURNOVER_RANGE, proof, public_of(Circuit.TURNOVER_RANGE, witness))
