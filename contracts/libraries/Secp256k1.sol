// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintKeys} from "../interfaces/IFingerprintKeys.sol";

/// @notice Points of secp256k1: decompressed and added here, multiplied by whoever calls, and checked through `ecrecover`.
/// @dev ecrecover(h, v, r, s) is the address of r^-1 (s R - h G), where R has x-coordinate r and parity v. With s = k r it
/// is the address of k R - (h / r) G: a multiplication for 3,000 gas, of which only the result's address is known. Whoever
/// claims a result must find a second preimage of an address to cheat. R's x-coordinate must be below the group's order.
/// The point at infinity is (0, 0).
library Secp256k1 {
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141; // not-a-key
    uint256 private constant FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f; // not-a-key
    uint256 private constant MODEXP = 5; // address of the precompile

    /// @return point (0, 0) when the bytes are no compressed point with an x-coordinate below the order.
    function decompress(bytes calldata raw) internal view returns (IFingerprintKeys.Point memory point) {
        uint8 parity = uint8(raw[0]);
        uint256 x = uint256(bytes32(raw[1:33]));
        if ((parity != 2 && parity != 3) || x == 0 || x >= ORDER) return point;
        uint256 square = addmod(mulmod(mulmod(x, x, FIELD), x, FIELD), 7, FIELD);
        uint256 y = power(square, (FIELD + 1) / 4);
        if (mulmod(y, y, FIELD) != square) return point;
        return IFingerprintKeys.Point(x, y % 2 == parity % 2 ? y : FIELD - y);
    }

    /// @dev SEC 1, 33 bytes.
    function compress(IFingerprintKeys.Point memory point) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(2 + point.y % 2), point.x);
    }

    function isInfinity(IFingerprintKeys.Point memory point) internal pure returns (bool) {
        return point.x == 0 && point.y == 0;
    }

    /// @notice Sum of any two points of the curve, infinity included.
    function add(IFingerprintKeys.Point memory a, IFingerprintKeys.Point memory b)
        internal
        view
        returns (IFingerprintKeys.Point memory sum)
    {
        if (isInfinity(a)) return b;
        if (isInfinity(b)) return a;
        uint256 slope;
        if (a.x != b.x) {
            slope = mulmod(minus(b.y, a.y), power(minus(b.x, a.x), FIELD - 2), FIELD);
        } else if (a.y == b.y) {
            slope = mulmod(mulmod(3, mulmod(a.x, a.x, FIELD), FIELD), power(addmod(a.y, a.y, FIELD), FIELD - 2), FIELD);
        } else {
            return sum;
        }
        sum.x = minus(minus(mulmod(slope, slope, FIELD), a.x), b.x);
        sum.y = minus(mulmod(slope, minus(a.x, sum.x), FIELD), a.y);
    }

    /// @notice Whether `claimed` is scalar * point.
    /// @param scalar Between 1 and the order less 1.
    function isMultiple(IFingerprintKeys.Point memory point, uint256 scalar, IFingerprintKeys.Point memory claimed)
        internal
        pure
        returns (bool)
    {
        return combined(point, scalar, 0) == addressOf(claimed);
    }

    /// @notice Address of scalar * point + generatorScalar * G; zero for the point at infinity.
    /// @param scalar Between 1 and the order less 1.
    function combined(IFingerprintKeys.Point memory point, uint256 scalar, uint256 generatorScalar)
        internal
        pure
        returns (address)
    {
        uint256 negated = mulmod(ORDER - generatorScalar % ORDER, point.x, ORDER);
        return
            ecrecover(
                bytes32(negated), uint8(27 + point.y % 2), bytes32(point.x), bytes32(mulmod(scalar, point.x, ORDER))
            );
    }

    function addressOf(IFingerprintKeys.Point memory point) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(point.x, point.y)))));
    }

    function minus(uint256 a, uint256 b) private pure returns (uint256) {
        return addmod(a, FIELD - b % FIELD, FIELD);
    }

    /// @dev base^exponent in the field, by the precompile of EIP-198.
    function power(uint256 base, uint256 exponent) private view returns (uint256) {
        (bool done, bytes memory result) =
            address(uint160(MODEXP)).staticcall(abi.encode(32, 32, 32, base, exponent, FIELD));
        assert(done && result.length == 32);
        return abi.decode(result, (uint256));
    }
}
