// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BatchId, ParticipantId} from "../types/Ids.sol";

/// @notice `source (16 bits) | count (32 bits) | digest (208 bits)`: an id that carries what every check needs.
library BatchIds {
    bytes32 internal constant BATCH_TYPEHASH = keccak256(
        "InvoiceBatch(uint256 chainId,address registry,uint16 source,address subject,uint32 count,bytes32 nonce)"
    );

    function derive(address registry, ParticipantId source, address subject, uint32 count, bytes32 nonce)
        internal
        view
        returns (BatchId)
    {
        bytes32 digest = keccak256(abi.encode(BATCH_TYPEHASH, block.chainid, registry, source, subject, count, nonce));
        uint256 head = uint256(ParticipantId.unwrap(source)) << 240 | uint256(count) << 208;
        return BatchId.wrap(bytes32(head | uint208(uint256(digest))));
    }

    function sourceOf(BatchId batch) internal pure returns (ParticipantId) {
        return ParticipantId.wrap(uint16(uint256(BatchId.unwrap(batch)) >> 240));
    }

    function countOf(BatchId batch) internal pure returns (uint32) {
        return uint32(uint256(BatchId.unwrap(batch)) >> 208);
    }
}
