// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintEpochs} from "../../../contracts/interfaces/IFingerprintEpochs.sol";
import {ILienRegistry} from "../../../contracts/interfaces/ILienRegistry.sol";
import {LienId} from "../../../contracts/types/Ids.sol";
import {Epochs} from "./Epochs.sol";
import {Story} from "./Story.sol";

/// @dev A bank's steps from a pledge to a financed lien, each one call.
abstract contract Pledging is Story {
    uint256 internal constant FAMILY_BITS = type(uint256).max >> 4;

    bytes32 internal constant SALT = keccak256("salt of a commitment");
    bytes32 internal constant INVOICE = bytes32(uint256(keccak256("an invoice's fingerprint")) & FAMILY_BITS);
    bytes32 internal constant OTHER = bytes32(uint256(keccak256("another invoice's")) & FAMILY_BITS);
    bytes32 internal constant NEXT = bytes32(uint256(keccak256("an invoice's in the next epoch")) & FAMILY_BITS);

    Epochs internal epochs;

    function epochsOfLiens() internal override returns (IFingerprintEpochs) {
        epochs = new Epochs();
        return epochs;
    }

    function key(bytes32 fingerprint) internal pure returns (bytes32) {
        return bytes32(uint256(fingerprint) & FAMILY_BITS);
    }

    function pledgeOf(bytes32 fingerprint, bytes32 older, uint16 share)
        internal
        pure
        returns (ILienRegistry.Pledge[] memory list)
    {
        list = new ILienRegistry.Pledge[](1);
        list[0] = ILienRegistry.Pledge(fingerprint, older, share);
    }

    function pledgeOf(bytes32 fingerprint, uint16 share) internal pure returns (ILienRegistry.Pledge[] memory) {
        return pledgeOf(fingerprint, 0, share);
    }

    /// @dev Pledges of random fingerprints, as a bank fills up with.
    function filler(uint256 count) internal pure returns (ILienRegistry.Pledge[] memory list) {
        list = new ILienRegistry.Pledge[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = ILienRegistry.Pledge(keccak256(abi.encode("filler", i)), 0, 10_000);
        }
    }

    function commit(uint256 by, bytes32 salt, ILienRegistry.Pledge[] memory pledges) internal returns (bytes32 hash) {
        hash = liens.commitmentOf(bankIds[by], salt, pledges);
        vm.prank(bank(by));
        liens.commit(hash);
    }

    /// @dev Commits, waits for the next block and opens.
    function reserve(uint256 by, bytes32 salt, ILienRegistry.Pledge[] memory pledges)
        internal
        returns (LienId lien, ILienRegistry.Refusal refusal)
    {
        bytes32 hash = commit(by, salt, pledges);
        vm.roll(block.number + 1);
        return (liens.lienIdOf(bankIds[by], hash, 0), open(by, salt, pledges));
    }

    function open(uint256 by, bytes32 salt, ILienRegistry.Pledge[] memory pledges)
        internal
        returns (ILienRegistry.Refusal)
    {
        vm.prank(outsider);
        return first(liens.reserve(bankIds[by], salt, pledges));
    }

    function reserved(uint256 by, bytes32 fingerprint, uint16 share) internal returns (LienId lien) {
        return reserved(by, fingerprint, 0, share);
    }

    function reserved(uint256 by, bytes32 fingerprint, bytes32 older, uint16 share) internal returns (LienId lien) {
        ILienRegistry.Refusal refusal;
        bytes32 salt = keccak256(abi.encode(by, fingerprint, share, block.number));
        (lien, refusal) = reserve(by, salt, pledgeOf(fingerprint, older, share));
        check(refusal == ILienRegistry.Refusal.None, "reserved");
    }

    /// @dev Until nothing committed earlier can be opened.
    function passWindow() internal {
        vm.roll(block.number + COMMIT_WINDOW);
    }

    function financed(uint256 by, bytes32 fingerprint, uint16 share) internal returns (LienId lien) {
        lien = reserved(by, fingerprint, share);
        passWindow();
        check(finance(by, fingerprint, lien) == ILienRegistry.Refusal.None, "financed");
    }

    function finance(uint256 by, bytes32 fingerprint, LienId lien) internal returns (ILienRegistry.Refusal) {
        ILienRegistry.Reference[] memory list = refer(fingerprint, lien);
        vm.prank(bank(by));
        return first(liens.finance(list));
    }

    function release(uint256 by, bytes32 fingerprint, LienId lien) internal {
        ILienRegistry.Reference[] memory list = refer(fingerprint, lien);
        vm.prank(bank(by));
        liens.release(list);
    }

    function migrate(uint256 by, bytes32 fingerprint, LienId lien, bytes32 next)
        internal
        returns (ILienRegistry.Refusal)
    {
        ILienRegistry.Migration[] memory list = new ILienRegistry.Migration[](1);
        list[0] = ILienRegistry.Migration(fingerprint, lien, next);
        vm.prank(bank(by));
        return first(liens.migrate(list));
    }

    /// @dev None when the call was expected to revert.
    function first(ILienRegistry.Refusal[] memory refusals) private pure returns (ILienRegistry.Refusal) {
        return refusals.length == 0 ? ILienRegistry.Refusal.None : refusals[0];
    }

    function resolve(bytes32 fingerprint, LienId lien, ILienRegistry.Verdict verdict) internal {
        vm.prank(regulator);
        liens.resolve(fingerprint, lien, verdict, "evidence");
    }

    function refer(bytes32 fingerprint, LienId lien) internal pure returns (ILienRegistry.Reference[] memory list) {
        list = new ILienRegistry.Reference[](1);
        list[0] = ILienRegistry.Reference(fingerprint, lien);
    }

    function stateOf(bytes32 fingerprint, LienId lien) internal view returns (ILienRegistry.State) {
        return liens.lienInfo(fingerprint, lien).state;
    }

    function isState(bytes32 fingerprint, LienId lien, ILienRegistry.State expected) internal view {
        check(stateOf(fingerprint, lien) == expected, "state");
    }

    function isExposed(bytes32 fingerprint, uint256 asReserved, uint256 asFinanced) internal view {
        ILienRegistry.Exposure memory found = liens.exposure(fingerprint);
        check(found.reserved == asReserved && found.financed == asFinanced, "exposure");
    }
}
