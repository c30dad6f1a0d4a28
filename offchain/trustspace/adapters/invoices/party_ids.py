"""Ids of parties: one spelling each, check digits by python-stdnum.

A wrong check digit warns and does not reject: examples and test systems are full of invented numbers, and whether a
number is registered is the register's answer, not a sum's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from trustspace.adapters.invoices.extra import need
from trustspace.domain.parties import ICD, PartyId, Scheme

LEI_OF_ISO_6523 = ICD + "0199"
_CHECKED = {
    Scheme.USCC: "stdnum.cn.uscc",
    Scheme.LEI: "stdnum.lei",
    ICD + "0002": "stdnum.fr.siren",
    ICD + "0009": "stdnum.fr.siret",
    ICD + "0007": "stdnum.se.orgnr",
    ICD + "0088": "stdnum.ean",
    ICD + "0184": "stdnum.dk.cvr",
    ICD + "0192": "stdnum.no.orgnr",
    ICD + "0208": "stdnum.be.vat",
}
_NO_IDENTITY = frozenset({ICD + "SEPA"})  # a mandate's creditor, which CII keeps with the payment


def normalised_id(scheme: str, value: str) -> PartyId | None:
    """One spelling of an id, or None where it says nothing about who the party is."""
    if not value or scheme in _NO_IDENTITY:
        return None
    if scheme == LEI_OF_ISO_6523:
        scheme = Scheme.LEI
    if scheme in {Scheme.VAT, Scheme.LEI, Scheme.USCC}:
        value = value.replace(" ", "").upper()
    return PartyId(str(scheme), value)


@lru_cache(maxsize=4096)
def party_id_problem(party_id: PartyId) -> str:
    """What is wrong with a number that has check digits, or an empty string."""
    scheme, value = party_id
    if scheme == Scheme.VAT:
        module = _vat_module(value)
        if module is None:
            return ""
        return "" if module.is_valid(value) else f"VAT number {value[:40]} has no valid form or check digit"
    name = _CHECKED.get(scheme)
    if name is None or need(name).is_valid(value):
        return ""
    return f"{scheme} number {value[:40]} has no valid form or check digit"


@lru_cache(maxsize=256)
def _country_module(country: str) -> Any:
    return need("stdnum.util").get_cc_module(country, "vat")


def _vat_module(value: str) -> Any:
    country = value[:2].lower()
    if not (country.isascii() and country.isalpha()):
        return None
    return _country_module("gr" if country == "el" else country)
