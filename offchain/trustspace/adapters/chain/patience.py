"""How long to wait for a transaction, and when to do something about it."""

from __future__ import annotations

import time

FIRST_POLL, LAST_POLL = 0.001, 0.25  # seconds between looks; doubles
FIRST_PUSH, LAST_PUSH = 1.0, 10.0  # seconds between broadcasts of the same bytes; doubles
LOOKS_BEFORE_PUSH = 3


class Patience:
    """When to look, when to broadcast again and when to give up; progress makes it patient anew."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: object = None
        self._poll = FIRST_POLL
        self._deadline = 0.0
        self._restart()
        self._push_at = 0.0
        self._push_pause = FIRST_PUSH
        self._looks = 0

    def note(self, progress: object) -> None:
        """Tell how far things are."""
        if progress != self._seen:
            self._seen = progress
            self._restart()

    def may_push(self) -> bool:
        """Whether it is time to broadcast again: at the third look, then after ever longer pauses."""
        self._looks += 1
        now = time.monotonic()
        if self._looks < LOOKS_BEFORE_PUSH or now < self._push_at:
            return False
        self._push_at = now + self._push_pause
        self._push_pause = min(2 * self._push_pause, LAST_PUSH)
        return True

    def pause(self) -> float:
        """Seconds until the next look."""
        pause, self._poll = self._poll, min(2 * self._poll, LAST_POLL)
        return pause

    def exhausted(self) -> bool:
        """Whether nothing happened for too long."""
        return time.monotonic() > self._deadline

    def _restart(self) -> None:
        self._deadline = time.monotonic() + self._seconds
        self._poll = FIRST_POLL
