// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AgreementId, ParticipantId} from "../types/Ids.sol";

/// @title Agreements by which a subject lets a participant use its data
/// @notice Signed by both sides (EIP-712). States: None -> Active -> Terminated (final). Expiry is a matter of time.
/// @dev Invariants: uses <= maxUses; an operation id counts once; nothing is used after termination or expiry.
interface IAgreementRegistry {
    enum State {
        None,
        Active,
        Terminated
    }

    /// @param subject Pseudonym of the firm: the address whose key signs.
    /// @param grantee Participant that may use the data.
    /// @param purposes Mask of {Purposes}.
    /// @param scopeHash Hash of the readable scope (which records, which fields).
    /// @param notBefore First second of validity.
    /// @param notAfter Last second of validity.
    /// @param maxUses How many operations may use it.
    /// @param salt Makes two agreements of the same terms distinct.
    struct Terms {
        address subject;
        ParticipantId grantee;
        uint16 purposes;
        bytes32 scopeHash;
        uint40 notBefore;
        uint40 notAfter;
        uint32 maxUses;
        bytes32 salt;
    }

    /// @param number Short pointer to the agreement for packed storage elsewhere.
    struct Agreement {
        address subject;
        ParticipantId grantee;
        uint16 purposes;
        State state;
        uint40 notBefore;
        uint40 notAfter;
        uint32 maxUses;
        uint32 uses;
        uint32 number;
        bytes32 scopeHash;
    }

    struct SignedTerms {
        Terms terms;
        bytes subjectSignature;
        bytes granteeSignature;
    }

    struct Use {
        AgreementId agreement;
        bytes32 operationId;
    }

    event AgreementRecorded(
        AgreementId indexed agreement,
        address indexed subject,
        ParticipantId indexed grantee,
        Terms terms,
        uint32 number
    );
    event AgreementUsed(AgreementId indexed agreement, uint16 purpose, bytes32 indexed operationId, uint32 uses);
    event AgreementEnded(AgreementId indexed agreement, address indexed by);

    error UnknownAgreement(AgreementId agreement);
    error AgreementAlreadyRecorded(AgreementId agreement);
    error InvalidTerms(string field);
    error SubjectSignatureInvalid(AgreementId agreement, address subject);
    error GranteeSignatureInvalid(AgreementId agreement, address recovered);
    error AgreementIsTerminated(AgreementId agreement);
    error AgreementNotYetValid(AgreementId agreement, uint40 notBefore);
    error AgreementExpired(AgreementId agreement, uint40 notAfter);
    error PurposeNotGranted(AgreementId agreement, uint16 purpose);
    error AgreementUsedUp(AgreementId agreement, uint32 maxUses);
    error NotGrantee(AgreementId agreement, address caller);
    error NotParty(AgreementId agreement, address caller);
    error OperationOfAnotherPurpose(AgreementId agreement, bytes32 operationId, uint16 purpose);
    error TerminationSignatureInvalid(AgreementId agreement);

    /// @notice Records an agreement signed by subject and grantee. Emits {AgreementRecorded}. Anybody may send it.
    /// @dev Requires a subject, a purpose within {Purposes.ALL}, notBefore <= notAfter, notAfter in the future, maxUses > 0,
    /// the grantee's signature from a live account of a BANK. A replay is refused with {AgreementAlreadyRecorded}.
    function record(Terms calldata terms, bytes calldata subjectSignature, bytes calldata granteeSignature)
        external
        returns (AgreementId);

    /// @notice The same for many, all or none; one that is recorded already is left as it is, so that nobody can break a
    /// batch by sending one of its items first.
    function recordMany(SignedTerms[] calldata items) external returns (AgreementId[] memory);

    /// @notice Counts one use for a purpose (exactly one bit). Emits {AgreementUsed}.
    /// @dev Requires a live BANK account of the grantee and a usable agreement. The same operation id again is a no-op
    /// that returns the same number, even after the agreement ended.
    /// @return uses How many uses the agreement had after this operation was first counted.
    function use(AgreementId agreement, uint16 purpose, bytes32 operationId) external returns (uint32 uses);

    function useMany(Use[] calldata items, uint16 purpose) external;

    /// @notice Ends an agreement for ever: its subject or a live account of its grantee. Emits {AgreementEnded}.
    /// Works while paused.
    function terminate(AgreementId agreement) external;

    /// @notice The same by the subject's EIP-712 signature `Termination(bytes32 agreement)`, sent by anybody.
    /// Works while paused.
    function terminateWithSignature(AgreementId agreement, bytes calldata subjectSignature) external;

    /// @notice Short number and grantee of an agreement that is in force for all of `purpose` now; reverts with the reason.
    /// @dev Warning: neither counts a use nor looks at the count, and does not check who asks.
    function requireUsable(AgreementId agreement, uint16 purpose)
        external
        view
        returns (uint32 number, ParticipantId grantee);

    /// @notice What a certificate needs to know about the agreement it names; zeroes when unknown.
    function subjectAndState(uint32 number) external view returns (address subject, State state);

    function agreementInfo(AgreementId agreement) external view returns (Agreement memory);

    function agreementAt(uint32 number) external view returns (AgreementId);

    /// @notice Purpose and count of an operation; zeroes when it was never counted.
    function useOf(AgreementId agreement, bytes32 operationId) external view returns (uint16 purpose, uint32 uses);

    /// @notice The id of `terms`: their EIP-712 struct hash.
    function agreementIdOf(Terms calldata terms) external pure returns (AgreementId);

    /// @notice The EIP-712 digest that both sides sign.
    function digestOf(Terms calldata terms) external view returns (bytes32);

    function version() external view returns (string memory);
}
