"""VerifierRegistry, certificates with proofs, RangeStatements: every proof is made by the real tools."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bench.one_proof import prove
from bench.operations.setting import AS_OF, digest, final_model, record_agreements, subject_key
from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.adapters.chain.ranges import RangeStatements
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.apps.session import cache
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.batches import Batch
from trustspace.domain.features import FEATURE_SCHEMA, derive
from trustspace.domain.ids import SubjectId
from trustspace.domain.invoices import Direction, Invoice, Record
from trustspace.domain.models import ModelCard
from trustspace.domain.proofs import Circuit
from trustspace.domain.ranges import InvoiceRange, TurnoverRange
from trustspace.domain.statistics import CELLS
from trustspace.domain.verifiers import ProofPolicy
from trustspace.encoding.commitments import BatchHeader
from trustspace.encoding.feature_commitment import commitment_point, feature_commitment
from trustspace.encoding.provable_batch import nullifier_of
from trustspace.encoding.statements import context_of
from trustspace.learning.provable import model_commitment
from trustspace.learning.scorecard import Scorecard, ScoredFeature
from trustspace.services.certification import RegisteredModel, propose
from trustspace.services.features import OpenedTotal
from trustspace.services.invoice_statements import ProvableBatch, invoice_statement
from trustspace.services.registration import draw_openings
from trustspace.services.statements import ScoreStatements, turnover_statement

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.domain.ids import AgreementId, ParticipantId, VerifierNumber
    from trustspace.domain.proofs import Statement
    from trustspace.testing.kit import SpaceKit

POWERS = (1 << 16) + 1
ISSUE_TARGET = 1_000_000
MARGIN = ScoredFeature(
    name="margin", cuts=(-100, 100), points=(-9, 0, 9), woe=(0, 0, 0), coefficient=1, reason="margin"
)
CARD = Scorecard(
    plan_hash=bytes(32), schema=FEATURE_SCHEMA, features=(MARGIN,), intercept=0, offset=600,
    cut_offs=(570, 590, 610, 630),
)  # fmt: skip


class Firm:
    """A subject whose statistics three sources committed to; all numbers are small."""

    def __init__(self, kit: SpaceKit) -> None:
        """Commit to them."""
        self.kit = kit
        self.subject = SubjectId(subject_key(0).address)
        cells = tuple(range(len(CELLS)))
        numbers = [source.participant for source in kit.actors.sources]
        points = {number: commitment_point(cells, int(number)) for number in numbers}
        self.recorded: dict[ParticipantId, bytes] = {
            number: feature_commitment(point, subject=self.subject, as_of=AS_OF, source=number)
            for number, point in points.items()
        }
        for source in kit.actors.sources:
            word = self.recorded[source.participant]
            source.features.commit(
                FeatureCommitment(subject=self.subject, as_of_day=AS_OF, commitment=word, evidence=())
            )
        total = tuple(len(numbers) * cell for cell in cells)
        self.opened = OpenedTotal(
            subject=self.subject,
            as_of=AS_OF,
            points=points,
            blinding=sum(numbers),
            statistics=total,
            features=derive(total, sources=len(numbers)),
        )

    def prove(self, statement: Statement) -> bytes:
        """A proof by the real tools."""
        with tempfile.TemporaryDirectory() as folder:
            return prove(statement, dev_setup(cache(), POWERS), Path(folder)).proof


def measure(kit: SpaceKit, meter: Meter) -> None:
    """The regulator's writes, then what they allow."""
    regulator, firm = kit.actors.regulator, Firm(kit)
    (agreement,) = record_agreements(kit, kit.actors.banks[0], 1)
    numbers = {}
    for circuit in Circuit:
        published = regulator.verifiers.publish(load_artefacts(), circuit)
        numbers[circuit] = published.value
        meter.note("verifier_register", published, state="verifier deployed, others known")
    _certificate(firm, meter, agreement, numbers[Circuit.SCORE_CARD])
    for circuit in (Circuit.INVOICE_RANGE, Circuit.TURNOVER_RANGE):
        meter.note("range_verifier", regulator.ranges.set_verifier(numbers[circuit]), state="none before")
    _invoice(firm, meter)
    _turnover(firm, meter)
    withdrawn = regulator.verifiers.withdraw(numbers[Circuit.SCORE_CARD], digest("defect"))
    meter.note("verifier_withdraw", withdrawn, state="live")


def _certificate(firm: Firm, meter: Meter, agreement: AgreementId, verifier: VerifierNumber) -> None:
    kit, bank = firm.kit, firm.kit.actors.banks[0]
    card = ModelCard(
        model_hash=CARD.digest, schema_hash=digest("schema"), code_hash=digest("code"), metrics_hash=digest("metrics"),
        commitment=model_commitment(CARD),
    )  # fmt: skip
    model = final_model(kit.actors, "proven", card)
    policy = ProofPolicy(model=model, verifier=verifier, quorum=1, demanded=True)
    changed = kit.actors.regulator.certificates.set_proof_policy(policy)
    meter.note("proof_policy", changed, state="first policy of the model")
    registered = RegisteredModel(card=CARD, record=bank.models.model(model))
    certificate = propose(registered, firm.opened, agreement=bank.agreements.get(agreement), valid_from=kit.now())
    statement = ScoreStatements(registered).about(
        certificate,
        firm.opened,
        recorded=firm.recorded,
        agreement=bank.agreements.get(agreement),
        chain_id=kit.client.chain_id,
        registry=bank.certificates.address,
        sender=bank.address,
    )
    issued = bank.certificates.issue_with_proof(certificate, [], firm.prove(statement))
    meter.note("certificate_issue_proven", issued, state="points card, 3 sources", target=ISSUE_TARGET)


def _invoice(firm: Firm, meter: Meter) -> None:
    kit, source = firm.kit, firm.kit.actors.sources[0]
    invoice = Record(Direction.SALE, Invoice("F1", "B", "N1", date(2025, 1, 2), 900, 100, 1_000))
    opening = draw_openings({"F1": [invoice]}, {"F1": firm.subject}, SystemRandomness(), provable=True)[0]
    source.invoices.anchor(Batch(subject=firm.subject, count=1, nonce=opening.nonce, root=digest("root")))
    header = BatchHeader(
        chain_id=kit.client.chain_id, registry=source.invoices.address, source=source.participant,
        subject=firm.subject, count=1, nonce=opening.nonce,
    )  # fmt: skip
    provable = ProvableBatch(opening, header).invoice(0)
    scope = 7
    shown = InvoiceRange(
        source=source.participant, subject=firm.subject, count=1, root=opening.nonce, low=500, high=5_000, scope=scope,
        nullifier=nullifier_of(provable.secret, scope), receiver=None, not_after=kit.now() + 86_400,
    )  # fmt: skip
    sender = kit.actors.outsider
    context = context_of(sender.ranges.id_of(shown), sender.address)
    statement = invoice_statement(provable, low=shown.low, high=shown.high, scope=scope, context=context)
    meter.note("invoice_range", sender.ranges.show_invoice(shown, firm.prove(statement)), state="not shown before")


def _turnover(firm: Firm, meter: Meter) -> None:
    kit = firm.kit
    shown = TurnoverRange(
        subject=firm.subject, as_of_day=AS_OF, latest_month=0, earliest_month=11, low=0, high=10**9, receiver=None,
        not_after=kit.now() + 86_400,
    )  # fmt: skip
    key, sender = subject_key(0), kit.actors.outsider
    ranges = RangeStatements(kit.client, Sender(kit.node, sender.key))
    statement = turnover_statement(
        firm.opened,
        recorded=firm.recorded,
        latest_month=0,
        earliest_month=11,
        low=0,
        high=shown.high,
        context=context_of(ranges.id_of(shown), sender.address),
    )
    consent = key.sign_message(ranges.message(shown))
    shown_now = ranges.show_turnover(shown, firm.prove(statement), consent)
    meter.note("turnover_range", shown_now, state="the subject signed, 3 sources")
