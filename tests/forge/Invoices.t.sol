// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFeatureRegistry} from "../../contracts/interfaces/IFeatureRegistry.sol";
import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {InvoiceRegistry} from "../../contracts/invoices/InvoiceRegistry.sol";
import {BatchId, ParticipantId} from "../../contracts/types/Ids.sol";
import {Story} from "./support/Story.sol";

/// @dev Batches, their trees, and the features that rest on them.
contract InvoicesTest is Story {
    uint256 private constant MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    function setUp() public {
        setUpSpace();
    }

    function testFuzz_batchId__any_batch__carries_source_and_count(uint32 count, bytes32 nonce) public {
        count = count == 0 ? 1 : count;
        BatchId id = anchorBatch(count, nonce);
        check(invoices.sourceOf(id) == sourceId && invoices.countOf(id) == count, "carried");
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "InvoiceBatch(uint256 chainId,address registry,uint16 source,address subject,uint32 count,bytes32 nonce)"
                ),
                block.chainid,
                address(invoices),
                sourceId,
                subject,
                count,
                nonce
            )
        );
        check(uint208(uint256(BatchId.unwrap(id))) == uint208(uint256(hash)), "digest");
        check(BatchId.unwrap(anchorBatch(count, nonce)) == BatchId.unwrap(id), "again is a no-op");
        check(invoices.rootOf(id) == keccak256("root"), "root");
    }

    function testFuzz_isAnchored__tree_of_any_size__each_leaf_and_no_other(uint8 size, uint8 at, uint8 wrong) public {
        uint32 count = 1 + size % 40;
        uint32 index = at % count;
        BatchId id = invoices.batchIdOf(sourceId, subject, count, "tree");
        bytes32[] memory level = leaves(id, count);
        (bytes32 root, bytes32[] memory proof) = climb(level, index);
        vm.prank(source);
        invoices.anchor(IInvoiceRegistry.Batch(subject, count, "tree", root));
        check(invoices.isAnchored(id, index, commitmentOf(index), buyerOf(index), proof), "in the tree");
        uint32 other = uint32(wrong);
        if (other != index) {
            check(!invoices.isAnchored(id, other, commitmentOf(index), buyerOf(index), proof), "bound to index");
        }
        check(!invoices.isAnchored(id, index, commitmentOf(index + 1), buyerOf(index), proof), "bound to commitment");
        check(!invoices.isAnchored(id, index, commitmentOf(index), outsider, proof), "bound to buyer");
        InvoiceRegistry twin = new InvoiceRegistry(address(manager), participants);
        check(twin.leafOf(id, index, commitmentOf(index), buyerOf(index)) != level[index], "bound to contract");
        vm.chainId(7);
        check(!invoices.isAnchored(id, index, commitmentOf(index), buyerOf(index), proof), "bound to chain");
        check(!invoices.isAnchored(id, count, commitmentOf(index), buyerOf(index), proof), "within the count");
    }

    function test_answerAsBuyer__own_invoice__status_moves_once() public {
        BatchId id = invoices.batchIdOf(sourceId, subject, 5, "tree");
        (bytes32 root, bytes32[] memory proof) = climb(leaves(id, 5), 3);
        vm.prank(source);
        invoices.anchor(IInvoiceRegistry.Batch(subject, 5, "tree", root));
        vm.prank(buyerOf(3));
        invoices.answerAsBuyer(id, 3, commitmentOf(3), proof, IInvoiceRegistry.Status.Disputed);
        vm.prank(buyerOf(3));
        invoices.answerAsBuyer(id, 3, commitmentOf(3), proof, IInvoiceRegistry.Status.Disputed);
        check(invoices.statusOf(id, 3) == 1 << uint8(IInvoiceRegistry.Status.Disputed), "disputed");
        vm.expectRevert(abi.encodeWithSelector(IInvoiceRegistry.NotInBatch.selector, id, 3));
        vm.prank(outsider);
        invoices.answerAsBuyer(id, 3, commitmentOf(3), proof, IInvoiceRegistry.Status.Confirmed);
        vm.expectRevert(
            abi.encodeWithSelector(IInvoiceRegistry.BuyerStatusForbidden.selector, IInvoiceRegistry.Status.Voided)
        );
        vm.prank(buyerOf(3));
        invoices.answerAsBuyer(id, 3, commitmentOf(3), proof, IInvoiceRegistry.Status.Voided);
    }

    function testFuzz_setStatusMany__mask_beyond_count__refused(uint32 count, uint32 word, uint256 mask) public {
        count = 1 + count % 1000;
        word = word % 6;
        BatchId id = anchorBatch(count, "range");
        uint256 beyond = 0;
        for (uint256 bit = 0; bit < 256; bit++) {
            if (uint256(word) * 256 + bit >= count) beyond |= 1 << bit;
        }
        uint256 first = uint256(word) * 256 > count ? uint256(word) * 256 : count;
        if (mask & beyond != 0) {
            vm.expectRevert(abi.encodeWithSelector(IInvoiceRegistry.IndexOutOfRange.selector, id, first));
        }
        vm.prank(source);
        invoices.setStatusMany(id, word, mask, IInvoiceRegistry.Status.Voided);
        if (mask & beyond == 0) {
            check(invoices.statusWord(id, IInvoiceRegistry.Status.Voided, word) == mask, "set");
            check(invoices.voidedCount(id) == bits(mask), "counted");
        }
    }

    function testFuzz_setStatus__last_and_next_of_any_batch__inside_and_out(uint32 count) public {
        count = 250 + count % 12; // around the end of a word
        BatchId id = anchorBatch(count, "edge");
        void_(id, count - 1);
        check(invoices.statusOf(id, count - 1) == 1 << uint8(IInvoiceRegistry.Status.Voided), "the last one");
        vm.expectRevert(abi.encodeWithSelector(IInvoiceRegistry.IndexOutOfRange.selector, id, count));
        vm.prank(source);
        invoices.setStatus(id, count, IInvoiceRegistry.Status.Voided);
    }

    function testFuzz_commitFeatures__any_word__only_field_elements(bytes32 commitment) public {
        if (commitment == 0 || uint256(commitment) >= MODULUS) {
            vm.expectRevert(abi.encodeWithSelector(IFeatureRegistry.NotFieldElement.selector, commitment));
        }
        vm.prank(source);
        features.commit(IFeatureRegistry.Features(subject, DAY, commitment, new BatchId[](0)));
    }

    function test_evidenceState__void_before_and_after__only_after_counts() public {
        BatchId id = anchorBatch(300, "evidence");
        void_(id, 1);
        uint40 before = uint40(block.number) - 1;
        commitFeatures(id);
        commitFeatures(id); // the same again
        state(uint40(block.number), true, true);
        state(before, false, false);
        void_(id, 2);
        state(uint40(block.number), true, false);
        BatchId[] memory evidence = features.evidenceOf(subject, DAY, sourceId);
        check(evidence.length == 1 && BatchId.unwrap(evidence[0]) == BatchId.unwrap(id), "evidence kept");
        check(features.commitmentOf(subject, DAY, sourceId) == bytes32(uint256(7)), "commitment kept");
    }

    function test_evidenceState__later_source_spoilt__earlier_block_unharmed() public {
        commitFeatures(anchorBatch(300, "first"));
        uint40 issued = uint40(block.number);
        vm.roll(issued + 1);
        vm.prank(otherSource);
        BatchId theirs = invoices.anchor(IInvoiceRegistry.Batch(subject, 9, "other", "root"));
        IFeatureRegistry.Features[] memory list = new IFeatureRegistry.Features[](1);
        list[0] = IFeatureRegistry.Features(subject, DAY, bytes32(uint256(9)), new BatchId[](1));
        list[0].evidence[0] = theirs;
        vm.prank(otherSource);
        features.commitMany(list);
        vm.prank(otherSource);
        invoices.setStatus(theirs, 0, IInvoiceRegistry.Status.Voided);
        state(issued, true, true);
        state(issued + 1, true, false);
        ParticipantId[] memory sources = features.sourcesOf(subject, DAY);
        check(sources.length == 2 && sources[0] == sourceId && sources[1] == otherSourceId, "sources in order");
    }

    function state(uint40 asOf, bool known, bool intact) private view {
        (bool isKnown, bool isIntact) = features.evidenceState(subject, DAY, asOf);
        check(isKnown == known && isIntact == intact, "evidence");
    }

    function void_(BatchId id, uint32 index) private {
        vm.prank(source);
        invoices.setStatus(id, index, IInvoiceRegistry.Status.Voided);
    }

    function commitmentOf(uint32 index) private pure returns (bytes32) {
        return keccak256(abi.encode("commitment", index));
    }

    function buyerOf(uint32 index) private pure returns (address) {
        return index % 2 == 0 ? address(0) : address(uint160(0xB00 + index));
    }

    function leaves(BatchId id, uint32 count) private view returns (bytes32[] memory level) {
        level = new bytes32[](count);
        for (uint32 i = 0; i < count; i++) {
            level[i] = invoices.leafOf(id, i, commitmentOf(i), buyerOf(i));
        }
    }

    /// @dev The tree as the sources build it: sorted pairs, an odd node moves up unchanged.
    function climb(bytes32[] memory level, uint256 index) private pure returns (bytes32, bytes32[] memory proof) {
        bytes32[] memory path = new bytes32[](32);
        uint256 depth = 0;
        while (level.length > 1) {
            if (index ^ 1 < level.length) path[depth++] = level[index ^ 1];
            bytes32[] memory next = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < next.length; i++) {
                next[i] = 2 * i + 1 < level.length ? node(level[2 * i], level[2 * i + 1]) : level[2 * i];
            }
            (level, index) = (next, index / 2);
        }
        proof = new bytes32[](depth);
        for (uint256 i = 0; i < depth; i++) {
            proof[i] = path[i];
        }
        return (level[0], proof);
    }

    function node(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function bits(uint256 mask) private pure returns (uint256 count) {
        for (uint256 i = 0; i < 256; i++) {
            count += (mask >> i) & 1;
        }
    }
}
