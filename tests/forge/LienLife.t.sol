// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {ILienRegistry} from "../../contracts/interfaces/ILienRegistry.sol";
import {IParticipantRegistry} from "../../contracts/interfaces/IParticipantRegistry.sol";
import {BatchId, BatchNumber, LienId, ParticipantId} from "../../contracts/types/Ids.sol";
import {Roles} from "../../contracts/types/Roles.sol";
import {Pledging} from "./support/Pledging.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// @dev A lien after its reservation: financed, released, disputed, resolved, and shown what its invoice became.
contract LienLifeTest is Pledging {
    bytes32 private constant COMMITMENT = keccak256("commitment");
    bytes32 private constant NEIGHBOUR = keccak256("neighbour");

    event LienFinanced(bytes32 indexed family, uint256 lien);
    event LienReleased(bytes32 indexed family, uint256 lien);
    event LienHinted(bytes32 indexed family, bytes32 indexed parties, bytes32 indexed digits, LienId lien);
    event CollateralLinked(bytes32 indexed family, uint256 lien);
    event LienDisputed(bytes32 indexed family, ParticipantId indexed by, uint256 lien, bytes32 evidenceHash);
    event DisputeResolved(
        bytes32 indexed family, ILienRegistry.Verdict indexed verdict, uint256 lien, bytes32 evidenceHash
    );

    LienId private lien;
    uint256 private word; // as the reservation's event had it

    function setUp() public {
        setUpSpace();
        word =
            1 * 2 ** 252 + 6_000 * 2 ** 192 + block.number * 2 ** 152 + (block.timestamp + RESERVATION_TIME) * 2 ** 120;
        lien = reserved(0, INVOICE, 6_000);
        word += LienId.unwrap(lien);
    }

    // --- finance ---

    function test_finance__window_open__refused() public {
        uint256 last = block.number - 1 + COMMIT_WINDOW;
        for (uint256 at = block.number; at <= last; at++) {
            vm.roll(at);
            vm.expectRevert(abi.encodeWithSelector(ILienRegistry.CommitWindowOpen.selector, lien, last));
            finance(0, INVOICE, lien);
        }
        vm.roll(last + 1);
        vm.expectEmit();
        emit LienFinanced(INVOICE, word + 2 ** 252 - (block.timestamp + RESERVATION_TIME) * 2 ** 120);
        finance(0, INVOICE, lien);
        isExposed(INVOICE, 0, 6_000);
        check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.None, "again is a no-op");
    }

    function test_finance__time_over__refused_with_evidence() public {
        passWindow();
        vm.warp(block.timestamp + RESERVATION_TIME + 1);
        check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.Gone, "gone");
        check(finance(0, OTHER, lien) == ILienRegistry.Refusal.Gone, "never there");
    }

    function test_finance__financed__outlives_the_reservation() public {
        passWindow();
        finance(0, INVOICE, lien);
        vm.warp(block.timestamp + 365 days);
        isExposed(INVOICE, 0, 6_000);
    }

    function test_finance__others_lien__refused() public {
        passWindow();
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NotLienBank.selector, lien, bank(1)));
        finance(1, INVOICE, lien);
    }

    function test_finance__suspended_bank__refused() public {
        passWindow();
        vm.prank(regulator);
        participants.suspend(bankIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, bank(0), uint8(Roles.BANK)));
        finance(0, INVOICE, lien);
    }

    function test_finance__second_lien_of_a_family__by_its_id() public {
        LienId second = reserved(1, INVOICE, 4_000);
        passWindow();
        finance(1, INVOICE, second);
        isExposed(INVOICE, 6_000, 4_000);
        release(0, INVOICE, lien);
        isExposed(INVOICE, 0, 4_000);
        check(liens.exposure(INVOICE).live == 1, "one is left");
    }

    // --- release ---

    function test_release__reserved_or_financed__frees_the_share() public {
        vm.expectEmit();
        emit LienReleased(INVOICE, word + 2 * 2 ** 252);
        release(0, INVOICE, lien);
        isExposed(INVOICE, 0, 0);
        release(0, INVOICE, lien); // again: no-op
        isState(INVOICE, lien, ILienRegistry.State.Released);
        check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.Gone, "ended for ever");
        release(1, INVOICE, financed(1, INVOICE, 10_000));
        isExposed(INVOICE, 0, 0);
    }

    function test_release__others_lien__refused() public {
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NotLienBank.selector, lien, bank(1)));
        release(1, INVOICE, lien);
    }

    // --- hints ---

    function test_hint__own_live_lien__told() public {
        ILienRegistry.Hint[] memory hints = new ILienRegistry.Hint[](1);
        hints[0] = ILienRegistry.Hint(INVOICE, lien, "parties", "digits");
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NotLienBank.selector, lien, bank(1)));
        vm.prank(bank(1));
        liens.hint(hints);
        vm.expectEmit();
        emit LienHinted(INVOICE, "parties", "digits", lien);
        vm.prank(bank(0));
        liens.hint(hints);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.BatchSizeForbidden.selector, 2));
        vm.prank(bank(0));
        liens.hint(new ILienRegistry.Hint[](2));
    }

    // --- collateral ---

    function test_linkCollateral__invoice_of_the_batch__its_status_shows_at_once() public {
        (BatchId batch, ILienRegistry.Link[] memory links) = anchored();
        vm.expectEmit();
        emit CollateralLinked(INVOICE, word + 1 * 2 ** 64 + 7 * 2 ** 88);
        link(links);
        link(links); // again: no-op
        ILienRegistry.Lien memory info = liens.lienInfo(INVOICE, lien);
        check(info.batch == batch && info.index == 7 && info.invoiceStatus == 0, "linked");
        passWindow();
        for (uint8 status = 3; status >= 2; status--) {
            setStatus(batch, IInvoiceRegistry.Status(status)); // disputed, then paid
            check(liens.exposure(INVOICE).invoiceStatus >> status == 1 || status == 2, "shows");
            check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.CollateralLost, "not to be financed");
        }
        check(liens.lienInfo(INVOICE, lien).invoiceStatus == 4 + 8, "both on record");
    }

    function test_linkCollateral__confirmed_invoice__financed() public {
        (BatchId batch, ILienRegistry.Link[] memory links) = anchored();
        link(links);
        setStatus(batch, IInvoiceRegistry.Status.Confirmed);
        passWindow();
        check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.None, "confirmed is no obstacle");
    }

    function test_linkCollateral__voided_after_financing__lien_stays_and_says_so() public {
        (BatchId batch, ILienRegistry.Link[] memory links) = anchored();
        passWindow();
        finance(0, INVOICE, lien);
        pause(IGuarded(address(liens)));
        link(links); // works while paused
        setStatus(batch, IInvoiceRegistry.Status.Voided);
        ILienRegistry.Exposure memory found = liens.exposure(INVOICE);
        check(found.financed == 6_000 && found.invoiceStatus == 2, "financed, and void");
    }

    function testFuzz_linkCollateral__anything_else__unproven(uint8 what) public {
        (, ILienRegistry.Link[] memory links) = anchored();
        what = what % 6;
        if (what == 0) links[0].number = BatchNumber.wrap(2);
        if (what == 1) links[0].index = 6;
        if (what == 2) links[0].batch = BatchId.wrap(bytes32(uint256(1)));
        if (what == 3) links[0].commitment = "other";
        if (what == 4) links[0].buyer = outsider;
        if (what == 5) links[0].proof = new bytes32[](0);
        vm.expectRevert(
            abi.encodeWithSelector(ILienRegistry.CollateralUnproven.selector, links[0].number, links[0].index)
        );
        link(links);
    }

    function test_linkCollateral__another_invoice_later__refused() public {
        (, ILienRegistry.Link[] memory links) = anchored();
        link(links);
        links[0].index = 6;
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.CollateralAlreadyLinked.selector, lien));
        link(links);
    }

    function test_linkCollateral__ended_unknown_or_others__refused() public {
        (, ILienRegistry.Link[] memory links) = anchored();
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NotLienBank.selector, lien, bank(1)));
        vm.prank(bank(1));
        liens.linkCollateral(links);
        links[0].fingerprint = OTHER;
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.UnknownLien.selector, OTHER, lien));
        link(links);
        links[0].fingerprint = INVOICE;
        release(0, INVOICE, lien);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.LienNotLive.selector, INVOICE, lien));
        link(links);
    }

    function test_enrol__anchored_batches__numbered_once() public {
        BatchId batch = anchorBatch(5, "enrolled");
        vm.prank(bank(1));
        BatchNumber number = liens.enrol(batch);
        vm.prank(bank(0));
        check(BatchNumber.unwrap(liens.enrol(batch)) == BatchNumber.unwrap(number), "again");
        check(BatchNumber.unwrap(number) == 1 && BatchNumber.unwrap(liens.numberOf(batch)) == 1, "first");
        BatchId unknown = BatchId.wrap("unknown");
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.CollateralNotAnchored.selector, unknown));
        vm.prank(bank(0));
        liens.enrol(unknown);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, source, uint8(Roles.BANK)));
        vm.prank(source);
        liens.enrol(batch);
    }

    // --- disputes ---

    function test_dispute__by_another_bank__stops_financing_and_the_clock() public {
        vm.expectEmit();
        emit LienDisputed(INVOICE, bankIds[1], word + 2 ** 208, "evidence");
        vm.prank(bank(1));
        liens.dispute(INVOICE, lien, "evidence");
        passWindow();
        check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.Disputed, "disputed");
        vm.warp(block.timestamp + RESERVATION_TIME + 1);
        isExposed(INVOICE, 6_000, 0);
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(INVOICE, 10_000));
        check(refusal == ILienRegistry.Refusal.ShareTaken, "who disputes gains nothing by waiting");
        check(liens.exposure(INVOICE).disputed, "shows");
        vm.expectEmit();
        emit DisputeResolved(
            INVOICE, ILienRegistry.Verdict.Dismissed, word + (uint256(RESERVATION_TIME) + 1) * 2 ** 120, "evidence"
        );
        resolve(INVOICE, lien, ILienRegistry.Verdict.Dismissed);
        check(finance(0, INVOICE, lien) == ILienRegistry.Refusal.None, "full time again");
    }

    function test_dispute__upheld__lien_ends() public {
        passWindow();
        finance(0, INVOICE, lien);
        vm.prank(bank(1));
        liens.dispute(INVOICE, lien, "evidence");
        resolve(INVOICE, lien, ILienRegistry.Verdict.Upheld);
        isState(INVOICE, lien, ILienRegistry.State.Annulled);
        isExposed(INVOICE, 0, 0);
    }

    function test_dispute__by_sources__only_that_of_the_invoice() public {
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.DisputeForbidden.selector, lien, source));
        vm.prank(source);
        liens.dispute(INVOICE, lien, "evidence");
        (, ILienRegistry.Link[] memory links) = anchored();
        link(links);
        vm.prank(source);
        liens.dispute(INVOICE, lien, "evidence");
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.DisputeForbidden.selector, lien, otherSource));
        vm.prank(otherSource);
        liens.dispute(INVOICE, lien, "evidence");
        check(liens.lienInfo(INVOICE, lien).disputed, "disputed");
    }

    function test_dispute__outsider__refused() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.UnknownAccount.selector, outsider));
        vm.prank(outsider);
        liens.dispute(INVOICE, lien, "evidence");
    }

    function test_resolve__nothing_to_dismiss__refused() public {
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NotDisputed.selector, lien));
        resolve(INVOICE, lien, ILienRegistry.Verdict.Dismissed);
    }

    function test_resolve__not_the_regulator__refused() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, bank(1)));
        vm.prank(bank(1));
        liens.resolve(INVOICE, lien, ILienRegistry.Verdict.Upheld, "evidence");
    }

    function test_pause__what_frees_or_warns__works() public {
        LienId second = reserved(1, INVOICE, 4_000);
        pause(IGuarded(address(liens)));
        release(0, INVOICE, lien);
        vm.prank(bank(2));
        liens.dispute(INVOICE, second, "evidence");
        resolve(INVOICE, second, ILienRegistry.Verdict.Upheld);
        isExposed(INVOICE, 0, 0);
        bytes memory stopped = abi.encodeWithSelector(IGuarded.ContractPaused.selector);
        vm.expectRevert(stopped);
        vm.prank(bank(0));
        liens.commit("commitment");
        vm.expectRevert(stopped);
        finance(0, INVOICE, lien);
        vm.expectRevert(stopped);
        migrate(0, INVOICE, lien, NEXT);
        vm.expectRevert(stopped);
        vm.prank(bank(0));
        liens.enrol(BatchId.wrap("batch"));
    }

    // --- reads ---

    function test_exposures__many__each_as_alone() public {
        reserved(1, OTHER, 1);
        bytes32[] memory asked = new bytes32[](3);
        (asked[0], asked[1], asked[2]) = (INVOICE, NEXT, OTHER);
        ILienRegistry.Exposure[] memory found = liens.exposures(asked);
        check(found[0].reserved == 6_000 && found[1].reserved == 0 && found[2].reserved == 1, "each");
        check(found[1].family == 0 && found[2].family == OTHER, "families");
        check(liens.liensOf(NEXT).length == 0, "none");
        check(keccak256(bytes(liens.version())) == keccak256(bytes(certificates.version())), "one release");
    }

    function anchored() private returns (BatchId batch, ILienRegistry.Link[] memory links) {
        batch = invoices.batchIdOf(sourceId, subject, 300, "tree");
        bytes32 leaf = invoices.leafOf(batch, 7, COMMITMENT, address(0));
        bytes32 root =
            leaf < NEIGHBOUR ? keccak256(abi.encode(leaf, NEIGHBOUR)) : keccak256(abi.encode(NEIGHBOUR, leaf));
        vm.prank(source);
        invoices.anchor(IInvoiceRegistry.Batch(subject, 300, "tree", root));
        vm.prank(bank(0));
        BatchNumber number = liens.enrol(batch);
        links = new ILienRegistry.Link[](1);
        links[0] = ILienRegistry.Link(INVOICE, lien, number, 7, batch, COMMITMENT, address(0), new bytes32[](1));
        links[0].proof[0] = NEIGHBOUR;
    }

    function link(ILienRegistry.Link[] memory links) private {
        vm.prank(bank(0));
        liens.linkCollateral(links);
    }

    function setStatus(BatchId batch, IInvoiceRegistry.Status status) private {
        vm.prank(source);
        invoices.setStatus(batch, 7, status);
    }
}
