// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ParticipantId} from "../../../contracts/types/Ids.sol";
import {Roles} from "../../../contracts/types/Roles.sol";
import {Story} from "./Story.sol";

/// @dev Five keyholders, and the way from a proposal to an open epoch.
abstract contract Keyholders is Story {
    uint256 internal constant KEYHOLDER_KEY = 0x4E00; // account key of keyholder i is KEYHOLDER_KEY + i

    ParticipantId[5] internal keyholderIds;

    function setUpKeyholders() internal {
        setUpSpace();
        for (uint256 i = 0; i < 5; i++) {
            keyholderIds[i] = admit(keyholder(i), Roles.KEYHOLDER);
        }
    }

    function keyholder(uint256 i) internal pure returns (address) {
        return vm.addr(KEYHOLDER_KEY + i);
    }

    function nodes(uint256 count) internal view returns (ParticipantId[] memory list) {
        list = new ParticipantId[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = keyholderIds[i];
        }
    }

    function propose(uint256 count, uint8 threshold) internal returns (uint32) {
        vm.prank(regulator);
        return fingerprintKeys.proposeEpoch(nodes(count), threshold);
    }

    function confirmAll(uint32 epoch, uint256 count, bytes32 transcript) internal {
        bytes32 ceremony = fingerprintKeys.ceremonyOf(epoch);
        for (uint256 i = 0; i < count; i++) {
            vm.prank(keyholder(i));
            fingerprintKeys.confirmKeys(epoch, ceremony, transcript);
        }
    }

    function openEpoch(uint256 count, uint8 threshold) internal returns (uint32 epoch) {
        epoch = propose(count, threshold);
        confirmAll(epoch, count, "transcript");
    }

    function close(uint32 epoch) internal {
        vm.prank(regulator);
        fingerprintKeys.closeEpoch(epoch);
    }
}
