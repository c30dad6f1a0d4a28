// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {VERSION} from "../types/Version.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @notice Holds every permission of the governance: which role may call which function of which contract, after what
/// delay. What participants may do is kept in the ParticipantRegistry instead, as signatures are judged as of a block.
contract SpaceAccessManager is AccessManager {
    constructor(address initialAdmin) AccessManager(initialAdmin) {}

    function version() external pure returns (string memory) {
        return VERSION;
    }
}
