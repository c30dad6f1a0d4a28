// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ModelId, ParticipantId, RunId} from "../types/Ids.sol";

/// @title Training runs, their rounds, and the models they end in
/// @notice Each party commits to its masked contribution before the aggregator closes the round; a model is final when a
/// quorum of the run's parties confirmed the same card. Contents stay off chain.
/// @dev Run states: None -> Joining -> Training -> Completed | Abandoned (both final).
/// Model states: None -> Proposed -> Final -> Withdrawn (final).
interface IModelRegistry {
    enum RunState {
        None,
        Joining,
        Training,
        Completed,
        Abandoned
    }

    enum ModelState {
        None,
        Proposed,
        Final,
        Withdrawn
    }

    /// @param aggregator Participant that may close rounds.
    /// @param round Last closed round; 0 before the first.
    /// @param partyCount Parties that opened the run; more than half of them take part in every round.
    /// @param joined Parties that posted their mask key.
    /// @param quorum Confirmations that make a model final.
    /// @param transcript Rolling hash over all rounds, see {fixSurvivors} and {closeRound}.
    struct Run {
        RunState state;
        ParticipantId aggregator;
        uint32 round;
        uint8 partyCount;
        uint8 joined;
        uint8 quorum;
        bytes32 planHash;
        bytes32 transcript;
    }

    /// @param participant Owner of the party's account.
    /// @param round Last round the party committed to.
    /// @param contribution Low 208 bits of what it committed to in that round; the event has all of it.
    /// @param maskKey X25519 key for the pairwise masks of this run; zero before it joined.
    struct Party {
        ParticipantId participant;
        uint32 round;
        uint208 contribution;
        bytes32 maskKey;
    }

    /// @notice What a party committed to, and its EIP-2098 signature of
    /// SumMessage(bytes32 run,uint32 round,uint8 phase,bytes32 tensor,uint64 sequence,bytes32 content)
    /// with content = contribution, phase = 2, sequence = 3 (round - 1) + 1.
    struct SignedContribution {
        bytes32 contribution;
        bytes32 r;
        bytes32 vs;
    }

    /// @param previous Sum of the round before; of no matter in round 1.
    /// @param survivors As for {fixSurvivors}.
    /// @param tensor SHA-256 of the tensor's name, as the survivors signed it.
    /// @param contributions Of each survivor, in the order of {partiesOf}.
    struct GatheredRound {
        uint32 round;
        bytes32 previous;
        uint256 survivors;
        bytes32 tensor;
        SignedContribution[] contributions;
    }

    /// @param modelHash SHA-256 of the canonical model bytes.
    /// @param schemaHash SHA-256 of the feature schema.
    /// @param codeHash Hash that names the training code's version.
    /// @param metricsHash SHA-256 of the canonical metrics.
    /// @param commitment Poseidon2 commitment of the model in the form that a circuit takes, an element of BN254's scalar
    /// field; zero for a model that no circuit takes.
    struct ModelCard {
        bytes32 modelHash;
        bytes32 schemaHash;
        bytes32 codeHash;
        bytes32 metricsHash;
        bytes32 commitment;
    }

    struct Model {
        ModelState state;
        RunId run;
        uint24 number;
        uint8 confirmations;
        ModelCard card;
    }

    event RunOpened(
        RunId indexed run,
        ParticipantId indexed aggregator,
        bytes32 indexed planHash,
        address[] parties,
        uint8 quorum,
        bytes32 operationId
    );
    event PartyJoined(RunId indexed run, address indexed party, bytes32 maskKey);
    event ContributionCommitted(RunId indexed run, address indexed party, uint32 indexed round, bytes32 contribution);
    event SurvivorsFixed(RunId indexed run, uint32 indexed round, uint256 survivors);
    event RoundClosed(RunId indexed run, uint32 indexed round, bytes32 aggregate);
    event RunAbandoned(RunId indexed run, bytes32 reasonHash);
    event ModelConfirmed(
        ModelId indexed model, RunId indexed run, address indexed party, ModelCard card, uint8 confirmations
    );
    event ModelFinalised(ModelId indexed model, RunId indexed run, uint24 number);
    event ModelWithdrawn(ModelId indexed model, bytes32 reasonHash);

    error UnknownRun(RunId run);
    error TooFewParties(uint256 count);
    error TooManyParties(uint256 count);
    error PartyRepeated(address party);
    error PartiesOfOneParticipant(ParticipantId participant);
    error InvalidQuorum(uint8 quorum, uint256 parties);
    error OperationConflict(RunId run);
    error NotParty(RunId run, address caller);
    error NotAggregator(RunId run, address caller);
    error RunNotInState(RunId run, RunState actual);
    error InvalidMaskKey();
    error MaskKeyAlreadySet(RunId run, address party);
    error MaskKeyRepeated(RunId run, bytes32 maskKey);
    error EmptyHash();
    error RoundOutOfOrder(RunId run, uint32 round, uint32 expected);
    error ContributionConflict(RunId run, address party, uint32 round);
    error ContributionMissing(RunId run, address party, uint32 round);
    error ContributionNotSigned(RunId run, address party, uint32 round);
    error ContributionsMiscounted(uint256 contributions, uint256 survivors);
    error TooFewSurvivors(RunId run, uint32 round, uint256 count);
    error PartyNotActive(RunId run, uint32 round, uint256 survivors);
    error SurvivorsAlreadyFixed(RunId run, uint32 round, uint256 survivors);
    error SurvivorsNotFixed(RunId run, uint32 round);
    error RoundAlreadyClosed(RunId run, uint32 round, bytes32 aggregate);
    error NoRoundClosed(RunId run);
    error NotFieldElement(bytes32 commitment);
    error AlreadyConfirmed(RunId run, address party, ModelId model);
    error UnknownModel(ModelId model);
    error ModelNotFinal(ModelId model, ModelState actual);

    /// @notice Opens a run over `parties`. Emits {RunOpened}. The same operation again is a no-op.
    /// @dev Requires a live account of an AGGREGATOR, 3 to 200 distinct live BANK accounts of distinct participants,
    /// quorum > parties / 2 and <= parties, plan hash != 0.
    function openRun(bytes32 planHash, address[] calldata parties, uint8 quorum, bytes32 operationId)
        external
        returns (RunId);

    /// @notice A party posts its mask key for this run. Emits {PartyJoined}. The last one starts the training.
    /// @dev Requires the party's account, still live. The same key again is a no-op.
    function join(RunId run, bytes32 maskKey) external;

    /// @notice A party commits to its masked contribution of the next round. Emits {ContributionCommitted}.
    /// @dev Requires a party of the run, `round` to follow the party's last one, contribution != 0; the same contribution
    /// again is a no-op.
    /// @dev Warning: neither the pause nor the state of the run or of the account is read: a commitment alone moves
    /// nothing, {fixSurvivors} checks them. This keeps the hottest write at the price of one warm slot. A party that runs
    /// ahead of the round in progress cannot be one of its survivors, as one that commits to nothing cannot.
    function commitContribution(RunId run, uint32 round, bytes32 contribution) external;

    /// @notice Fixes, once per round, whose contributions the round adds up: bit i stands for party i of {partiesOf}.
    /// Emits {SurvivorsFixed}. The same call again is a no-op. Parties answer for this set and for no other.
    /// @dev Requires a live AGGREGATOR account of the run's aggregator, the round after the last closed one, survivors
    /// among those of the round before (all parties in round 1), at least 3 and more than half of all parties, and of
    /// each a commitment to exactly this round and a live BANK account. The transcript becomes
    /// keccak256(abi.encode(bytes32 transcript, uint32 round, uint256 survivors, uint208[] contributions)), the low 208
    /// bits of the survivors' contributions in the order of the parties. Who is left out is out for the rest of the run.
    /// @dev Warning: whether a party that is left out had committed is not checked; its commitment's event shows it.
    function fixSurvivors(RunId run, uint32 round, uint256 survivors) external;

    /// @notice All that a round writes before it is opened, at once: closes the round before, puts the survivors'
    /// commitments on chain by their signatures, and fixes the survivors. Emits {RoundClosed}, {ContributionCommitted} of
    /// each, {SurvivorsFixed}. The same call again is a no-op.
    /// @dev Requires what {closeRound}, {commitContribution} (of each survivor) and {fixSurvivors} require, and a signature
    /// by each survivor's account. A party that has committed by itself is taken as it stands.
    function gatherRound(RunId run, GatheredRound calldata gathered) external;

    /// @notice Fixes the sum of a round. Emits {RoundClosed}. The same call again is a no-op.
    /// @dev Requires a live AGGREGATOR account of the run's aggregator, the round after the last closed one, its
    /// survivors fixed, aggregate != 0. The transcript becomes keccak256(abi.encode(bytes32 transcript, bytes32
    /// aggregate)): one word that fixes all survivors, their commitments and the sums.
    function closeRound(RunId run, uint32 round, bytes32 aggregate) external;

    /// @notice Gives a run up. Emits {RunAbandoned}. Requires a live account of its aggregator and a run under way.
    function abandonRun(RunId run, bytes32 reasonHash) external;

    /// @notice A party confirms the model it computed itself. Emits {ModelConfirmed}, at the quorum {ModelFinalised}.
    /// @dev Requires a live BANK account of a party, a closed round, four hashes and commitment < field modulus. A party confirms one model per run;
    /// its second identical call is a no-op. After the quorum the other parties may still add their confirmation.
    function confirmModel(RunId run, ModelCard calldata card) external returns (ModelId);

    /// @notice Takes a final model out of use for ever; its certificates stop being valid. Emits {ModelWithdrawn}.
    /// Requires the regulator. Works while paused.
    function withdrawModel(ModelId model, bytes32 reasonHash) external;

    /// @notice Short number of a final model; reverts with {UnknownModel} or {ModelNotFinal}.
    function requireFinal(ModelId model) external view returns (uint24 number);

    /// @notice Whether the model of this number was withdrawn; false for a number not yet given.
    function isWithdrawn(uint24 number) external view returns (bool);

    function modelAt(uint24 number) external view returns (ModelId);

    /// @notice Commitment to the model as a circuit takes it; zero when none does, or the model is unknown.
    function commitmentOf(ModelId model) external view returns (bytes32);

    function modelInfo(ModelId model) external view returns (Model memory);

    function runInfo(RunId run) external view returns (Run memory);

    function partiesOf(RunId run) external view returns (address[] memory);

    function partyInfo(RunId run, address party) external view returns (Party memory);

    /// @notice Aggregate of a closed round; zero when not closed.
    function aggregateOf(RunId run, uint32 round) external view returns (bytes32);

    /// @notice Survivors of a round as a bitmap over {partiesOf}; zero while not fixed.
    function survivorsOf(RunId run, uint32 round) external view returns (uint256);

    function runIdOf(ParticipantId aggregator, bytes32 operationId) external view returns (RunId);

    /// @notice keccak256(abi.encode(MODEL_TYPEHASH, chainId, registry, run, modelHash, schemaHash, codeHash, metricsHash,
    /// commitment)), MODEL_TYPEHASH = keccak256("Model(uint256 chainId,address registry,bytes32 run,bytes32 modelHash,bytes32
    /// schemaHash,bytes32 codeHash,bytes32 metricsHash,bytes32 commitment)").
    function modelIdOf(RunId run, ModelCard calldata card) external view returns (ModelId);

    function version() external view returns (string memory);
}
