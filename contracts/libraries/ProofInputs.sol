// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFeatureRegistry} from "../interfaces/IFeatureRegistry.sol";
import {IRangeStatements} from "../interfaces/IRangeStatements.sol";
import {IVerifierRegistry} from "../interfaces/IVerifierRegistry.sol";
import {SCALAR_FIELD} from "../types/ScalarField.sol";

/// @notice Public inputs of the circuits, in the order of their parameters. Those about a firm begin with what its sources
/// committed to: `subject | as-of day | sources, 16 bits each, the first lowest | commitments, 8 places`.
library ProofInputs {
    uint256 internal constant MOST_SOURCES = 8;
    uint256 private constant COMMITTED = 3 + MOST_SOURCES;
    uint256 internal constant SCORE = COMMITTED + 3; // model, grade, context
    uint256 internal constant INVOICE = 6; // root, low, high, scope, nullifier, context
    uint256 internal constant TURNOVER = COMMITTED + 5; // latest month, earliest month, low, high, context

    /// @notice How many public inputs a circuit has.
    function countOf(IVerifierRegistry.Circuit circuit) internal pure returns (uint256) {
        if (circuit == IVerifierRegistry.Circuit.InvoiceRange) return INVOICE;
        return circuit == IVerifierRegistry.Circuit.TurnoverRange ? TURNOVER : SCORE;
    }

    /// @notice Position of the first input that is no field element: another number would stand for the same element. The
    /// number of inputs when there is none.
    function firstOutside(bytes32[] calldata inputs) internal pure returns (uint256 position) {
        while (position < inputs.length && uint256(inputs[position]) < SCALAR_FIELD) {
            position++;
        }
    }

    /// @notice Who may use a proof, and for what: the low bits of a hash are dropped, so that it is a field element.
    /// @param digest EIP-712 digest of what is claimed: it binds chain and contract.
    function contextOf(bytes32 digest, address sender) internal pure returns (bytes32) {
        return bytes32(uint256(keccak256(abi.encode(digest, sender))) >> 8);
    }

    function score(
        IFeatureRegistry features,
        address subject,
        uint16 asOfDay,
        bytes32 model,
        uint256 grade,
        bytes32 context
    ) internal view returns (bytes32[] memory inputs) {
        inputs = _committed(features, subject, asOfDay, SCORE);
        inputs[COMMITTED] = model;
        inputs[COMMITTED + 1] = bytes32(grade);
        inputs[COMMITTED + 2] = context;
    }

    function invoice(IRangeStatements.InvoiceRange calldata range, bytes32 context)
        internal
        pure
        returns (bytes32[] memory inputs)
    {
        inputs = new bytes32[](INVOICE);
        inputs[0] = range.root;
        inputs[1] = bytes32(uint256(range.low));
        inputs[2] = bytes32(uint256(range.high));
        inputs[3] = range.scope;
        inputs[4] = range.nullifier;
        inputs[5] = context;
    }

    function turnover(IFeatureRegistry features, IRangeStatements.TurnoverRange calldata range, bytes32 context)
        internal
        view
        returns (bytes32[] memory inputs)
    {
        inputs = _committed(features, range.subject, range.asOfDay, TURNOVER);
        inputs[COMMITTED] = bytes32(uint256(range.latestMonth));
        inputs[COMMITTED + 1] = bytes32(uint256(range.earliestMonth));
        inputs[COMMITTED + 2] = bytes32(uint256(range.low));
        inputs[COMMITTED + 3] = bytes32(uint256(range.high));
        inputs[COMMITTED + 4] = context;
    }

    /// @dev The first inputs, from storage; the places after them are the caller's.
    function _committed(IFeatureRegistry features, address subject, uint16 asOfDay, uint256 count)
        private
        view
        returns (bytes32[] memory inputs)
    {
        (uint256 sources, bytes32[] memory commitments) = features.requireCommitted(subject, asOfDay, MOST_SOURCES);
        inputs = new bytes32[](count);
        inputs[0] = bytes32(uint256(uint160(subject)));
        inputs[1] = bytes32(uint256(asOfDay));
        inputs[2] = bytes32(sources);
        for (uint256 i = 0; i < commitments.length; i++) {
            inputs[3 + i] = commitments[i];
        }
    }
}
