// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICertificateRegistry} from "../interfaces/ICertificateRegistry.sol";
import {NO_VERIFIER, VerifierNumber} from "../types/Ids.sol";

/// @notice A certificate in one storage word, which is also the data of its event. From the highest bit down:
/// `state (4) | grade (4) | verifier of the proof (8, 0 for none) | asOfDay (16) | agreement number (32) | model number (24) | validFrom (32) |
/// notAfter (32) | issuedBlock (40) | account numbers of up to four endorsers (4 x 16, none above the last)`.
library CertificateWords {
    uint256 private constant STATE_SHIFT = 252;
    uint256 private constant VERIFIER = uint256(type(uint8).max) << 240;
    /// @dev Grade, asOfDay, validFrom and notAfter: what the endorsers say besides agreement and model.
    uint256 internal constant TERMS = 0xf << 248 | uint256(type(uint16).max) << 224 | uint256(type(uint64).max) << 104;

    function terms(ICertificateRegistry.Certificate calldata certificate) internal pure returns (uint256) {
        return uint256(certificate.grade) << 248 | uint256(certificate.asOfDay) << 224 | uint256(certificate.validFrom)
            << 136 | uint256(certificate.notAfter) << 104;
    }

    function state(uint256 word) internal pure returns (ICertificateRegistry.State) {
        return ICertificateRegistry.State(word >> STATE_SHIFT);
    }

    function withState(uint256 word, ICertificateRegistry.State to) internal pure returns (uint256) {
        return word << 4 >> 4 | uint256(to) << STATE_SHIFT;
    }

    function grade(uint256 word) internal pure returns (ICertificateRegistry.Grade) {
        return ICertificateRegistry.Grade(word >> 248 & 0xf);
    }

    function proofKind(uint256 word) internal pure returns (ICertificateRegistry.ProofKind) {
        bool isProven = verifier(word) != NO_VERIFIER;
        return isProven ? ICertificateRegistry.ProofKind.Proven : ICertificateRegistry.ProofKind.Endorsed;
    }

    function verifier(uint256 word) internal pure returns (VerifierNumber) {
        return VerifierNumber.wrap(uint8(word >> 240));
    }

    function verifierBits(uint256 word) internal pure returns (uint256) {
        return word & VERIFIER;
    }

    /// @dev The caller has checked that the word has none.
    function withVerifier(uint256 word, VerifierNumber number) internal pure returns (uint256) {
        return word | uint256(VerifierNumber.unwrap(number)) << 240;
    }

    function asOfDay(uint256 word) internal pure returns (uint16) {
        return uint16(word >> 224);
    }

    function agreement(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 192);
    }

    function model(uint256 word) internal pure returns (uint24) {
        return uint24(word >> 168);
    }

    function validFrom(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 136);
    }

    function notAfter(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 104);
    }

    function issuedBlock(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 64);
    }

    function endorsers(uint256 word) internal pure returns (uint64) {
        return uint64(word);
    }
}
