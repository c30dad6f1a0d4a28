"""What services need from the outside, as Protocols. Adapters implement them, tests fake them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.agreements import AgreementRecord, Purpose
    from trustspace.domain.batches import Batch
    from trustspace.domain.fingerprints import (
        EpochFingerprints,
        EpochRecord,
        EvaluationRequest,
        FingerprintQuery,
        LogHead,
        SignedAnswer,
        Standing,
    )
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
    from trustspace.domain.run_calls import PartyReply, PartyRequest
    from trustspace.domain.sums import GatheredRound, OfferMessage, SignedMessage, SumStatement
    from trustspace.errors import PartyUnreachable


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
        """Commit to the hash of the masked contribution by itself, without the aggregator."""
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

    def gather_round(self, run: RunId, gathered: GatheredRound) -> None:
        """Close the round before; put the survivors' commitments and, once per round, the survivors on the ledger."""
        ...

    def close_round(self, run: RunId, round_number: int, aggregate: bytes) -> None:
        """Fix the hash of a round's sum once its survivors are fixed."""
        ...

    def abandon_run(self, run: RunId, reason_hash: bytes) -> None:
        """Give a run up."""
        ...


class Transport(Protocol):
    """How the coordinator of a training run reaches its parties: an engine. Only ids, signed and sealed bytes cross.

    Nothing is entrusted to it: what it alters or withholds is found by name, or costs a party its place in the run.
    """

    @property
    def parties(self) -> Mapping[ParticipantId, Address]:
        """Who is to take part, with the account that signs for it."""
        ...

    def exchange(
        self, requests: Mapping[ParticipantId, PartyRequest]
    ) -> Mapping[ParticipantId, PartyReply | PartyUnreachable]:
        """Put one question to each party, in no order that matters, and wait for all answers or named time-outs.

        A party that cannot be reached gives PartyUnreachable, saying why. What a party refuses is raised by its name.
        """
        ...


class PartyMemory(Protocol):
    """What a party must not forget while a run goes on: it outlives the process or not, but it is whole or absent."""

    def recall(self, name: str) -> bytes | None:
        """Return what is kept under a name, None for nothing."""
        ...

    def keep(self, changes: Mapping[str, bytes | None]) -> None:
        """Keep all of these or none; None forgets a name. Returns when they are safe."""
        ...


class TrainingPeer(Protocol):
    """A party of a training run, wherever it lives. The same question again gets the same answer.

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

    def position(self, run: RunId) -> int:
        """Return the round it stands at: the next one whose sum it has not accepted."""
        ...

    def offer(self, round_number: int) -> OfferMessage:
        """Draw this round's keys and share them out."""
        ...

    def commit(
        self, round_number: int, offers: Mapping[ParticipantId, SignedMessage], sealed: Mapping[ParticipantId, bytes]
    ) -> SignedMessage:
        """Compute, mask against these offers, and sign; `sealed`: the shares meant for this party, by sender."""
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


class KeyholderLedger(Protocol):
    """What a keyholder asks of the ledger before it evaluates anything."""

    @property
    def chain_id(self) -> int:
        """Chain that keys and signatures are bound to."""
        ...

    @property
    def registry(self) -> Address:
        """FingerprintKeys that keys and signatures are bound to."""
        ...

    def standing(self, request: EvaluationRequest, signer: Address, operation: OperationId) -> Standing:
        """Return who asks and under what, as of the latest block.

        Raises ConsentMissing when the agreement cannot be used now for fingerprints, StrangerRefused when the signer
        acts for no bank.
        """
        ...


class EvaluationBook(Protocol):
    """A keyholder's count and log of what it evaluated; it outlives the process."""

    def enter(self, request: EvaluationRequest, digest: bytes, bank: ParticipantId, *, quota: int, now: int) -> LogHead:
        """Count a batch and log it, or nothing at all; what is entered is on disk.

        Raises DuplicateMessage for a digest entered before, QuotaExceeded beyond `quota` elements for the request's
        bank, seller and day.
        """
        ...


class KeyholderPeer(Protocol):
    """A keyholder as a bank reaches it."""

    @property
    def participant(self) -> ParticipantId:
        """The organisation."""
        ...

    def evaluate(self, request: EvaluationRequest) -> SignedAnswer:
        """Return its answer. Raises PartyUnreachable, or what it refused with."""
        ...


class FingerprintLedger(Protocol):
    """What a bank asks of the ledger for its fingerprints, and the one thing it writes."""

    @property
    def chain_id(self) -> int:
        """Chain that keys and signatures are bound to."""
        ...

    @property
    def registry(self) -> Address:
        """FingerprintKeys that keys and signatures are bound to."""
        ...

    @property
    def bank(self) -> ParticipantId:
        """The bank itself."""
        ...

    def sign(self, request: EvaluationRequest) -> bytes:
        """Return its signature (65 bytes) of a request."""
        ...

    def open_epochs(self) -> tuple[EpochRecord, ...]:
        """Return the open epochs, the older first."""
        ...

    def count_use(self, agreement: AgreementId, operation: OperationId) -> None:
        """Count a session on the agreement, for fingerprints; the same operation again is a no-op."""
        ...
