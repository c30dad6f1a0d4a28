"""A source delivers only what the ledger confirms, with the keys and commitments that stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from trustspace.crypto.masks import MaskKey
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.agreements import AgreementRecord, AgreementState, Purpose
from trustspace.domain.ids import Address, AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId
from trustspace.encoding.aggregation import feature_operation
from trustspace.errors import ConsentMissing, MissingParty, SourcesChanged, TooFewParties
from trustspace.services.consent import FeatureRequest, feature_requests, granted_aggregations
from trustspace.services.features import BankReceiver, OpenedTotal, SourceWorker, aggregate

FIRM = SubjectId("0x00000000000000000000000000000000000000F1")
OTHER_FIRM = SubjectId("0x00000000000000000000000000000000000000F2")
BANK, OTHER_BANK = ParticipantId(9), ParticipantId(8)
SOURCES = tuple(map(ParticipantId, (1, 2, 3)))
DAY = AsOfDay(20_000)
AGREEMENT = AgreementId(b"a" * 32)
CHAIN, REGISTRY = 31337, Address("0x00000000000000000000000000000000000000aa")
COMMITTED = {source: bytes([source]) * 32 for source in SOURCES}
OPERATION = feature_operation(
    chain_id=CHAIN, registry=REGISTRY, subject=FIRM, as_of=DAY, agreement=AGREEMENT, receiver=BANK,
    commitments=COMMITTED,
)  # fmt: skip
REQUEST = FeatureRequest(subject=FIRM, as_of=DAY, agreement=AGREEMENT, operation=OPERATION, receiver=BANK)
START, END = 1_000, 2_000
RECORD = AgreementRecord(
    agreement=AGREEMENT, subject=FIRM, grantee=BANK, purposes=Purpose.FEATURES, state=AgreementState.ACTIVE,
    not_before=START, not_after=END, max_uses=1, uses=1, scope_hash=bytes(32),
)  # fmt: skip


class Ledger:
    """One firm, one agreement; three sources committed, and the bank counted the use for their total."""

    chain_id = CHAIN
    registry = REGISTRY

    def __init__(self) -> None:
        self.record = RECORD
        self.time = START
        self.counted: dict[OperationId, Purpose] = {OPERATION: Purpose.FEATURES}
        self.committed: dict[ParticipantId, bytes] = dict(COMMITTED)
        self.keys: dict[ParticipantId, bytes] = {party: bytes([party]) * 32 for party in (*SOURCES, BANK)}

    def now(self) -> int:
        return self.time

    def agreements(self, agreements: Sequence[AgreementId]) -> tuple[AgreementRecord, ...]:
        return tuple(self.record for _ in agreements)

    def purposes(self, operations: Sequence[tuple[AgreementId, OperationId]]) -> tuple[Purpose, ...]:
        return tuple(self.counted.get(operation, Purpose(0)) for _, operation in operations)

    def commitments(self, keys: Sequence[tuple[SubjectId, AsOfDay]]) -> tuple[Mapping[ParticipantId, bytes], ...]:
        return tuple(dict(self.committed) for _ in keys)

    def mask_keys(self, participants: Sequence[ParticipantId]) -> Mapping[ParticipantId, bytes]:
        return {party: key for party, key in self.keys.items() if party in participants}


def counted_requests(ledger: Ledger) -> tuple[FeatureRequest, ...]:
    requests = feature_requests(ledger, BANK, [(FIRM, DAY, AGREEMENT)])
    ledger.counted |= {request.operation: Purpose.FEATURES for request in requests}
    return requests


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_granted__all_in_order__takes_commitments_and_keys_from_the_ledger(ledger: Ledger) -> None:
    (aggregation,) = granted_aggregations(ledger, [REQUEST])
    assert aggregation.commitments == ledger.committed
    assert aggregation.mask_keys == ledger.keys
    assert (aggregation.subject, aggregation.receiver) == (FIRM, BANK)
    assert aggregation.operation == OPERATION


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
    ledger.counted[OPERATION] = purpose
    with pytest.raises(ConsentMissing, match="not counted"):
        granted_aggregations(ledger, [REQUEST])


@pytest.mark.parametrize("time", [START, END])
def test_granted__first_and_last_second_of_the_agreement__are_covered(ledger: Ledger, time: int) -> None:
    ledger.time = time
    assert len(granted_aggregations(ledger, [REQUEST])) == 1


@pytest.mark.parametrize(("time", "message"), [(START - 1, "begins at 1000"), (END + 1, "ended at 2000")])
def test_granted__before_or_after_the_agreement__is_refused(ledger: Ledger, time: int, message: str) -> None:
    ledger.time = time
    with pytest.raises(ConsentMissing, match=message):
        granted_aggregations(ledger, [REQUEST])


def test_granted__operation_of_the_banks_choice__is_refused(ledger: Ledger) -> None:
    chosen = OperationId(b"o" * 32)
    ledger.counted[chosen] = Purpose.FEATURES
    with pytest.raises(ConsentMissing, match="not that of this day, receiver and present commitments"):
        granted_aggregations(ledger, [replace(REQUEST, operation=chosen)])


def test_granted__another_day_under_a_counted_operation__is_refused(ledger: Ledger) -> None:
    with pytest.raises(ConsentMissing, match="not that of this day"):
        granted_aggregations(ledger, [replace(REQUEST, as_of=AsOfDay(DAY + 1))])


@pytest.mark.parametrize("change", [{ParticipantId(4): b"4" * 32}, {SOURCES[0]: b"x" * 32}])
def test_granted__sources_changed_since_the_use__is_refused(ledger: Ledger, change: dict[ParticipantId, bytes]) -> None:
    ledger.committed |= change
    with pytest.raises(ConsentMissing, match="present commitments"):
        granted_aggregations(ledger, [REQUEST])


def test_requests__another_day_or_source_set__is_a_use_that_must_be_counted_first(ledger: Ledger) -> None:
    assert feature_requests(ledger, BANK, [(FIRM, DAY, AGREEMENT)]) == (REQUEST,)
    (tomorrow,) = feature_requests(ledger, BANK, [(FIRM, AsOfDay(DAY + 1), AGREEMENT)])
    ledger.committed[ParticipantId(4)] = b"4" * 32
    (wider,) = feature_requests(ledger, BANK, [(FIRM, DAY, AGREEMENT)])
    assert len({REQUEST.operation, tomorrow.operation, wider.operation}) == 3
    with pytest.raises(ConsentMissing, match="not counted"):
        granted_aggregations(ledger, [wider])


def test_delivery__source_that_commits_late__is_not_isolated_even_by_two_counted_uses(ledger: Ledger) -> None:
    parties = (*SOURCES, ParticipantId(4), BANK)
    keys = {party: MaskKey.generate() for party in parties}
    ledger.keys = {party: key.public for party, key in keys.items()}
    workers = {party: SourceWorker(party, keys[party], SystemRandomness()) for party in parties if party != BANK}
    features = {party: worker.prepare(FIRM, DAY, []) for party, worker in workers.items()}

    def total_of(sources: tuple[ParticipantId, ...]) -> OpenedTotal:
        ledger.committed = {source: features[source].commitment for source in sources}
        (aggregation,) = granted_aggregations(ledger, counted_requests(ledger))
        parts = [workers[source].contribute(aggregation, features[source]) for source in sources]
        return BankReceiver(BANK, keys[BANK]).open(aggregation, aggregate(aggregation, parts))

    first = total_of(SOURCES)
    assert (first.subject, first.as_of) == (FIRM, DAY)
    with pytest.raises(SourcesChanged, match="party 1"):
        total_of((*SOURCES, ParticipantId(4)))
    assert total_of(SOURCES) == first


def test_granted__two_sources__are_too_few(ledger: Ledger) -> None:
    del ledger.committed[SOURCES[2]]
    with pytest.raises(TooFewParties):
        granted_aggregations(ledger, counted_requests(ledger))


def test_granted__party_without_mask_key__is_named(ledger: Ledger) -> None:
    del ledger.keys[BANK]
    with pytest.raises(MissingParty, match="party 9"):
        granted_aggregations(ledger, [REQUEST])


def test_granted__one_bad_request_among_good_ones__stops_all(ledger: Ledger) -> None:
    stranger = replace(REQUEST, receiver=OTHER_BANK)
    with pytest.raises(ConsentMissing, match="participant 9"):
        granted_aggregations(ledger, [REQUEST, stranger])
