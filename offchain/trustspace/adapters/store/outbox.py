r"""Signed transactions, stored before they are sent (outbox pattern): a crash loses nothing and doubles nothing.

One row per signed transaction. Its life:

    SIGNED -> MINED -> FINAL                   done; the operation's id is used up
      ^         |  \-> FAILED                 reverted, finally: the operation may be tried again
      |         v
      +-- (reorganised away: same bytes are sent again)
    SIGNED -> DISPLACED                        a foreign transaction consumed its nonce, or the node refused it at
                                               first sight, or dearer fees replaced it: the operation is signed anew

A scope is one account on one chain; the chain is known by its id and the hash of its genesis block, so that a test
chain started anew is another scope.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

from trustspace.domain.ids import Address, OperationId
from trustspace.errors import InputError, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

BUSY_SECONDS = 30.0
REACH = 1_000  # a signature further above the chain than all that waits, and this, was made for a false count
MAX_NONCE = 2**63 - 1  # what SQLite holds
_SCHEMA = """
CREATE TABLE IF NOT EXISTS transactions (
    id INTEGER PRIMARY KEY,
    chain TEXT NOT NULL,
    sender TEXT NOT NULL,
    operation BLOB NOT NULL,
    content BLOB NOT NULL,
    label TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    hash BLOB NOT NULL,
    raw BLOB NOT NULL,
    state TEXT NOT NULL,
    receipt TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS one_nonce ON transactions (chain, sender, nonce) WHERE state <> 'displaced';
CREATE UNIQUE INDEX IF NOT EXISTS one_operation ON transactions (chain, sender, operation)
    WHERE state NOT IN ('displaced', 'failed');
CREATE INDEX IF NOT EXISTS unfinished ON transactions (chain, sender, nonce) WHERE state IN ('signed', 'mined');
"""
_COLUMNS = "id, operation, content, label, nonce, hash, raw, state, receipt"


class OutboxState(StrEnum):
    """Where a transaction stands."""

    SIGNED = "signed"
    MINED = "mined"
    FINAL = "final"
    FAILED = "failed"
    DISPLACED = "displaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One account on one chain."""

    chain: str
    sender: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What to sign. `content` is the hash of target, value and data; `label` names the call for people."""

    operation: OperationId
    content: bytes
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed transaction."""

    hash: bytes
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored transaction. `receipt` is the node's JSON, None before it was mined."""

    id: int
    operation: OperationId
    content: bytes
    label: str
    nonce: int
    hash: bytes
    raw: bytes
    state: OutboxState
    receipt: str | None


class Outbox:
    """A SQLite file (write-ahead log, every commit on disk), safe for several threads and processes."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or create the file, for its owner only; None keeps everything in memory, which survives no crash."""
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)  # SQLite gives its journals the mode of the file
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"no outbox: {error}",
                where=str(path),
                remedy="move it away and repeat the command: contracts ignore or refuse what is done already",
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def find(self, scope: Scope, operation: OperationId) -> Entry | None:
        """The latest transaction of an operation that was not displaced."""
        rows = self._entries(
            "chain = ? AND sender = ? AND operation = ? AND state <> 'displaced' ORDER BY id DESC LIMIT 1",
            (scope.chain, scope.sender, operation),
        )
        return rows[0] if rows else None

    def reserve(
        self, scope: Scope, drafts: Sequence[Draft], chain_nonce: int, sign: Callable[[int, int], Signed]
    ) -> list[Entry]:
        """Give each draft the next nonce, sign and store it; all or none.

        `sign(position, nonce)` signs one. `chain_nonce` is the first the chain has not seen. An operation that another
        thread or process stored meanwhile keeps its transaction.
        """
        with self._transaction():
            free = self._free_nonces(scope, chain_nonce)
            entries: list[Entry] = []
            for position, draft in enumerate(drafts):
                known = self.find(scope, draft.operation)
                if known is None or known.state is OutboxState.FAILED:
                    nonce = next(free)
                    known = self._insert(scope, draft, nonce, sign(position, nonce))
                entries.append(known)
            return entries

    def resign(self, scope: Scope, entry: Entry, chain_nonce: int, sign: Callable[[int], Signed]) -> Entry:
        """Mark `entry` as displaced and store the same operation under a new nonce, both or neither."""
        draft = Draft(operation=entry.operation, content=entry.content, label=entry.label)
        with self._transaction():
            self._move(entry.id, OutboxState.DISPLACED, None)
            nonce = next(self._free_nonces(scope, max(chain_nonce, entry.nonce + 1)))
            return self._insert(scope, draft, nonce, sign(nonce))

    def replace(self, scope: Scope, entry: Entry, sign: Callable[[], Signed]) -> Entry:
        """Mark `entry` as displaced and store the same operation signed anew with the same nonce, both or neither."""
        draft = Draft(operation=entry.operation, content=entry.content, label=entry.label)
        with self._transaction():
            self._move(entry.id, OutboxState.DISPLACED, None)
            return self._insert(scope, draft, entry.nonce, sign())

    def restore(self, entry: Entry, earlier: bytes) -> Entry | None:
        """Put the earlier signature with that hash in the place of `entry`; None if the operation had none such."""
        with self._transaction():
            rows = self._entries(
                "hash = ? AND operation = ? AND nonce = ? AND state = 'displaced'",
                (earlier, entry.operation, entry.nonce),
            )
            if not rows:
                return None
            self._move(entry.id, OutboxState.DISPLACED, None)
            self._move(rows[0].id, OutboxState.SIGNED, None)
            return replace(rows[0], state=OutboxState.SIGNED)

    def unfinished(self, scope: Scope) -> list[Entry]:
        """What is not final yet, by nonce."""
        return self._entries(
            "chain = ? AND sender = ? AND state IN ('signed', 'mined') ORDER BY nonce", (scope.chain, scope.sender)
        )

    def unfinished_count(self) -> int:
        """How many transactions of all accounts and chains are not final yet."""
        waiting = "SELECT count(*) FROM transactions WHERE state IN ('signed', 'mined')"
        found = self._connection.execute(waiting).fetchone()
        return int(found[0])

    def move(self, entries: Sequence[tuple[Entry, OutboxState, str | None]]) -> None:
        """Set state and receipt of several transactions at once."""
        with self._transaction():
            for entry, state, receipt in entries:
                self._move(entry.id, state, receipt)

    def _prepare(self) -> None:
        """Journal mode and tables. SQLite does not wait for a lock when the journal mode changes: so do it here."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)

    # --- rows --------------------------------------------------------------------------------------------------

    def _free_nonces(self, scope: Scope, chain_nonce: int) -> Iterator[int]:
        """Nonces to sign with: those given back that the chain has not seen, then those above all others.

        What was signed far above everything else that waits does not count: the node lied that once.
        """
        if not 0 <= chain_nonce <= MAX_NONCE - REACH:
            raise OutOfRange(f"{chain_nonce} is no nonce", where=f"account {scope.sender}", remedy="ask another node")
        mine = (scope.chain, scope.sender)
        given_back = self._connection.execute(
            "SELECT DISTINCT nonce FROM transactions WHERE chain = ? AND sender = ? AND state = 'displaced'"
            " AND nonce >= ? AND nonce NOT IN"
            " (SELECT nonce FROM transactions WHERE chain = ? AND sender = ? AND state <> 'displaced') ORDER BY nonce",
            (*mine, chain_nonce, *mine),
        ).fetchall()
        waiting = "SELECT count(*) FROM transactions WHERE chain = ? AND sender = ? AND state = 'signed'"
        limit = min(chain_nonce + REACH + int(self._connection.execute(waiting, mine).fetchone()[0]), MAX_NONCE)
        highest = self._connection.execute(
            "SELECT MAX(nonce) FROM transactions WHERE chain = ? AND sender = ?"
            " AND (state IN ('mined', 'final', 'failed') OR (state = 'signed' AND nonce < ?))",
            (*mine, limit),
        ).fetchone()[0]
        following = max(chain_nonce, 0 if highest is None else int(highest) + 1)
        yield from (nonce for (nonce,) in given_back if nonce < following)
        yield from count(following)

    def _insert(self, scope: Scope, draft: Draft, nonce: int, signed: Signed) -> Entry:
        cursor = self._connection.execute(
            "INSERT INTO transactions (chain, sender, operation, content, label, nonce, hash, raw, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'signed')",
            (scope.chain, scope.sender, draft.operation, draft.content, draft.label, nonce, signed.hash, signed.raw),
        )
        return Entry(
            id=int(cursor.lastrowid or 0),
            operation=draft.operation,
            content=draft.content,
            label=draft.label,
            nonce=nonce,
            hash=signed.hash,
            raw=signed.raw,
            state=OutboxState.SIGNED,
            receipt=None,
        )

    def _move(self, row: int, state: OutboxState, receipt: str | None) -> None:
        self._connection.execute(
            "UPDATE transactions SET state = ?, receipt = ? WHERE id = ?", (state.value, receipt, row)
        )

    def _entries(self, where: str, values: tuple[object, ...]) -> list[Entry]:
        with self._lock:
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM transactions WHERE {where}", values).fetchall()  # noqa: S608 - constant text
        return [
            Entry(
                id=row[0],
                operation=OperationId(row[1]),
                content=row[2],
                label=row[3],
                nonce=row[4],
                hash=row[5],
                raw=row[6],
                state=OutboxState(row[7]),
                receipt=row[8],
            )
            for row in rows
        ]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the write lock of the file from the first read on, so that no two processes take one nonce."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
