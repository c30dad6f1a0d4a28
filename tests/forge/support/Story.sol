// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {ICertificateRegistry} from "../../../contracts/interfaces/ICertificateRegistry.sol";
import {IFeatureRegistry} from "../../../contracts/interfaces/IFeatureRegistry.sol";
import {IInvoiceRegistry} from "../../../contracts/interfaces/IInvoiceRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {AgreementId, BatchId, CertificateId, ModelId, RunId} from "../../../contracts/types/Ids.sol";
import {Purposes} from "../../../contracts/types/Roles.sol";
import {Space} from "./Space.sol";

/// @dev Steps from an agreement to a certificate, each one call; a test tells its story with them.
abstract contract Story is Space {
    uint16 internal constant DAY = 20_370;

    function terms() internal view returns (IAgreementRegistry.Terms memory) {
        return IAgreementRegistry.Terms({
            subject: subject,
            grantee: bankIds[0],
            purposes: Purposes.FEATURES | Purposes.CERTIFICATE,
            scopeHash: keccak256("scope"),
            notBefore: uint40(block.timestamp),
            notAfter: uint40(block.timestamp + 365 days),
            maxUses: 3,
            salt: keccak256("salt")
        });
    }

    function recordAgreement(IAgreementRegistry.Terms memory t) internal returns (AgreementId) {
        bytes32 digest = agreements.digestOf(t);
        return agreements.record(t, signature(SUBJECT_KEY, digest), signature(BANK_KEY, digest));
    }

    function anchorBatch(uint32 count, bytes32 nonce) internal returns (BatchId) {
        vm.prank(source);
        return invoices.anchor(
            IInvoiceRegistry.Batch({subject: subject, count: count, nonce: nonce, root: keccak256("root")})
        );
    }

    function commitFeatures(BatchId batch) internal {
        BatchId[] memory evidence = new BatchId[](1);
        evidence[0] = batch;
        vm.prank(source);
        features.commit(
            IFeatureRegistry.Features({
                subject: subject, asOfDay: DAY, commitment: bytes32(uint256(7)), evidence: evidence
            })
        );
    }

    function banks(uint256 count) internal pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = bank(i);
        }
    }

    function openRun(bytes32 operationId) internal returns (RunId) {
        vm.prank(aggregator);
        return models.openRun(keccak256("plan"), banks(3), 2, operationId);
    }

    function joinAll(RunId run) internal {
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(bank(i));
            models.join(run, keccak256(abi.encode("mask key", i)));
        }
    }

    function playRound(RunId run, uint32 round) internal {
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(bank(i));
            models.commitContribution(run, round, keccak256(abi.encode(run, round, i)));
        }
        fixAndClose(run, round, 7);
    }

    function fixAndClose(RunId run, uint32 round, uint256 survivors) internal {
        vm.prank(aggregator);
        models.fixSurvivors(run, round, survivors);
        vm.prank(aggregator);
        models.closeRound(run, round, keccak256(abi.encode("sum", round)));
    }

    function card(string memory name) internal pure returns (IModelRegistry.ModelCard memory) {
        return IModelRegistry.ModelCard({
            modelHash: keccak256(bytes(name)),
            schemaHash: keccak256("schema"),
            codeHash: keccak256("code"),
            metricsHash: keccak256("metrics"),
            commitment: bytes32(uint256(7))
        });
    }

    function confirm(uint256 by, RunId run, string memory name) internal returns (ModelId) {
        vm.prank(bank(by));
        return models.confirmModel(run, card(name));
    }

    function finalModel(bytes32 operationId) internal returns (ModelId) {
        RunId run = openRun(operationId);
        joinAll(run);
        playRound(run, 1);
        confirm(0, run, "model");
        return confirm(1, run, "model");
    }

    function certificateFor(AgreementId agreement, ModelId model)
        internal
        view
        returns (ICertificateRegistry.Certificate memory)
    {
        return ICertificateRegistry.Certificate({
            agreement: agreement,
            model: model,
            asOfDay: DAY,
            grade: ICertificateRegistry.Grade.B,
            validFrom: uint32(block.timestamp),
            notAfter: uint32(block.timestamp + 90 days)
        });
    }

    /// @dev Endorsements by banks 0 to count - 1.
    function endorse(ICertificateRegistry.Certificate memory c, uint256 count)
        internal
        view
        returns (ICertificateRegistry.Endorsement[] memory list)
    {
        return endorseFrom(c, 0, count);
    }

    /// @dev Endorsements by banks first to end - 1.
    function endorseFrom(ICertificateRegistry.Certificate memory c, uint256 first, uint256 end)
        internal
        view
        returns (ICertificateRegistry.Endorsement[] memory list)
    {
        bytes32 digest = CertificateId.unwrap(certificates.certificateIdOf(c));
        list = new ICertificateRegistry.Endorsement[](end - first);
        for (uint256 i = 0; i < list.length; i++) {
            list[i] = compactSignature(BANK_KEY + first + i, digest);
        }
    }

    /// @dev The packed form, written out again beside the contract's library.
    function termsOf(ICertificateRegistry.Certificate memory c) internal pure returns (uint256) {
        return uint256(c.grade) * 2 ** 248 + uint256(c.asOfDay) * 2 ** 224 + uint256(c.validFrom) * 2 ** 136
            + uint256(c.notAfter) * 2 ** 104;
    }

    function issue(ICertificateRegistry.Certificate memory c) internal returns (CertificateId) {
        return certificates.issue(c, endorse(c, 2));
    }

    function reasonOf(CertificateId id) internal view returns (ICertificateRegistry.Reason reason) {
        (reason,,,) = certificates.verify(id);
    }
}
