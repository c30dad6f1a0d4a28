// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ModelId, RunId} from "../../../contracts/types/Ids.sol";
import {Story} from "../support/Story.sol";

/// @dev One run of three parties after another, played by honest and hasty actors alike.
contract TrainingLife is Story {
    uint256 private constant QUORUM = 2;

    RunId[] private runs;
    mapping(RunId => IModelRegistry.RunState) private stateOf;
    mapping(RunId => uint256) private joined; // mask of the parties
    mapping(RunId => uint32) private closed;
    mapping(RunId => bytes32) private transcript;
    mapping(RunId => uint32[3]) private roundOf;
    mapping(RunId => mapping(uint32 => bytes32[3])) private committed;
    mapping(RunId => mapping(uint32 => bytes32)) private sums;
    mapping(RunId => mapping(uint32 => uint256)) private survivors;
    mapping(RunId => uint256[3]) private votes; // 1 + choice; 0 when none
    mapping(RunId => uint256) private finalChoice; // 1 + choice; 0 when none
    mapping(RunId => mapping(uint256 => bool)) private isWithdrawn;
    uint24 private finals;

    constructor() {
        setUpSpace();
        open(0);
    }

    function open(uint8 rarely) public {
        if (rarely % 32 != 0 || runs.length > 3) return;
        RunId run = openRun(bytes32(runs.length));
        if (stateOf[run] != IModelRegistry.RunState.None) return;
        runs.push(run);
        stateOf[run] = IModelRegistry.RunState.Joining;
    }

    function join(uint256 r, uint256 p) external {
        (RunId run, uint256 party) = pick(r, p);
        bool isRepeated = joined[run] >> party & 1 == 1;
        vm.prank(bank(party));
        bool isDone = attempt(abi.encodeCall(models.join, (run, keccak256(abi.encode(run, party)))));
        check(isDone == (isRepeated || stateOf[run] == IModelRegistry.RunState.Joining), "join");
        if (!isDone) return;
        joined[run] |= 1 << party;
        bool isFull = joined[run] == 7 && stateOf[run] == IModelRegistry.RunState.Joining;
        if (isFull) stateOf[run] = IModelRegistry.RunState.Training;
    }

    function commit(uint256 r, uint256 p, uint8 ahead, uint8 variant) external {
        (RunId run, uint256 party) = pick(r, p);
        uint32 at = roundOf[run][party];
        uint32 round = ahead % 8 == 1 ? at : ahead % 8 == 2 ? at + 2 : at + 1;
        if (round == at + 1 && at > closed[run] && ahead % 16 != 0) return; // seldom run ahead: that stops a run
        bytes32 contribution = keccak256(abi.encode(run, party, round, variant % 2));
        vm.prank(bank(party));
        bool isDone = attempt(abi.encodeCall(models.commitContribution, (run, round, contribution)));
        bool isSame = round == at && round != 0 && committed[run][round][party] == contribution;
        check(isDone == (isSame || round == at + 1), "commit");
        if (!isDone || isSame) return;
        roundOf[run][party] = round;
        committed[run][round][party] = contribution;
    }

    function fixate(uint256 r, uint8 ahead, uint8 set) external {
        RunId run = runs[r % runs.length];
        uint32 round = ahead % 8 == 1 ? closed[run] : ahead % 8 == 2 ? closed[run] + 2 : closed[run] + 1;
        uint256 chosen = set % 16 == 0 ? 6 : set % 16 == 1 ? 15 : 7;
        vm.prank(aggregator);
        bool isDone = attempt(abi.encodeCall(models.fixSurvivors, (run, round, chosen)));
        bool isSame = survivors[run][round] != 0 && survivors[run][round] == chosen;
        bool isLegal = stateOf[run] == IModelRegistry.RunState.Training && round == closed[run] + 1 && chosen == 7
            && survivors[run][round] == 0;
        for (uint256 i = 0; i < 3; i++) {
            isLegal = isLegal && roundOf[run][i] == round;
        }
        check(isDone == (isSame || isLegal), "fixed once, over those who committed to this round");
        if (!isDone || isSame) return;
        survivors[run][round] = chosen;
        uint208[] memory kept = new uint208[](3);
        for (uint256 i = 0; i < 3; i++) {
            kept[i] = uint208(uint256(committed[run][round][i]));
        }
        transcript[run] = keccak256(abi.encode(transcript[run], round, chosen, kept));
    }

    function close(uint256 r, uint8 ahead, uint8 variant) external {
        RunId run = runs[r % runs.length];
        uint32 round = ahead % 8 == 1 ? closed[run] : ahead % 8 == 2 ? closed[run] + 2 : closed[run] + 1;
        bytes32 sum = keccak256(abi.encode("sum", round, variant % 8 == 0));
        vm.prank(aggregator);
        bool isDone = attempt(abi.encodeCall(models.closeRound, (run, round, sum)));
        bool isSame = sums[run][round] != 0 && sums[run][round] == sum;
        bool isLegal =
            stateOf[run] == IModelRegistry.RunState.Training && round == closed[run] + 1 && survivors[run][round] != 0;
        check(isDone == (isSame || isLegal), "closed only with its survivors fixed");
        if (!isDone || isSame) return;
        closed[run] = round;
        sums[run][round] = sum;
        transcript[run] = keccak256(abi.encode(transcript[run], sum));
    }

    function vote(uint256 r, uint256 p, uint8 choice) external {
        (RunId run, uint256 party) = pick(r, p);
        uint256 chosen = choice % 4 == 0 ? 1 : 2;
        vm.prank(bank(party));
        bool isDone = attempt(abi.encodeCall(models.confirmModel, (run, card(nameOf(chosen)))));
        bool isSame = votes[run][party] == chosen;
        bool isOpen =
            stateOf[run] == IModelRegistry.RunState.Training || stateOf[run] == IModelRegistry.RunState.Completed;
        check(isDone == (isSame || (votes[run][party] == 0 && isOpen && closed[run] != 0)), "vote");
        if (!isDone || isSame) return;
        votes[run][party] = chosen;
        if (countOf(run, chosen) != QUORUM) return;
        finalChoice[run] = chosen;
        stateOf[run] = IModelRegistry.RunState.Completed;
        finals++;
    }

    function abandon(uint256 r, uint8 rarely) external {
        if (rarely % 64 != 0) return;
        RunId run = runs[r % runs.length];
        vm.prank(aggregator);
        bool isDone = attempt(abi.encodeCall(models.abandonRun, (run, "")));
        bool isUnderWay =
            stateOf[run] == IModelRegistry.RunState.Joining || stateOf[run] == IModelRegistry.RunState.Training;
        check(isDone == isUnderWay, "abandon");
        if (isDone) stateOf[run] = IModelRegistry.RunState.Abandoned;
    }

    function withdraw(uint256 r, uint8 choice, uint8 rarely) external {
        if (rarely % 8 != 0) return;
        RunId run = runs[r % runs.length];
        uint256 chosen = 1 + choice % 2;
        ModelId model = models.modelIdOf(run, card(nameOf(chosen)));
        vm.prank(regulator);
        bool isDone = attempt(abi.encodeCall(models.withdrawModel, (model, "")));
        check(isDone == (finalChoice[run] == chosen && !isWithdrawn[run][chosen]), "withdraw");
        if (isDone) isWithdrawn[run][chosen] = true;
    }

    function checkAll() external view {
        for (uint256 r = 0; r < runs.length; r++) {
            RunId run = runs[r];
            IModelRegistry.Run memory info = models.runInfo(run);
            check(info.state == stateOf[run] && info.round == closed[run], "state and round");
            check(info.transcript == transcript[run] && info.partyCount == 3, "transcript");
            for (uint32 round = 1; round <= closed[run]; round++) {
                check(models.aggregateOf(run, round) == sums[run][round], "sums never change");
                check(models.survivorsOf(run, round) == survivors[run][round], "survivors never change");
                for (uint256 i = 0; i < 3; i++) {
                    check(committed[run][round][i] != 0, "every survivor committed before the close");
                }
            }
            for (uint256 i = 0; i < 3; i++) {
                IModelRegistry.Party memory party = models.partyInfo(run, bank(i));
                check(party.round == roundOf[run][i] && party.participant == bankIds[i], "party");
                uint208 kept = uint208(uint256(committed[run][party.round][i]));
                check(party.contribution == kept, "the party's last contribution");
            }
            checkModels(run);
        }
    }

    function checkModels(RunId run) private view {
        for (uint256 chosen = 1; chosen <= 2; chosen++) {
            ModelId id = models.modelIdOf(run, card(nameOf(chosen)));
            IModelRegistry.Model memory m = models.modelInfo(id);
            uint256 count = countOf(run, chosen);
            check(m.confirmations == count, "confirmations");
            bool isFinal = m.state == IModelRegistry.ModelState.Final || m.state == IModelRegistry.ModelState.Withdrawn;
            check(isFinal == (finalChoice[run] == chosen), "final only by quorum");
            check(!isFinal || count >= QUORUM, "a quorum stands behind it");
            if (!isFinal) continue;
            check(models.modelAt(m.number) == id && m.number <= finals && m.number != 0, "number");
            check(models.isWithdrawn(m.number) == isWithdrawn[run][chosen], "withdrawn is final");
        }
    }

    function pick(uint256 r, uint256 p) private view returns (RunId, uint256) {
        return (runs[r % runs.length], p % 3);
    }

    function countOf(RunId run, uint256 chosen) private view returns (uint256 count) {
        for (uint256 i = 0; i < 3; i++) {
            if (votes[run][i] == chosen) count++;
        }
    }

    function nameOf(uint256 chosen) private pure returns (string memory) {
        return chosen == 1 ? "one" : "other";
    }

    function attempt(bytes memory data) private returns (bool isDone) {
        (isDone,) = address(models).call(data);
    }
}

contract TrainingInvariant {
    TrainingLife private life;

    function setUp() public {
        life = new TrainingLife();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(life);
    }

    /// @dev The actions hold checks of their own: any revert is a failure.
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_rounds_and_models_as_the_model() external view {
        life.checkAll();
    }
}
