"""`trustspace invoice anchor|status`: nothing is lost and nothing doubled, whatever happens in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.apps.dying import ANCHORING
from trustspace.adapters.chain.opening_ledger import ChainOpeningLedger
from trustspace.adapters.invoices.csv_export import read_export, write_export
from trustspace.adapters.invoices.pseudonyms import write_pseudonyms
from trustspace.adapters.store.openings import read_openings
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.region import make_region
from trustspace.domain.batches import InvoiceStatus
from trustspace.encoding.provable_invoice import parse_provable_invoice
from trustspace.errors import FalseStatement
from trustspace.services.invoice_statements import invoice_statement, require_standing

if TYPE_CHECKING:
    from tests.integration.apps.office import Answer, Office

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """A source with an export of its own that nobody anchored yet."""

    desk: Office
    folder: Path

    @property
    def source(self) -> Any:
        return self.desk.kit.actors.sources[1]

    @property
    def export(self) -> Path:
        return self.folder / "export.csv"

    @property
    def openings(self) -> Path:
        return self.folder / "openings.jsonl"

    def write(self, firms: int, rows: int) -> None:
        region = make_region(seed=firms, firms=max(firms, 20), invoices=rows)
        wanted = set(sorted(region.defaulted)[:firms])
        write_export(self.export, [record for record in region.records if record.subject in wanted])
        names = read_export(self.export).by_subject()
        write_pseudonyms(self.folder / "firms.csv", {name: f"0x{i + 1:040x}" for i, name in enumerate(names)})

    def call(self, *changes: object) -> list[str]:
        return [
            "invoice", "anchor", str(self.export), "--subjects", str(self.folder / "firms.csv"),
            "--openings", str(self.openings), *self.desk.connection, *self.desk.signing(self.source), "--json",
            *map(str, changes),
        ]  # fmt: skip

    def events(self) -> list[Any]:
        source = self.source.participant
        return [e for e in self.source.invoices.events("BatchAnchored") if e.arguments["source"] == source]

    def transactions(self) -> int:
        return int(self.desk.kit.node.rpc.call("eth_getTransactionCount", self.source.address, "latest"), 16)

    def require_all_anchored_once(self, answer: Answer) -> None:
        """Every kept opening stands on the chain, under its own root, exactly once."""
        assert answer.code == 0, answer.err
        events = self.events()
        assert Counter(event.arguments["batch"] for event in events).most_common(1)[0][1] == 1
        assert ["0x" + event.arguments["batch"].hex() for event in events] == answer.json["batches"]
        kept = read_openings(self.openings)
        assert [event.arguments["subject"] for event in events] == [opening.subject for opening in kept]
        batches = self.desk.space().invoices.get_many([event.arguments["batch"] for event in events])
        assert [batch.count for batch in batches] == [len(opening.invoices) for opening in kept]


@pytest.fixture
def bureau(desk: Office, tmp_path: Path) -> Bureau:
    bureau = Bureau(desk=desk, folder=tmp_path)
    bureau.write(firms=4, rows=900)
    return bureau


def test_anchor__an_export__every_firm_in_one_batch_and_every_row_counted(bureau: Bureau, command) -> None:
    answer = command(*bureau.call())
    bureau.require_all_anchored_once(answer)
    census = read_export(bureau.export).census
    assert answer.json == {
        "read": census.read,
        "duplicates": census.duplicates,
        "repeated_numbers": census.repeated_numbers,
        "void": census.void,
        "red_letter": census.red_letter,
        "inconsistent": census.inconsistent,
        "anchored": census.read - census.duplicates,
        "batches": answer.json["batches"],
    }
    assert len(answer.json["batches"]) == 4
    assert bureau.openings.stat().st_mode & 0o077 == 0


def test_anchor__for_people__a_table(bureau: Bureau, command) -> None:
    answer = command(*[word for word in bureau.call() if word != "--json"])
    assert answer.code == ExitCode.OK
    assert "red letter" in answer.out


def test_anchor__repeated__same_batches_and_nothing_sent(bureau: Bureau, command) -> None:
    first = command(*bureau.call())
    sent, blocks = bureau.transactions(), bureau.desk.kit.node.block_number()
    assert command(*bureau.call()).json == first.json
    assert (bureau.transactions(), bureau.desk.kit.node.block_number()) == (sent, blocks)
    bureau.require_all_anchored_once(first)


def test_anchor__repeated_on_a_machine_without_the_outbox__nothing_doubled(
    bureau: Bureau, command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(*bureau.call())
    monkeypatch.setenv("TRUSTSPACE_HOME", str(bureau.folder / "another home"))
    bureau.require_all_anchored_once(command(*bureau.call()))


@pytest.mark.parametrize("point", ANCHORING)
def test_anchor__killed_in_the_middle_and_repeated__nothing_lost_nothing_doubled(
    bureau: Bureau, command, point: str
) -> None:
    if point == "second":
        bureau.write(firms=130, rows=2_600)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.integration.apps.dying", point, *bureau.call()],
        cwd=ROOT, env=dict(os.environ), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    salts = read_openings(bureau.openings)
    answer = command(*bureau.call())
    assert read_openings(bureau.openings) == salts
    bureau.require_all_anchored_once(answer)
    assert bureau.transactions() == (2 if point == "second" else 1)


def test_anchor__changed_export_with_the_old_openings__refused_and_nothing_sent(bureau: Bureau, command) -> None:
    command(*bureau.call())
    sent, kept = bureau.transactions(), bureau.openings.read_bytes()
    lines = bureau.export.read_text(encoding="utf-8").splitlines(keepends=True)
    bureau.export.write_text("".join(lines[:-1]), encoding="utf-8")
    answer = command(*bureau.call())
    assert answer.code == ExitCode.PROTOCOL
    assert answer.error["error"] == "CommitmentMismatch"
    assert "another openings file" in answer.error["remedy"]
    assert (bureau.transactions(), bureau.openings.read_bytes()) == (sent, kept)


def test_anchor__other_pseudonyms_with_the_old_openings__refused(bureau: Bureau, command) -> None:
    command(*bureau.call())
    names = read_export(bureau.export).by_subject()
    write_pseudonyms(bureau.folder / "firms.csv", {name: f"0x{i + 100:040x}" for i, name in enumerate(names)})
    assert command(*bureau.call()).code == ExitCode.PROTOCOL


@pytest.mark.parametrize(
    "content",
    [b"", b"subject,direction\n", "企业,销项".encode("gbk"), b"PK\x03\x04", b"\x00" * 100, os.urandom(2_000)],
    ids=["empty", "columns", "gbk", "zip", "zeros", "noise"],
)
def test_anchor__garbage__two_naming_the_file_and_nothing_kept_or_sent(bureau: Bureau, command, content) -> None:
    bureau.export.write_bytes(content)
    answer = command(*bureau.call())
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "InvalidTable")
    assert "export.csv" in answer.error["where"]
    assert not bureau.openings.exists()
    assert bureau.events() == []


def test_anchor__one_bad_row_at_the_end__line_and_field_named_and_nothing_sent(bureau: Bureau, command) -> None:
    text = bureau.export.read_text(encoding="utf-8")
    row = text.splitlines()[-1].split(",")
    row[5] = "1e18"
    bureau.export.write_text(text + ",".join(row) + "\n", encoding="utf-8")
    answer = command(*bureau.call())
    assert answer.code == ExitCode.MISUSE
    assert answer.error["where"] == f"export.csv, line {text.count(chr(10)) + 1}, field net"
    assert not bureau.openings.exists()


def test_anchor__firm_without_pseudonym__two_and_nothing_kept(bureau: Bureau, command) -> None:
    lines = (bureau.folder / "firms.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (bureau.folder / "firms.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    answer = command(*bureau.call())
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "InvalidInvoice")
    assert not bureau.openings.exists()


def test_anchor__damaged_openings__two_naming_the_line(bureau: Bureau, command) -> None:
    command(*bureau.call())
    kept = bureau.openings.read_text()
    bureau.openings.write_text(kept[: len(kept) // 2])
    answer = command(*bureau.call())
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "InvalidTable")
    assert "openings.jsonl, line" in answer.error["where"]


@pytest.mark.parametrize("place", ["folder", "nowhere/openings.jsonl"])
def test_anchor__openings_that_cannot_be_written__two_and_nothing_sent(bureau: Bureau, command, place: str) -> None:
    (bureau.folder / "folder").mkdir()
    answer = command(*bureau.call("--openings", bureau.folder / place))
    assert answer.code == ExitCode.MISUSE
    assert Path(place).parts[0] in answer.error["where"]
    assert bureau.events() == []


def test_anchor__by_a_bank__four(bureau: Bureau, command) -> None:
    answer = command(*bureau.call(*bureau.desk.signing(bureau.desk.kit.actors.banks[0])))
    assert (answer.code, answer.error["error"]) == (ExitCode.REFUSED, "ContractRefused")
    assert bureau.events() == []


def test_anchor__paused__four_and_after_it_the_same_call_does_it(bureau: Bureau, command) -> None:
    actors = bureau.desk.kit.actors
    actors.guardian.invoices.pause()
    assert command(*bureau.call()).code == ExitCode.REFUSED
    actors.regulator.invoices.unpause()
    bureau.require_all_anchored_once(command(*bureau.call()))


def test_anchor__file_that_does_not_exist__two(bureau: Bureau, command) -> None:
    bureau.export.unlink()
    assert command(*bureau.call()).code == ExitCode.MISUSE


# --- status -------------------------------------------------------------------------------------------------------


def status(desk: Office, *what: object) -> list[object]:
    return ["invoice", "status", *what, *desk.connection, "--json"]


def test_status__batch__its_source_count_and_root(desk: Office, command) -> None:
    answer = command(*status(desk, desk.anchored["batches"][0]))
    assert answer.code == ExitCode.OK
    assert answer.json["batch"] == desk.anchored["batches"][0]
    assert answer.json["source"] == desk.kit.actors.sources[0].participant
    assert answer.json["count"] == len(desk.books[desk.firms[0]])
    assert answer.json["voided"] == 0
    assert len(answer.json["root"]) == 66


def test_status__invoice_that_was_voided__says_so_and_its_neighbour_not(desk: Office, command) -> None:
    batch = desk.batch_ids[0]
    desk.kit.actors.sources[0].invoices.set_status(batch, 2, InvoiceStatus.VOIDED)
    assert command(*status(desk, batch.hex(), 2)).json["statuses"] == ["voided"]
    untouched = command(*status(desk, batch.hex(), 1)).json
    assert (untouched["index"], untouched["statuses"], untouched["voided"]) == (1, [], 1)


@pytest.mark.parametrize("index", [-1, 10**6])
def test_status__index_beyond_the_batch__two(desk: Office, command, index: int) -> None:
    answer = command("invoice", "status", *desk.connection, "--json", "--", desk.batch_ids[0].hex(), index)
    assert answer.code == ExitCode.MISUSE
    assert str(len(desk.books[desk.firms[0]])) in answer.error["remedy"]


def test_status__batch_nobody_anchored__two(office: Office, command) -> None:
    answer = command(*status(office, "0x" + "ab" * 32))
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "UsageError")
    assert "not anchored" in answer.error["message"]


def test_provable__anchored_and_handed_over__the_firm_can_state_and_the_chain_agrees(bureau: Bureau, command) -> None:
    bureau.write(firms=2, rows=200)
    assert command(*bureau.call("--provable")).code == ExitCode.OK
    kept = read_openings(bureau.openings)[0]
    index = next(n for n in range(len(kept.invoices)) if any(kept.secrets[31 * n : 31 * n + 31]))
    number, out = kept.invoices[index].number, bureau.folder / "provable.json"
    call = [
        "invoice", "provable", bureau.openings, "--invoice", number, "--subject", kept.subject, "--index", index,
        "--out", out, *bureau.desk.connection, "--json",
    ]  # fmt: skip
    answer = command(*call)
    assert answer.code == ExitCode.OK, answer.err
    assert out.stat().st_mode & 0o077 == 0
    handed = parse_provable_invoice(out.read_bytes(), where=out.name)
    assert "0x" + handed.header.batch_id.hex() == answer.json["batch"]
    space = bureau.desk.space()
    ledger = ChainOpeningLedger(space.invoices, space.participants)
    require_standing(handed, ledger)
    total = kept.invoices[index].total_fen
    statement = invoice_statement(handed, low=total, high=total, scope=1, context=2)
    event = next(event for event in bureau.events() if event.arguments["batch"] == handed.header.batch_id)
    assert statement.public_inputs[0] == int.from_bytes(event.arguments["nonce"], "big")
    bureau.source.invoices.set_status(handed.header.batch_id, index, InvoiceStatus.VOIDED)
    with pytest.raises(FalseStatement, match="voided"):
        require_standing(handed, ledger)


def test_provable__batches_that_are_not__said_before_anything_is_sent(bureau: Bureau, command) -> None:
    bureau.write(firms=2, rows=200)
    command(*bureau.call())
    sent = bureau.transactions()
    answer = command(*bureau.call("--provable"))
    assert (answer.code, bureau.transactions()) == (ExitCode.MISUSE, sent)
    assert "cannot be proven about" in answer.error["message"]
    kept = read_openings(bureau.openings)[0]
    answer = command(
        "invoice", "provable", bureau.openings, "--invoice", kept.invoices[0].number, "--subject", kept.subject,
        "--index", 0, "--out", bureau.folder / "provable.json", *bureau.desk.connection, "--json",
    )  # fmt: skip
    assert answer.code != ExitCode.OK
    assert not (bureau.folder / "provable.json").exists()
