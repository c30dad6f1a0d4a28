from __future__ import annotations

import sqlite3
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.store.evaluation_book import EMPTY, SqliteEvaluationBook, entry_hash
from trustspace.domain.fingerprints import EvaluationRequest, LogHead
from trustspace.domain.ids import AgreementId, ParticipantId, SubjectId
from trustspace.errors import AuditMismatch, DuplicateMessage, QuotaExceeded

if TYPE_CHECKING:
    from pathlib import Path

BANK = ParticipantId(4)
REQUEST = EvaluationRequest(
    epoch=1,
    seller=SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    agreement=AgreementId(b"a" * 32),
    day=20_700,
    blinded=(b"\2" * 33,) * 3,
    salt=b"s" * 32,
    signature=b"g" * 65,
)


@pytest.fixture
def book(tmp_path: Path) -> SqliteEvaluationBook:
    return SqliteEvaluationBook(tmp_path / "log.sqlite")


def test_enter__chain_of_hashes__recomputed_from_rows(book: SqliteEvaluationBook) -> None:
    assert book.head() == EMPTY
    first = book.enter(REQUEST, b"1" * 32, BANK, quota=10, now=5)
    second = book.enter(replace(REQUEST, blinded=REQUEST.blinded[:1]), b"2" * 32, BANK, quota=10, now=6)
    assert (first.entries, first.evaluations, second.entries, second.evaluations) == (1, 3, 2, 4)
    assert first.head == entry_hash(bytes(32), 1, REQUEST, b"1" * 32, BANK, 5)
    assert second.head == entry_hash(first.head, 2, replace(REQUEST, blinded=REQUEST.blinded[:1]), b"2" * 32, BANK, 6)
    assert book.head() == second


def test_enter__quota__per_bank_seller_and_day(book: SqliteEvaluationBook) -> None:
    book.enter(REQUEST, b"1" * 32, BANK, quota=5, now=5)
    with pytest.raises(QuotaExceeded, match="3 of 5 evaluations of day 20700"):
        book.enter(REQUEST, b"2" * 32, BANK, quota=5, now=5)
    assert book.head().entries == 1
    other = SubjectId("0x5FbDB2315678afecb367f032d93F642f64180aa3")
    book.enter(replace(REQUEST, seller=other), b"3" * 32, BANK, quota=5, now=5)
    book.enter(REQUEST, b"4" * 32, ParticipantId(5), quota=5, now=5)
    book.enter(replace(REQUEST, day=20_701), b"5" * 32, BANK, quota=5, now=5)
    book.enter(replace(REQUEST, blinded=REQUEST.blinded[:2]), b"6" * 32, BANK, quota=5, now=5)


def test_enter__same_request__refused_and_not_counted(book: SqliteEvaluationBook) -> None:
    book.enter(REQUEST, b"1" * 32, BANK, quota=9, now=5)
    with pytest.raises(DuplicateMessage):
        book.enter(REQUEST, b"1" * 32, BANK, quota=9, now=6)
    assert book.head().evaluations == 3


def test_reopened__without_having_been_closed__counts_on(tmp_path: Path) -> None:
    first = SqliteEvaluationBook(tmp_path / "log.sqlite")
    head = first.enter(REQUEST, b"1" * 32, BANK, quota=5, now=5)
    second = SqliteEvaluationBook(tmp_path / "log.sqlite")
    assert second.head() == head
    with pytest.raises(QuotaExceeded):
        second.enter(REQUEST, b"2" * 32, BANK, quota=5, now=5)


def test_enter__many_threads__no_quota_is_exceeded(book: SqliteEvaluationBook) -> None:
    refused = []

    def enter(number: int) -> None:
        try:
            book.enter(REQUEST, number.to_bytes(32, "big"), BANK, quota=30, now=5)
        except QuotaExceeded:
            refused.append(number)

    threads = [Thread(target=enter, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (book.head().entries, len(refused)) == (10, 10)


def test_require_continues__own_anchored_head__passes(book: SqliteEvaluationBook) -> None:
    book.require_continues(EMPTY)
    head = book.enter(REQUEST, b"1" * 32, BANK, quota=9, now=5)
    book.require_continues(head)
    book.enter(REQUEST, b"2" * 32, BANK, quota=9, now=5)
    book.require_continues(head)


def test_require_continues__shorter_or_other_log__refused(book: SqliteEvaluationBook) -> None:
    head = book.enter(REQUEST, b"1" * 32, BANK, quota=9, now=5)
    for anchored in (
        replace(head, entries=2),
        replace(head, evaluations=4),
        replace(head, head=b"x" * 32),
        LogHead(entries=7, evaluations=7, head=b"y" * 32),
    ):
        with pytest.raises(AuditMismatch, match="count from zero again"):
            book.require_continues(anchored)


def test_file__readable_by_its_owner_alone(tmp_path: Path) -> None:
    SqliteEvaluationBook(tmp_path / "log.sqlite").close()
    assert (tmp_path / "log.sqlite").stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "log.sqlite") as database:
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (0,)
