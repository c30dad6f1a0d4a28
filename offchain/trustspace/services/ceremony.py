"""Ceremonies: the members of a consortium make powers of tau together; nobody knows tau unless all of them collude.

Each member in turn multiplies tau by a secret step, proves that it knows the step, and forgets it. Everything is public
and checked again by all: who contributed, on what, that the proof holds, and that all points are powers of one tau.
One honest member is enough (Nikolaenko and others, "Powers-of-tau to the people", eprint 2022/1592).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.crypto.pairing import multiply_twist, pairings_cancel, require_in_twist_group
from trustspace.crypto.powers_of_tau import same_ratio
from trustspace.crypto.signing import SIGNATURE_BYTES, recover
from trustspace.crypto.step_proof import beacon_step, check_step, draw_scalar, prove_step
from trustspace.encoding.bn254 import BN254, TWIST_GENERATOR, TwistPoint, encode_points, require_on_curve
from trustspace.encoding.ceremony import MOST_BEACON_BYTES, CeremonyPlan, Contribution
from trustspace.errors import BadContribution, InvalidElement, InvalidKey, InvalidSetup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustspace.crypto.powers_of_tau import PointEngine
    from trustspace.crypto.signing import Signer
    from trustspace.domain.ids import Address
    from trustspace.encoding.weierstrass import Point
    from trustspace.ports import Randomness


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyState:
    """Where a ceremony stands after contributions that hold. `hash`: of the transcript so far."""

    plan: CeremonyPlan
    hash: bytes
    points: Sequence[Point]
    tau_twist: TwistPoint
    contributions: tuple[Contribution, ...] = ()

    @classmethod
    def start(cls, plan: CeremonyPlan) -> CeremonyState:
        """Nobody has contributed: tau is one."""
        points = [BN254.generator] * plan.powers
        return cls(plan=plan, hash=plan.hash, points=points, tau_twist=TWIST_GENERATOR)

    @property
    def tau(self) -> Point:
        """Tau * G."""
        return self.points[1]

    @property
    def accounts(self) -> tuple[Address, ...]:
        """Who contributed."""
        return tuple(record.account for record in self.contributions if record.account is not None)

    @property
    def missing(self) -> int:
        """How many members must still contribute before the set-up counts."""
        return max(0, self.plan.least - len(self.accounts))

    def followed_by(self, record: Contribution, points: Sequence[Point]) -> CeremonyState:
        """The state after one more contribution."""
        contributions = (*self.contributions, record)
        return replace(self, hash=record.hash(), points=points, tau_twist=record.tau_twist, contributions=contributions)


class Ceremony:
    """Makes and checks contributions."""

    def __init__(self, engine: PointEngine, randomness: Randomness) -> None:
        """`randomness` gives secret steps and coefficients of checks: the operating system's."""
        self._engine = engine
        self._randomness = randomness

    def contribute(self, state: CeremonyState, signer: Signer) -> CeremonyState:
        """The state after the signer's contribution; its secret is forgotten. Raises InvalidSetup, SignerMissing."""
        name = state.plan.name_of(signer.address)
        if signer.address in state.accounts:
            raise InvalidSetup(
                f"{name} has contributed already", where=state.plan.name, remedy="let the next one go on"
            )
        _require_open(state)
        step = draw_scalar(self._randomness.bytes)
        record, points = self._step(state, step)
        record = replace(record, account=signer.address)
        proof = prove_step(step, state.tau, record.statement, self._randomness.bytes)
        record = replace(record, proof=proof)
        record = replace(record, signature=signer.sign_message(record.message(state.plan.chain_id)))
        return self.check(state, record, points)

    def close(self, state: CeremonyState, beacon: bytes) -> CeremonyState:
        """The state after a last step that a public beacon determines. Raises InvalidSetup."""
        _require_open(state)
        if not 0 < len(beacon) <= MOST_BEACON_BYTES:
            raise InvalidSetup(f"a beacon of {len(beacon)} bytes", remedy=f"give 1 to {MOST_BEACON_BYTES} bytes")
        record, points = self._step(state, beacon_step(beacon, state.hash))
        return self.check(state, replace(record, beacon=beacon), points)

    def replay(self, plan: CeremonyPlan, history: Iterable[tuple[Contribution, Sequence[Point]]]) -> CeremonyState:
        """The state after all contributions. Raises BadContribution that names the first one that does not hold."""
        state = CeremonyState.start(plan)
        for record, points in history:
            state = self.check(state, record, points)
        return state

    def check(self, state: CeremonyState, record: Contribution, points: Sequence[Point]) -> CeremonyState:
        """The state after a contribution by anybody. Raises BadContribution that says what is wrong with it."""
        number = len(state.contributions) + 1
        try:
            who = state.plan.name_of(record.account)
        except InvalidSetup as error:
            raise _bad(number, "a stranger", error.message) from error
        fault = _fault_of_order(state, record) or _fault_of_author(state, record)
        if fault is None:
            fault = _fault_of_points(state, record, points)
        if fault is None and not same_ratio(points, record.tau_twist, self._engine, self._randomness.bytes):
            fault = "the points are not powers of one tau"
        if fault is not None:
            raise _bad(number, who, fault)
        return state.followed_by(record, points)

    def _step(self, state: CeremonyState, step: int) -> tuple[Contribution, Sequence[Point]]:
        """Everything times powers of the step, and a record of it without author."""
        fresh = not state.contributions
        points = self._engine.powers(step, state.plan.powers) if fresh else self._engine.scale(step, state.points)
        record = Contribution(
            number=len(state.contributions) + 1,
            previous=state.hash,
            tau=points[1],
            tau_twist=multiply_twist(step, state.tau_twist),
            powers_hash=sha256(encode_points(points)).digest(),
        )
        return record, points


def require_complete(state: CeremonyState) -> None:
    """Raises InvalidSetup while too few members took part."""
    if state.missing:
        raise InvalidSetup(
            f"{len(state.accounts)} of at least {state.plan.least} members contributed",
            where=state.plan.name,
            remedy="let the others contribute first",
        )


def _require_open(state: CeremonyState) -> None:
    if any(record.beacon is not None for record in state.contributions):
        raise InvalidSetup("is closed by its beacon", where=state.plan.name, remedy="start another ceremony")


def _fault_of_order(state: CeremonyState, record: Contribution) -> str | None:
    number = len(state.contributions) + 1
    if record.number != number:
        return f"it is number {record.number}: contributions are missing, or in another order"
    if record.previous != state.hash:
        return "it builds on another history: contributions before it were dropped, changed or replayed"
    if any(earlier.beacon is not None for earlier in state.contributions):
        return "it comes after the beacon"
    return None


def _fault_of_author(state: CeremonyState, record: Contribution) -> str | None:
    """Who made it: a member once, or a beacon when enough members took part."""
    if record.beacon is not None:
        if record.account is not None or record.proof is not None or record.signature:
            return "a beacon has no account, proof or signature"
        step = beacon_step(record.beacon, state.hash)
        right = not state.missing and BN254.multiply(step, state.tau) == record.tau
        return None if right else "the beacon's step is not the one that its bytes give, or came too early"
    if record.account is None or record.proof is None:
        return "neither a member's nor a beacon's"
    if record.account in state.accounts:
        return "this member contributed before"
    try:
        signer = recover(record.message(state.plan.chain_id).digest, record.signature)
    except InvalidKey:
        signer = None
    right = signer == record.account and len(record.signature) == SIGNATURE_BYTES
    return None if right else "the signature is not this member's"


def _fault_of_points(state: CeremonyState, record: Contribution, points: Sequence[Point]) -> str | None:
    """That the points are a step on from the ones before, and that its author knows the step."""
    if len(points) != state.plan.powers:
        return f"{len(points)} points instead of {state.plan.powers}"
    if sha256(encode_points(points)).digest() != record.powers_hash:
        return "the points are not the ones that were signed"
    try:
        require_on_curve(points)
        require_in_twist_group(record.tau_twist)
    except InvalidElement as error:
        return f"{error.where} {error.message}"
    if points[0] != BN254.generator or points[1] != record.tau:
        return "the points do not begin with the generator and tau"
    if record.tau in (state.tau, BN254.generator):
        return "it changes nothing: the step or tau is one"
    if not pairings_cancel([(record.tau, TWIST_GENERATOR), (BN254.negate(BN254.generator), record.tau_twist)]):
        return "tau in G2 is not tau in G1"
    if record.proof is not None and not check_step(record.proof, state.tau, record.tau, record.statement):
        return "the proof of the step does not hold: it does not build on the contribution before"
    return None


def _bad(number: int, who: str, fault: str) -> BadContribution:
    return BadContribution(fault, where=f"contribution {number} ({who})", remedy="drop it and all that follow")
