// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILienRegistry} from "../../../contracts/interfaces/ILienRegistry.sol";
import {LienId} from "../../../contracts/types/Ids.sol";
import {Pledging} from "../support/Pledging.sol";

/// @dev Banks pledge few invoices over and over, in two epochs, truthfully; the model keeps every lien in a plain list
/// and decides by searching through all of them.
contract LienLife is Pledging {
    uint256 private constant INVOICES = 3;
    uint256 private constant MOST = 400; // liens in the model

    struct Claim {
        uint256 invoice;
        uint256 bank;
        LienId id;
        uint256 share;
        uint256 committedAt;
        uint256 until;
        ILienRegistry.State state;
        bool disputed;
    }

    struct Pending {
        uint256 invoice;
        uint256 bank;
        uint16 share;
        bytes32 salt;
        uint256 committedAt;
        bool both;
    }

    Claim[] private claims;
    Pending[] private pending;
    bool[INVOICES] private inOld; // under which fingerprints the contract knows the invoice
    bool[INVOICES] private inNew;
    bool[INVOICES] private linked; // and whether as one
    uint256 private salts;
    bool private overlap;
    bool private closed; // the old epoch
    uint256 public placed;
    uint256 public refused;
    uint256 public displaced;

    constructor() {
        setUpSpace();
    }

    // --- actions ---

    function commitOne(uint8 by, uint8 invoice, uint16 share) external {
        if (claims.length >= MOST) return;
        Pending memory p = Pending({
            invoice: invoice % INVOICES,
            bank: by % BANKS,
            share: 1 + share % (share % 3 == 0 ? 10_000 : 4_000),
            salt: bytes32(++salts),
            committedAt: block.number,
            both: overlap
        });
        pending.push(p);
        commit(p.bank, p.salt, pledge(p));
    }

    function openOne(uint8 which) external {
        if (pending.length == 0) return;
        uint256 at = which % pending.length;
        Pending memory p = pending[at];
        (bool isDone, bytes memory answer) =
            address(liens).call(abi.encodeCall(liens.reserve, (bankIds[p.bank], p.salt, pledge(p))));
        bool isTimely = block.number > p.committedAt && block.number <= p.committedAt + COMMIT_WINDOW;
        bool fits = isTimely && room(p) >= p.share;
        // a pledge of one fingerprint only is not enough once a second epoch opened
        check(isDone == (isTimely && !(fits && overlap && !p.both)), "opened exactly when timely and complete");
        if (!isDone) {
            if (block.number > p.committedAt + COMMIT_WINDOW) drop(at);
            return;
        }
        ILienRegistry.Refusal refusal = abi.decode(answer, (ILienRegistry.Refusal[]))[0];
        check((refusal == ILienRegistry.Refusal.None) == fits, "placed exactly when it fits");
        if (!fits) {
            refused++;
            return;
        }
        place(p);
        drop(at);
    }

    function financeOne(uint8 which, bool byOther) external {
        if (claims.length == 0) return;
        Claim storage c = claims[which % claims.length];
        uint256 by = byOther ? (c.bank + 1) % BANKS : c.bank;
        vm.prank(bank(by));
        (bool isDone, bytes memory answer) =
            address(liens).call(abi.encodeCall(liens.finance, (refer(nameOf(c.invoice), c.id))));
        bool isFree = c.state == ILienRegistry.State.Reserved && isLive(c) && !c.disputed;
        bool isEarly = isFree && block.number <= c.committedAt + COMMIT_WINDOW;
        check(isDone == (!byOther && !isEarly), "answered exactly when own and late enough");
        if (!isDone) return;
        bool isFinanced = abi.decode(answer, (ILienRegistry.Refusal[]))[0] == ILienRegistry.Refusal.None;
        check(isFinanced == (isFree || c.state == ILienRegistry.State.Financed), "financed exactly when free to");
        if (isFree) c.state = ILienRegistry.State.Financed;
    }

    function releaseOne(uint8 which) external {
        if (claims.length == 0) return;
        Claim storage c = claims[which % claims.length];
        release(c.bank, nameOf(c.invoice), c.id);
        if (isLive(c)) c.state = ILienRegistry.State.Released;
    }

    function disputeOne(uint8 which, uint8 by, bool resolved, bool upheld) external {
        if (claims.length == 0) return;
        Claim storage c = claims[which % claims.length];
        if (!isLive(c)) return;
        vm.prank(bank(by % BANKS));
        liens.dispute(nameOf(c.invoice), c.id, "evidence");
        c.disputed = true;
        if (!resolved) return;
        resolve(nameOf(c.invoice), c.id, upheld ? ILienRegistry.Verdict.Upheld : ILienRegistry.Verdict.Dismissed);
        c.disputed = false;
        if (upheld) c.state = ILienRegistry.State.Annulled;
        else if (c.state == ILienRegistry.State.Reserved) c.until = block.timestamp + RESERVATION_TIME;
    }

    function pass(uint8 blocks, uint24 time) external {
        vm.roll(block.number + blocks % (COMMIT_WINDOW + 2));
        vm.warp(block.timestamp + time % (RESERVATION_TIME / 2));
    }

    /// @dev The second epoch opens; the first closes once every live lien is known in the second.
    function turn(bool toClose) external {
        if (!overlap && !closed) {
            overlap = true;
            epochs.set(1, 2);
        } else if (overlap && toClose) {
            for (uint256 i = 0; i < claims.length; i++) {
                Claim storage c = claims[i];
                if (!isLive(c) || inNew[c.invoice]) continue;
                ILienRegistry.Refusal refusal = migrate(c.bank, nameOf(c.invoice), c.id, newOf(c.invoice));
                check(refusal == ILienRegistry.Refusal.None, "migrated");
                (inNew[c.invoice], linked[c.invoice]) = (true, true);
            }
            for (uint256 i = 0; i < pending.length; i++) {
                if (!pending[i].both) pending[i].committedAt = 0; // of the old epoch alone: its bank lets it lapse
            }
            (overlap, closed) = (false, true);
            epochs.set(0, 2);
        }
    }

    // --- checks ---

    function checkAll() external view {
        for (uint256 i = 0; i < INVOICES; i++) {
            uint256[2] memory sums; // reserved, financed
            uint256 live = 0;
            for (uint256 j = 0; j < claims.length; j++) {
                Claim storage c = claims[j];
                if (c.invoice != i) continue;
                checkClaim(c);
                if (!isLive(c)) continue;
                sums[c.state == ILienRegistry.State.Financed ? 1 : 0] += c.share;
                live++;
            }
            check(sums[0] + sums[1] <= 10_000, "never more than the whole");
            checkExposure(newOf(i), inNew[i], sums, live);
            // never linked, so nothing lived when its epoch closed
            if (closed && !linked[i]) (sums, live) = ([uint256(0), 0], 0);
            checkExposure(oldOf(i), inOld[i], sums, live);
        }
    }

    function checkClaim(Claim storage c) private view {
        ILienRegistry.Lien memory lien = liens.lienInfo(nameOf(c.invoice), c.id);
        if (lien.state == ILienRegistry.State.None) {
            check(!isLive(c), "no live lien is lost");
            return;
        }
        bool isOver = c.state == ILienRegistry.State.Reserved && !isLive(c);
        check(lien.state == (isOver ? ILienRegistry.State.Expired : c.state), "state as the model");
        check(lien.share == c.share && lien.bank == bankIds[c.bank] && lien.committedAt == c.committedAt, "as pledged");
        check(lien.disputed == c.disputed, "disputed as the model");
    }

    function checkExposure(bytes32 fingerprint, bool isKnown, uint256[2] memory sums, uint256 live) private view {
        ILienRegistry.Exposure memory found = liens.exposure(fingerprint);
        check((found.family != 0) == isKnown, "known as the model");
        if (!isKnown) return;
        check(found.reserved == sums[0] && found.financed == sums[1] && found.live == live, "exposure as the model");
    }

    // --- model ---

    function place(Pending memory p) private {
        while (free(p.invoice) < p.share) {
            uint256 latest = type(uint256).max;
            for (uint256 i = 0; i < claims.length; i++) {
                if (!isLater(claims[i], p)) continue;
                if (latest == type(uint256).max || claims[i].committedAt > claims[latest].committedAt) latest = i;
            }
            Claim storage gone = claims[latestOf(latest)];
            gone.state = ILienRegistry.State.Displaced;
            displaced++;
        }
        if (p.both || !closed) inOld[p.invoice] = true;
        if (p.both || closed) inNew[p.invoice] = true;
        if (p.both) linked[p.invoice] = true;
        bytes32 hash = liens.commitmentOf(bankIds[p.bank], p.salt, pledge(p));
        claims.push(
            Claim({
                invoice: p.invoice,
                bank: p.bank,
                id: liens.lienIdOf(bankIds[p.bank], hash, 0),
                share: p.share,
                committedAt: p.committedAt,
                until: block.timestamp + RESERVATION_TIME,
                state: ILienRegistry.State.Reserved,
                disputed: false
            })
        );
        placed++;
    }

    /// @dev Of several of the same block the one that the contract displaced.
    function latestOf(uint256 candidate) private view returns (uint256) {
        Claim storage c = claims[candidate];
        for (uint256 i = 0; i < claims.length; i++) {
            Claim storage other = claims[i];
            bool isEqual = other.invoice == c.invoice && other.committedAt == c.committedAt
                && other.state == ILienRegistry.State.Reserved && isLive(other);
            if (!isEqual) continue;
            ILienRegistry.State state = liens.lienInfo(nameOf(other.invoice), other.id).state;
            if (state == ILienRegistry.State.Displaced || state == ILienRegistry.State.None) return i;
        }
        return candidate;
    }

    /// @dev What the pledge can have: what is free, and what later commitments reserved. Nothing without a place.
    function room(Pending memory p) private view returns (uint256 share) {
        share = free(p.invoice);
        uint256 live = 0;
        for (uint256 i = 0; i < claims.length; i++) {
            Claim storage c = claims[i];
            if (c.invoice == p.invoice && isLive(c)) live++;
        }
        if (live == 16 && share >= p.share) return 0;
        for (uint256 i = 0; i < claims.length; i++) {
            if (isLater(claims[i], p)) share += claims[i].share;
        }
    }

    function free(uint256 invoice) private view returns (uint256 share) {
        share = 10_000;
        for (uint256 i = 0; i < claims.length; i++) {
            if (claims[i].invoice == invoice && isLive(claims[i])) share -= claims[i].share;
        }
    }

    function isLater(Claim storage c, Pending memory p) private view returns (bool) {
        bool isReserved = c.state == ILienRegistry.State.Reserved && isLive(c);
        return c.invoice == p.invoice && isReserved && c.committedAt > p.committedAt;
    }

    function isLive(Claim storage c) private view returns (bool) {
        if (c.state == ILienRegistry.State.Financed) return true;
        return c.state == ILienRegistry.State.Reserved && (c.disputed || block.timestamp <= c.until);
    }

    function drop(uint256 at) private {
        pending[at] = pending[pending.length - 1];
        pending.pop();
    }

    function pledge(Pending memory p) private view returns (ILienRegistry.Pledge[] memory) {
        if (p.both) return pledgeOf(newOf(p.invoice), oldOf(p.invoice), p.share);
        return pledgeOf(closed ? newOf(p.invoice) : oldOf(p.invoice), p.share);
    }

    /// @dev A fingerprint under which the contract knows the invoice.
    function nameOf(uint256 invoice) private view returns (bytes32) {
        return inNew[invoice] ? newOf(invoice) : oldOf(invoice);
    }

    function oldOf(uint256 invoice) private pure returns (bytes32) {
        return keccak256(abi.encode("old", invoice));
    }

    function newOf(uint256 invoice) private pure returns (bytes32) {
        return keccak256(abi.encode("new", invoice));
    }
}

contract LiensInvariant {
    LienLife private life;

    function setUp() public {
        life = new LienLife();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(life);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0].addr = address(life);
        list[0].selectors = new bytes4[](9);
        list[0].selectors[0] = LienLife.commitOne.selector;
        list[0].selectors[1] = LienLife.openOne.selector;
        list[0].selectors[2] = LienLife.financeOne.selector;
        list[0].selectors[3] = LienLife.releaseOne.selector;
        list[0].selectors[4] = LienLife.disputeOne.selector;
        list[0].selectors[5] = LienLife.pass.selector;
        list[0].selectors[6] = LienLife.turn.selector;
        list[0].selectors[7] = LienLife.commitOne.selector;
        list[0].selectors[8] = LienLife.openOne.selector;
    }

    /// @dev The actions hold checks of their own: any revert is a failure.
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_liens_as_the_model_and_never_more_than_the_whole() external view {
        life.checkAll();
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }
}
