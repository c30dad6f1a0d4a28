"""Proof that a member of a ceremony knows the step that it multiplied tau by (Schnorr, made non-interactive).

Without it the last member could choose its points so that the others' secrets drop out. The proof is relative to the
tau before, and its challenge binds who made the step, on what, and every point that came of it: it is good for once.

    commitment = nonce * before      challenge = SHA-512(label | statement | before | after | commitment) mod order
    response = nonce + challenge * step      holds when response * before = commitment + challenge * after
"""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING

from trustspace.encoding.bn254 import BN254, encode_points
from trustspace.encoding.ceremony import StepProof

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.encoding.weierstrass import Point

    Draw = Callable[[int], bytes]

_LABEL = b"trustspace/ceremony/step/1"
_BEACON_LABEL = b"trustspace/ceremony/beacon/1"
_WIDE_BYTES = 64


def draw_scalar(draw: Draw) -> int:
    """A scalar that is not zero, each as likely as the others up to 2^-256."""
    while not (scalar := int.from_bytes(draw(_WIDE_BYTES), "big") % BN254.order):
        pass
    return scalar


def beacon_step(beacon: bytes, statement: bytes) -> int:
    """The step that everybody computes from a public beacon."""
    return int.from_bytes(sha512(_BEACON_LABEL + statement + beacon).digest(), "big") % BN254.order


def prove_step(step: int, before: Point, statement: bytes, draw: Draw) -> StepProof:
    """Proof of the step from `before` to step * before. `statement` is all else that it is bound to."""
    nonce = draw_scalar(draw)
    commitment = BN254.multiply(nonce, before)
    challenge = _challenge(statement, before, BN254.multiply(step, before), commitment)
    return StepProof(commitment=commitment, response=(nonce + challenge * step) % BN254.order)


def check_step(proof: StepProof, before: Point, after: Point, statement: bytes) -> bool:
    """Whether the proof holds. The points before and after are on the curve."""
    if not BN254.contains(proof.commitment) or not 0 <= proof.response < BN254.order:
        return False
    challenge = _challenge(statement, before, after, proof.commitment)
    expected = BN254.add(proof.commitment, BN254.multiply(challenge, after))
    return BN254.multiply(proof.response, before) == expected


def _challenge(statement: bytes, before: Point, after: Point, commitment: Point) -> int:
    parts = _LABEL + len(statement).to_bytes(8, "big") + statement + encode_points([before, after, commitment])
    return int.from_bytes(sha512(parts).digest(), "big") % BN254.order
