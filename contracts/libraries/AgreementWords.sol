// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ParticipantId} from "../types/Ids.sol";

/// @notice What a use or a certificate needs to know of an agreement, in one storage word. From the highest bit down:
/// `unused (40) | maxUses (32) | uses (32) | grantee (16) | notBefore (40) | notAfter (40) | purposes (16) | state (8) |
/// number (32)`. A word of zero is an unknown agreement.
library AgreementWords {
    uint256 private constant STATE = uint256(type(uint8).max) << 32;
    uint256 private constant ACTIVE = uint256(IAgreementRegistry.State.Active) << 32;
    uint256 private constant TERMINATED = uint256(IAgreementRegistry.State.Terminated) << 32;
    uint256 private constant ONE_USE = 1 << 152;

    /// @dev A new agreement: active, never used.
    function pack(IAgreementRegistry.Terms calldata terms, uint32 count) internal pure returns (uint256) {
        return uint256(terms.maxUses) << 184 | uint256(ParticipantId.unwrap(terms.grantee)) << 136
            | uint256(terms.notBefore) << 96 | uint256(terms.notAfter) << 56 | uint256(terms.purposes) << 40 | ACTIVE
            | count;
    }

    function isActive(uint256 word) internal pure returns (bool) {
        return word & STATE == ACTIVE;
    }

    function terminated(uint256 word) internal pure returns (uint256) {
        return word & ~STATE | TERMINATED;
    }

    /// @dev The caller has checked that uses < maxUses.
    function usedOnce(uint256 word) internal pure returns (uint256) {
        return word + ONE_USE;
    }

    function state(uint256 word) internal pure returns (IAgreementRegistry.State) {
        return IAgreementRegistry.State(uint8(word >> 32));
    }

    function number(uint256 word) internal pure returns (uint32) {
        return uint32(word);
    }

    function purposes(uint256 word) internal pure returns (uint16) {
        return uint16(word >> 40);
    }

    function notAfter(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 56);
    }

    function notBefore(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 96);
    }

    function grantee(uint256 word) internal pure returns (ParticipantId) {
        return ParticipantId.wrap(uint16(word >> 136));
    }

    function uses(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 152);
    }

    function maxUses(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 184);
    }
}
