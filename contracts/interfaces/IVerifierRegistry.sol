// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {VerifierNumber} from "../types/Ids.sol";

/// @title Contracts that check proofs, and where their keys come from
/// @notice The regulator vouches for a verifier: that it was generated from this circuit, this verification key and this
/// set-up. Everybody can generate it again from the public artefacts and compare the hashes.
/// @dev States: None -> Live -> Withdrawn (final).
interface IVerifierRegistry {
    /// @dev What is proven; the values are the folders of `circuits/` in this order.
    enum Circuit {
        None,
        ScoreCard,
        ScoreTrees,
        InvoiceRange,
        TurnoverRange
    }

    /// @dev Who knew the secret behind the keys: everybody; nobody unless all members of a consortium joined; nobody
    /// unless all contributors to the public ceremony did.
    enum SetupMode {
        None,
        Dev,
        Consortium,
        Ignition
    }

    enum State {
        None,
        Live,
        Withdrawn
    }

    /// @param verifier Contract that implements {IProofVerifier}; its code is pinned.
    /// @param gasLimit What a verification may use: with less gas left nothing is decided.
    /// @param circuitHash SHA-256 of the circuit's ACIR.
    /// @param keyHash SHA-256 of the verification key.
    /// @param setupHash SHA-256 of the set-up; of a consortium: of its ceremony's transcript.
    struct Card {
        address verifier;
        Circuit circuit;
        SetupMode setupMode;
        uint32 gasLimit;
        bytes32 circuitHash;
        bytes32 keyHash;
        bytes32 setupHash;
    }

    /// @param registeredBlock Block of the registration.
    /// @param codeHash Keccak-256 of the verifier's code then.
    struct Verifier {
        State state;
        uint40 registeredBlock;
        bytes32 codeHash;
        Card card;
    }

    event VerifierRegistered(VerifierNumber indexed number, address indexed verifier, bytes32 codeHash, Card card);
    event VerifierWithdrawn(VerifierNumber indexed number, bytes32 reasonHash);

    error InvalidCard(string field);
    error DevelopmentSetup(uint256 chainId);
    error NoVerifierCode(address verifier);
    error AcceptsAnything(address verifier);
    error VerifierConflict(address verifier, VerifierNumber number);
    error TooManyVerifiers();
    error UnknownVerifier(VerifierNumber number);
    error VerifierIsWithdrawn(VerifierNumber number);
    error VerifierCodeChanged(VerifierNumber number);
    error InputCountWrong(uint256 given, uint256 expected);
    error InputNotInField(uint256 position, bytes32 input);
    error ProofInvalid(VerifierNumber number);
    error TooLittleGas(uint256 needed);

    /// @notice Registers a verifier. Emits {VerifierRegistered}. The same card again is a no-op with the same number.
    /// @dev Requires the regulator, a contract that refuses an empty proof, no other card for it, and all fields.
    /// {SetupMode-Dev} is refused unless the chain id is 1337 or 31337. At most 255 verifiers.
    /// @dev Warning: does not check that the code is the circuit's verifier, nor that it delegates to no other code: that
    /// is for the regulator to compare.
    function register(Card calldata card) external returns (VerifierNumber);

    /// @notice Takes a verifier out of use for ever: nothing is proven with it any more, and what was stops holding. Emits
    /// {VerifierWithdrawn}. Requires the regulator. Works while paused.
    function withdraw(VerifierNumber number, bytes32 reasonHash) external;

    /// @notice Whether a proof holds for these public inputs: false too when the verifier is unknown, withdrawn or not the
    /// code that was registered, when an input is missing or not below the field's modulus, and when the verifier reverts.
    /// @dev Reverts with {TooLittleGas} when a failure could be for want of gas. The pause does not matter.
    /// @dev Warning: says nothing about where the inputs come from.
    function verify(VerifierNumber number, bytes calldata proof, bytes32[] calldata inputs) external view returns (bool);

    /// @notice The same for other contracts, with a reason: {UnknownVerifier}, {VerifierIsWithdrawn},
    /// {VerifierCodeChanged}, {InputCountWrong}, {InputNotInField} or {ProofInvalid}. Requires no pause.
    function requireProof(VerifierNumber number, bytes calldata proof, bytes32[] calldata inputs) external view;

    /// @notice The circuit of a live verifier; reverts with {UnknownVerifier} or {VerifierIsWithdrawn}.
    function requireLive(VerifierNumber number) external view returns (Circuit);

    /// @notice Whether the verifier was withdrawn; false for a number not yet given.
    function isWithdrawn(VerifierNumber number) external view returns (bool);

    function verifierInfo(VerifierNumber number) external view returns (Verifier memory);

    /// @notice Number of a verifier's address; zero when it is not registered.
    function numberOf(address verifier) external view returns (VerifierNumber);

    /// @notice How many were registered: their numbers are 1 to this.
    function verifierCount() external view returns (uint8);

    function version() external view returns (string memory);
}
