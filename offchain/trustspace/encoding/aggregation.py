"""Digests that fix one encrypted feature aggregation: its sources, the use it is counted as, its masks' context.

    sources   = keccak256(source 0 || commitment 0 || source 1 || commitment 1 || ...)
    operation = keccak256(abi.encode(OPERATION_TYPEHASH, chainId, registry, subject, asOfDay, agreement, receiver,
                                     sources))
    digest    = keccak256(abi.encode(AGGREGATION_TYPEHASH, chainId, registry, subject, asOfDay, agreement, operation,
                                     receiver, sources))

Sources ascending, each id a 32-byte word. Commitments are those on chain, so a source that changes its vector, or a
peer that does, gets fresh masks: one mask stream can never cover two vectors. For the same reason another day or
another set of sources is another operation, which the registry counts as a use of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import address_word, bytes32, keccak, uint_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import AgreementId, AsOfDay, ParticipantId, SubjectId

AGGREGATION_TYPEHASH = keccak(
    b"FeatureAggregation(uint256 chainId,address registry,address subject,uint16 asOfDay,bytes32 agreement,"
    b"bytes32 operation,uint16 receiver,bytes32 commitments)"
)

OPERATION_TYPEHASH = keccak(
    b"FeatureOperation(uint256 chainId,address registry,address subject,uint16 asOfDay,bytes32 agreement,"
    b"uint16 receiver,bytes32 commitments)"
)


def sources_digest(commitments: Mapping[ParticipantId, bytes]) -> bytes:
    """Digest (32 bytes) of a set of sources with their commitments. Raises OutOfRange naming a source."""
    return keccak(
        b"".join(
            uint_word(source, 16, where="source") + bytes32(commitments[source], where=f"commitment of source {source}")
            for source in sorted(commitments)
        )
    )


def feature_operation(
    *,
    chain_id: int,
    registry: str,
    subject: SubjectId,
    as_of: AsOfDay,
    agreement: AgreementId,
    receiver: ParticipantId,
    commitments: Mapping[ParticipantId, bytes],
) -> OperationId:
    """The one operation that this total may be counted as. Raises OutOfRange for a field that does not fit its type."""
    return OperationId(
        keccak(
            OPERATION_TYPEHASH
            + uint_word(chain_id, where="chain_id")
            + address_word(registry, where="registry")
            + address_word(subject, where="subject")
            + uint_word(as_of, 16, where="as_of")
            + bytes32(agreement, where="agreement")
            + uint_word(receiver, 16, where="receiver")
            + sources_digest(commitments)
        )
    )


def aggregation_digest(
    *,
    chain_id: int,
    registry: str,
    subject: SubjectId,
    as_of: AsOfDay,
    agreement: AgreementId,
    operation: OperationId,
    receiver: ParticipantId,
    commitments: Mapping[ParticipantId, bytes],
) -> bytes:
    """Digest of 32 bytes. Raises OutOfRange for a field that does not fit its type."""
    return keccak(
        AGGREGATION_TYPEHASH
        + uint_word(chain_id, where="chain_id")
        + address_word(registry, where="registry")
        + address_word(subject, where="subject")
        + uint_word(as_of, 16, where="as_of")
        + bytes32(agreement, where="agreement")
        + bytes32(operation, where="operation")
        + uint_word(receiver, 16, where="receiver")
        + sources_digest(commitments)
    )
