"""What the LienRegistry must do, written out again in the plainest way: families of claims in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trustspace.domain.liens import WHOLE, LienReference, LienState, Pledge, Refusal

MOST = 16


@dataclass
class Claim:
    lien: int
    share: int
    committed_at: int
    until: int
    state: LienState = LienState.RESERVED
    disputed: bool = False

    def is_live(self, now: int) -> bool:
        if self.state is LienState.FINANCED:
            return True
        return self.state is LienState.RESERVED and (self.disputed or now <= self.until)


@dataclass
class Family:
    key: bytes
    slots: list[Claim] = field(default_factory=list)
    pointers: set[bytes] = field(default_factory=set)

    def live(self, now: int) -> list[Claim]:
        return [claim for claim in self.slots if claim.is_live(now)]

    def exposure(self, now: int) -> tuple[int, int, int, bool]:
        live = self.live(now)
        financed = sum(claim.share for claim in live if claim.state is LienState.FINANCED)
        reserved = sum(claim.share for claim in live) - financed
        return reserved, financed, len(live), any(claim.disputed for claim in live)


class WindowOpen(Exception):
    """The call must be refused as a whole."""


class LienModel:
    def __init__(self, window: int, reservation: int) -> None:
        self.window = window
        self.reservation = reservation
        self.names: dict[bytes, Family] = {}

    # --- writes ------------------------------------------------------------------------------------------------

    def reserve(self, pledges: Sequence[Pledge], liens: Sequence[int], committed_at: int, now: int) -> list[Refusal]:
        return [
            self._place(pledge, Claim(lien, pledge.share_bps, committed_at, now + self.reservation), now)
            for pledge, lien in zip(pledges, liens, strict=True)
        ]

    def finance(self, references: Sequence[LienReference], block: int, now: int) -> list[Refusal]:
        found = [self._claim(reference) for reference in references]
        for claim in found:
            is_open = claim is not None and claim.is_live(now) and claim.state is LienState.RESERVED
            if is_open and not claim.disputed and block <= claim.committed_at + self.window:
                raise WindowOpen
        return [self._finance(claim, now) for claim in found]

    def release(self, references: Sequence[LienReference], now: int) -> None:
        for claim in map(self._claim, references):
            if claim is not None and claim.is_live(now):
                claim.state = LienState.RELEASED

    def migrate(self, items: Sequence[tuple[LienReference, bytes]], now: int) -> list[Refusal]:
        return [self._migrate(reference, following, now) for reference, following in items]

    def dispute(self, reference: LienReference, now: int) -> bool:
        claim = self._claim(reference)
        if claim is None or not claim.is_live(now):
            return False
        claim.disputed = True
        return True

    def resolve(self, reference: LienReference, *, upheld: bool, now: int) -> bool:
        claim = self._claim(reference)
        if claim is None or not claim.is_live(now) or not (upheld or claim.disputed):
            return False
        if upheld:
            claim.state = LienState.ANNULLED
        elif claim.state is LienState.RESERVED:
            claim.until = now + self.reservation
        claim.disputed = False
        return True

    # --- inside ------------------------------------------------------------------------------------------------

    def _claim(self, reference: LienReference) -> Claim | None:
        family = self.names.get(reference.fingerprint)
        if family is None:
            return None
        return next((claim for claim in family.slots if claim.lien == reference.lien), None)

    def _finance(self, claim: Claim | None, now: int) -> Refusal:
        if claim is None or not claim.is_live(now):
            return Refusal.GONE
        if claim.state is LienState.FINANCED:
            return Refusal.NONE
        if claim.disputed:
            return Refusal.DISPUTED
        claim.state, claim.until = LienState.FINANCED, 0
        return Refusal.NONE

    def _place(self, pledge: Pledge, fresh: Claim, now: int) -> Refusal:
        family, pointing = self._joined(pledge, now)
        if family is None:
            return Refusal.LINK_CONFLICT
        live = family.live(now)
        later = [c for c in live if c.state is LienState.RESERVED and c.committed_at > fresh.committed_at]
        excess = sum(claim.share for claim in live) + fresh.share - WHOLE
        if excess > sum(claim.share for claim in later):
            return Refusal.SHARE_TAKEN
        if excess <= 0 and len(live) == MOST:
            return Refusal.FAMILY_FULL
        for claim in sorted(later, key=lambda c: -c.committed_at):  # stable: of one block the lowest position first
            if excess <= 0:
                break
            claim.state = LienState.DISPLACED
            excess -= claim.share
        position = next((i for i, claim in enumerate(family.slots) if not claim.is_live(now)), len(family.slots))
        family.slots[position : position + 1] = [fresh]
        self.names[family.key] = family
        if pointing is not None:
            self._point(pointing, family)
        return Refusal.NONE

    def _joined(self, pledge: Pledge, now: int) -> tuple[Family | None, bytes | None]:
        mine = self.names.get(pledge.fingerprint)
        if pledge.older is None:
            return mine or Family(pledge.fingerprint), None
        elder = self.names.get(pledge.older)
        if elder is None:
            return mine or Family(pledge.fingerprint), pledge.older
        if elder is mine:
            return mine, None
        if mine is None or self._is_movable(pledge.fingerprint, mine, now):
            return elder, pledge.fingerprint
        if self._is_movable(pledge.older, elder, now):
            return mine, pledge.older
        return None, None

    def _migrate(self, reference: LienReference, following: bytes, now: int) -> Refusal:
        claim = self._claim(reference)
        if claim is None or not claim.is_live(now):
            return Refusal.GONE
        family, other = self.names[reference.fingerprint], self.names.get(following)
        if other is family:
            return Refusal.NONE
        if other is not None and not self._is_movable(following, other, now):
            return Refusal.LINK_CONFLICT
        self._point(following, family)
        return Refusal.NONE

    def _is_movable(self, fingerprint: bytes, family: Family, now: int) -> bool:
        return not (fingerprint == family.key and family.pointers) and not family.live(now)

    def _point(self, fingerprint: bytes, family: Family) -> None:
        former = self.names.get(fingerprint)
        if former is not None:
            former.pointers.discard(fingerprint)
        self.names[fingerprint] = family
        family.pointers.add(fingerprint)
