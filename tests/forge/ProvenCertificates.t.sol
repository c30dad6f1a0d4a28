// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {CertificateRegistry} from "../../contracts/certificates/CertificateRegistry.sol";
import {ICertificateRegistry} from "../../contracts/interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../../contracts/interfaces/IFeatureRegistry.sol";
import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../contracts/interfaces/IVerifierRegistry.sol";
import {CertificateWords} from "../../contracts/libraries/CertificateWords.sol";
import {AgreementId, BatchId, CertificateId, ModelId, RunId, VerifierNumber} from "../../contracts/types/Ids.sol";
import {Proving} from "./support/Proving.sol";
import {KeyedVerifier} from "./support/Verifiers.sol";

/// @dev A grade that is proven: what the chain takes for the public inputs, and what it takes from nobody.
contract ProvenCertificatesTest is Proving {
    using CertificateWords for uint256;

    AgreementId private agreement;
    ModelId private model;
    KeyedVerifier private verifier;
    VerifierNumber private number;

    function setUp() public {
        setUpSpace();
        agreement = recordAgreement(terms());
        commitFeatures(anchorBatch(100, "batch"));
        model = finalModel("first");
        verifier = new KeyedVerifier("key");
        number = register(address(verifier), IVerifierRegistry.Circuit.ScoreCard);
        setProofPolicy(model, number, 1, false);
    }

    // --- issuing ---

    function test_issueWithProof__one_endorser__verifies_and_says_so() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        CertificateId id = issueProven(c, proof);
        (ICertificateRegistry.Reason reason, ICertificateRegistry.Grade grade,, ICertificateRegistry.ProofKind kind) =
            certificates.verify(id);
        check(reason == ICertificateRegistry.Reason.Ok && grade == c.grade, "holds");
        check(kind == ICertificateRegistry.ProofKind.Proven, "verify tells the kind");
        ICertificateRegistry.Record memory r = certificates.certificateInfo(id);
        check(r.proofKind == ICertificateRegistry.ProofKind.Proven && r.verifier == number, "the record too");
        check(r.endorsers.length == 1 && r.endorsers[0] == bank(0) && r.subject == subject, "endorser and subject");
        check(r.model == model && r.asOfDay == DAY && r.issuedBlock == block.number, "model, day, block");
        CertificateId[] memory ids = new CertificateId[](1);
        ids[0] = id;
        check(certificates.verifyMany(ids)[0].proofKind == kind, "and the list");
    }

    function test_issueWithProof__event__tells_the_verifier() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        CertificateId id = certificates.certificateIdOf(c);
        uint256 word = termsOf(c) + 2 ** 252 + 2 ** 240 + 2 ** 192 + 2 ** 168 + block.number * 2 ** 64 + 1;
        bytes memory proof = proofOf(verifier, c, bank(0));
        vm.expectEmit(true, true, true, true, address(certificates));
        emit ICertificateRegistry.CertificateIssued(id, word);
        issueProven(c, proof);
        check(uint256(vm.load(address(certificates), keccak256(abi.encode(id, 4)))) == word, "in its slot");
    }

    function test_issue__endorsed_only__says_so() public {
        CertificateId id = issue(certificateFor(agreement, model));
        (ICertificateRegistry.Reason reason,,, ICertificateRegistry.ProofKind kind) = certificates.verify(id);
        check(reason == ICertificateRegistry.Reason.Ok, "where no proof is demanded");
        check(kind == ICertificateRegistry.ProofKind.Endorsed, "endorsed only");
        check(certificates.certificateInfo(id).verifier == VerifierNumber.wrap(0), "no verifier");
    }

    function test_issueWithProof__twice__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        CertificateId id = issueProven(c, proof);
        bytes memory refusal = abi.encodeWithSelector(ICertificateRegistry.CertificateAlreadyIssued.selector, id);
        vm.expectRevert(refusal);
        issueProven(c, proof);
        ICertificateRegistry.Endorsement[] memory two = endorse(c, 2);
        vm.expectRevert(refusal);
        certificates.issue(c, two);
    }

    function testFuzz_issueWithProof__any_terms_and_sources__inputs_as_rebuilt(
        uint8 grade,
        uint16 day,
        uint8 count,
        uint256 seed
    ) public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        c.grade = ICertificateRegistry.Grade(1 + grade % 5);
        c.asOfDay = day;
        vm.assume(day != DAY);
        count = 1 + count % 8;
        bytes32[] memory inputs = inputsFor(c, bank(0));
        inputs[2] = 0;
        for (uint256 i = 0; i < count; i++) {
            address by = address(uint160(0xC000 + i));
            uint256 id = 8 + i; // four banks, two sources and an aggregator are admitted before
            admit(by, 1);
            uint256 commitment = 1 + uint256(keccak256(abi.encode(seed, i))) % (MODULUS - 1);
            commitAs(by, day, commitment);
            inputs[2] |= bytes32(id << (16 * i));
            inputs[3 + i] = bytes32(commitment);
        }
        CertificateId id_ = issueProven(c, verifier.prove(inputs));
        check(reasonOf(id_) == ICertificateRegistry.Reason.Ok, "holds");
    }

    function test_issueWithProof__no_features_or_too_many_sources__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        c.asOfDay = 1;
        vm.expectRevert(abi.encodeWithSelector(IFeatureRegistry.NothingCommitted.selector, subject, 1));
        issueProven(c, "");
        for (uint256 i = 0; i < 9; i++) {
            address by = address(uint160(0xC000 + i));
            admit(by, 1);
            commitAs(by, 1, 1 + i);
        }
        vm.expectRevert(abi.encodeWithSelector(IFeatureRegistry.TooManySources.selector, subject, 1));
        issueProven(c, "");
    }

    function test_issueWithProof__as_endorseAndIssue__same_checks() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory none = noOthers();
        uint256 t = termsOf(c);
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.StrayTermBits.selector, t | 1 << 240));
        vm.prank(bank(0));
        certificates.issueWithProof(agreement, model, t | 1 << 240, none, "");
        vm.expectRevert(
            abi.encodeWithSelector(ICertificateRegistry.GranteeNotEndorsing.selector, agreement, bankIds[0])
        );
        vm.prank(bank(1));
        certificates.issueWithProof(agreement, model, t, none, "");
        setProofPolicy(model, number, 2, false);
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.TooFewEndorsements.selector, 1, 2));
        issueProven(c, "");
        bytes memory proof = proofOf(verifier, c, bank(0));
        ICertificateRegistry.Endorsement[] memory other = endorseFrom(c, 1, 2);
        vm.prank(bank(0));
        CertificateId id = certificates.issueWithProof(agreement, model, t, other, proof);
        check(certificates.certificateInfo(id).endorsers.length == 2, "both");
        pause(certificates);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        issueProven(c, proof);
    }

    // --- proofs of something else ---

    function testFuzz_issueWithProof__wrong_grade__refused(uint8 claimed) public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes32[] memory inputs = inputsFor(c, bank(0));
        ICertificateRegistry.Grade better = ICertificateRegistry.Grade(1 + claimed % 5);
        vm.assume(better != c.grade);
        c.grade = better;
        bytes memory stale = verifier.prove(inputs);
        refused(c, stale);
        inputs[13] = contextFor(c, bank(0)); // of the claim, but proving the true grade
        refused(c, verifier.prove(inputs));
    }

    function testFuzz_issueWithProof__other_inputs__refused(uint8 position, bytes32 other) public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes32[] memory inputs = inputsFor(c, bank(0));
        vm.assume(inputs[position % 14] != other);
        inputs[position % 14] = other;
        refused(c, verifier.prove(inputs));
    }

    function test_issueWithProof__other_subjects_commitments__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        vm.prank(source);
        features.commit(IFeatureRegistry.Features(outsider, DAY, bytes32(uint256(8)), new BatchId[](0)));
        bytes32[] memory inputs = inputsFor(c, bank(0));
        inputs[0] = bytes32(uint256(uint160(outsider)));
        inputs[3] = bytes32(uint256(8));
        refused(c, verifier.prove(inputs));
        inputs[0] = bytes32(uint256(uint160(subject)));
        refused(c, verifier.prove(inputs));
    }

    function test_issueWithProof__older_period__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        commitAs(source, DAY - 365, 9);
        bytes32[] memory inputs = inputsFor(c, bank(0));
        inputs[1] = bytes32(uint256(DAY - 365));
        inputs[3] = bytes32(uint256(9));
        refused(c, verifier.prove(inputs));
    }

    function test_issueWithProof__other_model_with_better_cut_offs__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes32[] memory inputs = inputsFor(c, bank(0));
        inputs[11] = bytes32(uint256(8));
        refused(c, verifier.prove(inputs));
    }

    function test_issueWithProof__withdrawn_model__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        issue(c); // the model is remembered now
        c.asOfDay++;
        commitAs(source, c.asOfDay, 7);
        bytes memory proof = proofOf(verifier, c, bank(0));
        vm.prank(regulator);
        models.withdrawModel(model, "");
        bytes4 selector = IModelRegistry.ModelNotFinal.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, model, IModelRegistry.ModelState.Withdrawn));
        issueProven(c, proof);
    }

    function test_issueWithProof__replayed_by_another_sender__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        ICertificateRegistry.Endorsement[] memory others = endorse(c, 1); // the grantee, so that only the proof is wrong
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, number));
        vm.prank(bank(1));
        certificates.issueWithProof(c.agreement, c.model, termsOf(c), others, proof);
    }

    function test_issueWithProof__replayed_on_another_contract_or_chain__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        CertificateRegistry first = certificates;
        certificates = new CertificateRegistry(
            address(manager), participants, agreements, models, features, verifiers, 2, MAX_VALIDITY
        );
        bytes4[] memory selectors = only(certificates.setProofPolicy.selector);
        vm.prank(regulator);
        manager.setTargetFunctionRole(address(certificates), selectors, 1);
        setProofPolicy(model, number, 1, false);
        refused(c, proof);
        certificates = first;
        vm.chainId(7);
        refused(c, proof);
    }

    function testFuzz_issueWithProof__replayed_for_another_validity__refused(uint32 later) public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        c.notAfter += 1 + later % 90 days;
        refused(c, proof);
    }

    function test_issueWithProof__source_commits_in_between__proof_is_void() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        commitAs(otherSource, DAY, 9);
        refused(c, proof);
    }

    function testFuzz_issueWithProof__any_bytes__refused(bytes memory proof) public {
        refused(certificateFor(agreement, model), proof);
    }

    function test_issueWithProof__empty_or_huge__refused() public {
        refused(certificateFor(agreement, model), "");
        refused(certificateFor(agreement, model), new bytes(200_000));
    }

    function test_issueWithProof__verifier_of_another_setup__refused() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        KeyedVerifier other = new KeyedVerifier("other set-up");
        register(address(other), IVerifierRegistry.Circuit.ScoreCard);
        refused(c, other.prove(inputsFor(c, bank(0))));
    }

    // --- withdrawal ---

    function test_withdraw__verifier__its_certificates_stop_holding() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        CertificateId proven = issueProven(c, proofOf(verifier, c, bank(0)));
        c.notAfter++;
        CertificateId endorsed = issue(c);
        KeyedVerifier next = new KeyedVerifier("next");
        setProofPolicy(model, register(address(next), IVerifierRegistry.Circuit.ScoreCard), 1, false);
        c.notAfter++;
        CertificateId later = issueProven(c, proofOf(next, c, bank(0)));
        withdraw(number);
        check(reasonOf(proven) == ICertificateRegistry.Reason.ProofWithdrawn, "what it proved");
        check(reasonOf(endorsed) == ICertificateRegistry.Reason.Ok, "what nobody proved");
        check(reasonOf(later) == ICertificateRegistry.Reason.Ok, "what another proved");
    }

    function test_withdraw__verifier_of_a_demand__nothing_is_issued() public {
        setProofPolicy(model, number, 1, true);
        withdraw(number);
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierIsWithdrawn.selector, number));
        issueProven(c, proof);
        ICertificateRegistry.Endorsement[] memory two = endorse(c, 2);
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.ProofDemanded.selector, model));
        certificates.issue(c, two);
    }

    // --- policy ---

    function test_setProofPolicy__demanded__plain_issue_is_refused_at_once() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        issue(c); // the model is remembered now
        vm.expectEmit(true, true, true, true, address(certificates));
        emit ICertificateRegistry.ProofPolicyChanged(model, number, 1, true, 0);
        setProofPolicy(model, number, 1, true);
        (VerifierNumber by, uint8 quorum, bool isDemanded,) = certificates.proofPolicy(model);
        check(by == number && quorum == 1 && isDemanded, "read back");
        c.notAfter++;
        ICertificateRegistry.Endorsement[] memory two = endorse(c, 2);
        bytes memory refusal = abi.encodeWithSelector(ICertificateRegistry.ProofDemanded.selector, model);
        vm.expectRevert(refusal);
        certificates.issue(c, two);
        two = endorseFrom(c, 1, 2);
        vm.expectRevert(refusal);
        vm.prank(bank(0));
        certificates.endorseAndIssue(c.agreement, c.model, termsOf(c), two);
        issueProven(c, proofOf(verifier, c, bank(0)));
        c.notAfter++;
        two = endorse(c, 2);
        vm.expectRevert(refusal); // a proven one is not remembered either
        certificates.issue(c, two);
        setProofPolicy(model, number, 1, false);
        issue(c);
    }

    function test_setProofPolicy__other_models__go_on() public {
        ModelId second = finalModel("second");
        setProofPolicy(model, number, 1, true);
        issue(certificateFor(agreement, second));
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, second);
        c.notAfter++;
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.ProofNotAccepted.selector, second));
        issueProven(c, "");
    }

    function test_setProofPolicy__taken_back__nothing_is_proven() public {
        setProofPolicy(model, VerifierNumber.wrap(0), 0, false);
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        bytes memory proof = proofOf(verifier, c, bank(0));
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.ProofNotAccepted.selector, model));
        issueProven(c, proof);
        check(reasonOf(issue(c)) == ICertificateRegistry.Reason.Ok, "endorsed");
    }

    function test_setProofPolicy__unfit__refused() public {
        VerifierNumber ranges = register(address(new KeyedVerifier("")), IVerifierRegistry.Circuit.InvoiceRange);
        VerifierNumber none = VerifierNumber.wrap(0);
        bytes4 invalid = ICertificateRegistry.InvalidProofPolicy.selector;
        unfit(model, ranges, 1, abi.encodeWithSelector(invalid, ranges, 1));
        unfit(model, number, 0, abi.encodeWithSelector(invalid, number, 0));
        unfit(model, number, 5, abi.encodeWithSelector(invalid, number, 5));
        unfit(model, none, 0, abi.encodeWithSelector(invalid, none, 0));
        unfit(model, none, 1, abi.encodeWithSelector(invalid, none, 1));
        VerifierNumber unknown = VerifierNumber.wrap(9);
        unfit(model, unknown, 1, abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, unknown));
        ModelId fake = ModelId.wrap("fake");
        unfit(fake, number, 1, abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, fake));
        ModelId bare = modelWithoutCommitment();
        unfit(bare, number, 1, abi.encodeWithSelector(ICertificateRegistry.ModelNotProvable.selector, bare));
        pause(certificates);
        unfit(model, number, 1, abi.encodeWithSelector(IGuarded.ContractPaused.selector));
    }

    function testFuzz_words__any_verifier__beside_all_else(uint256 word, uint8 n) public pure {
        word = word & ~(uint256(0xff) << 240) & type(uint256).max >> 2; // states 0 to 3
        uint256 marked = word.withVerifier(VerifierNumber.wrap(n));
        check(marked.verifier() == VerifierNumber.wrap(n), "read back");
        check(marked - word == uint256(n) * 2 ** 240 && marked.verifierBits() == marked - word, "and nothing else");
        bool isProven = marked.proofKind() == ICertificateRegistry.ProofKind.Proven;
        check(isProven == (n != 0), "kind");
    }

    // --- means ---

    function refused(ICertificateRegistry.Certificate memory c, bytes memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, number));
        issueProven(c, proof);
    }

    function unfit(ModelId of_, VerifierNumber by, uint8 quorum, bytes memory refusal) private {
        vm.expectRevert(refusal);
        setProofPolicy(of_, by, quorum, true);
    }

    function modelWithoutCommitment() private returns (ModelId id) {
        RunId run = openRun("bare");
        joinAll(run);
        playRound(run, 1);
        IModelRegistry.ModelCard memory c = card("model");
        c.commitment = 0;
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(bank(i));
            id = models.confirmModel(run, c);
        }
    }
}
