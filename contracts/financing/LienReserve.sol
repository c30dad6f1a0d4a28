// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintEpochs} from "../interfaces/IFingerprintEpochs.sol";
import {ILienRegistry} from "../interfaces/ILienRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {BatchSizes} from "../libraries/BatchSizes.sol";
import {LienIds} from "../libraries/LienIds.sol";
import {LienWords} from "../libraries/LienWords.sol";
import {LienId, ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {LienBook} from "./LienBook.sol";

/// @notice From the commitment to the reservation, in the order of the commitments.
abstract contract LienReserve is LienBook {
    using LienWords for uint256;

    IParticipantRegistry public immutable PARTICIPANTS;
    IFingerprintEpochs public immutable EPOCHS;
    uint40 public immutable COMMIT_WINDOW; // blocks
    uint32 public immutable RESERVATION_TIME; // seconds

    mapping(ParticipantId bank => mapping(bytes32 commitment => uint256 blockNumber)) private _commitments;

    /// @dev A commitment that is being opened, and until when its liens shall stand reserved.
    struct Opening {
        ParticipantId bank;
        bytes32 commitment;
        uint256 committedAt;
        uint256 end;
    }

    /// @dev What a family holds besides the lien that wants a place.
    struct Room {
        bool known; // that lien stands there already
        uint256 live; // basis points
        uint256 later; // of these, reserved by later commitments
        uint256 position; // first where nothing lives
    }

    // --- writes ---

    /// @inheritdoc ILienRegistry
    function commit(bytes32 commitment) external whenNotPaused {
        ParticipantId bank = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        uint256 known = _commitments[bank][commitment];
        if (known != 0 && block.number <= _lastOpening(known)) return;
        _commitments[bank][commitment] = block.number;
        emit PledgesCommitted(bank, commitment);
    }

    /// @inheritdoc ILienRegistry
    function reserve(ParticipantId bank, bytes32 salt, Pledge[] calldata pledges)
        external
        whenNotPaused
        returns (Refusal[] memory refusals)
    {
        BatchSizes.requirePadded(pledges.length);
        refusals = new Refusal[](pledges.length);
        Opening memory opening = _opening(bank, LienIds.commitmentOf(address(this), bank, salt, pledges));
        if (opening.committedAt == 0) {
            _requireReserved(opening, pledges);
        } else if (_reserveAll(opening, pledges, refusals)) {
            delete _commitments[bank][opening.commitment];
        }
    }

    /// @inheritdoc ILienRegistry
    function migrate(Migration[] calldata migrations) external whenNotPaused returns (Refusal[] memory refusals) {
        BatchSizes.requirePadded(migrations.length);
        ParticipantId bank = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        refusals = new Refusal[](migrations.length);
        for (uint256 i = 0; i < migrations.length; i++) {
            Migration calldata m = migrations[i];
            require(LienIds.bankOf(m.lien) == bank, NotLienBank(m.lien, msg.sender));
            require(_key(m.next) != 0, InvalidPledge(i));
            refusals[i] = _migrate(m);
        }
    }

    // --- reads ---

    /// @inheritdoc ILienRegistry
    function committedAt(ParticipantId bank, bytes32 commitment) external view returns (uint40) {
        return uint40(_commitments[bank][commitment]);
    }

    /// @inheritdoc ILienRegistry
    function commitmentOf(ParticipantId bank, bytes32 salt, Pledge[] calldata pledges) external view returns (bytes32) {
        return LienIds.commitmentOf(address(this), bank, salt, pledges);
    }

    /// @inheritdoc ILienRegistry
    function lienIdOf(ParticipantId bank, bytes32 commitment, uint256 position) external pure returns (LienId) {
        return LienIds.lienIdOf(bank, commitment, position);
    }

    // --- for the inheriting contract ---

    /// @dev Last block in which a commitment can be opened: blocks under a pause do not count against it.
    function _lastOpening(uint256 committed) internal view returns (uint256) {
        uint256 resumedAt = _gate.resumedAt;
        return (resumedAt > committed ? resumedAt : committed) + COMMIT_WINDOW;
    }

    // --- internal ---

    /// @dev Of a commitment that may be opened now, or of one that is not pending: `committedAt` is zero then.
    function _opening(ParticipantId bank, bytes32 commitment) private view returns (Opening memory opening) {
        uint256 committed = _commitments[bank][commitment];
        (opening.bank, opening.commitment, opening.committedAt) = (bank, commitment, committed);
        if (committed == 0) return opening;
        require(block.number > committed, CommitmentTooFresh(commitment));
        uint256 last = _lastOpening(committed);
        require(block.number <= last, CommitmentLapsed(commitment, last));
        opening.end = block.timestamp + RESERVATION_TIME;
    }

    /// @dev A commitment that is gone was opened: the same opening again is harmless, another one is not.
    function _requireReserved(Opening memory opening, Pledge[] calldata pledges) private view {
        for (uint256 i = 0; i < pledges.length; i++) {
            LienId lien = LienIds.lienIdOf(opening.bank, opening.commitment, i);
            (, uint256 word) = _find(pledges[i].fingerprint, lien);
            require(word != 0, UnknownCommitment(opening.bank, opening.commitment));
        }
    }

    /// @dev Whether every pledge has its place now.
    function _reserveAll(Opening memory opening, Pledge[] calldata pledges, Refusal[] memory refusals)
        private
        returns (bool isComplete)
    {
        isComplete = true;
        uint256 epochs = 0; // how many are open; asked when the first pledge finds a place
        for (uint256 i = 0; i < pledges.length; i++) {
            Pledge calldata pledge = pledges[i];
            _requireSound(pledge, i);
            LienId lien = LienIds.lienIdOf(opening.bank, opening.commitment, i);
            Refusal refusal = _place(pledge, LienWords.reserved(lien, pledge.share, opening.committedAt, opening.end));
            if (refusal == Refusal.None) {
                if (epochs == 0) epochs = _openEpochs();
                require(epochs == 1 || _key(pledge.older) != 0, OlderFingerprintMissing(i));
                continue;
            }
            isComplete = false;
            refusals[i] = refusal;
            emit LienRefused(_key(pledge.fingerprint), _key(pledge.older), lien, pledge.share, refusal);
        }
    }

    function _place(Pledge calldata pledge, uint256 word) private returns (Refusal refusal) {
        bytes32 family = _key(pledge.fingerprint);
        uint256 head = _words[family];
        bytes32 pointing = 0; // the fingerprint that shall point to the family
        if (head.isPointer() || pledge.older != 0) {
            (family, head, pointing, refusal) = _joined(pledge.fingerprint, pledge.older);
            if (refusal != Refusal.None) return refusal;
            if (pointing != 0 && head.pointers() == LienWords.MOST_POINTERS) return Refusal.FamilyFull;
        }
        if (head == 0) {
            _words[family] = word.withCount(1);
            emit LienReserved(family, word);
        } else {
            refusal = _placeBeside(family, head, word);
            if (refusal != Refusal.None) return refusal;
        }
        if (pointing != 0) _point(pointing, family);
    }

    /// @dev The family of two fingerprints said to be one invoice, and which of them must point there yet.
    function _joined(bytes32 fingerprint, bytes32 older)
        private
        view
        returns (bytes32 family, uint256 head, bytes32 pointing, Refusal refusal)
    {
        (family, head) = _familyOf(fingerprint);
        if (_key(older) == 0) return (family, head, 0, Refusal.None);
        (bytes32 elder, uint256 elderHead) = _familyOf(older);
        if (elder == family) return (family, head, 0, Refusal.None);
        if (elderHead == 0) return (family, head, older, Refusal.None);
        if (head == 0 || _isMovable(fingerprint, family, head)) return (elder, elderHead, fingerprint, Refusal.None);
        if (_isMovable(older, elder, elderHead)) return (family, head, older, Refusal.None);
        return (family, head, 0, Refusal.LinkConflict);
    }

    /// @dev Gives the lien a place among others, at the cost of later reservations where it must.
    function _placeBeside(bytes32 family, uint256 head, uint256 word) private returns (Refusal) {
        Room memory room = _roomFor(family, head, word);
        if (room.known) return Refusal.None;
        uint256 wanted = room.live + word.share();
        if (wanted > LienWords.WHOLE + room.later) return Refusal.ShareTaken;
        while (wanted > LienWords.WHOLE) {
            uint256 last = _latest(family, word.committedAt());
            wanted -= last.share();
            if (last.position() < room.position) room.position = last.position();
            last = last.withState(State.Displaced);
            _write(family, last);
            emit LienDisplaced(family, last.alone());
        }
        if (room.position == MOST_LIENS) return Refusal.FamilyFull; // nothing was displaced then
        _settle(family, word.withPosition(room.position));
        return Refusal.None;
    }

    function _settle(bytes32 family, uint256 word) private {
        uint256 head = _words[family];
        uint256 position = word.position();
        if (position == head.count()) {
            _words[family] = head.withCount(position + 1);
        } else {
            uint256 former = _at(family, head, position).alone();
            if (former.state() == State.Reserved) emit LienExpired(family, former.withState(State.Expired));
        }
        _write(family, word);
        emit LienReserved(family, word);
    }

    function _roomFor(bytes32 family, uint256 head, uint256 word) private view returns (Room memory room) {
        uint256 count = head.count();
        room.position = count;
        for (uint256 i = 0; i < count; i++) {
            uint256 other = _at(family, head, i);
            if (other.id() == word.id()) room.known = true;
            if (other.isLive(block.timestamp)) {
                room.live += other.share();
                if (_isLater(other, word.committedAt())) room.later += other.share();
            } else if (room.position == count) {
                room.position = i;
            }
        }
    }

    /// @dev The live reservation of the latest commitment, which must be later than `committed`.
    function _latest(bytes32 family, uint256 committed) private view returns (uint256 latest) {
        uint256 head = _words[family];
        uint256 count = head.count();
        for (uint256 i = 0; i < count; i++) {
            uint256 word = _at(family, head, i);
            if (!_isLater(word, committed)) continue;
            latest = word;
            committed = word.committedAt();
        }
    }

    function _isLater(uint256 word, uint256 committed) private view returns (bool) {
        bool isReserved = word.state() == State.Reserved && word.isLive(block.timestamp);
        return isReserved && word.committedAt() > committed;
    }

    function _migrate(Migration calldata m) private returns (Refusal refusal) {
        (bytes32 family, uint256 word) = _find(m.fingerprint, m.lien);
        (bytes32 other, uint256 head) = _familyOf(m.next);
        if (word == 0 || !word.isLive(block.timestamp)) {
            refusal = Refusal.Gone;
        } else if (other == family) {
            return Refusal.None;
        } else if (head != 0 && !_isMovable(m.next, other, head)) {
            refusal = Refusal.LinkConflict;
        } else if (_words[family].pointers() == LienWords.MOST_POINTERS) {
            refusal = Refusal.FamilyFull;
        } else {
            _point(m.next, family);
            return Refusal.None;
        }
        emit LienRefused(_key(m.fingerprint), _key(m.next), m.lien, uint16(word.share()), refusal);
    }

    function _requireSound(Pledge calldata pledge, uint256 position) private pure {
        bytes32 key = _key(pledge.fingerprint);
        bool isSound = key != 0 && key != _key(pledge.older) && pledge.share != 0 && pledge.share <= LienWords.WHOLE;
        require(isSound, InvalidPledge(position));
    }

    function _openEpochs() private view returns (uint256) {
        (uint32 older, uint32 newer) = EPOCHS.openEpochs();
        require(newer != 0, NoEpochOpen());
        return older == 0 ? 1 : 2;
    }
}
