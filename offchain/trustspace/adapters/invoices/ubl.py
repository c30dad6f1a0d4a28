"""UBL 2.1 Invoice and CreditNote into a draft, by the syntax binding CEN/TS 16931-3-2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.invoices.draft import Draft, PartyDraft, Texts
from trustspace.domain.parties import EAS, ICD, Scheme

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
CREDIT_NOTE = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"

_HEAD = {
    CBC + "ID": "number",
    CBC + "CustomizationID": "profile",
    CBC + "IssueDate": "issue_date",
    CBC + "DueDate": "due_date",
    CBC + "InvoiceTypeCode": "type_code",
    CBC + "CreditNoteTypeCode": "type_code",
    CBC + "DocumentCurrencyCode": "currency",
}
_TOTALS = {
    CBC + "LineExtensionAmount": "lines",
    CBC + "TaxExclusiveAmount": "net",
    CBC + "TaxInclusiveAmount": "gross",
    CBC + "AllowanceTotalAmount": "allowances",
    CBC + "ChargeTotalAmount": "charges",
    CBC + "PrepaidAmount": "prepaid",
    CBC + "PayableRoundingAmount": "rounding",
    CBC + "PayableAmount": "due",
}
_LINE = {
    CBC + "ID": "number",
    CBC + "InvoicedQuantity": "quantity",
    CBC + "CreditedQuantity": "quantity",
    CBC + "LineExtensionAmount": "net",
}
_CATEGORY = {CBC + "ID": "category", CBC + "Percent": "rate"}
_PRICE = {CBC + "PriceAmount": "price", CBC + "BaseQuantity": "price_quantity"}


def read_ubl(root: _Element) -> Draft:
    """Draft of an Invoice or CreditNote element."""
    draft = Draft()
    for node in root:
        name = _HEAD.get(node.tag)
        if name is not None:
            draft.put(draft.texts, name, node.text)
            continue
        part = _PARTS.get(node.tag)
        if part is not None:
            part(draft, node)
    draft.profile = draft.texts.pop("profile", "")
    return draft


def _take(draft: Draft, texts: Texts, node: _Element, names: dict[str, str]) -> None:
    for child in node:
        name = names.get(child.tag)
        if name is not None:
            draft.put(texts, name, child.text)


def _seller(draft: Draft, node: _Element) -> None:
    _repeated(draft, draft.seller, "seller")
    draft.seller = _party(draft, node.find(CAC + "Party"))


def _buyer(draft: Draft, node: _Element) -> None:
    _repeated(draft, draft.buyer, "buyer")
    draft.buyer = _party(draft, node.find(CAC + "Party"))


def _payee(draft: Draft, node: _Element) -> None:
    _repeated(draft, draft.payee, "payee")
    draft.payee = _party(draft, node)


def _repeated(draft: Draft, found: PartyDraft | None, name: str) -> None:
    if found is not None:
        draft.put({name: ""}, name, "")


def _party(draft: Draft, node: _Element | None) -> PartyDraft:
    party = PartyDraft()
    trading = None
    for child in () if node is None else node:
        tag = child.tag
        if tag == CBC + "EndpointID":
            _id(party, EAS, child, Scheme.ID)
        elif tag == CAC + "PartyIdentification":
            _id(party, ICD, child.find(CBC + "ID"), Scheme.ID)
        elif tag == CAC + "PartyName":
            trading = child.findtext(CBC + "Name")
        elif tag == CAC + "PostalAddress":
            draft.put(party.texts, "country", child.findtext(f"{CAC}Country/{CBC}IdentificationCode"))
        elif tag == CAC + "PartyTaxScheme":
            vat = (child.findtext(f"{CAC}TaxScheme/{CBC}ID") or "").strip() == "VAT"
            party.ids.append((Scheme.VAT if vat else Scheme.TAX, child.findtext(CBC + "CompanyID") or ""))
        elif tag == CAC + "PartyLegalEntity":
            draft.put(party.texts, "name", child.findtext(CBC + "RegistrationName"))
            _id(party, ICD, child.find(CBC + "CompanyID"), Scheme.LEGAL)
    if trading is not None:
        party.texts.setdefault("name", trading)
    return party


def _id(party: PartyDraft, family: str, node: _Element | None, unstated: str) -> None:
    if node is not None:
        scheme = node.get("schemeID")
        party.ids.append((family + scheme if scheme else unstated, node.text or ""))


def _totals(draft: Draft, node: _Element) -> None:
    _take(draft, draft.texts, node, _TOTALS)


def _tax_total(draft: Draft, node: _Element) -> None:
    for child in node:
        if child.tag == CBC + "TaxAmount":
            draft.tax_totals.append((child.get("currencyID", ""), child.text or ""))
        elif child.tag == CAC + "TaxSubtotal":
            texts: Texts = {}
            _take(draft, texts, child, {CBC + "TaxableAmount": "net", CBC + "TaxAmount": "tax"})
            _category(draft, texts, child.find(CAC + "TaxCategory"))
            draft.taxes.append(texts)


def _category(draft: Draft, texts: Texts, node: _Element | None) -> None:
    if node is not None:
        _take(draft, texts, node, _CATEGORY)


def _adjustment(draft: Draft, node: _Element) -> None:
    texts: Texts = {}
    _take(draft, texts, node, {CBC + "ChargeIndicator": "is_charge", CBC + "Amount": "amount"})
    _category(draft, texts, node.find(CAC + "TaxCategory"))
    draft.adjustments.append(texts)


def _preceding(draft: Draft, node: _Element) -> None:
    for child in node:
        if child.tag in {CAC + "InvoiceDocumentReference", CAC + "CreditNoteDocumentReference"}:
            texts: Texts = {}
            _take(draft, texts, child, {CBC + "ID": "number", CBC + "IssueDate": "issue_date"})
            draft.preceding.append(texts)


def _payment(draft: Draft, node: _Element) -> None:
    due = node.findtext(CBC + "PaymentDueDate")
    if due is not None and "due_date" not in draft.texts:
        draft.texts["due_date"] = due
    account = node.findtext(f"{CAC}PayeeFinancialAccount/{CBC}ID")
    if account is not None:
        draft.accounts.append(account)


def _third_party(draft: Draft, node: _Element) -> None:
    draft.third_party.append(node.findtext(CBC + "PaidAmount") or "")


def _line(draft: Draft, node: _Element) -> None:
    texts: Texts = {}
    for child in node:
        tag = child.tag
        name = _LINE.get(tag)
        if name is not None:
            draft.put(texts, name, child.text)
            if name == "quantity":
                texts["unit"] = child.get("unitCode", "")
        elif tag == CAC + "Item":
            draft.put(texts, "name", child.findtext(CBC + "Name"))
            _category(draft, texts, child.find(CAC + "ClassifiedTaxCategory"))
        elif tag == CAC + "Price":
            _take(draft, texts, child, _PRICE)
    draft.lines.append(texts)


_PARTS: dict[str, Callable[[Draft, _Element], None]] = {
    CAC + "AccountingSupplierParty": _seller,
    CAC + "AccountingCustomerParty": _buyer,
    CAC + "PayeeParty": _payee,
    CAC + "LegalMonetaryTotal": _totals,
    CAC + "TaxTotal": _tax_total,
    CAC + "AllowanceCharge": _adjustment,
    CAC + "BillingReference": _preceding,
    CAC + "PaymentMeans": _payment,
    CAC + "PrepaidPayment": _third_party,
    CAC + "InvoiceLine": _line,
    CAC + "CreditNoteLine": _line,
}
