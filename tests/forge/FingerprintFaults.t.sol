// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {FingerprintKeys} from "../../contracts/financing/FingerprintKeys.sol";
import {IFingerprintKeys} from "../../contracts/interfaces/IFingerprintKeys.sol";
import {Secp256k1} from "../../contracts/libraries/Secp256k1.sol";
import {Prover} from "./support/Prover.sol";

/// @dev A wrong answer is proven wrong, a correct one never; nothing signed for another contract or chain counts.
contract FingerprintFaultsTest is Prover {
    uint256 private constant FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f; // not-a-key
    uint32 private epoch;

    function setUp() public {
        setUpKeyholders();
        epoch = openEpoch(5, 3);
    }

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_report__correct_answer__refused(uint256 seed, uint8 size) public {
        Report memory r = reportOf(batchOf(seed, 1 + size % 6, epoch));
        bytes memory refusal = abi.encodeWithSelector(IFingerprintKeys.AnswerIsCorrect.selector, digestOf(r));
        vm.expectRevert(refusal);
        report(r);
    }

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_report__correct_answer_with_any_other_witness__never_a_fault(
        uint256 seed,
        uint256 which,
        uint256 other
    ) public {
        Report memory r = reportOf(batchOf(seed, 3, epoch));
        IFingerprintKeys.Point memory bent = point(other % (N - 1) + 1);
        uint256 place = which % 9;
        if (place < 3) r.evidence.weightedBlinded[place] = bent;
        else if (place < 6) r.evidence.weightedEvaluated[place - 3] = bent;
        else if (place == 6) r.evidence.t2 = bent;
        else if (place == 7) r.evidence.scaledM = bent;
        else r.evidence.scaledZ = bent;
        uint256 named = place < 6 ? place % 3 : place - 3;
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.WitnessInvalid.selector, named));
        report(r);
    }

    function test_report__correct_answer_without_witnesses__never_a_fault() public {
        Report memory r = reportOf(batchOf(1, 2, epoch));
        r.evidence.weightedEvaluated = new IFingerprintKeys.Point[](1);
        r.evidence.weightedEvaluated[0] = point(5);
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.WitnessInvalid.selector, 0));
        report(r);
        r = reportOf(batchOf(1, 2, epoch));
        r.evidence.weightedBlinded = new IFingerprintKeys.Point[](0);
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.WitnessInvalid.selector, 0));
        report(r);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_report__one_element_by_another_key__proven(uint256 seed, uint8 place, uint256 shift) public {
        Batch memory b = batchOf(seed, 4, epoch);
        b.used[place % 4] = addmod(b.key, shift % (N - 1) + 1, N);
        vm.assume(b.used[place % 4] != 0);
        Report memory r = reportOf(b);
        bytes32 digest = digestOf(r);
        vm.expectEmit();
        emit IFingerprintKeys.FaultProven(epoch, 1, IFingerprintKeys.Fault.WrongProof, digest, address(this));
        check(report(r) == IFingerprintKeys.Fault.WrongProof, "fault");
        check(fingerprintKeys.nodesOf(epoch)[0].faults == 1, "counted");
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.FaultAlreadyReported.selector, digest));
        report(r);
    }

    function test_report__wrong_response__proven_while_paused() public {
        Batch memory b = batchOf(2, 2, epoch);
        Report memory r = reportOf(b);
        uint256 s = addmod(uint256(r.answer.response), 1, N);
        r.answer.response = bytes32(s);
        uint256 m = logOfM(b, r);
        fillProof(b, r.evidence, m, mulmod(m, b.key, N), uint256(r.answer.challenge), s);
        sign(r);
        pause(fingerprintKeys);
        check(report(r) == IFingerprintKeys.Fault.WrongProof, "fault");
    }

    /// @dev s = -c k makes s G + c K the point at infinity: no honest nonce does.
    function test_report__sum_at_infinity__proven() public {
        Batch memory b = batchOf(3, 1, epoch);
        Report memory r = reportOf(b);
        r.answer.response = bytes32(N - mulmod(uint256(r.answer.challenge), b.key, N));
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.WrongProof, "fault");
    }

    /// @dev s M = -c Z, though s G + c K is not at infinity: another key was used.
    function test_report__third_sum_at_infinity__proven() public {
        Batch memory b = batchOf(4, 1, epoch);
        b.used[0] = addmod(b.key, 1, N);
        Report memory r = reportOf(b);
        uint256 c = uint256(r.answer.challenge);
        uint256 s = N - mulmod(c, b.used[0], N);
        r.answer.response = bytes32(s);
        uint256 m = logOfM(b, r);
        fillProof(b, r.evidence, m, mulmod(m, b.used[0], N), c, s);
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.WrongProof, "fault");
    }

    function test_report__malformed__proven() public {
        malformed(0, bytes32(0));
        malformed(0, bytes32(N));
        malformed(1, bytes32(0));
        malformed(1, bytes32(type(uint256).max));
        malformedElement(bytes.concat(hex"02", bytes32(uint256(5)))); // not on the curve
        malformedElement(bytes.concat(hex"02", bytes32(N + 2))); // on the curve or not: beyond the order
        malformedElement(bytes.concat(hex"04", bytes32(uint256(1)))); // not compressed
        malformedElement(new bytes(33)); // infinity
        malformedElement(new bytes(32));
        malformedElement(new bytes(66));
        malformedElement("");
    }

    function test_report__malformed_key_or_question__proven() public {
        Report memory r = reportOf(batchOf(5, 1, epoch));
        r.evidence.key = bytes.concat(hex"02", bytes32(uint256(5)));
        r.answer.key = keccak256(r.evidence.key);
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.Malformed, "key");
        r.evidence.key = "";
        r.answer.key = keccak256("");
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.Malformed, "no key");
        r = reportOf(batchOf(6, 1, epoch));
        r.evidence.blinded = new bytes(33);
        r.answer.blinded = keccak256(r.evidence.blinded);
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.Malformed, "question");
        r.evidence.blinded = new bytes(33 * 129);
        r.answer.blinded = keccak256(r.evidence.blinded);
        r.evidence.evaluated = new bytes(33 * 129);
        r.answer.evaluated = keccak256(r.evidence.evaluated);
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.Malformed, "too many");
    }

    function test_report__bytes_of_another_answer__refused() public {
        Report memory r = reportOf(batchOf(7, 1, epoch));
        Report memory other = reportOf(batchOf(8, 1, epoch));
        bytes memory refusal = abi.encodeWithSelector(IFingerprintKeys.EvidenceOfAnotherAnswer.selector, digestOf(r));
        (bytes memory key, bytes memory blinded) = (r.evidence.key, r.evidence.blinded);
        r.evidence.key = other.evidence.key;
        vm.expectRevert(refusal);
        report(r);
        (r.evidence.key, r.evidence.blinded) = (key, other.evidence.blinded);
        vm.expectRevert(refusal);
        report(r);
        (r.evidence.blinded, r.evidence.evaluated) = (blinded, other.evidence.evaluated);
        vm.expectRevert(refusal);
        report(r);
    }

    function test_report__signed_by_nobody_or_another_epoch__refused() public {
        Batch memory b = batchOf(9, 1, epoch);
        b.used[0] = addmod(b.key, 1, N);
        Report memory r = reportOf(b);
        r.signature = signature(STRANGER_KEY, digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.NotNode.selector, epoch, outsider));
        report(r);
        r.signature = "";
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.NotNode.selector, epoch, address(0)));
        report(r);
        b.epoch = epoch + 1;
        r = reportOf(b);
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.NotNode.selector, epoch + 1, keyholder(0)));
        report(r);
    }

    function test_report__signed_for_another_contract_or_chain__refused() public {
        Batch memory b = batchOf(10, 1, epoch);
        b.used[0] = addmod(b.key, 1, N);
        Report memory r = reportOf(b);
        FingerprintKeys twin = new FingerprintKeys(address(manager), participants);
        bytes32 digest = twin.answerDigestOf(r.answer);
        r.signature = signature(KEYHOLDER_KEY, digest);
        stranger(r);
        vm.chainId(7);
        digest = digestOf(r);
        vm.chainId(31337);
        r.signature = signature(KEYHOLDER_KEY, digest);
        stranger(r);
    }

    function test_two_keys__of_one_node_seller_and_epoch__proven_once() public {
        Report memory first = reportOf(batchOf(11, 1, epoch));
        Report memory second = reportOf(batchOf(12, 1, epoch));
        bytes32 digest = digestOf(second);
        vm.expectEmit();
        emit IFingerprintKeys.FaultProven(epoch, 1, IFingerprintKeys.Fault.TwoKeys, digest, address(this));
        twoKeys(first, second);
        vm.expectRevert(abi.encodeWithSelector(IFingerprintKeys.FaultAlreadyReported.selector, digest));
        twoKeys(first, second);
    }

    function test_two_keys__that_are_no_conflict__refused() public {
        bytes memory refusal = abi.encodeWithSelector(IFingerprintKeys.AnswersDoNotConflict.selector);
        Report memory first = reportOf(batchOf(13, 1, epoch));
        Report memory second = reportOf(batchOf(13, 2, epoch)); // the same key
        vm.expectRevert(refusal);
        twoKeys(first, second);
        second = reportOf(batchOf(14, 1, epoch));
        second.answer.seller = outsider;
        sign(second);
        vm.expectRevert(refusal);
        twoKeys(first, second);
        second = reportOf(batchOf(14, 1, epoch));
        second.signature = signature(KEYHOLDER_KEY + 1, digestOf(second)); // another node
        vm.expectRevert(refusal);
        twoKeys(first, second);
        uint32 next = openEpoch(5, 3);
        second = reportOf(batchOf(14, 1, next)); // another epoch
        vm.expectRevert(refusal);
        twoKeys(first, second);
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_add__points_of_known_logs__sum(uint256 a, uint256 b) public {
        (a, b) = (a % (N - 1) + 1, b % (N - 1) + 1);
        requireSum(a, b);
        requireSum(a, a);
        IFingerprintKeys.Point memory minus = Secp256k1.add(point(a), point(N - a));
        check(Secp256k1.isInfinity(minus), "infinity");
        check(Secp256k1.add(minus, point(b)).x == point(b).x, "zero first");
        check(Secp256k1.add(point(b), minus).y == point(b).y, "zero second");
        check(Secp256k1.isMultiple(point(a), b, point(mulmod(a, b, N))), "multiple");
        check(!Secp256k1.isMultiple(point(a), b, point(a)) || b == 1, "no multiple");
    }

    function requireSum(uint256 a, uint256 b) private {
        if (addmod(a, b, N) == 0) return;
        IFingerprintKeys.Point memory found = Secp256k1.add(point(a), point(b));
        IFingerprintKeys.Point memory expected = point(addmod(a, b, N));
        check(found.x == expected.x && found.y == expected.y, "sum");
    }

    function malformed(uint256 which, bytes32 value) private {
        Report memory r = reportOf(batchOf(20, 1, epoch));
        if (which == 0) r.answer.challenge = value;
        else r.answer.response = value;
        sign(r);
        check(report(r) == IFingerprintKeys.Fault.Malformed, "scalar");
    }

    function malformedElement(bytes memory evaluated) private {
        Report memory r = reportOf(batchOf(21, 1, epoch));
        r.evidence.evaluated = evaluated;
        r.answer.evaluated = keccak256(evaluated);
        sign(r);
        // the question's witness depends on the answer's bytes
        if (evaluated.length == 33) r.evidence.weightedBlinded[0] = weightedQuestion(21, r);
        check(report(r) == IFingerprintKeys.Fault.Malformed, "element");
    }

    function stranger(Report memory r) private {
        try fingerprintKeys.reportFault(r.answer, r.signature, r.evidence) {
            check(false, "accepted");
        } catch (bytes memory reason) {
            check(bytes4(reason) == IFingerprintKeys.NotNode.selector, "another signer");
        }
    }

    function report(Report memory r) private returns (IFingerprintKeys.Fault) {
        return fingerprintKeys.reportFault(r.answer, r.signature, r.evidence);
    }

    function twoKeys(Report memory first, Report memory second) private {
        fingerprintKeys.reportTwoKeys(first.answer, first.signature, second.answer, second.signature);
    }

    function digestOf(Report memory r) private view returns (bytes32) {
        return fingerprintKeys.answerDigestOf(r.answer);
    }
}
