"""Who takes part in a run's sums, who masks with whom, and the checks that everybody makes of everybody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.crypto.neighbours import neighbours_of, threshold_of
from trustspace.crypto.signing import recover
from trustspace.domain.ids import ParticipantId
from trustspace.domain.sums import SumPhase, SumStatement
from trustspace.encoding.eip712 import sum_message
from trustspace.errors import (
    CommitmentMismatch,
    InvalidKey,
    LeftOut,
    MissingParty,
    RoundOutOfOrder,
    SignatureMismatch,
    TooFewParties,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from trustspace.domain.ids import Address, RunId
    from trustspace.domain.sums import SignedMessage
    from trustspace.ports import TrainingReader

MIN_PARTIES = 3
NO_TENSOR = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A party of a run as the ledger knows it. `place`: its number in the ledger's list, its bit in bitmaps."""

    participant: ParticipantId
    address: Address
    mask_key: bytes
    place: int

    def __str__(self) -> str:
        return f"party {self.participant} ({self.address})"


@dataclass(frozen=True, kw_only=True)
class SumGroup:
    """Run and members, ascending by participant, with the chain and contract that signatures are bound to."""

    run: RunId
    members: tuple[Member, ...]
    chain_id: int
    registry: Address

    @classmethod
    def of(cls, reader: TrainingReader, run: RunId) -> SumGroup:
        """Read the group. Raises MissingParty naming one that has not joined, TooFewParties below three."""
        addresses = reader.run(run).parties
        require_enough(len(addresses), f"run {run.hex()[:16]}")
        members = []
        for place, address in enumerate(addresses):
            record = reader.party(run, address)
            if record.mask_key is None:
                raise MissingParty(
                    f"party {record.participant} ({address}) has not joined",
                    where=f"run {run.hex()[:16]}",
                    remedy="it must post its mask key, or a new run be opened without it",
                )
            member = Member(participant=record.participant, address=address, mask_key=record.mask_key, place=place)
            members.append(member)
        ordered = tuple(sorted(members, key=lambda member: member.participant))
        return cls(run=run, members=ordered, chain_id=reader.chain_id, registry=reader.registry)

    @property
    def identity(self) -> tuple[RunId, tuple[Member, ...], int, Address]:
        """All that it consists of."""
        return self.run, self.members, self.chain_id, self.registry

    @cached_property
    def by_id(self) -> dict[ParticipantId, Member]:
        """Member by participant."""
        return {member.participant: member for member in self.members}

    @cached_property
    def neighbours(self) -> dict[int, tuple[int, ...]]:
        """Whom each party masks against and shares its secrets with."""
        return neighbours_of({member.participant: member.mask_key for member in self.members}, self.run)

    @property
    def fewest(self) -> int:
        """Survivors a round needs: more than half of all parties, and three."""
        return fewest_of(len(self.members))

    def holders(self, party: int, active: Collection[int]) -> tuple[int, ...]:
        """Who keeps shares of a party's secrets: its neighbours that are still there, and itself; ascending."""
        return tuple(sorted({party}.union(set(active).intersection(self.neighbours[party]))))

    def threshold(self, party: int) -> int:
        """Shares that open a party's secrets: more than half of its neighbourhood as the run began."""
        return threshold_of(len(self.neighbours[party]) + 1)

    def seat(self, party: int) -> int:
        """A party's place among the members, ascending by participant, from 0."""
        return [member.participant for member in self.members].index(ParticipantId(party))

    def bitmap(self, participants: Iterable[int]) -> int:
        """Set of participants as on the ledger."""
        return sum(1 << self.by_id[ParticipantId(participant)].place for participant in participants)

    def of_bitmap(self, bits: int) -> frozenset[ParticipantId]:
        """Participants of a bitmap."""
        return frozenset(member.participant for member in self.members if bits >> member.place & 1)

    def active(self, reader: TrainingReader, round_number: int) -> frozenset[ParticipantId]:
        """Who may take part in a round: the survivors of the round before. Raises RoundOutOfOrder while it is open."""
        if round_number == 1:
            return frozenset(self.by_id)
        return self.survivors(reader, round_number - 1)

    def survivors(self, reader: TrainingReader, round_number: int) -> frozenset[ParticipantId]:
        """Survivors fixed on the ledger. Raises RoundOutOfOrder when they are not."""
        bits = reader.survivors(self.run, round_number)
        if bits is None:
            raise RoundOutOfOrder(
                "its survivors are not fixed on the ledger", where=f"round {round_number}", remedy="fix them first"
            )
        return self.of_bitmap(bits)

    def require_survivors(self, found: Collection[int], roster: Collection[int], round_number: int) -> None:
        """Raise LeftOut for survivors outside the roster, TooFewParties for fewer than `fewest`."""
        if not set(found) <= set(roster):
            strangers = sorted(set(found) - set(roster))
            raise LeftOut(
                f"survivors that made no offer: {strangers}",
                where=f"aggregator, round {round_number}",
                remedy="answer nothing; tell the regulator and keep the messages",
            )
        self.require_fewest(found, round_number)

    def require_fewest(self, found: Collection[int], round_number: int) -> None:
        """Raise TooFewParties, naming who is missing, when a set is smaller than a round needs."""
        if len(found) < self.fewest:
            absent = ", ".join(str(member) for member in self.members if member.participant not in found)
            raise TooFewParties(
                f"{len(found)} of {len(self.members)} parties are there, {self.fewest} are needed; missing: {absent}",
                where=f"round {round_number}",
                remedy="bring them back, or abandon the run and open one without them",
            )

    def statement(self, round_number: int, phase: SumPhase, body: bytes, tensor: str = "") -> SumStatement:
        """What a party signs about a message."""
        content = sha256(body).digest()
        return SumStatement(run=self.run, round=round_number, phase=phase, tensor=tensor_hash(tensor), content=content)

    def require_signed(
        self, member: Member, message: SignedMessage, round_number: int, phase: SumPhase, tensor: str = ""
    ) -> None:
        """Raise SignatureMismatch unless this member signed these bytes for this place of this run."""
        statement = self.statement(round_number, phase, message.body, tensor)
        if signer_of(self.registry, self.chain_id, statement, message.signature) != member.address:
            raise SignatureMismatch(
                f"not signed by {member} for this chain, contract, run, round and phase",
                where=f"{member}, {phase.name.lower()}, round {round_number}",
                remedy="the message is forged or replayed; ask the party for its own",
            )


@lru_cache(maxsize=4096)
def signer_of(registry: Address, chain_id: int, statement: SumStatement, signature: bytes) -> Address | None:
    """Who signed; None when that is no signature. Parties of one process check the same messages: one recovery does."""
    try:
        return recover(sum_message(registry, chain_id, statement).digest, signature)
    except InvalidKey:
        return None


@lru_cache(maxsize=64)
def tensor_hash(name: str) -> bytes:
    """How statements name a tensor: SHA-256, zero for none."""
    return sha256(name.encode()).digest() if name else NO_TENSOR


def fewest_of(parties: int) -> int:
    """Survivors that a round of a run with so many parties needs: more than half, and three."""
    return max(MIN_PARTIES, threshold_of(parties))


def require_enough(parties: int, where: str) -> None:
    """Raise TooFewParties below three: of two parties each could subtract itself from the sum."""
    if parties < MIN_PARTIES:
        raise TooFewParties(
            f"{parties} parties, a secure sum needs {MIN_PARTIES}", where=where, remedy="admit more parties"
        )


def require_same(expected: bytes, found: bytes, where: str, message: str) -> None:
    """Raise CommitmentMismatch when bytes differ."""
    if expected != found:
        raise CommitmentMismatch(message, where=where, remedy="keep the messages and tell the regulator")
