"""`trustspace invoice open` and `check-opening` over a chain, from the source's openings to a bank's answer."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.apps.exit_codes import ExitCode
from trustspace.domain.batches import InvoiceStatus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Answer, Office
    from trustspace.domain.invoices import Invoice


class Counter:
    """The firm's side of the desk: an invoice of the first firm, and the calls around it."""

    def __init__(self, desk: Office, command: Any, folder: Path) -> None:
        self.desk = desk
        self.command = command
        self.bank, self.other_bank = (actor.participant for actor in desk.kit.actors.banks[:2])
        self.firm = desk.kit.actors.subjects[0]
        kept, self.place = desk.lonely_invoice()
        self.invoice: Invoice = kept.invoices[self.place]
        self.document = folder / "opening.json"

    def open(self, *more: object, signer: Any = None) -> Answer:
        answer: Answer = self.command(
            "invoice", "open", self.desk.openings, "--invoice", self.invoice.number, "--subject", self.firm.subject,
            "--field", "amount,date", "--for", self.bank, "--out", self.document, *self.desk.connection,
            *self.desk.signing(signer or self.firm), "--json", *more,
        )  # fmt: skip
        return answer

    def check(self, *more: object) -> Answer:
        answer: Answer = self.command(
            "invoice", "check-opening", self.document, "--bank", self.bank, *self.desk.connection, "--json", *more
        )
        return answer


@pytest.fixture
def counter(desk: Office, command: Any, tmp_path: Path) -> Counter:
    return Counter(desk, command, tmp_path)


def test_open_and_check__amount_and_date__shown_and_nothing_else(counter: Counter) -> None:
    opened = counter.open()
    assert opened.code == ExitCode.OK, opened.err
    assert opened.json["batch"] == counter.desk.anchored["batches"][0]
    assert stat.S_IMODE(counter.document.stat().st_mode) == 0o600
    answer = counter.check()
    assert (answer.code, answer.json["reason"], answer.json["valid"]) == (ExitCode.OK, "Ok", True)
    assert answer.json["shown"] == {
        "amount": str(counter.invoice.amount_fen), "date": counter.invoice.issue_date.isoformat(),
    }  # fmt: skip
    sent = counter.document.read_text(encoding="utf-8")
    seller, buyer, number, *_ = counter.invoice
    for hidden in (seller, buyer, number, str(counter.invoice.total_fen)):
        assert hidden not in sent
    assert not any(salt in sent for salt in (line["salts"][:64] for line in _lines(counter.desk.openings)))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_open__by_the_source__holds_until_it_is_suspended(counter: Counter) -> None:
    source = counter.desk.kit.actors.sources[0]
    assert counter.open(signer=source).code == ExitCode.OK
    assert counter.check().code == ExitCode.OK
    counter.desk.kit.actors.regulator.participants.suspend(source.participant)
    answer = counter.check()
    assert (answer.code, answer.json["reason"]) == (ExitCode.NEGATIVE, "NotSigned")
    assert answer.json["shown"] == {}


def test_check__at_another_bank__one(counter: Counter) -> None:
    counter.open()
    answer = counter.check("--bank", counter.other_bank)
    assert (answer.code, answer.json["reason"], answer.json["shown"]) == (ExitCode.NEGATIVE, "WrongReceiver", {})


def test_check__invoice_voided_since__one(counter: Counter) -> None:
    counter.open()
    batch = counter.desk.batch_ids[0]
    counter.desk.kit.actors.sources[0].invoices.set_status(batch, counter.place, InvoiceStatus.VOIDED)
    answer = counter.check()
    assert (answer.code, answer.json["reason"], answer.json["statuses"]) == (ExitCode.NEGATIVE, "Voided", ["voided"])


def test_check__after_its_days__one(counter: Counter) -> None:
    counter.open("--days", 1)
    counter.desk.kit.advance(2 * 86_400)  # its clock may lag behind this machine's
    answer = counter.check()
    assert (answer.code, answer.json["reason"]) == (ExitCode.NEGATIVE, "Expired")


def test_check__a_byte_changed__two_or_one_but_never_believed(counter: Counter) -> None:
    counter.open()
    raw = counter.document.read_bytes()
    for place in range(0, len(raw), 97):
        counter.document.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert counter.check().code in {ExitCode.MISUSE, ExitCode.NEGATIVE}, place


def test_open__by_another_firm__two_and_no_file(counter: Counter) -> None:
    answer = counter.open(signer=counter.desk.kit.actors.subjects[1])
    assert (answer.code, answer.error["where"]) == (ExitCode.MISUSE, "signer")
    assert not counter.document.exists()


@pytest.mark.parametrize(
    ("more", "where"),
    [
        (("--invoice", "no-such"), "openings"), (("--field", "price"), "--field"),
        (("--for", 999), "--for"), (("--for", 1), "--for"),
    ],
)  # fmt: skip
def test_open__what_is_not_there__two_saying_what(counter: Counter, more: tuple[object, ...], where: str) -> None:
    answer = counter.open(*more)
    assert (answer.code, answer.error["where"]) == (ExitCode.MISUSE, where)
    assert not counter.document.exists()


def test_open__batch_of_whole_invoices__two_with_what_to_do(counter: Counter, tmp_path: Path) -> None:
    """Such a batch is anchored by `--whole`, stays repeatable, and cannot be opened by field."""
    desk, openings = counter.desk, tmp_path / "whole.jsonl"
    call = [
        "invoice", "anchor", desk.export, "--subjects", desk.subjects, "--openings", openings, *desk.connection,
        *desk.signing(desk.kit.actors.sources[0]), "--json",
    ]  # fmt: skip
    first = counter.command(*call, "--whole")
    assert first.code == ExitCode.OK
    assert {line["scheme"] for line in _lines(openings)} == {"whole"}
    assert counter.command(*call).json["batches"] == first.json["batches"]
    refused = counter.command(
        "invoice", "open", openings, "--invoice", counter.invoice.number, "--subject", counter.firm.subject,
        "--field", "amount", "--for", counter.bank, "--out", tmp_path / "never", *desk.connection,
        *desk.signing(counter.firm), "--json",
    )  # fmt: skip
    assert (refused.code, "--whole" in refused.error["remedy"]) == (ExitCode.MISUSE, True)


def test_anchor__whole_over_openings_by_field__two(counter: Counter) -> None:
    desk = counter.desk
    answer = counter.command(
        "invoice", "anchor", desk.export, "--subjects", desk.subjects, "--openings", desk.openings, "--whole",
        *desk.connection, *desk.signing(desk.kit.actors.sources[0]), "--json",
    )  # fmt: skip
    assert (answer.code, answer.error["where"]) == (ExitCode.MISUSE, "--whole")
