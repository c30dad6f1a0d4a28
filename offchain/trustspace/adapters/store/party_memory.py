"""A party's memory of one run in a file: SQLite, readable by its owner alone, held by one process at a time.

What it holds is as delicate as the table it stands beside: the keys of the round in progress. They are overwritten when
the round is over (`secure_delete`); what a disk keeps of overwritten bytes is the disk's affair.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from trustspace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OWNER_ONLY = 0o600
BUSY_SECONDS = 1.0
_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID"


class FileMemory:
    """`ports.PartyMemory` that outlives its process."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises InputError when it is no memory, or another process holds it."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        path.chmod(OWNER_ONLY)
        self._path = path
        self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("locking_mode=EXCLUSIVE", "secure_delete=ON", "journal_mode=TRUNCATE", "synchronous=FULL"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute(_SCHEMA)
            self._connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self.close()
            raise InputError(
                f"cannot be used: {error}",
                where=str(path),
                remedy="one process uses it at a time; when it is damaged, the run goes on without this party",
            ) from error

    def recall(self, name: str) -> bytes | None:
        """What is kept under a name."""
        row = self._connection.execute("SELECT content FROM kept WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else None

    def keep(self, changes: Mapping[str, bytes | None]) -> None:
        """Keep or forget, all or nothing, flushed to the disk."""
        with self._connection:
            self._connection.execute("BEGIN")
            for name, content in changes.items():
                if content is None:
                    self._connection.execute("DELETE FROM kept WHERE name = ?", (name,))
                else:
                    self._connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, content))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
