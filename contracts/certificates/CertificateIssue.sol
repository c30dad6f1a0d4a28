// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../interfaces/ICertificateRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {CertificateWords} from "../libraries/CertificateWords.sol";
import {CompactSignatures} from "../libraries/CompactSignatures.sol";
import {PolicyWords} from "../libraries/PolicyWords.sol";
import {AgreementId, CertificateId, ModelId, ParticipantId} from "../types/Ids.sol";
import {Purposes, Roles} from "../types/Roles.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Issue of certificates: one new slot, one event, and as few reads as its checks allow.
abstract contract CertificateIssue is ICertificateRegistry, EIP712, Guarded {
    using CertificateWords for uint256;
    using PolicyWords for uint256;

    bytes32 private constant CERTIFICATE_TYPEHASH = keccak256(
        "Certificate(bytes32 agreement,bytes32 model,uint16 asOfDay,uint8 grade,uint32 validFrom,uint32 notAfter)"
    );
    uint256 private constant ACTIVE = uint256(State.Active) << 252;
    uint256 private constant MOST_ENDORSEMENTS = 4; // account numbers that fit the certificate's word

    IParticipantRegistry public immutable PARTICIPANTS;
    IAgreementRegistry public immutable AGREEMENTS;
    IModelRegistry public immutable MODELS;

    uint256 private _policy; // see {PolicyWords}
    mapping(CertificateId certificate => uint256 word) internal _words; // see {CertificateWords}

    constructor(
        address authority,
        IParticipantRegistry participants,
        IAgreementRegistry agreements,
        IModelRegistry models,
        uint8 quorum,
        uint32 maxValidity
    ) EIP712("TrustSpace CertificateRegistry", "1") AccessManaged(authority) {
        PARTICIPANTS = participants;
        AGREEMENTS = agreements;
        MODELS = models;
        _changePolicy(quorum, maxValidity);
    }

    /// @inheritdoc ICertificateRegistry
    function issue(Certificate calldata certificate, Endorsement[] calldata endorsements)
        external
        returns (CertificateId)
    {
        uint256 terms = CertificateWords.terms(certificate);
        return _issue(certificate.agreement, certificate.model, terms, address(0), endorsements, 0);
    }

    /// @inheritdoc ICertificateRegistry
    function endorseAndIssue(AgreementId agreement, ModelId model, uint256 terms, Endorsement[] calldata others)
        external
        returns (CertificateId)
    {
        return _issue(agreement, model, terms, msg.sender, others, 0);
    }

    /// @inheritdoc ICertificateRegistry
    function issueMany(Certificate[] calldata certificates, Endorsement[][] calldata endorsements)
        external
        returns (CertificateId[] memory ids)
    {
        uint256 count = certificates.length;
        require(endorsements.length == count, LengthsDiffer(count, endorsements.length));
        ids = new CertificateId[](count);
        for (uint256 i = 0; i < count; i++) {
            Certificate calldata c = certificates[i];
            CertificateId id = certificateIdOf(c);
            ids[i] = id;
            if (_words[id] != 0) continue;
            _issue(c.agreement, c.model, CertificateWords.terms(c), address(0), endorsements[i], 0);
        }
    }

    /// @inheritdoc ICertificateRegistry
    function setPolicy(uint8 quorum, uint32 maxValidity) external restricted whenNotPaused {
        _changePolicy(quorum, maxValidity);
    }

    /// @inheritdoc ICertificateRegistry
    function certificateIdOf(Certificate calldata certificate) public view returns (CertificateId) {
        return
            CertificateId.wrap(_digest(certificate.agreement, certificate.model, CertificateWords.terms(certificate)));
    }

    /// @inheritdoc ICertificateRegistry
    function policy() external view returns (uint8 quorum, uint32 maxValidity) {
        return (uint8(_policy.quorum()), uint32(_policy.maxValidity()));
    }

    /// @param terms Grade, day and validity at their places in the certificate's word.
    /// @param sender Endorses by sending; zero when only signatures count.
    /// @param proven Zero, or the verifier at its place in the word and the quorum of its proof policy in the lowest bits.
    function _issue(
        AgreementId agreement,
        ModelId model,
        uint256 terms,
        address sender,
        Endorsement[] calldata endorsements,
        uint256 proven
    ) internal returns (CertificateId id) {
        uint256 rules = _policy;
        require(!rules.isPaused(), ContractPaused());
        _requireTerms(terms, rules.maxValidity());
        bytes32 digest = _digest(agreement, model, terms);
        id = CertificateId.wrap(digest);
        require(_words[id] == 0, CertificateAlreadyIssued(id));
        uint256 word = terms | ACTIVE | block.number << 64; // blocks beyond 2^40 are millennia away
        uint256 quorum;
        if (proven == 0) {
            quorum = rules.quorum();
            word |= uint256(_modelNumber(model, rules)) << 168;
        } else {
            quorum = uint8(proven);
            word |= uint256(MODELS.requireFinal(model)) << 168 | proven.verifierBits();
        }
        (uint64 numbers, uint64 owners) = _endorsers(digest, sender, endorsements, quorum);
        word |= numbers | uint256(_agreementNumber(agreement, owners)) << 192;
        _words[id] = word;
        emit CertificateIssued(id, word);
    }

    /// @dev Account numbers and participants of the signers (16 bits each), who must be enough, live, certifiers, and of
    /// distinct participants.
    function _endorsers(bytes32 digest, address sender, Endorsement[] calldata endorsements, uint256 quorum)
        private
        view
        returns (uint64, uint64)
    {
        uint256 signed = endorsements.length;
        uint256 count = sender == address(0) ? signed : signed + 1;
        require(count >= quorum, TooFewEndorsements(count, uint8(quorum)));
        require(count <= MOST_ENDORSEMENTS, TooManyEndorsements(count, MOST_ENDORSEMENTS));
        address[4] memory signers;
        signers[3] = sender; // free, as at most three others signed then
        for (uint256 i = 0; i < signed; i++) {
            Endorsement calldata endorsement = endorsements[i];
            address signer = CompactSignatures.recover(digest, endorsement.r, endorsement.vs);
            require(signer != address(0), EndorsementInvalid(i));
            signers[i] = signer;
        }
        return PARTICIPANTS.requireSigners(signers[0], signers[1], signers[2], signers[3], Roles.CERTIFIER);
    }

    /// @dev The subject's consent: in force, and made out to one of those who endorse.
    function _agreementNumber(AgreementId agreement, uint64 owners) private view returns (uint32) {
        (uint32 number, ParticipantId grantee) = AGREEMENTS.requireUsable(agreement, Purposes.CERTIFICATE);
        for (; owners != 0; owners >>= 16) {
            if (uint16(owners) == ParticipantId.unwrap(grantee)) return number;
        }
        revert GranteeNotEndorsing(agreement, grantee);
    }

    function _digest(AgreementId agreement, ModelId model, uint256 terms) private view returns (bytes32) {
        uint256 grade = terms >> 248 & 0xf;
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    CERTIFICATE_TYPEHASH, agreement, model, terms.asOfDay(), grade, terms.validFrom(), terms.notAfter()
                )
            )
        );
    }

    function _modelNumber(ModelId model, uint256 rules) private returns (uint24 number) {
        number = rules.modelNumber();
        if (number != 0 && rules.isModel(model)) return number;
        number = MODELS.requireFinal(model);
        require(!_isProofDemanded(model), ProofDemanded(model));
        _policy = rules.withModel(model, number);
    }

    /// @dev To be called when what a model's certificates need has changed.
    function _forgetModel() internal {
        _policy = _policy.withModel(ModelId.wrap(0), 0);
    }

    function _isProofDemanded(ModelId model) internal view virtual returns (bool);

    function _isQuorum(uint8 quorum) internal pure returns (bool) {
        return quorum > 0 && quorum <= MOST_ENDORSEMENTS;
    }

    function _requireTerms(uint256 terms, uint256 maxValidity) private view {
        require(terms & ~CertificateWords.TERMS == 0, StrayTermBits(terms));
        uint256 grade = terms >> 248;
        require(grade != 0 && grade <= uint256(type(Grade).max), InvalidGrade());
        (uint256 validFrom, uint256 notAfter) = (terms.validFrom(), terms.notAfter());
        bool isAhead = validFrom <= notAfter && block.timestamp <= notAfter;
        require(isAhead, InvalidValidity(uint32(validFrom), uint32(notAfter)));
        require(notAfter - validFrom <= maxValidity, ValidityTooLong(notAfter - validFrom, uint32(maxValidity)));
    }

    function _changePolicy(uint8 quorum, uint32 maxValidity) private {
        require(_isQuorum(quorum) && maxValidity > 0, InvalidPolicy(quorum, maxValidity));
        _policy = _policy.withRules(quorum, maxValidity);
        emit PolicyChanged(quorum, maxValidity);
    }

    function _isPaused() internal view override returns (bool) {
        return _policy.isPaused();
    }

    function _setPaused(bool value) internal override {
        _policy = _policy.withPaused(value);
    }
}
