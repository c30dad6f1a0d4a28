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

    /// @dev What three parties signed about a round; the round before has the sum of {fixAndClose}.
    function gatheredRound(RunId run, uint32 round)
        internal
        view
        returns (IModelRegistry.GatheredRound memory gathered)
    {
        gathered.round = round;
        gathered.previous = keccak256(abi.encode("sum", round - 1));
        gathered.survivors = 7;
        gathered.tensor = keccak256("tensor");
        gathered.contributions = new IModelRegistry.SignedContribution[](3);
        for (uint256 i = 0; i < 3; i++) {
            bytes32 content = keccak256(abi.encode(run, round, i));
            ICertificateRegistry.Endorsement memory signed =
                compactSignature(BANK_KEY + i, sumMessage(run, round, gathered.tensor, content));
            gathered.contributions[i] =
                IModelRegistry.SignedContribution({contribution: content, r: signed.r, vs: signed.vs});
        }
    }

    /// @dev The digest of a contribution, written out again beside the contract's.
    function sumMessage(RunId run, uint32 round, bytes32 tensor, bytes32 content) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("TrustSpace ModelRegistry"),
                keccak256("1"),
                block.chainid,
                models
            )
        );
        bytes32 kind = keccak256(
            "SumMessage(bytes32 run,uint32 round,uint8 phase,bytes32 tensor,uint64 sequence,bytes32 content)"
        );
        bytes32 message = keccak256(abi.encode(kind, run, round, 2, tensor, 3 * uint256(round) - 2, content));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
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
