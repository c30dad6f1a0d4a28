// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {AccountWords} from "../libraries/AccountWords.sol";
import {AccountNumber, ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {VERSION} from "../types/Version.sol";
import {AccountRecovery} from "./AccountRecovery.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Admission by the regulator, and what a participant does with its own accounts and keys.
contract ParticipantRegistry is AccountRecovery {
    using AccountWords for uint256;

    mapping(ParticipantId participant => EncryptionKey[]) private _encryptionKeys;

    constructor(address authority, uint8 recoveryQuorum, uint40 recoveryDelay)
        EIP712("TrustSpace ParticipantRegistry", "1")
        AccessManaged(authority)
        AccountRecovery(recoveryQuorum, recoveryDelay)
    {}

    // --- the regulator ---

    /// @inheritdoc IParticipantRegistry
    function admit(address account, uint8 roles, bytes32 profileHash)
        external
        restricted
        whenNotPaused
        returns (ParticipantId participant)
    {
        _requireRoles(roles);
        participant = _newParticipant(roles);
        emit ParticipantAdmitted(participant, account, roles, profileHash);
        _addAccount(participant, account);
    }

    /// @inheritdoc IParticipantRegistry
    function setRoles(ParticipantId participant, uint8 roles) external restricted whenNotPaused {
        bool suspended = _participant(participant).suspended;
        _requireRoles(roles);
        _setRoles(participant, roles, suspended);
        emit RolesChanged(participant, roles);
    }

    /// @inheritdoc IParticipantRegistry
    function suspend(ParticipantId participant) external restricted {
        Participant storage p = _participant(participant);
        require(!p.suspended, AlreadySuspended(participant));
        _setRoles(participant, p.roles, true);
        emit ParticipantSuspended(participant);
    }

    /// @inheritdoc IParticipantRegistry
    function reinstate(ParticipantId participant) external restricted whenNotPaused {
        Participant storage p = _participant(participant);
        require(p.suspended, NotSuspended(participant));
        _setRoles(participant, p.roles, false);
        emit ParticipantReinstated(participant);
    }

    /// @inheritdoc IParticipantRegistry
    function declareCompromise(address account, uint40 fromBlock) external restricted {
        _compromise(account, fromBlock);
    }

    // --- the participant itself ---

    /// @inheritdoc IParticipantRegistry
    function addAccount(address account, bytes calldata consent) external whenNotPaused returns (AccountNumber) {
        ParticipantId participant = _requireRole(msg.sender, Roles.ALL).participant();
        _requireNew(account);
        _requireConsent(participant, account, consent);
        return _addAccount(participant, account);
    }

    /// @inheritdoc IParticipantRegistry
    function retireAccount(address account) external {
        ParticipantId participant = _liveCaller();
        uint256 word = _known(account);
        require(word.participant() == participant, NotOwnAccount(msg.sender, account));
        require(word.isLive(), AccountNotLive(account));
        _retire(participant, account);
    }

    /// @inheritdoc IParticipantRegistry
    function reportCompromise(address account, uint40 fromBlock) external {
        uint256 caller = _known(msg.sender);
        bool mayReport = caller.isLive() || (msg.sender == account && caller.compromisedFrom() == 0);
        require(mayReport, AccountNotLive(msg.sender));
        require(_known(account).participant() == caller.participant(), NotOwnAccount(msg.sender, account));
        _compromise(account, fromBlock);
    }

    /// @inheritdoc IParticipantRegistry
    function setEncryptionKey(bytes32 key) external whenNotPaused {
        uint256 caller = _requireRole(msg.sender, Roles.ALL);
        ParticipantId participant = caller.participant();
        require(key != 0, InvalidEncryptionKey());
        _encryptionKeys[participant].push(
            EncryptionKey({key: key, validFrom: uint40(block.number), setBy: caller.number()})
        );
        emit EncryptionKeySet(participant, key);
    }

    // --- reads ---

    /// @inheritdoc IParticipantRegistry
    function encryptionKeyOf(ParticipantId participant) external view returns (bytes32 key) {
        key = _currentKey(participant);
        require(key != 0, EncryptionKeyMissing(participant));
    }

    /// @inheritdoc IParticipantRegistry
    function currentEncryptionKeys(ParticipantId[] calldata participants)
        external
        view
        returns (bytes32[] memory keys)
    {
        keys = new bytes32[](participants.length);
        for (uint256 i = 0; i < keys.length; i++) {
            keys[i] = _currentKey(participants[i]);
        }
    }

    /// @inheritdoc IParticipantRegistry
    function encryptionKeysOf(ParticipantId participant) external view returns (EncryptionKey[] memory) {
        return _encryptionKeys[participant];
    }

    /// @inheritdoc IParticipantRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    /// @dev The latest key that no compromised account set; zero when there is none.
    function _currentKey(ParticipantId participant) private view returns (bytes32) {
        EncryptionKey[] storage keys = _encryptionKeys[participant];
        for (uint256 i = keys.length; i > 0; i--) {
            EncryptionKey memory latest = keys[i - 1];
            if (_isUncompromised(latest.setBy, latest.validFrom)) return latest.key;
        }
        return 0;
    }

    function _requireRoles(uint8 roles) private pure {
        require(roles != 0 && roles & ~Roles.ALL == 0, InvalidRoles(roles));
    }
}
