// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintKeys} from "../../../contracts/interfaces/IFingerprintKeys.sol";
import {EvaluationProofs} from "../../../contracts/libraries/EvaluationProofs.sol";
import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {Keyholders} from "./Keyholders.sol";

/// @dev A keyholder's proofs about elements whose discrete logarithms are known, so that every point is a wallet's key.
abstract contract Prover is Keyholders {
    uint256 internal constant N = Secp256k1.ORDER;
    address internal constant SELLER = address(0x5E11E2);

    /// @param key The share that the answer claims to use.
    /// @param used The share that each element is in fact multiplied by.
    struct Batch {
        uint256 key;
        uint256[] used;
        uint256[] logs;
        uint256 nonce;
        uint32 epoch;
    }

    struct Report {
        IFingerprintKeys.Answer answer;
        bytes signature;
        IFingerprintKeys.Evidence evidence;
    }

    function batchOf(uint256 seed, uint256 count, uint32 epoch) internal pure returns (Batch memory b) {
        b = Batch(scalar(seed, "key"), new uint256[](count), new uint256[](count), scalar(seed, "nonce"), epoch);
        for (uint256 i = 0; i < count; i++) {
            b.used[i] = b.key;
            b.logs[i] = uint256(keccak256(abi.encode(seed, "log", i))) % (N - 1) + 1;
        }
    }

    function scalar(uint256 seed, string memory what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what))) % (N - 1) + 1;
    }

    function point(uint256 log) internal returns (IFingerprintKeys.Point memory) {
        return IFingerprintKeys.Point(vm.createWallet(log).publicKeyX, vm.createWallet(log).publicKeyY);
    }

    /// @dev Answer, signature by keyholder 0 and evidence; correct when `used` is `key` throughout.
    function reportOf(Batch memory b) internal returns (Report memory r) {
        IFingerprintKeys.Evidence memory e = r.evidence;
        e.key = Secp256k1.compress(point(b.key));
        for (uint256 i = 0; i < b.logs.length; i++) {
            e.blinded = abi.encodePacked(e.blinded, Secp256k1.compress(point(b.logs[i])));
            e.evaluated = abi.encodePacked(e.evaluated, Secp256k1.compress(point(mulmod(b.used[i], b.logs[i], N))));
        }
        (uint256 m, uint256 z) = fillWeighted(b, e);
        uint256 c = EvaluationProofs.hashToScalar(
            abi.encodePacked(
                abi.encodePacked(prefixed(e.key), prefixed(Secp256k1.compress(point(m)))),
                abi.encodePacked(
                    // an honest prover computes Z from the key it claims
                    prefixed(Secp256k1.compress(point(mulmod(b.key, m, N)))),
                    prefixed(Secp256k1.compress(point(b.nonce)))
                ),
                prefixed(Secp256k1.compress(point(mulmod(b.nonce, m, N)))),
                "Challenge"
            )
        );
        uint256 s = addmod(b.nonce, N - mulmod(c, b.key, N), N);
        r.answer = IFingerprintKeys.Answer(
            "request",
            b.epoch,
            SELLER,
            keccak256(e.key),
            keccak256(e.blinded),
            keccak256(e.evaluated),
            bytes32(c),
            bytes32(s)
        );
        fillProof(b, e, m, z, c, s);
        sign(r);
    }

    function fillProof(Batch memory b, IFingerprintKeys.Evidence memory e, uint256 m, uint256 z, uint256 c, uint256 s)
        internal
    {
        e.t2 = point(addmod(s, mulmod(c, b.key, N), N));
        e.scaledM = point(mulmod(s, m, N));
        e.scaledZ = point(mulmod(c, z, N));
    }

    /// @dev Discrete logarithm of the composite M.
    function logOfM(Batch memory b, Report memory r) internal pure returns (uint256 m) {
        for (uint256 i = 0; i < b.logs.length; i++) {
            m = addmod(m, mulmod(weight(r.evidence, i), b.logs[i], N), N);
        }
    }

    /// @dev d_0 C_0 for a batch of one whose answer was bent.
    function weightedQuestion(uint256 seed, Report memory r) internal returns (IFingerprintKeys.Point memory) {
        return point(mulmod(weight(r.evidence, 0), batchOf(seed, 1, 0).logs[0], N));
    }

    function weight(IFingerprintKeys.Evidence memory e, uint256 i) internal pure returns (uint256) {
        bytes memory context = abi.encodePacked("OPRFV1-", uint8(1), "-secp256k1-SHA256");
        bytes32 seed = sha256(abi.encodePacked(prefixed(e.key), uint16(30), "Seed-", context));
        bytes memory pair = abi.encodePacked(prefixed(slice(e.blinded, i)), prefixed(slice(e.evaluated, i)));
        return EvaluationProofs.hashToScalar(abi.encodePacked(hex"0020", seed, uint16(i), pair, "Composite"));
    }

    function sign(Report memory r) internal view {
        r.signature = signature(KEYHOLDER_KEY, fingerprintKeys.answerDigestOf(r.answer));
    }

    function fillWeighted(Batch memory b, IFingerprintKeys.Evidence memory e) private returns (uint256 m, uint256 z) {
        uint256 count = b.logs.length;
        e.weightedBlinded = new IFingerprintKeys.Point[](count);
        e.weightedEvaluated = new IFingerprintKeys.Point[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 d = weight(e, i);
            uint256 blinded = mulmod(d, b.logs[i], N);
            uint256 evaluated = mulmod(blinded, b.used[i], N);
            e.weightedBlinded[i] = point(blinded);
            e.weightedEvaluated[i] = point(evaluated);
            (m, z) = (addmod(m, blinded, N), addmod(z, evaluated, N));
        }
    }

    function slice(bytes memory elements, uint256 place) private pure returns (bytes memory one) {
        one = new bytes(33);
        for (uint256 i = 0; i < 33; i++) {
            one[i] = elements[33 * place + i];
        }
    }

    function prefixed(bytes memory raw) private pure returns (bytes memory) {
        return abi.encodePacked(hex"0021", raw);
    }
}
