// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILienRegistry} from "../interfaces/ILienRegistry.sol";
import {BatchNumber, LienId} from "../types/Ids.sol";

/// @notice A lien in one storage word, which is also the data of its events. From the highest bit down:
/// `state (4) | pointers (8) | count (8) | position (8) | unused (15) | disputed (1) | share (16) | committedAt (40) |
/// until (32) | invoice index (32) | batch number (24) | lien id (64)`.
/// @dev `pointers` (how many other fingerprints point here) and `count` (positions in use) speak of the whole family and
/// stand in its word at position 0 only. A word whose state is 15 is no lien but points to a family: `15 (4) | family (252)`.
library LienWords {
    uint256 internal constant MASK = type(uint256).max >> 4;
    uint256 internal constant WHOLE = 10_000; // basis points
    uint256 internal constant MOST_POINTERS = type(uint8).max; // far more than epochs in which one invoice matters
    uint256 private constant STATE = 252;
    uint256 private constant POINTER = 15;
    uint256 private constant POINTERS = 244;
    uint256 private constant COUNT = 236;
    uint256 private constant POSITION = 228;
    uint256 private constant DISPUTED = 1 << 208;
    uint256 private constant SHARE = 192;
    uint256 private constant COMMITTED = 152;
    uint256 private constant UNTIL = 120;
    uint256 private constant INDEX = 88;
    uint256 private constant BATCH = 64;
    uint256 private constant OF_FAMILY = uint256(type(uint16).max) << COUNT; // count and pointers

    // --- words ---

    function reserved(LienId lien, uint256 bps, uint256 committed, uint256 end) internal pure returns (uint256) {
        return uint256(ILienRegistry.State.Reserved) << STATE | bps << SHARE | committed << COMMITTED | end << UNTIL
            | LienId.unwrap(lien);
    }

    function withState(uint256 word, ILienRegistry.State to) internal pure returns (uint256) {
        return word & MASK | uint256(to) << STATE;
    }

    function withPosition(uint256 word, uint256 at) internal pure returns (uint256) {
        return word | at << POSITION; // only from zero
    }

    function withUntil(uint256 word, uint256 end) internal pure returns (uint256) {
        return word & ~(uint256(type(uint32).max) << UNTIL) | end << UNTIL;
    }

    function withCollateral(uint256 word, BatchNumber number, uint32 at) internal pure returns (uint256) {
        return word | uint256(BatchNumber.unwrap(number)) << BATCH | uint256(at) << INDEX; // only from zero
    }

    function withDispute(uint256 word, bool isDisputed_) internal pure returns (uint256) {
        return isDisputed_ ? word | DISPUTED : word & ~DISPUTED;
    }

    function withPointers(uint256 head, uint256 number) internal pure returns (uint256) {
        return head & ~(uint256(type(uint8).max) << POINTERS) | number << POINTERS;
    }

    function withCount(uint256 head, uint256 positions) internal pure returns (uint256) {
        return head & ~(uint256(type(uint8).max) << COUNT) | positions << COUNT;
    }

    /// @dev `word` in the place of `head`, with what that said of the family.
    function inPlaceOf(uint256 word, uint256 head) internal pure returns (uint256) {
        return word & ~OF_FAMILY | head & OF_FAMILY;
    }

    /// @dev What an event says of a lien: nothing of its family.
    function alone(uint256 word) internal pure returns (uint256) {
        return word & ~OF_FAMILY;
    }

    // --- fields ---

    function state(uint256 word) internal pure returns (ILienRegistry.State) {
        return ILienRegistry.State(word >> STATE);
    }

    function pointers(uint256 head) internal pure returns (uint256) {
        return uint8(head >> POINTERS);
    }

    function isDisputed(uint256 word) internal pure returns (bool) {
        return word & DISPUTED != 0;
    }

    function count(uint256 head) internal pure returns (uint256) {
        return uint8(head >> COUNT);
    }

    function position(uint256 word) internal pure returns (uint256) {
        return uint8(word >> POSITION);
    }

    function share(uint256 word) internal pure returns (uint256) {
        return uint16(word >> SHARE);
    }

    function committedAt(uint256 word) internal pure returns (uint256) {
        return uint40(word >> COMMITTED);
    }

    function until(uint256 word) internal pure returns (uint256) {
        return uint32(word >> UNTIL);
    }

    function index(uint256 word) internal pure returns (uint32) {
        return uint32(word >> INDEX);
    }

    function batch(uint256 word) internal pure returns (BatchNumber) {
        return BatchNumber.wrap(uint24(word >> BATCH));
    }

    function id(uint256 word) internal pure returns (LienId) {
        return LienId.wrap(uint64(word));
    }

    /// @dev A dispute stops the clock: who disputes a reservation cannot wait for its end.
    function isLive(uint256 word, uint256 time) internal pure returns (bool) {
        uint256 s = word >> STATE;
        if (s == uint256(ILienRegistry.State.Financed)) return true;
        return s == uint256(ILienRegistry.State.Reserved) && (time <= until(word) || isDisputed(word));
    }

    // --- pointers ---

    function isPointer(uint256 word) internal pure returns (bool) {
        return word >> STATE == POINTER;
    }

    function pointerTo(bytes32 family) internal pure returns (uint256) {
        return POINTER << STATE | uint256(family);
    }

    function target(uint256 pointer) internal pure returns (bytes32) {
        return bytes32(pointer & MASK);
    }
}
