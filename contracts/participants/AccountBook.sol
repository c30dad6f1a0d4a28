// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {AccountNumber, NOBODY, ParticipantId} from "../types/Ids.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Who owns which account since when, and what was signed by whom as of a block.
abstract contract AccountBook is IParticipantRegistry, EIP712, Guarded {
    bytes32 private constant CONSENT_TYPEHASH = keccak256("AccountConsent(uint16 participant,address account)");
    uint256 private constant MAX_ACCOUNTS = 16; // bounds the loops over a participant's accounts
    uint256 private constant MAX_SIGNERS = 4; // what fits the 64 bits of {requireSigners}

    /// @dev `accounts` holds the live ones. Their copies of the roles make every check a single read.
    struct Participant {
        uint8 roles; // what it was given; slot 0
        bool suspended; // slot 0
        address[] accounts; // slot 1
    }

    uint16 private _participantCount; // shares the slot of the pause flag
    uint16 private _accountCount;
    mapping(ParticipantId participant => Participant) private _participants;
    mapping(address account => Account) private _accounts; // one slot each
    mapping(AccountNumber number => address account) private _accountAt;

    // --- reads ---

    /// @inheritdoc IParticipantRegistry
    function requireRole(address account, uint8 roles) external view returns (ParticipantId participant) {
        (participant,) = _requireRole(account, roles);
    }

    /// @inheritdoc IParticipantRegistry
    function requireSigners(address[] calldata accounts, uint8 roles) external view returns (uint64 numbers) {
        uint256 count = accounts.length;
        require(count <= MAX_SIGNERS, TooManySigners(count));
        uint256 owners = 0; // packed as the numbers are
        for (uint256 i = 0; i < count; i++) {
            (ParticipantId participant, AccountNumber number) = _requireRole(accounts[i], roles);
            for (uint256 j = 0; j < i; j++) {
                require(ParticipantId.wrap(uint16(owners >> (16 * j))) != participant, ParticipantRepeated(participant));
            }
            owners |= uint256(ParticipantId.unwrap(participant)) << (16 * i);
            numbers |= uint64(uint256(AccountNumber.unwrap(number)) << (16 * i));
        }
    }

    /// @inheritdoc IParticipantRegistry
    function noneCompromised(uint64 numbers, uint40 blockNumber) external view returns (bool) {
        for (; numbers != 0; numbers >>= 16) {
            uint40 compromisedFrom = _accounts[_accountAt[AccountNumber.wrap(uint16(numbers))]].compromisedFrom;
            if (compromisedFrom != 0 && compromisedFrom <= blockNumber) return false;
        }
        return true;
    }

    /// @inheritdoc IParticipantRegistry
    function wasValidAt(address account, uint40 blockNumber) external view returns (bool) {
        Account memory a = _accounts[account];
        return a.participant != NOBODY && a.validFrom <= blockNumber && (a.retiredAt == 0 || blockNumber < a.retiredAt)
            && (a.compromisedFrom == 0 || blockNumber < a.compromisedFrom);
    }

    /// @inheritdoc IParticipantRegistry
    function isLiveAccountOf(ParticipantId participant, address account) external view returns (bool) {
        return participant != NOBODY && _accounts[account].participant == participant && _isLive(_accounts[account]);
    }

    /// @inheritdoc IParticipantRegistry
    function participantOf(address account) external view returns (ParticipantId) {
        return _accounts[account].participant;
    }

    /// @inheritdoc IParticipantRegistry
    function accountInfo(address account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IParticipantRegistry
    function accountAt(AccountNumber number) external view returns (address) {
        return _accountAt[number];
    }

    /// @inheritdoc IParticipantRegistry
    function accountsOf(ParticipantId participant) external view returns (address[] memory) {
        return _participants[participant].accounts;
    }

    /// @inheritdoc IParticipantRegistry
    function rolesOf(ParticipantId participant) external view returns (uint8 roles, bool suspended) {
        return (_participants[participant].roles, _participants[participant].suspended);
    }

    /// @inheritdoc IParticipantRegistry
    function participantCount() external view returns (uint16) {
        return _participantCount;
    }

    // --- for the inheriting contracts ---

    function _newParticipant(uint8 roles) internal returns (ParticipantId participant) {
        participant = ParticipantId.wrap(++_participantCount);
        _participants[participant].roles = roles;
    }

    function _addAccount(ParticipantId participant, address account) internal returns (AccountNumber number) {
        _requireNew(account);
        Participant storage p = _participants[participant];
        require(p.accounts.length < MAX_ACCOUNTS, TooManyAccounts(participant));
        number = AccountNumber.wrap(++_accountCount);
        p.accounts.push(account);
        _accountAt[number] = account;
        _accounts[account] = Account({
            participant: participant,
            number: number,
            roles: p.suspended ? 0 : p.roles,
            validFrom: uint40(block.number),
            retiredAt: 0,
            compromisedFrom: 0
        });
        emit AccountAdded(participant, account, number);
    }

    function _retire(ParticipantId participant, address account) internal {
        uint40 retiredAt = uint40(block.number + 1);
        _accounts[account].retiredAt = retiredAt;
        _dropFromLive(participant, account);
        emit AccountRetired(participant, account, retiredAt);
    }

    function _compromise(address account, uint40 fromBlock) internal {
        Account storage a = _accounts[account];
        require(a.participant != NOBODY, UnknownAccount(account));
        require(fromBlock <= block.number, CompromiseInFuture(fromBlock));
        if (fromBlock < a.validFrom) fromBlock = a.validFrom; // never zero, which would mean "not compromised"
        uint40 known = a.compromisedFrom;
        require(known == 0 || fromBlock < known, CompromiseNotEarlier(account, known));
        if (_isLive(a)) _dropFromLive(a.participant, account);
        a.compromisedFrom = fromBlock;
        emit AccountCompromised(a.participant, account, fromBlock);
    }

    function _setRoles(ParticipantId participant, uint8 roles, bool suspended) internal {
        Participant storage p = _participants[participant];
        p.roles = roles;
        p.suspended = suspended;
        for (uint256 i = 0; i < p.accounts.length; i++) {
            _accounts[p.accounts[i]].roles = suspended ? 0 : roles;
        }
    }

    function _participant(ParticipantId participant) internal view returns (Participant storage p) {
        p = _participants[participant];
        require(p.roles != 0, UnknownParticipant(participant)); // nobody is admitted, or left, without a role
    }

    function _requireNew(address account) internal view {
        require(account != address(0), InvalidAccount(account));
        ParticipantId owner = _accounts[account].participant;
        require(owner == NOBODY, AccountAlreadyRegistered(account, owner));
    }

    function _account(address account) internal view returns (Account storage a) {
        a = _accounts[account];
        require(a.participant != NOBODY, UnknownAccount(account));
    }

    /// @dev The participant for which the caller acts, whatever its roles.
    function _liveCaller() internal view returns (ParticipantId) {
        Account storage a = _account(msg.sender);
        require(_isLive(a), AccountNotLive(msg.sender));
        return a.participant;
    }

    function _requireRole(address account, uint8 roles) internal view returns (ParticipantId, AccountNumber) {
        Account storage a = _account(account);
        require(_isLive(a), AccountNotLive(account));
        require(a.roles & roles != 0, RoleMissing(account, roles));
        return (a.participant, a.number);
    }

    function _requireConsent(ParticipantId participant, address account, bytes calldata consent) internal view {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, participant, account)));
        (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest, consent);
        require(fault == ECDSA.RecoverError.NoError && signer == account, ConsentInvalid(account));
    }

    function _isLive(Account storage a) internal view returns (bool) {
        return a.retiredAt == 0 && a.compromisedFrom == 0;
    }

    function _dropFromLive(ParticipantId participant, address account) private {
        address[] storage accounts = _participants[participant].accounts;
        uint256 last = accounts.length - 1;
        for (uint256 i = 0; i < last; i++) {
            if (accounts[i] == account) {
                accounts[i] = accounts[last];
                break;
            }
        }
        accounts.pop();
    }
}
