"""Brings the head of a keyholder's log to the ledger now and then, and once more at the end."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

from trustspace.errors import LedgerError

if TYPE_CHECKING:
    from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys
    from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook
    from trustspace.domain.ids import ParticipantId

_LOG = logging.getLogger("trustspace.keyholder")


class LogAnchor:
    """A thread of its own; a chain that is away for a while is tried again next time."""

    def __init__(
        self, book: SqliteEvaluationBook, keys: FingerprintKeys, participant: ParticipantId, *, seconds: float
    ) -> None:
        """Nothing happens before `start`."""
        self._book = book
        self._keys = keys
        self._participant = participant
        self._seconds = seconds
        self._ended = Event()
        self._thread = Thread(target=self._run, name="log anchor", daemon=True)

    def start(self) -> None:
        """Begin to anchor."""
        self._thread.start()

    def stop(self) -> None:
        """Anchor what is left, if the chain is there, and end."""
        self._ended.set()
        self._thread.join()
        self._try()

    def anchor(self) -> bool:
        """Anchor now what is not anchored; whether there was anything. Raises LedgerError."""
        head = self._book.head()
        if head.entries <= self._keys.log_head(self._participant).entries:
            return False
        self._keys.anchor_log(head)
        _LOG.info("anchored %d entries with %d evaluations", head.entries, head.evaluations)
        return True

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self._try()

    def _try(self) -> None:
        try:
            self.anchor()
        except LedgerError as error:
            _LOG.warning("the log could not be anchored: %s", error)
