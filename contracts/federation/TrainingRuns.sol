// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {CompactSignatures} from "../libraries/CompactSignatures.sol";
import {NOBODY, ParticipantId, RunId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Runs and their rounds: every party commits, the aggregator fixes who is still there, then the sum.
abstract contract TrainingRuns is IModelRegistry, EIP712, Guarded {
    bytes32 private constant RUN_TYPEHASH =
        keccak256("TrainingRun(uint256 chainId,address registry,uint16 aggregator,bytes32 operationId)");
    bytes32 private constant MESSAGE_TYPEHASH =
        keccak256("SumMessage(bytes32 run,uint32 round,uint8 phase,bytes32 tensor,uint64 sequence,bytes32 content)");
    uint8 private constant CONTRIBUTION = 2; // the second of a round's three messages
    uint256 private constant PHASES = 3;
    uint256 private constant FEWEST_PARTIES = 3; // fewer would learn each other's numbers from the sum
    uint256 private constant MOST_PARTIES = 200; // opening then takes 13 million gas

    /// @dev One slot: the hottest write reads and writes nothing else.
    struct PartySlot {
        ParticipantId participant;
        uint32 round;
        uint208 contribution;
    }

    IParticipantRegistry public immutable PARTICIPANTS;

    mapping(RunId run => Run) private _runs;
    mapping(RunId run => address[]) private _parties;
    mapping(RunId run => mapping(address party => PartySlot)) private _partySlots;
    mapping(RunId run => mapping(address party => bytes32 key)) private _maskKeys;
    mapping(RunId run => mapping(uint32 round => uint256 bitmap)) private _survivors;
    mapping(RunId run => mapping(uint32 round => bytes32 aggregate)) private _aggregates;

    constructor(IParticipantRegistry participants) {
        PARTICIPANTS = participants;
    }

    // --- writes ---

    /// @inheritdoc IModelRegistry
    function openRun(bytes32 planHash, address[] calldata parties, uint8 quorum, bytes32 operationId)
        external
        whenNotPaused
        returns (RunId run)
    {
        ParticipantId aggregator = PARTICIPANTS.requireRole(msg.sender, Roles.AGGREGATOR);
        run = runIdOf(aggregator, operationId);
        if (_runs[run].state != RunState.None) {
            require(_isSameRun(run, planHash, parties, quorum), OperationConflict(run));
            return run;
        }
        uint256 count = parties.length;
        require(planHash != 0, EmptyHash());
        require(count >= FEWEST_PARTIES, TooFewParties(count));
        require(count <= MOST_PARTIES, TooManyParties(count));
        require(quorum > count / 2 && quorum <= count, InvalidQuorum(quorum, count));
        _addParties(run, parties);
        _runs[run] = Run({
            state: RunState.Joining,
            aggregator: aggregator,
            round: 0,
            partyCount: uint8(count),
            joined: 0,
            quorum: quorum,
            planHash: planHash,
            transcript: 0
        });
        emit RunOpened(run, aggregator, planHash, parties, quorum, operationId);
    }

    /// @inheritdoc IModelRegistry
    function join(RunId run, bytes32 maskKey) external whenNotPaused {
        _requireParty(run);
        bytes32 known = _maskKeys[run][msg.sender];
        if (known != 0 && known == maskKey) return;
        require(known == 0, MaskKeyAlreadySet(run, msg.sender));
        Run storage r = _runs[run];
        require(r.state == RunState.Joining, RunNotInState(run, r.state));
        require(maskKey != 0, InvalidMaskKey());
        address[] storage parties = _parties[run];
        for (uint256 i = 0; i < parties.length; i++) {
            require(_maskKeys[run][parties[i]] != maskKey, MaskKeyRepeated(run, maskKey));
        }
        _maskKeys[run][msg.sender] = maskKey;
        r.joined++;
        if (r.joined == r.partyCount) r.state = RunState.Training;
        emit PartyJoined(run, msg.sender, maskKey);
    }

    /// @inheritdoc IModelRegistry
    function commitContribution(RunId run, uint32 round, bytes32 contribution) external {
        _commit(run, round, msg.sender, contribution);
    }

    /// @inheritdoc IModelRegistry
    function gatherRound(RunId run, GatheredRound calldata gathered) external whenNotPaused {
        Run storage r = _requireAggregator(run, PARTICIPANTS.requireRole(msg.sender, Roles.AGGREGATOR));
        if (gathered.round > 1) _close(run, r, gathered.round - 1, gathered.previous);
        if (_isFixed(run, gathered.round, gathered.survivors)) return;
        _commitAll(run, gathered);
        _fix(run, r, gathered.round, gathered.survivors);
    }

    /// @inheritdoc IModelRegistry
    function fixSurvivors(RunId run, uint32 round, uint256 survivors) external whenNotPaused {
        Run storage r = _requireAggregator(run, PARTICIPANTS.requireRole(msg.sender, Roles.AGGREGATOR));
        if (_isFixed(run, round, survivors)) return;
        _fix(run, r, round, survivors);
    }

    /// @inheritdoc IModelRegistry
    function closeRound(RunId run, uint32 round, bytes32 aggregate) external whenNotPaused {
        Run storage r = _requireAggregator(run, PARTICIPANTS.requireRole(msg.sender, Roles.AGGREGATOR));
        _close(run, r, round, aggregate);
    }

    /// @inheritdoc IModelRegistry
    function abandonRun(RunId run, bytes32 reasonHash) external whenNotPaused {
        Run storage r = _requireAggregator(run, PARTICIPANTS.requireRole(msg.sender, Roles.AGGREGATOR));
        require(_isUnderWay(r.state), RunNotInState(run, r.state));
        r.state = RunState.Abandoned;
        emit RunAbandoned(run, reasonHash);
    }

    // --- reads ---

    /// @inheritdoc IModelRegistry
    function runInfo(RunId run) external view returns (Run memory) {
        return _runs[run];
    }

    /// @inheritdoc IModelRegistry
    function partiesOf(RunId run) external view returns (address[] memory) {
        return _parties[run];
    }

    /// @inheritdoc IModelRegistry
    function partyInfo(RunId run, address party) external view returns (Party memory) {
        PartySlot memory slot = _partySlots[run][party];
        return Party({
            participant: slot.participant,
            round: slot.round,
            contribution: slot.contribution,
            maskKey: _maskKeys[run][party]
        });
    }

    /// @inheritdoc IModelRegistry
    function aggregateOf(RunId run, uint32 round) external view returns (bytes32) {
        return _aggregates[run][round];
    }

    /// @inheritdoc IModelRegistry
    function survivorsOf(RunId run, uint32 round) external view returns (uint256) {
        return _survivors[run][round];
    }

    /// @inheritdoc IModelRegistry
    function runIdOf(ParticipantId aggregator, bytes32 operationId) public view returns (RunId) {
        return RunId.wrap(keccak256(abi.encode(RUN_TYPEHASH, block.chainid, address(this), aggregator, operationId)));
    }

    // --- for the inheriting contract ---

    function _run(RunId run) internal view returns (Run storage r) {
        r = _runs[run];
        require(r.state != RunState.None, UnknownRun(run));
    }

    /// @dev Requires the caller to be a party of a known run by a live account of a bank.
    function _requireParty(RunId run) internal view returns (Run storage r) {
        r = _run(run);
        require(_partySlots[run][msg.sender].participant != NOBODY, NotParty(run, msg.sender));
        PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
    }

    function _isUnderWay(RunState state) internal pure returns (bool) {
        return state == RunState.Joining || state == RunState.Training;
    }

    // --- internal ---

    function _addParties(RunId run, address[] calldata parties) private {
        ParticipantId[] memory participants = new ParticipantId[](parties.length);
        for (uint256 i = 0; i < parties.length; i++) {
            participants[i] = PARTICIPANTS.requireRole(parties[i], Roles.BANK);
            for (uint256 j = 0; j < i; j++) {
                require(parties[j] != parties[i], PartyRepeated(parties[i]));
                require(participants[j] != participants[i], PartiesOfOneParticipant(participants[i]));
            }
            _partySlots[run][parties[i]].participant = participants[i];
        }
        _parties[run] = parties;
    }

    function _isSameRun(RunId run, bytes32 planHash, address[] calldata parties, uint8 quorum)
        private
        view
        returns (bool)
    {
        Run storage r = _runs[run];
        if (r.planHash != planHash || r.quorum != quorum) return false;
        return keccak256(abi.encode(parties)) == keccak256(abi.encode(_parties[run]));
    }

    function _requireAggregator(RunId run, ParticipantId caller) private view returns (Run storage r) {
        r = _run(run);
        require(r.aggregator == caller, NotAggregator(run, msg.sender));
    }

    function _commit(RunId run, uint32 round, address account, bytes32 contribution) private {
        PartySlot storage slot = _partySlots[run][account];
        PartySlot memory party = slot;
        require(party.participant != NOBODY, NotParty(run, account));
        require(contribution != 0, EmptyHash());
        uint208 kept = uint208(uint256(contribution));
        if (round == party.round && round != 0) {
            require(kept == party.contribution, ContributionConflict(run, account, round));
            return;
        }
        require(round == party.round + 1, RoundOutOfOrder(run, round, party.round + 1));
        (slot.round, slot.contribution) = (round, kept);
        emit ContributionCommitted(run, account, round, contribution);
    }

    function _commitAll(RunId run, GatheredRound calldata gathered) private {
        address[] memory parties = _parties[run];
        uint256 count = gathered.contributions.length;
        require(count == _countOf(gathered.survivors), ContributionsMiscounted(count, _countOf(gathered.survivors)));
        uint256 next = 0;
        for (uint256 i = 0; i < parties.length; i++) {
            if (gathered.survivors >> i & 1 == 0) continue;
            SignedContribution calldata signed = gathered.contributions[next++];
            bytes32 digest = _messageOf(run, gathered.round, gathered.tensor, signed.contribution);
            address signer = CompactSignatures.recover(digest, signed.r, signed.vs);
            require(signer == parties[i], ContributionNotSigned(run, parties[i], gathered.round));
            _commit(run, gathered.round, signer, signed.contribution);
        }
    }

    /// @dev What a party signs about its masked contribution; round 0 is nobody's.
    function _messageOf(RunId run, uint32 round, bytes32 tensor, bytes32 content) private view returns (bytes32) {
        require(round != 0, RoundOutOfOrder(run, 0, 1));
        uint256 sequence = PHASES * (uint256(round) - 1) + CONTRIBUTION - 1;
        return
            _hashTypedDataV4(
                keccak256(abi.encode(MESSAGE_TYPEHASH, run, round, CONTRIBUTION, tensor, sequence, content))
            );
    }

    /// @dev Whether these are the round's survivors already. Reverts when others are.
    function _isFixed(RunId run, uint32 round, uint256 survivors) private view returns (bool) {
        uint256 known = _survivors[run][round];
        if (known != 0 && known == survivors) return true;
        require(known == 0, SurvivorsAlreadyFixed(run, round, known));
        return false;
    }

    function _fix(RunId run, Run storage r, uint32 round, uint256 survivors) private {
        require(r.state == RunState.Training, RunNotInState(run, r.state));
        require(round == r.round + 1, RoundOutOfOrder(run, round, r.round + 1));
        uint256 active = r.round == 0 ? (uint256(1) << r.partyCount) - 1 : _survivors[run][r.round];
        require(survivors & ~active == 0, PartyNotActive(run, round, survivors));
        uint208[] memory contributions = _contributionsTo(run, round, survivors);
        uint256 count = contributions.length;
        require(count >= FEWEST_PARTIES && 2 * count > r.partyCount, TooFewSurvivors(run, round, count));
        _survivors[run][round] = survivors;
        r.transcript = keccak256(abi.encode(r.transcript, round, survivors, contributions));
        emit SurvivorsFixed(run, round, survivors);
    }

    function _close(RunId run, Run storage r, uint32 round, bytes32 aggregate) private {
        bytes32 closed = _aggregates[run][round];
        if (closed != 0 && closed == aggregate) return;
        require(closed == 0, RoundAlreadyClosed(run, round, closed));
        require(r.state == RunState.Training, RunNotInState(run, r.state));
        require(round == r.round + 1, RoundOutOfOrder(run, round, r.round + 1));
        require(aggregate != 0, EmptyHash());
        require(_survivors[run][round] != 0, SurvivorsNotFixed(run, round));
        r.round = round;
        r.transcript = keccak256(abi.encode(r.transcript, aggregate));
        _aggregates[run][round] = aggregate;
        emit RoundClosed(run, round, aggregate);
    }

    /// @dev What the survivors committed to, in the parties' order; each must be live, a bank, and at exactly this round.
    function _contributionsTo(RunId run, uint32 round, uint256 survivors)
        private
        view
        returns (uint208[] memory contributions)
    {
        address[] memory parties = _parties[run];
        contributions = new uint208[](_countOf(survivors));
        uint256 next = 0;
        for (uint256 i = 0; i < parties.length; i++) {
            if (survivors >> i & 1 == 0) continue;
            PartySlot memory slot = _partySlots[run][parties[i]];
            require(slot.round == round, ContributionMissing(run, parties[i], round));
            PARTICIPANTS.requireRole(parties[i], Roles.BANK);
            contributions[next++] = slot.contribution;
        }
    }

    function _countOf(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) {
            count++;
        }
    }
}
