// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintKeys} from "../../contracts/interfaces/IFingerprintKeys.sol";
import {IParticipantRegistry} from "../../contracts/interfaces/IParticipantRegistry.sol";
import {ParticipantId} from "../../contracts/types/Ids.sol";
import {Roles} from "../../contracts/types/Roles.sol";
import {Keyholders} from "./support/Keyholders.sol";

/// @dev proposeEpoch -> confirmKeys by all -> closeEpoch -> confirmDestruction; anchorLog. Forbidden moves by name.
contract FingerprintEpochsTest is Keyholders {
    bytes32 private constant TRANSCRIPT = keccak256("transcript");

    function setUp() public {
        setUpKeyholders();
    }

    function test_propose__unfit_numbers__refused() public {
        ParticipantId[] memory none = new ParticipantId[](0);
        proposeRefused(none, 2, abi.encodeWithSelector(IFingerprintKeys.InvalidThreshold.selector, 2, 0));
        proposeRefused(nodes(5), 1, abi.encodeWithSelector(IFingerprintKeys.InvalidThreshold.selector, 1, 5));
        proposeRefused(nodes(5), 6, abi.encodeWithSelector(IFingerprintKeys.InvalidThreshold.selector, 6, 5));
        ParticipantId[] memory many = new ParticipantId[](11);
        proposeRefused(many, 3, abi.encodeWithSelector(IFingerprintKeys.InvalidThreshold.selector, 3, 11));
    }

    function test_propose__others_than_keyholders_or_one_twice__refused() public {
        ParticipantId[] memory list = nodes(3);
        list[2] = bankIds[0];
        proposeRefused(list, 2, abi.encodeWithSelector(IFingerprintKeys.NotKeyholder.selector, bankIds[0]));
        list[2] = list[0];
        proposeRefused(list, 2, abi.encodeWithSelector(IFingerprintKeys.NodeRepeated.selector, list[0]));
        list = nodes(3);
        vm.prank(regulator);
        participants.suspend(list[1]);
        proposeRefused(list, 2, abi.encodeWithSelector(IFingerprintKeys.NotKeyholder.selector, list[1]));
    }

    function test_confirm__all_nodes__epoch_opens() public {
        uint32 epoch = propose(5, 3);
        check(epoch == 1, "first");
        bytes32 ceremony = fingerprintKeys.ceremonyOf(epoch);
        for (uint256 i = 0; i < 5; i++) {
            requireState(epoch, IFingerprintKeys.EpochState.Proposed);
            requireOpen(0, 0);
            if (i == 4) {
                vm.expectEmit();
                emit IFingerprintKeys.KeysConfirmed(epoch, 5, keyholder(4), TRANSCRIPT);
                vm.expectEmit();
                emit IFingerprintKeys.EpochOpened(epoch, TRANSCRIPT);
            }
            vm.prank(keyholder(i));
            fingerprintKeys.confirmKeys(epoch, ceremony, TRANSCRIPT);
        }
        requireState(epoch, IFingerprintKeys.EpochState.Open);
        requireOpen(0, 1);
        IFingerprintKeys.Epoch memory info = fingerprintKeys.epochInfo(epoch);
        check(info.threshold == 3 && info.nodes == 5 && info.transcript == TRANSCRIPT, "kept");
        check(info.openedAt == block.timestamp && info.attempt == 1, "times");
        IFingerprintKeys.Node[] memory list = fingerprintKeys.nodesOf(epoch);
        for (uint256 i = 0; i < 5; i++) {
            check(list[i].participant == keyholderIds[i] && list[i].account == keyholder(i), "node");
            check(fingerprintKeys.nodeOf(epoch, keyholder(i)) == i + 1, "number");
        }
    }

    function test_confirm__by_others_twice_or_differing__refused() public {
        uint32 epoch = propose(3, 2);
        bytes32 ceremony = fingerprintKeys.ceremonyOf(epoch);
        confirmRefused(
            keyholder(4),
            epoch,
            ceremony,
            TRANSCRIPT,
            abi.encodeWithSelector(IFingerprintKeys.NotNode.selector, epoch, keyholder(4))
        );
        confirmRefused(
            bank(0),
            epoch,
            ceremony,
            TRANSCRIPT,
            abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, bank(0), Roles.KEYHOLDER)
        );
        confirmRefused(
            keyholder(0),
            epoch,
            "other",
            TRANSCRIPT,
            abi.encodeWithSelector(IFingerprintKeys.CeremonyReplaced.selector, epoch, ceremony)
        );
        vm.prank(keyholder(0));
        fingerprintKeys.confirmKeys(epoch, ceremony, TRANSCRIPT);
        confirmRefused(
            keyholder(0),
            epoch,
            ceremony,
            TRANSCRIPT,
            abi.encodeWithSelector(IFingerprintKeys.KeysAlreadyConfirmed.selector, epoch, 1)
        );
        confirmRefused(
            keyholder(1),
            epoch,
            ceremony,
            "other",
            abi.encodeWithSelector(IFingerprintKeys.TranscriptDiffers.selector, epoch, TRANSCRIPT)
        );
        confirmRefused(
            keyholder(1),
            2,
            ceremony,
            TRANSCRIPT,
            abi.encodeWithSelector(IFingerprintKeys.EpochNotInState.selector, 2, IFingerprintKeys.EpochState.None)
        );
    }

    function test_propose__again__forgets_confirmations() public {
        uint32 epoch = propose(3, 2);
        bytes32 stale = fingerprintKeys.ceremonyOf(epoch);
        vm.prank(keyholder(0));
        fingerprintKeys.confirmKeys(epoch, stale, "stale");
        check(propose(2, 2) == epoch, "same number");
        bytes32 fresh = fingerprintKeys.ceremonyOf(epoch);
        check(fresh != stale, "another ceremony");
        check(fingerprintKeys.nodeOf(epoch, keyholder(0)) == 0, "forgotten");
        check(fingerprintKeys.nodesOf(epoch).length == 2, "two nodes");
        confirmRefused(
            keyholder(0),
            epoch,
            stale,
            TRANSCRIPT,
            abi.encodeWithSelector(IFingerprintKeys.CeremonyReplaced.selector, epoch, fresh)
        );
        confirmAll(epoch, 2, TRANSCRIPT);
        requireOpen(0, epoch);
    }

    function test_open__third_epoch__refused_until_one_closes() public {
        openEpoch(3, 2);
        openEpoch(5, 3);
        requireOpen(1, 2);
        uint32 third = propose(2, 2);
        bytes32 ceremony = fingerprintKeys.ceremonyOf(third);
        vm.prank(keyholder(0));
        fingerprintKeys.confirmKeys(third, ceremony, TRANSCRIPT);
        confirmRefused(
            keyholder(1),
            third,
            ceremony,
            TRANSCRIPT,
            abi.encodeWithSelector(IFingerprintKeys.TwoEpochsOpen.selector, 1, 2)
        );
        close(1);
        requireOpen(0, 2);
        vm.prank(keyholder(1));
        fingerprintKeys.confirmKeys(third, ceremony, TRANSCRIPT);
        requireOpen(2, 3);
    }

    function test_close__the_newer_first__older_stays_open_and_numbers_go_on() public {
        openEpoch(3, 2);
        openEpoch(3, 2);
        close(2);
        requireOpen(0, 1);
        check(openEpoch(3, 2) == 3, "never again the same number");
        requireOpen(1, 3);
        close(1);
        close(3);
        requireOpen(0, 0);
    }

    function test_close__not_open__refused() public {
        uint32 epoch = propose(3, 2);
        bytes memory refusal = abi.encodeWithSelector(
            IFingerprintKeys.EpochNotInState.selector, epoch, IFingerprintKeys.EpochState.Proposed
        );
        vm.prank(regulator);
        vm.expectRevert(refusal);
        fingerprintKeys.closeEpoch(epoch);
        confirmAll(epoch, 3, TRANSCRIPT);
        pause(fingerprintKeys);
        close(epoch);
        refusal = abi.encodeWithSelector(
            IFingerprintKeys.EpochNotInState.selector, epoch, IFingerprintKeys.EpochState.Closed
        );
        vm.prank(regulator);
        vm.expectRevert(refusal);
        fingerprintKeys.closeEpoch(epoch);
    }

    function test_destruction__after_closing__once_each() public {
        uint32 epoch = openEpoch(3, 2);
        vm.prank(keyholder(0));
        vm.expectRevert(
            abi.encodeWithSelector(IFingerprintKeys.EpochNotInState.selector, epoch, IFingerprintKeys.EpochState.Open)
        );
        fingerprintKeys.confirmDestruction(epoch);
        close(epoch);
        vm.expectEmit();
        emit IFingerprintKeys.KeysDestroyed(epoch, 1);
        vm.prank(keyholder(0));
        fingerprintKeys.confirmDestruction(epoch);
        vm.prank(keyholder(0));
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.KeysAlreadyDestroyed.selector, epoch, 1));
        fingerprintKeys.confirmDestruction(epoch);
        IFingerprintKeys.Node[] memory list = fingerprintKeys.nodesOf(epoch);
        check(list[0].destroyed && !list[1].destroyed, "only the first");
    }

    function test_anchorLog__only_grows() public {
        vm.expectEmit();
        emit IFingerprintKeys.LogAnchored(keyholderIds[0], 4, 300, "head");
        anchor(0, 4, 300, "head");
        IFingerprintKeys.LogHead memory log = fingerprintKeys.logHeadOf(keyholderIds[0]);
        check(log.entries == 4 && log.evaluations == 300 && log.head == "head", "kept");
        check(log.anchoredAt == block.timestamp, "time");
        bytes memory refusal = abi.encodeWithSelector(IFingerprintKeys.LogNotLonger.selector, 4, 300);
        vm.expectRevert(refusal);
        anchor(0, 4, 301, "other");
        vm.expectRevert(refusal);
        anchor(0, 5, 299, "other");
        anchor(0, 5, 300, "refused a batch");
        anchor(1, 1, 0, "another keyholder");
        vm.prank(bank(0));
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, bank(0), Roles.KEYHOLDER));
        fingerprintKeys.anchorLog(1, 1, "head");
    }

    function anchor(uint256 i, uint64 entries, uint64 evaluations, bytes32 head) private {
        vm.prank(keyholder(i));
        fingerprintKeys.anchorLog(entries, evaluations, head);
    }

    function proposeRefused(ParticipantId[] memory list, uint8 threshold, bytes memory refusal) private {
        vm.prank(regulator);
        vm.expectRevert(refusal);
        fingerprintKeys.proposeEpoch(list, threshold);
    }

    function confirmRefused(address by, uint32 epoch, bytes32 ceremony, bytes32 transcript, bytes memory refusal)
        private
    {
        vm.prank(by);
        vm.expectRevert(refusal);
        fingerprintKeys.confirmKeys(epoch, ceremony, transcript);
    }

    function requireState(uint32 epoch, IFingerprintKeys.EpochState state) private view {
        check(fingerprintKeys.epochInfo(epoch).state == state, "state");
    }

    function requireOpen(uint32 older, uint32 newer) private view {
        (uint32 first, uint32 second) = fingerprintKeys.openEpochs();
        check(first == older && second == newer, "open epochs");
    }
}
