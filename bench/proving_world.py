"""A local chain where grades can be proven: committed features of firms, a full scorecard, full trees, agreements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from bench.operations.setting import AS_OF, CHUNK, digest, final_model, record_agreements, subject_key
from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.features import FEATURE_SCHEMA, FEATURES, derive
from trustspace.domain.ids import ParticipantId, SubjectId
from trustspace.domain.invoices import Direction, Invoice, Record
from trustspace.domain.models import ModelCard
from trustspace.domain.proofs import Circuit
from trustspace.domain.statistics import CELLS
from trustspace.encoding.commitments import BatchHeader
from trustspace.encoding.feature_commitment import (
    BLINDING_BYTES,
    blinding_of,
    commitment_point,
    feature_commitment,
)
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.learning.points import PointsScale
from trustspace.learning.provable import model_commitment
from trustspace.learning.scorecard import Scorecard, ScoredFeature
from trustspace.learning.trees.model import Node, SplitFeature, TreeModel
from trustspace.services.certification import RegisteredModel, propose
from trustspace.services.features import OpenedTotal
from trustspace.services.invoice_statements import ProvableBatch, invoice_statement
from trustspace.services.proven_issue import ProofJob
from trustspace.services.registration import draw_openings
from trustspace.services.statements import ScoreStatements, turnover_statement

if TYPE_CHECKING:
    from trustspace.domain.ids import AgreementId
    from trustspace.domain.proofs import Statement
    from trustspace.learning.score import CreditModel
    from trustspace.testing.kit import SpaceKit

TREES, DEPTH = 100, 4
CUTS = 4
INVOICES = 1_000
YEARLY = 180 * 86_400


def full_card(random: Random) -> Scorecard:
    """Every feature in five bins."""
    features = tuple(
        ScoredFeature(
            name=spec.name,
            cuts=tuple(sorted(random.sample(range(max(spec.low, -(10**9)), min(spec.high, 10**10)), CUTS))),
            points=tuple(random.randrange(-40, 40) for _ in range(CUTS + 1)),
            woe=(0,) * (CUTS + 1),
            coefficient=1,
            reason=spec.name,
        )
        for spec in FEATURES
    )
    return Scorecard(
        plan_hash=bytes(32), schema=FEATURE_SCHEMA, features=features, intercept=0, offset=600,
        cut_offs=(540, 580, 620, 660),
    )  # fmt: skip


def full_trees(random: Random) -> TreeModel:
    """A hundred complete trees of four levels."""

    def tree() -> tuple[Node, ...]:
        splits = 2**DEPTH - 1
        inner = (
            Node(
                value=0,
                feature=random.randrange(len(FEATURES)),
                cut=random.randrange(-(10**4), 10**8),
                children=(2 * place + 1, 2 * place + 2),
            )
            for place in range(splits)
        )
        return (*inner, *(Node(value=random.randrange(-3_000, 3_000)) for _ in range(splits + 1)))

    return TreeModel(
        plan_hash=bytes(32),
        schema=FEATURE_SCHEMA,
        features=tuple(
            SplitFeature(name=spec.name, reason=spec.name, takes_missing=False, categories=()) for spec in FEATURES
        ),
        base=0,
        trees=tuple(tree() for _ in range(TREES)),
        scale=PointsScale(base_points=600, base_odds=10, double_points=40),
        cut_offs=(500, 550, 600, 650),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvingWorld:
    """Opened totals of the firms and agreements with bank 0; both models are final."""

    kit: SpaceKit
    card: RegisteredModel
    trees: RegisteredModel
    totals: tuple[OpenedTotal, ...]
    agreements: tuple[AgreementId, ...]

    def job(self, firm: int, model: RegisteredModel, *, later: int = 0) -> ProofJob:
        """The certificate that a firm deserves; `later` makes it another one."""
        agreement = self.kit.actors.banks[0].agreements.get(self.agreements[firm])
        certificate = propose(
            model, self.totals[firm], agreement=agreement, valid_from=self.kit.now() + later, validity=YEARLY
        )
        return ProofJob(certificate=certificate, opened=self.totals[firm])

    def score(self, model: RegisteredModel) -> Statement:
        """The statement of the first firm's grade."""
        bank, job = self.kit.actors.banks[0], self.job(0, model)
        return ScoreStatements(model).about(
            job.certificate,
            job.opened,
            recorded=bank.features.committed(job.opened.subject, job.opened.as_of),
            agreement=bank.agreements.get(job.certificate.agreement),
            chain_id=self.kit.deployment.chain_id,
            registry=self.kit.deployment.address("CertificateRegistry"),
            sender=bank.address,
        )

    def statements(self) -> dict[Circuit, Statement]:
        """One of each circuit."""
        first = self.totals[0]
        recorded = self.kit.actors.banks[0].features.committed(first.subject, first.as_of)
        turnover = turnover_statement(
            first, recorded=recorded, latest_month=0, earliest_month=11, low=0, high=2**63, context=1
        )
        return {
            Circuit.SCORE_CARD: self.score(self.card),
            Circuit.SCORE_TREES: self.score(self.trees),
            Circuit.INVOICE_RANGE: _invoice(self.kit),
            Circuit.TURNOVER_RANGE: turnover,
        }


def proving_world(kit: SpaceKit, firms: int, seed: int = 7) -> ProvingWorld:
    """Set it up on a fresh chain."""
    random = Random(seed)
    card, trees = (_registered(kit, model) for model in (full_card(random), full_trees(random)))
    agreements = record_agreements(kit, kit.actors.banks[0], firms)
    totals = []
    for start in range(0, firms, CHUNK):
        totals += _committed(kit, range(start, min(firms, start + CHUNK)), random)
    return ProvingWorld(kit=kit, card=card, trees=trees, totals=tuple(totals), agreements=tuple(agreements))


def _registered(kit: SpaceKit, model: CreditModel) -> RegisteredModel:
    names = ModelCard(
        model_hash=model.digest,
        schema_hash=digest("schema"),
        code_hash=digest("code"),
        metrics_hash=digest("metrics"),
        commitment=model_commitment(model),
    )
    found = final_model(kit.actors, model.digest.hex(), names)
    return RegisteredModel(card=model, record=kit.actors.banks[0].models.model(found))


def _committed(kit: SpaceKit, firms: range, random: Random) -> list[OpenedTotal]:
    """Every source commits to its part of each firm's statistics; the totals, as a bank opens them."""
    randomness, sources = SystemRandomness(), kit.actors.sources
    commitments: list[list[FeatureCommitment]] = [[] for _ in sources]
    totals = []
    for firm in firms:
        subject, blindings, points = SubjectId(subject_key(firm).address), 0, {}
        parts = [_cells(random) for _ in sources]
        for place, (source, cells) in enumerate(zip(sources, parts, strict=True)):
            blinding = blinding_of(randomness.bytes(BLINDING_BYTES))
            point, number = commitment_point(cells, blinding), ParticipantId(source.participant)
            blindings, points[number] = (blindings + blinding) % GRUMPKIN.order, point
            word = feature_commitment(point, subject=subject, as_of=AS_OF, source=number)
            commitments[place].append(FeatureCommitment(subject=subject, as_of_day=AS_OF, commitment=word, evidence=()))
        total = tuple(map(sum, zip(*parts, strict=True)))
        features = derive(total, sources=len(sources))
        totals.append(
            OpenedTotal(
                subject=subject, as_of=AS_OF, points=points, blinding=blindings, statistics=total, features=features
            )
        )
    for source, own in zip(sources, commitments, strict=True):
        source.features.commit_many(own)
    return totals


def _cells(random: Random) -> tuple[int, ...]:
    scale = 10 ** random.randrange(3, 12)
    return tuple(random.randrange(min(cell.bound, scale) + 1) for cell in CELLS)


def _invoice(kit: SpaceKit) -> Statement:
    """An invoice of a provable batch, in a range."""
    source, firm = kit.actors.sources[0], SubjectId(subject_key(0).address)
    rows = [
        Record(Direction.SALE, Invoice("F", "B", f"N{n}", date(2026, 1, 2), 100 + n, 13, 113 + n))
        for n in range(INVOICES)
    ]
    (opening,) = draw_openings({"F": rows}, {"F": firm}, SystemRandomness(), provable=True)
    header = BatchHeader(
        chain_id=kit.deployment.chain_id,
        registry=kit.deployment.address("InvoiceRegistry"),
        source=ParticipantId(source.participant),
        subject=firm,
        count=len(opening.invoices),
        nonce=opening.nonce,
    )
    invoice = ProvableBatch(opening, header).invoice(INVOICES // 2)
    return invoice_statement(invoice, low=100, high=10_000, scope=1, context=1)
