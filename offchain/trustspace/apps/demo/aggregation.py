"""Encrypted feature aggregation: sources commit and mask, the aggregator adds, two banks open the same totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.domain.agreements import Purpose
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import keccak
from trustspace.errors import CommitmentMismatch
from trustspace.services.features import Aggregation, BankReceiver, SourceWorker, aggregate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustspace.apps.demo.admission import Consents
    from trustspace.apps.demo.anchoring import Anchored
    from trustspace.apps.demo.cast import Cast
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.features import FeatureVector
    from trustspace.domain.ids import AgreementId, ParticipantId
    from trustspace.ports import Randomness
    from trustspace.services.features import SourceFeatures

USES_PER_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFeatures:
    """Features of each firm as its lending bank opened them (`lead`) and as the checking bank did (`second`)."""

    lead: Mapping[str, FeatureVector]
    second: Mapping[str, FeatureVector]


class FeatureRound:
    """One aggregation of every firm's statistics as of the world's last day."""

    def __init__(self, stage: Stage, cast: Cast, world: World, randomness: Randomness) -> None:
        self.stage, self.cast, self.world = stage, cast, world
        self.workers = [SourceWorker(source.id, source.mask_key, randomness) for source in cast.sources]
        self.parts: list[dict[str, SourceFeatures]] = [{} for _ in cast.sources]

    def commit(self, anchored: Anchored, advance: Callable[[int], None]) -> None:
        """Every source computes its part of every firm and commits to it, with the batches it came from."""
        for index, (source, worker) in enumerate(zip(self.cast.sources, self.workers, strict=True)):
            commitments = []
            for name, firm in self.cast.firms.items():
                records = self.world.books[index].get(name, [])
                part = worker.prepare(firm.pseudonym, self.world.as_of, records)
                self.parts[index][name] = part
                batch = anchored.batches[index].get(name)
                commitments.append(
                    FeatureCommitment(
                        subject=part.subject,
                        as_of_day=part.as_of,
                        commitment=part.commitment,
                        evidence=() if batch is None else (batch,),
                    )
                )
                advance(1)
            self.stage.as_(source.key).features.commit_many(commitments)

    def open(self, consents: Consents, advance: Callable[[int], None]) -> OpenedFeatures:
        """Both banks use their agreements on chain and open every firm's total.

        Raises CommitmentMismatch when the two totals of a firm differ.
        """
        opened: tuple[dict[str, FeatureVector], ...] = ({}, {})
        for bank_index, bank in enumerate(self.cast.banks):
            receiver = BankReceiver(bank.id, bank.mask_key)
            lead = [name for name in self.cast.firms if self.world.bank_of(name) == bank_index]
            second = [n for n in self.cast.firms if self.cast.second_bank(self.world.bank_of(n)) == bank_index]
            for kind, names, agreements in ((0, lead, consents.lead), (1, second, consents.second)):
                self._use(bank_index, [agreements[name] for name in names])
                for name in names:
                    aggregation = self._aggregation(name, bank.id, agreements[name])
                    masked = [
                        worker.contribute(aggregation, parts[name])
                        for worker, parts in zip(self.workers, self.parts, strict=True)
                    ]
                    opened[kind][name] = receiver.open(aggregation, aggregate(aggregation, masked)).features
                    advance(1)
        if opened[0] != opened[1]:
            raise CommitmentMismatch("two banks opened different totals", where="feature aggregation", remedy="audit")
        return OpenedFeatures(lead=opened[0], second=opened[1])

    def _use(self, bank: int, agreements: Sequence[AgreementId]) -> None:
        registry = self.stage.as_(self.cast.banks[bank].key).agreements
        for start in range(0, len(agreements), USES_PER_CALL):
            chunk = agreements[start : start + USES_PER_CALL]
            registry.use_many([(agreement, self._operation(agreement)) for agreement in chunk], Purpose.FEATURES)

    def _operation(self, agreement: AgreementId) -> OperationId:
        return OperationId(keccak(b"features" + agreement + self.world.as_of.to_bytes(2, "big")))

    def _aggregation(self, name: str, receiver: ParticipantId, agreement: AgreementId) -> Aggregation:
        members = [*self.cast.sources, *self.cast.banks]
        return Aggregation(
            chain_id=self.stage.deployment.chain_id,
            registry=self.stage.deployment.address("FeatureRegistry"),
            subject=self.cast.firms[name].pseudonym,
            as_of=self.world.as_of,
            agreement=agreement,
            operation=self._operation(agreement),
            receiver=receiver,
            commitments={parts[name].source: parts[name].commitment for parts in self.parts},
            mask_keys={member.id: member.mask_key.public for member in members},
        )
