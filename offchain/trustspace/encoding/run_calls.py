"""Bytes of the calls between coordinator and party (`domain.run_calls`), for engines that cross a process. Big endian.

Request: "TSC1" | act 1 | run 32 | round 4 | signed | sealed | bodies | aggregate
Reply:   "TSR1" | round 4 | message (0 or 1 of signed) | sealed | model (0 or 32 bytes)
Refusal: "TSX1" | error | message | where | remedy (UTF-8)

Every variable item stands behind its length (uint64). signed: count 2, then participant 2 | signature 65 | body;
sealed, bodies: count 2, then participant 2 | bytes. Participants ascend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from trustspace.domain.ids import ModelId, ParticipantId, RunId
from trustspace.domain.run_calls import Act, PartyRefusal, PartyReply, PartyRequest
from trustspace.domain.sums import SignedMessage
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUEST, REPLY, REFUSAL = b"TSC1", b"TSR1", b"TSX1"
Item = TypeVar("Item")
_SIGNATURE = 65
_NOBODY = ParticipantId(0)


def pack_request(request: PartyRequest) -> bytes:
    """Bytes of a question."""
    head = REQUEST + bytes([request.act]) + request.run + request.round.to_bytes(4, "big")
    return b"".join(
        (head, *_signed(request.signed), *_items(request.sealed), *_items(request.bodies), *_sized(request.aggregate))
    )


def unpack_request(raw: bytes, *, where: str) -> PartyRequest:
    """Inverse of `pack_request`. Raises OutOfRange for bytes of another layout."""
    reader = _Reader(raw, where)
    reader.expect(REQUEST)
    act = reader.number(1)
    if act not in set(Act):
        raise reader.wrong()
    request = PartyRequest(
        act=Act(act),
        run=RunId(reader.take(32)),
        round=reader.number(4),
        signed=reader.signed(),
        sealed=reader.items(),
        bodies=reader.items(),
        aggregate=reader.sized(),
    )
    reader.end()
    return request


def pack_reply(reply: PartyReply | PartyRefusal) -> bytes:
    """Bytes of an answer or of a refusal."""
    if isinstance(reply, PartyRefusal):
        words = (reply.error, reply.message, reply.where, reply.remedy)
        return REFUSAL + b"".join(part for word in words for part in _sized(word.encode()))
    message = {_NOBODY: reply.message} if reply.message else {}
    head = REPLY + reply.round.to_bytes(4, "big")
    return b"".join((head, *_signed(message), *_items(reply.sealed), *_sized(reply.model or b"")))


def unpack_reply(raw: bytes, *, where: str) -> PartyReply | PartyRefusal:
    """Inverse of `pack_reply`. Raises OutOfRange for bytes of another layout."""
    reader = _Reader(raw, where)
    if raw[:4] == REFUSAL:
        reader.expect(REFUSAL)
        words = [reader.sized().decode("utf-8", "replace") for _ in range(4)]
        reader.end()
        return PartyRefusal(error=words[0], message=words[1], where=words[2], remedy=words[3])
    reader.expect(REPLY)
    round_number, message, sealed, model = reader.number(4), reader.signed(), reader.items(), reader.sized()
    reader.end()
    if message.keys() - {_NOBODY} or len(model) not in (0, 32):
        raise reader.wrong()
    return PartyReply(
        round=round_number, message=message.get(_NOBODY), sealed=sealed, model=ModelId(model) if model else None
    )


def pack_items(items: Mapping[ParticipantId, bytes]) -> bytes:
    """Bytes by participant: count 2, then participant 2 | length 8 | bytes."""
    return b"".join(_items(items))


def unpack_items(raw: bytes, *, where: str) -> dict[ParticipantId, bytes]:
    """Inverse of `pack_items`. Raises OutOfRange for bytes of another layout."""
    reader = _Reader(raw, where)
    items = reader.items()
    reader.end()
    return items


def _sized(content: bytes) -> tuple[bytes, bytes]:
    return len(content).to_bytes(8, "big"), content


def _items(items: Mapping[ParticipantId, bytes]) -> list[bytes]:
    parts = [len(items).to_bytes(2, "big")]
    for party in sorted(items):
        parts += (party.to_bytes(2, "big"), *_sized(items[party]))
    return parts


def _signed(messages: Mapping[ParticipantId, SignedMessage]) -> list[bytes]:
    parts = [len(messages).to_bytes(2, "big")]
    for party in sorted(messages):
        message = messages[party]
        parts += (party.to_bytes(2, "big"), message.signature, *_sized(message.body))
    return parts


class _Reader:
    def __init__(self, raw: bytes, where: str) -> None:
        self._raw, self._where, self._at = raw, where, 0

    def wrong(self) -> OutOfRange:
        return OutOfRange("cut or of another layout", where=self._where, remedy="both ends need the same version")

    def take(self, count: int) -> bytes:
        part = self._raw[self._at : self._at + count]
        if len(part) != count:
            raise self.wrong()
        self._at += count
        return part

    def expect(self, magic: bytes) -> None:
        if self.take(len(magic)) != magic:
            raise self.wrong()

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def sized(self) -> bytes:
        return self.take(self.number(8))

    def items(self) -> dict[ParticipantId, bytes]:
        return self._map(self.sized)

    def signed(self) -> dict[ParticipantId, SignedMessage]:
        return self._map(lambda: SignedMessage(signature=self.take(_SIGNATURE), body=self.sized()))

    def end(self) -> None:
        if self._at != len(self._raw):
            raise self.wrong()

    def _map(self, read: Callable[[], Item]) -> dict[ParticipantId, Item]:
        found: dict[ParticipantId, Item] = {}
        for _ in range(self.number(2)):
            party = ParticipantId(self.number(2))
            if found and party <= next(reversed(found)):
                raise self.wrong()
            found[party] = read()
        return found
