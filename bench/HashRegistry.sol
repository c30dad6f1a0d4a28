// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice The least that a register of hashes does: one slot and one event each. What the product is compared with.
contract HashRegistry {
    mapping(bytes32 hash => uint256 time) public registeredAt;

    event Registered(bytes32 indexed hash);

    function register(bytes32 hash) public {
        registeredAt[hash] = block.timestamp;
        emit Registered(hash);
    }

    function registerMany(bytes32[] calldata hashes) external {
        for (uint256 i = 0; i < hashes.length; i++) {
            register(hashes[i]);
        }
    }
}
