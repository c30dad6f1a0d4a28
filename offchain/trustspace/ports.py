"""What services need from the outside, as Protocols. Adapters implement them, tests fake them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.agreements import AgreementRecord, Purpose
    from trustspace.domain.batches import Batch
    from trustspace.domain.fingerprints import EpochFingerprints, FingerprintQuery
    from trustspace.domain.ids import (
        Address,
        AgreementId,
        AsOfDay,
        BatchId,
        ModelId,
        OperationId,
        ParticipantId,
        RunId,
        SubjectId,
    )
    from trustspace.domain.models import ModelCard, ModelRecord, PartyRecord, RunRecord
    from trustspace.domain.sums import OfferMessage, SignedMessage, SumStatement


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> int:
        """Return UTC seconds."""
        ...


class Randomness(Protocol):
    """Cryptographic randomness as an argument; the default is the operating system's."""

    def bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        ...


class TrainingReader(Protocol):
    """What anybody can read of training runs."""

    @property
    def chain_id(self) -> int:
        """Chain that signatures are bound to."""
        ...

    @property
    def registry(self) -> Address:
        """Contract that signatures are bound to."""
        ...

    def run(self, run: RunId) -> RunRecord:
        """Return a run; state NONE when unknown."""
        ...

    def party(self, run: RunId, party: Address) -> PartyRecord:
        """Return a party of a run."""
        ...

    def contribution(self, run: RunId, party: Address, round_number: int) -> bytes | None:
        """Return the hash a party committed to in a round, None when it has not."""
        ...

    def survivors(self, run: RunId, round_number: int) -> int | None:
        """Return a round's survivors as a bitmap over the run's parties, None when not fixed."""
        ...

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        """Return the aggregate hash of a closed round, None when it is open."""
        ...

    def model(self, model: ModelId) -> ModelRecord:
        """Return a model; state NONE when unknown."""
        ...

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        """Return the models that parties of a run confirmed, the final one first."""
        ...


class PartyLedger(TrainingReader, Protocol):
    """What one bank does on the ledger, signed by its own account."""

    @property
    def address(self) -> Address:
        """Account that signs."""
        ...

    def join(self, run: RunId, mask_key: bytes) -> None:
        """Post the X25519 mask key for this run."""
        ...

    def commit_contribution(self, run: RunId, round_number: int, contribution: bytes) -> None:
        """Commit to the hash of the masked contribution."""
        ...

    def sign(self, statement: SumStatement) -> bytes:
        """Sign (EIP-712, 65 bytes) what this bank says about a message of a secure sum; nothing is sent."""
        ...

    def confirm_model(self, run: RunId, card: ModelCard) -> ModelId:
        """Confirm the model this bank computed itself."""
        ...


class AggregatorLedger(TrainingReader, Protocol):
    """What the aggregator does on the ledger, signed by its own account."""

    @property
    def address(self) -> Address:
        """Account that signs."""
        ...

    def open_run(self, plan_hash: bytes, parties: tuple[Address, ...], quorum: int, operation: OperationId) -> RunId:
        """Open a run; the same operation again returns the same run."""
        ...

    def fix_survivors(self, run: RunId, round_number: int, survivors: int) -> None:
        """Fix, once per round, whose contributions are added up: a bitmap over the run's parties."""
        ...

    def close_round(self, run: RunId, round_number: int, aggregate: bytes) -> None:
        """Fix the hash of a round's sum once its survivors are fixed."""
        ...

    def abandon_run(self, run: RunId, reason_hash: bytes) -> None:
        """Give a run up."""
        ...


class TrainingPeer(Protocol):
    """A party of a training run as the driver reaches it, in this process or another: only public bytes cross.

    Any call may raise PartyUnreachable: the party is gone then, and the others go on without it.
    """

    @property
    def participant(self) -> ParticipantId:
        """The bank behind it."""
        ...

    @property
    def address(self) -> Address:
        """Account that signs for it."""
        ...

    def join(self, run: RunId) -> None:
        """Check the run's plan and post the mask key."""
        ...

    def offer(self, round_number: int) -> OfferMessage:
        """Draw this round's keys and share them out."""
        ...

    def commit(
        self, round_number: int, offers: Mapping[ParticipantId, SignedMessage], sealed: Mapping[ParticipantId, bytes]
    ) -> None:
        """Compute, mask against these offers, and commit; `sealed`: the shares meant for this party, by sender."""
        ...

    def reveal(self, round_number: int) -> SignedMessage:
        """Return the masked message that was committed to."""
        ...

    def answer(self, round_number: int, contributions: Mapping[ParticipantId, bytes]) -> SignedMessage:
        """Return one share for each peer, by the survivors fixed on the ledger."""
        ...

    def accept(self, round_number: int, answers: Mapping[ParticipantId, SignedMessage], aggregate: bytes) -> None:
        """Check the sum and move on to the next round."""
        ...

    def confirm(self) -> ModelId:
        """Confirm on the ledger the model this party computed itself."""
        ...


class ConsentReader(Clock, Protocol):
    """What the ledger says of consent, commitments and keys: all that a source needs before it delivers anything.

    `now` is the time of the latest block.
    """

    @property
    def chain_id(self) -> int:
        """Chain that aggregations are bound to."""
        ...

    @property
    def registry(self) -> Address:
        """FeatureRegistry that aggregations are bound to."""
        ...

    def agreements(self, agreements: Sequence[AgreementId]) -> tuple[AgreementRecord, ...]:
        """Return agreements; state NONE for an unknown one."""
        ...

    def purposes(self, operations: Sequence[tuple[AgreementId, OperationId]]) -> tuple[Purpose, ...]:
        """Return what each operation was counted for; no purpose when it was not."""
        ...

    def commitments(self, keys: Sequence[tuple[SubjectId, AsOfDay]]) -> tuple[Mapping[ParticipantId, bytes], ...]:
        """Return the feature commitment of every source, for each subject and day."""
        ...

    def mask_keys(self, participants: Sequence[ParticipantId]) -> Mapping[ParticipantId, bytes]:
        """Return the X25519 keys of participants that have one."""
        ...


class InvoiceLedger(Protocol):
    """What a source does with its batches, signed by its own account."""

    @property
    def chain_id(self) -> int:
        """Chain that leaves are bound to."""
        ...

    @property
    def registry(self) -> Address:
        """Contract that leaves are bound to."""
        ...

    @property
    def participant(self) -> ParticipantId:
        """The source itself."""
        ...

    def anchor_many(self, batches: Sequence[Batch]) -> tuple[BatchId, ...]:
        """Anchor batches; one that is anchored already is left as it is."""
        ...


class FingerprintOracle(Protocol):
    """Fingerprints of invoices under keys that nobody holds alone; the holders see neither invoice nor fingerprint."""

    def fingerprints(self, query: FingerprintQuery) -> tuple[tuple[EpochFingerprints, ...], ...]:
        """Return, for each invoice in order, its fingerprints in every open epoch, the oldest first.

        Raises ConsentMissing when the keyholders refuse for want of an agreement, TooFewParties when too few of them
        give sound answers (the error names who did not), InvalidInvoice for an invoice without fingerprint.
        """
        ...
