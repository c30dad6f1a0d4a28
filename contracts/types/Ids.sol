// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev Number of an admitted organisation, 1-based; 0 is nobody.
type ParticipantId is uint16;

/// @dev Number of an account of a participant, 1-based in order of registration; a short pointer for packed storage.
type AccountNumber is uint16;

/// @dev Content-derived: the EIP-712 struct hash of the agreement's terms.
type AgreementId is bytes32;

/// @dev `source (16 bits) | count (32 bits) | digest (208 bits)`, see {BatchIds}.
type BatchId is bytes32;

/// @dev Derived from aggregator and operation id, bound to chain and contract.
type RunId is bytes32;

/// @dev Content-derived: run and model card, bound to chain and contract.
type ModelId is bytes32;

/// @dev The EIP-712 digest that the endorsers sign.
type CertificateId is bytes32;

/// @dev The EIP-712 digest of a range that is shown to be true.
type StatementId is bytes32;

/// @dev `bank (16 bits) | tag (48 bits)`, see {LienIds}: names a lien among those of one fingerprint.
type LienId is uint64;

/// @dev Number of a batch that liens point to, 1-based in order of enrolment; a short pointer for packed storage.
type BatchNumber is uint24;

/// @dev Number of a verifier of proofs, 1-based in order of registration; 0 is none. Eight bits, as a certificate's word
/// has no more.
type VerifierNumber is uint8;

using {isSameParticipant as ==, isOtherParticipant as !=} for ParticipantId global;
using {isSameBatch as ==} for BatchId global;
using {isSameLien as ==} for LienId global;
using {isSameModel as ==, isOtherModel as !=} for ModelId global;
using {isSameVerifier as ==, isOtherVerifier as !=} for VerifierNumber global;

ParticipantId constant NOBODY = ParticipantId.wrap(0);
VerifierNumber constant NO_VERIFIER = VerifierNumber.wrap(0);

function isSameParticipant(ParticipantId a, ParticipantId b) pure returns (bool) {
    return ParticipantId.unwrap(a) == ParticipantId.unwrap(b);
}

function isOtherParticipant(ParticipantId a, ParticipantId b) pure returns (bool) {
    return ParticipantId.unwrap(a) != ParticipantId.unwrap(b);
}

function isSameBatch(BatchId a, BatchId b) pure returns (bool) {
    return BatchId.unwrap(a) == BatchId.unwrap(b);
}

function isSameLien(LienId a, LienId b) pure returns (bool) {
    return LienId.unwrap(a) == LienId.unwrap(b);
}

function isSameModel(ModelId a, ModelId b) pure returns (bool) {
    return ModelId.unwrap(a) == ModelId.unwrap(b);
}

function isOtherModel(ModelId a, ModelId b) pure returns (bool) {
    return ModelId.unwrap(a) != ModelId.unwrap(b);
}

function isSameVerifier(VerifierNumber a, VerifierNumber b) pure returns (bool) {
    return VerifierNumber.unwrap(a) == VerifierNumber.unwrap(b);
}

function isOtherVerifier(VerifierNumber a, VerifierNumber b) pure returns (bool) {
    return VerifierNumber.unwrap(a) != VerifierNumber.unwrap(b);
}
