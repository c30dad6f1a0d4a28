"""A keyholder's quotas and log in one SQLite file: what is counted is on disk before anything is answered.

The log is a chain of hashes, every part in its fixed width:

    head = keccak(before || place || request || bank || seller || agreement || day || elements || time || signature)

Its head is anchored on the ledger, so that no entry can be dropped; and none can be invented, as every one carries the
signature of the bank that asked (its hash here).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from trustspace.domain.fingerprints import LogHead
from trustspace.encoding.hashing import address_word, keccak, uint_word
from trustspace.errors import AuditMismatch, DuplicateMessage, QuotaExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustspace.domain.fingerprints import EvaluationRequest
    from trustspace.domain.ids import ParticipantId

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    place INTEGER PRIMARY KEY, request BLOB NOT NULL UNIQUE, bank INTEGER NOT NULL, seller TEXT NOT NULL,
    agreement BLOB NOT NULL, day INTEGER NOT NULL, elements INTEGER NOT NULL, total INTEGER NOT NULL,
    at INTEGER NOT NULL, signature BLOB NOT NULL, head BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counts (
    bank INTEGER NOT NULL, seller TEXT NOT NULL, day INTEGER NOT NULL, elements INTEGER NOT NULL,
    PRIMARY KEY (bank, seller, day)) STRICT;
"""
EMPTY = LogHead(entries=0, evaluations=0, head=bytes(32))


class SqliteEvaluationBook:
    """`ports.EvaluationBook` in a file. One process, any number of threads."""

    def __init__(self, path: Path) -> None:
        """Open or create it, readable by the owner alone."""
        path.touch(mode=0o600)
        self._path = path
        self._lock = Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def enter(self, request: EvaluationRequest, digest: bytes, bank: ParticipantId, *, quota: int, now: int) -> LogHead:
        """Count and log, or neither."""
        elements, day, seller = len(request.blinded), request.day, str(request.seller)
        with self._writing() as database:
            if database.execute("SELECT 1 FROM entries WHERE request = ?", (digest,)).fetchone():
                raise DuplicateMessage(
                    "this request was answered before", where=f"participant {bank}", remedy="sign a new one"
                )
            row = database.execute(
                "SELECT elements FROM counts WHERE bank = ? AND seller = ? AND day = ?", (bank, seller, day)
            ).fetchone()
            used = row[0] if row else 0
            if used + elements > quota:
                raise QuotaExceeded(
                    f"{used} of {quota} evaluations of day {day} are used, {elements} are asked for",
                    where=f"participant {bank}, seller {seller}",
                    remedy="go on tomorrow, or ask the keyholder for a larger quota",
                )
            database.execute("INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?)", (bank, seller, day, used + elements))
            before = self._head(database)
            head = LogHead(
                entries=before.entries + 1,
                evaluations=before.evaluations + elements,
                head=entry_hash(before.head, before.entries + 1, request, digest, bank, now),
            )
            database.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    head.entries, digest, bank, seller, bytes(request.agreement), day, elements, head.evaluations, now,
                    request.signature, head.head,
                ),
            )  # fmt: skip
            return head

    def head(self) -> LogHead:
        """The last entry; zeros when there is none."""
        with self._lock:
            return self._head(self._connection)

    def require_continues(self, anchored: LogHead) -> None:
        """Check that this is the log whose head stands on the ledger, or a longer one.

        Raises AuditMismatch: a lost or older file would give every bank its quota again.
        """
        if not anchored.entries:
            return
        with (
            self._lock,
            closing(
                self._connection.execute("SELECT total, head FROM entries WHERE place = ?", (anchored.entries,))
            ) as found,
        ):
            row = found.fetchone()
        if row is None or (row[0], bytes(row[1])) != (anchored.evaluations, anchored.head):
            raise AuditMismatch(
                f"not the log that is anchored on the ledger with {anchored.entries} entries",
                where=str(self._path),
                remedy="restore the log's file; a fresh one would count from zero again",
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @staticmethod
    def _head(database: sqlite3.Connection) -> LogHead:
        row = database.execute("SELECT place, total, head FROM entries ORDER BY place DESC LIMIT 1").fetchone()
        return LogHead(entries=row[0], evaluations=row[1], head=bytes(row[2])) if row else EMPTY


def entry_hash(
    before: bytes, place: int, request: EvaluationRequest, digest: bytes, bank: ParticipantId, now: int
) -> bytes:
    """Hash of an entry; anybody with the log's rows recomputes the chain."""
    return keccak(
        before
        + uint_word(place, 64)
        + digest
        + uint_word(bank, 16)
        + address_word(request.seller)
        + bytes(request.agreement)
        + uint_word(request.day, 16)
        + uint_word(len(request.blinded), 32)
        + uint_word(now, 64)
        + keccak(request.signature)
    )
