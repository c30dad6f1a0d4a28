// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILienRegistry} from "../interfaces/ILienRegistry.sol";
import {LienId, ParticipantId} from "../types/Ids.sol";

/// @notice What a bank commits to, and the ids of the liens that come of it: both known before anything is sent.
library LienIds {
    bytes32 internal constant COMMITMENT_TYPEHASH =
        keccak256("LienCommitment(uint256 chainId,address registry,uint16 bank,bytes32 salt,bytes32 pledgesHash)");

    /// @dev Bound to chain, contract and bank: a copy of it, or of what it opens to, is worth nothing to another bank.
    function commitmentOf(address registry, ParticipantId bank, bytes32 salt, ILienRegistry.Pledge[] calldata pledges)
        internal
        view
        returns (bytes32)
    {
        bytes32 pledgesHash = keccak256(abi.encode(pledges));
        return keccak256(abi.encode(COMMITMENT_TYPEHASH, block.chainid, registry, bank, salt, pledgesHash));
    }

    /// @dev Two liens of one bank on one fingerprint share an id with a chance of 2^-48; it can only do that to itself.
    function lienIdOf(ParticipantId bank, bytes32 commitment, uint256 position) internal pure returns (LienId) {
        uint48 tag = uint48(uint256(keccak256(abi.encode(commitment, position))));
        return LienId.wrap(uint64(ParticipantId.unwrap(bank)) << 48 | tag);
    }

    function bankOf(LienId lien) internal pure returns (ParticipantId) {
        return ParticipantId.wrap(uint16(LienId.unwrap(lien) >> 48));
    }
}
