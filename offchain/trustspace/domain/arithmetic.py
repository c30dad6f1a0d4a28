"""Arithmetic of an e-invoice in exact minor units, by the formulas of EN 16931-1, section 6.4.2."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from trustspace.domain.currencies import MINOR_DIGITS
from trustspace.domain.verdicts import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.domain.einvoices import EInvoice, TaxShare


def check_arithmetic(invoice: EInvoice, *, third_party: int = 0) -> Iterator[Finding]:
    """Findings of the sums that do not come out. `third_party`: what others pay along (XRechnung extension)."""
    totals, digits = invoice.totals, MINOR_DIGITS[invoice.currency]
    allowances = sum(item.amount for item in invoice.adjustments if not item.is_charge)
    charges = sum(item.amount for item in invoice.adjustments if item.is_charge)
    sums = [
        ("BR-CO-11", "sum of allowances", totals.allowances, allowances),
        ("BR-CO-12", "sum of charges", totals.charges, charges),
        ("BR-CO-13", "total without VAT", totals.net, totals.lines - totals.allowances + totals.charges),
        ("BR-CO-15", "total with VAT", totals.gross, totals.net + totals.tax),
        ("BR-CO-16", "amount due", totals.due, totals.gross - totals.prepaid + totals.rounding + third_party),
    ]
    if invoice.lines:
        sums.append(("BR-CO-10", "sum of line net amounts", totals.lines, sum(line.net for line in invoice.lines)))
    if invoice.taxes:
        sums.append(("BR-CO-14", "total VAT", totals.tax, sum(share.tax for share in invoice.taxes)))
    for rule, what, stated, due in sums:
        if stated != due:
            yield Finding(rule, f"{what} is {shown(stated, digits)}, its parts give {shown(due, digits)}")
    for share in invoice.taxes:
        if abs(share.tax - tax_of(share)) > 10**digits:
            named = f"VAT of category {share.category}, {share.rate} %"
            yield Finding("BR-CO-17", f"{named}, is {shown(share.tax, digits)} on {shown(share.net, digits)}")


def tax_of(share: TaxShare) -> int:
    """Basis times rate, rounded half up. The rule itself allows one whole unit of difference, for sums of lines."""
    return int((share.net * Decimal(share.rate) / 100).to_integral_value(ROUND_HALF_UP))


def shown(minor: int, digits: int) -> str:
    """An amount as people write it: -12.05 for -1205 with two digits."""
    if not digits:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}}"
