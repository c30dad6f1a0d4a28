// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IFeatureRegistry} from "../interfaces/IFeatureRegistry.sol";
import {IInvoiceRegistry} from "../interfaces/IInvoiceRegistry.sol";
import {IRangeStatements} from "../interfaces/IRangeStatements.sol";
import {IVerifierRegistry} from "../interfaces/IVerifierRegistry.sol";
import {BatchIds} from "../libraries/BatchIds.sol";
import {ProofInputs} from "../libraries/ProofInputs.sol";
import {BatchId, NO_VERIFIER, StatementId, VerifierNumber} from "../types/Ids.sol";
import {VERSION} from "../types/Version.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Two slots for a statement, and one for an invoice's nullifier.
contract RangeStatements is IRangeStatements, EIP712, Guarded {
    bytes32 private constant INVOICE_TYPEHASH = keccak256(
        "InvoiceRange(uint16 source,address subject,uint32 count,bytes32 root,uint64 low,uint64 high,bytes32 scope,bytes32 nullifier,uint16 receiver,uint32 notAfter)"
    );
    bytes32 private constant TURNOVER_TYPEHASH = keccak256(
        "TurnoverRange(address subject,uint16 asOfDay,uint8 latestMonth,uint8 earliestMonth,uint64 low,uint64 high,uint16 receiver,uint32 notAfter)"
    );
    uint256 private constant MONTHS = 24;

    IInvoiceRegistry public immutable INVOICES;
    IFeatureRegistry public immutable FEATURES;
    IVerifierRegistry public immutable VERIFIERS;

    mapping(IVerifierRegistry.Circuit circuit => VerifierNumber verifier) private _verifiers;
    mapping(StatementId statement => Shown) private _shown; // slot 0: circuit to notAfter; slot 1: about
    mapping(bytes32 scope => mapping(bytes32 nullifier => StatementId statement)) private _nullifiers;

    constructor(address authority, IInvoiceRegistry invoices, IFeatureRegistry features, IVerifierRegistry verifiers)
        EIP712("TrustSpace RangeStatements", "1")
        AccessManaged(authority)
    {
        INVOICES = invoices;
        FEATURES = features;
        VERIFIERS = verifiers;
    }

    // --- writes ---

    /// @inheritdoc IRangeStatements
    function showInvoice(InvoiceRange calldata range, bytes calldata proof)
        external
        whenNotPaused
        returns (StatementId id)
    {
        _requireRange(range.low, range.high, range.notAfter);
        BatchId batch = _batchOf(range);
        require(INVOICES.rootOf(batch) != 0, BatchNotAnchored(batch));
        StatementId earlier = _nullifiers[range.scope][range.nullifier];
        require(StatementId.unwrap(earlier) == 0, InvoiceAlreadyShown(range.scope, range.nullifier));
        id = invoiceStatementOf(range);
        _nullifiers[range.scope][range.nullifier] = id;
        IVerifierRegistry.Circuit circuit = IVerifierRegistry.Circuit.InvoiceRange;
        VerifierNumber verifier = _record(id, circuit, range.notAfter, BatchId.unwrap(batch));
        emit InvoiceShown(id, batch, range.receiver, msg.sender, range, verifier);
        VERIFIERS.requireProof(verifier, proof, ProofInputs.invoice(range, _contextOf(id, msg.sender)));
    }

    /// @inheritdoc IRangeStatements
    function showTurnover(TurnoverRange calldata range, bytes calldata consent, bytes calldata proof)
        external
        whenNotPaused
        returns (StatementId id)
    {
        _requireRange(range.low, range.high, range.notAfter);
        require(_areMonths(range), InvalidRange("months"));
        id = turnoverStatementOf(range);
        require(_isConsent(range.subject, id, consent), SubjectConsentMissing(range.subject));
        require(_shown[id].shownBlock == 0, TurnoverAlreadyShown(id));
        IVerifierRegistry.Circuit circuit = IVerifierRegistry.Circuit.TurnoverRange;
        bytes32 about = bytes32(uint256(uint160(range.subject)) << 16 | range.asOfDay);
        VerifierNumber verifier = _record(id, circuit, range.notAfter, about);
        emit TurnoverShown(id, range.subject, range.receiver, msg.sender, range, verifier);
        VERIFIERS.requireProof(verifier, proof, ProofInputs.turnover(FEATURES, range, _contextOf(id, msg.sender)));
    }

    /// @inheritdoc IRangeStatements
    function setVerifier(VerifierNumber verifier) external restricted whenNotPaused {
        IVerifierRegistry.Circuit circuit = VERIFIERS.requireLive(verifier);
        bool isRange =
            circuit == IVerifierRegistry.Circuit.InvoiceRange || circuit == IVerifierRegistry.Circuit.TurnoverRange;
        require(isRange, NotRangeVerifier(verifier));
        _verifiers[circuit] = verifier;
        emit VerifierChanged(circuit, verifier);
    }

    // --- reads ---

    /// @inheritdoc IRangeStatements
    function verify(StatementId statement) external view returns (Reason) {
        Shown memory s = _shown[statement];
        if (s.shownBlock == 0) return Reason.Unknown;
        if (_isPaused()) return Reason.Paused;
        if (block.timestamp > s.notAfter) return Reason.Expired;
        if (VERIFIERS.isWithdrawn(s.verifier)) return Reason.ProofWithdrawn;
        if (s.circuit == IVerifierRegistry.Circuit.InvoiceRange) {
            return _isUnvoided(BatchId.wrap(s.about)) ? Reason.Ok : Reason.PossiblyVoided;
        }
        address subject = address(uint160(uint256(s.about) >> 16));
        return _isIntact(subject, uint16(uint256(s.about)), s.shownBlock) ? Reason.Ok : Reason.CollateralVoided;
    }

    /// @inheritdoc IRangeStatements
    function isInvoiceProven(InvoiceRange calldata range, address sender, bytes calldata proof)
        external
        view
        returns (bool)
    {
        BatchId batch = _batchOf(range);
        bool isSound = _isRange(range.low, range.high, range.notAfter) && INVOICES.rootOf(batch) != 0
            && _isUnvoided(batch) && !_isPaused();
        bytes32 context = _contextOf(invoiceStatementOf(range), sender);
        VerifierNumber verifier = _verifiers[IVerifierRegistry.Circuit.InvoiceRange];
        return isSound && VERIFIERS.verify(verifier, proof, ProofInputs.invoice(range, context));
    }

    /// @inheritdoc IRangeStatements
    function isTurnoverProven(
        TurnoverRange calldata range,
        bytes calldata consent,
        address sender,
        bytes calldata proof
    ) external view returns (bool) {
        StatementId id = turnoverStatementOf(range);
        bool isSound = _isRange(range.low, range.high, range.notAfter) && _areMonths(range)
            && _isSigned(range.subject, id, consent) && _isIntact(range.subject, range.asOfDay, uint40(block.number))
            && !_isPaused();
        VerifierNumber verifier = _verifiers[IVerifierRegistry.Circuit.TurnoverRange];
        bytes32[] memory inputs = ProofInputs.turnover(FEATURES, range, _contextOf(id, sender));
        return isSound && VERIFIERS.verify(verifier, proof, inputs);
    }

    /// @inheritdoc IRangeStatements
    function statementInfo(StatementId statement) external view returns (Shown memory) {
        return _shown[statement];
    }

    /// @inheritdoc IRangeStatements
    function shownAs(bytes32 scope, bytes32 nullifier) external view returns (StatementId) {
        return _nullifiers[scope][nullifier];
    }

    /// @inheritdoc IRangeStatements
    function invoiceStatementOf(InvoiceRange calldata range) public view returns (StatementId) {
        return StatementId.wrap(_hashTypedDataV4(keccak256(abi.encode(INVOICE_TYPEHASH, range))));
    }

    /// @inheritdoc IRangeStatements
    function turnoverStatementOf(TurnoverRange calldata range) public view returns (StatementId) {
        return StatementId.wrap(_hashTypedDataV4(keccak256(abi.encode(TURNOVER_TYPEHASH, range))));
    }

    /// @inheritdoc IRangeStatements
    function verifierOf(IVerifierRegistry.Circuit circuit) external view returns (VerifierNumber) {
        return _verifiers[circuit];
    }

    /// @inheritdoc IRangeStatements
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    function _record(StatementId id, IVerifierRegistry.Circuit circuit, uint32 notAfter, bytes32 about)
        private
        returns (VerifierNumber verifier)
    {
        verifier = _verifiers[circuit];
        require(verifier != NO_VERIFIER, RangesNotProvable(circuit));
        _shown[id] = Shown(circuit, verifier, uint40(block.number), notAfter, about);
    }

    function _batchOf(InvoiceRange calldata range) private view returns (BatchId) {
        return BatchIds.derive(address(INVOICES), range.source, range.subject, range.count, range.root);
    }

    /// @dev By sending, or by a signature.
    function _isConsent(address subject, StatementId id, bytes calldata consent) private view returns (bool) {
        return msg.sender == subject ? consent.length == 0 : _isSigned(subject, id, consent);
    }

    /// @dev By a signature that is neither malformed nor malleable.
    function _isSigned(address subject, StatementId id, bytes calldata consent) private pure returns (bool) {
        (address signer,,) = ECDSA.tryRecover(StatementId.unwrap(id), consent);
        return signer != address(0) && signer == subject;
    }

    /// @dev Nobody can tell which invoice of the batch was shown.
    function _isUnvoided(BatchId batch) private view returns (bool) {
        return INVOICES.voidedCount(batch) == 0;
    }

    function _isIntact(address subject, uint16 asOfDay, uint40 asOfBlock) private view returns (bool intact) {
        (, intact) = FEATURES.evidenceState(subject, asOfDay, asOfBlock);
    }

    function _contextOf(StatementId id, address sender) private pure returns (bytes32) {
        return ProofInputs.contextOf(StatementId.unwrap(id), sender);
    }

    function _requireRange(uint64 low, uint64 high, uint32 notAfter) private view {
        require(low <= high, InvalidRange("high"));
        require(block.timestamp <= notAfter, InvalidRange("notAfter"));
    }

    function _isRange(uint64 low, uint64 high, uint32 notAfter) private view returns (bool) {
        return low <= high && block.timestamp <= notAfter;
    }

    function _areMonths(TurnoverRange calldata range) private pure returns (bool) {
        return range.latestMonth <= range.earliestMonth && range.earliestMonth < MONTHS;
    }
}
