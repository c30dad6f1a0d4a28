"""Statements about a firm's certified totals: what a prover needs, once it is sure that they are true.

The registry rebuilds a proof's public inputs from its own storage, so a statement is made from what the chain holds:
the sources of the subject and day in the registry's order, with their commitments, and the registered model. Whatever
does not agree with it is said here, before minutes go into a proof that nobody would take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.certificates import Grade
from trustspace.domain.features import derive
from trustspace.domain.proofs import Circuit, Statement
from trustspace.domain.statistics import MONTHS
from trustspace.encoding.eip712 import certificate_message
from trustspace.encoding.feature_commitment import CELL_OFFSETS, feature_commitment, opens
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.provable_model import SLOTS
from trustspace.encoding.statements import context_of, noir_inputs
from trustspace.encoding.weierstrass import IDENTITY
from trustspace.errors import CommitmentMismatch, FalseStatement, NoCircuit, OutOfRange
from trustspace.learning.provable import provable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import Address, ParticipantId
    from trustspace.services.certification import RegisteredModel
    from trustspace.services.features import OpenedTotal

MOST_SOURCES = 8
_HALF_BITS = 128
_MAX_BOUND = 2**64 - 1


class ScoreStatements:
    """Statements that grades follow from one registered model."""

    def __init__(self, model: RegisteredModel) -> None:
        """Bring the model into the form of its circuit.

        Raises NoCircuit when none takes it, CommitmentMismatch when another commitment is registered.
        """
        self._model = model
        self._form = provable(model.card)
        self._commitment = self._form.commitment()
        if self._commitment.to_bytes(32, "big") != model.record.card.commitment:
            raise CommitmentMismatch(
                "the commitment on the ledger is not that of this model",
                where=f"model 0x{model.record.model.hex()}",
                remedy="audit the run that it came from; its certificates cannot be proven",
            )

    @property
    def circuit(self) -> Circuit:
        """The circuit that takes the model."""
        return self._form.circuit

    def about(
        self,
        certificate: Certificate,
        opened: OpenedTotal,
        *,
        recorded: Mapping[ParticipantId, bytes],
        agreement: AgreementRecord,
        chain_id: int,
        registry: Address,
        sender: Address,
    ) -> Statement:
        """The statement that the certificate's grade follows; `sender` is who will present the proof to the registry.

        `recorded`: commitments of all sources of subject and day, in the registry's order; `agreement`: read from the
        ledger under the certificate's. Raises CommitmentMismatch when certificate, agreement, total and commitments do
        not belong together, FalseStatement when the grade is another one, NoCircuit for more than MOST_SOURCES sources.
        """
        self._require_same(certificate, opened, agreement)
        public, private = _committed(opened, recorded)
        values = derive(opened.statistics, sources=len(recorded)).values
        own = self._form.grade([*values, *[0] * (SLOTS - len(values))])
        if own != certificate.grade:
            raise FalseStatement(
                f"it says grade {certificate.grade.name}, the features give {Grade(own).name}",
                where="certificate",
                remedy="certify the grade that follows",
            )
        digest = certificate_message(registry, chain_id, certificate).digest
        public |= {"model": self._commitment, "grade": own, "_context": context_of(digest, sender)}
        return _statement(self.circuit, public, private | {"features": values} | self._form.inputs())

    def _require_same(self, certificate: Certificate, opened: OpenedTotal, agreement: AgreementRecord) -> None:
        pairs: list[tuple[str, object, object, str]] = [
            ("agreement", certificate.agreement, agreement.agreement, "read the agreement that it names"),
            ("model", certificate.model, self._model.record.model, "prove with the model that it names"),
            ("subject", agreement.subject, opened.subject, "open the total of the subject that signed the agreement"),
            ("as-of day", certificate.as_of_day, opened.as_of, "open the subject's total of that day"),
        ]
        for name, said, given, remedy in pairs:
            if said != given:
                raise CommitmentMismatch(f"it is about another {name}", where="certificate", remedy=remedy)


def turnover_statement(
    opened: OpenedTotal,
    *,
    recorded: Mapping[ParticipantId, bytes],
    latest_month: int,
    earliest_month: int,
    low: int,
    high: int,
    context: int,
) -> Statement:
    """The statement that net sales over whole months, month 0 the latest, lie from `low` to `high` fen.

    Raises OutOfRange for months or bounds that no circuit takes, CommitmentMismatch when the total is not what the
    sources committed to, FalseStatement when the sales lie elsewhere.
    """
    if not 0 <= latest_month <= earliest_month < MONTHS:
        raise OutOfRange(
            f"months {latest_month} to {earliest_month}", where="turnover", remedy=f"count back from 0 to {MONTHS - 1}"
        )
    require_bounds(low, high, where="turnover")
    public, private = _committed(opened, recorded)
    sales = sum(opened.statistics[latest_month : earliest_month + 1])
    if not low <= sales <= high:
        raise FalseStatement(
            "the sales are not in this range", where="turnover", remedy="state a range that holds them"
        )
    public |= {"latest_month": latest_month, "earliest_month": earliest_month, "low": low, "high": high}
    return _statement(Circuit.TURNOVER_RANGE, public | {"_context": context}, private)


def require_bounds(low: int, high: int, *, where: str) -> None:
    """Raise OutOfRange for a range that is empty or does not fit 64 bits."""
    if not 0 <= low <= high <= _MAX_BOUND:
        raise OutOfRange(f"from {low} to {high}", where=where, remedy="give 0 <= low <= high < 2^64, in fen")


def _committed(
    opened: OpenedTotal, recorded: Mapping[ParticipantId, bytes]
) -> tuple[dict[str, int | list[int]], dict[str, object]]:
    """Public inputs from what the chain holds, and the private opening; both checked against each other."""
    where, count = f"subject {opened.subject}, day {opened.as_of}", len(recorded)
    if not 1 <= count <= MOST_SOURCES:
        raise NoCircuit(f"{count} sources committed", where=where, remedy=f"circuits take 1 to {MOST_SOURCES}")
    if recorded.keys() != opened.points.keys():
        raise CommitmentMismatch(
            f"the ledger has sources {sorted(recorded)}, the total those of {sorted(opened.points)}",
            where=where,
            remedy="a proof is about all sources that committed; aggregate all of them",
        )
    for source, commitment in recorded.items():
        found = feature_commitment(opened.points[source], subject=opened.subject, as_of=opened.as_of, source=source)
        if found != commitment:
            raise CommitmentMismatch(
                "another point than committed to", where=f"source {source}", remedy="open it again"
            )
    if not opens(opened.points.values(), opened.statistics, opened.blinding, sources=count):
        raise CommitmentMismatch("the total does not open the commitments", where=where, remedy="open it again")
    spare = MOST_SOURCES - count
    public: dict[str, int | list[int]] = {
        "subject": int(opened.subject, 16),
        "as_of": int(opened.as_of),
        "sources": sum(source << 16 * place for place, source in enumerate(recorded)),
        "commitments": [*(int.from_bytes(word, "big") for word in recorded.values()), *[0] * spare],
    }
    points = [*(opened.points[source] for source in recorded), *[IDENTITY] * spare]
    opening: dict[str, object] = {
        "points": [{"x": x, "y": y} for x, y in points],
        "blinding": {"lo": opened.blinding % (1 << _HALF_BITS), "hi": opened.blinding >> _HALF_BITS},
        "raised": [value + count * offset for value, offset in zip(opened.statistics, CELL_OFFSETS, strict=True)],
    }
    return public, {"opening": opening}


def _statement(circuit: Circuit, public: dict[str, int | list[int]], private: dict[str, object]) -> Statement:
    """`public` in the circuit's order."""
    words: list[int] = []
    for value in public.values():
        words += value if isinstance(value, list) else [value]
    return Statement(
        circuit=circuit,
        inputs=noir_inputs({**public, **private}),
        public_inputs=tuple(word % FIELD_MODULUS for word in words),
    )
