// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../interfaces/ICertificateRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {CertificateWords} from "../libraries/CertificateWords.sol";
import {CompactSignatures} from "../libraries/CompactSignatures.sol";
import {AgreementId, CertificateId, ModelId, ParticipantId} from "../types/Ids.sol";
import {Purposes, Roles} from "../types/Roles.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Issue of certificates: one new slot, one event, and as few reads as its checks allow.
abstract contract CertificateIssue is ICertificateRegistry, EIP712, Guarded {
    using CertificateWords for uint256;

    bytes32 private constant CERTIFICATE_TYPEHASH = keccak256(
        "Certificate(bytes32 agreement,bytes32 model,uint16 asOfDay,uint8 grade,uint32 validFrom,uint32 notAfter)"
    );
    uint256 private constant ACTIVE = uint256(State.Active) << 252 | uint256(ProofKind.Endorsed) << 240;
    uint256 private constant MOST_ENDORSEMENTS = 4; // account numbers that fit the certificate's word

    /// @dev One slot with all that an issue reads here. The model is the one that was last found final: its id is
    /// recognised by its low 184 bits.
    struct Policy {
        bool paused;
        uint8 quorum;
        uint32 maxValidity;
        uint24 modelNumber;
        uint184 modelTail;
    }

    IParticipantRegistry public immutable PARTICIPANTS;
    IAgreementRegistry public immutable AGREEMENTS;
    IModelRegistry public immutable MODELS;

    Policy private _policy;
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
        return _issue(certificate.agreement, certificate.model, terms, address(0), endorsements);
    }

    /// @inheritdoc ICertificateRegistry
    function endorseAndIssue(AgreementId agreement, ModelId model, uint256 terms, Endorsement[] calldata others)
        external
        returns (CertificateId)
    {
        return _issue(agreement, model, terms, msg.sender, others);
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
            _issue(c.agreement, c.model, CertificateWords.terms(c), address(0), endorsements[i]);
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
        return (_policy.quorum, _policy.maxValidity);
    }

    /// @param terms Grade, day and validity at their places in the certificate's word.
    /// @param sender Endorses by sending; zero when only signatures count.
    function _issue(
        AgreementId agreement,
        ModelId model,
        uint256 terms,
        address sender,
        Endorsement[] calldata endorsements
    ) private returns (CertificateId id) {
        Policy memory rules = _policy;
        require(!rules.paused, ContractPaused());
        _requireTerms(terms, rules.maxValidity);
        bytes32 digest = _digest(agreement, model, terms);
        id = CertificateId.wrap(digest);
        require(_words[id] == 0, CertificateAlreadyIssued(id));
        uint256 word = terms | ACTIVE | block.number << 64; // blocks beyond 2^40 are millennia away
        (uint64 numbers, uint64 owners) = _endorsers(digest, sender, endorsements, rules.quorum);
        word |= numbers | uint256(_agreementNumber(agreement, owners)) << 192;
        word |= uint256(_modelNumber(model, rules)) << 168;
        _words[id] = word;
        emit CertificateIssued(id, word);
    }

    /// @dev Account numbers and participants of the signers (16 bits each), who must be enough, live, certifiers, and of
    /// distinct participants.
    function _endorsers(bytes32 digest, address sender, Endorsement[] calldata endorsements, uint8 quorum)
        private
        view
        returns (uint64, uint64)
    {
        uint256 signed = endorsements.length;
        uint256 count = sender == address(0) ? signed : signed + 1;
        require(count >= quorum, TooFewEndorsements(count, quorum));
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

    function _modelNumber(ModelId model, Policy memory rules) private returns (uint24 number) {
        uint184 tail = uint184(uint256(ModelId.unwrap(model)));
        if (tail == rules.modelTail && rules.modelNumber != 0) return rules.modelNumber;
        number = MODELS.requireFinal(model);
        (_policy.modelNumber, _policy.modelTail) = (number, tail);
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
        bool isSound = quorum > 0 && quorum <= MOST_ENDORSEMENTS && maxValidity > 0;
        require(isSound, InvalidPolicy(quorum, maxValidity));
        (_policy.quorum, _policy.maxValidity) = (quorum, maxValidity);
        emit PolicyChanged(quorum, maxValidity);
    }

    function _isPaused() internal view override returns (bool) {
        return _policy.paused;
    }

    function _setPaused(bool value) internal override {
        _policy.paused = value;
    }
}
