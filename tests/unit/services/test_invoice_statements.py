from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.ids import Address, BatchId, ParticipantId, SubjectId
from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record
from trustspace.domain.proofs import Circuit
from trustspace.encoding.commitments import BatchHeader
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.provable_batch import nullifier_of, rest_of
from trustspace.encoding.provable_invoice import ProvableInvoice, parse_provable_invoice
from trustspace.errors import CommitmentMismatch, FalseStatement, InvalidOpening, OutOfRange
from trustspace.services.invoice_statements import ProvableBatch, invoice_statement, require_standing
from trustspace.services.registration import Opening, draw_openings

FIRM = SubjectId("0x00000000000000000000000000000000000000f1")
REGISTRY = Address("0x00000000000000000000000000000000000000AA")


def records() -> list[Record]:
    rows = [(1_000, BookStatus.VALID), (-50, BookStatus.VALID), (700, BookStatus.VOID), (2_500, BookStatus.VALID)]
    return [
        Record(Direction.SALE, Invoice("F1", "B", f"N{n}", date(2025, 1, 2), total - 5, 5, total, status=status))
        for n, (total, status) in enumerate(rows)
    ]


def drawn() -> Opening:
    return draw_openings({"F1": records()}, {"F1": FIRM}, SystemRandomness(), provable=True)[0]


OPENING = drawn()
HEADER = BatchHeader(
    chain_id=31337, registry=REGISTRY, source=ParticipantId(3), subject=FIRM, count=4, nonce=OPENING.nonce
)
BATCH = ProvableBatch(OPENING, HEADER)
INVOICE = BATCH.invoice(3)


class Ledger:
    """Knows one batch, of which one invoice was voided."""

    chain_id = 31337
    registry = REGISTRY

    def __init__(self, known: bytes = HEADER.batch_id, voided: int | None = None) -> None:
        self.known, self.voided = known, voided

    def root(self, batch: BatchId) -> bytes | None:
        return b"r" * 32 if batch == self.known else None

    def statuses(self, batch: BatchId, index: int) -> frozenset[InvoiceStatus]:
        assert batch == self.known
        return frozenset([InvoiceStatus.VOIDED] if index == self.voided else [InvoiceStatus.PAID])


def prove(invoice: ProvableInvoice = INVOICE, **changes: int) -> Any:
    return invoice_statement(invoice, **({"low": 2_000, "high": 3_000, "scope": 9, "context": 77} | changes))


def test_draw__provable__nonce_is_the_root_and_secrets_are_fresh() -> None:
    other = drawn()
    assert OPENING.nonce != other.nonce
    assert OPENING.secrets != other.secrets
    assert [OPENING.secrets[31 * n : 31 * n + 31] == bytes(31) for n in range(4)] == [False, True, True, False]
    assert "secrets" not in repr(OPENING)
    assert not draw_openings({"F1": records()}, {"F1": FIRM}, SystemRandomness())[0].secrets


def test_statement__inputs__as_the_circuit_names_them() -> None:
    statement = prove()
    assert statement.circuit is Circuit.INVOICE_RANGE
    root = int.from_bytes(OPENING.nonce, "big")
    assert statement.public_inputs == (root, 2_000, 3_000, 9, nullifier_of(INVOICE.secret, 9), 77)
    assert list(statement.inputs) == [
        "root", "low", "high", "scope", "nullifier", "_context", "amount", "rest", "secret", "siblings", "is_right",
    ]  # fmt: skip
    assert statement.inputs["amount"] == "2500"
    assert statement.inputs["rest"] == str(rest_of(OPENING.invoices[3]))
    assert statement.inputs["is_right"] == [True, True, *[False] * 18]
    assert str(INVOICE.secret) not in repr(statement)


def test_statement__two_scopes__two_nullifiers_one_each() -> None:
    nullifiers = [prove(scope=scope, context=context).public_inputs[4] for scope in (1, 2) for context in (5, 6)]
    assert nullifiers[0] == nullifiers[1] != nullifiers[2] == nullifiers[3]


@pytest.mark.parametrize("bounds", [{"low": 2_501}, {"high": 2_499}])
def test_statement__total_elsewhere__false_and_not_told(bounds: dict[str, int]) -> None:
    with pytest.raises(FalseStatement) as raised:
        prove(**bounds)
    assert "2500" not in str(raised.value)


@pytest.mark.parametrize(
    "bounds", [{"low": -1}, {"high": 2**64}, {"low": 3_001}, {"scope": FIELD_MODULUS}, {"scope": -1}]
)
def test_statement__what_no_circuit_takes__refused(bounds: dict[str, int]) -> None:
    with pytest.raises(OutOfRange):
        prove(**bounds)


def test_statement__other_invoice_secret_place_or_sibling__does_not_lead_to_the_root() -> None:
    changes: list[dict[str, Any]] = [
        {"invoice": OPENING.invoices[0]},
        {"invoice": INVOICE.invoice._replace(buyer="C")},
        {"secret": INVOICE.secret + 1},
        {"index": 2},
        {"siblings": (*INVOICE.siblings[:5], 1, *INVOICE.siblings[6:])},
    ]
    for change in changes:
        with pytest.raises(CommitmentMismatch, match="root"):
            prove(replace(INVOICE, **change), low=0, high=10**6)


@pytest.mark.parametrize("index", [1, 2])
def test_batch__void_or_negative__cannot_be_proven_about(index: int) -> None:
    with pytest.raises(OutOfRange, match=f"invoice {index}: it was void"):
        BATCH.invoice(index)


def test_batch__no_secrets_or_others__refused() -> None:
    with pytest.raises(OutOfRange, match="cannot be proven about"):
        ProvableBatch(replace(OPENING, secrets=b""), HEADER)
    with pytest.raises(CommitmentMismatch, match="restore"):
        ProvableBatch(replace(OPENING, secrets=drawn().secrets), HEADER)
    with pytest.raises(CommitmentMismatch, match="restore"):
        ProvableBatch(replace(OPENING, invoices=OPENING.invoices[::-1]), HEADER)
    with pytest.raises(OutOfRange, match="index 4"):
        BATCH.invoice(4)


def test_standing__anchored_here_and_not_voided__passes() -> None:
    require_standing(INVOICE, Ledger(voided=0))
    with pytest.raises(FalseStatement, match="voided"):
        require_standing(INVOICE, Ledger(voided=3))
    with pytest.raises(CommitmentMismatch, match="not anchored here"):
        require_standing(INVOICE, Ledger(known=b"x" * 32))
    with pytest.raises(CommitmentMismatch, match="not anchored here"):
        require_standing(replace(INVOICE, header=replace(HEADER, chain_id=1)), Ledger())


def test_document__round_trip__and_any_other_byte_is_refused() -> None:
    raw = INVOICE.to_bytes()
    assert parse_provable_invoice(raw, where="f") == INVOICE
    assert "secret" not in repr(INVOICE)
    random = Random(3)
    for place in random.sample(range(len(raw)), 60):
        other = bytearray(raw)
        other[place] ^= 1 << random.randrange(7)
        try:
            found = parse_provable_invoice(bytes(other), where="f")
        except InvalidOpening:
            continue
        # A source, chain, registry, subject or count that was changed names another batch; the ledger does not know it.
        with pytest.raises(CommitmentMismatch, match="not anchored here"):
            require_standing(found, Ledger())


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{}", b"\xff", b"1" * 9_000, b'{"format":"x"}'])
def test_document__something_else__refused(raw: bytes) -> None:
    with pytest.raises(InvalidOpening, match="f: not a provable invoice"):
        parse_provable_invoice(raw, where="f")
