// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {AgreementWords} from "../libraries/AgreementWords.sol";
import {AgreementId, ParticipantId} from "../types/Ids.sol";
import {Purposes, Roles} from "../types/Roles.sol";
import {VERSION} from "../types/Version.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Records what subjects allow, counts what is done with it, and forgets nothing.
contract AgreementRegistry is IAgreementRegistry, EIP712, Guarded {
    using AgreementWords for uint256;

    bytes32 private constant AGREEMENT_TYPEHASH = keccak256(
        "Agreement(address subject,uint16 grantee,uint16 purposes,bytes32 scopeHash,uint40 notBefore,uint40 notAfter,uint32 maxUses,bytes32 salt)"
    );
    bytes32 private constant TERMINATION_TYPEHASH = keccak256("Termination(bytes32 agreement)");

    struct Entry {
        uint256 word; // slot 0, see {AgreementWords}
        address subject; // slot 1
        bytes32 scopeHash; // slot 2
    }

    /// @dev One slot; `uses` is zero when the operation was never counted.
    struct Operation {
        uint16 purpose;
        uint32 uses;
    }

    IParticipantRegistry public immutable PARTICIPANTS;

    uint32 private _count; // shares the slot of the pause flag
    mapping(AgreementId agreement => Entry) private _entries;
    mapping(uint32 number => AgreementId agreement) private _agreementAt;
    mapping(AgreementId agreement => mapping(bytes32 operationId => Operation)) private _operations;

    constructor(address authority, IParticipantRegistry participants)
        EIP712("TrustSpace AgreementRegistry", "1")
        AccessManaged(authority)
    {
        PARTICIPANTS = participants;
    }

    // --- writes ---

    /// @inheritdoc IAgreementRegistry
    function record(Terms calldata terms, bytes calldata subjectSignature, bytes calldata granteeSignature)
        external
        whenNotPaused
        returns (AgreementId)
    {
        AgreementId agreement = agreementIdOf(terms);
        require(_entries[agreement].word == 0, AgreementAlreadyRecorded(agreement));
        _record(agreement, terms, subjectSignature, granteeSignature);
        return agreement;
    }

    /// @inheritdoc IAgreementRegistry
    function recordMany(SignedTerms[] calldata items) external whenNotPaused returns (AgreementId[] memory agreements) {
        agreements = new AgreementId[](items.length);
        for (uint256 i = 0; i < items.length; i++) {
            AgreementId agreement = agreementIdOf(items[i].terms);
            agreements[i] = agreement;
            if (_entries[agreement].word != 0) continue;
            _record(agreement, items[i].terms, items[i].subjectSignature, items[i].granteeSignature);
        }
    }

    /// @inheritdoc IAgreementRegistry
    function use(AgreementId agreement, uint16 purpose, bytes32 operationId)
        external
        whenNotPaused
        returns (uint32 uses)
    {
        return _use(agreement, purpose, operationId, PARTICIPANTS.requireRole(msg.sender, Roles.BANK));
    }

    /// @inheritdoc IAgreementRegistry
    function useMany(Use[] calldata items, uint16 purpose) external whenNotPaused {
        ParticipantId caller = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        for (uint256 i = 0; i < items.length; i++) {
            _use(items[i].agreement, purpose, items[i].operationId, caller);
        }
    }

    /// @inheritdoc IAgreementRegistry
    function terminate(AgreementId agreement) external {
        uint256 word = _known(agreement);
        bool isSubject = msg.sender == _entries[agreement].subject;
        bool isParty = isSubject || PARTICIPANTS.isLiveAccountOf(word.grantee(), msg.sender);
        require(isParty, NotParty(agreement, msg.sender));
        _terminate(agreement, word, msg.sender);
    }

    /// @inheritdoc IAgreementRegistry
    function terminateWithSignature(AgreementId agreement, bytes calldata subjectSignature) external {
        uint256 word = _known(agreement);
        address subject = _entries[agreement].subject;
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(TERMINATION_TYPEHASH, agreement)));
        require(_signer(digest, subjectSignature) == subject, TerminationSignatureInvalid(agreement));
        _terminate(agreement, word, subject);
    }

    // --- reads ---

    /// @inheritdoc IAgreementRegistry
    function requireUsable(AgreementId agreement, uint16 purpose) external view returns (uint32, ParticipantId) {
        uint256 word = _known(agreement);
        _requireInForce(agreement, word, purpose);
        return (word.number(), word.grantee());
    }

    /// @inheritdoc IAgreementRegistry
    function subjectAndState(uint32 number) external view returns (address subject, State state) {
        Entry storage entry = _entries[_agreementAt[number]];
        return (entry.subject, entry.word.state());
    }

    /// @inheritdoc IAgreementRegistry
    function agreementInfo(AgreementId agreement) external view returns (Agreement memory) {
        Entry memory entry = _entries[agreement];
        return Agreement({
            subject: entry.subject,
            grantee: entry.word.grantee(),
            purposes: entry.word.purposes(),
            state: entry.word.state(),
            notBefore: entry.word.notBefore(),
            notAfter: entry.word.notAfter(),
            maxUses: entry.word.maxUses(),
            uses: entry.word.uses(),
            number: entry.word.number(),
            scopeHash: entry.scopeHash
        });
    }

    /// @inheritdoc IAgreementRegistry
    function agreementAt(uint32 number) external view returns (AgreementId) {
        return _agreementAt[number];
    }

    /// @inheritdoc IAgreementRegistry
    function useOf(AgreementId agreement, bytes32 operationId) external view returns (uint16 purpose, uint32 uses) {
        Operation storage operation = _operations[agreement][operationId];
        return (operation.purpose, operation.uses);
    }

    /// @inheritdoc IAgreementRegistry
    function agreementIdOf(Terms calldata terms) public pure returns (AgreementId) {
        return AgreementId.wrap(keccak256(abi.encode(AGREEMENT_TYPEHASH, terms)));
    }

    /// @inheritdoc IAgreementRegistry
    function digestOf(Terms calldata terms) external view returns (bytes32) {
        return _hashTypedDataV4(AgreementId.unwrap(agreementIdOf(terms)));
    }

    /// @inheritdoc IAgreementRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    function _record(
        AgreementId agreement,
        Terms calldata terms,
        bytes calldata subjectSignature,
        bytes calldata granteeSignature
    ) private {
        Entry storage entry = _entries[agreement];
        _requireTerms(terms);
        _requireSignatures(agreement, terms, subjectSignature, granteeSignature);
        uint32 number = ++_count;
        entry.word = AgreementWords.pack(terms, number);
        entry.subject = terms.subject;
        entry.scopeHash = terms.scopeHash;
        _agreementAt[number] = agreement;
        emit AgreementRecorded(agreement, terms.subject, terms.grantee, terms, number);
    }

    function _use(AgreementId agreement, uint16 purpose, bytes32 operationId, ParticipantId caller)
        private
        returns (uint32 uses)
    {
        uint256 word = _known(agreement);
        require(word.grantee() == caller, NotGrantee(agreement, msg.sender));
        Operation storage operation = _operations[agreement][operationId];
        uses = operation.uses;
        if (uses != 0) {
            require(operation.purpose == purpose, OperationOfAnotherPurpose(agreement, operationId, operation.purpose));
            return uses;
        }
        _requireInForce(agreement, word, purpose);
        require(purpose & (purpose - 1) == 0, PurposeNotGranted(agreement, purpose));
        require(word.uses() < word.maxUses(), AgreementUsedUp(agreement, word.maxUses()));
        word = word.usedOnce();
        uses = word.uses();
        _entries[agreement].word = word;
        (operation.purpose, operation.uses) = (purpose, uses);
        emit AgreementUsed(agreement, purpose, operationId, uses);
    }

    /// @dev The only move out of Active.
    function _terminate(AgreementId agreement, uint256 word, address by) private {
        require(word.isActive(), AgreementIsTerminated(agreement));
        _entries[agreement].word = word.terminated();
        emit AgreementEnded(agreement, by);
    }

    function _known(AgreementId agreement) private view returns (uint256 word) {
        word = _entries[agreement].word;
        require(word != 0, UnknownAgreement(agreement));
    }

    function _requireInForce(AgreementId agreement, uint256 word, uint16 purpose) private view {
        require(word.isActive(), AgreementIsTerminated(agreement));
        require(word.notBefore() <= block.timestamp, AgreementNotYetValid(agreement, word.notBefore()));
        require(block.timestamp <= word.notAfter(), AgreementExpired(agreement, word.notAfter()));
        bool isGranted = purpose != 0 && word.purposes() & purpose == purpose;
        require(isGranted, PurposeNotGranted(agreement, purpose));
    }

    function _requireTerms(Terms calldata terms) private view {
        require(terms.subject != address(0), InvalidTerms("subject"));
        require(terms.purposes != 0 && terms.purposes & ~Purposes.ALL == 0, InvalidTerms("purposes"));
        require(terms.notBefore <= terms.notAfter, InvalidTerms("notBefore"));
        require(block.timestamp <= terms.notAfter, InvalidTerms("notAfter"));
        require(terms.maxUses != 0, InvalidTerms("maxUses"));
    }

    function _requireSignatures(
        AgreementId agreement,
        Terms calldata terms,
        bytes calldata subjectSignature,
        bytes calldata granteeSignature
    ) private view {
        bytes32 digest = _hashTypedDataV4(AgreementId.unwrap(agreement));
        bool isSubjects = _signer(digest, subjectSignature) == terms.subject;
        require(isSubjects, SubjectSignatureInvalid(agreement, terms.subject));
        address signer = _signer(digest, granteeSignature);
        require(signer != address(0), GranteeSignatureInvalid(agreement, signer));
        ParticipantId grantee = PARTICIPANTS.requireRole(signer, Roles.BANK);
        require(grantee == terms.grantee, GranteeSignatureInvalid(agreement, signer));
    }

    /// @dev Zero when the signature is malformed or malleable (high s); never equal to a subject, which is not zero.
    function _signer(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        (signer,,) = ECDSA.tryRecover(digest, signature);
    }
}
