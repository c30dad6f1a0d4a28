// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SpaceAccessManager} from "../../../contracts/access/SpaceAccessManager.sol";
import {AgreementRegistry} from "../../../contracts/agreements/AgreementRegistry.sol";
import {CertificateRegistry} from "../../../contracts/certificates/CertificateRegistry.sol";
import {FeatureRegistry} from "../../../contracts/features/FeatureRegistry.sol";
import {ModelRegistry} from "../../../contracts/federation/ModelRegistry.sol";
import {FingerprintKeys} from "../../../contracts/financing/FingerprintKeys.sol";
import {LienRegistry} from "../../../contracts/financing/LienRegistry.sol";
import {ICertificateRegistry} from "../../../contracts/interfaces/ICertificateRegistry.sol";
import {IFingerprintEpochs} from "../../../contracts/interfaces/IFingerprintEpochs.sol";
import {IGuarded} from "../../../contracts/interfaces/IGuarded.sol";
import {ILienRegistry} from "../../../contracts/interfaces/ILienRegistry.sol";
import {IParticipantRegistry} from "../../../contracts/interfaces/IParticipantRegistry.sol";
import {InvoiceRegistry} from "../../../contracts/invoices/InvoiceRegistry.sol";
import {ParticipantRegistry} from "../../../contracts/participants/ParticipantRegistry.sol";
import {RangeStatements} from "../../../contracts/proofs/RangeStatements.sol";
import {VerifierRegistry} from "../../../contracts/proofs/VerifierRegistry.sol";
import {ParticipantId} from "../../../contracts/types/Ids.sol";
import {GovernanceRoles, Roles} from "../../../contracts/types/Roles.sol";
import {Cheats} from "./Vm.sol";

/// @dev A whole space: every contract, the permissions of a real deployment, and actors named by their role.
abstract contract Space is Cheats {
    uint256 internal constant BANK_KEY = 0xB0; // key of bank i is BANK_KEY + i
    uint256 internal constant SUBJECT_KEY = 0x50;
    uint256 internal constant STRANGER_KEY = 0x99;
    uint8 internal constant RECOVERY_QUORUM = 2;
    uint40 internal constant RECOVERY_DELAY = 3 days;
    uint32 internal constant MAX_VALIDITY = 180 days;
    uint256 internal constant BANKS = 4;
    uint40 internal constant COMMIT_WINDOW = 5;
    uint32 internal constant RESERVATION_TIME = 3 days;

    SpaceAccessManager internal manager;
    ParticipantRegistry internal participants;
    AgreementRegistry internal agreements;
    InvoiceRegistry internal invoices;
    FeatureRegistry internal features;
    ModelRegistry internal models;
    VerifierRegistry internal verifiers;
    CertificateRegistry internal certificates;
    FingerprintKeys internal fingerprintKeys;
    LienRegistry internal liens;
    RangeStatements internal ranges;

    address internal regulator = address(0xA001);
    address internal guardian = address(0xA002);
    address internal source = address(0xA003);
    address internal otherSource = address(0xA004);
    address internal aggregator = address(0xA005);
    address internal outsider = vm.addr(STRANGER_KEY);
    address internal subject = vm.addr(SUBJECT_KEY);
    ParticipantId internal sourceId;
    ParticipantId internal otherSourceId;
    ParticipantId internal aggregatorId;
    ParticipantId[BANKS] internal bankIds;

    function setUpSpace() internal {
        vm.roll(10_000);
        vm.warp(1_760_000_000);
        deploy();
        assignPermissions();
        for (uint256 i = 0; i < BANKS; i++) {
            bankIds[i] = admit(bank(i), Roles.BANK | Roles.CERTIFIER);
        }
        sourceId = admit(source, Roles.SOURCE);
        otherSourceId = admit(otherSource, Roles.SOURCE);
        aggregatorId = admit(aggregator, Roles.AGGREGATOR);
    }

    function bank(uint256 i) internal pure returns (address) {
        return vm.addr(BANK_KEY + i);
    }

    function admit(address account, uint8 roles) internal returns (ParticipantId) {
        vm.prank(regulator);
        return participants.admit(account, roles, keccak256("profile"));
    }

    function pause(IGuarded target) internal {
        vm.prank(guardian);
        target.pause();
    }

    function unpause(IGuarded target) internal {
        vm.prank(regulator);
        target.unpause();
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function compactSignature(uint256 key, bytes32 digest)
        internal
        pure
        returns (ICertificateRegistry.Endorsement memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return ICertificateRegistry.Endorsement({r: r, vs: s | bytes32(uint256(v - 27) << 255)});
    }

    function eip712Digest(string memory name, address target, bytes32 structHash) internal view returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                target
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", separator, structHash));
    }

    function consentOf(uint256 key, ParticipantId participant) internal view returns (bytes memory) {
        bytes32 structHash = keccak256(
            abi.encode(keccak256("AccountConsent(uint16 participant,address account)"), participant, vm.addr(key))
        );
        return signature(key, eip712Digest("TrustSpace ParticipantRegistry", address(participants), structHash));
    }

    function deploy() private {
        manager = new SpaceAccessManager(address(this));
        participants = new ParticipantRegistry(address(manager), RECOVERY_QUORUM, RECOVERY_DELAY);
        agreements = new AgreementRegistry(address(manager), participants);
        invoices = new InvoiceRegistry(address(manager), participants);
        features = new FeatureRegistry(address(manager), participants, invoices);
        models = new ModelRegistry(address(manager), participants);
        verifiers = new VerifierRegistry(address(manager));
        certificates = new CertificateRegistry(
            address(manager), participants, agreements, models, features, verifiers, 2, MAX_VALIDITY
        );
        fingerprintKeys = new FingerprintKeys(address(manager), participants);
        liens = new LienRegistry(
            address(manager), participants, invoices, epochsOfLiens(), COMMIT_WINDOW, RESERVATION_TIME
        );
        ranges = new RangeStatements(address(manager), invoices, features, verifiers);
    }

    /// @dev A test of liens sets the epochs as it likes.
    function epochsOfLiens() internal virtual returns (IFingerprintEpochs) {
        return fingerprintKeys;
    }

    function assignPermissions() private {
        bytes4[] memory ofParticipants = new bytes4[](6);
        ofParticipants[0] = IParticipantRegistry.admit.selector;
        ofParticipants[1] = IParticipantRegistry.setRoles.selector;
        ofParticipants[2] = IParticipantRegistry.suspend.selector;
        ofParticipants[3] = IParticipantRegistry.reinstate.selector;
        ofParticipants[4] = IParticipantRegistry.declareCompromise.selector;
        ofParticipants[5] = IParticipantRegistry.rejectRecovery.selector;
        manager.setTargetFunctionRole(address(participants), ofParticipants, GovernanceRoles.REGULATOR);
        bytes4[] memory ofCertificates = new bytes4[](3);
        ofCertificates[0] = ICertificateRegistry.annul.selector;
        ofCertificates[1] = ICertificateRegistry.setPolicy.selector;
        ofCertificates[2] = ICertificateRegistry.setProofPolicy.selector;
        manager.setTargetFunctionRole(address(certificates), ofCertificates, GovernanceRoles.REGULATOR);
        manager.setTargetFunctionRole(address(models), only(models.withdrawModel.selector), GovernanceRoles.REGULATOR);
        bytes4[] memory ofVerifiers = new bytes4[](2);
        ofVerifiers[0] = verifiers.register.selector;
        ofVerifiers[1] = verifiers.withdraw.selector;
        manager.setTargetFunctionRole(address(verifiers), ofVerifiers, GovernanceRoles.REGULATOR);
        manager.setTargetFunctionRole(address(ranges), only(ranges.setVerifier.selector), GovernanceRoles.REGULATOR);
        bytes4[] memory ofKeys = new bytes4[](2);
        ofKeys[0] = fingerprintKeys.proposeEpoch.selector;
        ofKeys[1] = fingerprintKeys.closeEpoch.selector;
        manager.setTargetFunctionRole(address(fingerprintKeys), ofKeys, GovernanceRoles.REGULATOR);
        bytes4[] memory ofLiens = new bytes4[](2);
        ofLiens[0] = ILienRegistry.resolve.selector;
        ofLiens[1] = ILienRegistry.unlink.selector;
        manager.setTargetFunctionRole(address(liens), ofLiens, GovernanceRoles.REGULATOR);
        address[] memory all = guardedContracts();
        for (uint256 i = 0; i < all.length; i++) {
            manager.setTargetFunctionRole(all[i], only(IGuarded.pause.selector), GovernanceRoles.GUARDIAN);
            manager.setTargetFunctionRole(all[i], only(IGuarded.unpause.selector), GovernanceRoles.REGULATOR);
        }
        manager.grantRole(GovernanceRoles.REGULATOR, regulator, 0);
        manager.grantRole(GovernanceRoles.GUARDIAN, guardian, 0);
        manager.grantRole(manager.ADMIN_ROLE(), regulator, 0);
        manager.renounceRole(manager.ADMIN_ROLE(), address(this));
    }

    function guardedContracts() internal view returns (address[] memory all) {
        all = new address[](10);
        all[0] = address(participants);
        all[1] = address(agreements);
        all[2] = address(invoices);
        all[3] = address(features);
        all[4] = address(models);
        all[5] = address(certificates);
        all[6] = address(fingerprintKeys);
        all[7] = address(liens);
        all[8] = address(verifiers);
        all[9] = address(ranges);
    }

    function only(bytes4 selector) internal pure returns (bytes4[] memory list) {
        list = new bytes4[](1);
        list[0] = selector;
    }
}
