// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BatchId} from "../types/Ids.sol";

/// @notice Leaves of a batch's Merkle tree. Hashed twice, so that no inner node can pass for a leaf.
library InvoiceLeaves {
    bytes32 internal constant LEAF_TYPEHASH = keccak256(
        "InvoiceLeaf(uint256 chainId,address registry,bytes32 batchId,uint32 index,bytes32 commitment,address buyer)"
    );

    function derive(address registry, BatchId batch, uint32 index, bytes32 commitment, address buyer)
        internal
        view
        returns (bytes32)
    {
        bytes32 inner = keccak256(abi.encode(LEAF_TYPEHASH, block.chainid, registry, batch, index, commitment, buyer));
        return keccak256(abi.encode(inner));
    }
}
