"""Typed access to the TOML files of runs and workers."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from trustspace.apps.options import SigningOptions
from trustspace.errors import InvalidPlan

_SIGNING = {"keystore", "password_file", "signer", "account"}


class ConfigFile:
    """Typed access to the parsed file, with errors that name the place."""

    def __init__(self, path: Path, known: set[str]) -> None:
        """Parse it; `known`: its tables. Raises InvalidPlan naming file and field."""
        self._path = path
        try:
            self.content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InvalidPlan(f"cannot be read: {error}", where=str(path), remedy="see the command's --help") from error
        self.only(self.content, "", known)

    def wrong(self, field: str, remedy: str) -> InvalidPlan:
        """The error for a field."""
        return InvalidPlan("is missing or wrong", where=f"{self._path}, {field}", remedy=remedy)

    def only(self, table: dict[str, Any], where: str, known: set[str]) -> None:
        """Refuse misspelt keys: they would be ignored silently."""
        for name in table.keys() - known:
            raise self.wrong(f"{where}.{name}".lstrip("."), f"known are {', '.join(sorted(known))}")

    def table(self, name: str) -> dict[str, Any]:
        """A required table."""
        found = self.content.get(name)
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
