// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {IVerifierRegistry} from "../interfaces/IVerifierRegistry.sol";
import {ProofInputs} from "../libraries/ProofInputs.sol";
import {NO_VERIFIER, VerifierNumber} from "../types/Ids.sol";
import {VERSION} from "../types/Version.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @notice Two slots are read to check a proof; the hashes of a card are for people.
contract VerifierRegistry is IVerifierRegistry, Guarded {
    uint256 private constant CALL_MARGIN = 3_000; // between asking how much gas is left and spending it

    struct Entry {
        address verifier; // slot 0
        Circuit circuit;
        SetupMode setupMode;
        State state;
        uint32 gasLimit;
        uint40 registeredBlock;
        bytes32 codeHash; // slot 1
        bytes32 circuitHash;
        bytes32 keyHash;
        bytes32 setupHash;
    }

    uint8 private _count; // shares the slot of the pause flag
    mapping(VerifierNumber number => Entry) private _entries;
    mapping(address verifier => VerifierNumber number) private _numberOf;

    constructor(address authority) AccessManaged(authority) {}

    // --- writes ---

    /// @inheritdoc IVerifierRegistry
    function register(Card calldata card) external restricted whenNotPaused returns (VerifierNumber number) {
        _requireCard(card);
        number = _numberOf[card.verifier];
        if (number != NO_VERIFIER) {
            require(_isSameCard(_entries[number], card), VerifierConflict(card.verifier, number));
            return number;
        }
        require(_count < type(uint8).max, TooManyVerifiers());
        number = VerifierNumber.wrap(++_count);
        _numberOf[card.verifier] = number;
        Entry storage e = _entries[number];
        (e.verifier, e.circuit, e.setupMode, e.gasLimit) = (card.verifier, card.circuit, card.setupMode, card.gasLimit);
        (e.state, e.registeredBlock, e.codeHash) = (State.Live, uint40(block.number), card.verifier.codehash);
        (e.circuitHash, e.keyHash, e.setupHash) = (card.circuitHash, card.keyHash, card.setupHash);
        emit VerifierRegistered(number, card.verifier, e.codeHash, card);
        bytes32[] memory zeros = new bytes32[](ProofInputs.countOf(card.circuit));
        bool isOpen = _saysYes(e, abi.encodeCall(IProofVerifier.verify, ("", zeros)));
        require(!isOpen, AcceptsAnything(card.verifier));
    }

    /// @inheritdoc IVerifierRegistry
    function withdraw(VerifierNumber number, bytes32 reasonHash) external restricted {
        _live(number).state = State.Withdrawn;
        emit VerifierWithdrawn(number, reasonHash);
    }

    // --- reads ---

    /// @inheritdoc IVerifierRegistry
    function verify(VerifierNumber number, bytes calldata proof, bytes32[] calldata inputs)
        external
        view
        returns (bool)
    {
        Entry storage e = _entries[number];
        bool isSound = e.state == State.Live && _isUnchanged(e) && inputs.length == ProofInputs.countOf(e.circuit)
            && ProofInputs.firstOutside(inputs) == inputs.length;
        return isSound && _saysYes(e, abi.encodeCall(IProofVerifier.verify, (proof, inputs)));
    }

    /// @inheritdoc IVerifierRegistry
    function requireProof(VerifierNumber number, bytes calldata proof, bytes32[] calldata inputs)
        external
        view
        whenNotPaused
    {
        Entry storage e = _live(number);
        require(_isUnchanged(e), VerifierCodeChanged(number));
        uint256 count = ProofInputs.countOf(e.circuit);
        require(inputs.length == count, InputCountWrong(inputs.length, count));
        uint256 outside = ProofInputs.firstOutside(inputs);
        if (outside != count) revert InputNotInField(outside, inputs[outside]);
        bool isProven = _saysYes(e, abi.encodeCall(IProofVerifier.verify, (proof, inputs)));
        require(isProven, ProofInvalid(number));
    }

    /// @inheritdoc IVerifierRegistry
    function requireLive(VerifierNumber number) external view returns (Circuit) {
        return _live(number).circuit;
    }

    /// @inheritdoc IVerifierRegistry
    function isWithdrawn(VerifierNumber number) external view returns (bool) {
        return _entries[number].state == State.Withdrawn;
    }

    /// @inheritdoc IVerifierRegistry
    function verifierInfo(VerifierNumber number) external view returns (Verifier memory) {
        Entry storage e = _entries[number];
        return Verifier({
            state: e.state,
            registeredBlock: e.registeredBlock,
            codeHash: e.codeHash,
            card: Card({
                verifier: e.verifier,
                circuit: e.circuit,
                setupMode: e.setupMode,
                gasLimit: e.gasLimit,
                circuitHash: e.circuitHash,
                keyHash: e.keyHash,
                setupHash: e.setupHash
            })
        });
    }

    /// @inheritdoc IVerifierRegistry
    function numberOf(address verifier) external view returns (VerifierNumber) {
        return _numberOf[verifier];
    }

    /// @inheritdoc IVerifierRegistry
    function verifierCount() external view returns (uint8) {
        return _count;
    }

    /// @inheritdoc IVerifierRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    /// @dev What the verifier answers, any failure being a no. With all the gas that it may use, or not at all, so that
    /// nobody gets another answer by sending less.
    function _saysYes(Entry storage e, bytes memory question) private view returns (bool) {
        (address verifier, uint256 gasLimit) = (e.verifier, e.gasLimit);
        require(gasleft() / 64 * 63 >= gasLimit + CALL_MARGIN, TooLittleGas(gasLimit));
        (bool isDone, bytes memory answer) = verifier.staticcall{gas: gasLimit}(question);
        return isDone && answer.length == 32 && bytes32(answer) == bytes32(uint256(1));
    }

    function _isUnchanged(Entry storage e) private view returns (bool) {
        return e.verifier.codehash == e.codeHash && (e.setupMode != SetupMode.Dev || _isLocal());
    }

    function _live(VerifierNumber number) private view returns (Entry storage e) {
        e = _entries[number];
        require(e.state != State.None, UnknownVerifier(number));
        require(e.state == State.Live, VerifierIsWithdrawn(number));
    }

    function _requireCard(Card calldata card) private view {
        require(card.circuit != Circuit.None, InvalidCard("circuit"));
        require(card.setupMode != SetupMode.None, InvalidCard("setupMode"));
        require(card.gasLimit != 0, InvalidCard("gasLimit"));
        require(card.circuitHash != 0, InvalidCard("circuitHash"));
        require(card.keyHash != 0, InvalidCard("keyHash"));
        require(card.setupHash != 0, InvalidCard("setupHash"));
        require(card.setupMode != SetupMode.Dev || _isLocal(), DevelopmentSetup(block.chainid));
        require(card.verifier.code.length != 0, NoVerifierCode(card.verifier));
    }

    /// @dev A withdrawn verifier is not the same as one that is to be registered.
    function _isSameCard(Entry storage e, Card calldata card) private view returns (bool) {
        return e.state == State.Live && e.circuit == card.circuit && e.setupMode == card.setupMode
            && e.gasLimit == card.gasLimit && e.circuitHash == card.circuitHash && e.keyHash == card.keyHash
            && e.setupHash == card.setupHash;
    }

    /// @dev Chain ids that local test chains use, and no network.
    function _isLocal() private view returns (bool) {
        return block.chainid == 1337 || block.chainid == 31337;
    }
}
