"""Imports point downward: apps -> adapters -> services -> learning -> crypto -> encoding -> domain -> ports, errors."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "offchain" / "trustspace"

# What a layer may import besides itself; anything not named here is refused.
FOUNDATION = {"errors", "domain"}
MAY_IMPORT = {
    "errors": set(),
    "domain": {"errors"},
    "ports": {"errors", "domain"},
    "encoding": FOUNDATION,
    "crypto": FOUNDATION | {"encoding"},
    "learning": FOUNDATION | {"encoding", "crypto"},
    "services": FOUNDATION | {"ports", "encoding", "crypto", "learning"},
    "adapters": FOUNDATION | {"ports", "encoding", "crypto", "learning", "services"},
    "testing": FOUNDATION | {"ports", "encoding", "crypto", "learning", "services", "adapters"},
    "apps": FOUNDATION | {"ports", "encoding", "crypto", "learning", "services", "adapters"},
    "": FOUNDATION | {"apps"},  # the package itself shows the SDK
}
FORBIDDEN_ANYWHERE = {"brownie", "scripts", "solcx", "tests"}
ONLY_IN_ADAPTERS_AND_ABOVE = {
    "web3",
    "eth_account",
    "sqlite3",
    "requests",
    "urllib3",
    "typer",
    "rich",
    "subprocess",
    "socket",
}
NOT_IN_DOMAIN = {"numpy", "cryptography", "secrets", "random", "time", "os", "pathlib"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer_of(module: Path) -> str:
    first = module.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            assert node.module is not None
            yield node.module
            if node.module == "trustspace":
                yield from (f"trustspace.{alias.name}" for alias in node.names if alias.name != "__version__")


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports__point_downward(module: Path) -> None:
    layer = layer_of(module)
    for name in imported(module):
        top, *rest = name.split(".")
        assert top not in FORBIDDEN_ANYWHERE, f"{module} imports {name}"
        if top == "trustspace" and rest:
            target = rest[0]
            assert target == layer or target in MAY_IMPORT[layer], f"{layer or 'package'} imports {name}"
        if layer not in {"adapters", "apps", "testing", ""}:
            assert top not in ONLY_IN_ADAPTERS_AND_ABOVE, f"{layer} does input or output: imports {name}"
        if layer == "domain":
            assert top not in NOT_IN_DOMAIN, f"the domain is pure: imports {name}"


def test_every_layer__is_known() -> None:
    found = {layer_of(module) for module in modules()}
    assert found <= set(MAY_IMPORT), found - set(MAY_IMPORT)
