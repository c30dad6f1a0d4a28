"""Encrypted feature aggregation: sources commit and mask, the aggregator adds, two banks open the same totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.consent_reader import ChainConsentReader
from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.domain.agreements import Purpose
from trustspace.errors import CommitmentMismatch
from trustspace.services.consent import feature_requests, granted_aggregations
from trustspace.services.features import BankReceiver, SourceWorker, aggregate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from trustspace.apps.demo.admission import Consents
    from trustspace.apps.demo.anchoring import Anchored
    from trustspace.apps.demo.cast import Cast, Member
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.features import FeatureVector
    from trustspace.domain.ids import AgreementId
    from trustspace.ports import Randomness
    from trustspace.services.consent import FeatureRequest
    from trustspace.services.features import Aggregation, OpenedTotal, SourceFeatures

USES_PER_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFeatures:
    """Total of each firm as its lending bank opened it (`lead_totals`) and as the checking bank did."""

    lead_totals: Mapping[str, OpenedTotal]
    second_totals: Mapping[str, OpenedTotal]

    @property
    def lead(self) -> dict[str, FeatureVector]:
        """Features of each firm as its lending bank knows them."""
        return {name: opened.features for name, opened in self.lead_totals.items()}


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
        opened: tuple[dict[str, OpenedTotal], ...] = ({}, {})
        for bank_index, bank in enumerate(self.cast.banks):
            lead = [name for name in self.cast.firms if self.world.bank_of(name) == bank_index]
            second = [n for n in self.cast.firms if self.cast.second_bank(self.world.bank_of(n)) == bank_index]
            for kind, names, agreements in ((0, lead, consents.lead), (1, second, consents.second)):
                requests = self._requests(bank, names, agreements)
                self._use(bank_index, requests)
                for name, total in zip(names, self._totals(bank, names, requests), strict=True):
                    opened[kind][name] = total
                    advance(1)
        if opened[0] != opened[1]:
            raise CommitmentMismatch("two banks opened different totals", where="feature aggregation", remedy="audit")
        return OpenedFeatures(lead_totals=opened[0], second_totals=opened[1])

    def _totals(self, bank: Member, names: Sequence[str], requests: Sequence[FeatureRequest]) -> Iterator[OpenedTotal]:
        """Every source asks the chain for itself whether it may deliver; the aggregator adds, the bank opens."""
        masked = [
            [
                worker.contribute(aggregation, parts[name])
                for name, aggregation in zip(names, self._granted(source, requests), strict=True)
            ]
            for source, worker, parts in zip(self.cast.sources, self.workers, self.parts, strict=True)
        ]
        receiver = BankReceiver(bank.id, bank.mask_key)
        for aggregation, parts in zip(self._granted(bank, requests), zip(*masked, strict=True), strict=True):
            yield receiver.open(aggregation, aggregate(aggregation, parts))

    def _granted(self, member: Member, requests: Sequence[FeatureRequest]) -> tuple[Aggregation, ...]:
        return granted_aggregations(self._consents(member), requests)

    def _consents(self, member: Member) -> ChainConsentReader:
        space = self.stage.as_(member.key)
        return ChainConsentReader(space.agreements, space.features, space.participants)

    def _use(self, bank: int, requests: Sequence[FeatureRequest]) -> None:
        registry = self.stage.as_(self.cast.banks[bank].key).agreements
        uses = [(request.agreement, request.operation) for request in requests]
        for start in range(0, len(uses), USES_PER_CALL):
            registry.use_many(uses[start : start + USES_PER_CALL], Purpose.FEATURES)

    def _requests(
        self, bank: Member, names: Sequence[str], agreements: Mapping[str, AgreementId]
    ) -> tuple[FeatureRequest, ...]:
        """What follows from the commitments on the chain: each bank reads them for itself."""
        wanted = [(self.cast.firms[name].pseudonym, self.world.as_of, agreements[name]) for name in names]
        return feature_requests(self._consents(bank), bank.id, wanted)
