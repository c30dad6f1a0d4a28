"""From a draft to the canonical value: the same rules for every syntax, every problem found, none mended.

Rule ids are those of EN 16931 where it has the rule; TS-… are this package's own (docs/reference-einvoices.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from unicodedata import normalize

from trustspace.adapters.invoices.party_ids import normalised_id, party_id_problem
from trustspace.domain.arithmetic import check_arithmetic
from trustspace.domain.currencies import MINOR_DIGITS
from trustspace.domain.einvoices import (
    MAX_LINES,
    MAX_MINOR,
    MAX_TEXT,
    Adjustment,
    EInvoice,
    Line,
    Preceding,
    TaxShare,
    Totals,
)
from trustspace.domain.invoices import FIRST_DAY, LAST_DAY
from trustspace.domain.parties import Party
from trustspace.domain.verdicts import Finding, Severity

if TYPE_CHECKING:
    from trustspace.adapters.invoices.draft import Draft, PartyDraft, Texts

_NUMBER = re.compile(r"([+-]?)([0-9]{0,30})(?:\.([0-9]{0,30}))?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-]00:00)?")
_MANDATORY = (
    ("number", "BR-02"),
    ("issue_date", "BR-03"),
    ("type_code", "BR-04"),
    ("currency", "BR-05"),
    ("lines", "BR-12"),
    ("net", "BR-13"),
    ("gross", "BR-14"),
    ("due", "BR-15"),
)
_NO_LINES = ("minimum", "basicwl")
_TRUE = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The canonical value, when nothing fatal stands in its way, and everything that was found."""

    invoice: EInvoice | None
    findings: tuple[Finding, ...]


def settle(draft: Draft) -> Reading:
    """Check and convert everything a reader found."""
    work = _Settling(draft)
    invoice = work.invoice()
    findings = [*draft.problems, *work.findings]
    if invoice is not None:
        sums = check_arithmetic(invoice, third_party=work.third_party)
        leaves_out_prepaid = "factur-x.eu:1p0:minimum" in draft.profile.lower()
        findings += [item for item in sums if not (leaves_out_prepaid and item.rule == "BR-CO-16")]
    broken = any(finding.rule.startswith("TS-") and finding.severity for finding in findings)
    return Reading(invoice=None if broken else invoice, findings=tuple(dict.fromkeys(findings)))


class _Settling:
    """One draft's conversion; findings gather while it goes."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.findings: list[Finding] = []
        self.digits = 2
        self.third_party = 0

    def fatal(self, rule: str, message: str) -> None:
        self.findings.append(Finding(rule, message))

    def invoice(self) -> EInvoice | None:
        draft, texts = self.draft, self.draft.texts
        self._mandatory()
        currency = self.text(texts.get("currency"), "currency")
        if currency and currency not in MINOR_DIGITS:
            self.fatal("BR-CL-04", f"{currency[:20]!r} is no currency of ISO 4217")
            return None
        self.digits = MINOR_DIGITS.get(currency, 2)
        issued = self.day(texts.get("issue_date"), "issue_date")
        if len(draft.lines) > MAX_LINES:
            self.fatal("TS-LIMIT", f"has {len(draft.lines)} lines, more than {MAX_LINES}")
            return None
        value = EInvoice(
            number=self.text(texts.get("number"), "number"),
            type_code=self.text(texts.get("type_code"), "type_code"),
            issue_date=issued or FIRST_DAY,
            due_date=self.day(texts.get("due_date"), "due_date"),
            currency=currency,
            seller=self.party(draft.seller, "seller"),
            buyer=self.party(draft.buyer, "buyer"),
            payee=None if draft.payee is None else self.party(draft.payee, "payee"),
            totals=self.totals(),
            taxes=tuple(sorted(self.tax(item) for item in draft.taxes)),
            adjustments=tuple(sorted(self.adjustment(item) for item in draft.adjustments)),
            preceding=tuple(sorted((self.earlier(item) for item in draft.preceding), key=_by_number)),
            accounts=tuple(sorted({self.text(item, "account").replace(" ", "") for item in draft.accounts})),
            lines=tuple([self.line(item) for item in draft.lines]),
        )
        self.third_party = sum(self.minor(item, "third party's amount") for item in draft.third_party)
        return None if any(finding.severity for finding in self.findings) else value

    def _mandatory(self) -> None:
        profile = self.draft.profile.lower()
        for name, rule in _MANDATORY:
            if not (self.draft.texts.get(name) or "").strip() and not (name == "lines" and "minimum" in profile):
                self.fatal(rule, f"{name} is missing")
        for party, name, rule in ((self.draft.seller, "seller", "BR-06"), (self.draft.buyer, "buyer", "BR-07")):
            if party is None or not party.texts.get("name", "").strip():
                self.fatal(rule, f"the {name}'s name is missing")
        if not self.draft.lines and not any(word in profile for word in _NO_LINES):
            self.fatal("BR-16", "has no line")

    def text(self, raw: str | None, name: str) -> str:
        """Trimmed, blanks collapsed, normal form C."""
        if not raw:
            return ""
        text = raw if raw.isascii() else normalize("NFC", raw)
        text = " ".join(text.split())
        if len(text) > MAX_TEXT or not (text.isascii() or text.isprintable()):
            self.fatal("TS-TEXT", f"{name} is longer than {MAX_TEXT} characters or cannot be printed: {text[:40]!r}")
            return ""
        return text

    def day(self, raw: str | None, name: str) -> date | None:
        """A calendar day; a time zone other than UTC is refused, since it would make two days of one."""
        if raw is None or not raw.strip():
            return None
        found = _DAY.fullmatch(raw.strip())
        try:
            day = date.fromisoformat(found[1]) if found else None
        except ValueError:
            day = None
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            self.fatal("TS-DATE", f"{name} {raw[:40]!r} is not a day between {FIRST_DAY} and {LAST_DAY}")
            return None
        return day

    def minor(self, raw: str | None, name: str) -> int:
        """Integer minor units, exact. Absent is 0."""
        if raw is None:
            return 0
        found = _NUMBER.fullmatch(raw.strip())
        if found is None or not (found[2] or found[3]):
            self.fatal("TS-AMOUNT", f"{name} {raw[:40]!r} is not an amount")
            return 0
        decimals = (found[3] or "").rstrip("0")
        if len(decimals) > self.digits:
            self.fatal("TS-MINOR", f"{name} {raw[:40]} has more decimals than the currency's {self.digits}")
            return 0
        value = int((found[2] or "0") + decimals.ljust(self.digits, "0"))
        if value > MAX_MINOR:
            self.fatal("TS-AMOUNT", f"{name} {raw[:40]} is more than any invoice can hold")
            return 0
        return -value if found[1] == "-" else value

    def decimal(self, raw: str | None, name: str, absent: str) -> str:
        """Shortest form of an exact decimal number."""
        if raw is None or not raw.strip():
            return absent
        found = _NUMBER.fullmatch(raw.strip())
        if found is None or not (found[2] or found[3]):
            self.fatal("TS-AMOUNT", f"{name} {raw[:40]!r} is not a number")
            return absent
        whole, part = found[2].lstrip("0") or "0", (found[3] or "").rstrip("0")
        text = f"{whole}.{part}" if part else whole
        return f"-{text}" if found[1] == "-" and text != "0" else text

    def totals(self) -> Totals:
        texts, currency = self.draft.texts, self.draft.texts.get("currency", "").strip()
        own = [amount for code, amount in self.draft.tax_totals if code in {currency, ""}]
        if len(own) > 1:
            self.fatal("TS-REPEATED", "the total VAT stands twice")
        amounts = {name: self.minor(texts.get(name), name) for name in Totals._fields if name != "tax"}
        net = amounts["net"]
        if texts.get("lines") is None:
            amounts["lines"] = net  # profile MINIMUM states no sum of lines
        return Totals(tax=self.minor(own[0] if own else None, "total VAT"), **amounts)

    def tax(self, texts: Texts) -> TaxShare:
        category, rate = self.category(texts)
        return TaxShare(category, rate, self.minor(texts.get("net"), "VAT basis"), self.minor(texts.get("tax"), "VAT"))

    def category(self, texts: Texts) -> tuple[str, str]:
        return self.text(texts.get("category"), "VAT category"), self.decimal(texts.get("rate"), "VAT rate", "0")

    def adjustment(self, texts: Texts) -> Adjustment:
        is_charge = _TRUE.get((texts.get("is_charge") or "").strip())
        if is_charge is None:
            self.fatal("TS-FIELD", "an allowance or charge does not say which it is")
        amount = self.minor(texts.get("amount"), "allowance or charge")
        return Adjustment(bool(is_charge), amount, *self.category(texts))

    def earlier(self, texts: Texts) -> Preceding:
        return Preceding(
            self.text(texts.get("number"), "preceding invoice"), self.day(texts.get("issue_date"), "preceding date")
        )

    def line(self, texts: Texts) -> Line:
        return Line(
            self.text(texts.get("number"), "line number"),
            self.text(texts.get("name"), "item"),
            self.decimal(texts.get("quantity"), "quantity", "0"),
            self.text(texts.get("unit"), "unit"),
            self.decimal(texts.get("price"), "price", "0"),
            self.decimal(texts.get("price_quantity"), "price quantity", "1"),
            self.minor(texts.get("net"), "line net amount"),
            *self.category(texts),
        )

    def party(self, draft: PartyDraft | None, role: str) -> Party:
        if draft is None:
            return Party("", "", ())
        ids = set()
        for scheme, value in draft.ids:
            found = normalised_id(self.text(scheme, "scheme"), self.text(value, f"{role}'s id"))
            if found is not None:
                ids.add(found)
        ordered = tuple(sorted(ids))
        for party_id in ordered:
            problem = party_id_problem(party_id)
            if problem:
                self.findings.append(Finding("TS-ID", f"{role}'s {problem}", Severity.WARNING))
        return Party(
            self.text(draft.texts.get("name"), f"{role}'s name"),
            self.text(draft.texts.get("country"), f"{role}'s country"),
            ordered,
        )


def _by_number(item: Preceding) -> tuple[str, date]:
    return item.number, item.issue_date or FIRST_DAY
