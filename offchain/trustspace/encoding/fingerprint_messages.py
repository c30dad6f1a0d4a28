"""What banks and keyholders sign about evaluations (EIP-712, domain "TrustSpace FingerprintKeys")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.eip712 import Domain, TypedMessage
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.ids import Address, AgreementId, SubjectId

DOMAIN_NAME = "TrustSpace FingerprintKeys"


def request_message(
    contract: Address,
    chain_id: int,
    *,
    epoch: int,
    seller: SubjectId,
    agreement: AgreementId,
    day: int,
    blinded: Sequence[bytes],
    salt: bytes,
) -> TypedMessage:
    """What a bank signs to have a batch evaluated; its digest is the request's id."""
    return TypedMessage(
        domain=_domain(contract, chain_id),
        kind="EvaluationRequest",
        fields=(
            ("epoch", "uint32", epoch),
            ("seller", "address", seller),
            ("agreement", "bytes32", bytes(agreement)),
            ("day", "uint16", day),
            ("blinded", "bytes32", keccak(b"".join(blinded))),
            ("salt", "bytes32", salt),
        ),
    )


def evaluation_message(
    contract: Address,
    chain_id: int,
    *,
    request: bytes,
    epoch: int,
    seller: SubjectId,
    key: bytes,
    blinded: Sequence[bytes],
    evaluated: Sequence[bytes],
    challenge: bytes,
    response: bytes,
) -> TypedMessage:
    """What a keyholder signs with its answer: the contract can judge it, and holds the keyholder to it."""
    return TypedMessage(
        domain=_domain(contract, chain_id),
        kind="Evaluation",
        fields=(
            ("request", "bytes32", request),
            ("epoch", "uint32", epoch),
            ("seller", "address", seller),
            ("key", "bytes32", keccak(key)),
            ("blinded", "bytes32", keccak(b"".join(blinded))),
            ("evaluated", "bytes32", keccak(b"".join(evaluated))),
            ("challenge", "bytes32", challenge),
            ("response", "bytes32", response),
        ),
    )


def _domain(contract: Address, chain_id: int) -> Domain:
    return Domain(name=DOMAIN_NAME, chain_id=chain_id, contract=contract)
