"""The transcripts against RFC 9497's own vectors of P256-SHA256 (appendix A.3.2): proofs and outputs byte for byte."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.crypto.oprf.published import (
    P256,
    P256_GENERATOR,
    P256_SUITE,
    compressed,
    decompressed,
    multiply,
    number,
    published,
)
from trustspace.crypto.oprf.suite import SECP256K1, Suite


def raws(text: str) -> list[bytes]:
    return [bytes.fromhex(item) for item in text.split(",")]


def weighted_sum(elements: list[bytes], weights: list[int]) -> Any:
    total = None
    for element, weight in zip(elements, weights, strict=True):
        term = multiply(P256, weight, decompressed(P256, element))
        total = term if total is None else P256.add(total, term)
    return total


@pytest.mark.parametrize("place", [0, 1, 2], ids=["one", "another", "batch of two"])
def test_proof__by_our_transcripts__is_the_published_one(place: int) -> None:
    vectors = published()["voprf_p256"]
    vector, key = vectors["vectors"][place], number(vectors["skSm"])
    public, nonce = bytes.fromhex(vectors["pkSm"]), number(vector["Proof"]["r"])
    blinded, evaluated = raws(vector["BlindedElement"]), raws(vector["EvaluationElement"])
    assert [compressed(multiply(P256, key, decompressed(P256, raw))) for raw in blinded] == evaluated
    m = weighted_sum(blinded, P256_SUITE.composite_scalars(public, blinded, evaluated))
    points = (m, multiply(P256, key, m), multiply(P256, nonce, P256_GENERATOR), multiply(P256, nonce, m))
    challenge = P256_SUITE.challenge(public, *map(compressed, points))
    response = (nonce - challenge * key) % P256_SUITE.order
    assert f"{challenge:064x}{response:064x}" == vector["Proof"]["proof"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_finalize__by_our_transcript__is_the_published_output(place: int) -> None:
    vector = published()["voprf_p256"]["vectors"][place]
    items = zip(
        raws(vector["Input"]), raws(vector["EvaluationElement"]), vector["Blind"].split(","), raws(vector["Output"]),
        strict=True,
    )  # fmt: skip
    for message, evaluated, blind, output in items:
        inverse = pow(number(blind), -1, P256_SUITE.order)
        unblinded = compressed(multiply(P256, inverse, decompressed(P256, evaluated)))
        assert P256_SUITE.finalize(message, unblinded) == output


def test_context__names_mode_and_suite() -> None:
    assert bytes.fromhex(published()["voprf_p256"]["groupDST"]) == P256_SUITE.group_dst
    assert SECP256K1.context == b"OPRFV1-\x01-secp256k1-SHA256"


def test_composite_scalars__depend_on_key_place_and_both_elements() -> None:
    first, second = SECP256K1.composite_scalars(b"k", [b"a", b"a"], [b"b", b"b"])
    others = [
        SECP256K1.composite_scalars(b"l", [b"a"], [b"b"]),
        SECP256K1.composite_scalars(b"k", [b"c"], [b"b"]),
        SECP256K1.composite_scalars(b"k", [b"a"], [b"c"]),
        Suite(b"other", SECP256K1.order).composite_scalars(b"k", [b"a"], [b"b"]),
    ]
    assert len({first, second, *(scalars[0] for scalars in others)}) == 6
