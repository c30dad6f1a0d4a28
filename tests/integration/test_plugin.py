"""The pytest plugin as integrators use it: the page's own example runs, and other tests pay nothing for the plugin."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to-test-your-integration.md"
HEAVY = ("web3", "eth_account", "eth_abi", "numpy", "sqlite3", "trustspace.adapters", "trustspace.testing.kit")


def run_pytest(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:pytest-brownie", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_plugin__example_of_the_page__passes(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    done = run_pytest(tmp_path, example)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_plugin__tests_that_do_not_ask_for_it__import_nothing_of_it(tmp_path: Path) -> None:
    listed = ", ".join(repr(name) for name in HEAVY)
    text = f"import sys\n\ndef test_it():\n    assert not [name for name in ({listed},) if name in sys.modules]\n"
    plugins = ("-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:anyio", "-p", "no:pytest_ethereum")
    done = run_pytest(tmp_path, text, *plugins)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_plugin__what_a_test_writes__is_undone_for_the_next(tmp_path: Path) -> None:
    body = """
def test_{n}(data_space):
    bank = data_space.actors.banks[0]
    assert bank.participants.encryption_keys(bank.participant) == ()
    bank.participants.set_encryption_key(bytes([{n} + 1]) * 32)
    bank.participants.set_encryption_key(bytes([{n} + 2]) * 32)
    assert len(bank.participants.encryption_keys(bank.participant)) == 2
"""
    done = run_pytest(tmp_path, "".join(body.format(n=number) for number in range(3)))
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_plugin__no_anvil__names_the_remedy(tmp_path: Path) -> None:
    text = "def test_it(data_space):\n    pass\n"
    (tmp_path / "conftest.py").write_text("import os\nos.environ['TRUSTSPACE_ANVIL'] = '/nowhere/anvil'\n")
    done = run_pytest(tmp_path, text)
    assert "ToolMissing: TRUSTSPACE_ANVIL=/nowhere/anvil is not a program" in done.stdout
