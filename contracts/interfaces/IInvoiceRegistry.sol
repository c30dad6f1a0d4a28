// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BatchId, ParticipantId} from "../types/Ids.sol";

/// @title Invoices anchored in batches by Merkle root, with a forward-only status each
/// @notice A batch holds salted commitments of one source's invoices, as a rule of one subject. Nothing on chain can be
/// guessed from it.
/// @dev `batchId = source (16) | count (32) | digest (208)`, digest = low 208 bits of keccak256(abi.encode(
/// BATCH_TYPEHASH, chainId, registry, source, subject, count, nonce)). Leaf = keccak256(keccak256(abi.encode(LEAF_TYPEHASH,
/// chainId, registry, batchId, index, commitment, buyer))); sorted-pair keccak tree, an odd node moves up unchanged.
/// Legal moves of an invoice: Confirmed from anything but Voided; Disputed from anything but Voided and Paid; Paid from
/// anything but Voided; Voided from anything but Paid. Bits are never cleared: a status once reached stays on record.
interface IInvoiceRegistry {
    enum Status {
        Confirmed,
        Voided,
        Paid,
        Disputed
    }

    /// @param subject Pseudonym of the firm whose invoices these are; zero for a batch over several firms.
    /// @param count Number of leaves.
    /// @param nonce Chosen by the source: makes the batch id known before the tree is built, and a repeated call harmless.
    struct Batch {
        address subject;
        uint32 count;
        bytes32 nonce;
        bytes32 root;
    }

    event BatchAnchored(
        BatchId indexed batch,
        ParticipantId indexed source,
        address indexed subject,
        uint32 count,
        bytes32 nonce,
        bytes32 root
    );
    /// @dev Bit i of `mask` is invoice `word * 256 + i`; only bits that were new.
    event StatusChanged(BatchId indexed batch, Status indexed status, uint32 word, uint256 mask);
    event BuyerAnswered(BatchId indexed batch, uint32 indexed index, address indexed buyer, Status status);

    error UnknownBatch(BatchId batch);
    error EmptyBatch();
    error EmptyRoot();
    error BatchConflict(BatchId batch, bytes32 anchoredRoot);
    error NotBatchSource(BatchId batch, address caller);
    error IndexOutOfRange(BatchId batch, uint256 index);
    error StatusMoveForbidden(BatchId batch, Status status, uint32 word, uint256 mask);
    error BuyerStatusForbidden(Status status);
    error NotInBatch(BatchId batch, uint32 index);

    /// @notice Anchors a batch. Emits {BatchAnchored}. The same batch again is a no-op; another root is {BatchConflict}.
    /// @dev Requires a live account of a SOURCE, count > 0, root != 0.
    function anchor(Batch calldata batch) external returns (BatchId);

    function anchorMany(Batch[] calldata batches) external returns (BatchId[] memory);

    /// @notice Moves one invoice forward. Emits {StatusChanged}; a status it already has is a no-op.
    /// @dev Requires a live account of the batch's source and a legal move.
    function setStatus(BatchId batch, uint32 index, Status status) external;

    /// @notice Moves up to 256 invoices `word * 256 + i` (bit i of `mask`) forward at once.
    function setStatusMany(BatchId batch, uint32 word, uint256 mask, Status status) external;

    /// @notice The buyer named in a leaf confirms or disputes its own invoice. Emits {StatusChanged}, {BuyerAnswered}.
    /// @dev Requires Confirmed or Disputed, and a legal move; the same answer again is a no-op. The caller's address is part of the leaf that must be in the tree.
    function answerAsBuyer(BatchId batch, uint32 index, bytes32 commitment, bytes32[] calldata proof, Status status)
        external;

    /// @notice Merkle root; zero when unknown.
    function rootOf(BatchId batch) external view returns (bytes32);

    /// @notice Mask with bit `uint8(Status)` set for each status reached.
    function statusOf(BatchId batch, uint32 index) external view returns (uint8);

    function statusWord(BatchId batch, Status status, uint32 word) external view returns (uint256);

    /// @notice How many invoices of the batch were voided after anchoring.
    function voidedCount(BatchId batch) external view returns (uint32);

    /// @notice Whether the invoice commitment stands at `index` of the batch.
    function isAnchored(BatchId batch, uint32 index, bytes32 commitment, address buyer, bytes32[] calldata proof)
        external
        view
        returns (bool);

    function leafOf(BatchId batch, uint32 index, bytes32 commitment, address buyer) external view returns (bytes32);

    function batchIdOf(ParticipantId source, address subject, uint32 count, bytes32 nonce)
        external
        view
        returns (BatchId);

    function sourceOf(BatchId batch) external pure returns (ParticipantId);

    function countOf(BatchId batch) external pure returns (uint32);

    function version() external view returns (string memory);
}
