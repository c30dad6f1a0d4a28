// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guarded} from "../access/Guarded.sol";
import {IInvoiceRegistry} from "../interfaces/IInvoiceRegistry.sol";
import {ILienRegistry} from "../interfaces/ILienRegistry.sol";
import {LienIds} from "../libraries/LienIds.sol";
import {LienWords} from "../libraries/LienWords.sol";
import {BatchId, BatchNumber, LienId} from "../types/Ids.sol";

/// @notice Where liens stand: a family's first in the slot of its fingerprint, so that a pledge costs one slot.
abstract contract LienBook is ILienRegistry, Guarded {
    using LienIds for LienId;
    using LienWords for uint256;

    uint256 internal constant MOST_LIENS = 16; // live at once on one invoice; bounds every loop over a family

    struct Gate {
        bool paused; // slot 0, which every write reads
        uint40 resumedAt; // block of the last end of a pause
        uint24 batchCount;
    }

    struct EnrolledBatch {
        BatchId id; // slot 0
        bytes32 root; // slot 1
    }

    IInvoiceRegistry public immutable INVOICES;

    Gate internal _gate;
    mapping(bytes32 fingerprint => uint256 word) internal _words; // see {LienWords}: lien at position 0, or pointer
    mapping(bytes32 family => mapping(uint256 position => uint256 word)) private _further;
    mapping(BatchNumber number => EnrolledBatch) internal _batches;

    // --- families ---

    /// @dev The fingerprint under which the liens of this one stand, with its word there; zero when there is none yet.
    function _familyOf(bytes32 fingerprint) internal view returns (bytes32 family, uint256 head) {
        family = _key(fingerprint);
        head = _words[family];
        if (head.isPointer()) {
            family = head.target();
            head = _words[family]; // never a pointer itself: what has been pointed to stays
        }
    }

    /// @dev Whether this fingerprint can be pointed to another family: nobody's claim hangs on it.
    function _isMovable(bytes32 fingerprint, bytes32 family, uint256 head) internal view returns (bool) {
        bool isTarget = _key(fingerprint) == family && head.pointers() != 0;
        return !isTarget && _live(family, head) == 0;
    }

    /// @dev Nothing points to the fingerprint, so that every pointer is a single hop.
    function _point(bytes32 fingerprint, bytes32 family) internal {
        bytes32 key = _key(fingerprint);
        _unpoint(key);
        uint256 head = _words[family];
        _words[family] = head.withPointers(head.pointers() + 1);
        _words[key] = LienWords.pointerTo(family);
        emit FingerprintLinked(key, family);
    }

    /// @dev Where the fingerprint pointed; zero when it did not.
    function _unpoint(bytes32 key) internal returns (bytes32 family) {
        uint256 word = _words[key];
        if (!word.isPointer()) return 0;
        family = word.target();
        uint256 head = _words[family];
        _words[family] = head.withPointers(head.pointers() - 1);
        delete _words[key];
    }

    function _key(bytes32 fingerprint) internal pure returns (bytes32) {
        return bytes32(uint256(fingerprint) & LienWords.MASK);
    }

    // --- liens ---

    function _at(bytes32 family, uint256 head, uint256 position) internal view returns (uint256) {
        return position == 0 ? head : _further[family][position];
    }

    /// @dev Writes a lien to its position; what stands at position 0 about the family stays.
    function _write(bytes32 family, uint256 word) internal {
        uint256 position = word.position();
        if (position == 0) {
            _words[family] = word.inPlaceOf(_words[family]);
        } else {
            _further[family][position] = word;
        }
    }

    /// @dev The lien's word, zero when it stands nowhere.
    function _find(bytes32 fingerprint, LienId lien) internal view returns (bytes32 family, uint256 word) {
        uint256 head;
        (family, head) = _familyOf(fingerprint);
        uint256 count = head.count();
        for (uint256 i = 0; i < count; i++) {
            word = _at(family, head, i);
            if (word.id() == lien) return (family, word.alone());
        }
        return (family, 0);
    }

    function _findLive(bytes32 fingerprint, LienId lien) internal view returns (bytes32 family, uint256 word) {
        (family, word) = _find(fingerprint, lien);
        require(word != 0, UnknownLien(fingerprint, lien));
        require(word.isLive(block.timestamp), LienNotLive(fingerprint, lien));
    }

    /// @dev Live basis points of a family.
    function _live(bytes32 family, uint256 head) internal view returns (uint256 live) {
        uint256 count = head.count();
        for (uint256 i = 0; i < count; i++) {
            uint256 word = _at(family, head, i);
            if (word.isLive(block.timestamp)) live += word.share();
        }
    }

    /// @dev Statuses that the source or the buyer gave the invoice behind a lien; zero when none is linked.
    function _invoiceStatus(uint256 word) internal view returns (uint8) {
        BatchId batch = _batches[word.batch()].id;
        return BatchId.unwrap(batch) == 0 ? 0 : INVOICES.statusOf(batch, word.index());
    }

    function _isPaused() internal view override returns (bool) {
        return _gate.paused;
    }

    function _setPaused(bool value) internal override {
        _gate.paused = value;
        if (!value) _gate.resumedAt = uint40(block.number);
    }
}
