"""What the aggregator must not forget of the round in progress: who made which offer, and whose masked vector came in.

    offers-N         participant -> OFFER reply (`encoding.run_calls`), sealed shares included; before anybody masks
    contributions-N  participant -> COMMIT reply; before the survivors are fixed on the ledger

Nothing here is secret to the aggregator; the folder is its owner's alone, as sealed shares are not part of the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.run_calls import PartyReply
from trustspace.domain.sums import OfferMessage
from trustspace.encoding.run_calls import pack_items, pack_reply, unpack_items, unpack_reply
from trustspace.errors import InputError
from trustspace.services.whole_file import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.sums import SignedMessage


class DeskRecord:
    """Files of one round; those of earlier rounds go when a new one begins."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when something is kept, removed when the run is over."""
        self._folder = folder

    def keep_offers(self, number: int, offers: Mapping[ParticipantId, OfferMessage]) -> None:
        """The offers that everybody of this round masks against."""
        replies = {who: PartyReply(message=it.signed, sealed=it.sealed) for who, it in offers.items()}
        self._keep(f"offers-{number}", replies)

    def offers(self, number: int) -> dict[ParticipantId, OfferMessage] | None:
        """What was kept, None for nothing."""
        kept = self._recall(f"offers-{number}")
        if kept is None:
            return None
        return {who: OfferMessage(signed=message, sealed=sealed) for who, (message, sealed) in kept.items()}

    def keep_contributions(self, number: int, contributions: Mapping[ParticipantId, SignedMessage]) -> None:
        """The masked vectors of all who may survive this round."""
        self._keep(f"contributions-{number}", {who: PartyReply(message=it) for who, it in contributions.items()})

    def contributions(self, number: int) -> dict[ParticipantId, SignedMessage]:
        """What was kept."""
        kept = self._recall(f"contributions-{number}") or {}
        return {who: message for who, (message, _) in kept.items()}

    def clear(self) -> None:
        """The round is closed and recorded."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()

    def _keep(self, name: str, replies: Mapping[ParticipantId, PartyReply]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(
            self._folder / name, pack_items({party: pack_reply(reply) for party, reply in replies.items()})
        )

    def _recall(self, name: str) -> dict[ParticipantId, tuple[SignedMessage, Mapping[ParticipantId, bytes]]] | None:
        path = self._folder / name
        if not path.exists():
            return None
        found = {}
        for party, raw in unpack_items(path.read_bytes(), where=str(path)).items():
            reply = unpack_reply(raw, where=str(path))
            if not isinstance(reply, PartyReply) or reply.message is None:
                raise InputError("holds no message", where=f"{path}, party {party}", remedy="abandon the run")
            found[party] = (reply.message, reply.sealed)
        return found
