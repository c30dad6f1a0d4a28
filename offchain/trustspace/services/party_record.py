"""What a party must not forget while a run goes on, by name in its memory (`ports.PartyMemory`):

    run         run id 32 | private run key 32 | tag key of the mask book 32
    mask ...    what a mask covered (`crypto.masks.MaskBook`)
    offer       round 4 | round key 32 | seed 32 | holders 2 | (holder 2 | share of seed 33 | share of key 33) | reply
    enrolment   the COMMIT request it masked against (`encoding.run_calls`)
    noisy       round 4 | contribution with its noise, int64 cells: only in a run with noise, which is drawn once
    answer      round 4 | survivors 32 | width 1 | masked sum: it gives no shares for other survivors
    closed N    roster (count 2, participant 2 | rows 4 | root 32 each) | survivors (count 2, participants 2) | sum
    model       id of the model it confirmed

A round's secrets go as soon as it is closed; the run key goes with the model's confirmation.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.crypto.masks import KEY_BYTES, MaskBook, MaskKey
from trustspace.crypto.round_secrets import RoundSecrets
from trustspace.domain.ids import ModelId, ParticipantId, RunId
from trustspace.domain.run_calls import Act, PartyReply, PartyRequest
from trustspace.domain.sums import DataStatement, OfferMessage, SignedMessage
from trustspace.encoding.fixed_point import Int64s, Words, from_ring, pack_words, to_ring, unpack_words
from trustspace.encoding.run_calls import pack_reply, pack_request, unpack_reply, unpack_request
from trustspace.errors import InputError

if TYPE_CHECKING:
    from trustspace.ports import PartyMemory

_WHERE = "party's memory"
_STATEMENT_BYTES = 2 + 4 + 32
RUN, OFFER, ENROLMENT, NOISY, ANSWER, MODEL = "run", "offer", "enrolment", "noisy", "answer", "model"
_OF_A_ROUND: dict[str, bytes | None] = {OFFER: None, ENROLMENT: None, NOISY: None, ANSWER: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRound:
    """All that later rounds need of one: who made an offer and what it says of its data, who survived, the sum."""

    roster: Mapping[ParticipantId, DataStatement]
    survivors: frozenset[ParticipantId]
    aggregate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a party answered for."""

    round: int
    survivors: int
    total: Words


class PartyRecord:
    """Typed access to a party's memory of one run."""

    def __init__(self, memory: PartyMemory) -> None:
        self._memory = memory

    def begin(self, run: RunId, key: MaskKey | None = None) -> MaskKey:
        """The key of this run: the one kept, else this one or a fresh one.

        Raises InputError when the memory is another run's.
        """
        kept = self._memory.recall(RUN)
        if kept is not None and kept[:32] != run:
            raise InputError(
                f"is kept for run {kept[:32].hex()[:16]}, asked for run {run.hex()[:16]}",
                where=_WHERE,
                remedy="one memory serves one run; name a new file for a new run",
            )
        if kept is None:
            key = key or MaskKey.generate()
            self._memory.keep({RUN: run + key.private + secrets.token_bytes(KEY_BYTES)})
            return key
        return MaskKey(kept[32:64])

    @property
    def book(self) -> MaskBook:
        """What masks of this run covered. Only after `begin`."""
        kept = self._memory.recall(RUN) or b""
        return MaskBook(seen=_Seen(self._memory), tag_key=kept[64:])

    def keep_offer(self, number: int, drawn: RoundSecrets, message: OfferMessage) -> None:
        """Before an offer goes out; what is left of an earlier round goes."""
        reply = pack_reply(PartyReply(round=number, message=message.signed, sealed=message.sealed))
        content = number.to_bytes(4, "big") + drawn.to_bytes() + reply
        self._memory.keep({**_OF_A_ROUND, OFFER: content})

    def offer(self) -> tuple[int, RoundSecrets, OfferMessage] | None:
        """The offer of the round in progress."""
        content = self._memory.recall(OFFER)
        if content is None:
            return None
        drawn, rest = RoundSecrets.from_bytes(content[4:])
        reply = unpack_reply(rest, where=_WHERE)
        if not isinstance(reply, PartyReply) or reply.message is None:
            raise InputError("holds no offer", where=_WHERE, remedy="leave the run; it goes on without this party")
        return int.from_bytes(content[:4], "big"), drawn, OfferMessage(signed=reply.message, sealed=reply.sealed)

    def keep_enrolment(
        self,
        run: RunId,
        number: int,
        offers: Mapping[ParticipantId, SignedMessage],
        sealed: Mapping[ParticipantId, bytes],
    ) -> None:
        """Before anything is masked against these offers."""
        request = PartyRequest(act=Act.COMMIT, run=run, round=number, signed=offers, sealed=sealed)
        self._memory.keep({ENROLMENT: pack_request(request)})

    def enrolment(self) -> PartyRequest | None:
        """The offers that the round in progress is masked against."""
        content = self._memory.recall(ENROLMENT)
        return unpack_request(content, where=_WHERE) if content is not None else None

    def keep_noisy(self, number: int, values: Int64s) -> None:
        """Before it is masked: a second draw would be other data under the same mask."""
        self._memory.keep({NOISY: number.to_bytes(4, "big") + pack_words(to_ring(values))})

    def noisy(self, number: int) -> Int64s | None:
        """What was drawn for a round."""
        content = self._memory.recall(NOISY)
        if content is None or int.from_bytes(content[:4], "big") != number:
            return None
        return from_ring(unpack_words(memoryview(content)[4:], where=_WHERE))

    def keep_answer(self, answer: KeptAnswer) -> None:
        """Before any share goes out."""
        head = answer.round.to_bytes(4, "big") + answer.survivors.to_bytes(32, "big")
        self._memory.keep({ANSWER: head + bytes([answer.total.dtype.itemsize]) + pack_words(answer.total)})

    def answer(self) -> KeptAnswer | None:
        """What it answered for in the round in progress."""
        content = self._memory.recall(ANSWER)
        if content is None:
            return None
        total = unpack_words(memoryview(content)[37:], width=content[36], where=_WHERE)
        survivors = int.from_bytes(content[4:36], "big")
        return KeptAnswer(round=int.from_bytes(content[:4], "big"), survivors=survivors, total=total)

    def close(self, number: int, closed: ClosedRound) -> None:
        """The round is over: its secrets go, its outcome stays."""
        groups = _statements(closed.roster) + _participants(closed.survivors)
        self._memory.keep({f"closed {number}": groups + closed.aggregate, **_OF_A_ROUND})

    def closed(self) -> Iterator[ClosedRound]:
        """All closed rounds in order."""
        number = 1
        while (content := self._memory.recall(f"closed {number}")) is not None:
            roster, rest = _read_statements(content)
            survivors, aggregate = _read_participants(rest)
            yield ClosedRound(roster=roster, survivors=survivors, aggregate=aggregate)
            number += 1

    @property
    def model(self) -> ModelId | None:
        """The model it confirmed."""
        kept = self._memory.recall(MODEL)
        return ModelId(kept) if kept is not None else None

    def end(self, run: RunId, model: ModelId) -> None:
        """The run is over: its key goes."""
        self._memory.keep({MODEL: bytes(model), RUN: bytes(run) + bytes(2 * KEY_BYTES)})


class _Seen(MutableMapping[bytes, bytes]):
    """The mask book's entries inside the memory; only single entries are asked for."""

    def __init__(self, memory: PartyMemory) -> None:
        self._memory = memory

    def __getitem__(self, place: bytes) -> bytes:
        kept = self._memory.recall(f"mask {place.hex()}")
        if kept is None:
            raise KeyError(place)
        return kept

    def __setitem__(self, place: bytes, tag: bytes) -> None:
        self._memory.keep({f"mask {place.hex()}": tag})

    def __delitem__(self, place: bytes) -> None:
        raise KeyError(place)  # a mask's use is never forgotten

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _statements(roster: Mapping[ParticipantId, DataStatement]) -> bytes:
    rows = (party.to_bytes(2, "big") + it.rows.to_bytes(4, "big") + it.root for party, it in sorted(roster.items()))
    return len(roster).to_bytes(2, "big") + b"".join(rows)


def _read_statements(raw: bytes) -> tuple[dict[ParticipantId, DataStatement], bytes]:
    end = 2 + _STATEMENT_BYTES * int.from_bytes(raw[:2], "big")
    rows = [raw[at : at + _STATEMENT_BYTES] for at in range(2, end, _STATEMENT_BYTES)]
    statements = {
        ParticipantId(int.from_bytes(row[:2], "big")): DataStatement(rows=int.from_bytes(row[2:6], "big"), root=row[6:])
        for row in rows
    }
    return statements, raw[end:]


def _participants(group: frozenset[ParticipantId]) -> bytes:
    return len(group).to_bytes(2, "big") + b"".join(party.to_bytes(2, "big") for party in sorted(group))


def _read_participants(raw: bytes) -> tuple[frozenset[ParticipantId], bytes]:
    end = 2 + 2 * int.from_bytes(raw[:2], "big")
    group = frozenset(ParticipantId(int.from_bytes(raw[at : at + 2], "big")) for at in range(2, end, 2))
    return group, raw[end:]
