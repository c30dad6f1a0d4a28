// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {AccountNumber, ParticipantId} from "../types/Ids.sol";

/// @notice An account in one storage word, so that the check of a signer is one read and a few masks. From the highest
/// bit down: `unused (96) | roles (8) | retiredAt (40) | compromisedFrom (40) | validFrom (40) | participant (16) |
/// number (16)`. A word of zero is an unknown account.
library AccountWords {
    uint256 private constant ENDED = uint256(type(uint80).max) << 72; // retiredAt and compromisedFrom

    function pack(ParticipantId owner, AccountNumber account, uint8 held) internal view returns (uint256) {
        return uint256(held) << 152 | block.number << 32 | uint256(ParticipantId.unwrap(owner)) << 16
            | AccountNumber.unwrap(account);
    }

    function unpack(uint256 word) internal pure returns (IParticipantRegistry.Account memory) {
        return IParticipantRegistry.Account({
            participant: participant(word),
            number: number(word),
            roles: roles(word),
            validFrom: validFrom(word),
            retiredAt: retiredAt(word),
            compromisedFrom: compromisedFrom(word)
        });
    }

    /// @dev Of a known account; an unknown one holds no role and belongs to nobody.
    function isLive(uint256 word) internal pure returns (bool) {
        return word & ENDED == 0;
    }

    function participant(uint256 word) internal pure returns (ParticipantId) {
        return ParticipantId.wrap(uint16(word >> 16));
    }

    function number(uint256 word) internal pure returns (AccountNumber) {
        return AccountNumber.wrap(uint16(word));
    }

    function roles(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 152);
    }

    function validFrom(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 32);
    }

    function retiredAt(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 112);
    }

    function compromisedFrom(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 72);
    }

    function withRoles(uint256 word, uint8 held) internal pure returns (uint256) {
        return word & ~(uint256(type(uint8).max) << 152) | uint256(held) << 152;
    }

    /// @dev Only from zero.
    function withRetiredAt(uint256 word, uint40 blockNumber) internal pure returns (uint256) {
        return word | uint256(blockNumber) << 112;
    }

    function withCompromisedFrom(uint256 word, uint40 blockNumber) internal pure returns (uint256) {
        return word & ~(uint256(type(uint40).max) << 72) | uint256(blockNumber) << 72;
    }
}
