// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {AccountWords} from "../libraries/AccountWords.sol";
import {AccountNumber, NOBODY, ParticipantId} from "../types/Ids.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice Who owns which account since when, and what was signed by whom as of a block.
abstract contract AccountBook is IParticipantRegistry, EIP712, Guarded {
    using AccountWords for uint256;

    bytes32 private constant CONSENT_TYPEHASH = keccak256("AccountConsent(uint16 participant,address account)");
    uint256 private constant MAX_ACCOUNTS = 16; // bounds the loops over a participant's accounts
    uint256 private constant MAX_ACCOUNTS_EVER = 64; // nobody can use up the numbers that all share

    /// @dev `accounts` holds the live ones. Their copies of the roles make every check a single read.
    struct Participant {
        uint8 roles; // what it was given; slot 0
        bool suspended; // slot 0
        uint8 accountsEver; // slot 0
        address[] accounts; // slot 1
    }

    // counted for ever, 65,535 of each at most: the next one panics; both share the slot of the pause flag
    uint16 private _participantCount;
    uint16 private _accountCount;
    mapping(ParticipantId participant => Participant) private _participants;
    mapping(address account => uint256 word) internal _accounts; // see {AccountWords}
    mapping(AccountNumber number => address account) private _accountAt;

    // --- reads ---

    /// @inheritdoc IParticipantRegistry
    function requireRole(address account, uint8 roles) external view returns (ParticipantId) {
        return _requireRole(account, roles).participant();
    }

    /// @inheritdoc IParticipantRegistry
    function requireSigners(address first, address second, address third, address fourth, uint8 roles)
        external
        view
        returns (uint64, uint64)
    {
        uint256 numbers = 0; // written out, as a loop over an array costs half as much again
        uint256 owners = 0;
        if (first != address(0)) (numbers, owners) = _addSigner(numbers, owners, first, roles);
        if (second != address(0)) (numbers, owners) = _addSigner(numbers, owners, second, roles);
        if (third != address(0)) (numbers, owners) = _addSigner(numbers, owners, third, roles);
        if (fourth != address(0)) (numbers, owners) = _addSigner(numbers, owners, fourth, roles);
        return (uint64(numbers), uint64(owners));
    }

    /// @inheritdoc IParticipantRegistry
    function noneCompromised(uint64 numbers, uint40 blockNumber) external view returns (bool) {
        for (; numbers != 0; numbers >>= 16) {
            if (!_isUncompromised(AccountNumber.wrap(uint16(numbers)), blockNumber)) return false;
        }
        return true;
    }

    /// @inheritdoc IParticipantRegistry
    function wasValidAt(address account, uint40 blockNumber) external view returns (bool) {
        Account memory a = _accounts[account].unpack();
        return a.participant != NOBODY && a.validFrom <= blockNumber && (a.retiredAt == 0 || blockNumber < a.retiredAt)
            && (a.compromisedFrom == 0 || blockNumber < a.compromisedFrom);
    }

    /// @inheritdoc IParticipantRegistry
    function isLiveAccountOf(ParticipantId participant, address account) external view returns (bool) {
        uint256 word = _accounts[account];
        return word != 0 && word.isLive() && word.participant() == participant;
    }

    /// @inheritdoc IParticipantRegistry
    function participantOf(address account) external view returns (ParticipantId) {
        return _accounts[account].participant();
    }

    /// @inheritdoc IParticipantRegistry
    function accountInfo(address account) external view returns (Account memory) {
        return _accounts[account].unpack();
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
        bool hasRoom = p.accounts.length < MAX_ACCOUNTS && p.accountsEver < MAX_ACCOUNTS_EVER;
        require(hasRoom, TooManyAccounts(participant));
        p.accountsEver++;
        number = AccountNumber.wrap(++_accountCount);
        p.accounts.push(account);
        _accountAt[number] = account;
        _accounts[account] = AccountWords.pack(participant, number, p.suspended ? 0 : p.roles);
        emit AccountAdded(participant, account, number);
    }

    function _retire(ParticipantId participant, address account) internal {
        uint40 retiredAt = uint40(block.number + 1);
        _accounts[account] = _accounts[account].withRetiredAt(retiredAt);
        _dropFromLive(participant, account);
        emit AccountRetired(participant, account, retiredAt);
    }

    function _compromise(address account, uint40 fromBlock) internal {
        uint256 word = _known(account);
        require(fromBlock <= block.number, CompromiseInFuture(fromBlock));
        if (fromBlock < word.validFrom()) fromBlock = word.validFrom(); // never zero, which would mean "not compromised"
        uint40 earlier = word.compromisedFrom();
        require(earlier == 0 || fromBlock < earlier, CompromiseNotEarlier(account, earlier));
        ParticipantId participant = word.participant();
        if (word.isLive()) _dropFromLive(participant, account);
        _accounts[account] = word.withCompromisedFrom(fromBlock);
        emit AccountCompromised(participant, account, fromBlock);
    }

    function _setRoles(ParticipantId participant, uint8 roles, bool suspended) internal {
        Participant storage p = _participants[participant];
        p.roles = roles;
        p.suspended = suspended;
        for (uint256 i = 0; i < p.accounts.length; i++) {
            address account = p.accounts[i];
            _accounts[account] = _accounts[account].withRoles(suspended ? 0 : roles);
        }
    }

    function _participant(ParticipantId participant) internal view returns (Participant storage p) {
        p = _participants[participant];
        require(p.roles != 0, UnknownParticipant(participant)); // nobody is admitted, or left, without a role
    }

    function _requireNew(address account) internal view {
        require(account != address(0), InvalidAccount(account));
        ParticipantId owner = _accounts[account].participant();
        require(owner == NOBODY, AccountAlreadyRegistered(account, owner));
    }

    function _known(address account) internal view returns (uint256 word) {
        word = _accounts[account];
        require(word != 0, UnknownAccount(account));
    }

    /// @dev Whether what the account did in that block counts, as known today.
    function _isUncompromised(AccountNumber number, uint40 blockNumber) internal view returns (bool) {
        uint40 from = _accounts[_accountAt[number]].compromisedFrom();
        return from == 0 || blockNumber < from;
    }

    /// @dev The participant for which the caller acts, whatever its roles.
    function _liveCaller() internal view returns (ParticipantId) {
        uint256 word = _known(msg.sender);
        require(word.isLive(), AccountNotLive(msg.sender));
        return word.participant();
    }

    function _requireRole(address account, uint8 roles) internal view returns (uint256 word) {
        word = _accounts[account];
        if (word.isLive() && word.roles() & roles != 0) return word;
        require(word != 0, UnknownAccount(account));
        require(word.isLive(), AccountNotLive(account));
        revert RoleMissing(account, roles);
    }

    function _requireConsent(ParticipantId participant, address account, bytes calldata consent) internal view {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, participant, account)));
        (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest, consent);
        require(fault == ECDSA.RecoverError.NoError && signer == account, ConsentInvalid(account));
    }

    /// @dev Numbers and owners of the signers so far have 16 bits each; an owner may sign once.
    function _addSigner(uint256 numbers, uint256 owners, address account, uint8 roles)
        private
        view
        returns (uint256, uint256)
    {
        uint256 word = _requireRole(account, roles);
        uint256 owner = uint16(word >> 16);
        for (uint256 rest = owners; rest != 0; rest >>= 16) {
            require(rest & 0xffff != owner, ParticipantRepeated(word.participant()));
        }
        return (numbers << 16 | uint16(word), owners << 16 | owner);
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
