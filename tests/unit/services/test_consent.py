"""A source delivers only what the ledger confirms, with the keys and commitments that stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from trustspace.domain.agreements import AgreementRecord, AgreementState, Purpose
from trustspace.domain.ids import Address, AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId
from trustspace.errors import ConsentMissing, MissingParty, TooFewParties
from trustspace.services.consent import FeatureRequest, granted_aggregations

FIRM = SubjectId("0x00000000000000000000000000000000000000F1")
OTHER_FIRM = SubjectId("0x00000000000000000000000000000000000000F2")
BANK, OTHER_BANK = ParticipantId(9), ParticipantId(8)
SOURCES = tuple(map(ParticipantId, (1, 2, 3)))
DAY = AsOfDay(20_000)
AGREEMENT, OPERATION = AgreementId(b"a" * 32), OperationId(b"o" * 32)
REQUEST = FeatureRequest(subject=FIRM, as_of=DAY, agreement=AGREEMENT, operation=OPERATION, receiver=BANK)
RECORD = AgreementRecord(
    agreement=AGREEMENT, subject=FIRM, grantee=BANK, purposes=Purpose.FEATURES, state=AgreementState.ACTIVE,
    not_before=0, not_after=2**32, max_uses=1, uses=1, scope_hash=bytes(32),
)  # fmt: skip


class Ledger:
    """One firm, one agreement; three sources committed."""

    chain_id = 31337
    registry = Address("0x00000000000000000000000000000000000000aa")

    def __init__(self) -> None:
        self.record = RECORD
        self.purpose = Purpose.FEATURES
        self.committed: dict[ParticipantId, bytes] = {source: bytes([source]) * 32 for source in SOURCES}
        self.keys: dict[ParticipantId, bytes] = {party: bytes([party]) * 32 for party in (*SOURCES, BANK)}

    def agreements(self, agreements: Sequence[AgreementId]) -> tuple[AgreementRecord, ...]:
        return tuple(self.record for _ in agreements)

    def purposes(self, operations: Sequence[tuple[AgreementId, OperationId]]) -> tuple[Purpose, ...]:
        return tuple(self.purpose for _ in operations)

    def commitments(self, keys: Sequence[tuple[SubjectId, AsOfDay]]) -> tuple[Mapping[ParticipantId, bytes], ...]:
        return tuple(dict(self.committed) for _ in keys)

    def mask_keys(self, participants: Sequence[ParticipantId]) -> Mapping[ParticipantId, bytes]:
        return {party: key for party, key in self.keys.items() if party in participants}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_granted__all_in_order__takes_commitments_and_keys_from_the_ledger(ledger: Ledger) -> None:
    (aggregation,) = granted_aggregations(ledger, [REQUEST])
    assert aggregation.commitments == ledger.committed
    assert aggregation.mask_keys == ledger.keys
    assert (aggregation.subject, aggregation.receiver) == (FIRM, BANK)
    ledger.committed[SOURCES[0]] = b"x" * 32
    assert granted_aggregations(ledger, [REQUEST])[0].digest != aggregation.digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": AgreementState.NONE}, "no such agreement"),
        ({"state": AgreementState.TERMINATED}, "terminated"),
        ({"subject": OTHER_FIRM}, "another subject's"),
        ({"grantee": OTHER_BANK}, "participant 8"),
    ],
)
def test_granted__agreement_does_not_cover_it__is_refused(
    ledger: Ledger, change: dict[str, object], message: str
) -> None:
    ledger.record = replace(RECORD, **change)
    with pytest.raises(ConsentMissing, match=message) as refused:
        granted_aggregations(ledger, [REQUEST])
    assert FIRM in refused.value.where


@pytest.mark.parametrize("purpose", [Purpose(0), Purpose.TRAINING])
def test_granted__use_not_counted_for_features__is_refused(ledger: Ledger, purpose: Purpose) -> None:
    ledger.purpose = purpose
    with pytest.raises(ConsentMissing, match="not counted"):
        granted_aggregations(ledger, [REQUEST])


def test_granted__two_sources__are_too_few(ledger: Ledger) -> None:
    del ledger.committed[SOURCES[2]]
    with pytest.raises(TooFewParties):
        granted_aggregations(ledger, [REQUEST])


def test_granted__party_without_mask_key__is_named(ledger: Ledger) -> None:
    del ledger.keys[BANK]
    with pytest.raises(MissingParty, match="party 9"):
        granted_aggregations(ledger, [REQUEST])


def test_granted__one_bad_request_among_good_ones__stops_all(ledger: Ledger) -> None:
    stranger = replace(REQUEST, receiver=OTHER_BANK)
    with pytest.raises(ConsentMissing, match="participant 9"):
        granted_aggregations(ledger, [REQUEST, stranger])
