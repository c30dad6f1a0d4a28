"""A ceremony as a folder that its members hand on, by any means:

    ceremony.json                       the plan
    0001/contribution.json              the first record
    0001/bn254_g1.dat                   its points, 64 bytes each
    0002/…

A contribution appears as a whole, by renaming, or not at all. The folder holds nothing secret.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.proving.setup_folder import G1_FILE, move_into_place
from trustspace.adapters.store.files import locked, write_private
from trustspace.encoding.bn254 import POINT_BYTES, encode_points, read_points
from trustspace.encoding.ceremony import LARGEST_BYTES, CeremonyPlan, Contribution, parse_contribution, parse_plan
from trustspace.errors import BadContribution, InvalidSetup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.encoding.weierstrass import Point

PLAN_FILE, RECORD_FILE = "ceremony.json", "contribution.json"
_NUMBER = re.compile(r"\d{4}")


class CeremonyFolder:
    """Reads and extends one ceremony's folder."""

    def __init__(self, path: Path) -> None:
        """Read the plan. Raises InvalidSetup."""
        self.path = path
        self.plan: CeremonyPlan = parse_plan(_read(path / PLAN_FILE), where=str(path / PLAN_FILE))

    @classmethod
    def start(cls, path: Path, plan: CeremonyPlan) -> CeremonyFolder:
        """Write the plan where no ceremony is. Raises InvalidSetup."""
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise InvalidSetup("is not empty", where=str(path), remedy="name a folder that is new or empty")
        write_private(path / PLAN_FILE, plan.to_bytes())
        return cls(path)

    def count(self) -> int:
        """Contributions that are there. Raises BadContribution when one in between is missing."""
        numbers = sorted(int(entry.name) for entry in self.path.iterdir() if _NUMBER.fullmatch(entry.name))
        for expected, number in enumerate(numbers, start=1):
            if number != expected:
                raise BadContribution("is missing", where=f"contribution {expected}", remedy="get it from its member")
        return len(numbers)

    def history(self) -> Iterator[tuple[Contribution, Sequence[Point]]]:
        """Records and points in order. Raises BadContribution for files that are not in their form."""
        for number in range(1, self.count() + 1):
            yield self._record(number), self._points(number)

    def add(self, record: Contribution, points: Sequence[Point]) -> Path:
        """File a contribution. Raises InvalidSetup when another one came first."""
        target = self.path / f"{record.number:04}"
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=self.path))
        try:
            write_private(part / G1_FILE, encode_points(points))
            write_private(part / RECORD_FILE, record.to_bytes())
            move_into_place(part, target)
        except InvalidSetup as error:
            raise InvalidSetup(
                "another contribution came first",
                where=str(target),
                remedy="run the command again: it builds on that one",
            ) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return target

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process on this machine at a time; what one that was cut short left behind is removed."""
        with locked(self.path / ".lock"):
            for leftover in self.path.glob(".[0-9][0-9][0-9][0-9].*"):
                shutil.rmtree(leftover)
            yield

    def _record(self, number: int) -> Contribution:
        path = self.path / f"{number:04}" / RECORD_FILE
        try:
            return parse_contribution(_read(path), where=RECORD_FILE)
        except InvalidSetup as error:
            raise _bad(number, f"{error.where}: {error.message}") from error

    def _points(self, number: int) -> Sequence[Point]:
        path = self.path / f"{number:04}" / G1_FILE
        size = self.plan.powers * POINT_BYTES
        try:
            with path.open("rb") as stream:
                content = stream.read(size + 1)
        except OSError as error:
            raise _bad(number, f"{G1_FILE} cannot be read: {error.strerror}") from error
        if len(content) != size:
            found = f"{len(content)} bytes" if len(content) < size else "more bytes"
            raise _bad(number, f"{G1_FILE} is cut off or too long: {found} instead of {size}")
        return read_points(content)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InvalidSetup(f"cannot be read: {error.strerror}", where=str(path), remedy="check the folder") from error


def _bad(number: int, fault: str) -> BadContribution:
    return BadContribution(fault, where=f"contribution {number}", remedy="get its folder again from its member")
