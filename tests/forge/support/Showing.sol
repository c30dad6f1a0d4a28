// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IRangeStatements} from "../../../contracts/interfaces/IRangeStatements.sol";
import {IVerifierRegistry} from "../../../contracts/interfaces/IVerifierRegistry.sol";
import {RangeStatements} from "../../../contracts/proofs/RangeStatements.sol";
import {BatchId, ParticipantId, StatementId, VerifierNumber} from "../../../contracts/types/Ids.sol";
import {Proving} from "./Proving.sol";
import {KeyedVerifier} from "./Verifiers.sol";

/// @dev A space in which ranges can be shown, with the proofs that stand-in verifiers take.
abstract contract Showing is Proving {
    bytes32 internal constant ROOT = bytes32(uint256(77));

    KeyedVerifier internal ofInvoices;
    KeyedVerifier internal ofTurnovers;
    VerifierNumber internal invoiceVerifier;
    VerifierNumber internal turnoverVerifier;
    BatchId internal batch;

    function setUpRanges() internal {
        setUpSpace();
        batch = anchorBatch(100, ROOT);
        commitFeatures(batch);
        ofInvoices = new KeyedVerifier("invoices");
        ofTurnovers = new KeyedVerifier("turnovers");
        invoiceVerifier = register(address(ofInvoices), IVerifierRegistry.Circuit.InvoiceRange);
        turnoverVerifier = register(address(ofTurnovers), IVerifierRegistry.Circuit.TurnoverRange);
        setVerifier(invoiceVerifier);
        setVerifier(turnoverVerifier);
    }

    function invoiceRange() internal view returns (IRangeStatements.InvoiceRange memory) {
        return IRangeStatements.InvoiceRange({
            source: sourceId,
            subject: subject,
            count: 100,
            root: ROOT,
            low: 1_000_000,
            high: 2_000_000,
            scope: bytes32(uint256(5)),
            nullifier: bytes32(uint256(6)),
            receiver: bankIds[0],
            notAfter: uint32(block.timestamp + 30 days)
        });
    }

    function turnoverRange() internal view returns (IRangeStatements.TurnoverRange memory) {
        return IRangeStatements.TurnoverRange({
            subject: subject,
            asOfDay: DAY,
            latestMonth: 0,
            earliestMonth: 11,
            low: 1e9,
            high: 2e9,
            receiver: bankIds[0],
            notAfter: uint32(block.timestamp + 30 days)
        });
    }

    function inputsOf(IRangeStatements.InvoiceRange memory r, address sender)
        internal
        view
        returns (bytes32[] memory inputs)
    {
        inputs = new bytes32[](6);
        (inputs[0], inputs[1], inputs[2]) = (r.root, bytes32(uint256(r.low)), bytes32(uint256(r.high)));
        (inputs[3], inputs[4], inputs[5]) = (r.scope, r.nullifier, contextOf(digestOf(r), sender));
    }

    function inputsOf(IRangeStatements.TurnoverRange memory r, address sender)
        internal
        view
        returns (bytes32[] memory inputs)
    {
        inputs = new bytes32[](16);
        inputs[0] = bytes32(uint256(uint160(r.subject)));
        inputs[1] = bytes32(uint256(r.asOfDay));
        inputs[2] = bytes32(uint256(ParticipantId.unwrap(sourceId)));
        inputs[3] = bytes32(uint256(7));
        (inputs[11], inputs[12]) = (bytes32(uint256(r.latestMonth)), bytes32(uint256(r.earliestMonth)));
        (inputs[13], inputs[14]) = (bytes32(uint256(r.low)), bytes32(uint256(r.high)));
        inputs[15] = contextOf(digestOf(r), sender);
    }

    function proofOf(IRangeStatements.InvoiceRange memory r, address sender) internal view returns (bytes memory) {
        return ofInvoices.prove(inputsOf(r, sender));
    }

    function proofOf(IRangeStatements.TurnoverRange memory r, address sender) internal view returns (bytes memory) {
        return ofTurnovers.prove(inputsOf(r, sender));
    }

    function show(IRangeStatements.InvoiceRange memory r, bytes memory proof, address by)
        internal
        returns (StatementId)
    {
        vm.prank(by);
        return ranges.showInvoice(r, proof);
    }

    function show(IRangeStatements.TurnoverRange memory r, bytes memory consent, bytes memory proof, address by)
        internal
        returns (StatementId)
    {
        vm.prank(by);
        return ranges.showTurnover(r, consent, proof);
    }

    function refusedInvoice(IRangeStatements.InvoiceRange memory r, bytes memory proof, address by) internal {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, invoiceVerifier));
        show(r, proof, by);
    }

    function setVerifier(VerifierNumber number) internal {
        vm.prank(regulator);
        ranges.setVerifier(number);
    }

    function reasonOf(StatementId id) internal view returns (IRangeStatements.Reason) {
        return ranges.verify(id);
    }

    function ok() internal pure returns (IRangeStatements.Reason) {
        return IRangeStatements.Reason.Ok;
    }

    function contextOf(bytes32 digest, address sender) internal pure returns (bytes32) {
        return bytes32(uint256(keccak256(abi.encode(digest, sender))) / 256);
    }

    function digestOf(IRangeStatements.InvoiceRange memory r) internal view returns (bytes32) {
        bytes32 kind = keccak256(
            "InvoiceRange(uint16 source,address subject,uint32 count,bytes32 root,uint64 low,uint64 high,bytes32 scope,bytes32 nullifier,uint16 receiver,uint32 notAfter)"
        );
        return eip712Digest("TrustSpace RangeStatements", address(ranges), keccak256(abi.encode(kind, r)));
    }

    function digestOf(IRangeStatements.TurnoverRange memory r) internal view returns (bytes32) {
        bytes32 kind = keccak256(
            "TurnoverRange(address subject,uint16 asOfDay,uint8 latestMonth,uint8 earliestMonth,uint64 low,uint64 high,uint16 receiver,uint32 notAfter)"
        );
        return eip712Digest("TrustSpace RangeStatements", address(ranges), keccak256(abi.encode(kind, r)));
    }
}
