// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {RunId} from "../../contracts/types/Ids.sol";
import {Story} from "./support/Story.sol";

/// fixSurvivors
/// ├── by anyone but the run's aggregator: refused
/// ├── a set with a party that is not active (unknown, or left out before): refused
/// ├── fewer than three, or not more than half of all parties: refused
/// ├── a survivor that has not committed to exactly this round: refused
/// ├── another set in the same round: refused, the same one: no-op
/// └── else: recorded, rolled into the transcript, the round can be closed
contract SurvivorsTest is Story {
    RunId private run;

    function setUp() public {
        setUpSpace();
        vm.prank(aggregator);
        run = models.openRun(keccak256("plan"), banks(4), 3, "four");
        for (uint256 i = 0; i < 4; i++) {
            vm.prank(bank(i));
            models.join(run, keccak256(abi.encode("mask key", i)));
        }
    }

    function test_fixSurvivors__one_of_four_left_out__round_closes_over_three() external {
        commitFrom(0, 3, 1);
        fix(1, 7);
        check(models.survivorsOf(run, 1) == 7, "recorded");
        uint208[] memory kept = new uint208[](3);
        for (uint256 i = 0; i < 3; i++) {
            kept[i] = uint208(uint256(contributionOf(i, 1)));
        }
        bytes32 rolled = keccak256(abi.encode(bytes32(0), uint32(1), uint256(7), kept));
        check(models.runInfo(run).transcript == rolled, "transcript");
        vm.prank(aggregator);
        models.closeRound(run, 1, "sum");
        check(models.runInfo(run).transcript == keccak256(abi.encode(rolled, bytes32("sum"))), "transcript of the sum");
        fix(1, 7);
    }

    function test_fixSurvivors__another_set__refused() external {
        commitFrom(0, 4, 1);
        fix(1, 15);
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.SurvivorsAlreadyFixed.selector, run, uint32(1), uint256(15))
        );
        fix(1, 7);
    }

    function test_fixSurvivors__who_was_left_out__stays_out() external {
        commitFrom(0, 4, 1);
        fixAndClose(run, 1, 7);
        commitFrom(0, 4, 2);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.PartyNotActive.selector, run, uint32(2), uint256(15)));
        fix(2, 15);
        fix(2, 7);
    }

    function test_fixSurvivors__unknown_party__refused() external {
        commitFrom(0, 4, 1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.PartyNotActive.selector, run, uint32(1), uint256(31)));
        fix(1, 31);
    }

    function test_fixSurvivors__two_of_four__refused() external {
        commitFrom(0, 4, 1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.TooFewSurvivors.selector, run, uint32(1), uint256(2)));
        fix(1, 3);
    }

    function test_fixSurvivors__not_committed_or_run_ahead__refused() external {
        commitFrom(0, 3, 1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ContributionMissing.selector, run, bank(3), uint32(1)));
        fix(1, 15);
        commitFrom(0, 1, 2);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ContributionMissing.selector, run, bank(0), uint32(1)));
        fix(1, 7);
    }

    function test_fixSurvivors__run_ahead_afterwards__round_still_closes() external {
        commitFrom(0, 4, 1);
        fix(1, 15);
        commitFrom(0, 1, 2);
        vm.prank(aggregator);
        models.closeRound(run, 1, "sum");
        check(models.runInfo(run).round == 1, "closed");
    }

    function test_fixSurvivors__by_a_party__refused() external {
        commitFrom(0, 4, 1);
        vm.prank(bank(0));
        (bool isDone,) = address(models).call(abi.encodeCall(models.fixSurvivors, (run, 1, 15)));
        check(!isDone, "only the aggregator");
    }

    function test_fixSurvivors__wrong_round__refused() external {
        commitFrom(0, 4, 1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.RoundOutOfOrder.selector, run, uint32(2), uint32(1)));
        fix(2, 15);
    }

    function test_closeRound__survivors_not_fixed__refused() external {
        commitFrom(0, 4, 1);
        vm.prank(aggregator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SurvivorsNotFixed.selector, run, uint32(1)));
        models.closeRound(run, 1, "sum");
    }

    function commitFrom(uint256 first, uint256 end, uint32 round) private {
        for (uint256 i = first; i < end; i++) {
            vm.prank(bank(i));
            models.commitContribution(run, round, contributionOf(i, round));
        }
    }

    function contributionOf(uint256 party, uint32 round) private view returns (bytes32) {
        return keccak256(abi.encode(run, round, party));
    }

    function fix(uint32 round, uint256 survivors) private {
        vm.prank(aggregator);
        models.fixSurvivors(run, round, survivors);
    }
}
