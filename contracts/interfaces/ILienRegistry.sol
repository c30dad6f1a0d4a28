// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BatchId, BatchNumber, LienId, ParticipantId} from "../types/Ids.sol";

/// @title Claims of banks on shares of invoices, by fingerprint
/// @notice An invoice is named by what the threshold service makes of it, one fingerprint in each epoch. All fingerprints
/// that were said to be one invoice's form a family: its liens stand once, and their live shares never exceed the whole.
/// @dev A fingerprint counts by its low 252 bits. Life of a lien: a bank commits to pledges without showing them; it
/// opens them in a later block, at most COMMIT_WINDOW blocks after, which reserves; once no earlier commitment can be
/// opened any more it may finance.
/// States: None -> Reserved -> Financed; Reserved -> Displaced | Expired; Reserved | Financed -> Released | Annulled.
/// Invariants: live shares of a family <= 10,000; a lien of an earlier commitment, opened in time, is never refused for
/// one of a later commitment; a lien once financed ends by its bank or the regulator only.
/// Calls that banks batch take exactly 1, 10 or 100 items, so that nobody reads volumes off the chain: a bank fills up
/// with pledges of random fingerprints, which nobody but itself can tell from others.
interface ILienRegistry {
    enum State {
        None,
        Reserved,
        Financed,
        Released, // by its bank
        Displaced, // by an earlier commitment
        Expired, // its time was over before it was financed
        Annulled // by the regulator
    }

    /// @dev Why an item was left out; the others of the call go on.
    enum Refusal {
        None,
        ShareTaken, // more than what is free
        FamilyFull, // 16 liens live already, or 255 further fingerprints are linked
        LinkConflict, // two families with live liens were said to be one invoice
        Gone, // no such lien lives: it ended, or never was
        Disputed,
        CollateralLost // its invoice is voided, paid or disputed in the InvoiceRegistry
    }

    enum Verdict {
        Dismissed,
        Upheld
    }

    /// @param fingerprint In the newer open epoch.
    /// @param older Of the same invoice in the older one, mandatory while two are open; zero otherwise.
    /// @param share In basis points of the invoice, 1 to 10,000.
    struct Pledge {
        bytes32 fingerprint;
        bytes32 older;
        uint16 share;
    }

    /// @param fingerprint Any of the family's.
    struct Reference {
        bytes32 fingerprint;
        LienId lien;
    }

    /// @param next Of the same invoice in another epoch.
    struct Migration {
        bytes32 fingerprint;
        LienId lien;
        bytes32 next;
    }

    /// @param parties Softer fingerprint of the invoice that an altered copy shares, by its parties, date and total.
    /// @param digits Another, by the digits of its number.
    struct Hint {
        bytes32 fingerprint;
        LienId lien;
        bytes32 parties;
        bytes32 digits;
    }

    /// @dev The anchored invoice behind a lien, with what its leaf holds, as for {IInvoiceRegistry-isAnchored}.
    struct Link {
        bytes32 fingerprint;
        LienId lien;
        BatchNumber number;
        uint32 index;
        BatchId batch;
        bytes32 commitment;
        address buyer;
        bytes32[] proof;
    }

    /// @param committedAt Block of the commitment: its rank among all.
    /// @param until Last second of the reservation; zero once financed.
    /// @param batch Batch of the invoice behind it; zero when its bank linked none.
    /// @param invoiceStatus What {IInvoiceRegistry-statusOf} says of that invoice now; zero without one.
    struct Lien {
        LienId id;
        ParticipantId bank;
        State state;
        uint16 share;
        uint40 committedAt;
        uint32 until;
        bool disputed;
        BatchId batch;
        uint32 index;
        uint8 invoiceStatus;
    }

    /// @param family The fingerprint under which the liens stand; zero when it was never pledged.
    /// @param reserved Live reserved basis points.
    /// @param financed Financed basis points.
    /// @param live How many liens that are.
    /// @param disputed Whether one of them is.
    /// @param invoiceStatus What is said of the invoices behind them, together.
    struct Exposure {
        bytes32 family;
        uint16 reserved;
        uint16 financed;
        uint8 live;
        bool disputed;
        uint8 invoiceStatus;
    }

    /// @dev `lien` is the word of {LienWords} from now on, so that the events alone rebuild every lien.
    event PledgesCommitted(ParticipantId indexed bank, bytes32 indexed commitment);
    event LienReserved(bytes32 indexed family, uint256 lien);
    event LienFinanced(bytes32 indexed family, uint256 lien);
    event LienReleased(bytes32 indexed family, uint256 lien);
    event LienDisplaced(bytes32 indexed family, uint256 lien);
    /// @dev Noted when another lien takes the place; a reservation ends by its time without anybody's doing.
    event LienExpired(bytes32 indexed family, uint256 lien);
    event CollateralLinked(bytes32 indexed family, uint256 lien);
    /// @dev Looked up by its topics: whoever has an invoice with an equal one is warned.
    event LienHinted(bytes32 indexed family, bytes32 indexed parties, bytes32 indexed digits, LienId lien);
    event LienDisputed(bytes32 indexed family, ParticipantId indexed by, uint256 lien, bytes32 evidenceHash);
    event DisputeResolved(bytes32 indexed family, Verdict indexed verdict, uint256 lien, bytes32 evidenceHash);
    event FingerprintLinked(bytes32 indexed fingerprint, bytes32 indexed family);
    event FingerprintUnlinked(bytes32 indexed fingerprint, bytes32 indexed family, bytes32 evidenceHash);
    /// @dev Evidence: somebody pledged, financed or migrated what it could not. `other` is the older or next fingerprint.
    /// Both by the bits that count: nobody hides a refusal under a spelling of its own.
    event LienRefused(
        bytes32 indexed fingerprint, bytes32 indexed other, LienId indexed lien, uint16 share, Refusal refusal
    );
    event BatchEnrolled(BatchNumber indexed number, BatchId indexed batch, bytes32 root);

    error InvalidLienPolicy(uint40 commitWindow, uint32 reservationTime);
    error BatchSizeForbidden(uint256 length);
    error InvalidPledge(uint256 position);
    error OlderFingerprintMissing(uint256 position);
    error NoEpochOpen();
    error UnknownCommitment(ParticipantId bank, bytes32 commitment);
    error CommitmentTooFresh(bytes32 commitment);
    error CommitmentLapsed(bytes32 commitment, uint256 lastBlock);
    error CommitWindowOpen(LienId lien, uint256 lastBlock);
    error NotLienBank(LienId lien, address caller);
    error UnknownLien(bytes32 fingerprint, LienId lien);
    error LienNotLive(bytes32 fingerprint, LienId lien);
    error CollateralUnproven(BatchNumber number, uint32 index);
    error CollateralAlreadyLinked(LienId lien);
    error CollateralNotAnchored(BatchId batch);
    error DisputeForbidden(LienId lien, address caller);
    error NotDisputed(LienId lien);
    error FingerprintNotLinked(bytes32 fingerprint);

    /// @notice Commits the caller's bank to pledges that it will open with {reserve}. Emits {PledgesCommitted}.
    /// @dev Requires a live account of a BANK. One that is pending already is left as it is; a lapsed one starts anew.
    /// @param commitment As {commitmentOf} derives it; the salt must be drawn at random.
    function commit(bytes32 commitment) external;

    /// @notice Opens a commitment of `bank` and reserves every pledge that fits. Emits {LienReserved} or {LienRefused} for
    /// each, {LienDisplaced} for reservations of later commitments that made room, {FingerprintLinked} where two
    /// fingerprints became one family.
    /// @dev Anybody may send it: the bank acted when it committed. Requires 1, 10 or 100 pledges, an open epoch (two
    /// fingerprints each while two are open), a later block than that of the commitment and at most COMMIT_WINDOW blocks
    /// after it, or after the end of a pause since. Within this time refused pledges may be tried again; the same opening
    /// again is a no-op. Of two commitments in one block, the one opened first stays.
    /// @dev Warning: does not check that a fingerprint belongs to any invoice, nor two to the same.
    function reserve(ParticipantId bank, bytes32 salt, Pledge[] calldata pledges)
        external
        returns (Refusal[] memory refusals);

    /// @notice Turns own reservations into claims that last. Emits {LienFinanced} or {LienRefused} for each.
    /// @dev Requires a live account of the liens' bank, and that the commit window of each is over: from then on no
    /// earlier commitment can be opened. One that is financed already is left as it is.
    function finance(Reference[] calldata liens) external returns (Refusal[] memory refusals);

    /// @notice Gives own liens up. Emits {LienReleased} for each that was live. Works while paused.
    /// @dev Requires a live account of the liens' bank; whatever ended before is left as it is.
    function release(Reference[] calldata liens) external;

    /// @notice Makes further fingerprints of the invoices behind own live liens known, so that they hold in the next
    /// epoch. Emits {FingerprintLinked} or {LienRefused} for each. Requires a live account of the liens' bank.
    /// @dev A fingerprint whose family has no live lien can be linked anew.
    function migrate(Migration[] calldata migrations) external returns (Refusal[] memory refusals);

    /// @notice Posts the softer fingerprints of invoices behind own live liens, so that altered copies are noticed elsewhere.
    /// Emits {LienHinted} for each lien that lives; stores nothing and blocks nobody.
    /// @dev Requires a live account of the liens' bank.
    function hint(Hint[] calldata hints) external;

    /// @notice Gives a batch the short number by which liens point to it. Emits {BatchEnrolled}. A second time is a no-op.
    /// @dev Requires a live account of a BANK, and an anchored batch.
    function enrol(BatchId batch) external returns (BatchNumber number);

    /// @notice Says on which anchored invoices live liens rest: what the source makes of an invoice shows in its lien from
    /// then on. Emits {CollateralLinked} for each. Works while paused. The same again is a no-op; another is refused.
    /// @dev Requires a live account of the liens' bank, enrolled batches and the proofs of the leaves; any number of links.
    /// @dev Warning: does not check that a fingerprint is that invoice's. It ties the fingerprint to a subject and batch
    /// in everybody's sight: the bank decides whether and when.
    function linkCollateral(Link[] calldata links) external;

    /// @notice Marks a live lien as disputed: it cannot be financed, nor does its time run out. Emits {LienDisputed}.
    /// Works while paused.
    /// @dev Requires a live account of any BANK, or of the SOURCE of the linked invoice.
    function dispute(bytes32 fingerprint, LienId lien, bytes32 evidenceHash) external;

    /// @notice Ends a live lien, disputed or not, or dismisses a dispute: a reservation then has its full time again.
    /// Emits {DisputeResolved}. Requires the regulator. Works while paused.
    function resolve(bytes32 fingerprint, LienId lien, Verdict verdict, bytes32 evidenceHash) external;

    /// @notice Takes a wrong fingerprint out of its family. Emits {FingerprintUnlinked}. Requires the regulator.
    /// Works while paused.
    function unlink(bytes32 fingerprint, bytes32 evidenceHash) external;

    /// @notice What is claimed of the invoice with this fingerprint.
    function exposure(bytes32 fingerprint) external view returns (Exposure memory);

    function exposures(bytes32[] calldata fingerprints) external view returns (Exposure[] memory);

    /// @notice One lien, as it is now; state None when there is none such, or another took its place.
    function lienInfo(bytes32 fingerprint, LienId lien) external view returns (Lien memory);

    /// @notice Every lien of the fingerprint's family, by position, ended ones included until another takes the place.
    function liensOf(bytes32 fingerprint) external view returns (Lien[] memory);

    /// @notice The fingerprint under which the liens stand; zero when this one was never pledged.
    function familyOf(bytes32 fingerprint) external view returns (bytes32);

    /// @notice Block of a pending commitment; zero when there is none, or all it held is reserved.
    function committedAt(ParticipantId bank, bytes32 commitment) external view returns (uint40);

    /// @notice Number of an enrolled batch; zero when it is not.
    function numberOf(BatchId batch) external view returns (BatchNumber);

    function commitmentOf(ParticipantId bank, bytes32 salt, Pledge[] calldata pledges) external view returns (bytes32);

    /// @notice Id of the lien that the pledge at `position` of a commitment becomes.
    function lienIdOf(ParticipantId bank, bytes32 commitment, uint256 position) external pure returns (LienId);

    function version() external view returns (string memory);
}
