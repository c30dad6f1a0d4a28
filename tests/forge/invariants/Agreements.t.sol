// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {AgreementId} from "../../../contracts/types/Ids.sol";
import {Purposes} from "../../../contracts/types/Roles.sol";
import {Story} from "../support/Story.sol";

/// @dev Two agreements, used and ended by anybody at any time.
contract AgreementLife is Story {
    uint16 private constant GRANTED = Purposes.FEATURES | Purposes.CERTIFICATE;

    AgreementId[2] private ids;
    uint40[2] private notAfter;
    uint32[2] private uses;
    bool[2] private ended;
    mapping(uint256 => mapping(bytes32 => uint16)) private purposeOf; // zero when never counted
    mapping(uint256 => mapping(bytes32 => uint32)) private countOf;

    constructor() {
        setUpSpace();
        for (uint256 i = 0; i < 2; i++) {
            IAgreementRegistry.Terms memory t = terms();
            t.salt = bytes32(i);
            t.maxUses = uint32(3 + i * 4);
            notAfter[i] = t.notAfter;
            ids[i] = recordAgreement(t);
        }
    }

    function use(uint256 i, uint8 purposeBits, uint8 operation, uint8 by) external {
        i = i % 2;
        uint8[8] memory purposes = [1, 4, 1, 4, 1, 5, 0, 2]; // mostly one that is granted; 5 is both at once
        uint16 purpose = purposes[purposeBits % 8];
        bytes32 op = bytes32(uint256(operation % 12));
        bool isGrantee = by % 8 != 0;
        vm.prank(isGrantee ? bank(0) : bank(1));
        (bool isDone, bytes memory result) =
            address(agreements).call(abi.encodeCall(agreements.use, (ids[i], purpose, op)));
        if (purposeOf[i][op] != 0) {
            check(
                isDone == (isGrantee && purpose == purposeOf[i][op]), "a repetition by the grantee for the same purpose"
            );
            if (isDone) check(abi.decode(result, (uint32)) == countOf[i][op], "a repetition returns the same");
            return;
        }
        bool isOneBit = purpose == 1 || purpose == 2 || purpose == 4 || purpose == 8 || purpose == 16;
        bool isLegal = isGrantee && !ended[i] && block.timestamp <= notAfter[i] && isOneBit && GRANTED & purpose != 0
            && uses[i] < 3 + i * 4;
        check(isDone == isLegal, "used exactly when legal");
        if (!isDone) return;
        uses[i]++;
        purposeOf[i][op] = purpose;
        countOf[i][op] = uses[i];
        check(abi.decode(result, (uint32)) == uses[i], "count returned");
    }

    function terminate(uint256 i, uint8 by) external {
        i = i % 2;
        if (by % 64 > 3) return;
        address[4] memory callers = [subject, bank(0), bank(1), outsider];
        vm.prank(callers[by % 64]);
        (bool isDone,) = address(agreements).call(abi.encodeCall(agreements.terminate, (ids[i])));
        check(isDone == (!ended[i] && by % 64 < 2), "ended by its sides, once");
        ended[i] = ended[i] || isDone;
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + time % 8 days);
    }

    function checkAll() external view {
        for (uint256 i = 0; i < 2; i++) {
            IAgreementRegistry.Agreement memory a = agreements.agreementInfo(ids[i]);
            check(a.uses <= a.maxUses, "uses within the limit");
            check(a.uses == uses[i], "uses as counted");
            bool isEnded = a.state == IAgreementRegistry.State.Terminated;
            check(isEnded == ended[i], "ended is final");
            check(a.grantee == bankIds[0] && a.purposes == GRANTED && a.notAfter == notAfter[i], "terms unharmed");
            check(a.number == i + 1 && a.subject == subject, "number and subject unharmed");
            for (uint256 op = 0; op < 12; op++) {
                (uint16 purpose, uint32 count) = agreements.useOf(ids[i], bytes32(op));
                check(purpose == purposeOf[i][bytes32(op)] && count == countOf[i][bytes32(op)], "operations once");
            }
        }
    }
}

contract AgreementsInvariant {
    AgreementLife private life;

    function setUp() public {
        life = new AgreementLife();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(life);
    }

    /// @dev The actions hold checks of their own: any revert is a failure.
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_uses_and_ends_as_the_model() external view {
        life.checkAll();
    }
}
