from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.domain.fingerprints import MAX_BATCH, EvaluationRequest, SignedAnswer
from trustspace.domain.ids import AgreementId, SubjectId
from trustspace.encoding.fingerprint_wire import (
    MAX_MESSAGE_BYTES,
    read_answer,
    read_request,
    write_answer,
    write_request,
)
from trustspace.errors import InvalidMessage

REQUEST = EvaluationRequest(
    epoch=3,
    seller=SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    agreement=AgreementId(b"a" * 32),
    day=20_700,
    blinded=(b"\2" * 33, b"\3" * 33),
    salt=b"s" * 32,
    signature=b"g" * 65,
)
ANSWER = SignedAnswer(
    request=b"d" * 32,
    epoch=REQUEST.epoch,
    seller=REQUEST.seller,
    key=b"k" * 33,
    blinded=REQUEST.blinded,
    evaluated=(b"\2" * 33, b"\4" * 33),
    challenge=b"c" * 32,
    response=b"r" * 32,
    signature=b"h" * 65,
)


def changed(raw: bytes, **fields: Any) -> bytes:
    return json.dumps({**json.loads(raw), **fields}, sort_keys=True, separators=(",", ":")).encode()


def test_request__there_and_back__same() -> None:
    assert read_request(write_request(REQUEST)) == REQUEST
    full = replace(REQUEST, blinded=(b"\2" * 33,) * MAX_BATCH)
    assert read_request(write_request(full)) == full
    assert len(write_request(full)) <= MAX_MESSAGE_BYTES


def test_answer__there_and_back__same() -> None:
    assert read_answer(write_answer(ANSWER), REQUEST, b"d" * 32) == ANSWER


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agreement", "aa"), ("agreement", None), ("agreement", "AA" * 32), ("agreement", " " + "aa" * 32),
        ("blinded", ""), ("blinded", "02" * 34), ("blinded", "02" * 33 * 129), ("day", 65_536), ("day", -1),
        ("day", "1"), ("day", False), ("epoch", 2**32), ("epoch", 1.5), ("salt", "zz" * 32), ("seller", "0x12"),
        ("seller", []),
        ("signature", "00" * 64), ("version", 2), ("version", True), ("other", 1),
    ],
)  # fmt: skip
def test_request__field_wrong__named(field: str, value: object) -> None:
    with pytest.raises(InvalidMessage):
        read_request(changed(write_request(REQUEST), **{field: value}))


@pytest.mark.parametrize("field", ["challenge", "evaluated", "key", "response", "signature"])
@pytest.mark.parametrize("value", ["", "0", "00" * 31, 7, None, "xy" * 33])
def test_answer__field_wrong__named(field: str, value: object) -> None:
    with pytest.raises(InvalidMessage, match=field):
        read_answer(changed(write_answer(ANSWER), **{field: value}), REQUEST, b"d" * 32)


def test_request__missing_field_blank_or_order__refused() -> None:
    raw = write_request(REQUEST)
    shorter = json.loads(raw)
    del shorter["salt"]
    for wrong in (
        json.dumps(shorter, sort_keys=True, separators=(",", ":")).encode(),
        raw + b" ",
        json.dumps(json.loads(raw), sort_keys=True).encode(),
        raw[:-1],
        raw * 100,
    ):
        with pytest.raises(InvalidMessage):
            read_request(wrong)


@given(st.binary(max_size=300))
def test_read__any_bytes__refused_by_name(raw: bytes) -> None:
    with pytest.raises(InvalidMessage):
        read_request(raw)
    with pytest.raises(InvalidMessage):
        read_answer(raw, REQUEST, b"d" * 32)
