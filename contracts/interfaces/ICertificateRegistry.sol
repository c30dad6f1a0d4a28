// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AgreementId, CertificateId, ModelId, ParticipantId, VerifierNumber} from "../types/Ids.sol";

/// @title Credit certificates that a quorum of certifying participants endorsed
/// @notice `verify` is the only statement about validity: it looks through to the endorsers' accounts, the model, the
/// agreement and the invoices behind the features, at the block in which it is asked.
/// @dev States: None -> Active <-> Suspended; Active | Suspended -> Revoked | Replaced (both final).
interface ICertificateRegistry {
    /// @dev Zero is Unknown, so that an empty answer can never be read as valid.
    enum Reason {
        Unknown,
        Ok,
        NotYetValid,
        Expired,
        Suspended,
        Revoked,
        Replaced,
        IssuerKeyCompromised,
        ModelWithdrawn,
        AgreementTerminated,
        CollateralVoided,
        Paused,
        FeaturesMissing,
        ProofWithdrawn
    }

    enum State {
        None,
        Active,
        Suspended,
        Revoked,
        Replaced
    }

    enum Grade {
        None,
        A,
        B,
        C,
        D,
        E
    }

    /// @dev How the grade is supported: by the endorsers' word alone, or also by a proof checked on chain.
    enum ProofKind {
        Endorsed,
        Proven
    }

    /// @param agreement Names the subject and lets its data be used for a certificate.
    /// @param model Final model that gave the grade.
    /// @param asOfDay Day of the features, in days since 1970-01-01.
    /// @param grade A (best) to E.
    /// @param validFrom First second of validity.
    /// @param notAfter Last second of validity; mandatory.
    struct Certificate {
        AgreementId agreement;
        ModelId model;
        uint16 asOfDay;
        Grade grade;
        uint32 validFrom;
        uint32 notAfter;
    }

    /// @dev EIP-2098 compact signature of the certificate's digest.
    struct Endorsement {
        bytes32 r;
        bytes32 vs;
    }

    /// @param verifier Checked the proof; 0 when there is none.
    struct Record {
        State state;
        Grade grade;
        ProofKind proofKind;
        uint16 asOfDay;
        uint32 validFrom;
        uint32 notAfter;
        uint40 issuedBlock;
        address subject;
        AgreementId agreement;
        ModelId model;
        address[] endorsers;
        VerifierNumber verifier;
    }

    struct Verdict {
        Reason reason;
        Grade grade;
        uint64 asOfBlock;
        ProofKind proofKind;
    }

    /// @param word The certificate as it is stored, see {CertificateWords}: all fields, with short numbers for agreement,
    /// model and endorsers ({IAgreementRegistry-agreementAt}, {IModelRegistry-modelAt}, {IParticipantRegistry-accountAt}).
    event CertificateIssued(CertificateId indexed certificate, uint256 word);
    event CertificateSuspended(CertificateId indexed certificate, ParticipantId indexed by);
    event CertificateResumed(CertificateId indexed certificate, ParticipantId indexed by);
    event CertificateRevoked(CertificateId indexed certificate, ParticipantId indexed by, bytes32 reasonHash);
    event CertificateReplaced(CertificateId indexed certificate, CertificateId indexed successor);
    event PolicyChanged(uint8 quorum, uint32 maxValidity);
    event ProofPolicyChanged(
        ModelId indexed model, VerifierNumber verifier, uint8 quorum, bool isDemanded, uint16 maxAge
    );

    error UnknownCertificate(CertificateId certificate);
    error CertificateAlreadyIssued(CertificateId certificate);
    error StrayTermBits(uint256 terms);
    error InvalidGrade();
    error InvalidValidity(uint32 validFrom, uint32 notAfter);
    error ValidityTooLong(uint256 length, uint32 maxValidity);
    error TooFewEndorsements(uint256 given, uint8 quorum);
    error TooManyEndorsements(uint256 given, uint256 most);
    error EndorsementInvalid(uint256 position);
    error GranteeNotEndorsing(AgreementId agreement, ParticipantId grantee);
    error NotEndorser(CertificateId certificate, address caller);
    error StateMoveForbidden(CertificateId certificate, State from, State to);
    error SuccessorUnfit(CertificateId certificate, CertificateId successor);
    error LengthsDiffer(uint256 certificates, uint256 endorsements);
    error InvalidPolicy(uint8 quorum, uint32 maxValidity);
    error InvalidProofPolicy(VerifierNumber verifier, uint8 quorum);
    error ModelNotProvable(ModelId model);
    error ProofDemanded(ModelId model);
    error ProofNotAccepted(ModelId model);
    error FeaturesTooOld(uint16 asOfDay, uint16 maxAge);

    /// @notice Issues a certificate on the strength of the endorsements. Emits {CertificateIssued}. Anybody may send it:
    /// the authority is in the signatures.
    /// @dev Requires a grade, validity not over and within the policy, an agreement in force for CERTIFICATE, a final model,
    /// and valid endorsements of at least the quorum (at most 4) by live CERTIFIER accounts of distinct participants, the
    /// agreement's grantee among them. Refused for a model whose policy demands a proof.
    /// The model last found final is remembered and not asked for again.
    /// @dev Warning: does not check that the grade follows from model and features; that is what the endorsers vouch for.
    /// Nor that features were committed, nor that a remembered model was not withdrawn since: {verify} does.
    function issue(Certificate calldata certificate, Endorsement[] calldata endorsements)
        external
        returns (CertificateId);

    /// @notice The same by an endorser: its transaction is its endorsement, as good as a signature and cheaper. The others
    /// (at most 3) sign. This is also how an endorser endorses whose account is a contract.
    /// @param terms Grade, asOfDay, validFrom and notAfter at their places in the certificate's word ({CertificateWords}),
    /// zeroes elsewhere.
    function endorseAndIssue(AgreementId agreement, ModelId model, uint256 terms, Endorsement[] calldata others)
        external
        returns (CertificateId);

    /// @notice Issues certificates by signatures alone: `endorsements[i]` are those of `certificates[i]`; all or none.
    /// One that is issued already is left as it is, so that nobody can break a batch by sending one of its items first.
    function issueMany(Certificate[] calldata certificates, Endorsement[][] calldata endorsements)
        external
        returns (CertificateId[] memory);

    /// @notice Issues a certificate whose grade is proven: by the model behind its commitment, from the features behind the
    /// commitments of all sources of that day. The sender endorses; how many others must is in the model's proof policy.
    /// @dev Requires what {endorseAndIssue} does, a proof policy for the model, a day that is not older than it allows
    /// ({FeaturesTooOld}), features of 1 to 8 sources, and a proof for
    /// exactly these public inputs: subject, asOfDay, sources, their commitments, the model's commitment, grade, and as
    /// context the high 248 bits of keccak256(abi.encode(certificateId, sender)): a proof serves no other sender.
    /// @dev Warning: a source that commits before the transaction is mined changes the public inputs: prove again.
    function issueWithProof(
        AgreementId agreement,
        ModelId model,
        uint256 terms,
        Endorsement[] calldata others,
        bytes calldata proof
    ) external returns (CertificateId);

    /// @notice Takes a certificate back for ever: a live account of any endorsing participant. Emits
    /// {CertificateRevoked}. Works while paused, as {annul} and {suspend} do.
    function revoke(CertificateId certificate, bytes32 reasonHash) external;

    /// @notice The same by the regulator, as participant 0.
    function annul(CertificateId certificate, bytes32 reasonHash) external;

    /// @notice Suspends a certificate: any endorsing participant. Emits {CertificateSuspended}.
    function suspend(CertificateId certificate) external;

    /// @notice Ends a suspension: any endorsing participant, by a CERTIFIER account. Emits {CertificateResumed}.
    function resume(CertificateId certificate) external;

    /// @notice Marks a certificate as replaced by another active one of the same subject that was not issued earlier: any
    /// endorsing participant. Emits {CertificateReplaced}.
    function replace(CertificateId certificate, CertificateId successor) external;

    /// @notice Sets how many endorsements (1 to 4) and what longest validity (seconds) new certificates need and may have.
    /// Emits {PolicyChanged}. Requires the regulator.
    function setPolicy(uint8 quorum, uint32 maxValidity) external;

    /// @notice Sets which verifier proves grades of a model, how many endorsements (1 to 4) a proven certificate needs, and
    /// whether certificates of this model need a proof, and how many days old its features may be when it is issued (0: any
    /// number). Verifier 0, quorum 0, no demand and no age: nothing is proven. Emits {ProofPolicyChanged}. What was issued
    /// stays as it is.
    /// @dev Requires the regulator, a final model with a commitment, and a live verifier of a score circuit.
    /// @dev Warning: a demand whose verifier is withdrawn stops the issue for that model until another is set.
    function setProofPolicy(ModelId model, VerifierNumber verifier, uint8 quorum, bool isDemanded, uint16 maxAge)
        external;

    /// @notice Whether the certificate holds now, and if not, why not: the first that applies of Unknown, Paused, Revoked,
    /// Replaced, Suspended, NotYetValid, Expired, IssuerKeyCompromised (of any endorser, from the block of issue or
    /// before), ModelWithdrawn, ProofWithdrawn (the verifier of its proof, as for a defect of the circuit), AgreementTerminated
    /// (its expiry does not matter after the issue), FeaturesMissing (none committed by the block of issue),
    /// CollateralVoided; else Ok.
    /// @return reason Ok or what is wrong.
    /// @return grade The grade, whatever the reason; None when unknown.
    /// @return asOfBlock The block in which this was true.
    /// @return proofKind What supports the grade; Endorsed when unknown.
    function verify(CertificateId certificate)
        external
        view
        returns (Reason reason, Grade grade, uint64 asOfBlock, ProofKind proofKind);

    function verifyMany(CertificateId[] calldata certificates) external view returns (Verdict[] memory);

    function certificateInfo(CertificateId certificate) external view returns (Record memory);

    /// @notice The EIP-712 digest that endorsers sign; it is the certificate's id.
    function certificateIdOf(Certificate calldata certificate) external view returns (CertificateId);

    function policy() external view returns (uint8 quorum, uint32 maxValidity);

    /// @notice What {setProofPolicy} set; zeros when nothing is proven of the model.
    function proofPolicy(ModelId model)
        external
        view
        returns (VerifierNumber verifier, uint8 quorum, bool isDemanded, uint16 maxAge);

    function version() external view returns (string memory);
}
