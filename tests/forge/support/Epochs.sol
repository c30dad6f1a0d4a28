// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintEpochs} from "../../../contracts/interfaces/IFingerprintEpochs.sol";

/// @dev Epochs as a test sets them.
contract Epochs is IFingerprintEpochs {
    uint32 private _older;
    uint32 private _newer = 1;

    function set(uint32 older, uint32 newer) external {
        (_older, _newer) = (older, newer);
    }

    function openEpochs() external view returns (uint32 older, uint32 newer) {
        return (_older, _newer);
    }
}
