"""UN/CEFACT Cross Industry Invoice D16B (and Factur-X, ZUGFeRD 2) into a draft, by CEN/TS 16931-3-3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.invoices.draft import Draft, PartyDraft, Texts
from trustspace.domain.parties import EAS, ICD, Scheme

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

RSM = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
UDT = "{urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100}"
QDT = "{urn:un:unece:uncefact:data:standard:QualifiedDataType:100}"
ROOT = RSM + "CrossIndustryInvoice"

_TOTALS = {
    RAM + "LineTotalAmount": "lines",
    RAM + "ChargeTotalAmount": "charges",
    RAM + "AllowanceTotalAmount": "allowances",
    RAM + "TaxBasisTotalAmount": "net",
    RAM + "GrandTotalAmount": "gross",
    RAM + "RoundingAmount": "rounding",
    RAM + "TotalPrepaidAmount": "prepaid",
    RAM + "DuePayableAmount": "due",
}
_TAX = {
    RAM + "CalculatedAmount": "tax",
    RAM + "BasisAmount": "net",
    RAM + "CategoryCode": "category",
    RAM + "RateApplicablePercent": "rate",
}
_LINE_TAX = {RAM + "CategoryCode": "category", RAM + "RateApplicablePercent": "rate"}
_PRICE = {RAM + "ChargeAmount": "price", RAM + "BasisQuantity": "price_quantity"}


def read_cii(root: _Element) -> Draft:
    """Draft of a CrossIndustryInvoice element."""
    draft = Draft()
    guideline = f"{RSM}ExchangedDocumentContext/{RAM}GuidelineSpecifiedDocumentContextParameter/{RAM}ID"
    draft.profile = root.findtext(guideline) or ""
    for node in root:
        if node.tag == RSM + "ExchangedDocument":
            _head(draft, node)
        elif node.tag == RSM + "SupplyChainTradeTransaction":
            for part in node:
                reader = _TRANSACTION.get(part.tag)
                if reader is not None:
                    reader(draft, part)
    return draft


def _take(draft: Draft, texts: Texts, node: _Element, names: dict[str, str]) -> None:
    for child in node:
        name = names.get(child.tag)
        if name is not None:
            draft.put(texts, name, child.text)


def _date(node: _Element) -> str | None:
    for child in node:
        if child.tag in {UDT + "DateTimeString", QDT + "DateTimeString"}:
            style, text = child.get("format"), (child.text or "").strip()
            if style in {None, "102"} and len(text) == 8:
                return f"{text[:4]}-{text[4:6]}-{text[6:]}"
            return f"{text} (format {style})"
    return None


def _head(draft: Draft, node: _Element) -> None:
    _take(draft, draft.texts, node, {RAM + "ID": "number", RAM + "TypeCode": "type_code"})
    for child in node:
        if child.tag == RAM + "IssueDateTime":
            draft.put(draft.texts, "issue_date", _date(child))


def _agreement(draft: Draft, node: _Element) -> None:
    for child in node:
        if child.tag == RAM + "SellerTradeParty":
            draft.seller = _party(draft, child, draft.seller)
        elif child.tag == RAM + "BuyerTradeParty":
            draft.buyer = _party(draft, child, draft.buyer)


def _party(draft: Draft, node: _Element, known: PartyDraft | None) -> PartyDraft:
    if known is not None:
        draft.put({"party": ""}, "party", "")
    party = PartyDraft()
    for child in node:
        tag = child.tag
        if tag == RAM + "Name":
            draft.put(party.texts, "name", child.text)
        elif tag in {RAM + "ID", RAM + "GlobalID"}:
            _id(party, ICD, child, Scheme.ID)
        elif tag == RAM + "SpecifiedLegalOrganization":
            _id(party, ICD, child.find(RAM + "ID"), Scheme.LEGAL)
        elif tag == RAM + "PostalTradeAddress":
            draft.put(party.texts, "country", child.findtext(RAM + "CountryID"))
        elif tag == RAM + "URIUniversalCommunication":
            _id(party, EAS, child.find(RAM + "URIID"), Scheme.ID)
        elif tag == RAM + "SpecifiedTaxRegistration":
            number = child.find(RAM + "ID")
            if number is not None:
                party.ids.append((Scheme.VAT if number.get("schemeID") == "VA" else Scheme.TAX, number.text or ""))
    return party


def _id(party: PartyDraft, family: str, node: _Element | None, unstated: str) -> None:
    if node is not None:
        scheme = node.get("schemeID")
        party.ids.append((family + scheme if scheme else unstated, node.text or ""))


def _settlement(draft: Draft, node: _Element) -> None:
    for child in node:
        reader = _SETTLEMENT.get(child.tag)
        if reader is not None:
            reader(draft, child)


def _currency(draft: Draft, node: _Element) -> None:
    draft.put(draft.texts, "currency", node.text)


def _payee(draft: Draft, node: _Element) -> None:
    draft.payee = _party(draft, node, draft.payee)


def _tax(draft: Draft, node: _Element) -> None:
    texts: Texts = {}
    _take(draft, texts, node, _TAX)
    draft.taxes.append(texts)


def _adjustment(draft: Draft, node: _Element) -> None:
    texts: Texts = {}
    _take(draft, texts, node, {RAM + "ActualAmount": "amount"})
    draft.put(texts, "is_charge", node.findtext(f"{RAM}ChargeIndicator/{UDT}Indicator"))
    category = node.find(RAM + "CategoryTradeTax")
    if category is not None:
        _take(draft, texts, category, _LINE_TAX)
    draft.adjustments.append(texts)


def _terms(draft: Draft, node: _Element) -> None:
    for child in node:
        if child.tag == RAM + "DueDateDateTime" and "due_date" not in draft.texts:
            draft.put(draft.texts, "due_date", _date(child))


def _payment(draft: Draft, node: _Element) -> None:
    account = node.find(RAM + "PayeePartyCreditorFinancialAccount")
    if account is not None:
        number = account.findtext(RAM + "IBANID") or account.findtext(RAM + "ProprietaryID")
        if number:
            draft.accounts.append(number)


def _summation(draft: Draft, node: _Element) -> None:
    _take(draft, draft.texts, node, _TOTALS)
    for child in node:
        if child.tag == RAM + "TaxTotalAmount":
            draft.tax_totals.append((child.get("currencyID", ""), child.text or ""))


def _preceding(draft: Draft, node: _Element) -> None:
    texts: Texts = {}
    for child in node:
        if child.tag == RAM + "IssuerAssignedID":
            draft.put(texts, "number", child.text)
        elif child.tag == RAM + "FormattedIssueDateTime":
            draft.put(texts, "issue_date", _date(child))
    draft.preceding.append(texts)


def _line(draft: Draft, node: _Element) -> None:
    texts: Texts = {}
    for child in node:
        tag = child.tag
        if tag == RAM + "AssociatedDocumentLineDocument":
            draft.put(texts, "number", child.findtext(RAM + "LineID"))
        elif tag == RAM + "SpecifiedTradeProduct":
            draft.put(texts, "name", child.findtext(RAM + "Name"))
        elif tag == RAM + "SpecifiedLineTradeAgreement":
            price = child.find(RAM + "NetPriceProductTradePrice")
            if price is not None:
                _take(draft, texts, price, _PRICE)
        elif tag == RAM + "SpecifiedLineTradeDelivery":
            quantity = child.find(RAM + "BilledQuantity")
            if quantity is not None:
                draft.put(texts, "quantity", quantity.text)
                texts["unit"] = quantity.get("unitCode", "")
        elif tag == RAM + "SpecifiedLineTradeSettlement":
            _line_settlement(draft, texts, child)
    draft.lines.append(texts)


def _line_settlement(draft: Draft, texts: Texts, node: _Element) -> None:
    for child in node:
        if child.tag == RAM + "ApplicableTradeTax":
            _take(draft, texts, child, _LINE_TAX)
        elif child.tag == RAM + "SpecifiedTradeSettlementLineMonetarySummation":
            _take(draft, texts, child, {RAM + "LineTotalAmount": "net"})


_Reader = dict[str, "Callable[[Draft, _Element], None]"]
_TRANSACTION: _Reader = {
    RAM + "ApplicableHeaderTradeAgreement": _agreement,
    RAM + "ApplicableHeaderTradeSettlement": _settlement,
    RAM + "IncludedSupplyChainTradeLineItem": _line,
}
_SETTLEMENT: _Reader = {
    RAM + "InvoiceCurrencyCode": _currency,
    RAM + "PayeeTradeParty": _payee,
    RAM + "ApplicableTradeTax": _tax,
    RAM + "SpecifiedTradeAllowanceCharge": _adjustment,
    RAM + "SpecifiedTradePaymentTerms": _terms,
    RAM + "SpecifiedTradeSettlementPaymentMeans": _payment,
    RAM + "SpecifiedTradeSettlementHeaderMonetarySummation": _summation,
    RAM + "InvoiceReferencedDocument": _preceding,
}
