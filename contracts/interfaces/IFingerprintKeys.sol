// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ParticipantId} from "../types/Ids.sol";
import {IFingerprintEpochs} from "./IFingerprintEpochs.sol";

/// @title Epochs, keyholders and faults of the fingerprint service
/// @notice A key of an epoch exists in shares only. Keyholders agree on them off chain and confirm here that they hold the
/// same; they count what they evaluate in a log whose head stands here; and whoever was given a wrong answer proves it here.
/// @dev Epoch states: None -> Proposed -> Open -> Closed. A proposal may be replaced until it opens, never after.
interface IFingerprintKeys is IFingerprintEpochs {
    enum EpochState {
        None,
        Proposed,
        Open,
        Closed
    }

    /// @dev Malformed: bytes that no correct keyholder signs. WrongProof: the proof does not hold for key and elements.
    /// TwoKeys: two answers for one seller and epoch under two keys.
    enum Fault {
        None,
        Malformed,
        WrongProof,
        TwoKeys
    }

    /// @param attempt Counts the proposals for this epoch number.
    /// @param transcript What all keyholders confirmed; zero before the first did.
    struct Epoch {
        EpochState state;
        uint8 threshold;
        uint8 nodes;
        uint8 confirmations;
        uint32 attempt;
        uint40 openedAt;
        uint40 closedAt;
        bytes32 transcript;
    }

    /// @param account Signs the answers; zero until the keyholder confirmed.
    struct Node {
        ParticipantId participant;
        address account;
        uint32 faults;
        bool destroyed;
    }

    /// @param entries Entries of the keyholder's log so far, one for each batch it answered.
    /// @param evaluations Elements it evaluated so far.
    /// @param head Hash of the last entry, which holds the hash of the one before.
    struct LogHead {
        uint64 entries;
        uint64 evaluations;
        uint40 anchoredAt;
        bytes32 head;
    }

    /// @notice What a keyholder signs (EIP-712 `Evaluation`) with its answer to a batch.
    /// @param request EIP-712 digest of the bank's request.
    /// @param seller Pseudonym of the firm whose key was used.
    /// @param key Keccak-256 of the keyholder's public key share for seller and epoch (33 bytes, compressed).
    /// @param blinded Keccak-256 of the elements asked for, 33 bytes each.
    /// @param evaluated Keccak-256 of the elements answered, 33 bytes each.
    /// @param challenge Scalar c of the proof (RFC 9497, section 2.2).
    /// @param response Scalar s of the proof.
    struct Answer {
        bytes32 request;
        uint32 epoch;
        address seller;
        bytes32 key;
        bytes32 blinded;
        bytes32 evaluated;
        bytes32 challenge;
        bytes32 response;
    }

    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @param key, blinded, evaluated The bytes behind the answer's hashes.
    /// @param weightedBlinded, weightedEvaluated d_i * C_i and d_i * D_i with the weights of RFC 9497, section 2.2.1.
    /// @param t2 s * G + c * key.
    /// @param scaledM s * M and `scaledZ` c * Z, of the composites M and Z.
    /// @dev The points are only looked at when all bytes are well formed.
    struct Evidence {
        bytes key;
        bytes blinded;
        bytes evaluated;
        Point[] weightedBlinded;
        Point[] weightedEvaluated;
        Point t2;
        Point scaledM;
        Point scaledZ;
    }

    event EpochProposed(uint32 indexed epoch, uint32 attempt, uint8 threshold, ParticipantId[] nodes);
    event KeysConfirmed(uint32 indexed epoch, uint8 indexed node, address account, bytes32 transcript);
    event EpochOpened(uint32 indexed epoch, bytes32 transcript);
    event EpochClosed(uint32 indexed epoch);
    event KeysDestroyed(uint32 indexed epoch, uint8 indexed node);
    event LogAnchored(ParticipantId indexed participant, uint64 entries, uint64 evaluations, bytes32 head);
    event FaultProven(uint32 indexed epoch, uint8 indexed node, Fault fault, bytes32 answer, address reporter);

    error InvalidThreshold(uint8 threshold, uint256 nodes);
    error NotKeyholder(ParticipantId participant);
    error NodeRepeated(ParticipantId participant);
    error EpochNotInState(uint32 epoch, EpochState state);
    error NotNode(uint32 epoch, address account);
    error KeysAlreadyConfirmed(uint32 epoch, uint8 node);
    error CeremonyReplaced(uint32 epoch, bytes32 ceremony);
    error TranscriptDiffers(uint32 epoch, bytes32 transcript);
    error TwoEpochsOpen(uint32 older, uint32 newer);
    error KeysAlreadyDestroyed(uint32 epoch, uint8 node);
    error LogNotLonger(uint64 entries, uint64 evaluations);
    error EvidenceOfAnotherAnswer(bytes32 answer);
    error FaultAlreadyReported(bytes32 answer);
    error WitnessInvalid(uint256 place);
    error AnswerIsCorrect(bytes32 answer);
    error AnswersDoNotConflict();

    /// @notice Names the keyholders of the next epoch, in the order of their node numbers from 1. Emits {EpochProposed}.
    /// Replaces a proposal that did not open.
    /// @dev Requires the regulator, 2 <= threshold <= nodes <= 10, distinct participants that hold the role KEYHOLDER.
    function proposeEpoch(ParticipantId[] calldata nodes, uint8 threshold) external returns (uint32 epoch);

    /// @notice Says that the caller's keyholder holds its seeds, and from which account it will sign. Emits {KeysConfirmed};
    /// the last one opens the epoch: {EpochOpened}.
    /// @param ceremony {ceremonyOf} the proposal the seeds were drawn for.
    /// @param transcript Hash over all offers of the ceremony: the same for everybody.
    /// @dev Requires a live account of a KEYHOLDER that is a node of the proposed epoch, once; the transcript that the
    /// first one confirmed; and fewer than two open epochs for the last one.
    function confirmKeys(uint32 epoch, bytes32 ceremony, bytes32 transcript) external;

    /// @notice Ends an open epoch for ever. Emits {EpochClosed}. Requires the regulator. Works while paused.
    function closeEpoch(uint32 epoch) external;

    /// @notice Says that the caller's keyholder deleted its seeds of a closed epoch. Emits {KeysDestroyed}. Works while
    /// paused.
    /// @dev Warning: nobody can check a deletion. It takes n - t + 1 honest keyholders to make an old key unknowable.
    function confirmDestruction(uint32 epoch) external;

    /// @notice Fixes the caller's log up to an entry. Emits {LogAnchored}. Works while paused.
    /// @dev Requires a live account of a KEYHOLDER, more entries and no fewer evaluations than anchored before.
    function anchorLog(uint64 entries, uint64 evaluations, bytes32 head) external;

    /// @notice Proves that a signed answer is wrong. Anybody; works while paused. Emits {FaultProven}.
    /// @dev Reverts with {AnswerIsCorrect} for an answer that is right, {WitnessInvalid} for a wrong supporting point.
    /// @dev Warning: whether `key` is the right share for the seller cannot be judged here; clients compare the
    /// keyholders' shares with each other.
    function reportFault(Answer calldata answer, bytes calldata signature, Evidence calldata evidence)
        external
        returns (Fault);

    /// @notice Proves that a keyholder used two keys for one seller in one epoch. Anybody; works while paused.
    /// Emits {FaultProven} with the digest of the second answer.
    function reportTwoKeys(
        Answer calldata first,
        bytes calldata firstSignature,
        Answer calldata second,
        bytes calldata secondSignature
    ) external;

    function epochInfo(uint32 epoch) external view returns (Epoch memory);

    /// @notice The keyholders of an epoch; node i stands at place i - 1.
    function nodesOf(uint32 epoch) external view returns (Node[] memory);

    /// @notice Number of the node that signs with an account in an epoch; 0 when none does.
    function nodeOf(uint32 epoch, address account) external view returns (uint8);

    /// @notice Identifies one proposal: chain, contract, epoch, attempt, threshold, nodes.
    function ceremonyOf(uint32 epoch) external view returns (bytes32);

    function logHeadOf(ParticipantId participant) external view returns (LogHead memory);

    /// @notice The digest that the keyholder signs.
    function answerDigestOf(Answer calldata answer) external view returns (bytes32);

    function version() external view returns (string memory);
}
