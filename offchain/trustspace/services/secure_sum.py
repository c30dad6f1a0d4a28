"""One round of the secure sum over the ledger: mask, commit, reveal, sum, check.

    party       masks its vector, commits to the message's hash on the ledger
    party       reveals the message once *every* party's hash stands there
    aggregator  checks each message against its hash, adds up (the masks cancel), posts the hash of the sum
    party       adds up the same messages itself and compares

A masked message is uniform in Z_2^64 to anyone who lacks the mask keys, so messages are open to all members.
All parties of the run take part in every round: the sum without one of them is noise, so a missing party stops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.crypto.masks import MaskBook, MaskContext, MaskKey, pairwise_mask
from trustspace.encoding.fixed_point import Int64s, UInt64s, from_ring, pack_words, to_ring
from trustspace.encoding.sum_message import SUM, SumHeader, pack_vector, unpack_vector, vector_hash
from trustspace.errors import CommitmentMismatch, MissingParty, OutOfRange, RoundOutOfOrder, TooFewParties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import Address, ParticipantId, RunId
    from trustspace.ports import PartyLedger, TrainingReader

MIN_PARTIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A party of a run as the ledger knows it."""

    participant: ParticipantId
    address: Address
    mask_key: bytes

    def __str__(self) -> str:
        return f"party {self.participant} ({self.address})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumGroup:
    """Run and members, ascending by participant."""

    run: RunId
    members: tuple[Member, ...]

    @classmethod
    def of(cls, reader: TrainingReader, run: RunId) -> SumGroup:
        """Read the group. Raises MissingParty naming one that has not joined, TooFewParties below three."""
        addresses = reader.run(run).parties
        require_enough(len(addresses), f"run {run.hex()[:16]}")
        members = []
        for address in addresses:
            record = reader.party(run, address)
            if record.mask_key is None:
                raise MissingParty(
                    f"party {record.participant} ({address}) has not joined",
                    where=f"run {run.hex()[:16]}",
                    remedy="it must post its mask key, or a new run be opened without it",
                )
            members.append(Member(participant=record.participant, address=address, mask_key=record.mask_key))
        return cls(run=run, members=tuple(sorted(members, key=lambda member: member.participant)))

    @property
    def keys(self) -> dict[int, bytes]:
        """Mask key by participant."""
        return {member.participant: member.mask_key for member in self.members}


class SumParty:
    """A party's side. Holds its mask key; only masked messages come out."""

    def __init__(self, ledger: PartyLedger, group: SumGroup, key: MaskKey, book: MaskBook) -> None:
        """Raises MissingParty when the ledger's account or this mask key is not in the group."""
        own = next((member for member in group.members if member.address == ledger.address), None)
        if own is None or own.mask_key != key.public:
            raise MissingParty(
                f"account {ledger.address} with this mask key is no party",
                where=f"run {group.run.hex()[:16]}",
                remedy="use the account and the key that joined the run",
            )
        self.own = own
        self.group = group
        self._ledger = ledger
        self._key = key
        self._book = book
        self._message: tuple[int, bytes] | None = None

    def commit(self, round_number: int, tensor: str, values: Int64s) -> None:
        """Mask `values` (shape (cells,), bounds checked by the caller) and commit to the message on the ledger.

        Repeating it with the same values is harmless. Raises MaskReuse for other values in the same round.
        """
        context = MaskContext(run=self.group.run, round=round_number, tensor=tensor)
        words = to_ring(values)
        self._book.claim(context, pack_words(words), party=self.own.participant)
        words += pairwise_mask(self._key, self.own.participant, self.group.keys, context, words.size)
        header = SumHeader(run=self.group.run, round=round_number, participant=self.own.participant, tensor=tensor)
        message = pack_vector(header, words)
        self._ledger.commit_contribution(self.group.run, round_number, vector_hash(message))
        self._message = (round_number, message)

    def reveal(self, round_number: int) -> bytes:
        """The masked message. Raises MissingParty naming a party whose hash is not on the ledger yet."""
        if self._message is None or self._message[0] != round_number:
            raise RoundOutOfOrder(
                "asked for a message that was not committed to",
                where=f"{self.own}, round {round_number}",
                remedy="commit first; messages of earlier rounds are in the transcript",
            )
        for member in self.group.members:
            require_commitment(self._ledger, self.group, member, round_number)
        return self._message[1]

    def verify(
        self, round_number: int, tensor: str, cells: int, messages: Mapping[ParticipantId, bytes], aggregate: bytes
    ) -> Int64s:
        """Add up all messages and compare with the aggregator's bytes and its hash on the ledger; returns the sum.

        Raises MissingParty or CommitmentMismatch naming the party, or the aggregator.
        """
        expected = sum_messages(self._ledger, self.group, round_number, tensor, cells, messages)
        closed = self._ledger.aggregate(self.group.run, round_number)
        if closed is None:
            raise RoundOutOfOrder("not closed on the ledger", where=f"round {round_number}", remedy="close it first")
        if aggregate != expected or vector_hash(aggregate) != closed:
            raise CommitmentMismatch(
                "the aggregator's sum is not the sum of the messages",
                where=f"aggregator, round {round_number}",
                remedy="do not confirm the model; tell the regulator and keep the transcript",
            )
        return open_sum(expected)


def sum_messages(
    reader: TrainingReader,
    group: SumGroup,
    round_number: int,
    tensor: str,
    cells: int,
    messages: Mapping[ParticipantId, bytes],
) -> bytes:
    """Bytes of the sum (`cells` cells), after checking every message against the ledger.

    Raises MissingParty, CommitmentMismatch or RoundOutOfOrder naming the party.
    """
    total = np.zeros(cells, dtype=np.uint64)
    for member in group.members:
        words = _checked(reader, group, member, round_number, tensor, messages.get(member.participant))
        if words.size != cells:
            raise CommitmentMismatch(
                f"{member} sent {words.size} cells instead of {cells}",
                where=f"round {round_number}",
                remedy="it must use the plan whose hash is on the ledger",
            )
        total += words
    return pack_vector(SumHeader(run=group.run, round=round_number, participant=SUM, tensor=tensor), total)


def open_sum(aggregate: bytes) -> Int64s:
    """Signed integers of a sum's bytes, shape (cells,)."""
    return from_ring(unpack_vector(aggregate, where="aggregate")[1])


def require_commitment(reader: TrainingReader, group: SumGroup, member: Member, round_number: int) -> bytes:
    """Hash that a member committed to. Raises MissingParty naming it when there is none."""
    committed = reader.contribution(group.run, member.address, round_number)
    if committed is None:
        raise MissingParty(
            f"{member} has not committed to its contribution",
            where=f"round {round_number}",
            remedy="wait for it, or abandon the run and open one without it",
        )
    return committed


def require_enough(parties: int, where: str) -> None:
    """Raise TooFewParties below three: of two parties each could subtract itself from the sum."""
    if parties < MIN_PARTIES:
        raise TooFewParties(
            f"{parties} parties, a secure sum needs {MIN_PARTIES}", where=where, remedy="admit more parties"
        )


def _checked(
    reader: TrainingReader, group: SumGroup, member: Member, round_number: int, tensor: str, message: bytes | None
) -> UInt64s:
    where = f"{member}, round {round_number}"
    committed = require_commitment(reader, group, member, round_number)
    if message is None:
        raise MissingParty(
            f"{member} committed but did not reveal its contribution",
            where=f"round {round_number}",
            remedy="ask it again, or abandon the run and open one without it",
        )
    if vector_hash(message) != committed:
        raise CommitmentMismatch(
            "the message has another hash than the one on the ledger", where=where, remedy="ask the party for it again"
        )
    try:
        header, words = unpack_vector(message, where=where)
    except OutOfRange as error:
        raise CommitmentMismatch("committed to bytes that are no message", where=where, remedy=error.remedy) from error
    if header != SumHeader(run=group.run, round=round_number, participant=member.participant, tensor=tensor):
        raise RoundOutOfOrder(
            f"the message says run {header.run.hex()[:16]}, round {header.round}, party {header.participant}, "
            f"tensor {header.tensor}",
            where=where,
            remedy="the party must contribute to the present round",
        )
    return words
