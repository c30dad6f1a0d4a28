"""Files of proof requests, one line each, and of a single total: secret, readable by their owner alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from trustspace.adapters.store.files import write_private
from trustspace.encoding import canonical_json
from trustspace.errors import InputError, InvalidTable
from trustspace.services.proof_jobs import ProofRequest, opened_total_from_json, opened_total_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from trustspace.services.features import OpenedTotal

LONGEST_LINE = 1 << 16


def write_proof_jobs(path: Path, requests: Iterable[ProofRequest]) -> None:
    """Write all or nothing, readable by the owner alone."""
    write_private(path, (request.to_line() for request in requests))


def read_proof_jobs(path: Path) -> Iterator[tuple[int, ProofRequest | InvalidTable]]:
    """Requests with their lines, from 1; for a line that is none, what is wrong with it.

    Raises InvalidTable for a file that others than its owner may read or write.
    """
    with open_private(path) as stream:
        number = 0
        while raw := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(raw) > LONGEST_LINE:
                yield number, InvalidTable("too long for a line", file=path.name, line=number, remedy="write it anew")
                return
            try:
                yield number, ProofRequest.from_line(raw, file=path.name, line=number)
            except InvalidTable as error:
                yield number, error


def write_opened_total(path: Path, opened: OpenedTotal) -> None:
    """One firm's total in a file of its own, for the firm to prove about."""
    write_private(path, canonical_json.dumps(opened_total_to_json(opened)) + b"\n")


def read_opened_total(path: Path) -> OpenedTotal:
    """Inverse of `write_opened_total`. Raises InvalidTable as the others do."""
    with open_private(path) as stream:
        raw = stream.read(LONGEST_LINE + 1)
    try:
        value = canonical_json.loads(raw.removesuffix(b"\n"), where=path.name)
    except InputError as error:
        raise InvalidTable(error.message, file=path.name, remedy="have the bank write it again") from error
    return opened_total_from_json(value, file=path.name, line=1)


def open_private(path: Path) -> BinaryIO:
    """Open a file to read. Raises InvalidTable unless it is a file of this user that nobody else may read or write."""
    stream = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - the caller closes it; Path has no opener
    try:
        _require_private(stream.fileno(), path)
    except InvalidTable:
        stream.close()
        raise
    return stream


def _without_waiting(path: str, flags: int) -> int:
    """A pipe would be waited for until somebody writes to it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _require_private(descriptor: int, path: Path) -> None:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise InvalidTable("is no file", file=str(path), remedy="name a file")
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise InvalidTable(
            "others than its owner may read it, and it holds what firms let you alone see",
            file=str(path),
            remedy=f"chmod 600 {path.name}, and ask who read it",
        )
