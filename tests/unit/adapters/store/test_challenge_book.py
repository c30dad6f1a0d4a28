"""A bank's challenges on disk: each counts once, whoever asks at the same time, and whatever crashes in between."""

from __future__ import annotations

import stat
from contextlib import closing
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.unit.services.credentials import AUDIENCE, BANK, NOW, Drawn, Ledger, issued, presented
from trustspace.adapters.store.challenge_book import SqliteChallengeBook
from trustspace.domain.credentials import ChallengeState, CredentialReason
from trustspace.errors import ChainUnreachable, InvalidSettings
from trustspace.services.credential_desk import CredentialDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustspace.domain.credentials import CertificateStanding
    from trustspace.domain.ids import Address, CertificateId

CHALLENGE = "a challenge of this morning"


class Clock:
    time = NOW

    def now(self) -> int:
        return self.time


class Unreachable(Ledger):
    def standing(self, certificate: CertificateId, issuer: Address) -> CertificateStanding:
        raise ChainUnreachable("no answer", where=f"{issuer}, 0x{certificate.hex()}")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqliteChallengeBook]:
    with closing(SqliteChallengeBook(tmp_path / "book")) as kept:
        yield kept


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(book: SqliteChallengeBook, clock: Clock) -> CredentialDesk:
    return CredentialDesk(Ledger(), Drawn(), clock, book)


def test_book__challenge_kept__open_until_its_time_and_spent_once(book: SqliteChallengeBook, tmp_path: Path) -> None:
    assert book.state(CHALLENGE, now=0) is ChallengeState.STRANGE
    assert not book.spend(CHALLENGE)
    book.keep(CHALLENGE, until=NOW)
    assert book.state(CHALLENGE, now=NOW) is ChallengeState.OPEN
    assert book.state(CHALLENGE, now=NOW + 1) is ChallengeState.EXPIRED
    assert book.spend(CHALLENGE)
    assert not book.spend(CHALLENGE)
    with closing(SqliteChallengeBook(tmp_path / "book")) as again:
        assert again.state(CHALLENGE, now=NOW + 1) is ChallengeState.SPENT
    assert stat.S_IMODE((tmp_path / "book").stat().st_mode) == 0o600


def test_book__spent_by_many_at_once__one_wins(tmp_path: Path) -> None:
    won: list[bool] = []

    def spend() -> None:
        with closing(SqliteChallengeBook(tmp_path / "book")) as mine:
            won.append(mine.spend(CHALLENGE))

    with closing(SqliteChallengeBook(tmp_path / "book")) as book:
        book.keep(CHALLENGE, until=NOW)
    threads = [Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_book__another_kind_of_file__refused(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("no database " * 100)
    with pytest.raises(InvalidSettings, match="no book"):
        SqliteChallengeBook(tmp_path / "book")


def test_desk__the_same_presentation_twice__counts_once(desk: CredentialDesk) -> None:
    challenge = desk.challenge()
    first, second = presented(challenge=challenge), presented(challenge=challenge, now=NOW - 1)
    assert desk.verify(first, audience=AUDIENCE, challenge=challenge).valid
    for again in (first, second):
        verdict = desk.verify(again, audience=AUDIENCE, challenge=challenge)
        assert (verdict.reason, verdict.shown) == (CredentialReason.CHALLENGE_SPENT, None)


def test_desk__challenge_left_too_long__expired(desk: CredentialDesk, clock: Clock) -> None:
    challenge = desk.challenge(seconds=60)
    clock.time = NOW + 61
    late = presented(challenge=challenge, now=clock.time)
    assert desk.verify(late, audience=AUDIENCE, challenge=challenge).reason is CredentialReason.CHALLENGE_EXPIRED


def test_desk__nonsense_sent_first__does_not_spend_the_challenge(desk: CredentialDesk) -> None:
    challenge = desk.challenge()
    for sent in ("nonsense", issued(), presented()):
        assert not desk.verify(sent, audience=AUDIENCE, challenge=challenge).valid
    assert desk.verify(presented(challenge=challenge), audience=AUDIENCE, challenge=challenge).valid


def test_desk__node_away__challenge_stays_open(book: SqliteChallengeBook, clock: Clock, desk: CredentialDesk) -> None:
    challenge = desk.challenge()
    shown = presented(challenge=challenge)
    with pytest.raises(ChainUnreachable):
        CredentialDesk(Unreachable(), Drawn(), clock, book).verify(shown, audience=AUDIENCE, challenge=challenge)
    assert desk.verify(shown, audience=AUDIENCE, challenge=challenge).valid


def test_desk__somebody_else_answered_meanwhile__spent(
    desk: CredentialDesk, book: SqliteChallengeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = desk.challenge()
    monkeypatch.setattr(book, "spend", lambda _challenge: False)
    verdict = desk.verify(presented(challenge=challenge), audience=AUDIENCE, challenge=challenge)
    assert (verdict.reason, verdict.shown) == (CredentialReason.CHALLENGE_SPENT, None)


def test_desk__challenge_from_elsewhere__taken_with_or_without_a_book(desk: CredentialDesk, clock: Clock) -> None:
    for each in (desk, CredentialDesk(Ledger(), Drawn(), clock)):
        shown = presented(challenge=CHALLENGE)
        assert each.verify(shown, audience=AUDIENCE, challenge=CHALLENGE).valid
        assert each.verify(shown, audience=AUDIENCE, challenge=CHALLENGE, offline=True, issuers=[BANK.address]).valid
