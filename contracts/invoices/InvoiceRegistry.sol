// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IInvoiceRegistry} from "../interfaces/IInvoiceRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {BatchIds} from "../libraries/BatchIds.sol";
import {InvoiceLeaves} from "../libraries/InvoiceLeaves.sol";
import {BatchId, ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {VERSION} from "../types/Version.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice One slot per batch, and one bit per invoice and status.
contract InvoiceRegistry is IInvoiceRegistry, Guarded {
    using BatchIds for BatchId;

    // the lower half of every field of 2, 4 and 8 bits, and the lowest byte of every 16
    uint256 private constant EVERY_2ND = type(uint256).max / 3;
    uint256 private constant EVERY_4TH = type(uint256).max / 5;
    uint256 private constant EVERY_8TH = type(uint256).max / 17;
    uint256 private constant EVERY_16TH = type(uint256).max / 257;

    IParticipantRegistry public immutable PARTICIPANTS;

    mapping(BatchId batch => bytes32 root) private _roots;
    mapping(BatchId batch => mapping(Status status => mapping(uint32 word => uint256 mask))) private _words;
    mapping(BatchId batch => uint32 count) private _voided;

    constructor(address authority, IParticipantRegistry participants) AccessManaged(authority) {
        PARTICIPANTS = participants;
    }

    // --- writes ---

    /// @inheritdoc IInvoiceRegistry
    function anchor(Batch calldata batch) external whenNotPaused returns (BatchId) {
        return _anchor(batch, PARTICIPANTS.requireRole(msg.sender, Roles.SOURCE));
    }

    /// @inheritdoc IInvoiceRegistry
    function anchorMany(Batch[] calldata batches) external whenNotPaused returns (BatchId[] memory ids) {
        ParticipantId source = PARTICIPANTS.requireRole(msg.sender, Roles.SOURCE);
        ids = new BatchId[](batches.length);
        for (uint256 i = 0; i < batches.length; i++) {
            ids[i] = _anchor(batches[i], source);
        }
    }

    /// @inheritdoc IInvoiceRegistry
    function setStatus(BatchId batch, uint32 index, Status status) external whenNotPaused {
        _requireSource(batch);
        _move(batch, index >> 8, 1 << (index & 0xff), status);
    }

    /// @inheritdoc IInvoiceRegistry
    function setStatusMany(BatchId batch, uint32 word, uint256 mask, Status status) external whenNotPaused {
        _requireSource(batch);
        _move(batch, word, mask, status);
    }

    /// @inheritdoc IInvoiceRegistry
    function answerAsBuyer(BatchId batch, uint32 index, bytes32 commitment, bytes32[] calldata proof, Status status)
        external
        whenNotPaused
    {
        require(isAnchored(batch, index, commitment, msg.sender, proof), NotInBatch(batch, index));
        require(status == Status.Confirmed || status == Status.Disputed, BuyerStatusForbidden(status));
        bool isNew = _move(batch, index >> 8, 1 << (index & 0xff), status);
        if (isNew) emit BuyerAnswered(batch, index, msg.sender, status);
    }

    // --- reads ---

    /// @inheritdoc IInvoiceRegistry
    function rootOf(BatchId batch) external view returns (bytes32) {
        return _roots[batch];
    }

    /// @inheritdoc IInvoiceRegistry
    function statusOf(BatchId batch, uint32 index) external view returns (uint8 reached) {
        for (uint8 status = 0; status <= uint8(type(Status).max); status++) {
            uint256 bit = (_words[batch][Status(status)][index >> 8] >> (index & 0xff)) & 1;
            reached |= uint8(bit << status);
        }
    }

    /// @inheritdoc IInvoiceRegistry
    function statusWord(BatchId batch, Status status, uint32 word) external view returns (uint256) {
        return _words[batch][status][word];
    }

    /// @inheritdoc IInvoiceRegistry
    function voidedCount(BatchId batch) external view returns (uint32) {
        return _voided[batch];
    }

    /// @inheritdoc IInvoiceRegistry
    function isAnchored(BatchId batch, uint32 index, bytes32 commitment, address buyer, bytes32[] calldata proof)
        public
        view
        returns (bool)
    {
        bytes32 root = _roots[batch];
        if (root == 0 || index >= batch.countOf()) return false;
        return MerkleProof.verifyCalldata(proof, root, leafOf(batch, index, commitment, buyer));
    }

    /// @inheritdoc IInvoiceRegistry
    function leafOf(BatchId batch, uint32 index, bytes32 commitment, address buyer) public view returns (bytes32) {
        return InvoiceLeaves.derive(address(this), batch, index, commitment, buyer);
    }

    /// @inheritdoc IInvoiceRegistry
    function batchIdOf(ParticipantId source, address subject, uint32 count, bytes32 nonce)
        public
        view
        returns (BatchId)
    {
        return BatchIds.derive(address(this), source, subject, count, nonce);
    }

    /// @inheritdoc IInvoiceRegistry
    function sourceOf(BatchId batch) external pure returns (ParticipantId) {
        return batch.sourceOf();
    }

    /// @inheritdoc IInvoiceRegistry
    function countOf(BatchId batch) external pure returns (uint32) {
        return batch.countOf();
    }

    /// @inheritdoc IInvoiceRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    function _anchor(Batch calldata batch, ParticipantId source) private returns (BatchId id) {
        require(batch.count != 0, EmptyBatch());
        bytes32 root = batch.root;
        require(root != 0, EmptyRoot());
        id = batchIdOf(source, batch.subject, batch.count, batch.nonce);
        bytes32 anchored = _roots[id];
        if (anchored == root) return id;
        require(anchored == 0, BatchConflict(id, anchored));
        _roots[id] = root;
        emit BatchAnchored(id, source, batch.subject, batch.count, batch.nonce, root);
    }

    /// @dev The only way a status changes; bits are set, never cleared. True when any bit was new.
    function _move(BatchId batch, uint32 word, uint256 mask, Status status) private returns (bool) {
        _requireInRange(batch, word, mask);
        mapping(Status => mapping(uint32 => uint256)) storage words = _words[batch];
        uint256 reached = words[status][word];
        uint256 added = mask & ~reached;
        if (added == 0) return false;
        uint256 barred = words[status == Status.Voided ? Status.Paid : Status.Voided][word];
        if (status == Status.Disputed) barred |= words[Status.Paid][word];
        require(added & barred == 0, StatusMoveForbidden(batch, status, word, added & barred));
        words[status][word] = reached | added;
        if (status == Status.Voided) _voided[batch] += _bitCount(added);
        emit StatusChanged(batch, status, word, added);
        return true;
    }

    function _requireSource(BatchId batch) private view {
        ParticipantId caller = PARTICIPANTS.requireRole(msg.sender, Roles.SOURCE);
        require(_roots[batch] != 0, UnknownBatch(batch));
        require(caller == batch.sourceOf(), NotBatchSource(batch, msg.sender));
    }

    function _requireInRange(BatchId batch, uint32 word, uint256 mask) private pure {
        uint256 count = batch.countOf();
        uint256 first = uint256(word) << 8;
        uint256 left = count > first ? count - first : 0;
        require(left > 255 || mask >> left == 0, IndexOutOfRange(batch, first + left));
    }

    /// @dev Adds bits up side by side, in fields of 2, 4, 8, then 16 bits, and these by one multiplication.
    function _bitCount(uint256 mask) private pure returns (uint32) {
        unchecked {
            // no field can overflow: it counts at most as many bits as it is wide
            mask -= mask >> 1 & EVERY_2ND;
            mask = (mask & EVERY_4TH) + (mask >> 2 & EVERY_4TH);
            mask = (mask + (mask >> 4)) & EVERY_8TH;
            mask = (mask + (mask >> 8)) & EVERY_16TH;
            return uint32(mask * (type(uint256).max / type(uint16).max) >> 240);
        }
    }
}
