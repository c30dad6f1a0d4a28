"""The compiler wrapper as brownie and forge call it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOLC = ROOT / "tools" / "solc"


def compile_text(text: str) -> dict[str, Any]:
    request = {
        "language": "Solidity",
        "sources": {
            "Sample.sol": {"content": f"// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.30;\n{text}"}
        },
        "settings": {"outputSelection": {"*": {"*": ["abi"]}}},
    }
    answer = subprocess.run(
        [SOLC, "--standard-json", "--allow-paths", "."],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(answer.stdout)
    return result


def errors(answer: dict[str, Any]) -> list[str]:
    return [error["message"] for error in answer.get("errors", []) if error["severity"] == "error"]


def test_version__asked_from_anywhere__answers_as_the_native_compiler(tmp_path: Path) -> None:
    answer = subprocess.run([SOLC, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[1].startswith("Version: 0.8.30+commit.73712a01")


def test_standard_json__asked_twice__answers_the_same() -> None:
    text = f"contract Sample {{ uint256 public constant N = {os.getpid()}; }}"
    first = compile_text(text)
    assert not errors(first)
    assert compile_text(text) == first


def test_standard_json__import_from_openzeppelin__is_read() -> None:
    answer = compile_text('import "node_modules/@openzeppelin/contracts/utils/Panic.sol"; contract Sample {}')
    assert not errors(answer)
    assert "node_modules/@openzeppelin/contracts/utils/Panic.sol" in answer["contracts"]


@pytest.mark.parametrize("path", ["/etc/passwd", "contracts/../package.json", "node_modules/solc/soljson.js"])
def test_standard_json__import_from_elsewhere__is_refused(path: str) -> None:
    (message,) = errors(compile_text(f'import "{path}"; contract Sample {{}}'))
    assert "not found in contracts" in message
