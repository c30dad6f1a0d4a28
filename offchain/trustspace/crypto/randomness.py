"""The operating system's randomness, the only source of salts, nonces and keys."""

from __future__ import annotations

import secrets


class SystemRandomness:
    """`ports.Randomness` over `secrets`."""

    def bytes(self, count: int) -> bytes:
        """`count` unpredictable bytes."""
        return secrets.token_bytes(count)
