"""Parties of an e-invoice and the ids they go by, each with the scheme that gives it meaning.

`PartyId` and `Party` are NamedTuples for the reason given in domain/invoices.py.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Scheme(StrEnum):
    """Schemes with a name of their own. Others are written `ICD:0088` (ISO 6523), `EAS:9930`, or `LEGAL:…`."""

    USCC = "USCC"
    """Unified social credit code of a Chinese firm, GB 32100-2015."""
    VAT = "VAT"
    """VAT number with its country prefix (BT-31, BT-48)."""
    LEI = "LEI"
    """Legal entity identifier, ISO 17442."""
    LEGAL = "LEGAL"
    """Number in a register of firms that the document does not name (BT-30, BT-47)."""
    TAX = "TAX"
    """Tax number that is valid at home only (BT-32)."""
    ID = "ID"
    """Whatever the sender calls the party, scheme unstated (BT-29, BT-46)."""


ICD = "ICD:"
"""Prefix of a scheme of ISO 6523; its code follows."""
EAS = "EAS:"
"""Prefix of a scheme of electronic addresses (BT-34, BT-49)."""

NAME = "NAME"
"""Scheme of a party that no register knows: its name is all there is."""

_FIRST = (Scheme.USCC, Scheme.VAT, Scheme.LEI)


class PartyId(NamedTuple):
    """A value in a scheme; sorts by scheme, then value."""

    scheme: str
    value: str


class Party(NamedTuple):
    """A seller, buyer or payee. Ids are sorted and distinct; the name may be all there is."""

    name: str
    country: str
    ids: tuple[PartyId, ...]

    @property
    def identity(self) -> PartyId:
        """What names the party best: unified credit code, VAT number, LEI, a register's number; else its name.

        Numbers that only the sender knows, tax numbers valid at home and e-mail addresses are no identity: the same
        invoice is sent with and without them.
        """
        for scheme in _FIRST:
            for party_id in self.ids:
                if party_id.scheme == scheme:
                    return party_id
        for party_id in self.ids:
            if party_id.scheme.startswith(ICD) or party_id.scheme == Scheme.LEGAL:
                return party_id
        return PartyId(NAME, self.name)
