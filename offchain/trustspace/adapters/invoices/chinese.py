"""Chinese VAT invoices as XML: the fully digitalised e-invoice (数电票) and the electronic VAT invoice of 2019.

`EInvoice` (no namespace; tag SWEI3200): number in `TaxSupervisionInfo/InvoiceNumber`, parties and sums in
`EInvoiceData`. `eInvoice` (namespace edrm.org.cn 2019, also inside OFD): `InvoiceCode` and `InvoiceNo` with a hyphen.
Sums stand before tax; a total of each rate, which EN 16931 wants, is added up from the lines.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from trustspace.adapters.invoices.draft import Draft, PartyDraft, Texts
from trustspace.domain.parties import Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

FULLY_DIGITAL = "EInvoice"
VAT_2019 = "{http://www.edrm.org.cn/schema/e-invoice/2019}eInvoice"
VAT_2019_PLAIN = "eInvoice"
"""Published files leave the root out of the namespace that they declare."""
INVOICE_TYPE = "380"
_FP = "{http://www.edrm.org.cn/schema/e-invoice/2019}"
_CHINESE_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_PACKED_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_STATED_DAY = re.compile(r"(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d(?::\d\d)?")
_EXEMPT = {"免税": "E", "不征税": "O", "***": "E", "零税率": "Z"}
_MAX_DIGITS = 40


def read_fully_digital(root: _Element) -> Draft:
    """Draft of an `EInvoice` element."""
    draft = Draft(profile="cn-fully-digital")
    basic = _texts(root.find("EInvoiceData/BasicInformation"))
    supervision = _texts(root.find("TaxSupervisionInfo"))
    issued = supervision.get("IssueTime") or basic.get("RequestTime")
    _head(draft, number=supervision.get("InvoiceNumber"), issued=issued)
    sums = ("TotalAmWithoutTax", "TotalTaxAm", "TotalTax-includedAmount")
    _sums(draft, *(basic.get(name) for name in sums))
    for role in ("Seller", "Buyer"):
        party = _texts(root.find(f"EInvoiceData/{role}Information"))
        _party(draft, role, party.get(f"{role}Name"), party.get(f"{role}IdNum"), party.get(f"{role}BankAccNum"))
    for item in root.findall("EInvoiceData/IssuItemInformation"):
        texts = _texts(item)
        names = ("ItemName", "MeaUnits", "Quantity", "UnPrice", "Amount", "TaxRate", "ComTaxAm")
        add_line(draft, *(texts.get(name) for name in names))
    add_taxes(draft)
    return draft


def read_vat_2019(root: _Element) -> Draft:
    """Draft of an `eInvoice` element."""
    draft = Draft(profile="cn-vat-2019")
    texts = _texts(root, _FP)
    code, number = texts.get("InvoiceCode", ""), texts.get("InvoiceNo", "")
    _head(draft, number=f"{code}-{number}" if code and number else code or number, issued=texts.get("IssueDate"))
    sums = ("TaxExclusiveTotalAmount", "TaxTotalAmount", "TaxInclusiveTotalAmount")
    _sums(draft, *(texts.get(name) for name in sums))
    for role in ("Seller", "Buyer"):
        party = _texts(root.find(_FP + role), _FP)
        account = party.get(f"{role}FinancialAccount")
        _party(draft, role, party.get(f"{role}Name"), party.get(f"{role}TaxID"), account)
    for item in root.iterfind(f"{_FP}GoodsInfos/{_FP}GoodsInfo"):
        goods = _texts(item, _FP)
        names = ("Item", "MeasurementDimension", "Quantity", "Price", "Amount", "TaxScheme", "TaxAmount")
        add_line(draft, *(goods.get(name) for name in names))
    add_taxes(draft)
    return draft


def read_named(fields: Mapping[str, str]) -> Draft:
    """Draft of the fields that an OFD names: number, issued, net, tax, gross, and both parties' name and id."""
    draft = Draft(profile="cn-ofd")
    _head(draft, number=fields.get("number"), issued=fields.get("issued"))
    gross = fields.get("gross")
    _sums(draft, fields.get("net"), fields.get("tax"), gross)
    for role in ("Seller", "Buyer"):
        _party(draft, role, fields.get(f"{role}Name"), fields.get(f"{role}TaxID"), None)
    return draft


def add_line(
    draft: Draft,
    name: str | None,
    unit: str | None,
    quantity: str | None,
    price: str | None,
    net: str | None,
    rate: str | None,
    tax: str | None,
) -> None:
    """One position. Rates come as "6%", as "0.06", or as a word for none."""
    category, percent = _rate(rate or "")
    line: Texts = {"number": str(len(draft.lines) + 1), "category": category, "rate": percent}
    for key, text in (("name", name), ("unit", unit), ("quantity", quantity), ("price", price), ("net", net)):
        if text:
            line[key] = text
    line["tax"] = tax or "0"
    draft.lines.append(line)


def add_taxes(draft: Draft) -> None:
    """The total of each category and rate, from the lines; what is no number is left for `settle` to refuse."""
    sums: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for line in draft.lines:
        key = line["category"], line["rate"]
        net, tax = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = net + _number(line.get("net")), tax + _number(line.pop("tax", None))
    draft.taxes = [
        {"category": category, "rate": rate, "net": f"{net:f}", "tax": f"{tax:f}"}
        for (category, rate), (net, tax) in sums.items()
    ]


def iso_day(text: str) -> str:
    """2020年10月10日, 20201010 and 2020-10-10 12:00:00 as 2020-10-10; anything else as it is."""
    stripped = text.strip()
    found = _CHINESE_DAY.fullmatch(stripped) or _PACKED_DAY.fullmatch(stripped)
    if found:
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
    stated = _STATED_DAY.fullmatch(stripped)
    return stated[1] if stated else stripped


def _head(draft: Draft, *, number: str | None, issued: str | None) -> None:
    draft.put(draft.texts, "number", number)
    draft.put(draft.texts, "issue_date", iso_day(issued or ""))
    draft.put(draft.texts, "type_code", INVOICE_TYPE)
    draft.put(draft.texts, "currency", "CNY")


def _sums(draft: Draft, net: str | None, tax: str | None, gross: str | None) -> None:
    for name, text in (("lines", net), ("net", net), ("gross", gross), ("due", gross)):
        draft.put(draft.texts, name, text)
    if tax:
        draft.tax_totals.append(("CNY", "0" if tax.strip("* ") == "" else tax))


def _party(draft: Draft, role: str, name: str | None, tax_id: str | None, account: str | None) -> None:
    party = PartyDraft(texts={"country": "CN"})
    draft.put(party.texts, "name", name)
    if tax_id:
        party.ids.append((str(Scheme.USCC if len(tax_id.strip()) == 18 else Scheme.LEGAL), tax_id))
    if role == "Seller":
        draft.seller = party
        if account:
            draft.accounts.append(account)
    else:
        draft.buyer = party


def _rate(text: str) -> tuple[str, str]:
    """Category of EN 16931 and percent."""
    stripped = text.strip()
    if stripped in _EXEMPT:
        return _EXEMPT[stripped], "0"
    if stripped.endswith("%"):
        return "S", stripped[:-1].strip()
    share = _number(stripped)
    return "S", f"{share * 100:f}" if share else stripped or "0"


def _number(text: str | None) -> Decimal:
    """An exact number, or 0 for what is none."""
    try:
        value = Decimal((text or "0").strip()) if text is None or len(text) <= _MAX_DIGITS else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value.adjusted()) <= _MAX_DIGITS else Decimal(0)


def _texts(element: _Element | None, prefix: str = "") -> Texts:
    """Texts of an element's children by local name; the first of equal names."""
    found: Texts = {}
    for child in () if element is None else element:
        text = (child.text or "").strip()
        if text:
            found.setdefault(str(child.tag).removeprefix(prefix), text)
    return found
