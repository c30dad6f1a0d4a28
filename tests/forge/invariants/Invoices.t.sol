// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IInvoiceRegistry} from "../../../contracts/interfaces/IInvoiceRegistry.sol";
import {BatchId} from "../../../contracts/types/Ids.sol";
import {Story} from "../support/Story.sol";

/// @dev Moves the invoices of one batch; the model keeps four flags per invoice and knows the legal moves one by one.
contract InvoiceLife is Story {
    uint32 private constant COUNT = 300;

    BatchId private batch;
    uint256[2][4] private words; // by status
    uint256[4][2] private before; // words at the last check: bits may only be added

    constructor() {
        setUpSpace();
        batch = anchorBatch(COUNT, "life");
    }

    function setOne(uint16 index, uint8 status, uint8 by) external {
        uint32 i = index % (COUNT + 3);
        status = status % 4;
        vm.prank(sender(by));
        (bool isDone,) =
            address(invoices).call(abi.encodeCall(invoices.setStatus, (batch, i, IInvoiceRegistry.Status(status))));
        bool isLegal = by % 8 != 0 && i < COUNT && (has(i, status) || isOpen(i, status));
        check(isDone == isLegal, "one moved exactly when legal");
        if (isDone) words[status][i / 256] |= 1 << (i % 256);
    }

    function setMany(bool second, uint256 mask, uint8 status, uint8 by, uint8 sparse) external {
        uint32 word = second ? 1 : 0;
        status = status % 4;
        if (second) mask &= (1 << 45) - 1; // 300 - 256, and one too many now and then
        for (uint256 i = 0; i < sparse % 8; i++) {
            mask &= uint256(keccak256(abi.encode(mask, i)));
        }
        vm.prank(sender(by));
        (bool isDone,) = address(invoices)
            .call(abi.encodeCall(invoices.setStatusMany, (batch, word, mask, IInvoiceRegistry.Status(status))));
        bool isLegal = by % 8 != 0;
        for (uint32 i = 0; i < 256; i++) {
            if (mask >> i & 1 == 0) continue;
            uint32 at = word * 256 + i;
            isLegal = isLegal && at < COUNT && (has(at, status) || isOpen(at, status));
        }
        check(isDone == isLegal, "many moved exactly when legal, all or none");
        if (isDone) words[status][word] |= mask;
    }

    function checkAll() external {
        uint256 voided = 0;
        for (uint8 status = 0; status < 4; status++) {
            for (uint32 word = 0; word < 2; word++) {
                uint256 actual = invoices.statusWord(batch, IInvoiceRegistry.Status(status), word);
                check(actual == words[status][word], "statuses as the model");
                check(actual & before[word][status] == before[word][status], "forward only");
                before[word][status] = actual;
                for (; status == uint8(IInvoiceRegistry.Status.Voided) && actual != 0; actual >>= 1) {
                    voided += actual & 1;
                }
            }
        }
        check(invoices.voidedCount(batch) == voided, "voids counted");
        uint256 both = invoices.statusWord(batch, IInvoiceRegistry.Status.Voided, 0)
            & invoices.statusWord(batch, IInvoiceRegistry.Status.Paid, 0);
        check(both == 0, "never both voided and paid");
    }

    function has(uint32 i, uint8 status) private view returns (bool) {
        return i < COUNT && words[status][i / 256] >> (i % 256) & 1 == 1;
    }

    function isOpen(uint32 i, uint8 status) private view returns (bool) {
        if (i >= COUNT) return false;
        bool isVoided = has(i, uint8(IInvoiceRegistry.Status.Voided));
        bool isPaid = has(i, uint8(IInvoiceRegistry.Status.Paid));
        if (status == uint8(IInvoiceRegistry.Status.Voided)) return !isPaid;
        if (status == uint8(IInvoiceRegistry.Status.Disputed)) return !isVoided && !isPaid;
        return !isVoided;
    }

    function sender(uint8 by) private view returns (address) {
        return by % 8 == 0 ? otherSource : source;
    }
}

contract InvoicesInvariant {
    InvoiceLife private life;

    function setUp() public {
        life = new InvoiceLife();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(life);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0].addr = address(life);
        list[0].selectors = new bytes4[](2);
        list[0].selectors[0] = InvoiceLife.setOne.selector;
        list[0].selectors[1] = InvoiceLife.setMany.selector;
    }

    /// @dev The actions hold checks of their own: any revert is a failure.
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_statuses_move_forward_as_the_model() external {
        life.checkAll();
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }
}
