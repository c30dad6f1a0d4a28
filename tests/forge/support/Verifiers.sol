// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";

/// @dev Stands for a circuit's verifier: a proof holds for exactly the inputs it was made for, under one set-up.
contract KeyedVerifier is IProofVerifier {
    bytes32 private immutable KEY;

    error ProofOfOtherInputs();

    constructor(bytes32 key) {
        KEY = key;
    }

    function prove(bytes32[] memory inputs) public view returns (bytes memory) {
        return abi.encode(keccak256(abi.encode(KEY, inputs)));
    }

    function verify(bytes calldata proof, bytes32[] calldata inputs) external view virtual returns (bool) {
        if (keccak256(proof) != keccak256(prove(inputs))) revert ProofOfOtherInputs();
        return true;
    }
}

/// @dev Like it, but takes inputs that differ by the field's modulus for the same, as arithmetic in the field would.
contract ReducingVerifier is KeyedVerifier {
    uint256 private constant MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    constructor() KeyedVerifier("reducing") {}

    function verify(bytes calldata proof, bytes32[] calldata inputs) external view override returns (bool) {
        bytes32[] memory reduced = new bytes32[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) {
            reduced[i] = bytes32(uint256(inputs[i]) % MODULUS);
        }
        return keccak256(proof) == keccak256(prove(reduced));
    }
}

/// @dev Answers with whatever bytes it was given, to anything but an empty proof.
contract SayingVerifier {
    bytes private answer;

    constructor(bytes memory what) {
        answer = what;
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        (bytes memory proof,) = abi.decode(data[4:], (bytes, bytes32[]));
        return proof.length == 0 ? bytes("") : answer;
    }
}

/// @dev Answers yes to everything.
contract OpenVerifier is IProofVerifier {
    function verify(bytes calldata, bytes32[] calldata) external pure returns (bool) {
        return true;
    }
}

/// @dev Uses all the gas it gets, unless the proof is empty.
contract HungryVerifier is IProofVerifier {
    function verify(bytes calldata proof, bytes32[] calldata) external pure returns (bool) {
        while (proof.length != 0) {}
        return false;
    }
}

/// @dev Answers yes after so much gas.
contract CostlyVerifier is IProofVerifier {
    function verify(bytes calldata proof, bytes32[] calldata) external view returns (bool) {
        uint256 start = gasleft();
        while (proof.length != 0 && start - gasleft() < 500_000) {}
        return proof.length != 0;
    }
}
