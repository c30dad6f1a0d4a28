// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintKeys} from "../interfaces/IFingerprintKeys.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @notice Judges a keyholder's proof: VerifyProof of RFC 9497, section 2.2.2, in the suite secp256k1-SHA256.
library EvaluationProofs {
    using Secp256k1 for IFingerprintKeys.Point;

    uint256 internal constant MAX_BATCH = 128;
    uint256 private constant ELEMENT = 33; // bytes

    /// @dev The evidence's bytes belong to the answer; the caller has made sure.
    /// @return Fault.None when the answer is right.
    function judge(IFingerprintKeys.Answer calldata answer, IFingerprintKeys.Evidence calldata evidence)
        internal
        view
        returns (IFingerprintKeys.Fault)
    {
        if (!_isScalar(answer.challenge) || !_isScalar(answer.response) || !_hasForm(evidence)) {
            return IFingerprintKeys.Fault.Malformed;
        }
        IFingerprintKeys.Point memory key = Secp256k1.decompress(evidence.key);
        if (key.isInfinity()) return IFingerprintKeys.Fault.Malformed;
        uint256[] memory weights = _weights(evidence);
        (bool areBlinded, IFingerprintKeys.Point memory m) =
            _composite(evidence.blinded, weights, evidence.weightedBlinded);
        if (!areBlinded) return IFingerprintKeys.Fault.Malformed;
        (bool areEvaluated, IFingerprintKeys.Point memory z) =
            _composite(evidence.evaluated, weights, evidence.weightedEvaluated);
        if (!areEvaluated) return IFingerprintKeys.Fault.Malformed;
        return _holds(answer, evidence, key, m, z) ? IFingerprintKeys.Fault.None : IFingerprintKeys.Fault.WrongProof;
    }

    function _hasForm(IFingerprintKeys.Evidence calldata evidence) private pure returns (bool) {
        uint256 length = evidence.blinded.length;
        return evidence.key.length == ELEMENT && evidence.evaluated.length == length && length % ELEMENT == 0
            && length != 0 && length <= MAX_BATCH * ELEMENT;
    }

    /// @dev The d_i of ComputeComposites.
    function _weights(IFingerprintKeys.Evidence calldata evidence) private pure returns (uint256[] memory weights) {
        bytes32 seed = sha256(abi.encodePacked(_element(evidence.key), uint16(30), "Seed-", _context()));
        weights = new uint256[](evidence.blinded.length / ELEMENT);
        for (uint256 i = 0; i < weights.length; i++) {
            bytes memory pair =
                abi.encodePacked(_element(_at(evidence.blinded, i)), _element(_at(evidence.evaluated, i)));
            weights[i] = hashToScalar(abi.encodePacked(uint16(32), seed, uint16(i), pair, "Composite"));
        }
    }

    /// @dev The sum of weight * element. Stops at the first bytes that are no element.
    function _composite(bytes calldata elements, uint256[] memory weights, IFingerprintKeys.Point[] calldata claims)
        private
        view
        returns (bool areElements, IFingerprintKeys.Point memory sum)
    {
        for (uint256 i = 0; i < weights.length; i++) {
            IFingerprintKeys.Point memory point = Secp256k1.decompress(_at(elements, i));
            if (point.isInfinity()) return (false, sum);
            bool isClaimed = i < claims.length && point.isMultiple(weights[i], claims[i]);
            require(isClaimed, IFingerprintKeys.WitnessInvalid(i));
            sum = sum.add(claims[i]);
        }
        return (true, sum);
    }

    /// @dev Whether the challenge follows from t2 = s G + c K and t3 = s M + c Z. A sum at infinity is no honest one's.
    function _holds(
        IFingerprintKeys.Answer calldata answer,
        IFingerprintKeys.Evidence calldata evidence,
        IFingerprintKeys.Point memory key,
        IFingerprintKeys.Point memory m,
        IFingerprintKeys.Point memory z
    ) private view returns (bool) {
        uint256 count = evidence.blinded.length / ELEMENT;
        uint256 challenge = uint256(answer.challenge);
        uint256 response = uint256(answer.response);
        address second = key.combined(challenge, response);
        if (second == address(0) || z.isInfinity()) return false;
        require(evidence.t2.addressOf() == second, IFingerprintKeys.WitnessInvalid(count));
        require(m.isMultiple(response, evidence.scaledM), IFingerprintKeys.WitnessInvalid(count + 1));
        require(z.isMultiple(challenge, evidence.scaledZ), IFingerprintKeys.WitnessInvalid(count + 2));
        IFingerprintKeys.Point memory t3 = Secp256k1.add(evidence.scaledM, evidence.scaledZ);
        if (t3.isInfinity()) return false;
        bytes memory transcript =
            abi.encodePacked(_element(evidence.key), _element(m.compress()), _element(z.compress()));
        transcript =
            abi.encodePacked(transcript, _element(evidence.t2.compress()), _element(t3.compress()), "Challenge");
        return hashToScalar(transcript) == challenge;
    }

    /// @dev hash_to_field with expand_message_xmd and SHA-256 to 48 bytes (RFC 9380, sections 5.2 and 5.3.1).
    function hashToScalar(bytes memory message) internal pure returns (uint256) {
        bytes memory tag = abi.encodePacked("HashToScalar-", _context(), uint8(38));
        bytes32 first = sha256(abi.encodePacked(bytes32(0), bytes32(0), message, uint16(48), uint8(0), tag));
        bytes32 high = sha256(abi.encodePacked(first, uint8(1), tag));
        bytes32 low = sha256(abi.encodePacked(first ^ high, uint8(2), tag));
        return addmod(mulmod(uint256(high), 1 << 128, Secp256k1.ORDER), uint256(low) >> 128, Secp256k1.ORDER);
    }

    function _context() private pure returns (bytes memory) {
        return abi.encodePacked("OPRFV1-", uint8(1), "-secp256k1-SHA256");
    }

    function _at(bytes calldata elements, uint256 place) private pure returns (bytes calldata) {
        return elements[ELEMENT * place:ELEMENT * (place + 1)];
    }

    function _element(bytes memory raw) private pure returns (bytes memory) {
        return abi.encodePacked(uint16(ELEMENT), raw);
    }

    function _isScalar(bytes32 value) private pure returns (bool) {
        return value != 0 && uint256(value) < Secp256k1.ORDER;
    }
}
