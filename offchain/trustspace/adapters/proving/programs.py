"""The programs behind proofs: Barretenberg, which proves, and node, which runs circuits to find their witnesses."""

from __future__ import annotations

from pathlib import Path

from trustspace.adapters.programs import CHECKOUT, find_program
from trustspace.errors import ToolMissing


def find_bb() -> Path:
    """TRUSTSPACE_BB, else the checkout's .tools/bin, else the PATH. Raises ToolMissing."""
    return find_program("bb", title="Barretenberg (bb)", remedy="take it from npm's @aztec/bb.js 5.0.0")


def find_node() -> Path:
    """TRUSTSPACE_NODE, else the checkout's .tools/bin, else the PATH. Raises ToolMissing."""
    return find_program("node", title="node", remedy="install Node.js 20 or later")


def find_node_modules() -> Path:
    """The folder with Noir's packages, which node must find. Raises ToolMissing."""
    folder = CHECKOUT / "node_modules"
    if not (folder / "@noir-lang" / "noir_js").is_dir():
        raise ToolMissing("@noir-lang/noir_js is not installed", where=str(folder), remedy="in a checkout: ./run setup")
    return folder
