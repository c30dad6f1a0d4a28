// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IFeatureRegistry} from "../interfaces/IFeatureRegistry.sol";
import {IInvoiceRegistry} from "../interfaces/IInvoiceRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {BatchIds} from "../libraries/BatchIds.sol";
import {BatchId, ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {SCALAR_FIELD} from "../types/ScalarField.sol";
import {VERSION} from "../types/Version.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @notice What each source said about a subject as of a day, said once.
contract FeatureRegistry is IFeatureRegistry, Guarded {
    using BatchIds for BatchId;

    uint256 private constant MAX_EVIDENCE = 32;
    uint256 private constant MAX_SOURCES = 16; // of 16 bits in one word

    struct Entry {
        bytes32 commitment; // slot 0
        uint40 committedBlock; // slot 1
        uint16 account;
        uint32 voidedBefore;
        uint8 evidenceCount;
        mapping(uint256 position => BatchId batch) evidence;
    }

    IParticipantRegistry public immutable PARTICIPANTS;
    IInvoiceRegistry public immutable INVOICES;

    mapping(address subject => mapping(uint16 asOfDay => mapping(ParticipantId source => Entry))) private _entries;
    mapping(address subject => mapping(uint16 asOfDay => uint256 packed)) private _sources; // the first lowest

    constructor(address authority, IParticipantRegistry participants, IInvoiceRegistry invoices)
        AccessManaged(authority)
    {
        PARTICIPANTS = participants;
        INVOICES = invoices;
    }

    // --- writes ---

    /// @inheritdoc IFeatureRegistry
    function commit(Features calldata features) external whenNotPaused {
        (uint64 account, uint64 source) = _requireSource();
        _commit(features, account, ParticipantId.wrap(uint16(source)));
    }

    /// @inheritdoc IFeatureRegistry
    function commitMany(Features[] calldata features) external whenNotPaused {
        (uint64 account, uint64 source) = _requireSource();
        for (uint256 i = 0; i < features.length; i++) {
            _commit(features[i], account, ParticipantId.wrap(uint16(source)));
        }
    }

    // --- reads ---

    /// @inheritdoc IFeatureRegistry
    function commitmentOf(address subject, uint16 asOfDay, ParticipantId source) external view returns (bytes32) {
        return _entries[subject][asOfDay][source].commitment;
    }

    /// @inheritdoc IFeatureRegistry
    function sourcesOf(address subject, uint16 asOfDay) external view returns (ParticipantId[] memory sources) {
        uint256 packed = _sources[subject][asOfDay];
        sources = new ParticipantId[](_sourceCount(packed));
        for (uint256 i = 0; i < sources.length; i++) {
            sources[i] = ParticipantId.wrap(uint16(packed >> (16 * i)));
        }
    }

    /// @inheritdoc IFeatureRegistry
    function requireCommitted(address subject, uint16 asOfDay, uint256 most)
        external
        view
        returns (uint256 sources, bytes32[] memory commitments)
    {
        sources = _sources[subject][asOfDay];
        uint256 count = _sourceCount(sources);
        require(count != 0, NothingCommitted(subject, asOfDay));
        require(count <= most, TooManySources(subject, asOfDay));
        mapping(ParticipantId => Entry) storage entries = _entries[subject][asOfDay];
        commitments = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            commitments[i] = entries[ParticipantId.wrap(uint16(sources >> (16 * i)))].commitment;
        }
    }

    /// @inheritdoc IFeatureRegistry
    function evidenceOf(address subject, uint16 asOfDay, ParticipantId source)
        external
        view
        returns (BatchId[] memory evidence)
    {
        Entry storage entry = _entries[subject][asOfDay][source];
        evidence = new BatchId[](entry.evidenceCount);
        for (uint256 i = 0; i < evidence.length; i++) {
            evidence[i] = entry.evidence[i];
        }
    }

    /// @inheritdoc IFeatureRegistry
    function evidenceState(address subject, uint16 asOfDay, uint40 asOfBlock)
        external
        view
        returns (bool known, bool intact)
    {
        intact = true;
        for (uint256 packed = _sources[subject][asOfDay]; packed != 0; packed >>= 16) {
            Entry storage entry = _entries[subject][asOfDay][ParticipantId.wrap(uint16(packed))];
            if (entry.committedBlock > asOfBlock) continue;
            known = true;
            intact = intact && _voidedIn(entry) == entry.voidedBefore
                && PARTICIPANTS.noneCompromised(entry.account, entry.committedBlock);
        }
        intact = intact && known;
    }

    /// @inheritdoc IFeatureRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    /// @dev Number of the caller's account and its participant, in the form of a single signer.
    function _requireSource() private view returns (uint64 account, uint64 source) {
        return PARTICIPANTS.requireSigners(msg.sender, address(0), address(0), address(0), Roles.SOURCE);
    }

    function _commit(Features calldata features, uint64 account, ParticipantId source) private {
        require(features.subject != address(0), InvalidSubject());
        bytes32 commitment = features.commitment;
        bool isElement = commitment != 0 && uint256(commitment) < SCALAR_FIELD;
        require(isElement, NotFieldElement(commitment));
        Entry storage entry = _entries[features.subject][features.asOfDay][source];
        if (entry.commitment != 0) {
            bool isSame = entry.commitment == commitment && _isSameEvidence(entry, features.evidence);
            require(isSame, FeaturesAlreadyCommitted(features.subject, features.asOfDay, source));
            return;
        }
        _requireEvidence(features.evidence, source);
        _addSource(features.subject, features.asOfDay, source);
        entry.commitment = commitment;
        for (uint256 i = 0; i < features.evidence.length; i++) {
            entry.evidence[i] = features.evidence[i];
        }
        entry.evidenceCount = uint8(features.evidence.length);
        entry.committedBlock = uint40(block.number);
        entry.account = uint16(account);
        uint32 voidedBefore = _voidedIn(entry);
        entry.voidedBefore = voidedBefore;
        emit FeaturesCommitted(features.subject, features.asOfDay, source, commitment, features.evidence, voidedBefore);
    }

    function _addSource(address subject, uint16 asOfDay, ParticipantId source) private {
        uint256 packed = _sources[subject][asOfDay];
        uint256 count = _sourceCount(packed);
        require(count < MAX_SOURCES, TooManySources(subject, asOfDay));
        _sources[subject][asOfDay] = packed | uint256(ParticipantId.unwrap(source)) << (16 * count);
    }

    function _requireEvidence(BatchId[] calldata evidence, ParticipantId source) private view {
        require(evidence.length <= MAX_EVIDENCE, TooMuchEvidence(evidence.length));
        for (uint256 i = 0; i < evidence.length; i++) {
            BatchId batch = evidence[i];
            require(batch.sourceOf() == source, EvidenceOfAnotherSource(batch, source));
            require(INVOICES.rootOf(batch) != 0, EvidenceUnknown(batch));
            for (uint256 j = 0; j < i; j++) {
                require(!(evidence[j] == batch), EvidenceRepeated(batch));
            }
        }
    }

    function _isSameEvidence(Entry storage entry, BatchId[] calldata evidence) private view returns (bool) {
        if (entry.evidenceCount != evidence.length) return false;
        for (uint256 i = 0; i < evidence.length; i++) {
            if (!(entry.evidence[i] == evidence[i])) return false;
        }
        return true;
    }

    function _voidedIn(Entry storage entry) private view returns (uint32 voided) {
        uint256 count = entry.evidenceCount;
        for (uint256 i = 0; i < count; i++) {
            voided += INVOICES.voidedCount(entry.evidence[i]);
        }
    }

    function _sourceCount(uint256 packed) private pure returns (uint256 count) {
        for (; packed != 0; packed >>= 16) {
            count++;
        }
    }
}
