"""Digest of all that fixes one encrypted feature aggregation: the context of its masks.

    digest = keccak256(abi.encode(TYPEHASH, chainId, registry, subject, asOfDay, agreement, operation, receiver,
                                  keccak256(source 0 || commitment 0 || source 1 || commitment 1 || ...)))

Sources ascending, each id a 32-byte word. Commitments are those on chain, so a source that changes its vector, or a
peer that does, gets fresh masks: one mask stream can never cover two vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.hashing import address_word, bytes32, keccak, uint_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId

AGGREGATION_TYPEHASH = keccak(
    b"FeatureAggregation(uint256 chainId,address registry,address subject,uint16 asOfDay,bytes32 agreement,"
    b"bytes32 operation,uint16 receiver,bytes32 commitments)"
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
    listed = b"".join(
        uint_word(source, 16, where="source") + bytes32(commitments[source], where=f"commitment of source {source}")
        for source in sorted(commitments)
    )
    return keccak(
        AGGREGATION_TYPEHASH
        + uint_word(chain_id, where="chain_id")
        + address_word(registry, where="registry")
        + address_word(subject, where="subject")
        + uint_word(as_of, 16, where="as_of")
        + bytes32(agreement, where="agreement")
        + bytes32(operation, where="operation")
        + uint_word(receiver, 16, where="receiver")
        + keccak(listed)
    )
