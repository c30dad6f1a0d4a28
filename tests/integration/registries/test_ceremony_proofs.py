"""From three members' contributions to a proof that the chain accepts: a circuit of a few gates, key and verifier under
the ceremony's set-up, on a chain that takes no set-up for development."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import refuses
from tools.build_circuits import acir_of, barretenberg, compile_circuits, compile_verifier, verifier_source
from trustspace.adapters.chain.anvil import AnvilOptions
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.finished_setup import write_outcome
from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.adapters.proving.programs import find_node, find_node_modules
from trustspace.adapters.proving.setup_folder import Setup
from trustspace.crypto.randomness import SystemRandomness
from trustspace.crypto.signing import SigningKey
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.domain.verifiers import VerifierCard
from trustspace.encoding.ceremony import CeremonyPlan, Member
from trustspace.encoding.hashing import keccak
from trustspace.services.ceremony import Ceremony, CeremonyState
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.adapters.chain.verifiers import VerifierRegistry
    from trustspace.domain.ids import VerifierNumber
    from trustspace.testing.kit import SpaceKit

POWERS = 513
CHAIN = 2018
BANKS = [SigningKey(bytes([number] * 32)) for number in (1, 2, 3)]
# As many public inputs as invoice_range has, in whose name its verifier is registered.
SQUARE = "fn main(root: Field, squares: pub [Field; 6]) { for i in 0..6 { assert(root * root == squares[i]); } }"
SQUARES = [49] * 6
WITNESS = """
import { readFileSync, writeFileSync } from "node:fs";
import { Noir } from "@noir-lang/noir_js";
const [program, inputs, target] = process.argv.slice(2);
const { witness } = await new Noir(JSON.parse(readFileSync(program))).execute(JSON.parse(inputs));
writeFileSync(target, witness);
"""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A compiled circuit with a witness for 7 * 7 = 49."""

    program: Path
    witness: Path


@pytest.fixture(scope="module")
def state() -> CeremonyState:
    members = tuple(Member(name=f"bank {at}", account=key.address) for at, key in enumerate(BANKS, start=1))
    plan = CeremonyPlan(name="region", chain_id=CHAIN, powers=POWERS, least=3, members=members)
    ceremony = Ceremony(ProcessEngine(), SystemRandomness())
    state = CeremonyState.start(plan)
    for bank in BANKS:
        state = ceremony.contribute(state, bank)
    return ceremony.close(state, b"the hash of a block")


@pytest.fixture(scope="module")
def setup(state: CeremonyState, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return write_outcome(tmp_path_factory.mktemp("ceremony") / "setup", state)


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Statement:
    folder = tmp_path_factory.mktemp("square")
    (folder / "square" / "src").mkdir(parents=True)
    manifest = '[package]\nname = "square"\ntype = "bin"\nauthors = ["trustspace"]\n'
    (folder / "square" / "Nargo.toml").write_text(manifest)
    (folder / "square" / "src" / "main.nr").write_text(SQUARE)
    compile_circuits(folder, folder, ("square",))
    (folder / "witness.mjs").write_text(WITNESS)
    (folder / "node_modules").symlink_to(find_node_modules())
    inputs = json.dumps({"root": "7", "squares": [str(square) for square in SQUARES]})
    command = [find_node(), folder / "witness.mjs", folder / "square.json", inputs, folder / "square.gz"]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return Statement(program=folder / "square.json", witness=folder / "square.gz")


@pytest.fixture(scope="module")
def kit() -> Iterator[SpaceKit]:
    with start_kit(AnvilOptions(chain_id=CHAIN)) as kit:
        yield kit


@dataclass(frozen=True, kw_only=True)
class Prover:
    """Proves the statement under one set-up, with the key that belongs to it."""

    statement: Statement
    setup: Setup
    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "vk"

    def make_key(self) -> None:
        options = ["-b", self.statement.program, "-o", self.folder, "-t", "evm"]
        barretenberg("write_vk", "-c", self.setup.folder, *options)

    def prove(self) -> bytes:
        options = ["-b", self.statement.program, "-w", self.statement.witness, "-k", self.key, "-o", self.folder]
        barretenberg("prove", "-c", self.setup.folder, *options, "-t", "evm")
        return (self.folder / "proof").read_bytes()

    def publish(self, regulator: VerifierRegistry) -> VerifierNumber:
        """The verifier on the chain, registered as the ceremony's whatever its set-up is."""
        code, _ = compile_verifier(verifier_source(self.key, self.setup, self.folder, optimised=True))
        card = VerifierCard(
            verifier=regulator.deploy_verifier(code).value,
            circuit=Circuit.INVOICE_RANGE,
            setup_mode=SetupMode.CONSORTIUM,
            gas_limit=1_000_000,
            circuit_hash=keccak(acir_of(self.statement.program)),
            key_hash=keccak(self.key.read_bytes()),
            setup_hash=self.setup.digest,
        )
        with refuses("DevelopmentSetup", chainId=CHAIN):
            regulator.register(replace(card, setup_mode=SetupMode.DEV))
        return regulator.register(card).value


def test_proof__under_the_ceremonys_set_up__accepted_by_its_verifier_alone(
    kit: SpaceKit, statement: Statement, state: CeremonyState, setup: Setup, tmp_path: Path
) -> None:
    ours = Prover(statement=statement, setup=setup, folder=tmp_path / "ours")
    theirs = Prover(statement=statement, setup=dev_setup(tmp_path / "cache", POWERS), folder=tmp_path / "theirs")
    regulator = kit.actors.regulator.verifiers
    for prover in (ours, theirs):
        prover.folder.mkdir()
        prover.make_key()
    verifier, other = ours.publish(regulator), theirs.publish(regulator)
    record = regulator.verifier(verifier)
    assert record is not None
    assert (record.card.setup_mode, record.card.setup_hash) == (SetupMode.CONSORTIUM, state.hash)

    proof, elsewhere = ours.prove(), theirs.prove()
    assert regulator.verify(verifier, proof, SQUARES)
    assert not regulator.verify(verifier, proof, [50, *SQUARES[1:]])
    assert not regulator.verify(verifier, elsewhere, SQUARES)
    assert not regulator.verify(other, proof, SQUARES)
    assert regulator.verify(other, elsewhere, SQUARES)
