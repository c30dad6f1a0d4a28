// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../interfaces/ICertificateRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {CertificateId, ModelId} from "../types/Ids.sol";
import {Purposes, Roles} from "../types/Roles.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Issue of certificates: one new slot, one event, and as few reads as its checks allow.
abstract contract CertificateIssue is ICertificateRegistry, EIP712, Guarded {
    bytes32 private constant CERTIFICATE_TYPEHASH = keccak256(
        "Certificate(bytes32 agreement,bytes32 model,uint16 asOfDay,uint8 grade,uint32 validFrom,uint32 notAfter)"
    );
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
        return _issue(certificate, endorsements);
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
            ids[i] = _issue(certificates[i], endorsements[i]);
        }
    }

    /// @inheritdoc ICertificateRegistry
    function setPolicy(uint8 quorum, uint32 maxValidity) external restricted whenNotPaused {
        _changePolicy(quorum, maxValidity);
    }

    /// @inheritdoc ICertificateRegistry
    function certificateIdOf(Certificate calldata certificate) public view returns (CertificateId) {
        return CertificateId.wrap(_hashTypedDataV4(keccak256(abi.encode(CERTIFICATE_TYPEHASH, certificate))));
    }

    /// @inheritdoc ICertificateRegistry
    function policy() external view returns (uint8 quorum, uint32 maxValidity) {
        return (_policy.quorum, _policy.maxValidity);
    }

    function _issue(Certificate calldata certificate, Endorsement[] calldata endorsements)
        private
        returns (CertificateId id)
    {
        Policy memory rules = _policy;
        require(!rules.paused, ContractPaused());
        _requireTerms(certificate, rules.maxValidity);
        id = certificateIdOf(certificate);
        require(_words[id] == 0, CertificateAlreadyIssued(id));
        uint256 word = uint256(State.Active) << 252 | uint256(certificate.grade) << 248 | uint256(ProofKind.Endorsed)
            << 240 | uint256(certificate.asOfDay) << 224 | uint256(certificate.validFrom) << 136
            | uint256(certificate.notAfter) << 104 | uint256(uint40(block.number)) << 64;
        word |= _endorsers(CertificateId.unwrap(id), endorsements, rules.quorum);
        word |= uint256(AGREEMENTS.requireUsable(certificate.agreement, Purposes.CERTIFICATE)) << 192;
        word |= uint256(_modelNumber(certificate.model, rules)) << 168;
        _words[id] = word;
        emit CertificateIssued(id, certificate.agreement, word);
    }

    /// @dev Account numbers of the signers, who must be enough, live, certifiers, and of distinct participants.
    function _endorsers(bytes32 digest, Endorsement[] calldata endorsements, uint8 quorum)
        private
        view
        returns (uint64)
    {
        uint256 count = endorsements.length;
        require(count >= quorum, TooFewEndorsements(count, quorum));
        require(count <= MOST_ENDORSEMENTS, TooManyEndorsements(count, MOST_ENDORSEMENTS));
        address[] memory signers = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            Endorsement calldata endorsement = endorsements[i];
            (address signer,,) = ECDSA.tryRecover(digest, endorsement.r, endorsement.vs); // refuses a high s
            require(signer != address(0), EndorsementInvalid(i));
            signers[i] = signer;
        }
        return PARTICIPANTS.requireSigners(signers, Roles.CERTIFIER);
    }

    function _modelNumber(ModelId model, Policy memory rules) private returns (uint24 number) {
        uint184 tail = uint184(uint256(ModelId.unwrap(model)));
        if (tail == rules.modelTail && rules.modelNumber != 0) return rules.modelNumber;
        number = MODELS.requireFinal(model);
        (_policy.modelNumber, _policy.modelTail) = (number, tail);
    }

    function _requireTerms(Certificate calldata certificate, uint32 maxValidity) private view {
        require(certificate.grade != Grade.None, InvalidGrade());
        (uint32 validFrom, uint32 notAfter) = (certificate.validFrom, certificate.notAfter);
        bool isAhead = validFrom <= notAfter && block.timestamp <= notAfter;
        require(isAhead, InvalidValidity(validFrom, notAfter));
        require(notAfter - validFrom <= maxValidity, ValidityTooLong(notAfter - validFrom, maxValidity));
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
