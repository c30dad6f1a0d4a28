// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title A contract that the guardian can stop and the regulator can start again
/// @notice A pause refuses every write with {ContractPaused} except those that only take trust away (terminate an
/// agreement, retire or report an account, withdraw a model, suspend or revoke a certificate): nobody can be kept from
/// them by a pause. Other exceptions are named at their function. Reads go on.
interface IGuarded {
    event Paused(address indexed by);
    event Unpaused(address indexed by);

    error ContractPaused();
    error ContractNotPaused();

    /// @notice Stops the writes. Emits {Paused}. Requires the guardian (by the AccessManager) and a running contract.
    function pause() external;

    /// @notice Starts them again. Emits {Unpaused}. Requires the regulator (by the AccessManager) and a paused contract.
    function unpause() external;

    function paused() external view returns (bool);
}
