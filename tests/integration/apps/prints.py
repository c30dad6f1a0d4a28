"""What `trustspace fingerprint --json` prints, for tests of those who read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from pathlib import Path


def prints(folder: Path, *numbers: str, epochs: tuple[int, ...] = (1,), name: str = "") -> Path:
    """A file of fingerprints that no keyholder computed."""
    rows = [
        {
            "number": number,
            "epoch": epoch,
            "strict": "0x" + keccak(f"strict {number} {epoch}".encode()).hex(),
            "parties": "0x" + keccak(f"parties {number} {epoch}".encode()).hex(),
            "digits": None,
        }
        for number in numbers
        for epoch in epochs
    ]
    path = folder / (name or f"prints-{len(epochs)}-{'-'.join(numbers)}.json")
    path.write_text(json.dumps(rows))
    return path
