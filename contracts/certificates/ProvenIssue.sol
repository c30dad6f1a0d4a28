// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../interfaces/IFeatureRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {IVerifierRegistry} from "../interfaces/IVerifierRegistry.sol";
import {CertificateWords} from "../libraries/CertificateWords.sol";
import {ProofInputs} from "../libraries/ProofInputs.sol";
import {AgreementId, CertificateId, ModelId, NO_VERIFIER, VerifierNumber} from "../types/Ids.sol";
import {CertificateIssue} from "./CertificateIssue.sol";

/// @notice Issue of certificates whose grade is proven: every public input comes from storage, none from the caller.
abstract contract ProvenIssue is CertificateIssue {
    using CertificateWords for uint256;

    /// @dev One slot. Of models that demand a proof none is remembered by {CertificateIssue}, so that its hot path need
    /// not ask.
    struct ProofPolicy {
        VerifierNumber verifier;
        uint8 quorum;
        bool isDemanded;
        uint16 maxAge; // days; 0 for any
    }

    IFeatureRegistry public immutable FEATURES;
    IVerifierRegistry public immutable VERIFIERS;

    mapping(ModelId model => ProofPolicy) private _proofPolicies;

    constructor(
        address authority,
        IParticipantRegistry participants,
        IAgreementRegistry agreements,
        IModelRegistry models,
        IFeatureRegistry features,
        IVerifierRegistry verifiers,
        uint8 quorum,
        uint32 maxValidity
    ) CertificateIssue(authority, participants, agreements, models, quorum, maxValidity) {
        FEATURES = features;
        VERIFIERS = verifiers;
    }

    /// @inheritdoc ICertificateRegistry
    function issueWithProof(
        AgreementId agreement,
        ModelId model,
        uint256 terms,
        Endorsement[] calldata others,
        bytes calldata proof
    ) external returns (CertificateId id) {
        ProofPolicy memory rules = _proofPolicies[model];
        require(rules.verifier != NO_VERIFIER, ProofNotAccepted(model));
        uint16 asOfDay = terms.asOfDay();
        bool isRecent = rules.maxAge == 0 || block.timestamp / 1 days <= uint256(asOfDay) + rules.maxAge;
        require(isRecent, FeaturesTooOld(asOfDay, rules.maxAge));
        uint256 proven = uint256(rules.quorum).withVerifier(rules.verifier);
        id = _issue(agreement, model, terms, msg.sender, others, proven);
        uint256 word = _words[id];
        _requireProof(id, word, model, proof);
    }

    /// @inheritdoc ICertificateRegistry
    function setProofPolicy(ModelId model, VerifierNumber verifier, uint8 quorum, bool isDemanded, uint16 maxAge)
        external
        restricted
        whenNotPaused
    {
        MODELS.requireFinal(model);
        if (verifier == NO_VERIFIER) {
            require(quorum == 0 && !isDemanded && maxAge == 0, InvalidProofPolicy(verifier, quorum));
        } else {
            bool isScore = VERIFIERS.requireLive(verifier) <= IVerifierRegistry.Circuit.ScoreTrees;
            require(isScore && _isQuorum(quorum), InvalidProofPolicy(verifier, quorum));
            require(MODELS.commitmentOf(model) != 0, ModelNotProvable(model));
        }
        _proofPolicies[model] = ProofPolicy(verifier, quorum, isDemanded, maxAge);
        _forgetModel();
        emit ProofPolicyChanged(model, verifier, quorum, isDemanded, maxAge);
    }

    /// @inheritdoc ICertificateRegistry
    function proofPolicy(ModelId model)
        external
        view
        returns (VerifierNumber verifier, uint8 quorum, bool isDemanded, uint16 maxAge)
    {
        ProofPolicy memory rules = _proofPolicies[model];
        return (rules.verifier, rules.quorum, rules.isDemanded, rules.maxAge);
    }

    function _isProofDemanded(ModelId model) internal view override returns (bool) {
        return _proofPolicies[model].isDemanded;
    }

    /// @param word The certificate's, whatever its state.
    function _requireProof(CertificateId id, uint256 word, ModelId model, bytes calldata proof) private view {
        (address subject,) = AGREEMENTS.subjectAndState(word.agreement());
        bytes32[] memory inputs = ProofInputs.score(
            FEATURES,
            subject,
            word.asOfDay(),
            MODELS.commitmentOf(model),
            uint256(word.grade()),
            ProofInputs.contextOf(CertificateId.unwrap(id), msg.sender)
        );
        VERIFIERS.requireProof(word.verifier(), proof, inputs);
    }
}
