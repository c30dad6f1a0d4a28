// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../../contracts/interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../../contracts/interfaces/ICertificateRegistry.sol";
import {IParticipantRegistry} from "../../contracts/interfaces/IParticipantRegistry.sol";
import {AgreementId, CertificateId, ParticipantId} from "../../contracts/types/Ids.sol";
import {Roles} from "../../contracts/types/Roles.sol";
import {Story} from "./support/Story.sol";

/// @dev What a stolen, retired or greedy key must not reach, and what a stranger must not break.
contract CompromiseTest is Story {
    uint256 private constant SPARE_KEY = 0x5ba7e;

    function setUp() public {
        setUpSpace();
    }

    function test_reportCompromise__by_a_retired_key__does_not_reach_its_successor() public {
        address spare = addSpare();
        vm.prank(spare);
        participants.retireAccount(bank(0));
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.AccountNotLive.selector, bank(0)));
        vm.prank(bank(0));
        participants.reportCompromise(spare, 0);
        vm.prank(bank(0)); // of itself it may
        participants.reportCompromise(bank(0), uint40(block.number));
        check(participants.requireRole(spare, Roles.BANK) == bankIds[0], "the successor acts");
    }

    function test_addAccount__many_retired__numbers_do_not_run_out() public {
        for (uint256 key = 0x2001; key < 0x2001 + 63; key++) {
            addAccount(key);
            vm.prank(bank(0));
            participants.retireAccount(vm.addr(key));
        }
        bytes memory consent = consentOf(SPARE_KEY, bankIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.TooManyAccounts.selector, bankIds[0]));
        vm.prank(bank(0));
        participants.addAccount(vm.addr(SPARE_KEY), consent);
    }

    function test_addAccount__suspended__refused() public {
        vm.prank(regulator);
        participants.suspend(bankIds[0]);
        bytes memory consent = consentOf(SPARE_KEY, bankIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RoleMissing.selector, bank(0), Roles.ALL));
        vm.prank(bank(0));
        participants.addAccount(vm.addr(SPARE_KEY), consent);
    }

    function test_encryptionKey__set_by_a_thief__the_one_before_counts() public {
        address spare = addSpare();
        vm.prank(bank(0));
        participants.setEncryptionKey("owner's");
        vm.roll(block.number + 1);
        uint40 stolen = uint40(block.number);
        vm.prank(spare);
        participants.setEncryptionKey("thief's");
        check(participants.encryptionKeyOf(bankIds[0]) == "thief's", "not known yet");
        vm.prank(bank(0));
        participants.reportCompromise(spare, stolen);
        check(participants.encryptionKeyOf(bankIds[0]) == "owner's", "the owner's again");
        ParticipantId[] memory asked = new ParticipantId[](2);
        (asked[0], asked[1]) = (bankIds[0], bankIds[1]);
        bytes32[] memory keys = participants.currentEncryptionKeys(asked);
        check(keys[0] == "owner's" && keys[1] == 0, "and none for who set none");
    }

    function test_recovery__approved_by_a_stolen_account__does_not_execute() public {
        address newAccount = vm.addr(SPARE_KEY);
        bytes memory consent = consentOf(SPARE_KEY, bankIds[0]);
        vm.prank(bank(1));
        participants.proposeRecovery(bankIds[0], newAccount, consent);
        vm.prank(bank(2));
        participants.approveRecovery(bankIds[0], newAccount);
        vm.prank(regulator);
        participants.declareCompromise(bank(2), uint40(block.number));
        vm.warp(block.timestamp + RECOVERY_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.RecoveryApprovalsVoid.selector, bankIds[0], 1));
        participants.executeRecovery(bankIds[0]);
        vm.prank(bank(3));
        participants.approveRecovery(bankIds[0], newAccount);
        participants.executeRecovery(bankIds[0]);
        check(participants.requireRole(newAccount, Roles.BANK) == bankIds[0], "by sound approvals");
    }

    function test_features__committed_with_a_stolen_key__no_certificate_holds() public {
        AgreementId agreement = recordAgreement(terms());
        commitFeatures(anchorBatch(100, "batch"));
        CertificateId id = issue(certificateFor(agreement, finalModel("first")));
        (ICertificateRegistry.Reason reason,,,) = certificates.verify(id);
        check(reason == ICertificateRegistry.Reason.Ok, "valid at first");
        vm.prank(regulator);
        participants.declareCompromise(source, uint40(block.number));
        (reason,,,) = certificates.verify(id);
        check(reason == ICertificateRegistry.Reason.CollateralVoided, "not any more");
    }

    function test_recordMany__one_sent_before_by_a_stranger__the_others_are_recorded() public {
        IAgreementRegistry.SignedTerms[] memory items = new IAgreementRegistry.SignedTerms[](2);
        for (uint256 i = 0; i < 2; i++) {
            IAgreementRegistry.Terms memory t = terms();
            t.salt = bytes32(i);
            bytes32 d = agreements.digestOf(t);
            items[i] = IAgreementRegistry.SignedTerms(t, signature(SUBJECT_KEY, d), signature(BANK_KEY, d));
        }
        vm.prank(outsider);
        agreements.record(items[0].terms, items[0].subjectSignature, items[0].granteeSignature);
        AgreementId[] memory ids = agreements.recordMany(items);
        for (uint256 i = 0; i < 2; i++) {
            check(agreements.agreementInfo(ids[i]).state == IAgreementRegistry.State.Active, "recorded");
        }
        vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.AgreementAlreadyRecorded.selector, ids[1]));
        agreements.record(items[1].terms, items[1].subjectSignature, items[1].granteeSignature);
    }

    function test_issueMany__one_sent_before_by_a_stranger__the_others_are_issued() public {
        AgreementId agreement = recordAgreement(terms());
        commitFeatures(anchorBatch(100, "batch"));
        ICertificateRegistry.Certificate[] memory list = new ICertificateRegistry.Certificate[](2);
        ICertificateRegistry.Endorsement[][] memory endorsements = new ICertificateRegistry.Endorsement[][](2);
        list[0] = certificateFor(agreement, finalModel("first"));
        list[1] = certificateFor(agreement, list[0].model);
        list[1].notAfter--;
        for (uint256 i = 0; i < 2; i++) {
            endorsements[i] = endorse(list[i], 2);
        }
        vm.prank(outsider);
        certificates.issue(list[0], endorsements[0]);
        CertificateId[] memory ids = certificates.issueMany(list, endorsements);
        for (uint256 i = 0; i < 2; i++) {
            (ICertificateRegistry.Reason reason,,,) = certificates.verify(ids[i]);
            check(reason == ICertificateRegistry.Reason.Ok, "issued");
        }
    }

    function addSpare() private returns (address) {
        addAccount(SPARE_KEY);
        return vm.addr(SPARE_KEY);
    }

    function addAccount(uint256 key) private {
        bytes memory consent = consentOf(key, bankIds[0]);
        vm.prank(bank(0));
        participants.addAccount(vm.addr(key), consent);
    }
}
