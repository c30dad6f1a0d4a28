// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IGuarded} from "../../contracts/interfaces/IGuarded.sol";
import {IVerifierRegistry} from "../../contracts/interfaces/IVerifierRegistry.sol";
import {VerifierRegistry} from "../../contracts/proofs/VerifierRegistry.sol";
import {VerifierNumber} from "../../contracts/types/Ids.sol";
import {Proving} from "./support/Proving.sol";
import {
    CostlyVerifier,
    HungryVerifier,
    KeyedVerifier,
    OpenVerifier,
    ReducingVerifier,
    SayingVerifier
} from "./support/Verifiers.sol";

/// @dev Who checks proofs, and that only a yes is a yes.
contract VerifiersTest is Proving {
    KeyedVerifier private verifier;
    VerifierNumber private number;
    bytes32[] private inputs;

    function setUp() public {
        setUpSpace();
        verifier = new KeyedVerifier("key");
        number = register(address(verifier), IVerifierRegistry.Circuit.ScoreCard);
        for (uint256 i = 0; i < 14; i++) {
            inputs.push(bytes32(i + 1));
        }
    }

    // --- registering ---

    function test_register__read_back() public {
        KeyedVerifier next = new KeyedVerifier("next");
        IVerifierRegistry.Card memory c = cardOf(address(next), IVerifierRegistry.Circuit.TurnoverRange);
        bytes32 codeHash = address(next).codehash;
        vm.expectEmit(true, true, true, true, address(verifiers));
        emit IVerifierRegistry.VerifierRegistered(VerifierNumber.wrap(2), address(next), codeHash, c);
        vm.prank(regulator);
        VerifierNumber second = verifiers.register(c);
        IVerifierRegistry.Verifier memory v = verifiers.verifierInfo(second);
        check(v.state == IVerifierRegistry.State.Live && v.registeredBlock == block.number, "live");
        check(v.codeHash == codeHash && keccak256(abi.encode(v.card)) == keccak256(abi.encode(c)), "card");
        check(verifiers.numberOf(address(next)) == second && verifiers.verifierCount() == 2, "numbers");
        check(verifiers.requireLive(second) == IVerifierRegistry.Circuit.TurnoverRange, "circuit");
    }

    function test_register__same_card_again__same_number() public {
        check(register(address(verifier), IVerifierRegistry.Circuit.ScoreCard) == number, "same");
        check(verifiers.verifierCount() == 1, "one");
    }

    function testFuzz_register__same_verifier_other_card__refused(uint8 field) public {
        IVerifierRegistry.Card memory c = cardOf(address(verifier), IVerifierRegistry.Circuit.ScoreCard);
        field = field % 6;
        if (field == 0) c.circuit = IVerifierRegistry.Circuit.ScoreTrees;
        if (field == 1) c.setupMode = IVerifierRegistry.SetupMode.Consortium;
        if (field == 2) c.gasLimit++;
        if (field == 3) c.circuitHash = "other";
        if (field == 4) c.keyHash = "other";
        if (field == 5) c.setupHash = "other";
        refused(c, abi.encodeWithSelector(IVerifierRegistry.VerifierConflict.selector, c.verifier, number));
    }

    function test_register__withdrawn_one_again__refused() public {
        withdraw(number);
        IVerifierRegistry.Card memory c = cardOf(address(verifier), IVerifierRegistry.Circuit.ScoreCard);
        refused(c, abi.encodeWithSelector(IVerifierRegistry.VerifierConflict.selector, c.verifier, number));
    }

    function test_register__field_missing__refused() public {
        for (uint256 i = 0; i < 6; i++) {
            IVerifierRegistry.Card memory c =
                cardOf(address(new KeyedVerifier("")), IVerifierRegistry.Circuit.ScoreCard);
            string memory field;
            if (i == 0) (c.circuit, field) = (IVerifierRegistry.Circuit.None, "circuit");
            if (i == 1) (c.setupMode, field) = (IVerifierRegistry.SetupMode.None, "setupMode");
            if (i == 2) (c.gasLimit, field) = (0, "gasLimit");
            if (i == 3) (c.circuitHash, field) = (0, "circuitHash");
            if (i == 4) (c.keyHash, field) = (0, "keyHash");
            if (i == 5) (c.setupHash, field) = (0, "setupHash");
            refused(c, abi.encodeWithSelector(IVerifierRegistry.InvalidCard.selector, field));
        }
    }

    function testFuzz_register__development_setup__local_chains_only(uint64 chain) public {
        IVerifierRegistry.Card memory c = cardOf(address(new KeyedVerifier("")), IVerifierRegistry.Circuit.ScoreCard);
        c.setupMode = IVerifierRegistry.SetupMode.Dev;
        vm.assume(chain != 0 && chain != 1337 && chain != 31_337);
        vm.chainId(chain);
        refused(c, abi.encodeWithSelector(IVerifierRegistry.DevelopmentSetup.selector, uint256(chain)));
    }

    function test_register__development_setup__holds_on_no_other_chain_even_if_its_state_moves() public {
        IVerifierRegistry.Card memory c = cardOf(address(new KeyedVerifier("dev")), IVerifierRegistry.Circuit.ScoreCard);
        c.setupMode = IVerifierRegistry.SetupMode.Dev;
        for (uint256 chain = 1337; chain <= 31_337; chain += 30_000) {
            vm.chainId(chain);
            vm.prank(regulator);
            VerifierNumber dev = verifiers.register(c);
            bytes memory proof = KeyedVerifier(c.verifier).prove(inputs);
            check(verifiers.verify(dev, proof, inputs), "on a local chain");
            vm.chainId(7);
            check(!verifiers.verify(dev, proof, inputs), "elsewhere");
        }
    }

    function test_register__no_code__refused() public {
        IVerifierRegistry.Card memory c = cardOf(outsider, IVerifierRegistry.Circuit.ScoreCard);
        refused(c, abi.encodeWithSelector(IVerifierRegistry.NoVerifierCode.selector, outsider));
    }

    function test_register__accepts_an_empty_proof__refused() public {
        IVerifierRegistry.Card memory c = cardOf(address(new OpenVerifier()), IVerifierRegistry.Circuit.ScoreCard);
        refused(c, abi.encodeWithSelector(IVerifierRegistry.AcceptsAnything.selector, c.verifier));
    }

    function test_register__more_than_fit_a_word__refused() public {
        for (uint256 i = 2; i <= 255; i++) {
            register(address(new KeyedVerifier(bytes32(i))), IVerifierRegistry.Circuit.ScoreCard);
        }
        IVerifierRegistry.Card memory c = cardOf(address(new KeyedVerifier("")), IVerifierRegistry.Circuit.ScoreCard);
        refused(c, abi.encodeWithSelector(IVerifierRegistry.TooManyVerifiers.selector));
    }

    function test_withdraw__for_good_and_while_paused() public {
        pause(verifiers);
        vm.expectEmit(true, true, true, true, address(verifiers));
        emit IVerifierRegistry.VerifierWithdrawn(number, "defect of the circuit");
        withdraw(number);
        check(verifiers.isWithdrawn(number) && !verifiers.verify(number, verifier.prove(inputs), inputs), "withdrawn");
        bytes memory refusal = abi.encodeWithSelector(IVerifierRegistry.VerifierIsWithdrawn.selector, number);
        vm.expectRevert(refusal);
        withdraw(number);
        vm.expectRevert(refusal);
        verifiers.requireLive(number);
    }

    // --- asking ---

    function testFuzz_verify__its_own_inputs_and_no_others(uint8 position, bytes32 other) public view {
        bytes memory proof = verifier.prove(inputs);
        check(verifiers.verify(number, proof, inputs), "its own");
        bytes32[] memory changed = inputs;
        vm.assume(changed[position % 14] != other);
        changed[position % 14] = other;
        check(!verifiers.verify(number, proof, changed), "others");
    }

    function testFuzz_verify__any_bytes_as_proof__refused(bytes memory proof) public {
        check(!verifiers.verify(number, proof, inputs), "no");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, number));
        verifiers.requireProof(number, proof, inputs);
    }

    function test_verify__empty_and_huge_proofs__refused() public {
        check(!verifiers.verify(number, "", inputs), "empty");
        bytes memory huge = new bytes(300_000);
        check(!verifiers.verify(number, huge, inputs), "huge");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofInvalid.selector, number));
        verifiers.requireProof(number, huge, inputs);
    }

    /// @dev A number and that number plus the modulus are one field element: two statements with one proof.
    function testFuzz_verify__input_plus_modulus__refused(uint8 position, uint256 value) public {
        ReducingVerifier reducing = new ReducingVerifier();
        VerifierNumber second = register(address(reducing), IVerifierRegistry.Circuit.ScoreCard);
        position = position % 14;
        inputs[position] = bytes32(value % MODULUS);
        bytes memory proof = reducing.prove(inputs);
        check(verifiers.verify(second, proof, inputs), "as it is");
        uint256 room = (type(uint256).max - value % MODULUS) / MODULUS;
        for (uint256 times = 1; times <= room; times++) {
            inputs[position] = bytes32(value % MODULUS + times * MODULUS);
            check(reducing.verify(proof, inputs), "the verifier itself would take it");
            check(!verifiers.verify(second, proof, inputs), "the registry does not");
            bytes4 selector = IVerifierRegistry.InputNotInField.selector;
            vm.expectRevert(abi.encodeWithSelector(selector, position, inputs[position]));
            verifiers.requireProof(second, proof, inputs);
        }
    }

    function testFuzz_verify__wrong_number_of_inputs__refused(uint8 count) public {
        vm.assume(count != 14);
        bytes32[] memory list = new bytes32[](count);
        bytes memory proof = verifier.prove(list);
        check(!verifiers.verify(number, proof, list), "no");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.InputCountWrong.selector, count, 14));
        verifiers.requireProof(number, proof, list);
    }

    function test_verify__verifier_of_another_setup__refused() public {
        KeyedVerifier other = new KeyedVerifier("same circuit, other set-up");
        VerifierNumber second = register(address(other), IVerifierRegistry.Circuit.ScoreCard);
        check(!verifiers.verify(second, verifier.prove(inputs), inputs), "first's proof");
        check(!verifiers.verify(number, other.prove(inputs), inputs), "second's proof");
    }

    function testFuzz_verify__unknown_number__refused(uint8 unknown) public {
        vm.assume(unknown != 1);
        VerifierNumber none = VerifierNumber.wrap(unknown);
        check(!verifiers.verify(none, verifier.prove(inputs), inputs), "no");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, none));
        verifiers.requireProof(none, "", inputs);
    }

    function test_verify__code_exchanged__refused() public {
        bytes memory proof = verifier.prove(inputs);
        vm.etch(address(verifier), address(new OpenVerifier()).code);
        check(!verifiers.verify(number, proof, inputs), "no");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierCodeChanged.selector, number));
        verifiers.requireProof(number, proof, inputs);
    }

    /// @dev Only a word that is one is a yes.
    function testFuzz_verify__odd_answers__refused(bytes memory answer) public {
        vm.assume(keccak256(answer) != keccak256(abi.encode(true)));
        VerifierNumber odd = register(address(new SayingVerifier(answer)), IVerifierRegistry.Circuit.ScoreCard);
        check(!verifiers.verify(odd, "proof", inputs), "no");
        check(
            !verifiers.verify(
                register(address(new SayingVerifier(abi.encode(2))), IVerifierRegistry.Circuit.ScoreCard),
                "proof",
                inputs
            ),
            "two"
        );
        check(
            verifiers.verify(
                register(address(new SayingVerifier(abi.encode(true))), IVerifierRegistry.Circuit.ScoreCard),
                "proof",
                inputs
            ),
            "yes"
        );
    }

    function test_verify__eats_all_gas__refused_at_the_limit() public {
        VerifierNumber hungry = register(address(new HungryVerifier()), IVerifierRegistry.Circuit.ScoreCard);
        uint256 before = gasleft();
        check(!verifiers.verify(hungry, "proof", inputs), "no");
        check(before - gasleft() < 1_100_000, "and no more than the limit");
    }

    /// @dev With too little gas nothing is decided: a proof that holds is never called wrong.
    function testFuzz_verify__any_gas__right_or_undecided(uint256 gas) public {
        VerifierNumber costly = register(address(new CostlyVerifier()), IVerifierRegistry.Circuit.ScoreCard);
        bytes memory question = abi.encodeCall(verifiers.verify, (costly, bytes("proof"), inputs));
        (bool isDone, bytes memory answer) = address(verifiers).staticcall{gas: gas % 2_000_000}(question);
        check(isDone ? abi.decode(answer, (bool)) : gas % 2_000_000 < 1_100_000, "yes, or not asked");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.TooLittleGas.selector, 1_000_000));
        verifiers.requireProof{gas: 700_000}(costly, "proof", inputs);
    }

    function test_requireProof__paused__refused() public {
        bytes memory proof = verifier.prove(inputs);
        verifiers.requireProof(number, proof, inputs);
        pause(verifiers);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.ContractPaused.selector));
        verifiers.requireProof(number, proof, inputs);
        check(verifiers.verify(number, proof, inputs), "anybody may still check");
    }

    function refused(IVerifierRegistry.Card memory c, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(regulator);
        verifiers.register(c);
    }
}
