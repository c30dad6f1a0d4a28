// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IGuarded} from "../interfaces/IGuarded.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @dev Who may call `restricted` functions is decided by the AccessManager alone: see the deployment's role table.
abstract contract Guarded is IGuarded, AccessManaged {
    // shares a slot with the authority's address (21 bytes); ten more bytes are free for the inheriting contract
    bool private _pausedFlag;

    modifier whenNotPaused() {
        require(!_isPaused(), ContractPaused());
        _;
    }

    /// @inheritdoc IGuarded
    function pause() external restricted whenNotPaused {
        _setPaused(true);
        emit Paused(msg.sender);
    }

    /// @inheritdoc IGuarded
    function unpause() external restricted {
        require(_isPaused(), ContractNotPaused());
        _setPaused(false);
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IGuarded
    function paused() external view returns (bool) {
        return _isPaused();
    }

    /// @dev A contract may keep the flag beside what its hottest write reads anyway; it then overrides both functions.
    function _isPaused() internal view virtual returns (bool) {
        return _pausedFlag;
    }

    function _setPaused(bool value) internal virtual {
        _pausedFlag = value;
    }
}
