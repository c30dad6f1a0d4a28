// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {LienRegistry} from "../../contracts/financing/LienRegistry.sol";
import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {ILienRegistry} from "../../contracts/interfaces/ILienRegistry.sol";
import {IParticipantRegistry} from "../../contracts/interfaces/IParticipantRegistry.sol";
import {LienId} from "../../contracts/types/Ids.sol";
import {Roles} from "../../contracts/types/Roles.sol";
import {Pledging} from "./support/Pledging.sol";

/// @dev From the commitment to the reservation: who comes first, what is refused, and what others can make of it.
contract LienReserveTest is Pledging {
    event LienReserved(bytes32 indexed family, uint256 lien);
    event LienDisplaced(bytes32 indexed family, uint256 lien);
    event LienExpired(bytes32 indexed family, uint256 lien);
    event LienRefused(
        bytes32 indexed fingerprint,
        bytes32 indexed other,
        LienId indexed lien,
        uint16 share,
        ILienRegistry.Refusal refusal
    );

    function setUp() public {
        setUpSpace();
    }

    // --- constructor ---

    function test_constructor__no_window_or_time__refused() public {
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.InvalidLienPolicy.selector, 0, 1));
        new LienRegistry(address(manager), participants, invoices, epochs, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.InvalidLienPolicy.selector, 1, 0));
        new LienRegistry(address(manager), participants, invoices, epochs, 1, 0);
    }

    // --- commit ---

    function test_commit__not_a_bank__refused() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, source, uint8(Roles.BANK)));
        vm.prank(source);
        liens.commit(SALT);
    }

    function test_commit__pending__left_as_it_is() public {
        bytes32 hash = commit(0, SALT, pledgeOf(INVOICE, 1));
        uint256 first = block.number;
        vm.roll(first + COMMIT_WINDOW);
        commit(0, SALT, pledgeOf(INVOICE, 1));
        check(liens.committedAt(bankIds[0], hash) == first, "keeps its rank");
        vm.roll(first + COMMIT_WINDOW + 1);
        commit(0, SALT, pledgeOf(INVOICE, 1));
        check(liens.committedAt(bankIds[0], hash) == block.number, "lapsed: starts anew");
    }

    // --- reserve ---

    function testFuzz_reserve__any_pledge__word_holds_what_was_said(bytes32 fingerprint, uint16 share) public {
        fingerprint = key(fingerprint) == 0 ? INVOICE : fingerprint;
        share = 1 + share % 10_000;
        ILienRegistry.Pledge[] memory pledges = pledgeOf(fingerprint, share);
        bytes32 hash = commit(2, SALT, pledges);
        uint256 committed = block.number;
        vm.roll(committed + 1);
        LienId id = liens.lienIdOf(bankIds[2], hash, 0);
        uint256 until = block.timestamp + RESERVATION_TIME;
        vm.expectEmit();
        emit LienReserved(
            key(fingerprint),
            1 * 2 ** 252 + uint256(share) * 2 ** 192 + committed * 2 ** 152 + until * 2 ** 120 + LienId.unwrap(id)
        );
        open(2, SALT, pledges);
        ILienRegistry.Lien memory lien = liens.lienInfo(fingerprint, id);
        check(lien.bank == bankIds[2] && lien.share == share && lien.until == until, "as pledged");
        check(lien.state == ILienRegistry.State.Reserved && lien.committedAt == committed, "reserved");
        check(liens.familyOf(fingerprint) == key(fingerprint), "family");
        isExposed(fingerprint, share, 0);
        check(liens.committedAt(bankIds[2], hash) == 0, "opened");
    }

    function test_reserve__bad_pledges__refused() public {
        refusePledge(INVOICE, 0, 0);
        refusePledge(INVOICE, 0, 10_001);
        refusePledge(0, 0, 1);
        refusePledge(bytes32(uint256(15) << 252), 0, 1); // nothing but the bits that do not count
        refusePledge(INVOICE, INVOICE, 1);
    }

    function test_reserve__other_lengths__refused() public {
        uint256[5] memory lengths = [uint256(0), 2, 9, 11, 101];
        for (uint256 i = 0; i < lengths.length; i++) {
            ILienRegistry.Pledge[] memory pledges = filler(lengths[i]);
            vm.expectRevert(abi.encodeWithSelector(ILienRegistry.BatchSizeForbidden.selector, lengths[i]));
            liens.reserve(bankIds[0], SALT, pledges);
        }
        reserve(0, SALT, filler(10));
        isExposed(filler(10)[9].fingerprint, 10_000, 0);
    }

    function test_reserve__never_committed__refused() public {
        refuseOpening(0);
    }

    function test_reserve__same_block__refused() public {
        bytes32 hash = commit(0, SALT, pledgeOf(INVOICE, 1));
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.CommitmentTooFresh.selector, hash));
        open(0, SALT, pledgeOf(INVOICE, 1));
    }

    function test_reserve__last_block_and_next__opened_and_lapsed() public {
        bytes32 hash = commit(0, SALT, pledgeOf(INVOICE, 1));
        commit(1, SALT, pledgeOf(INVOICE, 1));
        uint256 last = block.number + COMMIT_WINDOW;
        vm.roll(last);
        open(0, SALT, pledgeOf(INVOICE, 1));
        vm.roll(last + 1);
        hash = liens.commitmentOf(bankIds[1], SALT, pledgeOf(INVOICE, 1));
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.CommitmentLapsed.selector, hash, last));
        open(1, SALT, pledgeOf(INVOICE, 1));
    }

    function test_reserve__again__no_op() public {
        reserved(0, INVOICE, 6_000);
        bytes32 salt = keccak256("again");
        reserve(0, salt, pledgeOf(INVOICE, 4_000));
        open(0, salt, pledgeOf(INVOICE, 4_000));
        isExposed(INVOICE, 10_000, 0);
        check(liens.liensOf(INVOICE).length == 2, "two liens");
    }

    function test_reserve__refused__tried_again_within_the_window() public {
        LienId lien = reserved(1, INVOICE, 6_000);
        (LienId mine, ILienRegistry.Refusal refusal) = reserve(0, SALT, pledgeOf(INVOICE, 5_000));
        check(refusal == ILienRegistry.Refusal.ShareTaken, "taken");
        release(1, INVOICE, lien);
        check(open(0, SALT, pledgeOf(INVOICE, 5_000)) == ILienRegistry.Refusal.None, "free now");
        isState(INVOICE, mine, ILienRegistry.State.Reserved);
    }

    function test_reserve__taken__leaves_evidence() public {
        financed(0, INVOICE, 10_000);
        evidenceOf(pledgeOf(INVOICE, 1));
    }

    function test_reserve__taken_under_bits_that_do_not_count__leaves_the_same_evidence() public {
        financed(0, INVOICE, 10_000);
        evidenceOf(pledgeOf(INVOICE | bytes32(uint256(1) << 255), 1));
    }

    function evidenceOf(ILienRegistry.Pledge[] memory pledges) private {
        bytes32 hash = commit(1, SALT, pledges);
        vm.roll(block.number + 1);
        vm.expectEmit();
        emit LienRefused(INVOICE, 0, liens.lienIdOf(bankIds[1], hash, 0), 1, ILienRegistry.Refusal.ShareTaken);
        open(1, SALT, pledges);
        isExposed(INVOICE, 0, 10_000);
    }

    function testFuzz_reserve__two_shares__never_more_than_the_whole(uint16 first, uint16 second) public {
        first = 1 + first % 10_000;
        second = 1 + second % 10_000;
        reserved(0, INVOICE, first);
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(INVOICE, second));
        bool fits = uint256(first) + second <= 10_000;
        check((refusal == ILienRegistry.Refusal.None) == fits, "fits or not");
        isExposed(INVOICE, fits ? uint256(first) + second : first, 0);
    }

    function test_reserve__seventeen_banks_shares__the_last_refused() public {
        for (uint16 i = 0; i < 16; i++) {
            reserved(0, INVOICE, i + 1);
        }
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(INVOICE, 1));
        check(refusal == ILienRegistry.Refusal.FamilyFull, "full");
        check(liens.exposure(INVOICE).live == 16, "sixteen");
    }

    // --- order ---

    function test_reserve__earlier_commitment_opened_later__displaces() public {
        commit(0, SALT, pledgeOf(INVOICE, 10_000));
        vm.roll(block.number + 1);
        LienId copied = reserved(1, INVOICE, 10_000); // whoever saw the fingerprint and hurried
        check(open(0, SALT, pledgeOf(INVOICE, 10_000)) == ILienRegistry.Refusal.None, "first come");
        isState(INVOICE, copied, ILienRegistry.State.None); // displaced, and in its place stands the earlier one
        isExposed(INVOICE, 10_000, 0);
        passWindow();
        vm.roll(block.number + 1);
        check(finance(1, INVOICE, copied) == ILienRegistry.Refusal.Gone, "the copy is worth nothing");
    }

    function test_reserve__room_besides__nobody_displaced() public {
        commit(0, SALT, pledgeOf(INVOICE, 5_000));
        vm.roll(block.number + 1);
        LienId later = reserved(1, INVOICE, 5_000);
        open(0, SALT, pledgeOf(INVOICE, 5_000));
        isState(INVOICE, later, ILienRegistry.State.Reserved);
        isExposed(INVOICE, 10_000, 0);
    }

    function test_reserve__several_later__latest_gives_way_first() public {
        LienId before = reserved(3, INVOICE, 2_000);
        commit(0, SALT, pledgeOf(INVOICE, 6_000));
        vm.roll(block.number + 1);
        LienId second = reserved(1, INVOICE, 3_000);
        LienId third = reserved(2, INVOICE, 5_000);
        open(0, SALT, pledgeOf(INVOICE, 6_000));
        isState(INVOICE, before, ILienRegistry.State.Reserved);
        isState(INVOICE, third, ILienRegistry.State.Displaced);
        isState(INVOICE, second, ILienRegistry.State.None);
        isExposed(INVOICE, 8_000, 0);
    }

    function test_reserve__later_ones_not_enough__nobody_displaced() public {
        reserved(3, INVOICE, 5_000);
        commit(0, SALT, pledgeOf(INVOICE, 6_000));
        vm.roll(block.number + 1);
        LienId later = reserved(1, INVOICE, 5_000);
        check(open(0, SALT, pledgeOf(INVOICE, 6_000)) == ILienRegistry.Refusal.ShareTaken, "refused");
        isState(INVOICE, later, ILienRegistry.State.Reserved);
        isExposed(INVOICE, 10_000, 0);
    }

    function test_reserve__same_block__first_opened_stays() public {
        commit(0, SALT, pledgeOf(INVOICE, 10_000));
        commit(1, SALT, pledgeOf(INVOICE, 10_000));
        vm.roll(block.number + 1);
        check(open(1, SALT, pledgeOf(INVOICE, 10_000)) == ILienRegistry.Refusal.None, "first");
        check(open(0, SALT, pledgeOf(INVOICE, 10_000)) == ILienRegistry.Refusal.ShareTaken, "second");
    }

    function test_reserve__time_over__place_is_free_again() public {
        LienId old = reserved(0, INVOICE, 10_000);
        vm.warp(block.timestamp + RESERVATION_TIME);
        isExposed(INVOICE, 10_000, 0);
        vm.warp(block.timestamp + 1);
        isExposed(INVOICE, 0, 0);
        isState(INVOICE, old, ILienRegistry.State.Expired);
        ILienRegistry.Pledge[] memory pledges = pledgeOf(INVOICE, 10_000);
        commit(1, SALT, pledges);
        vm.roll(block.number + 1);
        vm.expectEmit(true, false, false, false, address(liens));
        emit LienExpired(INVOICE, 0);
        open(1, SALT, pledges);
        isExposed(INVOICE, 10_000, 0);
        isState(INVOICE, old, ILienRegistry.State.None);
        check(liens.liensOf(INVOICE).length == 1, "in its place");
    }

    // --- who may, and where ---

    function test_reserve__opening_copied_by_another_bank__unknown() public {
        commit(0, SALT, pledgeOf(INVOICE, 1));
        vm.roll(block.number + 1);
        refuseOpening(1);
    }

    function test_reserve__commitment_copied_by_another_bank__opens_nothing() public {
        bytes32 hash = commit(0, SALT, pledgeOf(INVOICE, 1));
        vm.prank(bank(1));
        liens.commit(hash);
        vm.roll(block.number + 1);
        refuseOpening(1);
    }

    function test_reserve__pledges_invented_for_another_bank__unknown() public {
        bytes32 hash = liens.commitmentOf(bankIds[0], SALT, pledgeOf(INVOICE, 1));
        vm.prank(bank(1));
        liens.commit(hash);
        vm.roll(block.number + 1);
        refuseOpening(0);
    }

    function test_reserve__other_chain_or_contract__unknown() public {
        commit(0, SALT, pledgeOf(INVOICE, 1));
        bytes32 hash = liens.commitmentOf(bankIds[0], SALT, pledgeOf(INVOICE, 1));
        vm.roll(block.number + 1);
        LienRegistry twin = new LienRegistry(address(manager), participants, invoices, epochs, 5, 5);
        check(twin.commitmentOf(bankIds[0], SALT, pledgeOf(INVOICE, 1)) != hash, "bound to the contract");
        vm.prank(bank(0));
        twin.commit(hash);
        vm.roll(block.number + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILienRegistry.UnknownCommitment.selector,
                bankIds[0],
                twin.commitmentOf(bankIds[0], SALT, pledgeOf(INVOICE, 1))
            )
        );
        twin.reserve(bankIds[0], SALT, pledgeOf(INVOICE, 1));
        vm.chainId(7);
        refuseOpening(0);
    }

    // --- pauses ---

    function test_pause__reservations__stopped_and_given_their_time_again() public {
        commit(0, SALT, pledgeOf(INVOICE, 10_000));
        vm.roll(block.number + 1);
        uint256 displacedWord = 4 * 2 ** 252 + 10_000 * 2 ** 192 + block.number * 2 ** 152
            + (block.timestamp + RESERVATION_TIME) * 2 ** 120;
        LienId later = reserved(1, INVOICE, 10_000);
        displacedWord += LienId.unwrap(later);
        pause(IGuarded(address(liens)));
        vm.roll(block.number + 100);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        open(0, SALT, pledgeOf(INVOICE, 10_000));
        unpause(IGuarded(address(liens)));
        vm.expectRevert(
            abi.encodeWithSelector(ILienRegistry.CommitWindowOpen.selector, later, block.number + COMMIT_WINDOW)
        );
        finance(1, INVOICE, later);
        vm.roll(block.number + COMMIT_WINDOW);
        vm.expectEmit();
        emit LienDisplaced(INVOICE, displacedWord);
        check(open(0, SALT, pledgeOf(INVOICE, 10_000)) == ILienRegistry.Refusal.None, "still the earlier one");
    }

    function refusePledge(bytes32 fingerprint, bytes32 older, uint16 share) private {
        ILienRegistry.Pledge[] memory pledges = pledgeOf(fingerprint, older, share);
        commit(0, SALT, pledges);
        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.InvalidPledge.selector, 0));
        open(0, SALT, pledges);
    }

    function refuseOpening(uint256 by) private {
        ILienRegistry.Pledge[] memory pledges = pledgeOf(INVOICE, 1);
        bytes32 hash = liens.commitmentOf(bankIds[by], SALT, pledges);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.UnknownCommitment.selector, bankIds[by], hash));
        open(by, SALT, pledges);
    }
}
