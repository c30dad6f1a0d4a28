"""Branches of a check: order (number, history, after the beacon), author (beacon, neither, twice, signature), points
(count, hash, curve, group, beginning, nothing changed, G2, proof of the step), powers of one tau."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.crypto.pairing import multiply_twist
from trustspace.crypto.powers_of_tau import powers_of
from trustspace.crypto.randomness import SystemRandomness
from trustspace.crypto.signing import SigningKey
from trustspace.crypto.step_proof import beacon_step, prove_step
from trustspace.encoding.bn254 import BN254, TWIST_GENERATOR, encode_points
from trustspace.encoding.ceremony import CeremonyPlan, Contribution, Member
from trustspace.encoding.weierstrass import IDENTITY, Point
from trustspace.errors import BadContribution, InvalidSetup
from trustspace.services.ceremony import Ceremony, CeremonyState, require_complete

POWERS = 6
BANKS = [SigningKey(bytes([number] * 32)) for number in (1, 2, 3)]
STRANGER = SigningKey(bytes([9] * 32))
PLAN = CeremonyPlan(
    name="region",
    chain_id=2018,
    powers=POWERS,
    least=2,
    members=tuple(Member(name=f"bank {at}", account=key.address) for at, key in enumerate(BANKS, start=1)),
)
RANDOMNESS = SystemRandomness()
CEREMONY = Ceremony(ProcessEngine(), RANDOMNESS)
OFF_GROUP = (  # on the twist, of another order
    1,
    0,
    18278151005453108793778860132295291098363647455926340152056652516292830556603,
    5912654199736721486680175016176231956195085055698687135131307249486702594212,
)


@pytest.fixture(scope="module")
def one() -> CeremonyState:
    return CEREMONY.contribute(CeremonyState.start(PLAN), BANKS[0])


@pytest.fixture(scope="module")
def two(one: CeremonyState) -> CeremonyState:
    return CEREMONY.contribute(one, BANKS[1])


class Cheat:
    """The second bank's contribution with a known step, honest but for what a test changes."""

    step = 424242

    def __init__(self, state: CeremonyState, signer: SigningKey = BANKS[1]) -> None:
        self.state = state
        self.signer = signer
        self.points: Sequence[Point] = ProcessEngine().scale(self.step, state.points)

    def record(self, **change: Any) -> Contribution:
        record = Contribution(
            number=len(self.state.contributions) + 1,
            previous=self.state.hash,
            account=self.signer.address,
            tau=self.points[1],
            tau_twist=multiply_twist(self.step, self.state.tau_twist),
            powers_hash=sha256(encode_points(self.points)).digest(),
        )
        record = replace(record, **change)
        if "proof" not in change:
            proof = prove_step(self.step, self.state.tau, record.statement, RANDOMNESS.bytes)
            record = replace(record, proof=proof)
        return self.signed(record)

    def signed(self, record: Contribution) -> Contribution:
        return replace(record, signature=self.signer.sign_message(record.message(PLAN.chain_id)))

    def refused(self, fault: str, record: Contribution | None = None, who: str = "bank 2") -> None:
        with pytest.raises(BadContribution, match=fault) as refusal:
            CEREMONY.check(self.state, self.record() if record is None else record, self.points)
        assert refusal.value.where == f"contribution {len(self.state.contributions) + 1} ({who})"


@pytest.fixture
def cheat(one: CeremonyState) -> Cheat:
    return Cheat(one)


def history(state: CeremonyState, *earlier: CeremonyState) -> list[tuple[Contribution, Sequence[Point]]]:
    states = (*earlier, state)
    return [(record, at.points) for record, at in zip(state.contributions, states, strict=True)]


def test_contribute__two_members__powers_of_a_tau_that_both_moved(one: CeremonyState, two: CeremonyState) -> None:
    assert two.accounts == (BANKS[0].address, BANKS[1].address)
    assert CEREMONY.replay(PLAN, history(two, one)) == two
    assert two.hash == two.contributions[-1].hash() != one.hash
    assert one.contributions[0].previous == PLAN.hash
    assert two.contributions[1].previous == one.hash
    assert two.tau not in (one.tau, BN254.generator)


def test_contribute__known_step__every_point_times_its_power(one: CeremonyState, cheat: Cheat) -> None:
    state = CEREMONY.check(one, cheat.record(), cheat.points)
    expected = [BN254.multiply(pow(cheat.step, i, BN254.order), point) for i, point in enumerate(one.points)]
    assert list(state.points) == expected


def test_contribute__same_member_again__refused(two: CeremonyState) -> None:
    with pytest.raises(InvalidSetup, match="bank 1 has contributed already"):
        CEREMONY.contribute(two, BANKS[0])


def test_contribute__stranger__refused(one: CeremonyState) -> None:
    with pytest.raises(InvalidSetup, match="is not a member"):
        CEREMONY.contribute(one, STRANGER)


def test_contribute__secret__in_nothing_that_is_kept(one: CeremonyState) -> None:
    class Watched:
        drawn: bytes = b""

        def bytes(self, count: int) -> bytes:
            fresh = RANDOMNESS.bytes(count)
            self.drawn = self.drawn or fresh
            return fresh

    watched = Watched()
    state = Ceremony(ProcessEngine(), watched).contribute(one, BANKS[2])
    step = int.from_bytes(watched.drawn, "big") % BN254.order
    assert BN254.multiply(step, one.tau) == state.tau
    kept = state.contributions[-1].to_bytes() + encode_points(state.points)
    assert step.to_bytes(32, "big") not in kept
    assert step.to_bytes(32, "big").hex().encode() not in kept


def test_close__after_enough_members__a_step_that_all_can_compute(one: CeremonyState, two: CeremonyState) -> None:
    closed = CEREMONY.close(two, b"block 1000")
    assert closed.tau == BN254.multiply(beacon_step(b"block 1000", two.hash), two.tau)
    assert CEREMONY.replay(PLAN, history(closed, one, two)).hash == closed.hash
    with pytest.raises(InvalidSetup, match="closed by its beacon"):
        CEREMONY.contribute(closed, BANKS[2])
    with pytest.raises(InvalidSetup, match="closed by its beacon"):
        CEREMONY.close(closed, b"another")
    late = Cheat(closed, BANKS[2])
    late.refused("it comes after the beacon", who="bank 3")


@pytest.mark.parametrize("beacon", [b"", b"x" * 65])
def test_close__no_beacon__refused(two: CeremonyState, beacon: bytes) -> None:
    with pytest.raises(InvalidSetup, match=f"a beacon of {len(beacon)} bytes"):
        CEREMONY.close(two, beacon)


def test_close__too_early__refused(one: CeremonyState) -> None:
    with pytest.raises(BadContribution, match="came too early"):
        CEREMONY.close(one, b"block")


def test_require_complete__too_few__refused(one: CeremonyState, two: CeremonyState) -> None:
    with pytest.raises(InvalidSetup, match="1 of at least 2 members contributed"):
        require_complete(one)
    require_complete(two)


def test_replay__one_bad_in_the_middle__named(one: CeremonyState, two: CeremonyState) -> None:
    bad = replace(two.contributions[1], powers_hash=bytes(32))
    third = CEREMONY.contribute(two, BANKS[2])
    with pytest.raises(BadContribution, match=r"^contribution 2 \(bank 2\): the signature is not this member's"):
        CEREMONY.replay(PLAN, [*history(one), (bad, two.points), (third.contributions[2], third.points)])


def test_check__contributions_swapped_dropped_or_replayed__refused(one: CeremonyState, two: CeremonyState) -> None:
    first, second = one.contributions[0], two.contributions[1]
    start = CeremonyState.start(PLAN)
    with pytest.raises(BadContribution, match=r"contribution 1 \(bank 2\): it is number 2"):
        CEREMONY.check(start, second, two.points)
    with pytest.raises(BadContribution, match=r"contribution 2 \(bank 1\): it is number 1"):
        CEREMONY.check(one, first, one.points)
    with pytest.raises(BadContribution, match=r"contribution 1 \(bank 2\): it builds on another history"):
        CEREMONY.check(start, replace(second, number=1), two.points)


def test_check__replayed_in_another_ceremony__refused(one: CeremonyState) -> None:
    elsewhere = CeremonyState.start(replace(PLAN, name="another region"))
    with pytest.raises(BadContribution, match="it builds on another history"):
        CEREMONY.check(elsewhere, one.contributions[0], one.points)


def test_check__member_twice__refused(one: CeremonyState) -> None:
    Cheat(one, BANKS[0]).refused("this member contributed before", who="bank 1")


def test_check__stranger__refused(one: CeremonyState) -> None:
    Cheat(one, STRANGER).refused("is not a member", who="a stranger")


def test_check__signed_by_another_or_garbled__refused(cheat: Cheat) -> None:
    record = cheat.record()
    cheat.refused("not this member's", replace(record, account=BANKS[2].address), who="bank 3")
    cheat.refused("not this member's", replace(record, signature=b""))
    cheat.refused("not this member's", replace(record, signature=record.signature + b"\0"))
    foreign = replace(record, signature=BANKS[1].sign_message(record.message(1)))
    cheat.refused("not this member's", foreign)


def test_check__neither_member_nor_beacon__refused(cheat: Cheat) -> None:
    cheat.refused("neither a member's nor a beacon's", cheat.record(proof=None))
    cheat.refused("neither a member's nor a beacon's", cheat.record(account=None), who="the beacon")


def test_check__beacon_with_a_member_or_another_step__refused(two: CeremonyState) -> None:
    cheat = Cheat(two, BANKS[2])
    cheat.refused("a beacon has no account", cheat.record(beacon=b"block"), who="bank 3")
    bare = replace(cheat.record(account=None, proof=None, beacon=b"block"), signature=b"")
    cheat.refused("not the one that its bytes give", bare, who="the beacon")


def test_check__fewer_points__refused(cheat: Cheat) -> None:
    cheat.points = cheat.points[:-1]
    cheat.refused(f"{POWERS - 1} points instead of {POWERS}")


def test_check__points_changed_after_signing__refused(cheat: Cheat) -> None:
    record = cheat.record()
    cheat.points = [*cheat.points[:-1], BN254.generator]
    cheat.refused("not the ones that were signed", record)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (IDENTITY, "point 3 is the identity"),
        ((5, 5), "point 3 is not on the curve"),
        ((1 + BN254.modulus, 2), "point 3 is not on the curve"),
    ],
)
def test_check__one_bad_point__refused(cheat: Cheat, bad: Point, fault: str) -> None:
    cheat.points = [*cheat.points[:3], bad, *cheat.points[4:]]
    cheat.refused(fault)


def test_check__step_of_zero__refused(cheat: Cheat) -> None:
    cheat.points = [BN254.generator] + [IDENTITY] * (POWERS - 1)
    cheat.refused("point 1 is the identity")


def test_check__point_of_g2_outside_its_group__refused(cheat: Cheat) -> None:
    cheat.refused("not in the group of prime order", cheat.record(tau_twist=OFF_GROUP))
    cheat.refused("point of G2 is the identity", cheat.record(tau_twist=(0, 0, 0, 0)))


def test_check__beginning_of_other_points__refused(cheat: Cheat) -> None:
    cheat.refused("do not begin with the generator and tau", cheat.record(tau=cheat.points[2]))
    cheat.points = [cheat.points[1], *cheat.points[1:]]
    cheat.refused("do not begin with the generator and tau")


def test_check__step_of_one__refused(one: CeremonyState) -> None:
    cheat = Cheat(one)
    cheat.step, cheat.points = 1, one.points
    cheat.refused("it changes nothing")


def test_check__tau_back_to_one__refused(one: CeremonyState) -> None:
    cheat = Cheat(one)
    cheat.points = [BN254.generator] * POWERS
    cheat.refused("it changes nothing", cheat.record(tau_twist=TWIST_GENERATOR))


def test_check__another_tau_in_g2__refused(cheat: Cheat) -> None:
    cheat.refused("tau in G2 is not tau in G1", cheat.record(tau_twist=multiply_twist(7)))


def test_check__earlier_steps_dropped__refused(cheat: Cheat) -> None:
    """A tau of one's own, known altogether, with everything else in order: the proof is on another base."""
    cheat.points = powers_of(cheat.step, 0, POWERS)
    cheat.refused("does not build on the contribution before", cheat.record(tau_twist=multiply_twist(cheat.step)))


def test_check__proof_of_another_member_or_moment__refused(one: CeremonyState, two: CeremonyState) -> None:
    """Copying bank 2's points and proof does not make them bank 3's contribution."""
    copied = two.contributions[1]
    thief = Cheat(one, BANKS[2])
    thief.points = two.points
    stolen = thief.signed(replace(copied, account=BANKS[2].address))
    thief.refused("does not build on the contribution before", stolen, who="bank 3")


@pytest.mark.parametrize("at", range(2, POWERS))
def test_check__one_power_of_another_tau__refused(cheat: Cheat, at: int) -> None:
    cheat.points = [*cheat.points[:at], BN254.add(cheat.points[at], BN254.generator), *cheat.points[at + 1 :]]
    cheat.refused("the points are not powers of one tau")


def test_check__two_powers_exchanged__refused(cheat: Cheat) -> None:
    cheat.points = [*cheat.points[:3], cheat.points[4], cheat.points[3], *cheat.points[5:]]
    cheat.refused("the points are not powers of one tau")
