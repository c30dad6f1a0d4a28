"""The supporting points with which a contract judges a keyholder's proof: it adds points, and only checks products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.secp256k1 import (
    combine,
    is_scalar,
    multiply_generator,
    multiply_public,
    parse,
)
from trustspace.crypto.oprf.suite import SECP256K1
from trustspace.errors import InvalidElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coincurve import PublicKey

    from trustspace.domain.fingerprints import SignedAnswer

Coordinates = tuple[int, int]
INFINITY: Coordinates = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Weighted elements d_i C_i and d_i D_i, t2 = s G + c K, s M and c Z, in affine coordinates."""

    weighted_blinded: tuple[Coordinates, ...]
    weighted_evaluated: tuple[Coordinates, ...]
    t2: Coordinates
    scaled_m: Coordinates
    scaled_z: Coordinates


def evidence_for(answer: SignedAnswer) -> Evidence:
    """What goes with the answer's own bytes. Where those are malformed the contract stops before it needs the rest."""
    empty = Evidence(weighted_blinded=(), weighted_evaluated=(), t2=INFINITY, scaled_m=INFINITY, scaled_z=INFINITY)
    if not is_scalar(answer.challenge) or not is_scalar(answer.response):
        return empty
    if len(answer.blinded) != len(answer.evaluated):
        return empty
    weights = SECP256K1.composite_scalars(answer.key, answer.blinded, answer.evaluated)
    blinded, evaluated = _weighted(answer.blinded, weights), _weighted(answer.evaluated, weights)
    partial = Evidence(
        weighted_blinded=tuple(point.point() for point in blinded),
        weighted_evaluated=tuple(point.point() for point in evaluated),
        t2=INFINITY,
        scaled_m=INFINITY,
        scaled_z=INFINITY,
    )
    if len(blinded) < len(weights) or len(evaluated) < len(weights):
        return partial
    challenge, response = (int.from_bytes(scalar, "big") for scalar in (answer.challenge, answer.response))
    try:
        key = parse(answer.key)
        m, z = _sum(blinded), _sum(evaluated)
        t2 = combine([multiply_generator(answer.response), key], [1, challenge])
    except InvalidElement:  # a sum at infinity condemns the proof by itself
        return partial
    return Evidence(
        weighted_blinded=partial.weighted_blinded,
        weighted_evaluated=partial.weighted_evaluated,
        t2=t2.point(),
        scaled_m=multiply_public(m, response).point(),
        scaled_z=multiply_public(z, challenge).point(),
    )


def _weighted(elements: Sequence[bytes], weights: Sequence[int]) -> list[PublicKey]:
    """Weight * element up to the first that is none."""
    found: list[PublicKey] = []
    try:
        for element, weight in zip(elements, weights, strict=True):
            found.append(multiply_public(parse(element), weight))
    except InvalidElement:
        pass
    return found


def _sum(points: Sequence[PublicKey]) -> PublicKey:
    return combine(points, [1] * len(points))
