"""What banks and keyholders sign about evaluations (EIP-712, domain "TrustSpace FingerprintKeys")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.eip712 import Domain, TypedMessage
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.fingerprints import SignedAnswer
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


def evaluation_message(contract: Address, chain_id: int, answer: SignedAnswer) -> TypedMessage:
    """What a keyholder signs with its answer: the contract can judge it, and holds the keyholder to it."""
    return TypedMessage(
        domain=_domain(contract, chain_id),
        kind="Evaluation",
        fields=(
            ("request", "bytes32", answer.request),
            ("epoch", "uint32", answer.epoch),
            ("seller", "address", answer.seller),
            ("key", "bytes32", keccak(answer.key)),
            ("blinded", "bytes32", keccak(b"".join(answer.blinded))),
            ("evaluated", "bytes32", keccak(b"".join(answer.evaluated))),
            ("challenge", "bytes32", answer.challenge),
            ("response", "bytes32", answer.response),
        ),
    )


def _domain(contract: Address, chain_id: int) -> Domain:
    return Domain(name=DOMAIN_NAME, chain_id=chain_id, contract=contract)
