// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CertificateRegistry} from "../../contracts/certificates/CertificateRegistry.sol";
import {ICertificateRegistry} from "../../contracts/interfaces/ICertificateRegistry.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../../contracts/interfaces/IParticipantRegistry.sol";
import {CertificateWords} from "../../contracts/libraries/CertificateWords.sol";
import {AgreementId, CertificateId, ModelId} from "../../contracts/types/Ids.sol";
import {Roles} from "../../contracts/types/Roles.sol";
import {Story} from "./support/Story.sol";

/// @dev Whose word makes a certificate, and what is packed in one slot.
contract CertificatesTest is Story {
    using CertificateWords for uint256;

    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0; // not-a-key

    AgreementId private agreement;
    ModelId private model;

    function setUp() public {
        setUpSpace();
        agreement = recordAgreement(terms());
        commitFeatures(anchorBatch(100, "batch"));
        model = finalModel("first");
    }

    function testFuzz_issue__any_terms__read_back(uint16 day, uint8 grade, uint32 begins, uint32 lasts, uint8 by)
        public
    {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        c.asOfDay = day;
        c.grade = ICertificateRegistry.Grade(1 + grade % 5);
        c.validFrom = uint32(block.timestamp) + begins % 1e9;
        c.notAfter = c.validFrom + lasts % (MAX_VALIDITY + 1);
        uint256 endorsers = 2 + by % 3;
        CertificateId id = certificates.issue(c, endorse(c, endorsers));
        check(CertificateId.unwrap(id) == digestOf(c, address(certificates)), "the id is the digest");
        ICertificateRegistry.Record memory r = certificates.certificateInfo(id);
        check(r.asOfDay == day && r.grade == c.grade && r.state == ICertificateRegistry.State.Active, "terms");
        check(r.validFrom == c.validFrom && r.notAfter == c.notAfter && r.issuedBlock == block.number, "times");
        check(r.subject == subject && r.model == model, "subject and model");
        check(AgreementId.unwrap(r.agreement) == AgreementId.unwrap(agreement), "agreement");
        check(r.endorsers.length == endorsers && r.proofKind == ICertificateRegistry.ProofKind.Endorsed, "support");
        check(r.endorsers[endorsers - 1] == bank(0), "the last lowest");
    }

    function testFuzz_words__any_word__fields_do_not_overlap(uint256 word, uint8 to) public pure {
        word = word % 2 ** 250; // states 0 to 3
        uint256 again =
            uint256(word.state()) * 2 ** 252 + (word >> 248) % 16 * 2 ** 248 + (word >> 240) % 256 * 2 ** 240;
        again += uint256(word.asOfDay()) * 2 ** 224 + uint256(word.agreement()) * 2 ** 192;
        again += uint256(word.model()) * 2 ** 168 + uint256(word.validFrom()) * 2 ** 136;
        again += uint256(word.notAfter()) * 2 ** 104 + uint256(word.issuedBlock()) * 2 ** 64 + word.endorsers();
        check(again == word, "fields cover the word");
        ICertificateRegistry.State state = ICertificateRegistry.State(to % 5);
        uint256 moved = word.withState(state);
        check(moved.state() == state && moved % 2 ** 252 == word % 2 ** 252, "only the state moves");
    }

    function test_issue__stored_in_one_slot__word_as_announced() public {
        CertificateId id = issue(certificateFor(agreement, model));
        uint256 word = 0;
        for (uint256 slot = 0; slot < 10 && word == 0; slot++) {
            word = uint256(vm.load(address(certificates), keccak256(abi.encode(id, slot))));
        }
        check(word.issuedBlock() == block.number && word.model() == 1 && word.agreement() == 1, "the whole of it");
    }

    /// @dev The compact form has no room for nearly all second signatures; those that fit are refused by their s.
    function testFuzz_issue__high_s__refused(uint256 s, bool parity) public {
        s = HALF_ORDER + 1 + s % (2 ** 255 - HALF_ORDER - 1);
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory list = endorse(c, 2);
        list[1].vs = bytes32(parity ? s | 1 << 255 : s);
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.EndorsementInvalid.selector, 1));
        certificates.issue(c, list);
    }

    function testFuzz_issue__garbled_endorsement__refused(bytes32 r, bytes32 vs) public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory list = endorse(c, 2);
        list[1] = ICertificateRegistry.Endorsement(r, vs);
        (bool isDone,) = address(certificates).call(abi.encodeCall(certificates.issue, (c, list)));
        check(!isDone, "a garbled signature is nobody's or a stranger's");
    }

    function test_issue__without_the_grantee__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory three = endorse(c, 3);
        ICertificateRegistry.Endorsement[] memory others = new ICertificateRegistry.Endorsement[](2);
        (others[0], others[1]) = (three[1], three[2]);
        bytes memory refusal =
            abi.encodeWithSelector(ICertificateRegistry.GranteeNotEndorsing.selector, agreement, bankIds[0]);
        vm.expectRevert(refusal);
        certificates.issue(c, others);
        others = new ICertificateRegistry.Endorsement[](1);
        others[0] = three[1];
        vm.expectRevert(refusal);
        vm.prank(bank(2));
        certificates.endorseAndIssue(c.agreement, c.model, termsOf(c), others);
        certificates.issue(c, three);
    }

    function test_issue__same_bank_twice__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory list = endorse(c, 2);
        list[1] = list[0];
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.ParticipantRepeated.selector, bankIds[0]));
        certificates.issue(c, list);
        list = endorse(c, 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipantRegistry.ParticipantRepeated.selector, bankIds[0]));
        vm.prank(bank(0));
        certificates.endorseAndIssue(c.agreement, c.model, termsOf(c), list);
    }

    function test_issue__endorsed_for_another_registry_or_chain__refused() public {
        CertificateRegistry twin = new CertificateRegistry(
            address(manager), participants, agreements, models, features, verifiers, 2, MAX_VALIDITY
        );
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory list = endorse(c, 2);
        (bool isDone,) = address(twin).call(abi.encodeCall(twin.issue, (c, list)));
        check(!isDone, "another registry");
        vm.chainId(7);
        (isDone,) = address(certificates).call(abi.encodeCall(certificates.issue, (c, list)));
        check(!isDone, "another chain");
    }

    function test_endorseAndIssue__three_others__four_endorsers() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory others = endorseFrom(c, 1, 4);
        vm.prank(bank(0));
        CertificateId id = certificates.endorseAndIssue(c.agreement, c.model, termsOf(c), others);
        check(certificates.certificateInfo(id).endorsers.length == 4, "four");
        check(CertificateId.unwrap(id) == CertificateId.unwrap(certificates.certificateIdOf(c)), "the same id");
        check(reasonOf(id) == ICertificateRegistry.Reason.Ok, "valid");
    }

    function testFuzz_endorseAndIssue__bits_outside_the_terms__refused(uint256 stray) public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        uint256 t = termsOf(c);
        stray &= ~CertificateWords.TERMS;
        vm.assume(stray != 0);
        ICertificateRegistry.Endorsement[] memory others = endorseFrom(c, 1, 2);
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.StrayTermBits.selector, t | stray));
        vm.prank(bank(0));
        certificates.endorseAndIssue(c.agreement, c.model, t | stray, others);
    }

    function testFuzz_issue__unknown_model__never_taken_for_the_remembered_one(uint72 head, bool isTail) public {
        issue(certificateFor(agreement, model)); // remembers the model
        uint256 tail = uint256(ModelId.unwrap(model)) % 2 ** 184;
        ModelId fake = ModelId.wrap(bytes32(uint256(head) * 2 ** 184 + (isTail ? 0 : (tail + 1) % 2 ** 184)));
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, fake);
        ICertificateRegistry.Endorsement[] memory list = endorse(c, 2);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, fake));
        certificates.issue(c, list);
    }

    function test_issueMany__two_models_in_turn__each_keeps_its_own() public {
        ModelId second = finalModel("second");
        ICertificateRegistry.Certificate[] memory list = new ICertificateRegistry.Certificate[](3);
        ICertificateRegistry.Endorsement[][] memory endorsements = new ICertificateRegistry.Endorsement[][](3);
        for (uint16 i = 0; i < 3; i++) {
            list[i] = certificateFor(agreement, i == 1 ? second : model);
            list[i].asOfDay -= i;
            endorsements[i] = endorse(list[i], 2);
        }
        CertificateId[] memory ids = certificates.issueMany(list, endorsements);
        check(certificates.certificateInfo(ids[0]).model == model, "first");
        check(certificates.certificateInfo(ids[1]).model == second, "second");
        check(certificates.certificateInfo(ids[2]).model == model, "first again");
        ICertificateRegistry.Verdict[] memory verdicts = certificates.verifyMany(ids);
        check(verdicts[0].reason == ICertificateRegistry.Reason.Ok, "with features");
        check(verdicts[2].reason == ICertificateRegistry.Reason.FeaturesMissing, "without");
        check(verdicts[1].asOfBlock == block.number, "block");
    }

    function test_annul__by_the_regulator__revoked_for_good() public {
        CertificateId id = issue(certificateFor(agreement, model));
        vm.prank(regulator);
        certificates.annul(id, "reason");
        check(reasonOf(id) == ICertificateRegistry.Reason.Revoked, "revoked");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICertificateRegistry.StateMoveForbidden.selector,
                id,
                ICertificateRegistry.State.Revoked,
                ICertificateRegistry.State.Revoked
            )
        );
        vm.prank(bank(0));
        certificates.revoke(id, "again");
    }

    function testFuzz_verify__never_issued__unknown(bytes32 id) public view {
        (ICertificateRegistry.Reason reason, ICertificateRegistry.Grade grade,,) =
            certificates.verify(CertificateId.wrap(id));
        check(reason == ICertificateRegistry.Reason.Unknown && grade == ICertificateRegistry.Grade.None, "unknown");
    }

    function digestOf(ICertificateRegistry.Certificate memory c, address registry) private view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Certificate(bytes32 agreement,bytes32 model,uint16 asOfDay,uint8 grade,uint32 validFrom,uint32 notAfter)"
        );
        bytes32 structHash =
            keccak256(abi.encode(typeHash, c.agreement, c.model, c.asOfDay, c.grade, c.validFrom, c.notAfter));
        return eip712Digest("TrustSpace CertificateRegistry", registry, structHash);
    }
}
