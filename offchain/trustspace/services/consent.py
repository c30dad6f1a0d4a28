"""What a source makes sure of before it delivers masked statistics, from the ledger alone.

Nothing in a request is believed. The agreement must be the subject's, made out to the receiver for features, and the
receiver must have counted this operation on it. Commitments and mask keys are those on the ledger: an aggregator that
could name keys of its own would take the masks off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.agreements import AgreementState, Purpose
from trustspace.errors import ConsentMissing
from trustspace.services.features import Aggregation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.ids import AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId
    from trustspace.ports import ConsentReader


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest:
    """A bank asks for the total of a subject's statistics as of a day, under an agreement it has used for this."""

    subject: SubjectId
    as_of: AsOfDay
    agreement: AgreementId
    operation: OperationId
    receiver: ParticipantId


def granted_aggregations(ledger: ConsentReader, requests: Sequence[FeatureRequest]) -> tuple[Aggregation, ...]:
    """The aggregation that each request stands for, once the ledger confirms it.

    Raises ConsentMissing naming the subject, TooFewParties below three sources, MissingParty for one without a key.
    """
    agreements = ledger.agreements([request.agreement for request in requests])
    purposes = ledger.purposes([(request.agreement, request.operation) for request in requests])
    commitments = ledger.commitments([(request.subject, request.as_of) for request in requests])
    for request, agreement, purpose in zip(requests, agreements, purposes, strict=True):
        _require_consent(request, agreement, purpose)
    parties = {source for found in commitments for source in found} | {request.receiver for request in requests}
    keys = ledger.mask_keys(sorted(parties))
    return tuple(
        Aggregation(
            chain_id=ledger.chain_id,
            registry=ledger.registry,
            subject=request.subject,
            as_of=request.as_of,
            agreement=request.agreement,
            operation=request.operation,
            receiver=request.receiver,
            commitments=found,
            mask_keys={party: keys[party] for party in (*found, request.receiver) if party in keys},
        )
        for request, found in zip(requests, commitments, strict=True)
    )


def _require_consent(request: FeatureRequest, agreement: AgreementRecord, purpose: Purpose) -> None:
    problems = (
        (agreement.state is AgreementState.NONE, "the ledger knows no such agreement"),
        (agreement.state is AgreementState.TERMINATED, "the agreement was terminated"),
        (agreement.subject != request.subject, "the agreement is another subject's"),
        (agreement.grantee != request.receiver, f"the agreement is made out to participant {agreement.grantee}"),
        (purpose is not Purpose.FEATURES, "the receiver has not counted this operation on the agreement for features"),
    )
    for applies, message in problems:
        if applies:
            raise ConsentMissing(
                message,
                where=f"subject {request.subject}, receiver {request.receiver}",
                remedy="deliver nothing; the receiver needs the subject's agreement and must use it first",
            )
