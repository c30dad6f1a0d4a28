// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICertificateRegistry} from "../../contracts/interfaces/ICertificateRegistry.sol";
import {IVerifierRegistry} from "../../contracts/interfaces/IVerifierRegistry.sol";
import {AgreementId, ModelId, VerifierNumber} from "../../contracts/types/Ids.sol";
import {Proving} from "./support/Proving.sol";
import {KeyedVerifier} from "./support/Verifiers.sol";

/// @dev How old features may be that a grade is proven from: whoever proves must not choose the firm's best day.
contract ProofAgeTest is Proving {
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
    }

    function testFuzz_issueWithProof__older_than_the_policy_allows__refused(uint16 maxAge, uint16 age) public {
        (maxAge, age) = (maxAge % 400, age % 360); // the agreement ends after a year
        setProofPolicy(model, number, 1, true, maxAge);
        vm.warp((uint256(DAY) + age) * 1 days + 1 days - 1);
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        (c.validFrom, c.notAfter) = (uint32(block.timestamp), uint32(block.timestamp + 1 days));
        bytes memory proof = proofOf(verifier, c, bank(0));
        bool isTooOld = maxAge != 0 && age > maxAge;
        bytes4 selector = ICertificateRegistry.FeaturesTooOld.selector;
        if (isTooOld) vm.expectRevert(abi.encodeWithSelector(selector, DAY, maxAge));
        issueProven(c, proof);
    }

    function test_issueWithProof__last_day_and_the_day_after() public {
        setProofPolicy(model, number, 1, true, 30);
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        vm.warp((uint256(DAY) + 31) * 1 days);
        bytes memory proof = proofOf(verifier, c, bank(0));
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.FeaturesTooOld.selector, DAY, 30));
        issueProven(c, proof);
        vm.warp((uint256(DAY) + 31) * 1 days - 1);
        issueProven(c, proof);
    }

    function test_setProofPolicy__age__told_and_nothing_without_a_verifier() public {
        vm.expectEmit(true, true, true, true, address(certificates));
        emit ICertificateRegistry.ProofPolicyChanged(model, number, 1, true, 30);
        setProofPolicy(model, number, 1, true, 30);
        (,,, uint16 maxAge) = certificates.proofPolicy(model);
        check(maxAge == 30, "told");
        VerifierNumber none = VerifierNumber.wrap(0);
        vm.expectRevert(abi.encodeWithSelector(ICertificateRegistry.InvalidProofPolicy.selector, none, 0));
        setProofPolicy(model, none, 0, false, 30);
    }
}
