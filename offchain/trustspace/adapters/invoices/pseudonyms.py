"""Under which address a source's firms are known on chain: columns `subject,pseudonym`. Stays at the source."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.fields import parse_party
from trustspace.adapters.invoices.table import read_rows
from trustspace.domain.ids import SubjectId
from trustspace.encoding.address import normal_address
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = ("subject", "pseudonym")


def read_pseudonyms(path: Path | str) -> dict[str, SubjectId]:
    """Pseudonym of each subject. Raises InvalidTable, also for a subject or an address listed twice."""
    path = Path(path)
    pseudonyms: dict[str, SubjectId] = {}
    taken: set[SubjectId] = set()
    for place, (subject, address) in read_rows(path, HEADER):
        firm = parse_party(subject, place, "subject")
        try:
            pseudonym = SubjectId(normal_address(address))
        except OutOfRange as error:
            raise place.error("pseudonym", f"{address!r} is no address", "give 0x and 40 hexadecimal digits") from error
        if firm in pseudonyms:
            raise place.error("subject", f"{firm} is listed twice", "keep one row per firm")
        if pseudonym in taken:
            raise place.error("pseudonym", f"{pseudonym} is listed twice", "give each firm its own address")
        pseudonyms[firm] = pseudonym
        taken.add(pseudonym)
    return pseudonyms


def write_pseudonyms(path: Path | str, pseudonyms: Mapping[str, SubjectId]) -> None:
    """Write a table of this layout."""
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(pseudonyms.items())
