// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFeatureRegistry} from "../../contracts/interfaces/IFeatureRegistry.sol";
import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {IRangeStatements} from "../../contracts/interfaces/IRangeStatements.sol";
import {IVerifierRegistry} from "../../contracts/interfaces/IVerifierRegistry.sol";
import {RangeStatements} from "../../contracts/proofs/RangeStatements.sol";
import {BatchId, StatementId, VerifierNumber} from "../../contracts/types/Ids.sol";
import {Showing} from "./support/Showing.sol";
import {KeyedVerifier} from "./support/Verifiers.sol";

/// @dev Ranges of invoices and turnovers: shown once, by whom they were proven for, of what stands on the chain.
contract RangesTest is Showing {
    function setUp() public {
        setUpRanges();
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
}
