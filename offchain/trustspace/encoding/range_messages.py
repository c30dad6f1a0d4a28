"""Ranges as typed messages (EIP-712, domain "TrustSpace RangeStatements"): digests are their ids on chain.

A subject signs the digest of a turnover range to let somebody else show it. A proof's context is `context_of` digest
and sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.eip712 import Domain, TypedMessage

if TYPE_CHECKING:
    from trustspace.domain.ids import Address
    from trustspace.domain.ranges import InvoiceRange, TurnoverRange

DOMAIN_NAME = "TrustSpace RangeStatements"


def invoice_range_message(contract: Address, chain_id: int, shown: InvoiceRange) -> TypedMessage:
    """An invoice's range."""
    return TypedMessage(
        domain=Domain(name=DOMAIN_NAME, chain_id=chain_id, contract=contract),
        kind="InvoiceRange",
        fields=(
            ("source", "uint16", int(shown.source)),
            ("subject", "address", shown.subject),
            ("count", "uint32", shown.count),
            ("root", "bytes32", shown.root),
            ("low", "uint64", shown.low),
            ("high", "uint64", shown.high),
            ("scope", "bytes32", shown.scope.to_bytes(32, "big")),
            ("nullifier", "bytes32", shown.nullifier.to_bytes(32, "big")),
            ("receiver", "uint16", int(shown.receiver or 0)),
            ("notAfter", "uint32", shown.not_after),
        ),
    )


def turnover_range_message(contract: Address, chain_id: int, shown: TurnoverRange) -> TypedMessage:
    """A turnover's range: what the subject signs to consent."""
    return TypedMessage(
        domain=Domain(name=DOMAIN_NAME, chain_id=chain_id, contract=contract),
        kind="TurnoverRange",
        fields=(
            ("subject", "address", shown.subject),
            ("asOfDay", "uint16", int(shown.as_of_day)),
            ("latestMonth", "uint8", shown.latest_month),
            ("earliestMonth", "uint8", shown.earliest_month),
            ("low", "uint64", shown.low),
            ("high", "uint64", shown.high),
            ("receiver", "uint16", int(shown.receiver or 0)),
            ("notAfter", "uint32", shown.not_after),
        ),
    )
