// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFeatureRegistry} from "../../contracts/interfaces/IFeatureRegistry.sol";
import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {IRangeStatements} from "../../contracts/interfaces/IRangeStatements.sol";
import {IVerifierRegistry} from "../../contracts/interfaces/IVerifierRegistry.sol";
import {RangeStatements} from "../../contracts/proofs/RangeStatements.sol";
import {BatchId, ParticipantId, StatementId, VerifierNumber} from "../../contracts/types/Ids.sol";
import {Proving} from "./support/Proving.sol";
import {KeyedVerifier} from "./support/Verifiers.sol";

/// @dev Ranges of invoices and turnovers: shown once, by whom they were proven for, of what stands on the chain.
contract RangesTest is Proving {
    bytes32 private constant ROOT = bytes32(uint256(77));

    KeyedVerifier private ofInvoices;
    KeyedVerifier private ofTurnovers;
    VerifierNumber private invoiceVerifier;
    VerifierNumber private turnoverVerifier;
    BatchId private batch;

    function setUp() public {
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

    // --- invoices ---

    function test_showInvoice__recorded_and_holds() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        bytes memory proof = proofOf(r, outsider);
        StatementId expected = ranges.invoiceStatementOf(r);
        vm.expectEmit(true, true, true, true, address(ranges));
        emit IRangeStatements.InvoiceShown(expected, batch, bankIds[0], outsider, r, invoiceVerifier);
        StatementId id = show(r, proof, outsider);
        check(StatementId.unwrap(id) == StatementId.unwrap(expected) && reasonOf(id) == ok(), "holds");
        check(StatementId.unwrap(id) == digestOf(r), "the id is the digest");
        IRangeStatements.Shown memory s = ranges.statementInfo(id);
        check(s.verifier == invoiceVerifier && s.shownBlock == block.number && s.notAfter == r.notAfter, "record");
        check(s.about == BatchId.unwrap(batch) && s.circuit == IVerifierRegistry.Circuit.InvoiceRange, "about");
        check(StatementId.unwrap(ranges.shownAs(r.scope, r.nullifier)) == StatementId.unwrap(id), "nullifier");
    }

    function test_showInvoice__same_nullifier_again__refused_whatever_is_said() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        show(r, proofOf(r, outsider), outsider);
        r.low = 0;
        r.receiver = bankIds[1];
        bytes memory proof = proofOf(r, bank(0));
        bytes4 selector = IRangeStatements.InvoiceAlreadyShown.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, r.scope, r.nullifier));
        show(r, proof, bank(0));
        r.scope = "another occasion";
        r.scope &= bytes32(type(uint256).max >> 8);
        show(r, proofOf(r, bank(0)), bank(0));
    }

    function testFuzz_showInvoice__other_inputs__refused(uint8 position, bytes32 other) public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        bytes32[] memory inputs = inputsOf(r, outsider);
        vm.assume(inputs[position % 6] != other);
        inputs[position % 6] = other;
        refusedInvoice(r, ofInvoices.prove(inputs), outsider);
    }

    function test_showInvoice__replayed_by_another_sender_contract_chain_or_time__refused() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        bytes memory proof = proofOf(r, outsider);
        refusedInvoice(r, proof, bank(0));
        check(!ranges.isInvoiceProven(r, bank(0), proof), "nor in a question");
        r.notAfter++;
        refusedInvoice(r, proof, outsider);
        r.notAfter--;
        RangeStatements first = ranges;
        ranges = new RangeStatements(address(manager), invoices, features, verifiers);
        bytes4[] memory selectors = only(ranges.setVerifier.selector);
        vm.prank(regulator);
        manager.setTargetFunctionRole(address(ranges), selectors, 1);
        setVerifier(invoiceVerifier);
        refusedInvoice(r, proof, outsider);
        ranges = first;
        show(r, proof, outsider);
    }

    function test_showInvoice__on_another_chain__batch_and_proof_are_others() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        bytes memory proof = proofOf(r, outsider);
        vm.chainId(7);
        BatchId elsewhere = invoices.batchIdOf(r.source, r.subject, r.count, r.root);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.BatchNotAnchored.selector, elsewhere));
        show(r, proof, outsider);
    }

    function testFuzz_showInvoice__batch_not_as_anchored__refused(uint8 part) public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        part = part % 4;
        if (part == 0) r.source = otherSourceId;
        if (part == 1) r.subject = outsider;
        if (part == 2) r.count++;
        if (part == 3) r.root = bytes32(uint256(78)); // of a tree that the prover made up
        BatchId unknown = invoices.batchIdOf(r.source, r.subject, r.count, r.root);
        bytes memory proof = proofOf(r, outsider);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.BatchNotAnchored.selector, unknown));
        show(r, proof, outsider);
        check(!ranges.isInvoiceProven(r, outsider, proof), "nor in a question");
    }

    /// @dev Nullifier or scope plus the modulus would be the same elements, and a second nullifier.
    function testFuzz_showInvoice__inputs_beyond_the_field__refused(uint256 value, bool isScope) public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        value = MODULUS + value % (type(uint256).max - MODULUS);
        if (isScope) r.scope = bytes32(value);
        else r.nullifier = bytes32(value);
        bytes memory proof = proofOf(r, outsider);
        bytes4 selector = IVerifierRegistry.InputNotInField.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, isScope ? 3 : 4, bytes32(value)));
        show(r, proof, outsider);
        check(!ranges.isInvoiceProven(r, outsider, proof), "nor in a question");
    }

    function test_showInvoice__root_beyond_the_field__refused() public {
        bytes32 root = bytes32(MODULUS + 77);
        anchorBatch(100, root);
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        r.root = root;
        bytes memory proof = proofOf(r, outsider);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.InputNotInField.selector, 0, root));
        show(r, proof, outsider);
    }

    function testFuzz_showInvoice__any_bytes__refused(bytes memory proof) public {
        refusedInvoice(invoiceRange(), proof, outsider);
    }

    function test_showInvoice__empty_or_over__refused() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        r.low = r.high + 1;
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.InvalidRange.selector, "high"));
        show(r, "", outsider);
        r = invoiceRange();
        bytes memory proof = proofOf(r, outsider);
        vm.warp(r.notAfter + 1);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.InvalidRange.selector, "notAfter"));
        show(r, proof, outsider);
        check(!ranges.isInvoiceProven(r, outsider, proof), "nor in a question");
    }

    function test_isInvoiceProven__leaves_no_trace() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        bytes memory proof = proofOf(r, bank(0));
        check(ranges.isInvoiceProven(r, bank(0), proof), "proven");
        check(StatementId.unwrap(ranges.shownAs(r.scope, r.nullifier)) == 0, "nothing recorded");
        show(r, proof, bank(0));
    }

    function test_isInvoiceProven__what_would_not_hold_on_chain__no() public {
        IRangeStatements.InvoiceRange memory r = invoiceRange();
        bytes memory proof = proofOf(r, bank(0));
        pause(ranges);
        check(!ranges.isInvoiceProven(r, bank(0), proof), "paused");
        vm.prank(regulator);
        ranges.unpause();
        check(ranges.isInvoiceProven(r, bank(0), proof), "proven");
        vm.prank(source);
        invoices.setStatus(batch, 4, IInvoiceRegistry.Status.Voided);
        check(!ranges.isInvoiceProven(r, bank(0), proof), "possibly voided");
    }

    // --- turnover ---

    function test_showTurnover__by_the_subject__recorded_and_holds() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        bytes memory proof = proofOf(r, subject);
        StatementId expected = ranges.turnoverStatementOf(r);
        vm.expectEmit(true, true, true, true, address(ranges));
        emit IRangeStatements.TurnoverShown(expected, subject, bankIds[0], subject, r, turnoverVerifier);
        StatementId id = show(r, "", proof, subject);
        check(reasonOf(id) == ok() && StatementId.unwrap(id) == digestOf(r), "holds");
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.TurnoverAlreadyShown.selector, id));
        show(r, "", proof, subject);
        check(ranges.isTurnoverProven(r, signature(SUBJECT_KEY, digestOf(r)), subject, proof), "and in a question");
    }

    function test_showTurnover__subject_signed__anybody_sends() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        bytes memory consent = signature(SUBJECT_KEY, digestOf(r));
        check(ranges.isTurnoverProven(r, consent, bank(0), proofOf(r, bank(0))), "in a question");
        check(reasonOf(show(r, consent, proofOf(r, bank(0)), bank(0))) == ok(), "on chain");
    }

    function test_showTurnover__without_consent__refused() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        bytes memory proof = proofOf(r, bank(0)); // the bank opened the total and could prove it
        bytes[4] memory bad;
        bad[1] = signature(BANK_KEY, digestOf(r));
        r.high++;
        bad[2] = signature(SUBJECT_KEY, digestOf(r)); // of another range
        r.high--;
        bad[3] = new bytes(65);
        for (uint256 i = 0; i < 4; i++) {
            vm.expectRevert(abi.encodeWithSelector(IRangeStatements.SubjectConsentMissing.selector, subject));
            show(r, bad[i], proof, bank(0));
            check(!ranges.isTurnoverProven(r, bad[i], bank(0), proof), "nor in a question");
        }
    }

    /// @dev Whoever opened the total can prove in the subject's name; in a question nobody sends.
    function test_isTurnoverProven__in_the_subjects_name_without_its_signature__no() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        check(!ranges.isTurnoverProven(r, "", subject, proofOf(r, subject)), "nobody knows who asks");
    }

    function test_isTurnoverProven__what_would_not_hold_on_chain__no() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        bytes memory consent = signature(SUBJECT_KEY, digestOf(r));
        bytes memory proof = proofOf(r, bank(0));
        pause(ranges);
        check(!ranges.isTurnoverProven(r, consent, bank(0), proof), "paused");
        vm.prank(regulator);
        ranges.unpause();
        check(ranges.isTurnoverProven(r, consent, bank(0), proof), "proven");
        vm.prank(source);
        invoices.setStatus(batch, 4, IInvoiceRegistry.Status.Voided);
        check(!ranges.isTurnoverProven(r, consent, bank(0), proof), "collateral voided");
    }

    function testFuzz_showTurnover__other_inputs__refused(uint8 position, bytes32 other) public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        bytes32[] memory inputs = inputsOf(r, subject);
        vm.assume(inputs[position % 16] != other);
        inputs[position % 16] = other;
        bytes memory proof = ofTurnovers.prove(inputs);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, turnoverVerifier));
        show(r, "", proof, subject);
    }

    function test_showTurnover__unfit__refused() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        (r.latestMonth, r.earliestMonth) = (3, 2);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.InvalidRange.selector, "months"));
        show(r, "", "", subject);
        (r.latestMonth, r.earliestMonth) = (0, 24);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.InvalidRange.selector, "months"));
        show(r, "", "", subject);
        bytes memory consent = signature(SUBJECT_KEY, digestOf(r));
        check(!ranges.isTurnoverProven(r, consent, subject, proofOf(r, subject)), "nor in a question");
        r = turnoverRange();
        r.asOfDay++;
        vm.expectRevert(abi.encodeWithSelector(IFeatureRegistry.NothingCommitted.selector, subject, r.asOfDay));
        show(r, "", "", subject);
    }

    // --- what becomes of them ---

    function test_verify__what_takes_trust_away__changes_the_answer() public {
        IRangeStatements.InvoiceRange memory i = invoiceRange();
        IRangeStatements.TurnoverRange memory t = turnoverRange();
        StatementId ofInvoice = show(i, proofOf(i, outsider), outsider);
        StatementId ofTurnover = show(t, "", proofOf(t, subject), subject);
        vm.prank(source);
        invoices.setStatus(batch, 4, IInvoiceRegistry.Status.Voided);
        check(reasonOf(ofInvoice) == IRangeStatements.Reason.PossiblyVoided, "nobody can tell which");
        check(reasonOf(ofTurnover) == IRangeStatements.Reason.CollateralVoided, "evidence");
        withdraw(turnoverVerifier);
        check(reasonOf(ofTurnover) == IRangeStatements.Reason.ProofWithdrawn, "withdrawn");
        check(reasonOf(ofInvoice) == IRangeStatements.Reason.PossiblyVoided, "another verifier");
        withdraw(invoiceVerifier);
        check(reasonOf(ofInvoice) == IRangeStatements.Reason.ProofWithdrawn, "withdrawn");
        vm.warp(i.notAfter + 1);
        check(reasonOf(ofInvoice) == IRangeStatements.Reason.Expired, "over");
        pause(ranges);
        check(reasonOf(ofInvoice) == IRangeStatements.Reason.Paused, "paused");
        check(reasonOf(StatementId.wrap("none")) == IRangeStatements.Reason.Unknown, "unknown");
    }

    function test_pause__nothing_is_shown() public {
        pause(ranges);
        IRangeStatements.InvoiceRange memory i = invoiceRange();
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        show(i, "", outsider);
        IRangeStatements.TurnoverRange memory t = turnoverRange();
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        show(t, "", "", subject);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        setVerifier(invoiceVerifier);
    }

    function test_setVerifier__of_ranges_only_and_before_anything_is_shown() public {
        VerifierNumber score = register(address(new KeyedVerifier("")), IVerifierRegistry.Circuit.ScoreTrees);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.NotRangeVerifier.selector, score));
        setVerifier(score);
        withdraw(invoiceVerifier);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierIsWithdrawn.selector, invoiceVerifier));
        setVerifier(invoiceVerifier);
        IVerifierRegistry.Circuit circuit = IVerifierRegistry.Circuit.InvoiceRange;
        check(ranges.verifierOf(circuit) == invoiceVerifier, "as set");
        ranges = new RangeStatements(address(manager), invoices, features, verifiers);
        vm.expectRevert(abi.encodeWithSelector(IRangeStatements.RangesNotProvable.selector, circuit));
        show(invoiceRange(), "", outsider);
        check(!ranges.isInvoiceProven(invoiceRange(), outsider, ""), "nor in a question");
    }

    // --- means ---

    function invoiceRange() private view returns (IRangeStatements.InvoiceRange memory) {
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

    function turnoverRange() private view returns (IRangeStatements.TurnoverRange memory) {
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
        private
        view
        returns (bytes32[] memory inputs)
    {
        inputs = new bytes32[](6);
        (inputs[0], inputs[1], inputs[2]) = (r.root, bytes32(uint256(r.low)), bytes32(uint256(r.high)));
        (inputs[3], inputs[4], inputs[5]) = (r.scope, r.nullifier, contextOf(digestOf(r), sender));
    }

    function inputsOf(IRangeStatements.TurnoverRange memory r, address sender)
        private
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

    function proofOf(IRangeStatements.InvoiceRange memory r, address sender) private view returns (bytes memory) {
        return ofInvoices.prove(inputsOf(r, sender));
    }

    function proofOf(IRangeStatements.TurnoverRange memory r, address sender) private view returns (bytes memory) {
        return ofTurnovers.prove(inputsOf(r, sender));
    }

    function show(IRangeStatements.InvoiceRange memory r, bytes memory proof, address by)
        private
        returns (StatementId)
    {
        vm.prank(by);
        return ranges.showInvoice(r, proof);
    }

    function show(IRangeStatements.TurnoverRange memory r, bytes memory consent, bytes memory proof, address by)
        private
        returns (StatementId)
    {
        vm.prank(by);
        return ranges.showTurnover(r, consent, proof);
    }

    function refusedInvoice(IRangeStatements.InvoiceRange memory r, bytes memory proof, address by) private {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, invoiceVerifier));
        show(r, proof, by);
    }

    function setVerifier(VerifierNumber number) private {
        vm.prank(regulator);
        ranges.setVerifier(number);
    }

    function reasonOf(StatementId id) private view returns (IRangeStatements.Reason) {
        return ranges.verify(id);
    }

    function ok() private pure returns (IRangeStatements.Reason) {
        return IRangeStatements.Reason.Ok;
    }

    function contextOf(bytes32 digest, address sender) private pure returns (bytes32) {
        return bytes32(uint256(keccak256(abi.encode(digest, sender))) / 256);
    }

    function digestOf(IRangeStatements.InvoiceRange memory r) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "InvoiceRange(uint16 source,address subject,uint32 count,bytes32 root,uint64 low,uint64 high,bytes32 scope,bytes32 nullifier,uint16 receiver,uint32 notAfter)"
        );
        return eip712Digest("TrustSpace RangeStatements", address(ranges), keccak256(abi.encode(kind, r)));
    }

    function digestOf(IRangeStatements.TurnoverRange memory r) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "TurnoverRange(address subject,uint16 asOfDay,uint8 latestMonth,uint8 earliestMonth,uint64 low,uint64 high,uint16 receiver,uint32 notAfter)"
        );
        return eip712Digest("TrustSpace RangeStatements", address(ranges), keccak256(abi.encode(kind, r)));
    }
}
