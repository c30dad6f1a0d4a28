// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IFingerprintEpochs} from "../interfaces/IFingerprintEpochs.sol";
import {IInvoiceRegistry} from "../interfaces/IInvoiceRegistry.sol";
import {ILienRegistry} from "../interfaces/ILienRegistry.sol";
import {IParticipantRegistry} from "../interfaces/IParticipantRegistry.sol";
import {BatchIds} from "../libraries/BatchIds.sol";
import {BatchSizes} from "../libraries/BatchSizes.sol";
import {InvoiceLeaves} from "../libraries/InvoiceLeaves.sol";
import {LienIds} from "../libraries/LienIds.sol";
import {LienWords} from "../libraries/LienWords.sol";
import {BatchId, BatchNumber, LienId, ParticipantId} from "../types/Ids.sol";
import {Roles} from "../types/Roles.sol";
import {VERSION} from "../types/Version.sol";
import {LienReserve} from "./LienReserve.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice The life of liens after their reservation, and what can be asked about them.
contract LienRegistry is LienReserve {
    using BatchIds for BatchId;
    using LienWords for uint256;

    /// @dev Voided, paid or disputed: nothing to finance.
    uint8 private constant LOST = uint8(
        1 << uint8(IInvoiceRegistry.Status.Voided) | 1 << uint8(IInvoiceRegistry.Status.Paid) | 1
            << uint8(IInvoiceRegistry.Status.Disputed)
    );

    mapping(BatchId batch => BatchNumber number) private _batchNumbers;

    constructor(
        address authority,
        IParticipantRegistry participants,
        IInvoiceRegistry invoices,
        IFingerprintEpochs epochs,
        uint40 commitWindow,
        uint32 reservationTime
    ) AccessManaged(authority) {
        require(commitWindow != 0 && reservationTime != 0, InvalidLienPolicy(commitWindow, reservationTime));
        PARTICIPANTS = participants;
        INVOICES = invoices;
        EPOCHS = epochs;
        COMMIT_WINDOW = commitWindow;
        RESERVATION_TIME = reservationTime;
    }

    // --- writes ---

    /// @inheritdoc ILienRegistry
    function finance(Reference[] calldata liens) external whenNotPaused returns (Refusal[] memory refusals) {
        BatchSizes.requirePadded(liens.length);
        ParticipantId bank = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        refusals = new Refusal[](liens.length);
        for (uint256 i = 0; i < liens.length; i++) {
            _requireOwn(liens[i].lien, bank);
            refusals[i] = _finance(liens[i].fingerprint, liens[i].lien);
        }
    }

    /// @inheritdoc ILienRegistry
    function release(Reference[] calldata liens) external {
        BatchSizes.requirePadded(liens.length);
        ParticipantId bank = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        for (uint256 i = 0; i < liens.length; i++) {
            _requireOwn(liens[i].lien, bank);
            (bytes32 family, uint256 word) = _find(liens[i].fingerprint, liens[i].lien);
            if (!word.isLive(block.timestamp)) continue;
            word = word.withState(State.Released);
            _write(family, word);
            emit LienReleased(family, word);
        }
    }

    /// @inheritdoc ILienRegistry
    function hint(Hint[] calldata hints) external whenNotPaused {
        BatchSizes.requirePadded(hints.length);
        ParticipantId bank = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        for (uint256 i = 0; i < hints.length; i++) {
            Hint calldata h = hints[i];
            _requireOwn(h.lien, bank);
            (bytes32 family, uint256 word) = _find(h.fingerprint, h.lien);
            if (word.isLive(block.timestamp)) emit LienHinted(family, h.parties, h.digits, h.lien);
        }
    }

    /// @inheritdoc ILienRegistry
    function enrol(BatchId batch) external whenNotPaused returns (BatchNumber number) {
        PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        number = _batchNumbers[batch];
        if (BatchNumber.unwrap(number) != 0) return number;
        bytes32 root = INVOICES.rootOf(batch);
        require(root != 0, CollateralNotAnchored(batch));
        number = BatchNumber.wrap(++_gate.batchCount);
        _batchNumbers[batch] = number;
        _batches[number] = EnrolledBatch({id: batch, root: root});
        emit BatchEnrolled(number, batch, root);
    }

    /// @inheritdoc ILienRegistry
    function linkCollateral(Link[] calldata links) external {
        ParticipantId bank = PARTICIPANTS.requireRole(msg.sender, Roles.BANK);
        for (uint256 i = 0; i < links.length; i++) {
            _requireOwn(links[i].lien, bank);
            _linkCollateral(links[i]);
        }
    }

    /// @inheritdoc ILienRegistry
    function dispute(bytes32 fingerprint, LienId lien, bytes32 evidenceHash) external {
        ParticipantId by = PARTICIPANTS.requireRole(msg.sender, Roles.BANK | Roles.SOURCE);
        (bytes32 family, uint256 word) = _findLive(fingerprint, lien);
        if (_batches[word.batch()].id.sourceOf() != by) {
            (uint8 roles,) = PARTICIPANTS.rolesOf(by);
            require(roles & Roles.BANK != 0, DisputeForbidden(lien, msg.sender));
        }
        word = word.withDispute(true);
        _write(family, word);
        emit LienDisputed(family, by, word, evidenceHash);
    }

    /// @inheritdoc ILienRegistry
    function resolve(bytes32 fingerprint, LienId lien, Verdict verdict, bytes32 evidenceHash) external restricted {
        (bytes32 family, uint256 word) = _findLive(fingerprint, lien);
        if (verdict == Verdict.Upheld) {
            word = word.withState(State.Annulled);
        } else {
            require(word.isDisputed(), NotDisputed(lien));
            if (word.state() == State.Reserved) word = word.withUntil(block.timestamp + RESERVATION_TIME);
        }
        word = word.withDispute(false);
        _write(family, word);
        emit DisputeResolved(family, verdict, word, evidenceHash);
    }

    /// @inheritdoc ILienRegistry
    function unlink(bytes32 fingerprint, bytes32 evidenceHash) external restricted {
        bytes32 family = _unpoint(_key(fingerprint));
        require(family != 0, FingerprintNotLinked(fingerprint));
        emit FingerprintUnlinked(_key(fingerprint), family, evidenceHash);
    }

    // --- reads ---

    /// @inheritdoc ILienRegistry
    function exposure(bytes32 fingerprint) public view returns (Exposure memory found) {
        (bytes32 family, uint256 head) = _familyOf(fingerprint);
        if (head == 0) return found;
        found.family = family;
        uint256 count = head.count();
        for (uint256 i = 0; i < count; i++) {
            uint256 word = _at(family, head, i);
            if (!word.isLive(block.timestamp)) continue;
            uint16 share = uint16(word.share());
            if (word.state() == State.Financed) found.financed += share;
            else found.reserved += share;
            found.live++;
            found.disputed = found.disputed || word.isDisputed();
            found.invoiceStatus |= _invoiceStatus(word);
        }
    }

    /// @inheritdoc ILienRegistry
    function exposures(bytes32[] calldata fingerprints) external view returns (Exposure[] memory found) {
        found = new Exposure[](fingerprints.length);
        for (uint256 i = 0; i < fingerprints.length; i++) {
            found[i] = exposure(fingerprints[i]);
        }
    }

    /// @inheritdoc ILienRegistry
    function lienInfo(bytes32 fingerprint, LienId lien) external view returns (Lien memory info) {
        (, uint256 word) = _find(fingerprint, lien);
        if (word != 0) info = _unpack(word);
    }

    /// @inheritdoc ILienRegistry
    function liensOf(bytes32 fingerprint) external view returns (Lien[] memory liens) {
        (bytes32 family, uint256 head) = _familyOf(fingerprint);
        liens = new Lien[](head.count());
        for (uint256 i = 0; i < liens.length; i++) {
            liens[i] = _unpack(_at(family, head, i));
        }
    }

    /// @inheritdoc ILienRegistry
    function familyOf(bytes32 fingerprint) external view returns (bytes32) {
        (bytes32 family, uint256 head) = _familyOf(fingerprint);
        return head == 0 ? bytes32(0) : family;
    }

    /// @inheritdoc ILienRegistry
    function numberOf(BatchId batch) external view returns (BatchNumber) {
        return _batchNumbers[batch];
    }

    /// @inheritdoc ILienRegistry
    function version() external pure returns (string memory) {
        return VERSION;
    }

    // --- internal ---

    function _finance(bytes32 fingerprint, LienId lien) private returns (Refusal refusal) {
        (bytes32 family, uint256 word) = _find(fingerprint, lien);
        if (!word.isLive(block.timestamp)) {
            refusal = Refusal.Gone;
        } else if (word.state() == State.Financed) {
            return Refusal.None;
        } else if (word.isDisputed()) {
            refusal = Refusal.Disputed;
        } else if (_invoiceStatus(word) & LOST != 0) {
            refusal = Refusal.CollateralLost;
        } else {
            uint256 last = _lastOpening(word.committedAt());
            require(block.number > last, CommitWindowOpen(lien, last));
            word = word.withState(State.Financed).withUntil(0);
            _write(family, word);
            emit LienFinanced(family, word);
            return Refusal.None;
        }
        emit LienRefused(_key(fingerprint), 0, lien, uint16(word.share()), refusal);
    }

    function _linkCollateral(Link calldata link) private {
        (bytes32 family, uint256 word) = _findLive(link.fingerprint, link.lien);
        BatchNumber number = link.number;
        uint32 index = link.index;
        BatchNumber linked = word.batch();
        if (BatchNumber.unwrap(linked) != 0) {
            bool isSame = BatchNumber.unwrap(linked) == BatchNumber.unwrap(number) && word.index() == index;
            require(isSame, CollateralAlreadyLinked(link.lien));
            return;
        }
        bytes32 root = _batches[number].root;
        bytes32 leaf = InvoiceLeaves.derive(address(INVOICES), link.batch, index, link.commitment, link.buyer);
        // the leaf names its batch: one of another batch is not under this root
        bool isProven = root != 0 && MerkleProof.verifyCalldata(link.proof, root, leaf);
        require(isProven, CollateralUnproven(number, index));
        word = word.withCollateral(number, index);
        _write(family, word);
        emit CollateralLinked(family, word);
    }

    function _unpack(uint256 word) private view returns (Lien memory) {
        State state = word.state();
        if (state == State.Reserved && !word.isLive(block.timestamp)) state = State.Expired;
        return Lien({
            id: word.id(),
            bank: LienIds.bankOf(word.id()),
            state: state,
            share: uint16(word.share()),
            committedAt: uint40(word.committedAt()),
            until: uint32(word.until()),
            disputed: word.isDisputed(),
            batch: _batches[word.batch()].id,
            index: word.index(),
            invoiceStatus: _invoiceStatus(word)
        });
    }

    function _requireOwn(LienId lien, ParticipantId bank) private view {
        require(LienIds.bankOf(lien) == bank, NotLienBank(lien, msg.sender));
    }
}
