// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice Signers of EIP-2098 signatures `(r, vs)`: the highest bit of `vs` is the parity of y, the others are s.
library CompactSignatures {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0; // of secp256k1, not-a-key

    /// @return signer Zero when there is none, also for the second signature (s above half of the order) that anybody can
    /// make from a first.
    function recover(bytes32 digest, bytes32 r, bytes32 vs) internal pure returns (address signer) {
        uint256 s = uint256(vs) & uint256(type(int256).max);
        if (s > HALF_ORDER) return address(0);
        return ecrecover(digest, uint8(27 + (uint256(vs) >> 255)), r, bytes32(s));
    }
}
