"""Openings of anchored batches in one file per export: JSON lines, one batch each, readable by the owner alone.

{"subject": "0x…", "nonce": hex, "salts": hex, "invoices": [hex of canonical bytes, …]}
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from trustspace.domain.ids import SubjectId
from trustspace.encoding.address import normal_address
from trustspace.encoding.canonical import canonical_bytes, parse_canonical
from trustspace.encoding.commitments import SALT_BYTES
from trustspace.errors import InvalidTable, TrustspaceError
from trustspace.services.registration import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OWNER_ONLY = 0o600
NONCE_BYTES = 32


def write_openings(path: Path, openings: Iterable[Opening]) -> None:
    """Write all or nothing: a temporary file beside it, flushed to disk, then renamed."""
    temporary = path.with_name(path.name + ".part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        for opening in openings:
            line = {
                "subject": opening.subject,
                "nonce": opening.nonce.hex(),
                "salts": opening.salts.hex(),
                "invoices": [canonical_bytes(invoice).hex() for invoice in opening.invoices],
            }
            stream.write(json.dumps(line) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def read_openings(path: Path) -> tuple[Opening, ...]:
    """Openings of a file. Raises InvalidTable naming the line that is none."""
    openings = []
    with path.open(encoding="ascii", errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            try:
                opening = _opening(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError, TrustspaceError) as error:
                raise InvalidTable(
                    "not the opening of a batch", file=path.name, line=number, remedy="restore it from a backup"
                ) from error
            openings.append(opening)
    return tuple(openings)


def _opening(raw: dict[str, Any]) -> Opening:
    address, items = raw["subject"], raw["invoices"]
    if not isinstance(address, str) or not isinstance(items, list):
        raise TypeError("subject is a text, invoices a list")
    invoices = tuple(parse_canonical(bytes.fromhex(item)) for item in items)
    nonce, salts = bytes.fromhex(raw["nonce"]), bytes.fromhex(raw["salts"])
    if (len(nonce), len(salts)) != (NONCE_BYTES, SALT_BYTES * len(invoices)):
        raise ValueError(f"nonce of {len(nonce)} bytes, salts of {len(salts)} for {len(invoices)} invoices")
    return Opening(subject=SubjectId(normal_address(address)), nonce=nonce, salts=salts, invoices=invoices)
