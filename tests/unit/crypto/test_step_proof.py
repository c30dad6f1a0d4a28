from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.crypto.randomness import SystemRandomness
from trustspace.crypto.step_proof import beacon_step, check_step, draw_scalar, prove_step
from trustspace.encoding.bn254 import BN254
from trustspace.encoding.ceremony import StepProof
from trustspace.encoding.weierstrass import IDENTITY

RANDOMNESS = SystemRandomness().bytes
BEFORE = BN254.multiply(1234, BN254.generator)
STEP = 98765
AFTER = BN254.multiply(STEP, BEFORE)
STATEMENT = b"bank-1 on a transcript"


class Scripted:
    """Randomness that was written down before."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = list(numbers)

    def bytes(self, count: int) -> bytes:
        return self._numbers.pop(0).to_bytes(count, "big")


@pytest.fixture(scope="module")
def proof() -> StepProof:
    return prove_step(STEP, BEFORE, STATEMENT, RANDOMNESS)


def test_check_step__honest_proof__holds(proof: StepProof) -> None:
    assert check_step(proof, BEFORE, AFTER, STATEMENT)


def test_check_step__anything_else__fails(proof: StepProof) -> None:
    other = BN254.multiply(STEP + 1, BEFORE)
    assert not check_step(proof, BEFORE, AFTER, STATEMENT + b"2")
    assert not check_step(proof, BEFORE, other, STATEMENT)
    assert not check_step(proof, other, AFTER, STATEMENT)
    assert not check_step(replace(proof, response=(proof.response + 1) % BN254.order), BEFORE, AFTER, STATEMENT)
    assert not check_step(replace(proof, commitment=BEFORE), BEFORE, AFTER, STATEMENT)


def test_check_step__not_reduced_or_off_the_curve__fails(proof: StepProof) -> None:
    assert not check_step(replace(proof, response=proof.response + BN254.order), BEFORE, AFTER, STATEMENT)
    for commitment in (IDENTITY, (1, 3), (proof.commitment[0] + BN254.modulus, proof.commitment[1])):
        assert not check_step(replace(proof, commitment=commitment), BEFORE, AFTER, STATEMENT)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, BN254.order - 1))
def test_check_step__proof_for_another_base__fails(base: int) -> None:
    """A step on the generator shows nothing about a step on the tau before."""
    fresh = prove_step(base, BN254.generator, STATEMENT, RANDOMNESS)
    assert check_step(fresh, BN254.generator, BN254.multiply(base, BN254.generator), STATEMENT)
    assert not check_step(fresh, BEFORE, BN254.multiply(base, BN254.generator), STATEMENT)


def test_draw_scalar__zero_first__draws_again() -> None:
    assert draw_scalar(Scripted(0, BN254.order, BN254.order + 5).bytes) == 5


def test_prove_step__twice__nothing_in_common(proof: StepProof) -> None:
    again = prove_step(STEP, BEFORE, STATEMENT, RANDOMNESS)
    assert again.commitment != proof.commitment
    assert again.response != proof.response


def test_beacon_step__depends_on_beacon_and_history() -> None:
    assert len({beacon_step(b"a", b"h"), beacon_step(b"b", b"h"), beacon_step(b"a", b"i")}) == 3
