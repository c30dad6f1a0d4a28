"""The package's circuits are what the sources build to, whoever builds them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.build_circuits import CIRCUITS, ROOT, compile_circuits
from trustspace.adapters.proving.artefacts import MANIFEST, PACKAGED, load_artefacts
from trustspace.domain.proofs import Circuit

LAYOUT = CIRCUITS / "common" / "src" / "statistics_layout.nr"


def test_circuits__equal_a_fresh_build() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.build_circuits", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_compile_circuits__from_another_folder__same_program(tmp_path: Path) -> None:
    shutil.copytree(CIRCUITS, tmp_path / "elsewhere")
    compile_circuits(tmp_path, tmp_path / "elsewhere", ("invoice_range",))
    assert (tmp_path / "invoice_range.json").read_bytes() == (PACKAGED / "invoice_range.json").read_bytes()


def test_compile_circuits__error__refused(tmp_path: Path) -> None:
    shutil.copytree(CIRCUITS, tmp_path / "circuits")
    source = tmp_path / "circuits" / "invoice_range" / "src" / "main.nr"
    source.write_text(source.read_text() + "}")
    with pytest.raises(SystemExit, match="invoice_range"):
        compile_circuits(tmp_path, tmp_path / "circuits", ("invoice_range",))


@pytest.mark.parametrize("circuit", Circuit)
def test_readme__figures__those_of_the_manifest(circuit: Circuit) -> None:
    artefact = load_artefacts()[circuit]
    entry = json.loads((PACKAGED / MANIFEST).read_text())["circuits"][circuit]
    row = f"| {artefact.gates:,} | {artefact.log_size} | {entry['opcodes']:,} | {artefact.public_inputs} |"
    assert any(line.startswith(f"| [{circuit}]") and row in line for line in overview())
    own = (CIRCUITS / circuit / "README.md").read_text()
    assert f"{artefact.gates:,} gates (2^{artefact.log_size})" in own


def overview() -> list[str]:
    return (CIRCUITS / "README.md").read_text().splitlines()


def test_layout_of_statistics__as_the_package_has_it() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "circuit_layout.py"], capture_output=True, text=True, check=True
    )
    assert done.stdout == LAYOUT.read_text()
