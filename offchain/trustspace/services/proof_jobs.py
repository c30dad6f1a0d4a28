"""What shall be proven, as lines of canonical JSON: a certificate's terms with the opened total that its grade is in.

{"agreement": "0x…", "endorsements": ["0x…", …], "not_after": seconds, "opened": {"as_of": day, "blinding": "0x…",
 "points": {"source": ["0x…", "0x…"], …}, "statistics": [cell, …], "subject": "0x…"}, "valid_from": seconds}

The grade is not written down: it follows from the model. A line is as secret as the total in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.agreements import AgreementState
from trustspace.domain.features import derive
from trustspace.domain.ids import AgreementId, AsOfDay, ParticipantId, SubjectId
from trustspace.encoding import canonical_json
from trustspace.encoding.address import normal_address
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.errors import CommitmentMismatch, InputError, InvalidTable
from trustspace.services.certification import LAST_SECOND, propose
from trustspace.services.features import OpenedTotal
from trustspace.services.proven_issue import ProofJob

if TYPE_CHECKING:
    from trustspace.domain.agreements import AgreementRecord
    from trustspace.encoding.canonical_json import Json
    from trustspace.encoding.weierstrass import Point
    from trustspace.services.certification import RegisteredModel

_LAST_NUMBER = 2**16 - 1
_ELEMENT = re.compile(r"0x[0-9a-f]{64}")
_SIGNATURE = re.compile(r"0x[0-9a-f]{130}")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_AS_WRITTEN = "use the line as write_proof_jobs wrote it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRequest:
    """Terms of a certificate that is to be issued with a proof; times in UTC seconds.

    others: signatures (65 bytes) of further endorsers on the very certificate that follows.
    """

    agreement: AgreementId
    valid_from: int
    not_after: int
    opened: OpenedTotal
    others: tuple[bytes, ...] = ()

    def to_line(self) -> bytes:
        """One line, with its end."""
        return canonical_json.dumps(
            {
                "agreement": _hex(self.agreement),
                "endorsements": [_hex(signature) for signature in self.others],
                "not_after": self.not_after,
                "opened": opened_total_to_json(self.opened),
                "valid_from": self.valid_from,
            }
        ) + b"\n"  # fmt: skip

    @classmethod
    def from_line(cls, raw: bytes, *, file: str, line: int) -> ProofRequest:
        """Inverse of `to_line`. Raises InvalidTable naming file, line and field."""
        place = _Place(file, line)
        try:
            value = canonical_json.loads(raw.removesuffix(b"\n"), where=file)
        except InputError as error:
            raise place.invalid(error.message) from error
        fields = place.members(value, "", ("agreement", "endorsements", "not_after", "opened", "valid_from"))
        first = place.integer(fields["valid_from"], "valid_from", LAST_SECOND)
        last = place.integer(fields["not_after"], "not_after", LAST_SECOND)
        if last <= first:
            raise place.invalid("is not after valid_from", "not_after", "give the certificate some time to hold")
        signatures = fields["endorsements"]
        if not isinstance(signatures, list):
            raise place.invalid("is no list", "endorsements")
        return cls(
            agreement=AgreementId(place.octets(fields["agreement"], "agreement", _ELEMENT)),
            valid_from=first,
            not_after=last,
            opened=_opened(fields["opened"], place),
            others=tuple(place.octets(item, f"endorsements[{n}]", _SIGNATURE) for n, item in enumerate(signatures)),
        )

    def job(self, model: RegisteredModel, agreement: AgreementRecord) -> ProofJob:
        """The certificate that the total deserves by this model; `agreement` is read from the ledger.

        Raises CommitmentMismatch for an agreement that is unknown or another subject's.
        """
        if agreement.state is AgreementState.NONE:
            raise CommitmentMismatch(
                "not recorded here", where=f"agreement 0x{self.agreement.hex()}", remedy="check id and deployment"
            )
        validity = self.not_after - self.valid_from
        certificate = propose(model, self.opened, agreement=agreement, valid_from=self.valid_from, validity=validity)
        return ProofJob(certificate=certificate, opened=self.opened, others=self.others)


def opened_total_to_json(opened: OpenedTotal) -> Json:
    """All but the features, which follow. Secret."""
    return {
        "as_of": int(opened.as_of),
        "blinding": _element(opened.blinding),
        "points": {str(source): [_element(x), _element(y)] for source, (x, y) in opened.points.items()},
        "statistics": list(opened.statistics),
        "subject": opened.subject,
    }


def opened_total_from_json(value: Json, *, file: str, line: int = 0) -> OpenedTotal:
    """Inverse of `opened_total_to_json`. Raises InvalidTable naming file, line and field."""
    return _opened(value, _Place(file, line))


def _opened(value: Json, place: _Place) -> OpenedTotal:
    fields = place.members(value, "opened", ("as_of", "blinding", "points", "statistics", "subject"))
    cells, named, subject = fields["statistics"], fields["points"], fields["subject"]
    if not isinstance(cells, list) or not all(type(cell) is int for cell in cells):
        raise place.invalid("is no list of integers", "opened.statistics")
    statistics = tuple(cell for cell in cells if type(cell) is int)
    if not isinstance(named, dict):
        raise place.invalid("is no object", "opened.points")
    points = dict(sorted(_point(source, point, place) for source, point in named.items()))
    blinding = place.octets(fields["blinding"], "opened.blinding", _ELEMENT)
    if int.from_bytes(blinding, "big") >= GRUMPKIN.order:
        raise place.invalid("is not below the curve's order", "opened.blinding")
    try:
        known = normal_address(subject) if isinstance(subject, str) else None
    except InputError:
        known = None
    if known is None or known != subject:
        raise place.invalid("is no address with its checksum", "opened.subject")
    try:
        features = derive(statistics, sources=len(points))
    except InputError as error:
        raise place.invalid(error.message, "opened.statistics", error.remedy) from error
    return OpenedTotal(
        subject=SubjectId(known),
        as_of=AsOfDay(place.integer(fields["as_of"], "opened.as_of", _LAST_NUMBER)),
        points=points,
        blinding=int.from_bytes(blinding, "big"),
        statistics=statistics,
        features=features,
    )


def _point(source: str, value: Json, place: _Place) -> tuple[ParticipantId, Point]:
    field = f"opened.points.{source[:8]}"
    if not _NUMBER.fullmatch(source) or int(source) > _LAST_NUMBER:
        raise place.invalid("is no participant number", field)
    if not isinstance(value, list) or len(value) != 2:
        raise place.invalid("is no pair of coordinates", field)
    x, y = (int.from_bytes(place.octets(part, field, _ELEMENT), "big") for part in value)
    if not GRUMPKIN.contains((x, y)):
        raise place.invalid("is not on the curve", field)
    return ParticipantId(int(source)), (x, y)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line is, for errors. They never quote values: these are secret."""

    file: str
    line: int

    def invalid(self, problem: str, field: str = "", remedy: str = "") -> InvalidTable:
        return InvalidTable(problem, file=self.file, line=self.line, field=field, remedy=remedy or _AS_WRITTEN)

    def members(self, value: Json, field: str, names: tuple[str, ...]) -> dict[str, Json]:
        if not isinstance(value, dict):
            raise self.invalid("is no object", field)
        for name in names:
            if name not in value:
                raise self.invalid(f"{name} is missing", field)
        if len(value) > len(names):
            raise self.invalid(f"has more than {', '.join(names)}", field)
        return value

    def integer(self, value: Json, field: str, most: int) -> int:
        if type(value) is not int or not 0 <= value <= most:
            raise self.invalid(f"is no integer from 0 to {most}", field)
        return value

    def octets(self, value: Json, field: str, pattern: re.Pattern[str]) -> bytes:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.invalid(f"is not {pattern.pattern}", field)
        return bytes.fromhex(value[2:])


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _element(value: int) -> str:
    return f"0x{value:064x}"
