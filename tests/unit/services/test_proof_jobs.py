"""Requests as lines: what is written is read again; whatever else stands there is named by line and field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.services.proving import AGREEMENT, CARD, FIRM, certificate_for, opened_firm, registered
from trustspace.domain.agreements import AgreementState
from trustspace.domain.ids import AgreementId, SubjectId
from trustspace.encoding import canonical_json
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.errors import CommitmentMismatch, InvalidTable
from trustspace.services.proof_jobs import ProofRequest, opened_total_from_json, opened_total_to_json

if TYPE_CHECKING:
    from collections.abc import Callable

OPENED, _ = opened_firm()
REQUEST = ProofRequest(
    agreement=AGREEMENT.agreement, valid_from=1_000, not_after=2_000, opened=OPENED, others=(b"\x01" * 65, b"\x02" * 65)
)


def read(line: bytes) -> ProofRequest:
    return ProofRequest.from_line(line, file="jobs.jsonl", line=7)


@given(seed=st.integers(0, 2**20), first=st.integers(0, 2**31), lasts=st.integers(1, 2**31 - 1))
@settings(max_examples=15, deadline=None)
def test_from_line__what_to_line_wrote__the_same(seed: int, first: int, lasts: int) -> None:
    opened, _ = opened_firm(seed)
    request = ProofRequest(
        agreement=AgreementId(seed.to_bytes(32, "big")), valid_from=first, not_after=first + lasts, opened=opened
    )
    line = request.to_line()
    assert line.count(b"\n") == 1
    assert read(line) == request
    assert opened_total_from_json(opened_total_to_json(opened), file="total.json") == opened


def test_from_line__endorsements__kept_in_order() -> None:
    assert read(REQUEST.to_line()) == REQUEST


def changed(change: Callable[[Any], object]) -> bytes:
    value = canonical_json.loads(REQUEST.to_line().rstrip(), where="test")
    change(value)
    return canonical_json.dumps(value)


def put(*path: Any, value: object) -> Callable[[Any], None]:
    def change(inside: Any) -> None:
        for name in path[:-1]:
            inside = inside[name]
        inside[path[-1]] = value

    return change


POINT = ["0x" + "11" * 32, "0x" + "22" * 32]
WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "no agreement": (lambda it: it.pop("agreement"), ""),
    "one member more": (put("grade", value="A"), ""),
    "short agreement": (put("agreement", value="0x12"), "agreement"),
    "upper case": (put("agreement", value="0x" + "AB" * 32), "agreement"),
    "agreement is a number": (put("agreement", value=5), "agreement"),
    "time before 1970": (put("valid_from", value=-1), "valid_from"),
    "time after 2106": (put("not_after", value=2**32), "not_after"),
    "time is a truth": (put("valid_from", value=True), "valid_from"),
    "over before it begins": (put("not_after", value=1_000), "not_after"),
    "endorsements is a text": (put("endorsements", value="0x"), "endorsements"),
    "short endorsement": (put("endorsements", 1, value="0x" + "01" * 64), "endorsements[1]"),
    "opened is a list": (put("opened", value=[]), "opened"),
    "no blinding": (lambda it: it["opened"].pop("blinding"), "opened"),
    "day beyond 16 bits": (put("opened", "as_of", value=2**16), "opened.as_of"),
    "blinding beyond the order": (put("opened", "blinding", value=f"0x{GRUMPKIN.order:064x}"), "opened.blinding"),
    "points is a list": (put("opened", "points", value=[]), "opened.points"),
    "source 0": (put("opened", "points", "0", value=POINT), "opened.points.0"),
    "source beyond 16 bits": (put("opened", "points", "65536", value=POINT), "opened.points.65536"),
    "source with a zero before": (put("opened", "points", "07", value=POINT), "opened.points.07"),
    "one coordinate": (put("opened", "points", "7", value=POINT[:1]), "opened.points.7"),
    "off the curve": (put("opened", "points", "7", value=POINT), "opened.points.7"),
    "statistics is a text": (put("opened", "statistics", value="1"), "opened.statistics"),
    "statistics hold a truth": (put("opened", "statistics", 0, value=True), "opened.statistics"),
    "a cell beyond its bound": (put("opened", "statistics", 24, value=2**60), "opened.statistics"),
    "a cell too few": (lambda it: it["opened"]["statistics"].pop(), "opened.statistics"),
    "no points": (put("opened", "points", value={}), "opened.statistics"),
    "subject without checksum": (put("opened", "subject", value=FIRM.lower()), "opened.subject"),
    "subject is no address": (put("opened", "subject", value="firm"), "opened.subject"),
}


@pytest.mark.parametrize("case", WRONG)
def test_from_line__wrong_field__named(case: str) -> None:
    change, field = WRONG[case]
    with pytest.raises(InvalidTable) as caught:
        read(changed(change))
    assert (caught.value.file, caught.value.line, caught.value.field) == ("jobs.jsonl", 7, field)
    assert caught.value.remedy
    assert str(2**60) not in str(caught.value)  # cells are secret


@pytest.mark.parametrize("line", [b"", b"{}", b"nonsense", b"[]\n", b"\xff", b'{"a":1,"a":2}', b"1.5", b"null", b" {}"])
def test_from_line__no_request__refused(line: bytes) -> None:
    with pytest.raises(InvalidTable) as caught:
        read(line)
    assert caught.value.line == 7


def test_from_line__spaces_or_another_order__refused() -> None:
    with pytest.raises(InvalidTable, match="canonical"):
        read(REQUEST.to_line().replace(b",", b", ", 1))


@given(at=st.integers(0, len(REQUEST.to_line()) - 1), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_from_line__any_byte_changed__refused_without_quoting_or_another_request(at: int, byte: int) -> None:
    line = bytearray(REQUEST.to_line())
    if line[at] == byte:
        return
    line[at] = byte
    try:
        problem, found = "", read(bytes(line))
    except InvalidTable as error:
        problem, found = str(error), None
    assert found != REQUEST or at == len(line) - 1
    assert f"{OPENED.blinding:064x}" not in problem
    assert str(OPENED.statistics) not in problem


def test_job__model_and_agreement__the_grade_that_follows() -> None:
    model = registered(CARD)
    job = REQUEST.job(model, AGREEMENT)
    expected = certificate_for(model, OPENED)
    assert job.certificate == replace(expected, valid_from=1_000, not_after=2_000)
    assert (job.opened, job.others) == (OPENED, REQUEST.others)


def test_job__unknown_or_anothers_agreement__refused() -> None:
    model = registered(CARD)
    with pytest.raises(CommitmentMismatch, match="not recorded here"):
        REQUEST.job(model, replace(AGREEMENT, state=AgreementState.NONE))
    with pytest.raises(CommitmentMismatch, match="features are those of"):
        REQUEST.job(model, replace(AGREEMENT, subject=SubjectId("0x" + "11" * 20)))
