"""Ranges that a firm shows: what holds, what is refused before a proof is made, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.store.files import write_private
from trustspace.adapters.store.proof_jobs import write_opened_total
from trustspace.apps.exit_codes import ExitCode
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.batches import Batch, InvoiceStatus
from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record
from trustspace.encoding.commitments import BatchHeader
from trustspace.encoding.hashing import keccak
from trustspace.encoding.statements import scope_of
from trustspace.services.invoice_statements import ProvableBatch
from trustspace.services.registration import draw_openings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.conftest import Command
    from tests.integration.apps.office import Answer, Office
    from trustspace.encoding.provable_invoice import ProvableInvoice

UNKNOWN = "0x" + "77" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeOffice:
    """The office with verifiers of both ranges; the firm has one invoice of 15,000 yuan, and its own total."""

    desk: Office
    command: Command
    folder: Path
    known: ProvableInvoice | None = None

    @property
    def invoice(self) -> Path:
        return self.folder / "invoice.json"

    @property
    def total(self) -> Path:
        return self.folder / "total.json"

    @property
    def sales(self) -> int:
        return sum(self.desk.opened(0).statistics[:12])

    def call(self, *words: object, as_firm: int | None = 0) -> Answer:
        firm = [] if as_firm is None else self.desk.signing(self.desk.kit.actors.subjects[as_firm])
        return self.command("statement", *words, *self.desk.connection, *firm, "--json")

    def show(self, *more: object, low: int = 1_000_000, high: int = 2_000_000, scope: str = "request 1") -> Answer:
        return self.call("invoice", self.invoice, "--low", low, "--high", high, "--scope", scope, *more)

    def show_sales(self, *more: object, low: int | None = None, **options: Any) -> Answer:
        least = max(self.sales - 5_000, 0) if low is None else low
        return self.call("turnover", self.total, "--low", least, "--high", self.sales + 5_000, *more, **options)


@pytest.fixture
def ranges(desk: Office, command: Command, tmp_path: Path) -> RangeOffice:
    source, subject = desk.kit.actors.sources[0], desk.kit.actors.subjects[0].subject
    regulator = [*desk.connection, *desk.signing(desk.kit.actors.regulator), "--json"]
    for circuit in ("invoice_range", "turnover_range"):
        number = command("verifier", "publish", circuit, *regulator).json["verifier"]
        accepted = command("statement", "accept", number, *regulator)
        assert (accepted.code, accepted.json[circuit]) == (ExitCode.OK, number)
    records = [
        Record(Direction.SALE, Invoice("F1", "B", f"N{n}", date(2025, 1, 2), total, 0, total, status=BookStatus.VALID))
        for n, total in enumerate((900_000, 1_500_000, 70))
    ]
    opening = draw_openings({"F1": records}, {"F1": subject}, SystemRandomness(), provable=True)[0]
    source.invoices.anchor(Batch(subject=subject, count=3, nonce=opening.nonce, root=keccak(b"the batch's own root")))
    header = BatchHeader(
        chain_id=desk.kit.client.chain_id, registry=source.invoices.address, source=source.participant,
        subject=subject, count=3, nonce=opening.nonce,
    )  # fmt: skip
    known = ProvableBatch(opening, header).invoice(1)
    write_private(tmp_path / "invoice.json", known.to_bytes())
    write_opened_total(tmp_path / "total.json", desk.opened(0))
    return RangeOffice(desk=desk, command=command, folder=tmp_path, known=known)


def test_invoice__in_the_range__shown_once_in_a_scope_until_one_of_the_batch_is_voided(ranges: RangeOffice) -> None:
    answer = ranges.show("--for", ranges.desk.kit.actors.banks[1].participant)
    assert answer.code == ExitCode.OK, answer.err
    statement = answer.json["statement"]
    assert (answer.json["reason"], answer.json["circuit"]) == ("Ok", "invoice_range")
    assert answer.json["about"] == "0x" + ranges.known.header.batch_id.hex()
    assert "1500000" not in answer.out + answer.err
    again = ranges.show(low=0)
    assert (again.code, statement in again.error["message"]) == (ExitCode.MISUSE, True)
    assert ranges.show(scope="request 2").json["statement"] != statement
    batch = ranges.known.header.batch_id
    ranges.desk.kit.actors.sources[0].invoices.set_status(batch, 2, InvoiceStatus.VOIDED)
    asked = ranges.call("verify", statement, as_firm=None)
    assert (asked.code, asked.json["reason"]) == (ExitCode.NEGATIVE, "PossiblyVoided")


def test_turnover__in_the_range__shown_by_the_firm_until_the_verifier_is_withdrawn(ranges: RangeOffice) -> None:
    answer = ranges.show_sales("--latest", 0, "--earliest", 11)
    assert answer.code == ExitCode.OK, answer.err
    statement = answer.json["statement"]
    assert ranges.call("verify", statement, as_firm=None).json["reason"] == "Ok"
    assert str(ranges.sales) not in answer.out + answer.err
    ranges.desk.kit.actors.regulator.verifiers.withdraw(answer.json["verifier"], keccak(b"defect"))
    assert ranges.call("verify", statement, as_firm=None).json["reason"] == "ProofWithdrawn"
    again = ranges.show_sales("--days", 30)
    assert (again.code, "withdrawn" in again.error["message"]) == (ExitCode.REFUSED, True)


def test_verify__tells_the_range_and_no_to_another_scope_or_receiver(ranges: RangeOffice) -> None:
    bank = ranges.desk.kit.actors.banks[1].participant
    statement = ranges.show("--for", bank).json["statement"]
    asked = ranges.call("verify", statement, "--scope", "request 1", "--for", bank, as_firm=None)
    assert (asked.code, asked.json["differs"]) == (ExitCode.OK, [])
    facts = ("low", "high", "receiver", "source")
    assert [asked.json[fact] for fact in facts] == [1_000_000, 2_000_000, bank, ranges.known.header.source]
    assert asked.json["scope"] == f"0x{scope_of('request 1'):064x}"
    other = ranges.call("verify", statement, "--scope", "request 2", "--for", bank + 1, as_firm=None)
    assert (other.code, other.json["reason"]) == (ExitCode.NEGATIVE, "Ok")
    assert other.json["differs"] == ["scope", "receiver"]
    sales = ranges.show_sales("--latest", 1, low=0).json
    facts = ("subject", "latest_month", "earliest_month", "low", "high", "receiver")
    assert [sales[fact] for fact in facts] == [ranges.desk.opened(0).subject, 1, 11, 0, ranges.sales + 5_000, None]
    asked = ranges.call("verify", sales["statement"], "--for", bank, as_firm=None)
    assert (asked.code, asked.json["differs"]) == (ExitCode.OK, [])
    asked = ranges.call("verify", sales["statement"], "--scope", "request 1", as_firm=None)
    assert (asked.code, asked.json["differs"]) == (ExitCode.NEGATIVE, ["scope"])


def refused(ranges: RangeOffice, answer: Answer, code: ExitCode, error: str, blocks: int) -> None:
    assert (answer.code, answer.error["error"]) == (code, error), answer.err
    assert ranges.desk.kit.node.block_number() == blocks


def test_statements__that_are_false_or_another_firms__refused_and_nothing_sent(ranges: RangeOffice) -> None:
    blocks = ranges.desk.kit.node.block_number()
    false = (ExitCode.NEGATIVE, "FalseStatement", blocks)
    refused(ranges, ranges.show(low=1_600_000), *false)
    refused(ranges, ranges.show(high=1_400_000), *false)
    refused(ranges, ranges.show_sales(low=ranges.sales + 1), *false)
    misuse = (ExitCode.MISUSE, "OutOfRange", blocks)
    refused(ranges, ranges.show(low=2, high=1), *misuse)
    refused(ranges, ranges.show(high=2**64), *misuse)
    refused(ranges, ranges.show_sales("--earliest", 24), *misuse)
    refused(ranges, ranges.show_sales("--latest", 12), *misuse)
    refused(ranges, ranges.show_sales(as_firm=1), ExitCode.MISUSE, "UsageError", blocks)
    total = ranges.desk.opened(0)
    write_opened_total(ranges.total, replace(total, blinding=total.blinding ^ 1))
    refused(ranges, ranges.show_sales(), ExitCode.PROTOCOL, "CommitmentMismatch", blocks)


def test_statements__that_would_not_hold__refused_and_nothing_sent(ranges: RangeOffice) -> None:
    """One invoice of the batch is voided: nobody could tell that it is not the one. So is one behind the statistics."""
    source, desk = ranges.desk.kit.actors.sources[0], ranges.desk
    evidence = source.features.evidence_of(desk.opened(0).subject, desk.opened(0).as_of, source.participant)[0]
    for batch in (ranges.known.header.batch_id, evidence):
        source.invoices.set_status(batch, 0, InvoiceStatus.VOIDED)
    blocks = desk.kit.node.block_number()
    refused(ranges, ranges.show(), ExitCode.NEGATIVE, "FalseStatement", blocks)
    refused(ranges, ranges.show_sales(), ExitCode.NEGATIVE, "FalseStatement", blocks)


def test_files__that_others_may_read_or_are_damaged__refused(ranges: RangeOffice) -> None:
    blocks = ranges.desk.kit.node.block_number()
    for path, show in ((ranges.invoice, ranges.show), (ranges.total, ranges.show_sales)):
        content = path.read_bytes()
        path.chmod(0o640)
        refused(ranges, show(), ExitCode.MISUSE, "InvalidTable", blocks)
        for damaged in (content[:-9], content.replace(b"0x", b"0X", 1).replace(b'"secret":"', b'"secret":"0')):
            write_private(path, damaged)
            error = "InvalidOpening" if path == ranges.invoice else "InvalidTable"
            refused(ranges, show(), ExitCode.MISUSE, error, blocks)


def test_invoice__voided__refused(ranges: RangeOffice) -> None:
    ranges.desk.kit.actors.sources[0].invoices.set_status(ranges.known.header.batch_id, 1, InvoiceStatus.VOIDED)
    refused(ranges, ranges.show(), ExitCode.NEGATIVE, "FalseStatement", ranges.desk.kit.node.block_number())


def test_accept__verifier_of_scores__refused(ranges: RangeOffice) -> None:
    regulator = [*ranges.desk.connection, *ranges.desk.signing(ranges.desk.kit.actors.regulator), "--json"]
    number = ranges.command("verifier", "publish", "score_card", *regulator).json["verifier"]
    answer = ranges.command("statement", "accept", number, *regulator)
    assert (answer.code, answer.error["error"]) == (ExitCode.REFUSED, "ContractRefused")


def test_statements__nothing_accepted_yet__say_who_does(desk: Office, command: Command, tmp_path: Path) -> None:
    write_opened_total(tmp_path / "total.json", desk.opened(0))
    bare = RangeOffice(desk=desk, command=command, folder=tmp_path)
    answer = bare.show_sales()
    assert (answer.code, "the regulator sets one" in answer.error["remedy"]) == (ExitCode.REFUSED, True)
    asked = bare.call("verify", UNKNOWN, as_firm=None)
    assert (asked.code, asked.json["reason"]) == (ExitCode.NEGATIVE, "Unknown")
