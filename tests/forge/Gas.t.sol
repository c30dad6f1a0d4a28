// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICertificateRegistry} from "../../contracts/interfaces/ICertificateRegistry.sol";
import {IInvoiceRegistry} from "../../contracts/interfaces/IInvoiceRegistry.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {AgreementId, BatchId, CertificateId, ModelId, RunId} from "../../contracts/types/Ids.sol";
import {Purposes} from "../../contracts/types/Roles.sol";
import {Story} from "./support/Story.sol";

/// @dev Every call is a transaction of its own here (isolate), so figures hold the 21,000 and the calldata.
/// They are written to snapshots/, where a change shows up in the diff; the budgets are checked.
/// forge-config: default.isolate = true
contract GasTest is Story {
    AgreementId private agreement;
    ModelId private model;
    BatchId private batch;
    RunId private run;

    function setUp() public {
        setUpSpace();
        agreement = recordAgreement(terms());
        batch = anchorBatch(100_000, keccak256("first"));
        commitFeatures(batch);
        model = finalModel("run");
        run = openRun("second run");
        joinAll(run);
        playRound(run, 1);
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        c.notAfter -= 1;
        issue(c);
        vm.prank(source);
        invoices.setStatus(batch, 1, IInvoiceRegistry.Status.Voided);
        vm.prank(source);
        invoices.setStatus(batch, 2, IInvoiceRegistry.Status.Confirmed);
    }

    function test_anchor() public {
        anchorBatch(100_000, keccak256("second"));
        record("anchor a batch of any size", 60_000);
    }

    function test_setStatus() public {
        vm.prank(source);
        invoices.setStatus(batch, 3, IInvoiceRegistry.Status.Confirmed);
        record("set one invoice's status to confirmed", 50_000);
        vm.prank(source);
        invoices.setStatus(batch, 4, IInvoiceRegistry.Status.Voided);
        record("set one invoice's status to voided", 50_000);
    }

    function test_setStatusMany() public {
        vm.prank(source);
        invoices.setStatusMany(batch, 0, type(uint256).max, IInvoiceRegistry.Status.Voided);
        record("void 256 invoices", 50_000);
    }

    function test_commitContribution() public {
        vm.prank(bank(0));
        models.commitContribution(run, 2, keccak256("masked"));
        record("commit a masked contribution", 31_000);
    }

    function test_gatherRound() public {
        IModelRegistry.GatheredRound memory gathered = gatheredRound(run, 2);
        vm.prank(aggregator);
        models.gatherRound(run, gathered);
        record("a round of 3 parties: sum before, contributions, survivors", 150_000);
    }

    function test_issue() public {
        ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
        ICertificateRegistry.Endorsement[] memory two = endorse(c, 2);
        certificates.issue(c, two);
        record("issue a certificate, 2 signatures", 78_000);
        c.asOfDay++;
        ICertificateRegistry.Endorsement[] memory three = endorse(c, 3);
        certificates.issue(c, three);
        record("issue a certificate, 3 signatures", 86_000);
    }

    function test_endorseAndIssue() public {
        for (uint256 count = 2; count <= 4; count++) {
            ICertificateRegistry.Certificate memory c = certificateFor(agreement, model);
            c.asOfDay += uint16(count);
            ICertificateRegistry.Endorsement[] memory others = endorseFrom(c, 1, count);
            vm.prank(bank(0));
            certificates.endorseAndIssue(c.agreement, c.model, termsOf(c), others);
            string memory name = count == 2 ? "2" : count == 3 ? "3" : "4";
            record(
                string.concat("endorse and issue a certificate, ", name, " endorsements"), 72_000 + 7_700 * (count - 2)
            );
        }
    }

    function test_issueMany() public {
        ICertificateRegistry.Certificate[] memory list = new ICertificateRegistry.Certificate[](100);
        ICertificateRegistry.Endorsement[][] memory endorsements = new ICertificateRegistry.Endorsement[][](100);
        for (uint16 i = 0; i < 100; i++) {
            list[i] = certificateFor(agreement, model);
            list[i].asOfDay = i;
            endorsements[i] = endorse(list[i], 2);
        }
        certificates.issueMany(list, endorsements);
        uint256 gas = vm.lastCallGas().gasTotalUsed / 100;
        vm.snapshotValue("gas", "issue a certificate, 2 endorsements, one of 100", gas);
    }

    function test_use() public {
        vm.prank(bank(0));
        agreements.use(agreement, Purposes.FEATURES, keccak256("first"));
        record("use an agreement, the first time", 65_000);
    }

    function record(string memory name, uint256 budget) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("gas", name, gas);
        check(gas <= budget, name);
    }
}
