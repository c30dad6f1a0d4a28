"""Anchoring is repeatable: openings are kept first, and whatever is interrupted gives the same batches again."""

from __future__ import annotations

import json
import stat
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.store.openings import read_openings, write_openings
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.disclosure import CommitmentScheme
from trustspace.domain.ids import Address, BatchId, ParticipantId, SubjectId
from trustspace.domain.invoices import BookStatus, Direction, Invoice, Record
from trustspace.encoding.commitments import BatchHeader, commitment
from trustspace.encoding.merkle import verify_proof
from trustspace.encoding.provable_batch import provable_tree
from trustspace.errors import CommitmentMismatch, InvalidInvoice, InvalidTable, OutOfRange
from trustspace.services.registration import Opening, draw_openings, register, require_same_invoices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trustspace.domain.batches import Batch

FIRM = SubjectId("0x00000000000000000000000000000000000000F1")
LOWER = SubjectId("0x00000000000000000000000000000000000000f1")  # with the checksum of EIP-55, as files give it back


class Counter:
    """Predictable stand-in for the operating system's randomness."""

    def __init__(self) -> None:
        self.calls = 0

    def bytes(self, count: int) -> bytes:
        self.calls += 1
        return bytes([self.calls]) * count


class Ledger:
    """Keeps what is anchored; fails once after `fail_after` batches, as a dying process would."""

    chain_id = 31337
    registry = Address("0x00000000000000000000000000000000000000aa")
    participant = ParticipantId(3)

    def __init__(self, fail_after: int | None = None) -> None:
        self.roots: dict[BatchId, bytes] = {}
        self.fail_after = fail_after

    def anchor_many(self, batches: Sequence[Batch]) -> tuple[BatchId, ...]:
        ids = []
        for batch in batches:
            if self.fail_after == len(self.roots):
                self.fail_after = None
                raise ConnectionError
            header = BatchHeader(
                chain_id=self.chain_id, registry=self.registry, source=self.participant,
                subject=batch.subject, count=batch.count, nonce=batch.nonce,
            )  # fmt: skip
            assert self.roots.setdefault(header.batch_id, batch.root) == batch.root
            ids.append(header.batch_id)
        return tuple(ids)


def records(count: int, subject: str = "F1", status: BookStatus = BookStatus.VALID) -> list[Record]:
    return [
        Record(
            direction=Direction.SALE,
            invoice=Invoice(subject, "B1", str(1000 + i), date(2025, 1, 2), 100 + i, 13, 113 + i, status=status),
        )
        for i in range(count)
    ]


def openings_of(firms: int, randomness: Counter) -> tuple[Opening, ...]:
    names = [f"F{i}" for i in range(firms)]
    pseudonyms = {name: SubjectId(f"0x{i + 1:040x}") for i, name in enumerate(names)}
    return draw_openings({name: records(3, name) for name in names}, pseudonyms, randomness)


def test_register__every_subject__gets_a_batch_whose_proofs_hold() -> None:
    ledger, told = Ledger(), []
    openings = openings_of(5, Counter())
    batches = register(openings, ledger, batches_per_call=2, advance=told.append)
    assert set(batches) == set(ledger.roots)
    assert told == [6, 6, 3]
    tree = openings[1].tree(ledger)
    assert tree.root == ledger.roots[batches[1]]
    assert verify_proof(tree.layers[0][2], tree.proof(2), tree.root)


def test_register__interrupted_and_repeated__anchors_each_batch_once(tmp_path: Path) -> None:
    ledger = Ledger(fail_after=3)
    path = tmp_path / "openings.jsonl"
    write_openings(path, openings_of(5, Counter()))
    with pytest.raises(ConnectionError):
        register(read_openings(path), ledger, batches_per_call=2)
    assert len(register(read_openings(path), ledger, batches_per_call=2)) == len(ledger.roots) == 5


def test_register__ledger_of_another_source__is_noticed() -> None:
    class Liar(Ledger):
        def anchor_many(self, batches: Sequence[Batch]) -> tuple[BatchId, ...]:
            return tuple(BatchId(bytes(32)) for _ in batches)

    with pytest.raises(CommitmentMismatch, match="InvoiceRegistry"):
        register(openings_of(1, Counter()), Liar())


def test_draw_openings__same_invoices_twice__share_no_salt_and_no_nonce() -> None:
    randomness = Counter()
    first, second = (draw_openings({"F1": records(2)}, {"F1": FIRM}, randomness)[0] for _ in range(2))
    assert first.nonce != second.nonce
    assert first.salts != second.salts
    assert first.commitment(0) != second.commitment(0)


def test_openings_file__provable__keeps_secrets_though_not_statuses(tmp_path: Path) -> None:
    path = tmp_path / "openings.jsonl"
    books = {"F1": [*records(2), *records(1, status=BookStatus.VOID)]}
    (drawn,) = draw_openings(books, {"F1": LOWER}, SystemRandomness(), provable=True)
    write_openings(path, [drawn])
    (kept,) = read_openings(path)
    assert (kept.secrets, kept.nonce) == (drawn.secrets, drawn.nonce)
    assert provable_tree(kept.invoices, kept.secrets).root.to_bytes(32, "big") == kept.nonce
    line = json.loads(path.read_text())
    for bad in (line["secrets"][2:], 7, None, "zz"):
        path.write_text(json.dumps(line | {"secrets": bad}))
        with pytest.raises(InvalidTable, match="line 1"):
            read_openings(path)


def test_draw_openings__subject_without_pseudonym__is_named() -> None:
    with pytest.raises(InvalidInvoice, match="'F1'"):
        draw_openings({"F1": records(1)}, {}, Counter())


def test_openings_file__is_private_and_round_trips(tmp_path: Path) -> None:
    path = tmp_path / "openings.jsonl"
    kept = openings_of(2, Counter())
    write_openings(path, kept)
    assert read_openings(path) == kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("scheme", list(CommitmentScheme))
def test_openings_file__each_scheme__comes_back(tmp_path: Path, scheme: CommitmentScheme) -> None:
    path = tmp_path / "openings.jsonl"
    kept = draw_openings({"F1": records(2)}, {"F1": LOWER}, Counter(), scheme=scheme)
    write_openings(path, kept)
    assert read_openings(path) == kept
    assert kept[0].commitment(1) == commitment(kept[0].invoices[1], kept[0].salt(1), scheme)


def test_openings_file__line_without_a_scheme__is_of_whole_invoices(tmp_path: Path) -> None:
    path = tmp_path / "openings.jsonl"
    kept = draw_openings({"F1": records(2)}, {"F1": LOWER}, Counter(), scheme=CommitmentScheme.WHOLE)
    write_openings(path, kept)
    path.write_text(path.read_text().replace('"scheme": "whole", ', ""))
    assert "scheme" not in path.read_text()
    assert read_openings(path) == kept


def test_batches__of_two_schemes__have_other_roots() -> None:
    ledger = Ledger()
    whole, fields = (
        draw_openings({"F1": records(2)}, {"F1": FIRM}, Counter(), scheme=scheme)[0] for scheme in CommitmentScheme
    )
    assert whole.header(ledger) == fields.header(ledger)
    assert whole.batch(ledger).root != fields.batch(ledger).root


@pytest.mark.parametrize(
    "damage", ["", "{}", "[1]", '{"subject": "0x00", "nonce": "zz", "salts": "", "invoices": []}', "\x00"]
)
def test_openings_file__damaged_line__is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "openings.jsonl"
    write_openings(path, openings_of(1, Counter()))
    path.write_text(path.read_text() + damage + "\n")
    with pytest.raises(InvalidTable, match=r"openings\.jsonl, line 2"):
        read_openings(path)


def test_require_same_invoices__void_later__is_still_the_same() -> None:
    kept = draw_openings({"F1": records(2)}, {"F1": FIRM}, Counter())
    require_same_invoices(kept, {"F1": records(2, status=BookStatus.VOID)}, {"F1": FIRM})


def test_require_same_invoices__changed_export__is_refused() -> None:
    kept = draw_openings({"F1": records(2)}, {"F1": FIRM}, Counter())
    with pytest.raises(CommitmentMismatch, match=FIRM):
        require_same_invoices(kept, {"F1": records(3)}, {"F1": FIRM})


def test_commitment__index_beyond_the_batch__is_refused() -> None:
    opening = draw_openings({"F1": records(2)}, {"F1": FIRM}, Counter())[0]
    with pytest.raises(OutOfRange, match="index 2"):
        opening.commitment(2)


def test_opening__repr__shows_nothing_that_opens_it() -> None:
    (opening,) = openings_of(1, Counter())
    shown = repr(opening)
    assert str(opening.subject) in shown
    for secret in (opening.salts, opening.nonce, opening.invoices, opening.invoices[0].number):
        assert str(secret) not in shown
    assert "salts" not in shown


@pytest.mark.parametrize(
    "change",
    [
        {"subject": 7},
        {"subject": None},
        {"subject": "F1"},
        {"subject": "0x" + "1" * 39},
        {"nonce": "00"},
        {"nonce": "00" * 33},
        {"salts": "00"},
        {"salts": "00" * 32 * 2},
        {"salts": "00" * 32 * 4},
        {"invoices": []},
        {"invoices": "00"},
        {"invoices": {}},
        {"scheme": "both"},
        {"scheme": None},
    ],
)
def test_openings_file__field_of_another_type_or_length__line_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "openings.jsonl"
    write_openings(path, openings_of(2, Counter()))
    first, second = path.read_text().splitlines()
    path.write_text(first + "\n" + json.dumps(json.loads(second) | change) + "\n")
    with pytest.raises(InvalidTable, match=r"openings\.jsonl, line 2"):
        read_openings(path)
