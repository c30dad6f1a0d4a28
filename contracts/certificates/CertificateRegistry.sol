// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../interfaces/IFeatureRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {IVerifierRegistry} from "../interfaces/IVerifierRegistry.sol";
import {CertificateWords} from "../libraries/CertificateWords.sol";
import {AccountNumber, CertificateId, NO_VERIFIER, ParticipantId, VerifierNumber} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {VERSION} from "../types/Version.sol";
import {ProvenIssue} from "./ProvenIssue.sol";

/// @notice The life of certificates after their issue, and the one answer about their validity.
contract CertificateRegistry is ProvenIssue {
    using CertificateWords for uint256;

    constructor(
        address authority,
        IParticipantRegistry participants,
        IAgreementRegistry agreements,
        IModelRegistry models,
        IFeatureRegistry features,
        IVerifierRegistry verifiers,
        uint8 quorum,
        uint32 maxValidity
    ) ProvenIssue(authority, participants, agreements, models, features, verifiers, quorum, maxValidity) {}

    // --- writes ---

    /// @inheritdoc ICertificateRegistry
    function revoke(CertificateId certificate, bytes32 reasonHash) external {
        ParticipantId by = _requireEndorser(certificate);
        _move(certificate, State.Revoked);
        emit CertificateRevoked(certificate, by, reasonHash);
    }

    /// @inheritdoc ICertificateRegistry
    function annul(CertificateId certificate, bytes32 reasonHash) external restricted {
        _known(certificate);
        _move(certificate, State.Revoked);
        emit CertificateRevoked(certificate, ParticipantId.wrap(0), reasonHash);
    }

    /// @inheritdoc ICertificateRegistry
    function suspend(CertificateId certificate) external {
        ParticipantId by = _requireEndorser(certificate);
        _move(certificate, State.Suspended);
        emit CertificateSuspended(certificate, by);
    }

    /// @inheritdoc ICertificateRegistry
    function resume(CertificateId certificate) external whenNotPaused {
        ParticipantId by = _requireEndorser(certificate);
        PARTICIPANTS.requireRole(msg.sender, Roles.CERTIFIER);
        _move(certificate, State.Active);
        emit CertificateResumed(certificate, by);
    }

    /// @inheritdoc ICertificateRegistry
    function replace(CertificateId certificate, CertificateId successor) external whenNotPaused {
        _requireEndorser(certificate);
        uint256 old = _words[certificate];
        uint256 fresh = _known(successor);
        (address subject,) = AGREEMENTS.subjectAndState(old.agreement());
        (address heir,) = AGREEMENTS.subjectAndState(fresh.agreement());
        bool isFit = CertificateId.unwrap(certificate) != CertificateId.unwrap(successor)
            && fresh.state() == State.Active && subject == heir && fresh.issuedBlock() >= old.issuedBlock();
        require(isFit, SuccessorUnfit(certificate, successor));
        _move(certificate, State.Replaced);
        emit CertificateReplaced(certificate, successor);
    }

    // --- reads ---

    /// @inheritdoc ICertificateRegistry
    function verify(CertificateId certificate)
        public
        view
        returns (Reason reason, Grade grade, uint64 asOfBlock, ProofKind proofKind)
    {
        uint256 word = _words[certificate];
        return (_reason(word), word.grade(), uint64(block.number), word.proofKind());
    }

    /// @inheritdoc ICertificateRegistry
    function verifyMany(CertificateId[] calldata certificates) external view returns (Verdict[] memory verdicts) {
        verdicts = new Verdict[](certificates.length);
        for (uint256 i = 0; i < certificates.length; i++) {
            Verdict memory v = verdicts[i];
            (v.reason, v.grade, v.asOfBlock, v.proofKind) = verify(certificates[i]);
        }
    }

    /// @inheritdoc ICertificateRegistry
    function certificateInfo(CertificateId certificate) external view returns (Record memory info) {
        uint256 word = _words[certificate];
        info.state = word.state();
        info.grade = word.grade();
        info.proofKind = word.proofKind();
        info.verifier = word.verifier();
        info.asOfDay = word.asOfDay();
        info.validFrom = word.validFrom();
        info.notAfter = word.notAfter();
        info.issuedBlock = word.issuedBlock();
        (info.subject,) = AGREEMENTS.subjectAndState(word.agreement());
        info.agreement = AGREEMENTS.agreementAt(word.agreement());
        info.model = MODELS.modelAt(word.model());
        info.endorsers = _endorsersOf(word);
    }

    /// @inheritdoc ICertificateRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    /// @dev The first that applies, in the order that {ICertificateRegistry-verify} states.
    function _reason(uint256 word) private view returns (Reason) {
        State state = word.state();
        if (state == State.None) return Reason.Unknown;
        if (_isPaused()) return Reason.Paused;
        if (state == State.Revoked) return Reason.Revoked;
        if (state == State.Replaced) return Reason.Replaced;
        if (state == State.Suspended) return Reason.Suspended;
        if (block.timestamp < word.validFrom()) return Reason.NotYetValid;
        if (block.timestamp > word.notAfter()) return Reason.Expired;
        uint40 issuedBlock = word.issuedBlock();
        if (!PARTICIPANTS.noneCompromised(word.endorsers(), issuedBlock)) return Reason.IssuerKeyCompromised;
        if (MODELS.isWithdrawn(word.model())) return Reason.ModelWithdrawn;
        VerifierNumber verifier = word.verifier();
        if (verifier != NO_VERIFIER && VERIFIERS.isWithdrawn(verifier)) return Reason.ProofWithdrawn;
        (address subject, IAgreementRegistry.State agreement) = AGREEMENTS.subjectAndState(word.agreement());
        if (agreement != IAgreementRegistry.State.Active) return Reason.AgreementTerminated;
        (bool known, bool intact) = FEATURES.evidenceState(subject, word.asOfDay(), issuedBlock);
        if (!known) return Reason.FeaturesMissing;
        if (!intact) return Reason.CollateralVoided;
        return Reason.Ok;
    }

    /// @dev The only way a state changes. Active <-> Suspended; both -> Revoked | Replaced, which are final.
    function _move(CertificateId certificate, State to) private {
        uint256 word = _words[certificate];
        State from = word.state();
        bool isOpen = from == State.Active || from == State.Suspended;
        require(isOpen && from != to, StateMoveForbidden(certificate, from, to));
        _words[certificate] = word.withState(to);
    }

    function _known(CertificateId certificate) private view returns (uint256 word) {
        word = _words[certificate];
        require(word != 0, UnknownCertificate(certificate));
    }

    /// @dev The endorsing participant for which the caller's account is live.
    function _requireEndorser(CertificateId certificate) private view returns (ParticipantId caller) {
        uint256 word = _known(certificate);
        caller = PARTICIPANTS.participantOf(msg.sender);
        address[] memory endorsers = _endorsersOf(word);
        bool isEndorser = false;
        for (uint256 i = 0; i < endorsers.length; i++) {
            if (PARTICIPANTS.participantOf(endorsers[i]) == caller) isEndorser = true;
        }
        isEndorser = isEndorser && PARTICIPANTS.isLiveAccountOf(caller, msg.sender);
        require(isEndorser, NotEndorser(certificate, msg.sender));
    }

    function _endorsersOf(uint256 word) private view returns (address[] memory endorsers) {
        uint64 numbers = word.endorsers();
        uint256 count = 0;
        for (uint64 rest = numbers; rest != 0; rest >>= 16) {
            count++;
        }
        endorsers = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            endorsers[i] = PARTICIPANTS.accountAt(AccountNumber.wrap(uint16(numbers >> (16 * i))));
        }
    }
}
