"""Challenges that this bank gave, in one SQLite file: each is answered once, and in time.

Rows stay: a challenge that was forgotten could not be told from one that is kept somewhere else.
"""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

from trustspace.domain.credentials import ChallengeState
from trustspace.errors import InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS challenges (
    challenge TEXT PRIMARY KEY, until INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0) STRICT;
"""


class SqliteChallengeBook:
    """`services.credential_desk.ChallengeBook` in a file, for any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open or create it, readable by the owner alone. Raises InvalidSettings when the file is something else."""
        path.touch(mode=0o600)
        self._lock = Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise InvalidSettings(f"no book of challenges: {error}", where=str(path), remedy="name another") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def keep(self, challenge: str, *, until: int) -> None:
        """Remember a new challenge, to be answered until UTC seconds `until`."""
        with self._lock:
            self._connection.execute("INSERT INTO challenges (challenge, until) VALUES (?, ?)", (challenge, until))

    def state(self, challenge: str, *, now: int) -> ChallengeState:
        """What became of a challenge."""
        with self._lock:
            row = self._connection.execute(
                "SELECT until, spent FROM challenges WHERE challenge = ?", (challenge,)
            ).fetchone()
        if row is None:
            return ChallengeState.STRANGE
        if row[1]:
            return ChallengeState.SPENT
        return ChallengeState.OPEN if now <= row[0] else ChallengeState.EXPIRED

    def spend(self, challenge: str) -> bool:
        """Mark a challenge as answered; False when somebody was first."""
        with self._lock:
            changed = self._connection.execute(
                "UPDATE challenges SET spent = 1 WHERE challenge = ? AND spent = 0", (challenge,)
            )
            return changed.rowcount == 1
