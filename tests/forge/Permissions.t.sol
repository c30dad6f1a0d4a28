// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICertificateRegistry} from "../../contracts/interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../../contracts/interfaces/IFeatureRegistry.sol";
import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {ILienRegistry} from "../../contracts/interfaces/ILienRegistry.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../contracts/interfaces/IVerifierRegistry.sol";
import {
    AgreementId,
    BatchId,
    CertificateId,
    LienId,
    ModelId,
    ParticipantId,
    RunId,
    VerifierNumber
} from "../../contracts/types/Ids.sol";
import {GovernanceRoles, Purposes, Roles} from "../../contracts/types/Roles.sol";
import {Story} from "./support/Story.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @dev The guardian can pause and nothing else; the deployer keeps no right; a pause stops what it must, and only that.
contract PermissionsTest is Story {
    AgreementId private agreement;
    ModelId private model;
    BatchId private batch;
    CertificateId private certificate;
    RunId private run;

    function setUp() public {
        setUpSpace();
        agreement = recordAgreement(terms());
        batch = anchorBatch(300, "batch");
        commitFeatures(batch);
        model = finalModel("first");
        certificate = issue(certificateFor(agreement, model));
        run = openRun("second");
        joinAll(run);
    }

    function test_deployer__any_governance__holds_no_role() public {
        (bool isAdmin,) = manager.hasRole(manager.ADMIN_ROLE(), address(this));
        (bool isRegulator,) = manager.hasRole(GovernanceRoles.REGULATOR, address(this));
        (bool isGuardian,) = manager.hasRole(GovernanceRoles.GUARDIAN, address(this));
        check(!isAdmin && !isRegulator && !isGuardian, "deployer without role");
        governanceRefuses(address(this));
    }

    function test_guardian__every_governance_write__refused() public {
        governanceRefuses(guardian);
        for (uint256 i = 0; i < guardedContracts().length; i++) {
            pause(IGuarded(guardedContracts()[i]));
            refuse(guardian);
            IGuarded(guardedContracts()[i]).unpause();
            check(IGuarded(guardedContracts()[i]).paused(), "still paused");
        }
    }

    function test_guardian__roles_of_the_manager__refused() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, guardian, 0));
        vm.prank(guardian);
        manager.grantRole(GovernanceRoles.REGULATOR, guardian, 0);
    }

    function testFuzz_stranger__every_governance_write__refused(address stranger) public {
        vm.assume(stranger != regulator && stranger != guardian && stranger != address(manager));
        governanceRefuses(stranger);
        for (uint256 i = 0; i < guardedContracts().length; i++) {
            refuse(stranger);
            IGuarded(guardedContracts()[i]).pause();
        }
    }

    function test_pause__every_write_that_adds_trust__refused() public {
        pauseAll();
        bytes memory stopped = abi.encodeWithSelector(IGuarded.ContractPaused.selector);
        vm.prank(regulator);
        vm.expectRevert(stopped);
        participants.admit(outsider, Roles.BANK, 0);
        vm.prank(regulator);
        vm.expectRevert(stopped);
        participants.setRoles(sourceId, Roles.BANK);
        vm.prank(bank(0));
        vm.expectRevert(stopped);
        participants.addAccount(outsider, "");
        vm.prank(bank(0));
        vm.expectRevert(stopped);
        participants.setEncryptionKey("key");
        vm.expectRevert(stopped);
        agreements.record(terms(), "", "");
        vm.prank(bank(0));
        vm.expectRevert(stopped);
        agreements.use(agreement, Purposes.FEATURES, "operation");
        vm.prank(source);
        vm.expectRevert(stopped);
        invoices.setStatus(batch, 0, IInvoiceRegistry.Status.Voided);
        vm.prank(aggregator);
        vm.expectRevert(stopped);
        models.closeRound(run, 1, "sum");
        IModelRegistry.ModelCard memory c = card("model");
        vm.prank(bank(0));
        vm.expectRevert(stopped);
        models.confirmModel(run, c);
        vm.prank(source);
        vm.expectRevert(stopped);
        features.commit(IFeatureRegistry.Features(subject, DAY, bytes32(uint256(1)), new BatchId[](0)));
        ICertificateRegistry.Certificate memory fresh = certificateFor(agreement, model);
        fresh.asOfDay++;
        ICertificateRegistry.Endorsement[] memory endorsements = endorse(fresh, 2);
        vm.expectRevert(stopped);
        certificates.issue(fresh, endorsements);
        vm.prank(bank(0));
        vm.expectRevert(stopped);
        certificates.resume(certificate);
        vm.prank(regulator);
        vm.expectRevert(stopped);
        fingerprintKeys.proposeEpoch(new ParticipantId[](3), 2);
        vm.expectRevert(stopped);
        fingerprintKeys.confirmKeys(1, 0, 0);
        vm.prank(regulator);
        vm.expectRevert(stopped);
        verifiers.register(emptyCard());
        vm.prank(regulator);
        vm.expectRevert(stopped);
        certificates.setProofPolicy(model, VerifierNumber.wrap(1), 1, true, 0);
        uint256 t = termsOf(fresh);
        vm.prank(bank(0));
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.ProofNotAccepted.selector, model));
        certificates.issueWithProof(agreement, model, t, new ICertificateRegistry.Endorsement[](0), "");
    }

    function test_pause__every_write_that_takes_trust_away__works() public {
        pauseAll();
        vm.prank(bank(0));
        certificates.suspend(certificate);
        vm.prank(bank(1));
        certificates.revoke(certificate, "reason");
        vm.prank(subject);
        agreements.terminate(agreement);
        vm.prank(bank(3));
        participants.reportCompromise(bank(3), uint40(block.number));
        vm.prank(bank(2));
        participants.retireAccount(bank(2));
        vm.prank(regulator);
        participants.declareCompromise(source, uint40(block.number));
        vm.prank(regulator);
        participants.suspend(aggregatorId);
        vm.prank(regulator);
        models.withdrawModel(model, "reason");
        vm.prank(bank(0));
        models.commitContribution(run, 1, "a commitment alone moves nothing");
    }

    function test_unpause__after_pause__writes_go_on() public {
        pauseAll();
        check(reasonOf(certificate) == ICertificateRegistry.Reason.Paused, "paused");
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        vm.prank(guardian);
        certificates.pause();
        for (uint256 i = 0; i < guardedContracts().length; i++) {
            unpause(IGuarded(guardedContracts()[i]));
        }
        check(reasonOf(certificate) == ICertificateRegistry.Reason.Ok, "ok again");
        playRound(run, 1);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractNotPaused.selector));
        vm.prank(regulator);
        certificates.unpause();
    }

    function test_pause__policy_and_remembered_model__kept() public {
        pause(certificates);
        unpause(certificates);
        (uint8 quorum, uint32 maxValidity) = certificates.policy();
        check(quorum == 2 && maxValidity == MAX_VALIDITY, "policy kept");
        vm.prank(regulator);
        certificates.setPolicy(3, 1 days);
        check(!certificates.paused(), "policy does not pause");
        (quorum, maxValidity) = certificates.policy();
        check(quorum == 3 && maxValidity == 1 days, "policy changed");
    }

    function test_version__all_contracts__alike() public view {
        bytes32 expected = keccak256("1.0.0");
        check(keccak256(bytes(manager.version())) == expected, "manager");
        check(keccak256(bytes(participants.version())) == expected, "participants");
        check(keccak256(bytes(agreements.version())) == expected, "agreements");
        check(keccak256(bytes(invoices.version())) == expected, "invoices");
        check(keccak256(bytes(features.version())) == expected, "features");
        check(keccak256(bytes(models.version())) == expected, "models");
        check(keccak256(bytes(certificates.version())) == expected, "certificates");
        check(keccak256(bytes(fingerprintKeys.version())) == expected, "fingerprint keys");
        check(keccak256(bytes(liens.version())) == expected, "liens");
        check(keccak256(bytes(verifiers.version())) == expected, "verifiers");
        check(keccak256(bytes(ranges.version())) == expected, "ranges");
    }

    function pauseAll() private {
        for (uint256 i = 0; i < guardedContracts().length; i++) {
            pause(IGuarded(guardedContracts()[i]));
        }
    }

    function governanceRefuses(address caller) private {
        refuse(caller);
        participants.admit(outsider, Roles.BANK, 0);
        refuse(caller);
        participants.setRoles(sourceId, Roles.BANK);
        refuse(caller);
        participants.suspend(sourceId);
        refuse(caller);
        participants.reinstate(sourceId);
        refuse(caller);
        participants.declareCompromise(source, 1);
        refuse(caller);
        participants.rejectRecovery(sourceId);
        refuse(caller);
        models.withdrawModel(model, 0);
        refuse(caller);
        certificates.annul(certificate, 0);
        refuse(caller);
        certificates.setPolicy(1, 1);
        refuse(caller);
        certificates.unpause();
        refuse(caller);
        fingerprintKeys.proposeEpoch(new ParticipantId[](3), 2);
        refuse(caller);
        fingerprintKeys.closeEpoch(1);
        refuse(caller);
        liens.resolve(0, LienId.wrap(1), ILienRegistry.Verdict.Upheld, 0);
        refuse(caller);
        liens.unlink(0, 0);
        refuse(caller);
        verifiers.register(emptyCard());
        refuse(caller);
        verifiers.withdraw(VerifierNumber.wrap(1), 0);
        refuse(caller);
        certificates.setProofPolicy(model, VerifierNumber.wrap(1), 1, true, 0);
        refuse(caller);
        ranges.setVerifier(VerifierNumber.wrap(1));
    }

    function emptyCard() private pure returns (IVerifierRegistry.Card memory c) {}

    function refuse(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller));
        vm.prank(caller);
    }
}
