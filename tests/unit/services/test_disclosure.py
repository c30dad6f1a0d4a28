"""Showing fields: who may sign, whom it is for, how long, and what makes a bank refuse."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from trustspace.crypto.signing import SigningKey
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.disclosure import CommitmentScheme, InvoiceField, OpeningReason
from trustspace.domain.ids import Address, BatchId, ParticipantId, SubjectId
from trustspace.domain.invoices import Invoice
from trustspace.encoding.field_opening import FieldOpening, parse_field_opening
from trustspace.encoding.hashing import keccak
from trustspace.errors import CommitmentMismatch, OutOfRange
from trustspace.services.disclosure import CLOCK_SKEW, check_opening, find_invoice, open_fields
from trustspace.services.registration import Opening

FIRM = SigningKey(keccak(b"firm"))
SOURCE_KEY = SigningKey(keccak(b"source"))
STRANGER = SigningKey(keccak(b"stranger"))
SOURCE, BANK, OTHER_BANK = ParticipantId(3), ParticipantId(5), ParticipantId(6)
REGISTRY = Address("0x5FbDB2315678afecb367f032d93F642f64180aa3")
ISSUED, DAY = 1_764_000_000, 86_400
SUBJECT = SubjectId(FIRM.address)
INVOICES = tuple(Invoice("F", f"B{k}", str(100 + k % 6), date(2025, 1, 1 + k), 1000 + k, 0, 1000 + k) for k in range(9))
KEPT = Opening(subject=SUBJECT, nonce=bytes(32), salts=bytes(range(256)) + bytes(32), invoices=INVOICES)


@dataclass
class Ledger:
    """An anchored batch, one source account, a clock."""

    chain_id: int = 31337
    registry: Address = REGISTRY
    participant: ParticipantId = SOURCE
    roots: dict[BatchId, bytes] = field(default_factory=dict)
    reached: frozenset[InvoiceStatus] = frozenset()
    sources: dict[Address, ParticipantId] = field(default_factory=lambda: {SOURCE_KEY.address: SOURCE})
    time: int = ISSUED + 60

    def anchor_many(self, _: object) -> tuple[BatchId, ...]:
        raise NotImplementedError

    def root(self, batch: BatchId) -> bytes | None:
        return self.roots.get(batch)

    def statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        assert (batch, index) == (KEPT.header(self).batch_id, 4)
        return self.reached

    def source_of(self, account: Address) -> ParticipantId:
        return self.sources.get(account, ParticipantId(0))

    def now(self) -> int:
        return self.time


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger()
    made.roots[KEPT.header(made).batch_id] = KEPT.batch(made).root
    return made


def opened(ledger: Ledger, *shown: InvoiceField, key: SigningKey = FIRM, kept: Opening = KEPT) -> FieldOpening:
    return open_fields(
        kept, kept.header(ledger), 4, shown or (InvoiceField.AMOUNT,),
        receiver=BANK, issued_at=ISSUED, not_after=ISSUED + 7 * DAY, ledger=ledger, signer=key,
    )  # fmt: skip


def reason(opening: FieldOpening, ledger: Ledger, bank: ParticipantId = BANK) -> OpeningReason:
    """The verdict on the document as it travels; nothing is shown unless the chain bears it out."""
    verdict = check_opening(parse_field_opening(opening.to_bytes(), where="x"), bank=bank, ledger=ledger)
    unproven = {OpeningReason.WRONG_RECEIVER, OpeningReason.WRONG_SPACE, OpeningReason.NOT_ANCHORED}
    assert bool(verdict.shown) != (verdict.reason in unproven | {OpeningReason.NOT_SIGNED})
    assert verdict.valid == (verdict.reason is OpeningReason.OK)
    return verdict.reason


@pytest.mark.parametrize("key", [FIRM, SOURCE_KEY])
def test_opening__by_subject_or_source__holds_and_shows_what_was_chosen(ledger: Ledger, key: SigningKey) -> None:
    opening = opened(ledger, InvoiceField.DATE, InvoiceField.AMOUNT, key=key)
    assert reason(opening, ledger) is OpeningReason.OK
    verdict = check_opening(opening, bank=BANK, ledger=ledger)
    assert verdict.shown == {InvoiceField.DATE: "2025-01-05", InvoiceField.AMOUNT: "1004"}


@pytest.mark.parametrize("field", list(InvoiceField))
def test_opening__each_field_alone__holds(ledger: Ledger, field: InvoiceField) -> None:
    opening = opened(ledger, field)
    assert reason(opening, ledger) is OpeningReason.OK
    assert set(opening.shown) == {field}


def test_opening__passed_on_to_another_bank__refused_there(ledger: Ledger) -> None:
    opening = opened(ledger)
    assert reason(opening, ledger, OTHER_BANK) is OpeningReason.WRONG_RECEIVER
    assert reason(replace(opening, receiver=OTHER_BANK), ledger, OTHER_BANK) is OpeningReason.NOT_SIGNED


def test_opening__made_fresh_by_the_bank__refused(ledger: Ledger) -> None:
    later = replace(opened(ledger), not_after=ISSUED + 99 * DAY)
    assert reason(later, ledger) is OpeningReason.NOT_SIGNED
    message = replace(opened(ledger), receiver=OTHER_BANK)
    forged = replace(message, signature=STRANGER.sign_message(message.message()))
    assert reason(forged, ledger, OTHER_BANK) is OpeningReason.NOT_SIGNED


def test_opening__by_a_source_account_that_no_longer_acts__refused(ledger: Ledger) -> None:
    opening = opened(ledger, key=SOURCE_KEY)
    ledger.sources.clear()
    assert reason(opening, ledger) is OpeningReason.NOT_SIGNED
    ledger.sources[SOURCE_KEY.address] = ParticipantId(9)
    assert reason(opening, ledger) is OpeningReason.NOT_SIGNED


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (ISSUED - CLOCK_SKEW - 1, OpeningReason.NOT_YET_VALID), (ISSUED - CLOCK_SKEW, OpeningReason.OK),
        (ISSUED + 7 * DAY, OpeningReason.OK), (ISSUED + 7 * DAY + 1, OpeningReason.EXPIRED),
    ],
)  # fmt: skip
def test_opening__time__holds_from_issue_to_end(ledger: Ledger, time: int, expected: OpeningReason) -> None:
    opening = opened(ledger)
    ledger.time = time
    assert reason(opening, ledger) is expected


def test_opening__of_an_invoice_voided_since__refused_and_other_statuses_told(ledger: Ledger) -> None:
    opening = opened(ledger)
    ledger.reached = frozenset({InvoiceStatus.PAID})
    assert reason(opening, ledger) is OpeningReason.OK
    assert check_opening(opening, bank=BANK, ledger=ledger).statuses == {InvoiceStatus.PAID}
    ledger.reached = frozenset({InvoiceStatus.CONFIRMED, InvoiceStatus.VOIDED})
    assert reason(opening, ledger) is OpeningReason.VOIDED


@pytest.mark.parametrize("change", [{"chain_id": 1}, {"registry": Address("0x" + "00" * 19 + "01")}])
def test_opening__replayed_in_another_space__refused(ledger: Ledger, change: dict[str, object]) -> None:
    opening = opened(ledger)
    assert reason(opening, replace(ledger, **change)) is OpeningReason.WRONG_SPACE


def test_opening__batch_unknown_or_with_another_root__refused(ledger: Ledger) -> None:
    opening = opened(ledger)
    for roots in ({}, {opening.header.batch_id: keccak(b"other")}):
        ledger.roots = roots
        assert reason(opening, ledger) is OpeningReason.NOT_ANCHORED


@pytest.mark.parametrize(
    "change", [{"index": 3}, {"proof": ()}, {"buyer": Address("0x" + "00" * 19 + "01")}, {"fields": (bytes(32),) * 8}]
)
def test_opening__signed_but_not_what_was_anchored__refused(ledger: Ledger, change: dict[str, object]) -> None:
    unsigned = replace(opened(ledger), **change)
    signed = replace(unsigned, signature=FIRM.sign_message(unsigned.message()))
    assert reason(signed, ledger) is OpeningReason.NOT_ANCHORED


def test_opening__value_changed_by_the_firm_itself__refused(ledger: Ledger) -> None:
    opening = opened(ledger)
    shown = opening.fields[InvoiceField.AMOUNT]
    parts = tuple(replace(part, value=(10**9).to_bytes(8, "big")) if part is shown else part for part in opening.fields)
    unsigned = replace(opening, fields=parts)
    signed = replace(unsigned, signature=FIRM.sign_message(unsigned.message()))
    assert reason(signed, ledger) is OpeningReason.NOT_ANCHORED


def test_opening__of_another_firms_batch__its_own_subject_must_sign(ledger: Ledger) -> None:
    """A thief of the openings file cannot put itself in the subject's place: the batch id holds the subject."""
    header = replace(KEPT.header(ledger), subject=STRANGER.address)
    opening = opened(ledger)
    unsigned = replace(opening, header=header)
    signed = replace(unsigned, signature=STRANGER.sign_message(unsigned.message()))
    assert reason(signed, ledger) is OpeningReason.NOT_ANCHORED
    with pytest.raises(OutOfRange, match="neither the subject nor"):
        opened(ledger, key=STRANGER)


def test_open__batch_of_whole_invoices__refused_with_what_to_do(ledger: Ledger) -> None:
    with pytest.raises(OutOfRange, match="without --whole"):
        opened(ledger, kept=replace(KEPT, scheme=CommitmentScheme.WHOLE))


def test_open__openings_of_other_salts__refused_before_anything_is_signed(ledger: Ledger) -> None:
    with pytest.raises(CommitmentMismatch, match="not anchored with these"):
        opened(ledger, kept=replace(KEPT, salts=bytes(288)))


def test_find__number_once__its_batch_and_place() -> None:
    assert find_invoice([KEPT], "104") == (KEPT, 4)


def test_find__number_twice__needs_the_index() -> None:
    with pytest.raises(OutOfRange, match=f"2 invoices have the number '101': {SUBJECT} at 1, {SUBJECT} at 7"):
        find_invoice([KEPT], "101")
    assert find_invoice([KEPT], "101", index=7) == (KEPT, 7)


def test_find__number_of_two_firms__needs_the_subject() -> None:
    other = replace(KEPT, subject=SubjectId(STRANGER.address))
    with pytest.raises(OutOfRange, match="by subject and index"):
        find_invoice([KEPT, other], "104")
    assert find_invoice([KEPT, other], "104", subject=other.subject) == (other, 4)


def test_find__no_such_number__says_so() -> None:
    with pytest.raises(OutOfRange, match="no invoice '999'"):
        find_invoice([KEPT], "999")
