// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ModelId} from "../types/Ids.sol";

/// @notice All that an issue reads of its own contract, in one storage word. From the highest bit down:
/// `low bits of a model's id (184) | that model's number (24) | maxValidity (32) | quorum (8) | paused (8)`. The model is
/// the one that was last found final and to demand no proof; zeros for none.
library PolicyWords {
    uint256 private constant TAIL_SHIFT = 72;
    uint256 private constant RULES = (1 << 48) - 1;

    function isPaused(uint256 word) internal pure returns (bool) {
        return uint8(word) != 0;
    }

    function withPaused(uint256 word, bool value) internal pure returns (uint256) {
        return word >> 8 << 8 | (value ? 1 : 0);
    }

    function quorum(uint256 word) internal pure returns (uint256) {
        return uint8(word >> 8);
    }

    function maxValidity(uint256 word) internal pure returns (uint256) {
        return uint32(word >> 16);
    }

    function withRules(uint256 word, uint8 newQuorum, uint32 newMaxValidity) internal pure returns (uint256) {
        return word >> 48 << 48 | uint256(newMaxValidity) << 16 | uint256(newQuorum) << 8 | uint8(word);
    }

    function modelNumber(uint256 word) internal pure returns (uint24) {
        return uint24(word >> 48);
    }

    function isModel(uint256 word, ModelId model) internal pure returns (bool) {
        return word >> TAIL_SHIFT == uint256(ModelId.unwrap(model)) << TAIL_SHIFT >> TAIL_SHIFT;
    }

    function withModel(uint256 word, ModelId model, uint24 number) internal pure returns (uint256) {
        return word & RULES | uint256(ModelId.unwrap(model)) << TAIL_SHIFT | uint256(number) << 48;
    }
}
