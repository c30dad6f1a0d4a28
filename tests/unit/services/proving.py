"""Firms whose totals were opened, and registered models, for statements that shall be proven."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from trustspace.domain.agreements import AgreementRecord, AgreementState, Purpose
from trustspace.domain.certificates import Certificate
from trustspace.domain.features import FEATURE_SCHEMA, derive
from trustspace.domain.ids import Address, AgreementId, AsOfDay, ModelId, ParticipantId, RunId, SubjectId
from trustspace.domain.models import ModelCard, ModelRecord, ModelState
from trustspace.domain.statistics import CELLS
from trustspace.encoding.feature_commitment import commitment_point, feature_commitment
from trustspace.encoding.grumpkin import GRUMPKIN
from trustspace.learning.points import PointsScale
from trustspace.learning.provable import model_commitment
from trustspace.learning.scorecard import Scorecard, ScoredFeature
from trustspace.learning.trees.model import Node, SplitFeature, TreeModel
from trustspace.services.certification import RegisteredModel, propose
from trustspace.services.features import OpenedTotal

if TYPE_CHECKING:
    from trustspace.learning.score import CreditModel

CHAIN, REGISTRY = 31337, Address("0x" + "c" * 40)
SENDER = Address("0x" + "5e" * 20)
FIRM = SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
DAY = AsOfDay(20_000)
AGREEMENT = AgreementRecord(
    agreement=AgreementId(b"a" * 32), subject=FIRM, grantee=ParticipantId(1), purposes=Purpose.CERTIFICATE,
    state=AgreementState.ACTIVE, not_before=0, not_after=2**32, max_uses=1, uses=1, scope_hash=bytes(32),
)  # fmt: skip


def opened_firm(
    seed: int = 1,
    sources: tuple[int, ...] = (7, 2, 65_535),
    *,
    subject: SubjectId = FIRM,
    day: AsOfDay = DAY,
) -> tuple[OpenedTotal, dict[ParticipantId, bytes]]:
    """A total of random sizes, and what the chain holds of it, in the sources' order."""
    random = Random(seed)
    parts = [_cells(random) for _ in sources]
    blindings = [random.randrange(GRUMPKIN.order) for _ in sources]
    points = {
        ParticipantId(source): commitment_point(cells, blinding)
        for source, cells, blinding in zip(sources, parts, blindings, strict=True)
    }
    recorded = {
        source: feature_commitment(point, subject=subject, as_of=day, source=source) for source, point in points.items()
    }
    total = tuple(map(sum, zip(*parts, strict=True)))
    opened = OpenedTotal(
        subject=subject,
        as_of=day,
        points=dict(sorted(points.items())),
        blinding=sum(blindings) % GRUMPKIN.order,
        statistics=total,
        features=derive(total, sources=len(sources)),
    )
    return opened, recorded


def _cells(random: Random) -> tuple[int, ...]:
    """Sums of one order of magnitude, sometimes none or the largest, negative ones among them."""
    scale = 10 ** random.randrange(1, 16)
    cells = []
    for cell in CELLS:
        most = min(cell.bound, scale)
        least = -most // 10 if cell.signed else 0
        cells.append(random.choice([0, most, *[random.randrange(least, most + 1)] * 6]))
    return tuple(cells)


def registered(model: CreditModel, commitment: bytes | None = None) -> RegisteredModel:
    """A final model of this document."""
    card = ModelCard(
        model_hash=model.digest,
        schema_hash=b"s" * 32,
        code_hash=b"c" * 32,
        metrics_hash=b"m" * 32,
        commitment=model_commitment(model) if commitment is None else commitment,
    )
    record = ModelRecord(
        model=ModelId(b"i" * 32), state=ModelState.FINAL, run=RunId(b"r" * 32), confirmations=3, card=card
    )
    return RegisteredModel(card=model, record=record)


def certificate_for(model: RegisteredModel, opened: OpenedTotal) -> Certificate:
    return propose(model, opened, agreement=AGREEMENT, valid_from=1_000)


def _scored(name: str, cuts: tuple[int, ...], points: tuple[int, ...]) -> ScoredFeature:
    return ScoredFeature(name=name, cuts=cuts, points=points, woe=(0,) * len(points), coefficient=1, reason=name)


CARD = Scorecard(
    plan_hash=bytes(32),
    schema=FEATURE_SCHEMA,
    features=(
        _scored("margin", (-5_000, -100, 100, 5_000), (-40, -11, 0, 9, 31)),
        _scored("sales_24m", (10**6, 10**9, 10**12), (-20, -3, 8, 22)),
        _scored("customer_concentration", (2_500,), (9, -8)),
        _scored("purchases_variation", (3_000, 20_000), (12, 0, -17)),
    ),
    intercept=0,
    offset=600,
    cut_offs=(570, 590, 610, 630),
)
TREES = TreeModel(
    plan_hash=bytes(32),
    schema=FEATURE_SCHEMA,
    features=tuple(
        SplitFeature(name=name, reason=name, takes_missing=False, categories=())
        for name in ("margin", "sales_24m", "sales_trend")
    ),
    base=150_000,
    trees=tuple(
        (
            Node(value=0, feature=n % 3, cut=(n - 10) * 10 ** (n % 13), children=(1, 2)),
            Node(value=-9_000 + 300 * n),
            Node(value=0, feature=(n + 1) % 3, cut=500 * n, children=(3, 4)),
            Node(value=4_000 - 250 * n),
            Node(value=7_000),
        )
        for n in range(20)
    ),
    scale=PointsScale(base_points=600, base_odds=10, double_points=40),
    cut_offs=(580, 600, 604, 620),
)
