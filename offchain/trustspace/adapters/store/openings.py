"""Openings of anchored batches in one file per export: JSON lines, one batch each, readable by the owner alone.

{"subject": "0x…", "nonce": hex, "salts": hex, "scheme": "fields" or "whole", "invoices": [hex of canonical bytes, …],
 "secrets": hex}

A line without a scheme is one of whole invoices, as all were before there were fields. Batches that cannot be proven
about have no secrets.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trustspace.adapters.store.files import write_private
from trustspace.domain.disclosure import CommitmentScheme
from trustspace.domain.ids import SubjectId
from trustspace.encoding.address import normal_address
from trustspace.encoding.canonical import canonical_bytes, parse_canonical
from trustspace.encoding.commitments import SALT_BYTES
from trustspace.encoding.provable_batch import SECRET_BYTES
from trustspace.errors import InvalidTable, TrustspaceError
from trustspace.services.registration import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCHEMES = {scheme.name.lower(): scheme for scheme in CommitmentScheme}
NONCE_BYTES = 32


def write_openings(path: Path, openings: Iterable[Opening]) -> None:
    """Write all or nothing."""
    write_private(path, map(_line, openings))


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


def _line(opening: Opening) -> bytes:
    line = {
        "subject": opening.subject,
        "nonce": opening.nonce.hex(),
        "salts": opening.salts.hex(),
        "scheme": opening.scheme.name.lower(),
        "invoices": [canonical_bytes(invoice).hex() for invoice in opening.invoices],
    }
    if opening.secrets:
        line["secrets"] = opening.secrets.hex()
    return json.dumps(line).encode("ascii") + b"\n"


def _opening(raw: dict[str, Any]) -> Opening:
    address, items = raw["subject"], raw["invoices"]
    if not isinstance(address, str) or not isinstance(items, list):
        raise TypeError("subject is a text, invoices a list")
    invoices = tuple(parse_canonical(bytes.fromhex(item)) for item in items)
    nonce, salts = bytes.fromhex(raw["nonce"]), bytes.fromhex(raw["salts"])
    if (len(nonce), len(salts)) != (NONCE_BYTES, SALT_BYTES * len(invoices)):
        raise ValueError(f"nonce of {len(nonce)} bytes, salts of {len(salts)} for {len(invoices)} invoices")
    secrets = bytes.fromhex(raw.get("secrets", ""))
    if len(secrets) not in (0, SECRET_BYTES * len(invoices)):
        raise ValueError(f"secrets of {len(secrets)} bytes for {len(invoices)} invoices")
    return Opening(
        subject=SubjectId(normal_address(address)),
        nonce=nonce,
        salts=salts,
        invoices=invoices,
        scheme=SCHEMES[raw.get("scheme", "whole")],
        secrets=secrets,
    )
