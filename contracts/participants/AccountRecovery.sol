// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {AccountWords} from "../libraries/AccountWords.sol";
import {AccountNumber, ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {AccountBook} from "./AccountBook.sol";

/// @notice A participant that lost its keys gets a new account from a quorum of others, after a delay in which it or the
/// regulator can object.
/// @dev None -> Proposed -> Scheduled (quorum reached) -> executed; cancelled or rejected before that. One at a time.
abstract contract AccountRecovery is AccountBook {
    using AccountWords for uint256;

    struct Pending {
        address newAccount; // slot 0 with the next three
        uint40 executableAt;
        uint8 approvals;
        uint32 attempt; // separates the approvals of successive recoveries
    }

    /// @dev One slot; who approved when, to be judged once more at the execution.
    struct Approval {
        AccountNumber account;
        uint40 atBlock;
    }

    uint8 public immutable RECOVERY_QUORUM;
    uint40 public immutable RECOVERY_DELAY;

    mapping(ParticipantId participant => Pending) private _pending;
    mapping(ParticipantId participant => mapping(uint32 attempt => mapping(ParticipantId approver => bool))) private
        _approved;
    mapping(ParticipantId participant => mapping(uint32 attempt => Approval[])) private _approvals;

    /// @param quorum How many participants must agree, the proposer included.
    /// @param delay Seconds between the quorum and the earliest execution.
    constructor(uint8 quorum, uint40 delay) {
        require(quorum > 0, InvalidRecoveryQuorum());
        RECOVERY_QUORUM = quorum;
        RECOVERY_DELAY = delay;
    }

    /// @inheritdoc IParticipantRegistry
    function proposeRecovery(ParticipantId participant, address newAccount, bytes calldata consent)
        external
        whenNotPaused
    {
        uint256 proposer = _otherParticipant(participant);
        _participant(participant);
        Pending storage pending = _pending[participant];
        require(pending.newAccount == address(0), RecoveryPending(participant));
        _requireNew(newAccount);
        _requireConsent(participant, newAccount, consent);
        pending.newAccount = newAccount;
        pending.attempt++;
        emit RecoveryProposed(participant, newAccount, proposer.participant());
        _approve(participant, proposer, pending);
    }

    /// @inheritdoc IParticipantRegistry
    function approveRecovery(ParticipantId participant, address newAccount) external whenNotPaused {
        uint256 approver = _otherParticipant(participant);
        Pending storage pending = _requirePending(participant);
        require(pending.newAccount == newAccount, RecoveryOfOtherAccount(participant, pending.newAccount));
        bool isKnown = _approved[participant][pending.attempt][approver.participant()];
        require(!isKnown, RecoveryAlreadyApproved(participant, approver.participant()));
        _approve(participant, approver, pending);
    }

    /// @inheritdoc IParticipantRegistry
    function cancelRecovery(ParticipantId participant) external {
        require(_liveCaller() == participant, NotOwnParticipant(msg.sender, participant));
        _stop(participant);
    }

    /// @inheritdoc IParticipantRegistry
    function rejectRecovery(ParticipantId participant) external restricted {
        _stop(participant);
    }

    /// @inheritdoc IParticipantRegistry
    function executeRecovery(ParticipantId participant) external whenNotPaused {
        Pending storage pending = _requirePending(participant);
        uint40 executableAt = pending.executableAt;
        bool isReady = executableAt != 0 && executableAt <= block.timestamp;
        require(isReady, RecoveryNotReady(participant, executableAt));
        uint256 sound = _soundApprovals(participant, pending.attempt);
        require(sound >= RECOVERY_QUORUM, RecoveryApprovalsVoid(participant, sound));
        address newAccount = pending.newAccount;
        _clear(pending);
        address[] memory lost = _participant(participant).accounts;
        for (uint256 i = 0; i < lost.length; i++) {
            _retire(participant, lost[i]);
        }
        _addAccount(participant, newAccount);
        emit RecoveryExecuted(participant, newAccount);
    }

    /// @inheritdoc IParticipantRegistry
    function recoveryOf(ParticipantId participant) external view returns (Recovery memory) {
        Pending memory p = _pending[participant];
        return Recovery({newAccount: p.newAccount, executableAt: p.executableAt, approvals: p.approvals});
    }

    /// @dev Approvals by accounts that are not reported as compromised from then or earlier.
    function _soundApprovals(ParticipantId participant, uint32 attempt) private view returns (uint256 sound) {
        Approval[] storage approvals = _approvals[participant][attempt];
        for (uint256 i = 0; i < approvals.length; i++) {
            if (_isUncompromised(approvals[i].account, approvals[i].atBlock)) sound++;
        }
    }

    function _approve(ParticipantId participant, uint256 approver, Pending storage pending) private {
        address newAccount = pending.newAccount;
        _approved[participant][pending.attempt][approver.participant()] = true;
        _approvals[participant][pending.attempt].push(
            Approval({account: approver.number(), atBlock: uint40(block.number)})
        );
        pending.approvals++;
        emit RecoveryApproved(participant, newAccount, approver.participant());
        if (pending.approvals == RECOVERY_QUORUM) {
            pending.executableAt = uint40(block.timestamp) + RECOVERY_DELAY;
            emit RecoveryScheduled(participant, newAccount, pending.executableAt);
        }
    }

    function _stop(ParticipantId participant) private {
        Pending storage pending = _requirePending(participant);
        emit RecoveryCancelled(participant, pending.newAccount);
        _clear(pending);
    }

    function _clear(Pending storage pending) private {
        pending.newAccount = address(0);
        pending.executableAt = 0;
        pending.approvals = 0;
    }

    function _requirePending(ParticipantId participant) private view returns (Pending storage pending) {
        pending = _pending[participant];
        require(pending.newAccount != address(0), RecoveryUnknown(participant));
    }

    /// @dev The caller's account, whose participant holds a role and is not the one to be recovered.
    function _otherParticipant(ParticipantId participant) private view returns (uint256 caller) {
        caller = _requireRole(msg.sender, Roles.ALL);
        require(caller.participant() != participant, RecoveryOfSelf(participant));
    }
}
