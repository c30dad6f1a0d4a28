"""What a source makes sure of before it delivers masked statistics, from the ledger alone.

Nothing in a request is believed. The agreement must be the subject's, made out to the receiver for features and valid
now, and the receiver must have counted this very total on it: the operation follows from subject, day, receiver and the
sources with their commitments, so one counted use never pays for a second total. Commitments and mask keys are those on
the ledger: an aggregator that could name keys of its own would take the masks off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.agreements import AgreementState, Purpose
from trustspace.encoding.aggregation import feature_operation
from trustspace.errors import ConsentMissing
from trustspace.services.features import Aggregation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.ids import AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId
    from trustspace.ports import ConsentReader


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest:
    """A bank asks for the total of a subject's statistics as of a day, under an agreement it has used for this.

    `operation` is that of `encoding.aggregation.feature_operation`; see `feature_requests`.
    """

    subject: SubjectId
    as_of: AsOfDay
    agreement: AgreementId
    operation: OperationId
    receiver: ParticipantId


def feature_requests(
    ledger: ConsentReader, receiver: ParticipantId, wanted: Sequence[tuple[SubjectId, AsOfDay, AgreementId]]
) -> tuple[FeatureRequest, ...]:
    """What a bank asks for, with the operations to count before: they follow from the commitments made by now."""
    commitments = ledger.commitments([(subject, as_of) for subject, as_of, _ in wanted])
    return tuple(
        FeatureRequest(
            subject=subject,
            as_of=as_of,
            agreement=agreement,
            operation=_operation(ledger, subject, as_of, agreement, receiver, found),
            receiver=receiver,
        )
        for (subject, as_of, agreement), found in zip(wanted, commitments, strict=True)
    )


def granted_aggregations(ledger: ConsentReader, requests: Sequence[FeatureRequest]) -> tuple[Aggregation, ...]:
    """The aggregation that each request stands for, once the ledger confirms it.

    Raises ConsentMissing naming the subject, TooFewParties below three sources, MissingParty for one without a key.
    """
    agreements = ledger.agreements([request.agreement for request in requests])
    purposes = ledger.purposes([(request.agreement, request.operation) for request in requests])
    commitments = ledger.commitments([(request.subject, request.as_of) for request in requests])
    now = ledger.now()
    for request, agreement, purpose, found in zip(requests, agreements, purposes, commitments, strict=True):
        _require_agreement(request, agreement, now)
        _require_use(ledger, request, purpose, found)
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


def _operation(
    ledger: ConsentReader,
    subject: SubjectId,
    as_of: AsOfDay,
    agreement: AgreementId,
    receiver: ParticipantId,
    commitments: Mapping[ParticipantId, bytes],
) -> OperationId:
    return feature_operation(
        chain_id=ledger.chain_id,
        registry=ledger.registry,
        subject=subject,
        as_of=as_of,
        agreement=agreement,
        receiver=receiver,
        commitments=commitments,
    )


def _require_agreement(request: FeatureRequest, agreement: AgreementRecord, now: int) -> None:
    problems = (
        (agreement.state is AgreementState.NONE, "the ledger knows no such agreement"),
        (agreement.state is AgreementState.TERMINATED, "the agreement was terminated"),
        (agreement.subject != request.subject, "the agreement is another subject's"),
        (agreement.grantee != request.receiver, f"the agreement is made out to participant {agreement.grantee}"),
        (now < agreement.not_before, f"the agreement begins at {agreement.not_before}, the latest block is of {now}"),
        (now > agreement.not_after, f"the agreement ended at {agreement.not_after}, the latest block is of {now}"),
    )
    for applies, message in problems:
        if applies:
            raise _refusal(request, message)


def _require_use(
    ledger: ConsentReader, request: FeatureRequest, purpose: Purpose, commitments: Mapping[ParticipantId, bytes]
) -> None:
    own = _operation(ledger, request.subject, request.as_of, request.agreement, request.receiver, commitments)
    if request.operation != own:
        raise _refusal(request, "the operation is not that of this day, receiver and present commitments")
    if purpose is not Purpose.FEATURES:
        raise _refusal(request, "the receiver has not counted this operation on the agreement for features")


def _refusal(request: FeatureRequest, message: str) -> ConsentMissing:
    return ConsentMissing(
        message,
        where=f"subject {request.subject}, receiver {request.receiver}",
        remedy="deliver nothing; the receiver needs the subject's agreement and must use it first",
    )
