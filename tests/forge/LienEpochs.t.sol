// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILienRegistry} from "../../contracts/interfaces/ILienRegistry.sol";
import {LienId} from "../../contracts/types/Ids.sol";
import {Pledging} from "./support/Pledging.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// @dev One invoice under its fingerprints of several epochs, what happens to those who lie about them, and the repair.
contract LienEpochsTest is Pledging {
    bytes32 private constant FALSE_ONE = bytes32(uint256(keccak256("of no invoice")) & FAMILY_BITS);

    event LienRefused(
        bytes32 indexed fingerprint,
        bytes32 indexed other,
        LienId indexed lien,
        uint16 share,
        ILienRegistry.Refusal refusal
    );
    event FingerprintLinked(bytes32 indexed fingerprint, bytes32 indexed family);
    event FingerprintUnlinked(bytes32 indexed fingerprint, bytes32 indexed family, bytes32 evidenceHash);

    function setUp() public {
        setUpSpace();
    }

    function test_reserve__no_epoch__refused() public {
        epochs.set(0, 0);
        commit(0, SALT, pledgeOf(INVOICE, 1));
        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NoEpochOpen.selector));
        open(0, SALT, pledgeOf(INVOICE, 1));
    }

    function test_reserve__overlap_and_one_fingerprint__refused() public {
        epochs.set(1, 2);
        commit(0, SALT, pledgeOf(NEXT, 1));
        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.OlderFingerprintMissing.selector, 0));
        open(0, SALT, pledgeOf(NEXT, 1));
    }

    function test_reserve__both_fresh__one_family() public {
        epochs.set(1, 2);
        ILienRegistry.Pledge[] memory pledges = pledgeOf(NEXT, INVOICE, 10_000);
        commit(0, SALT, pledges);
        vm.roll(block.number + 1);
        vm.expectEmit();
        emit FingerprintLinked(INVOICE, NEXT);
        open(0, SALT, pledges);
        check(liens.familyOf(INVOICE) == NEXT && liens.familyOf(NEXT) == NEXT, "family");
        isExposed(INVOICE, 10_000, 0);
        isExposed(NEXT, 10_000, 0);
    }

    function testFuzz_reserve__shares_in_old_new_and_both__never_more_than_the_whole(uint16[4] calldata given) public {
        uint256 sum = 0;
        for (uint256 i = 0; i < 4; i++) {
            uint16 share = 1 + given[i] % 10_000;
            (bytes32 fingerprint, bytes32 older) = (INVOICE, bytes32(0));
            if (i == 1 || i == 2) (fingerprint, older) = (NEXT, INVOICE);
            if (i == 3) fingerprint = NEXT;
            epochs.set(older == 0 ? 0 : 1, i == 0 ? 1 : 2);
            if (i == 3 && liens.familyOf(NEXT) == 0) break; // nobody migrated before the old one's epoch closed
            (, ILienRegistry.Refusal refusal) =
                reserve(i, keccak256(abi.encode(i)), pledgeOf(fingerprint, older, share));
            bool fits = sum + share <= 10_000;
            check((refusal == ILienRegistry.Refusal.None) == fits, "fits over both");
            if (fits) sum += share;
        }
        isExposed(INVOICE, sum, 0);
    }

    function test_migrate__before_the_old_epoch_closes__holds_in_the_new() public {
        LienId lien = financed(0, INVOICE, 10_000);
        epochs.set(1, 2);
        check(migrate(0, INVOICE, lien, NEXT) == ILienRegistry.Refusal.None, "migrated");
        check(migrate(0, INVOICE, lien, NEXT) == ILienRegistry.Refusal.None, "again");
        epochs.set(0, 2);
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(NEXT, 10_000));
        check(refusal == ILienRegistry.Refusal.ShareTaken, "found in the new epoch");
        release(0, NEXT, lien);
        isExposed(INVOICE, 0, 0);
        reserved(1, NEXT, 10_000);
        isExposed(INVOICE, 10_000, 0);
    }

    function test_migrate__over_three_epochs__one_hop() public {
        LienId lien = financed(0, INVOICE, 10_000);
        migrate(0, INVOICE, lien, NEXT);
        migrate(0, NEXT, lien, OTHER);
        check(liens.familyOf(OTHER) == INVOICE, "all point to the first");
        isExposed(OTHER, 0, 10_000);
    }

    function test_migrate__not_own__refused() public {
        LienId lien = financed(0, INVOICE, 10_000);
        ILienRegistry.Migration[] memory list = new ILienRegistry.Migration[](1);
        list[0] = ILienRegistry.Migration(INVOICE, lien, NEXT);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.NotLienBank.selector, lien, bank(1)));
        vm.prank(bank(1));
        liens.migrate(list);
        list[0].next = 0;
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.InvalidPledge.selector, 0));
        vm.prank(bank(0));
        liens.migrate(list);
    }

    function test_migrate__ended_lien__refused() public {
        LienId lien = financed(0, INVOICE, 10_000);
        release(0, INVOICE, lien);
        check(migrate(0, INVOICE, lien, NEXT) == ILienRegistry.Refusal.Gone, "gone");
        check(liens.familyOf(NEXT) == 0, "nothing linked");
    }

    // --- lies ---

    function test_reserve__false_new_fingerprint_of_a_pledged_invoice__refused_by_the_old() public {
        financed(0, INVOICE, 10_000);
        epochs.set(1, 2);
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(FALSE_ONE, INVOICE, 10_000));
        check(refusal == ILienRegistry.Refusal.ShareTaken, "refused");
        check(liens.familyOf(FALSE_ONE) == 0, "nothing linked");
    }

    function test_reserve__false_old_fingerprint__conflict_shows_and_is_repaired() public {
        LienId honest = financed(0, INVOICE, 10_000);
        epochs.set(1, 2);
        LienId liar = reserved(1, NEXT, FALSE_ONE, 10_000);
        vm.expectEmit();
        emit LienRefused(INVOICE, NEXT, honest, 10_000, ILienRegistry.Refusal.LinkConflict);
        migrate(0, INVOICE, honest, NEXT);
        (, ILienRegistry.Refusal refusal) = reserve(2, SALT, pledgeOf(NEXT, INVOICE, 1));
        check(refusal == ILienRegistry.Refusal.LinkConflict, "nobody else gets in between");
        resolve(NEXT, liar, ILienRegistry.Verdict.Upheld);
        check(migrate(0, INVOICE, honest, NEXT) == ILienRegistry.Refusal.LinkConflict, "the false one points there");
        vm.prank(regulator);
        vm.expectEmit();
        emit FingerprintUnlinked(FALSE_ONE, NEXT, "evidence");
        liens.unlink(FALSE_ONE, "evidence");
        check(migrate(0, INVOICE, honest, NEXT) == ILienRegistry.Refusal.None, "repaired");
        isExposed(NEXT, 0, 10_000);
        isExposed(FALSE_ONE, 0, 0);
    }

    function test_reserve__conflict_with_ended_liens__joins_the_living() public {
        release(0, INVOICE, financed(0, INVOICE, 10_000));
        release(1, NEXT, financed(1, NEXT, 10_000));
        epochs.set(1, 2);
        LienId lien = reserved(2, NEXT, INVOICE, 10_000);
        check(liens.familyOf(NEXT) == INVOICE, "the newer points to the older");
        isState(INVOICE, lien, ILienRegistry.State.Reserved);
        epochs.set(0, 2);
        LienId third = reserved(0, OTHER, 10_000);
        check(migrate(0, OTHER, third, NEXT) == ILienRegistry.Refusal.LinkConflict, "it lives there");
        release(2, INVOICE, lien);
        check(migrate(0, OTHER, third, NEXT) == ILienRegistry.Refusal.None, "linked anew");
        check(liens.familyOf(NEXT) == OTHER && liens.familyOf(INVOICE) == INVOICE, "one hop each");
        check(migrate(0, OTHER, third, INVOICE) == ILienRegistry.Refusal.None, "nothing points there any more");
    }

    function test_reserve__older_one_without_liens__points_to_the_newer() public {
        release(0, INVOICE, financed(0, INVOICE, 10_000));
        reserved(1, NEXT, 5_000);
        epochs.set(1, 2);
        reserved(2, NEXT, INVOICE, 5_000);
        check(liens.familyOf(INVOICE) == NEXT, "joined");
        isExposed(INVOICE, 10_000, 0);
    }

    function test_migrate__more_fingerprints_than_a_family_takes__refused() public {
        LienId lien = financed(0, INVOICE, 1);
        for (uint256 i = 0; i < 255; i++) {
            check(migrate(0, INVOICE, lien, keccak256(abi.encode(i))) == ILienRegistry.Refusal.None, "linked");
        }
        check(migrate(0, INVOICE, lien, NEXT) == ILienRegistry.Refusal.FamilyFull, "full");
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(NEXT, INVOICE, 1));
        check(refusal == ILienRegistry.Refusal.FamilyFull, "full for others as well");
        isExposed(keccak256(abi.encode(254)), 0, 1);
    }

    function test_unlink__not_linked__refused() public {
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.FingerprintNotLinked.selector, INVOICE));
        vm.prank(regulator);
        liens.unlink(INVOICE, "evidence");
        reserved(0, INVOICE, 1);
        vm.expectRevert(abi.encodeWithSelector(ILienRegistry.FingerprintNotLinked.selector, INVOICE));
        vm.prank(regulator);
        liens.unlink(INVOICE, "evidence");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, bank(0)));
        vm.prank(bank(0));
        liens.unlink(INVOICE, "evidence");
    }
}
