// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AccountNumber, ParticipantId} from "../types/Ids.sol";

/// @title Organisations admitted by the regulator, their roles, accounts and encryption keys
/// @notice Every account is valid in a range of blocks. Retiring an account never voids what it signed before;
/// reporting it as compromised voids everything from the given block on.
/// @dev Account states: Unknown -> Live -> (Retired | Compromised); Retired -> Compromised. Never backwards.
interface IParticipantRegistry {
    /// @param participant Owner of the account; zero when the account is unknown.
    /// @param number Short pointer to the account for packed storage elsewhere.
    /// @param roles Mask of {Roles} the participant holds now; 0 while it is suspended.
    /// @param validFrom First block in which the account acts for the participant.
    /// @param retiredAt First block in which it no longer does: the one after its retirement, as what it did earlier in
    /// the same block stays valid; 0 when not retired. It is not live from the moment of its retirement.
    /// @param compromisedFrom First block from which nothing it signed counts; 0 when not compromised.
    struct Account {
        ParticipantId participant;
        AccountNumber number;
        uint8 roles;
        uint40 validFrom;
        uint40 retiredAt;
        uint40 compromisedFrom;
    }

    /// @param key X25519 public key.
    /// @param validFrom First block in which counterparties use it; a later key ends it.
    /// @param setBy Account that published it.
    struct EncryptionKey {
        bytes32 key;
        uint40 validFrom;
        AccountNumber setBy;
    }

    /// @param newAccount Account that takes over when the recovery executes.
    /// @param executableAt Earliest time (UTC seconds); 0 while the quorum is missing.
    /// @param approvals Participants that approve so far, the proposer included.
    struct Recovery {
        address newAccount;
        uint40 executableAt;
        uint8 approvals;
    }

    event ParticipantAdmitted(
        ParticipantId indexed participant, address indexed account, uint8 roles, bytes32 profileHash
    );
    event RolesChanged(ParticipantId indexed participant, uint8 roles);
    event ParticipantSuspended(ParticipantId indexed participant);
    event ParticipantReinstated(ParticipantId indexed participant);
    event AccountAdded(ParticipantId indexed participant, address indexed account, AccountNumber number);
    event AccountRetired(ParticipantId indexed participant, address indexed account, uint40 retiredAt);
    event AccountCompromised(ParticipantId indexed participant, address indexed account, uint40 compromisedFrom);
    event EncryptionKeySet(ParticipantId indexed participant, bytes32 key);
    event RecoveryProposed(ParticipantId indexed participant, address indexed newAccount, ParticipantId proposer);
    event RecoveryApproved(ParticipantId indexed participant, address indexed newAccount, ParticipantId approver);
    event RecoveryScheduled(ParticipantId indexed participant, address indexed newAccount, uint40 executableAt);
    event RecoveryCancelled(ParticipantId indexed participant, address indexed newAccount);
    event RecoveryExecuted(ParticipantId indexed participant, address indexed newAccount);

    error UnknownParticipant(ParticipantId participant);
    error UnknownAccount(address account);
    error AccountNotLive(address account);
    error RoleMissing(address account, uint8 roles);
    error InvalidRoles(uint8 roles);
    error InvalidAccount(address account);
    error AccountAlreadyRegistered(address account, ParticipantId participant);
    error NotOwnAccount(address caller, address account);
    error ParticipantRepeated(ParticipantId participant);
    error NotOwnParticipant(address caller, ParticipantId participant);
    error ConsentInvalid(address account);
    error TooManyAccounts(ParticipantId participant);
    error CompromiseInFuture(uint40 fromBlock);
    error CompromiseNotEarlier(address account, uint40 compromisedFrom);
    error InvalidEncryptionKey();
    error EncryptionKeyMissing(ParticipantId participant);
    error AlreadySuspended(ParticipantId participant);
    error NotSuspended(ParticipantId participant);
    error RecoveryOfSelf(ParticipantId participant);
    error RecoveryPending(ParticipantId participant);
    error RecoveryUnknown(ParticipantId participant);
    error RecoveryAlreadyApproved(ParticipantId participant, ParticipantId approver);
    error RecoveryApprovalsVoid(ParticipantId participant, uint256 sound);
    error RecoveryNotReady(ParticipantId participant, uint40 executableAt);
    error RecoveryOfOtherAccount(ParticipantId participant, address newAccount);
    error InvalidRecoveryQuorum();

    /// @notice Admits an organisation with its first account. Emits {ParticipantAdmitted} and {AccountAdded}.
    /// @dev Requires the regulator, `roles` non-zero within {Roles.ALL}, an account never registered before.
    /// @param profileHash Hash of the organisation's published profile; only in the event.
    function admit(address account, uint8 roles, bytes32 profileHash) external returns (ParticipantId);

    /// @notice Replaces the roles of a participant. Emits {RolesChanged}. Requires the regulator.
    function setRoles(ParticipantId participant, uint8 roles) external;

    /// @notice Takes every role away until reinstated. Emits {ParticipantSuspended}. Requires the regulator.
    /// Works while paused.
    function suspend(ParticipantId participant) external;

    /// @notice Gives a suspended participant its roles back. Emits {ParticipantReinstated}. Requires the regulator.
    function reinstate(ParticipantId participant) external;

    /// @notice Adds an account to the caller's own participant. Emits {AccountAdded}.
    /// @dev Requires a live caller with a role, fewer than 16 live accounts and 64 ever, an account never registered before, and its EIP-712
    /// consent `AccountConsent(uint16 participant,address account)`, so that nobody can occupy a stranger's address.
    function addAccount(address account, bytes calldata consent) external returns (AccountNumber);

    /// @notice Ends an account of the caller's own participant at once; what it did so far stays valid.
    /// Emits {AccountRetired}. Works while paused.
    /// @dev Requires a live caller and a live account. The last account may be retired: recovery brings a new one.
    function retireAccount(address account) external;

    /// @notice Voids the endorsements, feature commitments, encryption keys and recovery approvals that an account of the
    /// caller's own participant gave from `fromBlock` on. Emits {AccountCompromised}. A second report can only move the
    /// block earlier. Works while paused.
    /// @dev A retired account may be reported. A live account of the participant reports, or the account itself: a
    /// retired key must not reach its successors. `fromBlock` lies in the past or is the current block; before the account's first block means all of it.
    /// @dev Warning: whoever holds a live account can void the past of all accounts of its participant. Anchored batches,
    /// countersigned agreements and confirmed models stay: void the invoices, end the agreements, withdraw the model.
    function reportCompromise(address account, uint40 fromBlock) external;

    /// @notice The same by the regulator, for a participant that cannot or will not. Works while paused.
    function declareCompromise(address account, uint40 fromBlock) external;

    /// @notice Publishes the X25519 key under which others encrypt for the caller's participant. Emits {EncryptionKeySet}.
    /// @dev Warning: does not check that the caller knows the private key; a wrong key only locks out its owner.
    function setEncryptionKey(bytes32 key) external;

    /// @notice Starts giving a participant that lost its accounts a new one. Emits {RecoveryProposed}.
    /// @dev Requires a live account of another participant that holds a role, no other recovery pending, and the new
    /// account's consent as for {addAccount}. Quorum and delay are immutable.
    function proposeRecovery(ParticipantId participant, address newAccount, bytes calldata consent) external;

    /// @notice Approves the pending recovery. The quorum starts the delay. Emits {RecoveryApproved}, {RecoveryScheduled}.
    function approveRecovery(ParticipantId participant, address newAccount) external;

    /// @notice Stops the pending recovery. Emits {RecoveryCancelled}: a live account of the participant, so that a thief's recovery is vetoed.
    /// Works while paused.
    function cancelRecovery(ParticipantId participant) external;

    /// @notice The same by the regulator. Works while paused.
    function rejectRecovery(ParticipantId participant) external;

    /// @notice Retires all live accounts and adds the new one. Emits {AccountRetired} for each, {AccountAdded} and
    /// {RecoveryExecuted}. Anybody, after the delay.
    /// @dev Requires that a quorum of the approvals was given by accounts not compromised by then.
    function executeRecovery(ParticipantId participant) external;

    /// @notice The participant for which `account` acts now with one of `roles`.
    /// @dev Reverts with {UnknownAccount}, {AccountNotLive} or {RoleMissing}.
    function requireRole(address account, uint8 roles) external view returns (ParticipantId);

    /// @notice Numbers of up to four signing accounts: all live now, with one of `roles`, of distinct participants.
    /// @dev Reverts as {requireRole}, or with {ParticipantRepeated}. A zero address is no signer.
    /// @return numbers 16 bits each, the last signer lowest.
    /// @return owners Their participants, in the same places.
    function requireSigners(address first, address second, address third, address fourth, uint8 roles)
        external
        view
        returns (uint64 numbers, uint64 owners);

    /// @notice Whether the account acts for the participant now, whatever its roles.
    function isLiveAccountOf(ParticipantId participant, address account) external view returns (bool);

    /// @notice Owner of an account, live or not; zero when unknown.
    function participantOf(address account) external view returns (ParticipantId);

    function accountInfo(address account) external view returns (Account memory);

    function accountAt(AccountNumber number) external view returns (address);

    /// @notice Live accounts, in no particular order.
    function accountsOf(ParticipantId participant) external view returns (address[] memory);

    /// @notice Whether the account acted for its participant in block `blockNumber`, as known today.
    function wasValidAt(address account, uint40 blockNumber) external view returns (bool);

    /// @notice Whether none of the accounts is compromised from `blockNumber` or earlier.
    /// @param numbers As {requireSigners} returned them.
    function noneCompromised(uint64 numbers, uint40 blockNumber) external view returns (bool);

    /// @notice Latest encryption key that no compromised account set; reverts with {EncryptionKeyMissing}.
    function encryptionKeyOf(ParticipantId participant) external view returns (bytes32);

    /// @notice The same for many; zero where there is none.
    function currentEncryptionKeys(ParticipantId[] calldata participants) external view returns (bytes32[] memory);

    /// @notice All encryption keys in order, to read old messages' keys.
    function encryptionKeysOf(ParticipantId participant) external view returns (EncryptionKey[] memory);

    function rolesOf(ParticipantId participant) external view returns (uint8 roles, bool suspended);

    function participantCount() external view returns (uint16);

    /// @notice The pending recovery; zeroes when there is none.
    function recoveryOf(ParticipantId participant) external view returns (Recovery memory);

    function version() external view returns (string memory);
}
