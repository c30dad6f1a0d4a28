// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {ILienRegistry} from "../../contracts/interfaces/ILienRegistry.sol";
import {BatchId, BatchNumber, LienId} from "../../contracts/types/Ids.sol";
import {Pledging} from "./support/Pledging.sol";

/// @dev Every call is a transaction of its own here (isolate), so figures hold the 21,000 and the calldata.
/// They are written to snapshots/, where a change shows up in the diff; the budgets are checked.
/// forge-config: default.isolate = true
contract LienGasTest is Pledging {
    uint256 private constant DEPTH = 10; // of the tree: 1,024 invoices

    function setUp() public {
        setUpSpace();
        financed(0, OTHER, 10_000);
    }

    function test_commit() public {
        commit(0, SALT, pledgeOf(INVOICE, 10_000));
        record("commit to pledges, any number", 1, 56_000);
    }

    function test_reserve() public {
        reserve(0, SALT, pledgeOf(INVOICE, 10_000));
        record("reserve a lien", 1, 62_000);
    }

    function test_reserve__both_epochs() public {
        epochs.set(1, 2);
        reserve(0, SALT, pledgeOf(NEXT, INVOICE, 10_000));
        record("reserve a lien in two epochs", 1, 90_000);
    }

    function test_reserve__hundred() public {
        reserve(0, SALT, filler(100));
        record("reserve a lien, one of 100", 100, 27_000);
    }

    function test_reserve__duplicate() public {
        (, ILienRegistry.Refusal refusal) = reserve(1, SALT, pledgeOf(OTHER, 10_000));
        check(refusal == ILienRegistry.Refusal.ShareTaken, "refused");
        record("refuse a second lien", 1, 41_000);
    }

    function test_finance_and_release() public {
        LienId lien = reserved(0, INVOICE, 10_000);
        passWindow();
        finance(0, INVOICE, lien);
        record("finance a lien", 1, 45_000);
        release(0, INVOICE, lien);
        record("release a lien", 1, 45_000);
    }

    function test_finance_and_release__hundred() public {
        ILienRegistry.Pledge[] memory pledges = filler(100);
        bytes32 hash = liens.commitmentOf(bankIds[0], SALT, pledges);
        reserve(0, SALT, pledges);
        passWindow();
        ILienRegistry.Reference[] memory list = new ILienRegistry.Reference[](100);
        for (uint256 i = 0; i < 100; i++) {
            list[i] = ILienRegistry.Reference(pledges[i].fingerprint, liens.lienIdOf(bankIds[0], hash, i));
        }
        vm.prank(bank(0));
        liens.finance(list);
        record("finance a lien, one of 100", 100, 12_000);
        vm.prank(bank(0));
        liens.release(list);
        record("release a lien, one of 100", 100, 12_000);
    }

    function test_hint() public {
        ILienRegistry.Hint[] memory hints = new ILienRegistry.Hint[](1);
        hints[0] = ILienRegistry.Hint(INVOICE, reserved(0, INVOICE, 10_000), SALT, NEXT);
        vm.prank(bank(0));
        liens.hint(hints);
        record("hint at a lien's invoice", 1, 40_000);
    }

    function test_migrate() public {
        LienId lien = financed(0, INVOICE, 10_000);
        migrate(0, INVOICE, lien, NEXT);
        record("migrate a lien to the next epoch", 1, 70_000);
    }

    function test_linkCollateral() public {
        linkMany(1);
        record("prove and mark a pledged invoice of 1,024", 1, 50_000);
    }

    function test_linkCollateral__ten() public {
        linkMany(10);
        record("prove and mark a pledged invoice of 1,024, one of 10", 10, 45_000);
    }

    function test_enrol() public {
        BatchId batch = anchorBatch(1024, "batch");
        vm.prank(bank(0));
        liens.enrol(batch);
        record("enrol a batch", 1, 125_000);
    }

    function linkMany(uint256 count) private {
        BatchId batch = invoices.batchIdOf(sourceId, subject, 1024, "tree");
        ILienRegistry.Link[] memory links = new ILienRegistry.Link[](count);
        bytes32 root;
        for (uint256 i = 0; i < count; i++) {
            bytes32 fingerprint = keccak256(abi.encode("linked", i));
            links[i].lien = reserved(0, fingerprint, 10_000);
            (links[i].fingerprint, links[i].batch, links[i].index) = (fingerprint, batch, 3);
            links[i].commitment = keccak256("commitment");
            (root, links[i].proof) = climb(invoices.leafOf(batch, 3, links[i].commitment, address(0)));
        }
        vm.prank(source);
        invoices.anchor(IInvoiceRegistry.Batch(subject, 1024, "tree", root));
        vm.prank(bank(0));
        BatchNumber number = liens.enrol(batch);
        for (uint256 i = 0; i < count; i++) {
            links[i].number = number;
        }
        vm.prank(bank(0));
        liens.linkCollateral(links);
    }

    /// @dev A path of random neighbours, as deep as a tree of 1,024.
    function climb(bytes32 node) private pure returns (bytes32, bytes32[] memory proof) {
        proof = new bytes32[](DEPTH);
        for (uint256 i = 0; i < DEPTH; i++) {
            proof[i] = keccak256(abi.encode("neighbour", i));
            node = node < proof[i] ? keccak256(abi.encode(node, proof[i])) : keccak256(abi.encode(proof[i], node));
        }
        return (node, proof);
    }

    function record(string memory name, uint256 items, uint256 budget) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed / items;
        vm.snapshotValue("gas", name, gas);
        check(gas <= budget, name);
    }
}
