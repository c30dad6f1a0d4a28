"""What the commands' TOML files have in common."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from trustspace.apps.options import SigningOptions
from trustspace.errors import InputError

_SIGNING = {"keystore", "password_file", "signer", "account"}


class SettingsFile:
    """A TOML file with typed access, and errors that name the place."""

    def __init__(self, path: Path, error: type[InputError], *, remedy: str) -> None:
        """Parse a file. Raises `error` when that cannot be done."""
        self._path = path
        self._error = error
        try:
            self.content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise error(f"cannot be read: {problem}", where=str(path), remedy=remedy) from problem

    def wrong(self, field: str, remedy: str) -> InputError:
        """The error for a field."""
        return self._error("is missing or wrong", where=f"{self._path}, {field}", remedy=remedy)

    def only(self, table: dict[str, Any], where: str, known: set[str]) -> None:
        """Refuse misspelt keys: they would be ignored silently."""
        for name in table.keys() - known:
            raise self.wrong(f"{where}.{name}".lstrip("."), f"known are {', '.join(sorted(known))}")

    def table(self, content: dict[str, Any], name: str) -> dict[str, Any]:
        """A required table."""
        found = content.get(name)
        if not isinstance(found, dict):
            raise self.wrong(name, f"add a [{name}] table")
        return found

    def text(self, table: dict[str, Any], field: str) -> str:
        """A required, non-empty string; `field` ends in its key."""
        found = table.get(field.rpartition(".")[2])
        if not isinstance(found, str) or not found:
            raise self.wrong(field, "a text in quotes")
        return found

    def path(self, table: dict[str, Any], field: str) -> Path:
        """A required path, relative to the file."""
        return self._path.parent / self.text(table, field)

    def number(self, table: dict[str, Any], field: str, low: int, high: int) -> int:
        """A required whole number between `low` and `high`."""
        found = table.get(field.rpartition(".")[2])
        if type(found) is not int or not low <= found <= high:
            raise self.wrong(field, f"a whole number from {low} to {high}")
        return found

    def tables(self, content: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """One or more tables of a name."""
        found = content.get(name)
        if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
            raise self.wrong(name, f"one [[{name}]] or more")
        return found

    def signing(self, table: dict[str, Any], where: str, others: set[str]) -> SigningOptions:
        """Who signs."""
        self.only(table, where, _SIGNING | others)
        paths = {
            key: self.path(table, f"{where}.{key}") if key in table else None for key in ("keystore", "password_file")
        }
        texts = {key: self.text(table, f"{where}.{key}") if key in table else None for key in ("signer", "account")}
        return SigningOptions(
            keystore=paths["keystore"],
            password_file=paths["password_file"],
            signer=texts["signer"],
            account=texts["account"],
        )
