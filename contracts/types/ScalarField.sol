// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @dev Order of the scalar field of BN254: commitments and public inputs of circuits are elements of it.
uint256 constant SCALAR_FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
