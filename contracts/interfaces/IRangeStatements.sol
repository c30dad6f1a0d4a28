// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BatchId, ParticipantId, StatementId, VerifierNumber} from "../types/Ids.sol";
import {IVerifierRegistry} from "./IVerifierRegistry.sol";

/// @title Ranges that a firm shows to be true of its invoices or turnover, and nothing else of them
/// @notice On chain, where a statement stands with its nullifier and everybody sees it; or in a question ({isInvoiceProven},
/// {isTurnoverProven}), which leaves no trace. Both take what a proof is about from storage.
interface IRangeStatements {
    /// @dev Zero is Unknown, so that an empty answer can never be read as valid.
    enum Reason {
        Unknown,
        Ok,
        Paused,
        Expired,
        ProofWithdrawn,
        PossiblyVoided,
        CollateralVoided
    }

    /// @notice Some invoice of a batch has an amount from `low` to `high`, and was not shown under `scope` before.
    /// @param source Participant that anchored the batch.
    /// @param subject Whose batch it is, as anchored.
    /// @param count Invoices in the batch, as anchored.
    /// @param root Poseidon2 root over the batch's invoices: the nonce that the batch was anchored with.
    /// @param low Least amount in fen.
    /// @param high Greatest amount in fen.
    /// @param scope Field element that names the occasion, for instance a bank's number for a request of credit.
    /// @param nullifier Field element that the invoice has for this scope, and another for every other scope.
    /// @param receiver To whom it is shown; 0 for everybody.
    /// @param notAfter Last second for which it is shown.
    struct InvoiceRange {
        ParticipantId source;
        address subject;
        uint32 count;
        bytes32 root;
        uint64 low;
        uint64 high;
        bytes32 scope;
        bytes32 nullifier;
        ParticipantId receiver;
        uint32 notAfter;
    }

    /// @notice The subject's net sales over consecutive months lie from `low` to `high`, by the statistics that all sources
    /// committed to for a day.
    /// @param latestMonth Counted back from the as-of day: 0 is the latest.
    /// @param earliestMonth At most 23.
    struct TurnoverRange {
        address subject;
        uint16 asOfDay;
        uint8 latestMonth;
        uint8 earliestMonth;
        uint64 low;
        uint64 high;
        ParticipantId receiver;
        uint32 notAfter;
    }

    /// @param verifier Checked the proof.
    /// @param shownBlock Block in which it was shown; 0 for an unknown statement.
    /// @param about Batch of an invoice; of a turnover `subject (160 bits) | as-of day (16 bits)` in the lowest bits.
    struct Shown {
        IVerifierRegistry.Circuit circuit;
        VerifierNumber verifier;
        uint40 shownBlock;
        uint32 notAfter;
        bytes32 about;
    }

    event InvoiceShown(
        StatementId indexed statement,
        BatchId indexed batch,
        ParticipantId indexed receiver,
        address sender,
        InvoiceRange range,
        VerifierNumber verifier
    );
    event TurnoverShown(
        StatementId indexed statement,
        address indexed subject,
        ParticipantId indexed receiver,
        address sender,
        TurnoverRange range,
        VerifierNumber verifier
    );
    event VerifierChanged(IVerifierRegistry.Circuit indexed circuit, VerifierNumber verifier);

    error InvalidRange(string field);
    error BatchNotAnchored(BatchId batch);
    error InvoiceAlreadyShown(bytes32 scope, bytes32 nullifier);
    error TurnoverAlreadyShown(StatementId statement);
    error SubjectConsentMissing(address subject);
    error RangesNotProvable(IVerifierRegistry.Circuit circuit);
    error NotRangeVerifier(VerifierNumber verifier);

    /// @notice Shows an invoice's range. Emits {InvoiceShown}. Anybody may who knows the invoice's secret and its place in
    /// the batch: the firm, and its source.
    /// @dev Requires a range that is not empty or over, an anchored batch, a nullifier not used under this scope, and a proof
    /// for root, low, high, scope, nullifier, and as context the high 248 bits of keccak256(abi.encode(statementId, sender)).
    /// @dev Warning: the batch is shown, the invoice in it is not: who reads the chain knows it is one of `count`. That the
    /// Poseidon2 root is over the same invoices as the batch's own root is the source's word, given by anchoring.
    function showInvoice(InvoiceRange calldata range, bytes calldata proof) external returns (StatementId);

    /// @notice Shows a range of a firm's turnover. Emits {TurnoverShown}.
    /// @param consent EIP-712 signature of the statement by the subject; empty when the subject sends it.
    /// @dev Requires a range that is not empty or over, the subject's consent, features of 1 to 8 sources, a statement not
    /// shown before, and a proof for subject, asOfDay, sources, their commitments, months, low, high, and context as above.
    function showTurnover(TurnoverRange calldata range, bytes calldata consent, bytes calldata proof)
        external
        returns (StatementId);

    /// @notice Sets which verifier checks ranges of its circuit from now on. Emits {VerifierChanged}. Requires the regulator
    /// and a live verifier of a range circuit.
    function setVerifier(VerifierNumber verifier) external;

    /// @notice Whether a statement that was shown holds now: the first that applies of Unknown, Paused, Expired,
    /// ProofWithdrawn (its verifier was withdrawn), PossiblyVoided (an invoice of the batch is voided: nobody can tell whether
    /// it is the one that was shown), CollateralVoided (of a turnover: as in {ICertificateRegistry-verify}); else Ok.
    function verify(StatementId statement) external view returns (Reason);

    /// @notice Whether a proof made for `sender` shows the range now; nothing is recorded, and a nullifier is neither
    /// looked up nor used. False for a range that {showInvoice} would refuse, or that {verify} would not call Ok.
    function isInvoiceProven(InvoiceRange calldata range, address sender, bytes calldata proof)
        external
        view
        returns (bool);

    /// @notice The same for a turnover. Reverts when nothing is committed or by too many sources.
    /// @param consent The subject's signature, whoever `sender` is: anybody can ask in the subject's name.
    function isTurnoverProven(
        TurnoverRange calldata range,
        bytes calldata consent,
        address sender,
        bytes calldata proof
    ) external view returns (bool);

    function statementInfo(StatementId statement) external view returns (Shown memory);

    /// @notice The statement in which an invoice was shown under a scope; zero when it was not.
    function shownAs(bytes32 scope, bytes32 nullifier) external view returns (StatementId);

    function invoiceStatementOf(InvoiceRange calldata range) external view returns (StatementId);

    /// @notice The EIP-712 digest that the subject signs.
    function turnoverStatementOf(TurnoverRange calldata range) external view returns (StatementId);

    /// @notice Verifier of a range circuit; 0 when none is set.
    function verifierOf(IVerifierRegistry.Circuit circuit) external view returns (VerifierNumber);

    function version() external view returns (string memory);
}
