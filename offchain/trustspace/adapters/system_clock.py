"""The machine's clock: `ports.Clock`."""

from __future__ import annotations

import time


class SystemClock:
    """UTC seconds of this machine; keep it synchronised."""

    def now(self) -> int:
        """UTC seconds."""
        return int(time.time())
