// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IParticipantRegistry} from "../../contracts/interfaces/IParticipantRegistry.sol";
import {AccountNumber, ParticipantId} from "../../contracts/types/Ids.sol";
import {Roles} from "../../contracts/types/Roles.sol";
import {Space} from "./support/Space.sol";

/// @dev What an account signed counts as of a block; recovery needs others, time, and nobody's veto.
contract ParticipantsTest is Space {
    uint256 private constant SPARE_KEY = 0x77;

    function setUp() public {
        setUpSpace();
    }

    function testFuzz_wasValidAt__retired_and_compromised__as_the_definition_says(
        uint40 retireAfter,
        uint40 compromiseBack,
        uint40 asked,
        bool retires,
        bool compromises
    ) public {
        uint40 admitted = uint40(block.number);
        uint40 retiredIn = admitted + retireAfter % 1000;
        uint40 now_ = retiredIn + 1000;
        asked = admitted - 5 + asked % 2100;
        uint40 from = now_ - compromiseBack % 2500;
        if (retires) {
            vm.roll(retiredIn);
            vm.prank(bank(0));
            participants.retireAccount(bank(0));
        }
        vm.roll(now_);
        if (compromises) {
            vm.prank(bank(0));
            participants.reportCompromise(bank(0), from);
        }
        bool expected = asked >= admitted;
        if (retires && asked > retiredIn) expected = false;
        if (compromises && asked >= from) expected = false;
        check(participants.wasValidAt(bank(0), asked) == expected, "validity as of a block");
        bool clean = participants.noneCompromised(numberOf(bank(1)) << 16 | numberOf(bank(0)), asked);
        uint40 effective = from < admitted ? admitted : from;
        check(clean == !(compromises && asked >= effective), "compromise as of a block");
        check(participants.isLiveAccountOf(bankIds[0], bank(0)) == (!retires && !compromises), "live now");
        check(participants.accountsOf(bankIds[0]).length == (retires || compromises ? 0 : 1), "live accounts");
    }

    function testFuzz_reportCompromise__twice__moves_only_earlier(uint40 first, uint40 second) public {
        uint40 admitted = uint40(block.number);
        vm.roll(admitted + 1000);
        first = admitted + first % 1001;
        second = admitted + second % 1001;
        vm.prank(regulator);
        participants.declareCompromise(bank(0), first);
        if (second >= first) {
            vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.CompromiseNotEarlier.selector, bank(0), first));
        }
        vm.prank(regulator);
        participants.declareCompromise(bank(0), second);
        uint40 expected = second < first ? second : first;
        check(participants.accountInfo(bank(0)).compromisedFrom == expected, "the earliest stays");
    }

    function testFuzz_roles__set_suspended_reinstated__every_live_account_agrees(uint8 roles, bool suspends) public {
        roles = uint8(1 + roles % Roles.ALL);
        addSpare();
        vm.prank(regulator);
        participants.setRoles(bankIds[0], roles);
        if (suspends) {
            vm.prank(regulator);
            participants.suspend(bankIds[0]);
        }
        uint8 expected = suspends ? 0 : roles;
        check(participants.accountInfo(bank(0)).roles == expected, "first account");
        check(participants.accountInfo(vm.addr(SPARE_KEY)).roles == expected, "second account");
        (uint8 held, bool suspended) = participants.rolesOf(bankIds[0]);
        check(held == roles && suspended == suspends, "participant");
        if (suspends) {
            vm.prank(regulator);
            participants.reinstate(bankIds[0]);
            check(participants.accountInfo(bank(0)).roles == roles, "reinstated");
        }
    }

    function testFuzz_requireRole__any_mask__one_common_bit_suffices(uint8 held, uint8 wanted) public {
        held = uint8(1 + held % Roles.ALL);
        ParticipantId id = admit(outsider, held);
        if (held & wanted == 0) {
            vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, outsider, wanted));
            participants.requireRole(outsider, wanted);
        } else {
            check(participants.requireRole(outsider, wanted) == id, "participant");
        }
    }

    function test_requireSigners__gaps_and_order__numbers_without_gaps() public view {
        (uint64 numbers, uint64 owners) =
            participants.requireSigners(bank(2), address(0), bank(0), address(0), Roles.BANK);
        check(numbers == numberOf(bank(2)) << 16 | numberOf(bank(0)), "two numbers");
        check(owners == uint64(ownerOf(bank(2))) << 16 | ownerOf(bank(0)), "two owners");
        (numbers, owners) = participants.requireSigners(address(0), address(0), address(0), bank(1), Roles.BANK);
        check(numbers == numberOf(bank(1)) && owners == ownerOf(bank(1)), "one");
        (numbers,) = participants.requireSigners(bank(0), bank(1), bank(2), bank(3), Roles.BANK);
        check(participants.accountAt(AccountNumber.wrap(uint16(numbers))) == bank(3), "the last lowest");
        check(participants.accountAt(AccountNumber.wrap(uint16(numbers >> 48))) == bank(0), "the first highest");
    }

    function test_requireSigners__two_accounts_of_one_participant__refused() public {
        address spare = addSpare();
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.ParticipantRepeated.selector, bankIds[0]));
        participants.requireSigners(bank(0), bank(1), spare, address(0), Roles.BANK);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.ParticipantRepeated.selector, bankIds[0]));
        participants.requireSigners(bank(1), bank(2), bank(0), spare, Roles.BANK);
    }

    function test_addAccount__consent_for_another_participant__refused() public {
        bytes memory consent = consentOf(SPARE_KEY, bankIds[1]);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.ConsentInvalid.selector, vm.addr(SPARE_KEY)));
        vm.prank(bank(0));
        participants.addAccount(vm.addr(SPARE_KEY), consent);
    }

    function test_addAccount__consent_from_another_chain__refused() public {
        bytes memory consent = consentOf(SPARE_KEY, bankIds[0]);
        vm.chainId(7);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.ConsentInvalid.selector, vm.addr(SPARE_KEY)));
        vm.prank(bank(0));
        participants.addAccount(vm.addr(SPARE_KEY), consent);
    }

    function test_addAccount__sixteen_live__refused_until_one_retires() public {
        for (uint256 key = 0x1001; key < 0x1010; key++) {
            addAccount(key);
        }
        bytes memory consent = consentOf(SPARE_KEY, bankIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.TooManyAccounts.selector, bankIds[0]));
        vm.prank(bank(0));
        participants.addAccount(vm.addr(SPARE_KEY), consent);
        vm.prank(bank(0));
        participants.retireAccount(vm.addr(0x1005));
        addSpare();
        check(participants.accountsOf(bankIds[0]).length == 16, "sixteen again");
    }

    function test_retireAccount__same_block__what_it_did_in_it_stays_valid() public {
        vm.prank(bank(0));
        participants.retireAccount(bank(0));
        check(participants.wasValidAt(bank(0), uint40(block.number)), "this block");
        check(!participants.wasValidAt(bank(0), uint40(block.number + 1)), "the next");
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.AccountNotLive.selector, bank(0)));
        participants.requireRole(bank(0), Roles.BANK);
    }

    function test_recovery__quorum_and_delay__new_account_replaces_the_old() public {
        address spare = vm.addr(SPARE_KEY);
        propose(bank(1));
        vm.prank(bank(2));
        participants.approveRecovery(bankIds[0], spare);
        uint40 at = uint40(block.timestamp) + RECOVERY_DELAY;
        check(participants.recoveryOf(bankIds[0]).executableAt == at, "scheduled");
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RecoveryNotReady.selector, bankIds[0], at));
        participants.executeRecovery(bankIds[0]);
        vm.warp(at);
        participants.executeRecovery(bankIds[0]);
        check(participants.accountsOf(bankIds[0]).length == 1, "one account");
        check(participants.requireRole(spare, Roles.BANK) == bankIds[0], "the new one acts");
        check(participants.accountInfo(bank(0)).retiredAt == block.number + 1, "the old one retired");
        check(participants.recoveryOf(bankIds[0]).newAccount == address(0), "nothing pending");
    }

    function test_recovery__vetoed_and_proposed_again__old_approvals_do_not_count() public {
        propose(bank(1));
        vm.prank(bank(0));
        participants.cancelRecovery(bankIds[0]);
        propose(bank(1));
        check(participants.recoveryOf(bankIds[0]).approvals == 1, "approvals start anew");
        vm.expectRevert(
            abi.encodeWithSelector(IParticipantRegistry.RecoveryAlreadyApproved.selector, bankIds[0], bankIds[1])
        );
        vm.prank(bank(1));
        participants.approveRecovery(bankIds[0], vm.addr(SPARE_KEY));
        vm.prank(regulator);
        participants.rejectRecovery(bankIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RecoveryUnknown.selector, bankIds[0]));
        participants.executeRecovery(bankIds[0]);
    }

    function test_encryptionKeys__two_set__history_kept() public {
        vm.prank(bank(0));
        participants.setEncryptionKey("first");
        vm.roll(block.number + 5);
        vm.prank(bank(0));
        participants.setEncryptionKey("second");
        check(participants.encryptionKeyOf(bankIds[0]) == "second", "current");
        IParticipantRegistry.EncryptionKey[] memory keys = participants.encryptionKeysOf(bankIds[0]);
        check(keys.length == 2 && keys[0].key == "first", "history");
        check(keys[1].validFrom == keys[0].validFrom + 5, "in order");
        check(participants.participantCount() == 7, "participants");
        check(participants.participantOf(bank(3)) == bankIds[3], "owner");
    }

    function propose(address proposer) private {
        bytes memory consent = consentOf(SPARE_KEY, bankIds[0]);
        vm.prank(proposer);
        participants.proposeRecovery(bankIds[0], vm.addr(SPARE_KEY), consent);
    }

    function addSpare() private returns (address) {
        addAccount(SPARE_KEY);
        return vm.addr(SPARE_KEY);
    }

    function addAccount(uint256 key) private {
        bytes memory consent = consentOf(key, bankIds[0]);
        vm.prank(bank(0));
        participants.addAccount(vm.addr(key), consent);
    }

    function ownerOf(address account) private view returns (uint16) {
        return ParticipantId.unwrap(participants.participantOf(account));
    }

    function numberOf(address account) private view returns (uint64) {
        return AccountNumber.unwrap(participants.accountInfo(account).number);
    }
}
