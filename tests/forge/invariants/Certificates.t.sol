// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../../../contracts/interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../../../contracts/interfaces/IFeatureRegistry.sol";
import {IGuarded} from "../../../contracts/interfaces/IGuarded.sol";
import {IInvoiceRegistry} from "../../../contracts/interfaces/IInvoiceRegistry.sol";
import {AgreementId, BatchId, CertificateId, ModelId} from "../../../contracts/types/Ids.sol";
import {Story} from "../support/Story.sol";

/// @dev Does anything that bears on certificates, in any order, and keeps beside it a plain model of what must follow.
contract CertificateLife is Story {
    /// @dev The certificate as issued, and its state by the model.
    struct Known {
        CertificateId id;
        ICertificateRegistry.Certificate terms;
        ICertificateRegistry.State state;
        uint256 agreement;
        uint256 model;
        uint256 topic;
        uint256 banks; // mask of the endorsers
        uint256 issuedBlock;
        bool wasFinal; // once revoked or replaced
    }

    Known[] private known;
    mapping(CertificateId => bool) private isIssued;
    AgreementId[2] private agreementIds;
    ModelId[2] private modelIds;
    BatchId[2] private batches;
    bool[2] private terminated;
    bool[2] private withdrawn;
    bool[2] private voided;
    uint256[4] private compromisedFrom;
    bool[4] private retired;
    uint256 private remembered = type(uint256).max;
    bool private paused;

    constructor() {
        setUpSpace();
        IAgreementRegistry.Terms memory t = terms();
        t.notAfter += 3650 days;
        for (uint256 i = 0; i < 2; i++) {
            t.salt = bytes32(i);
            agreementIds[i] = recordAgreement(t);
            batches[i] = anchorBatch(100, bytes32(i));
            commitTopic(i);
            modelIds[i] = finalModel(bytes32(i));
        }
    }

    // --- what may happen ---

    function issueOne(uint256 seed, uint8 mask, uint16 begins, uint16 lasts, bool bySender) external {
        (uint256 a, uint256 m, uint256 topic) = (seed % 2, seed / 2 % 2, seed / 4 % 3);
        mask = mask & 15;
        ICertificateRegistry.Certificate memory c = certificateFor(agreementIds[a], modelIds[m]);
        c.asOfDay = DAY + uint16(topic); // no source committed to the third
        c.grade = ICertificateRegistry.Grade(1 + seed / 16 % 5);
        c.validFrom += begins;
        c.notAfter = c.validFrom + uint32(lasts) * 400;
        CertificateId id = certificates.certificateIdOf(c);
        bool fits = uint32(lasts) * 400 <= MAX_VALIDITY;
        bool hasGrantee = mask & 1 == 1;
        bool isLegal = !paused && !terminated[a] && !isIssued[id] && fits && areEndorsers(mask) && hasGrantee
            && (!withdrawn[m] || remembered == m);
        bool isDone = send(c, mask, bySender);
        check(isDone == isLegal, "issued exactly when legal");
        if (!isDone) return;
        remembered = m;
        isIssued[id] = true;
        known.push(Known(id, c, ICertificateRegistry.State.Active, a, m, topic, mask, block.number, false));
    }

    /// @dev A certificate once issued is never issued again, whatever became of it.
    function replay(uint256 seed, bool bySender) external {
        if (known.length == 0) return;
        Known storage k = known[seed % known.length];
        check(!send(k.terms, uint8(k.banks), bySender), "a replay is refused");
    }

    function moveOne(uint256 seed, uint8 kind, uint256 by) external {
        if (known.length == 0) return;
        Known storage k = known[seed % known.length];
        by = by % 4;
        bool isEndorser = k.banks >> by & 1 == 1 && isLive(by);
        bool isOpen = k.state == ICertificateRegistry.State.Active || k.state == ICertificateRegistry.State.Suspended;
        kind = kind % 4;
        if (kind == 0) {
            bool isLegal = isEndorser && k.state == ICertificateRegistry.State.Active;
            vm.prank(bank(by));
            check(attempt(address(certificates), abi.encodeCall(certificates.suspend, (k.id))) == isLegal, "suspend");
            if (isLegal) k.state = ICertificateRegistry.State.Suspended;
        } else if (kind == 1) {
            bool isLegal = isEndorser && !paused && k.state == ICertificateRegistry.State.Suspended;
            vm.prank(bank(by));
            check(attempt(address(certificates), abi.encodeCall(certificates.resume, (k.id))) == isLegal, "resume");
            if (isLegal) k.state = ICertificateRegistry.State.Active;
        } else if (kind == 2) {
            if (seed % 5 != 0) return; // final: keep some alive
            vm.prank(bank(by));
            bool isDone = attempt(address(certificates), abi.encodeCall(certificates.revoke, (k.id, "")));
            check(isDone == (isEndorser && isOpen), "revoke");
            if (isDone) (k.state, k.wasFinal) = (ICertificateRegistry.State.Revoked, true);
        } else {
            replaceBy(k, known[seed / 7 % known.length], by, isEndorser && !paused && isOpen);
        }
    }

    function terminate(uint256 a, uint8 rarely) external {
        if (rarely % 16 != 0) return;
        vm.prank(subject);
        bool isDone = attempt(address(agreements), abi.encodeCall(agreements.terminate, (agreementIds[a % 2])));
        check(isDone == !terminated[a % 2], "terminate once");
        terminated[a % 2] = true;
    }

    function withdraw(uint256 m, uint8 rarely) external {
        if (rarely % 16 != 0) return;
        vm.prank(regulator);
        bool isDone = attempt(address(models), abi.encodeCall(models.withdrawModel, (modelIds[m % 2], "")));
        check(isDone == !withdrawn[m % 2], "withdraw once");
        withdrawn[m % 2] = true;
    }

    function voidInvoice(uint256 topic, uint32 index, uint8 rarely) external {
        if (rarely % 16 != 0) return;
        vm.prank(source);
        invoices.setStatus(batches[topic % 2], index % 100, IInvoiceRegistry.Status.Voided);
        voided[topic % 2] = true;
    }

    function compromise(uint256 by, uint16 back, uint8 rarely) external {
        by = by % 4;
        if (rarely % 16 != 0 || compromisedFrom[by] != 0) return;
        uint256 from = block.number - back % 40;
        vm.prank(regulator);
        participants.declareCompromise(bank(by), uint40(from));
        compromisedFrom[by] = from;
    }

    function retire(uint256 by, uint8 rarely) external {
        by = by % 4;
        if (rarely % 16 != 0 || !isLive(by)) return;
        vm.prank(bank(by));
        participants.retireAccount(bank(by));
        retired[by] = true;
    }

    function switchPause(uint8 rarely) external {
        if (!paused && rarely % 8 != 0) return;
        vm.prank(paused ? regulator : guardian);
        if (paused) certificates.unpause();
        else certificates.pause();
        paused = !paused;
    }

    function pass(uint24 time, uint8 blocks) external {
        vm.warp(block.timestamp + time % 20 days);
        vm.roll(block.number + blocks);
    }

    // --- what must hold ---

    function count() external view returns (uint256) {
        return known.length;
    }

    function checkAll() external view {
        for (uint256 i = 0; i < known.length; i++) {
            Known memory k = known[i];
            (ICertificateRegistry.Reason reason, ICertificateRegistry.Grade grade, uint64 asOf,) =
                certificates.verify(k.id);
            check(reason == expected(k), "verify answers as the model");
            check(grade == k.terms.grade && asOf == block.number, "grade and block");
            ICertificateRegistry.Record memory r = certificates.certificateInfo(k.id);
            check(r.state == k.state && r.subject == subject, "state and subject");
            check(r.validFrom == k.terms.validFrom && r.notAfter == k.terms.notAfter, "validity");
            check(AgreementId.unwrap(r.agreement) == AgreementId.unwrap(k.terms.agreement), "agreement");
            check(r.model == k.terms.model && r.issuedBlock == k.issuedBlock, "model and block of issue");
            check(r.asOfDay == k.terms.asOfDay && endorserMask(r.endorsers) == k.banks, "day and endorsers");
            bool isFinal =
                k.state == ICertificateRegistry.State.Revoked || k.state == ICertificateRegistry.State.Replaced;
            check(!k.wasFinal || isFinal, "final stays final");
        }
    }

    function expected(Known memory k) private view returns (ICertificateRegistry.Reason) {
        if (paused) return ICertificateRegistry.Reason.Paused;
        if (k.state == ICertificateRegistry.State.Revoked) return ICertificateRegistry.Reason.Revoked;
        if (k.state == ICertificateRegistry.State.Replaced) return ICertificateRegistry.Reason.Replaced;
        if (k.state == ICertificateRegistry.State.Suspended) return ICertificateRegistry.Reason.Suspended;
        if (block.timestamp < k.terms.validFrom) return ICertificateRegistry.Reason.NotYetValid;
        if (block.timestamp > k.terms.notAfter) return ICertificateRegistry.Reason.Expired;
        for (uint256 i = 0; i < 4; i++) {
            bool isVoid = compromisedFrom[i] != 0 && k.issuedBlock >= compromisedFrom[i];
            if (k.banks >> i & 1 == 1 && isVoid) return ICertificateRegistry.Reason.IssuerKeyCompromised;
        }
        if (withdrawn[k.model]) return ICertificateRegistry.Reason.ModelWithdrawn;
        if (terminated[k.agreement]) return ICertificateRegistry.Reason.AgreementTerminated;
        if (k.topic == 2) return ICertificateRegistry.Reason.FeaturesMissing;
        if (voided[k.topic]) return ICertificateRegistry.Reason.CollateralVoided;
        return ICertificateRegistry.Reason.Ok;
    }

    // --- means ---

    function replaceBy(Known storage k, Known storage successor, uint256 by, bool isAllowed) private {
        bool isFit = successor.state == ICertificateRegistry.State.Active && successor.issuedBlock >= k.issuedBlock
            && CertificateId.unwrap(successor.id) != CertificateId.unwrap(k.id);
        vm.prank(bank(by));
        bool isDone = attempt(address(certificates), abi.encodeCall(certificates.replace, (k.id, successor.id)));
        check(isDone == (isAllowed && isFit), "replace");
        if (isDone) (k.state, k.wasFinal) = (ICertificateRegistry.State.Replaced, true);
    }

    /// @dev Endorsed by the banks of the mask; the first of them sends it itself when `bySender`.
    function send(ICertificateRegistry.Certificate memory c, uint8 mask, bool bySender) private returns (bool) {
        bytes32 digest = CertificateId.unwrap(certificates.certificateIdOf(c));
        ICertificateRegistry.Endorsement[] memory list = new ICertificateRegistry.Endorsement[](4);
        uint256 used = 0;
        uint256 sender = type(uint256).max;
        for (uint256 i = 0; i < 4; i++) {
            if (mask >> i & 1 == 0) continue;
            if (bySender && sender == type(uint256).max) sender = i;
            else list[used++] = compactSignature(BANK_KEY + i, digest);
        }
        ICertificateRegistry.Endorsement[] memory exact = new ICertificateRegistry.Endorsement[](used);
        for (uint256 i = 0; i < used; i++) {
            exact[i] = list[i];
        }
        if (sender == type(uint256).max) {
            return attempt(address(certificates), abi.encodeCall(certificates.issue, (c, exact)));
        }
        vm.prank(bank(sender));
        bytes memory data = abi.encodeCall(certificates.endorseAndIssue, (c.agreement, c.model, termsOf(c), exact));
        return attempt(address(certificates), data);
    }

    function areEndorsers(uint8 mask) private view returns (bool) {
        uint256 number = 0;
        for (uint256 i = 0; i < 4; i++) {
            if (mask >> i & 1 == 0) continue;
            if (!isLive(i)) return false;
            number++;
        }
        return number >= 2;
    }

    function isLive(uint256 i) private view returns (bool) {
        return compromisedFrom[i] == 0 && !retired[i];
    }

    function endorserMask(address[] memory endorsers) private pure returns (uint256 mask) {
        for (uint256 i = 0; i < endorsers.length; i++) {
            for (uint256 j = 0; j < 4; j++) {
                if (endorsers[i] == bank(j)) mask |= 1 << j;
            }
        }
    }

    function attempt(address target, bytes memory data) private returns (bool isDone) {
        (isDone,) = target.call(data);
    }

    function commitTopic(uint256 i) private {
        BatchId[] memory evidence = new BatchId[](1);
        evidence[0] = batches[i];
        vm.prank(source);
        features.commit(IFeatureRegistry.Features(subject, DAY + uint16(i), bytes32(i + 1), evidence));
    }
}

contract CertificatesInvariant {
    CertificateLife private life;

    function setUp() public {
        life = new CertificateLife();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(life);
    }

    /// @dev The actions hold checks of their own: any revert is a failure.
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_verify_answers_as_the_model() external view {
        life.checkAll();
    }
}
