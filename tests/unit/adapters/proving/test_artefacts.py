"""Reading the package's compiled circuits."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from trustspace.adapters.proving.artefacts import MANIFEST, PACKAGED, load_artefacts
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.errors import InvalidSettings, ToolMissing

WORD = 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "circuits"
    shutil.copytree(PACKAGED, copied)
    return copied


def test_load_artefacts__package__every_file_as_the_manifest_says() -> None:
    artefacts = load_artefacts()
    artefacts.check()
    assert set(artefacts.circuits) == set(Circuit)
    assert artefacts.mode is SetupMode.DEV
    named = {name for artefact in artefacts.circuits.values() for name in artefact.digests}
    assert {file.name for file in PACKAGED.iterdir()} == named | {MANIFEST}


@pytest.mark.parametrize("circuit", Circuit)
def test_artefact__facts__follow_from_the_files(circuit: Circuit) -> None:
    artefact = load_artefacts()[circuit]
    key = artefact.key_path.read_bytes()
    assert artefact.circuit_hash == hashlib.sha256(artefact.acir).digest()
    assert artefact.key_hash == hashlib.sha256(key).digest()
    assert artefact.log_size == int.from_bytes(key[:WORD], "big")
    assert artefact.gates <= 1 << artefact.log_size
    assert set(artefact.program) == {"noir_version", "hash", "abi", "bytecode"}


@pytest.mark.parametrize("circuit", Circuit)
def test_artefact__public_inputs__those_of_the_abi(circuit: Circuit) -> None:
    artefact = load_artefacts()[circuit]
    public = [item["type"] for item in artefact.program["abi"]["parameters"] if item["visibility"] == "public"]
    assert artefact.public_inputs == sum(kind.get("length", 1) for kind in public)


@pytest.mark.parametrize("circuit", Circuit)
def test_artefact__whatever_was_built__holds_no_path(circuit: Circuit) -> None:
    artefact = load_artefacts()[circuit]
    for text in (artefact.program_path.read_bytes(), artefact.acir, artefact.verifier_code):
        assert b"/src/" not in text
        assert b".nr" not in text


@pytest.mark.parametrize("kind", ["json", "vk", "bin"])
def test_check__file_changed__says_which(folder: Path, kind: str) -> None:
    path = folder / f"score_trees.{kind}"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(InvalidSettings, match=rf"score_trees\.{kind}: not the file that the manifest names"):
        load_artefacts(folder).check()


def test_check__file_missing__says_which_and_what_to_do(folder: Path) -> None:
    (folder / "invoice_range.vk").unlink()
    with pytest.raises(ToolMissing, match=r"invoice_range\.vk: compiled circuit missing .*\./run circuits"):
        load_artefacts(folder).check()


def test_load_artefacts__no_folder__says_so(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="no compiled circuits"):
        load_artefacts(tmp_path / "none")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format 2, not 1"),
        ({"circuits": {}}, "damaged manifest"),
        ({"setup": {"mode": "test", "hash": ""}}, "damaged manifest"),
        ({"setup": {"mode": "dev", "hash": "xy"}}, "damaged manifest"),
        ({"setup": {"mode": 1, "hash": ""}}, "damaged manifest"),
    ],
)
def test_load_artefacts__manifest_unfit__says_so(folder: Path, change: dict[str, object], message: str) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidSettings, match=message):
        load_artefacts(folder)


def test_load_artefacts__manifest_leaves_a_file_out__says_so(folder: Path) -> None:
    path = folder / MANIFEST
    content = json.loads(path.read_text())
    del content["circuits"]["score_card"]["files"]["score_card.bin"]
    path.write_text(json.dumps(content))
    with pytest.raises(InvalidSettings, match="damaged manifest"):
        load_artefacts(folder)


@pytest.mark.parametrize("content", ["{", "[" * 100_000, "[]"])
def test_load_artefacts__no_json__says_so(folder: Path, content: str) -> None:
    (folder / MANIFEST).write_text(content)
    with pytest.raises(InvalidSettings, match="no manifest of circuits"):
        load_artefacts(folder)
