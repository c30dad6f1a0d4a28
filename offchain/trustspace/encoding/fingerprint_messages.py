"""What banks and keyholders sign about evaluations (EIP-712, domain "TrustSpace FingerprintKeys")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.eip712 import Domain, TypedMessage
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.domain.fingerprints import EvaluationRequest, SignedAnswer
    from trustspace.domain.ids import Address

DOMAIN_NAME = "TrustSpace FingerprintKeys"


def request_message(contract: Address, chain_id: int, request: EvaluationRequest) -> TypedMessage:
    """What a bank signs to have a batch evaluated; its digest is the request's id."""
    return TypedMessage(
        domain=_domain(contract, chain_id),
        kind="EvaluationRequest",
        fields=(
            ("epoch", "uint32", request.epoch),
            ("seller", "address", request.seller),
            ("agreement", "bytes32", bytes(request.agreement)),
            ("day", "uint16", request.day),
            ("blinded", "bytes32", keccak(b"".join(request.blinded))),
            ("salt", "bytes32", request.salt),
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


def hello_message(contract: Address, chain_id: int, *, ceremony: bytes, node: int, key: bytes) -> TypedMessage:
    """What a keyholder signs about its X25519 key for one ceremony."""
    return TypedMessage(
        domain=_domain(contract, chain_id),
        kind="CeremonyHello",
        fields=(("ceremony", "bytes32", ceremony), ("node", "uint8", node), ("key", "bytes32", key)),
    )


def offer_message(contract: Address, chain_id: int, *, ceremony: bytes, node: int, content: bytes) -> TypedMessage:
    """What a keyholder signs about its contributions to the seeds; `content` is a hash of all of them."""
    return TypedMessage(
        domain=_domain(contract, chain_id),
        kind="CeremonyOffer",
        fields=(("ceremony", "bytes32", ceremony), ("node", "uint8", node), ("content", "bytes32", content)),
    )


def _domain(contract: Address, chain_id: int) -> Domain:
    return Domain(name=DOMAIN_NAME, chain_id=chain_id, contract=contract)
