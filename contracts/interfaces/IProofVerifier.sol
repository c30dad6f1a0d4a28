// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice What the contract does that Barretenberg generates from a verification key.
interface IProofVerifier {
    /// @dev Reverts, or returns false, for a proof that does not hold.
    function verify(bytes calldata proof, bytes32[] calldata publicInputs) external view returns (bool);
}
