"""The artefacts inside the package are what the sources compile to, whoever compiles them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain.artifacts import code_hash, load
from trustspace.domain.deployment import CONTRACTS
from trustspace.encoding.hashing import keccak
from trustspace.errors import OutOfRange, UsageError

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit

ROOT = Path(__file__).parents[2]
ABI = ROOT / "offchain" / "trustspace" / "abi"


def test_artifacts__equal_a_fresh_compilation() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "tools" / "export_abi.py", "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_artifacts__folder_holds_the_contracts_of_a_deployment_and_nothing_else() -> None:
    assert {file.stem for file in ABI.glob("*.json")} == set(CONTRACTS)


@pytest.mark.parametrize("name", CONTRACTS)
def test_artifact__deployed__matches_the_code_on_the_chain_and_its_version(space_kit: SpaceKit, name: str) -> None:
    artifact, address = load(name), space_kit.deployment.address(name)
    code = space_kit.node.code(address)
    assert artifact.matches(code)
    assert not artifact.matches(code[:-60] + bytes([code[-60] ^ 1]) + code[-59:])
    assert not artifact.matches(b"")
    assert len(code) <= 24_576
    content = json.loads((ABI / f"{name}.json").read_text())
    assert content["compiler"]["evmVersion"] == "london"


@pytest.mark.parametrize("name", CONTRACTS)
def test_artifact__immutables_of_deployed_code__make_that_code_again(space_kit: SpaceKit, name: str) -> None:
    artifact, code = load(name), space_kit.node.code(space_kit.deployment.address(name))
    immutables = artifact.immutables_in(code)
    assert artifact.runtime_code(immutables) == code
    for one in immutables:
        other = immutables | {one: bytes(31) + b"\xee"}
        assert artifact.runtime_code(other) != code
        for wrong in (immutables | {one: bytes(31)}, {key: immutables[key] for key in immutables if key != one}):
            with pytest.raises(OutOfRange, match=name):
                artifact.runtime_code(wrong)
    with pytest.raises(OutOfRange, match="other immutables than the contract's"):
        artifact.runtime_code(immutables | {"UNHEARD_OF": bytes(32)})


def test_code_hash__immutables_and_metadata__do_not_count() -> None:
    code = b"\x60" * 10 + bytes(32) + b"\x61" * 10
    filled = code[:10] + b"\x07" * 32 + code[42:]
    metadata = b"\xa2" * 20 + (20).to_bytes(2, "big")
    expected = code_hash(code + metadata, [(10, 32)])
    assert expected == keccak(code)
    assert code_hash(filled + b"\xa3" * 9 + (9).to_bytes(2, "big"), [(10, 32)]) == expected


def test_load__unknown_contract__is_named() -> None:
    with pytest.raises(UsageError, match="no contract LoanMarket"):
        load("LoanMarket")
