"""An e-invoice as the canonical value that every syntax is read into (EN 16931's terms in brackets).

Amounts are integers in minor units of the invoice's currency; what is absent and means nothing is 0. Quantities,
prices and rates are exact decimals in their shortest form ("12.5", never "12.50"). Dates are days as the seller wrote.
`domain.invoices.Invoice` is the narrow row of VAT exports; this is the whole document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from trustspace.domain.parties import Party

MAX_MINOR = 10**17 - 1
"""Far above any invoice in any currency; three such amounts still add up within 64 bits."""
MAX_TEXT = 2_000
"""Characters of any text in the canonical value."""
MAX_LINES = 20_000

CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
"""Codes of UNTDID 1001 under which EN 16931 sends a credit note."""


class Totals(NamedTuple):
    """Amounts of the document as a whole (BG-22)."""

    lines: int
    allowances: int
    charges: int
    net: int
    tax: int
    gross: int
    prepaid: int
    rounding: int
    due: int


class TaxShare(NamedTuple):
    """VAT of one category and rate (BG-23)."""

    category: str
    rate: str
    net: int
    tax: int


class Adjustment(NamedTuple):
    """Allowance (BG-20) or charge (BG-21) on the document."""

    is_charge: bool
    amount: int
    category: str
    rate: str


class Line(NamedTuple):
    """One position (BG-25). `price` is net, for `price_quantity` units."""

    number: str
    name: str
    quantity: str
    unit: str
    price: str
    price_quantity: str
    net: int
    category: str
    rate: str


class Preceding(NamedTuple):
    """An earlier invoice that this one corrects or refers to (BG-3)."""

    number: str
    issue_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoice:
    """One e-invoice. Unordered groups (taxes, adjustments, references, accounts) are sorted, lines keep their order."""

    number: str
    type_code: str
    issue_date: date
    due_date: date | None
    currency: str
    seller: Party
    buyer: Party
    payee: Party | None
    totals: Totals
    taxes: tuple[TaxShare, ...]
    adjustments: tuple[Adjustment, ...]
    preceding: tuple[Preceding, ...]
    accounts: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def is_credit_note(self) -> bool:
        return self.type_code in CREDIT_NOTES
