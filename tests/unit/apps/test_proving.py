"""Which keys may prove on which chain."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.proving.artefacts import PACKAGED
from trustspace.apps.proving import ProvingFolders
from trustspace.domain.proofs import SetupMode
from trustspace.errors import ToolMissing, WrongChain

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("chain", [1337, 31337])
def test_open_artefacts__the_packages_own_on_a_local_chain__taken(chain: int) -> None:
    assert ProvingFolders(setup=None, artefacts=None).open_artefacts(chain).mode is SetupMode.DEV


@pytest.mark.parametrize("chain", [1, 2018, 11155111])
def test_open_artefacts__the_packages_own_elsewhere__refused_with_the_way_out(chain: int) -> None:
    with pytest.raises(WrongChain, match=str(chain)) as caught:
        ProvingFolders(setup=None, artefacts=None).open_artefacts(chain)
    assert "ceremony" in caught.value.remedy


def test_open_artefacts__keys_of_a_ceremony__taken_everywhere(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["setup"] = {"mode": "consortium", "hash": "cd" * 32}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert ProvingFolders(setup=None, artefacts=folder).open_artefacts(2018).mode is SetupMode.CONSORTIUM


def test_open_artefacts__empty_folder__says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="no compiled circuits"):
        ProvingFolders(setup=None, artefacts=tmp_path).open_artefacts(31337)
