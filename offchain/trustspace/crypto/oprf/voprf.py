"""Blind, evaluate with a proof, verify, unblind: the verifiable mode of RFC 9497 over secp256k1, in batches.

One proof covers a batch: that all its answers were made with the one key behind the public key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.hash_to_curve import hash_to_curve
from trustspace.crypto.oprf.secp256k1 import (
    ORDER,
    SCALAR_BYTES,
    combine,
    from_affine,
    is_scalar,
    multiply_generator,
    multiply_secret,
    parse,
    random_scalar,
    respond,
)
from trustspace.crypto.oprf.suite import SECP256K1
from trustspace.domain.fingerprints import MAX_BATCH
from trustspace.errors import InvalidElement, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coincurve import PublicKey

PROOF_BYTES = 2 * SCALAR_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that two discrete logarithms are equal; both scalars between 1 and the order less 1."""

    challenge: bytes
    response: bytes

    def to_bytes(self) -> bytes:
        """64 bytes: challenge, response."""
        return self.challenge + self.response

    @classmethod
    def from_bytes(cls, raw: bytes) -> Proof:
        """Inverse of `to_bytes`. Raises InvalidElement for anything else."""
        challenge, response = raw[:SCALAR_BYTES], raw[SCALAR_BYTES:]
        if len(raw) != PROOF_BYTES or not is_scalar(challenge) or not is_scalar(response):
            raise InvalidElement("not a proof", remedy="a proof is two scalars, neither of them zero")
        return cls(challenge=challenge, response=response)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blinded:
    """An input hidden behind a random factor. Only `element` (33 bytes) goes out."""

    message: bytes = field(repr=False)
    blind: bytes = field(repr=False)
    element: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a holder of a key makes of a batch: an element for each, and one proof."""

    elements: tuple[bytes, ...]
    proof: Proof


def blind(message: bytes, factor: bytes | None = None) -> Blinded:
    """Hide an input. `factor`: uniform, from the operating system unless given (tests)."""
    factor = factor or random_scalar()
    point = from_affine(hash_to_curve(message, SECP256K1.group_dst))
    return Blinded(message=message, blind=factor, element=multiply_secret(point, factor).format())


def evaluate(key: bytes, blinded: Sequence[bytes], *, nonce: bytes | None = None) -> Evaluation:
    """Multiply every element by the key, and prove it. `nonce`: uniform and never used twice (given in tests only).

    Raises OutOfRange for an empty or too large batch, InvalidElement for what is no element.
    """
    _check_batch(blinded)
    nonce = nonce or random_scalar()
    points = [parse(element, where=f"blinded element {number}") for number, element in enumerate(blinded)]
    answers = [multiply_secret(point, key).format() for point in points]
    public = multiply_generator(key).format()
    m = combine(points, SECP256K1.composite_scalars(public, blinded, answers))
    z, t2, t3 = multiply_secret(m, key), multiply_generator(nonce), multiply_secret(m, nonce)
    challenge = SECP256K1.challenge(public, m.format(), z.format(), t2.format(), t3.format())
    proof = Proof(challenge=challenge.to_bytes(SCALAR_BYTES, "big"), response=respond(nonce, key, challenge))
    return Evaluation(elements=tuple(answers), proof=proof)


def verify(public: bytes, blinded: Sequence[bytes], evaluation: Evaluation) -> list[PublicKey] | None:
    """The answers as points when the proof holds, None when it does not.

    Raises OutOfRange when the counts differ, InvalidElement for answers that are no elements.
    """
    _check_batch(blinded)
    if len(evaluation.elements) != len(blinded):
        raise OutOfRange(f"{len(evaluation.elements)} answers to {len(blinded)} elements", remedy="one for each")
    key = parse(public, where="public key")
    points = [parse(element, where=f"blinded element {number}") for number, element in enumerate(blinded)]
    answers = [parse(element, where=f"answer {number}") for number, element in enumerate(evaluation.elements)]
    weights = SECP256K1.composite_scalars(public, blinded, evaluation.elements)
    challenge = int.from_bytes(evaluation.proof.challenge, "big")
    response = int.from_bytes(evaluation.proof.response, "big")
    try:
        m, z = combine(points, weights), combine(answers, weights)
        t2 = combine([multiply_generator(evaluation.proof.response), key], [1, challenge])
        t3 = combine([m, z], [response, challenge])
    except InvalidElement:  # only a wrong answer leads to the point at infinity
        return None
    found = SECP256K1.challenge(public, m.format(), z.format(), t2.format(), t3.format())
    return answers if found == challenge else None


def unblind(blinded: Blinded, evaluated: PublicKey) -> bytes:
    """The output for an input: 32 bytes that follow from input and key alone."""
    # The inverse is Python's: its time tells a neighbour on the bank's machine about a factor used once.
    inverse = pow(int.from_bytes(blinded.blind, "big"), -1, ORDER).to_bytes(SCALAR_BYTES, "big")
    return SECP256K1.finalize(blinded.message, multiply_secret(evaluated, inverse).format())


def public_of(key: bytes) -> bytes:
    """The public key of a key, 33 bytes."""
    return multiply_generator(key).format()


def _check_batch(blinded: Sequence[bytes]) -> None:
    if not 1 <= len(blinded) <= MAX_BATCH:
        raise OutOfRange(f"a batch of {len(blinded)}", remedy=f"send 1 to {MAX_BATCH} elements at a time")
