"""Encrypted keystores and where their passwords come from."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from eth_account import Account

from trustspace.adapters.keys.keystore import PASSWORD_FILE, open_keystore, read_password, write_keystore
from trustspace.crypto.signing import SigningKey
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidKey, SignerMissing

if TYPE_CHECKING:
    from pathlib import Path

SECRET = keccak(b"kept in a keystore")


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_FILE, raising=False)


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    path = tmp_path / "bank.json"
    write_keystore(path, SECRET, "horse 马", light=True)
    return path


def test_open_keystore__right_password__gives_the_key(keystore: Path) -> None:
    assert open_keystore(keystore, ask=lambda _: "horse 马").address == SigningKey(SECRET).address


def test_open_keystore__written_by_eth_account__is_understood(tmp_path: Path) -> None:
    path = tmp_path / "geth.json"
    path.write_text(json.dumps(Account.encrypt(SECRET, "horse", kdf="pbkdf2", iterations=2)))
    assert open_keystore(path, ask=lambda _: "horse").address == SigningKey(SECRET).address


def test_open_keystore__wrong_password__says_so_and_shows_nothing(keystore: Path) -> None:
    with pytest.raises(InvalidKey, match="wrong password") as raised:
        open_keystore(keystore, ask=lambda _: "donkey")
    assert "donkey" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 3, "crypto": {}}', "no json"])
def test_open_keystore__damaged_file__is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(text)
    with pytest.raises(InvalidKey, match=r"damaged\.json: not a keystore"):
        open_keystore(path, ask=lambda _: "horse")


def test_open_keystore__no_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(SignerMissing, match="no such keystore"):
        open_keystore(tmp_path / "none.json", ask=lambda _: "horse")


def test_write_keystore__is_for_its_owner_only_and_overwrites_nothing(keystore: Path) -> None:
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_keystore(keystore, SECRET, "horse", light=True)


def test_read_password__option_before_variable_before_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    option, variable = tmp_path / "option", tmp_path / "variable"
    option.write_text("from the option\nsecond line\n")
    variable.write_text("from the variable")
    assert read_password("?", ask=lambda prompt: f"asked {prompt}") == "asked ?"
    monkeypatch.setenv(PASSWORD_FILE, str(variable))
    assert read_password("?") == "from the variable"
    assert read_password("?", password_file=option) == "from the option"


def test_read_password__no_terminal__names_the_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(SignerMissing, match=r"no terminal .* TRUSTSPACE_PASSWORD_FILE"):
        read_password("?")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_read_password__file_missing_empty_or_unreadable__is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SignerMissing, match="password file"):
        read_password("?", password_file=file)


def test_open_keystore__nested_without_end__is_named(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text("[" * 100_000)
    with pytest.raises(InvalidKey, match=r"key\.json"):
        open_keystore(tmp_path / "key.json", ask=lambda _: "")
