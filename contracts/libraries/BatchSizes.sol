// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILienRegistry} from "../interfaces/ILienRegistry.sol";

/// @notice The lengths of calls whose number of items must not tell anybody's volume.
library BatchSizes {
    function requirePadded(uint256 length) internal pure {
        bool isPadded = length == 1 || length == 10 || length == 100;
        require(isPadded, ILienRegistry.BatchSizeForbidden(length));
    }
}
