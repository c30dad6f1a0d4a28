"""Canonical bytes behind the fingerprints of an invoice, version 1, and the context that keys are made for.

    offset  size  field
    0       4     "TSFP"
    4       1     version = 1
    5       1     kind (1 strict, 2 parties, 3 digits)
    6             fields, each behind its length (uint16, big endian), in UTF-8:
                  strict   seller, document type (one decimal digit), number, issue date
                  parties  seller, buyer, issue date, total in minor units (decimal), currency
                  digits   seller, digits of the number without leading zeros

Texts are folded first, so that one invoice has one key however it was typed: Unicode NFKC (full-width forms become
ASCII), case folding, NFKC again, every dash a hyphen, blanks, controls and invisible marks left out. Dates: YYYY-MM-DD.
Characters that this Unicode version does not know are refused: another version might fold them otherwise.

The context of a key (what the pseudo-random shares are computed for), 76 bytes:

    chain id (32) || FingerprintKeys (20) || epoch (4) || the seller's pseudonym (20)
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from trustspace.domain.fingerprints import DocumentType, FingerprintKind, InvoiceFacts
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import address_word, keccak, uint_word
from trustspace.errors import InvalidInvoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.einvoices import EInvoice
    from trustspace.domain.ids import Address, ParticipantId, SubjectId
    from trustspace.domain.invoices import Invoice

VERSION = 1
_MAGIC = b"TSFP"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10))))
"""Letters and marks that show nothing (Default_Ignorable_Code_Point outside the categories left out anyway)."""
_SESSION = b"trustspace.fingerprint.session.v1"


def facts_of(invoice: Invoice) -> InvoiceFacts:
    """What a canonical invoice says for its fingerprints."""
    return InvoiceFacts(
        seller=invoice.seller,
        buyer=invoice.buyer,
        document=DocumentType.CREDIT_NOTE if invoice.is_red_letter else DocumentType.INVOICE,
        number=invoice.number,
        issue_date=invoice.issue_date,
        total_minor=invoice.total_fen,
        currency=invoice.currency,
    )


def facts_of_document(invoice: EInvoice) -> InvoiceFacts:
    """What an e-invoice says for its fingerprints: the total of a credit note counts as negative, as in exports."""
    is_credit = invoice.is_credit_note or invoice.totals.gross < 0
    size = abs(invoice.totals.gross)
    return InvoiceFacts(
        seller=invoice.seller.identity.value,
        buyer=invoice.buyer.identity.value,
        document=DocumentType.CREDIT_NOTE if is_credit else DocumentType.INVOICE,
        number=invoice.number,
        issue_date=invoice.issue_date,
        total_minor=-size if is_credit else size,
        currency=invoice.currency,
    )


def fingerprint_key(kind: FingerprintKind, facts: InvoiceFacts) -> bytes | None:
    """Canonical bytes of one kind; None for DIGITS when the number has none. Raises InvalidInvoice naming the field."""
    seller, day = folded("seller", facts.seller), facts.issue_date.isoformat()
    if kind is FingerprintKind.STRICT:
        return _join(kind, (seller, str(int(facts.document)), folded("number", facts.number), day))
    if kind is FingerprintKind.PARTIES:
        buyer, currency = folded("buyer", facts.buyer), folded("currency", facts.currency)
        return _join(kind, (seller, buyer, day, str(facts.total_minor), currency))
    number = folded("number", facts.number)
    digits = "".join(str(unicodedata.decimal(sign)) for sign in number if sign.isdecimal())
    return _join(kind, (seller, digits.lstrip("0") or "0")) if digits else None


def folded(field: str, text: str) -> str:
    """One spelling of a text; folding it again changes nothing.

    Raises InvalidInvoice when nothing is left or a character is unknown.
    """
    plain = text
    while (spelt := _folded_once(field, plain)) != plain:  # a letter may meet an accent once what parted them is gone
        plain = spelt
    return plain


def _folded_once(field: str, text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = []
    for sign in plain:
        category = unicodedata.category(sign)
        if category in ("Cn", "Cs", "Co"):
            raise InvalidInvoice(
                f"{field} holds U+{ord(sign):04X}, which has no agreed meaning", remedy="correct it at its source"
            )
        if category[0] not in "ZC" and sign not in _INVISIBLE:
            kept.append("-" if category == "Pd" else sign)
    result = "".join(kept)
    if not result:
        raise InvalidInvoice(f"{field} is empty", remedy="an invoice without it has no fingerprint")
    return result


def key_context(*, chain_id: int, contract: Address, epoch: int, seller: SubjectId) -> bytes:
    """What a seller's key in an epoch is computed for."""
    return (
        uint_word(chain_id, where="chain id")
        + address_word(contract, where="FingerprintKeys")[12:]
        + uint_word(epoch, 32, where="epoch")[28:]
        + address_word(seller, where="seller")[12:]
    )


def session_operation(
    *, chain_id: int, contract: Address, bank: ParticipantId, seller: SubjectId, day: int
) -> OperationId:
    """The use that a bank counts on the agreement, once for all its fingerprints of a seller's invoices on a day."""
    return OperationId(
        keccak(
            _SESSION
            + uint_word(chain_id, where="chain id")
            + address_word(contract, where="FingerprintKeys")
            + uint_word(bank, 16, where="bank")
            + address_word(seller, where="seller")
            + uint_word(day, 16, where="day")
        )
    )


def _join(kind: FingerprintKind, fields: Sequence[str]) -> bytes:
    parts = [_MAGIC, bytes([VERSION, kind])]
    for field in fields:
        raw = field.encode()
        if len(raw) > 0xFFFF:
            raise InvalidInvoice(f"a field of {len(raw)} bytes", remedy="correct the invoice at its source")
        parts += [len(raw).to_bytes(2, "big"), raw]
    return b"".join(parts)
