// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {IRangeStatements} from "../../contracts/interfaces/IRangeStatements.sol";
import {StatementId} from "../../contracts/types/Ids.sol";
import {Showing} from "./support/Showing.sol";

/// @dev Ranges in a question: nothing is recorded, and nothing is believed that a statement on chain would not be.
contract RangeQuestionsTest is Showing {
    function setUp() public {
        setUpRanges();
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
        unpause(ranges);
        check(ranges.isInvoiceProven(r, bank(0), proof), "proven");
        vm.prank(source);
        invoices.setStatus(batch, 4, IInvoiceRegistry.Status.Voided);
        check(!ranges.isInvoiceProven(r, bank(0), proof), "possibly voided");
    }

    /// @dev Whoever opened the total can prove in the subject's name; in a question nobody sends.
    function test_isTurnoverProven__in_the_subjects_name_without_its_signature__no() public view {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        check(!ranges.isTurnoverProven(r, "", subject, proofOf(r, subject)), "nobody knows who asks");
    }

    function test_isTurnoverProven__what_would_not_hold_on_chain__no() public {
        IRangeStatements.TurnoverRange memory r = turnoverRange();
        bytes memory consent = signature(SUBJECT_KEY, digestOf(r));
        bytes memory proof = proofOf(r, bank(0));
        pause(ranges);
        check(!ranges.isTurnoverProven(r, consent, bank(0), proof), "paused");
        unpause(ranges);
        check(ranges.isTurnoverProven(r, consent, bank(0), proof), "proven");
        vm.prank(source);
        invoices.setStatus(batch, 4, IInvoiceRegistry.Status.Voided);
        check(!ranges.isTurnoverProven(r, consent, bank(0), proof), "collateral voided");
    }
}
