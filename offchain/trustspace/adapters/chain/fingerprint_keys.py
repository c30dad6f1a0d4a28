"""FingerprintKeys: epochs, keyholders, heads of their logs, proven faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.adapters.chain.node import ReadCall
from trustspace.crypto.oprf.evidence import evidence_for
from trustspace.domain.fingerprints import EpochNode, EpochRecord, EpochState, Fault, LogHead, SignedAnswer
from trustspace.domain.ids import Address, ParticipantId
from trustspace.encoding.fingerprint_messages import evaluation_message
from trustspace.encoding.hashing import ZERO_ADDRESS, keccak
from trustspace.errors import EpochNotOpen, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt
    from trustspace.encoding.eip712 import TypedMessage


class FingerprintKeys(Contract):
    """Who holds shares of which keys."""

    name = "FingerprintKeys"

    # --- writes ------------------------------------------------------------------------------------------------

    def propose_epoch(self, nodes: Sequence[ParticipantId], threshold: int) -> Written[int]:
        """Name the keyholders of the next epoch, as the regulator; the value is the epoch's number."""
        receipt = self.write("proposeEpoch", list(nodes), threshold, once=False)
        return Written(value=int(self.one_event(receipt, "EpochProposed")["epoch"]), receipt=receipt)

    def confirm_keys(self, epoch: int, ceremony: bytes, transcript: bytes) -> Receipt:
        """Say that this keyholder has its seeds; the last one opens the epoch."""
        return self.write("confirmKeys", epoch, ceremony, transcript)

    def close_epoch(self, epoch: int) -> Receipt:
        """End an epoch for ever, as the regulator."""
        return self.write("closeEpoch", epoch)

    def confirm_destruction(self, epoch: int) -> Receipt:
        """Say that this keyholder deleted its seeds of a closed epoch."""
        return self.write("confirmDestruction", epoch)

    def anchor_log(self, head: LogHead) -> Receipt:
        """Fix this keyholder's log up to an entry."""
        return self.write("anchorLog", head.entries, head.evaluations, head.head)

    def report_fault(self, answer: SignedAnswer) -> Written[Fault]:
        """Prove that a signed answer is wrong; the supporting points are computed here. Anybody may."""
        evidence = evidence_for(answer)
        witness = (
            answer.key,
            b"".join(answer.blinded),
            b"".join(answer.evaluated),
            list(evidence.weighted_blinded),
            list(evidence.weighted_evaluated),
            evidence.t2,
            evidence.scaled_m,
            evidence.scaled_z,
        )
        receipt = self.write("reportFault", _struct(answer), answer.signature, witness)
        return Written(value=Fault(self.one_event(receipt, "FaultProven")["fault"]), receipt=receipt)

    def report_two_keys(self, first: SignedAnswer, second: SignedAnswer) -> Receipt:
        """Prove that a keyholder used two keys for one seller in one epoch. Anybody may."""
        return self.write("reportTwoKeys", _struct(first), first.signature, _struct(second), second.signature)

    # --- reads -------------------------------------------------------------------------------------------------

    def open_epochs(self) -> tuple[int, ...]:
        """Numbers of the open epochs, the older first: none, one or two."""
        return tuple(int(epoch) for epoch in self.read("openEpochs") if epoch)

    def epoch(self, epoch: int) -> EpochRecord:
        """An epoch; state NONE when unknown."""
        return self.epochs([epoch])[0]

    def epochs(self, epochs: Sequence[int]) -> tuple[EpochRecord, ...]:
        """The same for many, in one round trip."""
        kinds = [self.artifact.functions[name] for name in ("epochInfo", "nodesOf", "ceremonyOf")]
        answers = self.client.read(
            [
                ReadCall(contract=self.name, to=self.address, data=kind.encode((epoch,)))
                for epoch in epochs
                for kind in kinds
            ]
        )
        try:
            decoded = [kind.decode(answer) for kind, answer in zip(kinds * len(epochs), answers, strict=True)]
        except OutOfRange as error:
            raise self.unreadable(f"an epoch: {error.message}") from error
        return tuple(
            epoch_record(epoch, *decoded[len(kinds) * place : len(kinds) * (place + 1)])
            for place, epoch in enumerate(epochs)
        )

    def proposed_epoch(self) -> int:
        """Number of the epoch that was proposed last. Raises EpochNotOpen when none ever was."""
        found = [int(event.arguments["epoch"]) for event in self.events("EpochProposed")]
        if not found:
            raise EpochNotOpen("no epoch was ever proposed", where=self.name, remedy="the regulator proposes it")
        return found[-1]

    def log_head(self, participant: ParticipantId) -> LogHead:
        """How far a keyholder's log is fixed; zeros when it never was."""
        entries, evaluations, _, head = self.read("logHeadOf", participant)
        return LogHead(entries=entries, evaluations=evaluations, head=bytes(head))

    def answer_message(self, answer: SignedAnswer) -> TypedMessage:
        """What a keyholder signs with its answer."""
        return evaluation_message(self.address, self.client.chain_id, answer)

    def answer_digest(self, answer: SignedAnswer) -> bytes:
        """The digest it signs, by the contract's own word."""
        return bytes(self.read("answerDigestOf", _struct(answer)))


def _struct(answer: SignedAnswer) -> tuple[Any, ...]:
    return (
        answer.request,
        answer.epoch,
        answer.seller,
        keccak(answer.key),
        keccak(b"".join(answer.blinded)),
        keccak(b"".join(answer.evaluated)),
        answer.challenge,
        answer.response,
    )


def epoch_record(epoch: int, info: Any, nodes: Any, ceremony: bytes) -> EpochRecord:
    """An epoch from what epochInfo, nodesOf and ceremonyOf return."""
    state, threshold, _, _, _, _, _, transcript = info
    return EpochRecord(
        epoch=epoch,
        state=EpochState(state),
        threshold=threshold,
        ceremony=bytes(ceremony),
        transcript=bytes(transcript),
        nodes=tuple(
            EpochNode(
                number=number,
                participant=ParticipantId(participant),
                account=Address(account) if account != ZERO_ADDRESS else None,
                faults=faults,
                destroyed=destroyed,
            )
            for number, (participant, account, faults, destroyed) in enumerate(nodes, 1)
        ),
    )
