// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AgreementRegistry} from "../../contracts/agreements/AgreementRegistry.sol";
import {IAgreementRegistry} from "../../contracts/interfaces/IAgreementRegistry.sol";
import {AgreementId, ParticipantId} from "../../contracts/types/Ids.sol";
import {Purposes} from "../../contracts/types/Roles.sol";
import {Story} from "./support/Story.sol";

/// @dev Signed by both sides for one registry on one chain; what is packed comes out as it went in.
contract AgreementsTest is Story {
    function setUp() public {
        setUpSpace();
    }

    function testFuzz_record__any_terms__read_back(
        uint16 purposes,
        uint40 begins,
        uint40 lasts,
        uint32 maxUses,
        bytes32 scopeHash,
        bytes32 salt
    ) public {
        IAgreementRegistry.Terms memory t = terms();
        t.purposes = uint16(1 + purposes % Purposes.ALL);
        t.notBefore = begins % (type(uint40).max / 2);
        t.notAfter = uint40(block.timestamp) + begins % (type(uint40).max / 2) + lasts % 1e9;
        t.maxUses = maxUses == 0 ? 1 : maxUses;
        (t.scopeHash, t.salt) = (scopeHash, salt);
        AgreementId id = recordAgreement(t);
        check(AgreementId.unwrap(id) == structHash(t), "id is the struct hash");
        check(agreements.digestOf(t) == digest(t, address(agreements)), "digest");
        IAgreementRegistry.Agreement memory a = agreements.agreementInfo(id);
        check(a.subject == t.subject && a.grantee == t.grantee && a.purposes == t.purposes, "sides");
        check(a.notBefore == t.notBefore && a.notAfter == t.notAfter, "times");
        check(a.maxUses == t.maxUses && a.uses == 0 && a.number == 1, "counts");
        check(a.state == IAgreementRegistry.State.Active && a.scopeHash == scopeHash, "state");
        check(AgreementId.unwrap(agreements.agreementAt(1)) == AgreementId.unwrap(id), "number");
    }

    function test_record__signed_for_another_registry__refused() public {
        AgreementRegistry other = new AgreementRegistry(address(manager), participants);
        IAgreementRegistry.Terms memory t = terms();
        bytes32 signed = other.digestOf(t);
        bytes memory bySubject = signature(SUBJECT_KEY, signed);
        bytes memory byGrantee = signature(BANK_KEY, signed);
        AgreementId id = agreements.agreementIdOf(t);
        vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.SubjectSignatureInvalid.selector, id, t.subject));
        agreements.record(t, bySubject, byGrantee);
    }

    function test_record__signed_for_another_chain__refused() public {
        IAgreementRegistry.Terms memory t = terms();
        bytes32 signed = agreements.digestOf(t);
        vm.chainId(7);
        bytes memory bySubject = signature(SUBJECT_KEY, signed);
        bytes memory byGrantee = signature(BANK_KEY, signed);
        AgreementId id = agreements.agreementIdOf(t);
        vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.SubjectSignatureInvalid.selector, id, t.subject));
        agreements.record(t, bySubject, byGrantee);
    }

    function test_record__malleated_signature__refused() public {
        IAgreementRegistry.Terms memory t = terms();
        bytes32 d = agreements.digestOf(t);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SUBJECT_KEY, d);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141; // of secp256k1, not-a-key
        bytes memory twin = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        bytes memory byGrantee = signature(BANK_KEY, d);
        AgreementId id = agreements.agreementIdOf(t);
        vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.SubjectSignatureInvalid.selector, id, t.subject));
        agreements.record(t, twin, byGrantee);
    }

    function test_recordMany__two__both_recorded_and_used() public {
        IAgreementRegistry.SignedTerms[] memory items = new IAgreementRegistry.SignedTerms[](2);
        for (uint256 i = 0; i < 2; i++) {
            IAgreementRegistry.Terms memory t = terms();
            t.salt = bytes32(i);
            bytes32 d = agreements.digestOf(t);
            items[i] = IAgreementRegistry.SignedTerms(t, signature(SUBJECT_KEY, d), signature(BANK_KEY, d));
        }
        AgreementId[] memory ids = agreements.recordMany(items);
        IAgreementRegistry.Use[] memory uses = new IAgreementRegistry.Use[](2);
        for (uint256 i = 0; i < 2; i++) {
            uses[i] = IAgreementRegistry.Use(ids[i], "operation");
        }
        vm.prank(bank(0));
        agreements.useMany(uses, Purposes.FEATURES);
        for (uint256 i = 0; i < 2; i++) {
            (uint32 number, ParticipantId grantee) = agreements.requireUsable(ids[i], Purposes.FEATURES);
            check(number == i + 1 && grantee == bankIds[0], "numbers in order");
            (uint16 purpose, uint32 count) = agreements.useOf(ids[i], "operation");
            check(purpose == Purposes.FEATURES && count == 1, "counted once each");
        }
    }

    function test_terminateWithSignature__subject_signed__ended_for_good() public {
        AgreementId id = recordAgreement(terms());
        bytes32 hash = keccak256(abi.encode(keccak256("Termination(bytes32 agreement)"), id));
        bytes memory signed =
            signature(SUBJECT_KEY, eip712Digest("TrustSpace AgreementRegistry", address(agreements), hash));
        agreements.terminateWithSignature(id, signed);
        (address who, IAgreementRegistry.State state) = agreements.subjectAndState(1);
        check(who == subject && state == IAgreementRegistry.State.Terminated, "terminated");
        vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.AgreementIsTerminated.selector, id));
        agreements.requireUsable(id, Purposes.CERTIFICATE);
        IAgreementRegistry.Terms memory t = terms();
        bytes memory bySubject = signature(SUBJECT_KEY, agreements.digestOf(t));
        bytes memory byGrantee = signature(BANK_KEY, agreements.digestOf(t));
        vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.AgreementAlreadyRecorded.selector, id));
        agreements.record(t, bySubject, byGrantee);
    }

    function testFuzz_requireUsable__time_and_purpose__as_the_definition_says(uint40 at, uint16 purpose) public {
        IAgreementRegistry.Terms memory t = terms();
        t.notBefore += 10;
        t.notAfter = t.notBefore + 10;
        AgreementId id = recordAgreement(t);
        vm.warp(t.notBefore - 10 + at % 30);
        if (block.timestamp < t.notBefore) {
            vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.AgreementNotYetValid.selector, id, t.notBefore));
        } else if (block.timestamp > t.notAfter) {
            vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.AgreementExpired.selector, id, t.notAfter));
        } else if (purpose == 0 || purpose & ~t.purposes != 0) {
            vm.expectRevert(abi.encodeWithSelector(IAgreementRegistry.PurposeNotGranted.selector, id, purpose));
        }
        agreements.requireUsable(id, purpose);
    }

    function digest(IAgreementRegistry.Terms memory t, address registry) private view returns (bytes32) {
        return eip712Digest("TrustSpace AgreementRegistry", registry, structHash(t));
    }

    function structHash(IAgreementRegistry.Terms memory t) private pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Agreement(address subject,uint16 grantee,uint16 purposes,bytes32 scopeHash,uint40 notBefore,uint40 notAfter,uint32 maxUses,bytes32 salt)"
        );
        return keccak256(
            abi.encode(
                typeHash, t.subject, t.grantee, t.purposes, t.scopeHash, t.notBefore, t.notAfter, t.maxUses, t.salt
            )
        );
    }
}
