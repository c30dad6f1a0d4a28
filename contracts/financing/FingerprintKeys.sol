// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IFingerprintEpochs} from "../interfaces/IFingerprintEpochs.sol";
import {IFingerprintKeys} from "../interfaces/IFingerprintKeys.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {EvaluationProofs} from "../libraries/EvaluationProofs.sol";
import {ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {VERSION} from "../types/Version.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Who holds shares of which epoch's keys, how much they evaluated, and which of their answers were wrong.
contract FingerprintKeys is IFingerprintKeys, EIP712, Guarded {
    bytes32 private constant ANSWER_TYPEHASH = keccak256(
        "Evaluation(bytes32 request,uint32 epoch,address seller,bytes32 key,bytes32 blinded,bytes32 evaluated,bytes32 challenge,bytes32 response)"
    );
    uint256 private constant MAX_NODES = 10; // 5 of 10 share 252 seeds; more would be slow everywhere

    IParticipantRegistry public immutable PARTICIPANTS;

    uint32 private _older; // shares the slot of the pause flag
    uint32 private _newer;
    uint32 private _lastOpened;
    mapping(uint32 epoch => Epoch) private _epochs;
    mapping(uint32 epoch => mapping(uint256 node => Node)) private _nodes;
    mapping(uint32 epoch => mapping(address account => uint8 node)) private _nodeOf;
    mapping(ParticipantId participant => LogHead) private _logs;
    mapping(bytes32 answer => Fault) private _faults;

    constructor(address authority, IParticipantRegistry participants)
        EIP712("TrustSpace FingerprintKeys", "1")
        AccessManaged(authority)
    {
        PARTICIPANTS = participants;
    }

    // --- writes ---

    /// @inheritdoc IFingerprintKeys
    function proposeEpoch(ParticipantId[] calldata nodes, uint8 threshold)
        external
        restricted
        whenNotPaused
        returns (uint32 epoch)
    {
        bool isThreshold = threshold >= 2 && threshold <= nodes.length && nodes.length <= MAX_NODES;
        require(isThreshold, InvalidThreshold(threshold, nodes.length));
        epoch = _lastOpened + 1;
        Epoch storage entry = _epochs[epoch];
        _forgetNodes(epoch, entry.nodes);
        for (uint256 i = 0; i < nodes.length; i++) {
            (uint8 roles, bool suspended) = PARTICIPANTS.rolesOf(nodes[i]);
            require(roles & Roles.KEYHOLDER != 0 && !suspended, NotKeyholder(nodes[i]));
            for (uint256 j = 0; j < i; j++) {
                require(nodes[j] != nodes[i], NodeRepeated(nodes[i]));
            }
            _nodes[epoch][i + 1].participant = nodes[i];
        }
        entry.state = EpochState.Proposed;
        entry.threshold = threshold;
        entry.nodes = uint8(nodes.length);
        entry.confirmations = 0;
        entry.attempt++;
        entry.transcript = 0;
        emit EpochProposed(epoch, entry.attempt, threshold, nodes);
    }

    /// @inheritdoc IFingerprintKeys
    function confirmKeys(uint32 epoch, bytes32 ceremony, bytes32 transcript) external whenNotPaused {
        Epoch storage entry = _inState(epoch, EpochState.Proposed);
        uint8 number = _ownNode(epoch, entry.nodes);
        Node storage node = _nodes[epoch][number];
        require(node.account == address(0), KeysAlreadyConfirmed(epoch, number));
        bytes32 current = ceremonyOf(epoch);
        require(ceremony == current, CeremonyReplaced(epoch, current));
        require(entry.confirmations == 0 || entry.transcript == transcript, TranscriptDiffers(epoch, entry.transcript));
        node.account = msg.sender;
        _nodeOf[epoch][msg.sender] = number;
        entry.transcript = transcript;
        entry.confirmations++;
        emit KeysConfirmed(epoch, number, msg.sender, transcript);
        if (entry.confirmations == entry.nodes) _open(epoch, entry);
    }

    /// @inheritdoc IFingerprintKeys
    function closeEpoch(uint32 epoch) external restricted {
        Epoch storage entry = _inState(epoch, EpochState.Open);
        entry.state = EpochState.Closed;
        entry.closedAt = uint40(block.timestamp);
        if (epoch == _newer) _newer = _older;
        _older = 0;
        emit EpochClosed(epoch);
    }

    /// @inheritdoc IFingerprintKeys
    function confirmDestruction(uint32 epoch) external {
        Epoch storage entry = _inState(epoch, EpochState.Closed);
        uint8 number = _ownNode(epoch, entry.nodes);
        Node storage node = _nodes[epoch][number];
        require(!node.destroyed, KeysAlreadyDestroyed(epoch, number));
        node.destroyed = true;
        emit KeysDestroyed(epoch, number);
    }

    /// @inheritdoc IFingerprintKeys
    function anchorLog(uint64 entries, uint64 evaluations, bytes32 head) external {
        ParticipantId participant = PARTICIPANTS.requireRole(msg.sender, Roles.KEYHOLDER);
        LogHead storage log = _logs[participant];
        bool isLonger = entries > log.entries && evaluations >= log.evaluations;
        require(isLonger, LogNotLonger(log.entries, log.evaluations));
        _logs[participant] = LogHead(entries, evaluations, uint40(block.timestamp), head);
        emit LogAnchored(participant, entries, evaluations, head);
    }

    /// @inheritdoc IFingerprintKeys
    function reportFault(Answer calldata answer, bytes calldata signature, Evidence calldata evidence)
        external
        returns (Fault fault)
    {
        (bytes32 digest, uint8 node) = _signed(answer, signature);
        bool isEvidence = keccak256(evidence.key) == answer.key && keccak256(evidence.blinded) == answer.blinded
            && keccak256(evidence.evaluated) == answer.evaluated;
        require(isEvidence, EvidenceOfAnotherAnswer(digest));
        require(_faults[digest] == Fault.None, FaultAlreadyReported(digest));
        fault = EvaluationProofs.judge(answer, evidence);
        require(fault != Fault.None, AnswerIsCorrect(digest));
        _prove(answer.epoch, node, fault, digest);
    }

    /// @inheritdoc IFingerprintKeys
    function reportTwoKeys(
        Answer calldata first,
        bytes calldata firstSignature,
        Answer calldata second,
        bytes calldata secondSignature
    ) external {
        (, uint8 node) = _signed(first, firstSignature);
        (bytes32 digest, uint8 other) = _signed(second, secondSignature);
        bool isConflict =
            node == other && first.epoch == second.epoch && first.seller == second.seller && first.key != second.key;
        require(isConflict, AnswersDoNotConflict());
        require(_faults[digest] == Fault.None, FaultAlreadyReported(digest));
        _prove(second.epoch, node, Fault.TwoKeys, digest);
    }

    // --- reads ---

    /// @inheritdoc IFingerprintEpochs
    function openEpochs() external view returns (uint32 older, uint32 newer) {
        return (_older, _newer);
    }

    /// @inheritdoc IFingerprintKeys
    function epochInfo(uint32 epoch) external view returns (Epoch memory) {
        return _epochs[epoch];
    }

    /// @inheritdoc IFingerprintKeys
    function nodesOf(uint32 epoch) external view returns (Node[] memory nodes) {
        nodes = new Node[](_epochs[epoch].nodes);
        for (uint256 i = 0; i < nodes.length; i++) {
            nodes[i] = _nodes[epoch][i + 1];
        }
    }

    /// @inheritdoc IFingerprintKeys
    function nodeOf(uint32 epoch, address account) external view returns (uint8) {
        return _nodeOf[epoch][account];
    }

    /// @inheritdoc IFingerprintKeys
    function ceremonyOf(uint32 epoch) public view returns (bytes32) {
        Epoch storage entry = _epochs[epoch];
        uint16[] memory participants = new uint16[](entry.nodes);
        for (uint256 i = 0; i < participants.length; i++) {
            participants[i] = ParticipantId.unwrap(_nodes[epoch][i + 1].participant);
        }
        return keccak256(abi.encode(block.chainid, this, epoch, entry.attempt, entry.threshold, participants));
    }

    /// @inheritdoc IFingerprintKeys
    function logHeadOf(ParticipantId participant) external view returns (LogHead memory) {
        return _logs[participant];
    }

    /// @inheritdoc IFingerprintKeys
    function answerDigestOf(Answer calldata answer) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ANSWER_TYPEHASH, answer)));
    }

    /// @inheritdoc IFingerprintKeys
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    function _open(uint32 epoch, Epoch storage entry) private {
        require(_older == 0, TwoEpochsOpen(_older, _newer));
        (_older, _newer, _lastOpened) = (_newer, epoch, epoch);
        entry.state = EpochState.Open;
        entry.openedAt = uint40(block.timestamp);
        emit EpochOpened(epoch, entry.transcript);
    }

    function _prove(uint32 epoch, uint8 node, Fault fault, bytes32 digest) private {
        _faults[digest] = fault;
        _nodes[epoch][node].faults++;
        emit FaultProven(epoch, node, fault, digest, msg.sender);
    }

    /// @dev Confirmations of a replaced proposal count for nothing.
    function _forgetNodes(uint32 epoch, uint256 count) private {
        for (uint256 i = 1; i <= count; i++) {
            delete _nodeOf[epoch][_nodes[epoch][i].account];
            delete _nodes[epoch][i];
        }
    }

    function _signed(Answer calldata answer, bytes calldata signature)
        private
        view
        returns (bytes32 digest, uint8 node)
    {
        digest = answerDigestOf(answer);
        (address signer,,) = ECDSA.tryRecover(digest, signature);
        node = _nodeOf[answer.epoch][signer];
        require(node != 0, NotNode(answer.epoch, signer));
    }

    /// @dev The node of the epoch that the caller's participant is.
    function _ownNode(uint32 epoch, uint256 count) private view returns (uint8) {
        ParticipantId participant = PARTICIPANTS.requireRole(msg.sender, Roles.KEYHOLDER);
        for (uint256 i = 1; i <= count; i++) {
            if (_nodes[epoch][i].participant == participant) return uint8(i);
        }
        revert NotNode(epoch, msg.sender);
    }

    function _inState(uint32 epoch, EpochState state) private view returns (Epoch storage entry) {
        entry = _epochs[epoch];
        require(entry.state == state, EpochNotInState(epoch, entry.state));
    }
}
