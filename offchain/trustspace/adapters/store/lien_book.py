"""A bank's own record of its liens in one SQLite file, readable by the owner alone.

Which pledges only fill up a batch is known here and nowhere else, and so are the salts until they are opened.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from trustspace.domain.ids import LienId
from trustspace.domain.liens import DraftedPledge, LienReference, OwnLien, Pledge, PledgeGroup, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (
    place INTEGER PRIMARY KEY, commitment BLOB NOT NULL UNIQUE, salt BLOB NOT NULL,
    opened INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS pledges (
    commitment BLOB NOT NULL REFERENCES groups (commitment), position INTEGER NOT NULL, label TEXT,
    fingerprint BLOB NOT NULL, older BLOB, share INTEGER NOT NULL, parties BLOB NOT NULL, digits BLOB NOT NULL,
    lien BLOB NOT NULL, refusal INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (commitment, position)) STRICT;
"""
_LIEN_BYTES = 8  # SQLite's integers are signed


class SqliteLienBook:
    """`services.lien_desk.LienBook` in a file, for one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create it."""
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path)
        self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, group: PledgeGroup) -> None:
        """On disk when it returns."""
        with self._connection as database:
            database.execute("INSERT INTO groups (commitment, salt) VALUES (?, ?)", (group.commitment, group.salt))
            database.executemany(
                "INSERT INTO pledges (commitment, position, label, fingerprint, older, share, parties, digits, lien)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(group.commitment, position, drafted) for position, drafted in enumerate(group.pledges)],
            )

    def unopened(self) -> tuple[PledgeGroup, ...]:
        """The oldest first."""
        with closing(self._connection.cursor()) as cursor:
            found = cursor.execute("SELECT commitment, salt FROM groups WHERE opened = 0 ORDER BY place").fetchall()
            return tuple(
                PledgeGroup(commitment=commitment, salt=salt, pledges=_pledges(cursor, commitment))
                for commitment, salt in found
            )

    def opened(self, commitment: bytes, refusals: Sequence[Refusal]) -> None:
        """On disk when it returns."""
        with self._connection as database:
            database.execute("UPDATE groups SET opened = 1 WHERE commitment = ?", (commitment,))
            database.executemany(
                "UPDATE pledges SET refusal = ? WHERE commitment = ? AND position = ?",
                [(int(refusal), commitment, position) for position, refusal in enumerate(refusals)],
            )

    def liens(self) -> tuple[OwnLien, ...]:
        """In the order in which they were kept."""
        with closing(self._connection.cursor()) as cursor:
            rows = cursor.execute(
                "SELECT label, fingerprint, lien, share, refusal FROM pledges JOIN groups USING (commitment)"
                " WHERE opened = 1 ORDER BY place, position"
            ).fetchall()
        return tuple(
            OwnLien(
                label=label,
                reference=LienReference(fingerprint=fingerprint, lien=_lien(lien)),
                share_bps=share,
                refusal=Refusal(refusal),
            )
            for label, fingerprint, lien, share, refusal in rows
        )


def _row(commitment: bytes, position: int, drafted: DraftedPledge) -> tuple[object, ...]:
    pledge = drafted.pledge
    return (
        commitment, position, drafted.label, pledge.fingerprint, pledge.older, pledge.share_bps, drafted.parties,
        drafted.digits, drafted.lien.to_bytes(_LIEN_BYTES, "big"),
    )  # fmt: skip


def _pledges(cursor: sqlite3.Cursor, commitment: bytes) -> tuple[DraftedPledge, ...]:
    rows = cursor.execute(
        "SELECT label, fingerprint, older, share, parties, digits, lien FROM pledges WHERE commitment = ?"
        " ORDER BY position",
        (commitment,),
    ).fetchall()
    return tuple(
        DraftedPledge(
            label=label,
            pledge=Pledge(fingerprint=fingerprint, older=older, share_bps=share),
            parties=parties,
            digits=digits,
            lien=_lien(lien),
        )
        for label, fingerprint, older, share, parties, digits, lien in rows
    )


def _lien(raw: bytes) -> LienId:
    return LienId(int.from_bytes(raw, "big"))
