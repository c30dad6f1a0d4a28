"""Fingerprints from what `trustspace fingerprint --json` prints: a list of objects, one per invoice and epoch.

[{"number": "00420017", "epoch": 1, "strict": "0x…", "parties": "0x…", "digits": "0x…" or null}, …]
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trustspace.domain.fingerprints import EpochFingerprints
from trustspace.domain.liens import InvoicePrints
from trustspace.errors import InvalidTable, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGEST = 32
_REMEDY = "pass what `trustspace fingerprint --json` printed"


def read_prints(text: str, *, source: str, seller: str = "") -> tuple[InvoicePrints, ...]:
    """Invoices in the order of their first line, labelled by number, or `seller:number` when a seller is named.

    Raises InvalidTable naming the entry that is wrong.
    """
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidTable("no JSON", file=source, remedy=_REMEDY) from error
    if not isinstance(rows, list) or not rows:
        raise InvalidTable("no list of fingerprints", file=source, remedy=_REMEDY)
    found: dict[str, list[EpochFingerprints]] = {}
    for line, row in enumerate(rows, 1):
        try:
            number, prints = _row(row)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidTable("not the fingerprints of an invoice", file=source, line=line, remedy=_REMEDY) from error
        found.setdefault(f"{seller}:{number}" if seller else number, []).append(prints)
    try:
        return tuple(InvoicePrints(label=label, epochs=_sorted(epochs)) for label, epochs in found.items())
    except OutOfRange as error:
        raise InvalidTable(
            error.message, file=source, remedy="an invoice's number must stand once per epoch"
        ) from error


def _sorted(epochs: Sequence[EpochFingerprints]) -> tuple[EpochFingerprints, ...]:
    return tuple(sorted(epochs, key=lambda item: item.epoch))


def _row(row: dict[str, Any]) -> tuple[str, EpochFingerprints]:
    number, epoch = row["number"], row["epoch"]
    if not isinstance(number, str) or type(epoch) is not int or epoch < 1:
        raise TypeError("number is a text, epoch a positive integer")
    digits = row["digits"]
    return number, EpochFingerprints(
        epoch=epoch,
        strict=_digest(row["strict"]),
        parties=_digest(row["parties"]),
        digits=None if digits is None else _digest(digits),
    )


def _digest(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("a fingerprint is a text")
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != _DIGEST:
        raise ValueError(f"{len(raw)} bytes")
    return raw
