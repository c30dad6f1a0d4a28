"""One keyholder's part of a seed ceremony, as far as it can go now; called again until the epoch is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.keyholders.exchange import Exchange
from trustspace.crypto.oprf.replicated import Sharing
from trustspace.domain.fingerprints import EpochRecord, EpochState
from trustspace.domain.participants import Role
from trustspace.errors import EpochNotOpen
from trustspace.services.seed_ceremony import Ceremony, make_offer, seeds_from, transcript_of

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys
    from trustspace.adapters.chain.participants import ParticipantRegistry
    from trustspace.adapters.keyholders.seed_files import SeedFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStatus:
    """Where the ceremony of an epoch stands for one node: what it waits for, and from which nodes."""

    epoch: int
    node: int
    stage: str
    waiting_for: tuple[int, ...] = ()

    @property
    def done(self) -> bool:
        """Whether this node has nothing left to do."""
        return self.stage in ("confirmed", "open")


def own_node(record: EpochRecord, keys: FingerprintKeys, participants: ParticipantRegistry) -> int:
    """Number of the signer's node in an epoch. Raises EpochNotOpen when it is none."""
    participant = participants.require_role(keys.account, Role.KEYHOLDER)
    for node in record.nodes:
        if node.participant == participant:
            return node.number
    raise EpochNotOpen(
        f"participant {participant} is no node of epoch {record.epoch}", remedy="the regulator proposes its keyholders"
    )


def advance(
    epoch: int, keys: FingerprintKeys, participants: ParticipantRegistry, files: SeedFiles, shared: Path
) -> SetupStatus:
    """Say hello, make the offer, keep the seeds and confirm them: whatever is possible now.

    Raises EpochNotOpen when nothing is proposed, CommitmentMismatch, InvalidMessage or SignatureMismatch naming who
    does not keep to the rules.
    """
    record = keys.epoch(epoch)
    if record.state is EpochState.NONE or record.state is EpochState.CLOSED:
        raise EpochNotOpen(f"epoch {epoch} is {record.state.name.lower()}", remedy="the regulator proposes it")
    number = own_node(record, keys, participants)
    if record.state is EpochState.OPEN or record.nodes[number - 1].account is not None:
        stage = "open" if record.state is EpochState.OPEN else "confirmed"
        waiting = tuple(node.number for node in record.nodes if node.account is None)
        return SetupStatus(epoch=epoch, node=number, stage=stage, waiting_for=waiting)
    sharing = Sharing(record.threshold, len(record.nodes))
    ceremony = Ceremony(identity=record.ceremony, epoch=epoch, sharing=sharing, node=number)
    exchange = Exchange(shared, ceremony, record.nodes, keys, participants)
    own = files.ceremony_secrets(ceremony)
    exchange.say_hello(own.key.public, keys.signer)
    hellos = exchange.hellos()
    if missing := _missing(record, hellos):
        return SetupStatus(epoch=epoch, node=number, stage="hellos", waiting_for=missing)
    exchange.make_offer(make_offer(ceremony, own, hellos), keys.signer)
    offers = exchange.offers()
    if missing := _missing(record, offers):
        return SetupStatus(epoch=epoch, node=number, stage="offers", waiting_for=missing)
    files.keep_seeds(ceremony, seeds_from(ceremony, own, hellos, offers))
    keys.confirm_keys(epoch, record.ceremony, transcript_of(ceremony, offers))
    files.forget_ceremony(ceremony)
    return advance(epoch, keys, participants, files, shared)


def _missing(record: EpochRecord, found: Container[int]) -> tuple[int, ...]:
    return tuple(node.number for node in record.nodes if node.number not in found)
