"""The public record of a run: enough, with the ledger, for anyone to recompute sums and model.

    plan.json                  the plan (canonical JSON)
    parties.json               run, parties, accounts, mask keys (canonical JSON)
    round-NNN/<party>.offer    signed offer of each party that made one (`encoding.sum_round`)
    round-NNN/<party>.bin      signed masked message of each survivor (`encoding.sum_message`)
    round-NNN/<party>.answer   signed shares of each survivor that answered; none in a round that was not opened
    round-NNN/sum.bin          the sum
    model.json                 the scorecard
    model-card.json            what the model is made of and how good it is; its hash is on the ledger
    model-card.html            the same as a page
    open-round/                only while the run goes on: what came in so far (`services.desk_record`), not public

Signed: 65 bytes of signature, then the message. Each file is written beside its place and moved there whole; a killed
process leaves no half file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.crypto.signing import SIGNATURE_BYTES
from trustspace.domain.ids import ParticipantId
from trustspace.domain.sums import SignedMessage
from trustspace.encoding import canonical_json
from trustspace.errors import InputError
from trustspace.services.desk_record import DeskRecord
from trustspace.services.model_card.document import card_bytes
from trustspace.services.model_card.page import page_of
from trustspace.services.sum_round import RoundRecord
from trustspace.services.whole_file import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustspace.encoding.canonical_json import Json
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.run import TrainedModel
    from trustspace.services.model_card.document import RunFacts
    from trustspace.services.sum_group import SumGroup

PLAN, PARTIES, MODEL, SUM = "plan.json", "parties.json", "model.json", "sum.bin"
CARD, PAGE = "model-card.json", "model-card.html"
OPEN_ROUND = "open-round"
OFFER, MESSAGE, ANSWER = "offer", "bin", "answer"
FORMAT = "trustspace.transcript/2"


class TranscriptWriter:
    """Writes a run's record while it goes on."""

    def __init__(self, folder: Path, plan: TrainingPlan, group: SumGroup) -> None:
        """Start the record. Raises InputError when the folder holds the record of another run."""
        self._folder = folder
        self._plan = plan
        parties = parties_bytes(group)
        known = folder / PARTIES
        if known.exists() and known.read_bytes() != parties:
            raise InputError("holds the record of another run", where=str(folder), remedy="choose an empty folder")
        write_atomically(folder / PLAN, plan.to_bytes())
        write_atomically(known, parties)
        self.desk = DeskRecord(folder / OPEN_ROUND)

    def add_round(self, record: RoundRecord) -> None:
        """Record a closed round."""
        folder = self._folder / round_folder(record.round)
        for kind, messages in ((OFFER, record.offers), (MESSAGE, record.contributions), (ANSWER, record.answers)):
            for participant, message in messages.items():
                write_atomically(folder / message_file(participant, kind), message.signature + message.body)
        write_atomically(folder / SUM, record.aggregate)
        self.desk.clear()

    def rounds(self) -> Iterator[RoundRecord]:
        """Rounds recorded before a restart, in order; one without its sum was not recorded to the end."""
        number = 1
        while (self._folder / round_folder(number) / SUM).exists():
            folder = self._folder / round_folder(number)
            found: dict[str, dict[ParticipantId, SignedMessage]] = {OFFER: {}, MESSAGE: {}, ANSWER: {}}
            for path in folder.iterdir():
                kind = path.suffix.removeprefix(".")
                if kind in found and path.stem.isdecimal():
                    found[kind][ParticipantId(int(path.stem))] = signed_message(path.read_bytes())
            yield RoundRecord(
                round=number,
                offers=found[OFFER],
                contributions=found[MESSAGE],
                answers=found[ANSWER],
                aggregate=(folder / SUM).read_bytes(),
            )
            number += 1

    def finish(self, trained: TrainedModel, facts: RunFacts) -> None:
        """Record the outcome."""
        write_atomically(self._folder / MODEL, trained.model.to_bytes())
        card = card_bytes(self._plan, trained, facts)
        write_atomically(self._folder / CARD, card)
        write_atomically(self._folder / PAGE, page_of(card))


def round_folder(round_number: int) -> str:
    """Folder of a round inside the transcript."""
    return f"round-{round_number:03}"


def message_file(participant: ParticipantId, kind: str) -> str:
    """File of a party's message inside its round's folder."""
    return f"{participant}.{kind}"


def signed_message(raw: bytes) -> SignedMessage:
    """Content of such a file."""
    return SignedMessage(signature=raw[:SIGNATURE_BYTES], body=raw[SIGNATURE_BYTES:])


def parties_bytes(group: SumGroup) -> bytes:
    """Content of parties.json."""
    parties: list[Json] = [
        {"participant": member.participant, "account": member.address, "mask_key": member.mask_key.hex()}
        for member in group.members
    ]
    return canonical_json.dumps({"format": FORMAT, "run": group.run.hex(), "parties": parties})
