"""`trustspace lien …` by two banks, on fingerprints as `trustspace fingerprint --json` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.apps.prints import prints

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Office


@pytest.fixture
def bench(desk: Office) -> Office:
    """The office with an open epoch of the fingerprint service."""
    desk.kit.open_epoch()
    return desk


def by(bench: Office, number: int, folder: Path) -> list[object]:
    """Signing options and book of a bank."""
    bank = bench.kit.actors.banks[number]
    return [*bench.connection, *bench.signing(bank), "--book", folder / f"book-{number}.sqlite", "--json"]


def pass_window(bench: Office) -> None:
    bench.kit.mine(bench.kit.actors.outsider.liens.commit_window())


def test_lien__from_pledge_to_repayment__by_the_commands(bench: Office, command, tmp_path: Path) -> None:
    file = prints(tmp_path, "A-1", "A-2")
    free = command("lien", "check", file, *bench.connection, "--json")
    assert (free.code, [row["standing"] for row in free.json]) == (0, ["free", "free"])
    reserved = command("lien", "reserve", file, "--share", 6_000, *by(bench, 0, tmp_path))
    assert (reserved.code, [row["done"] for row in reserved.json]) == (0, [True, True]), reserved.err
    early = command("lien", "finance", "A-1", *by(bench, 0, tmp_path))
    assert (early.code, "an earlier commitment may be opened" in early.error["message"]) == (4, True)
    pass_window(bench)
    assert command("lien", "finance", "A-1", *by(bench, 0, tmp_path)).code == 0
    taken = command("lien", "check", file, *bench.connection, "--json")
    assert taken.code == 1
    assert [(row["standing"], row["reserved_bps"], row["financed_bps"]) for row in taken.json] == [
        ("financed", 0, 6_000), ("reserved", 6_000, 0),
    ]  # fmt: skip
    second = command("lien", "reserve", prints(tmp_path, "A-1"), "--batch", 1, *by(bench, 1, tmp_path))
    assert (second.code, second.json[0]["refusal"]) == (1, "share_taken")
    own = command("lien", "show", *by(bench, 0, tmp_path))
    assert {row["invoice"]: row["state"] for row in own.json} == {"A-1": "financed", "A-2": "reserved"}
    assert command("lien", "release", "A-1", "A-2", *by(bench, 0, tmp_path)).code == 0
    assert command("lien", "check", file, *bench.connection).code == 0


def test_lien__next_epoch__migrated_by_the_command(bench: Office, command, tmp_path: Path) -> None:
    assert command("lien", "reserve", prints(tmp_path, "A-1"), *by(bench, 0, tmp_path)).code == 0
    bench.kit.open_epoch()
    both = prints(tmp_path, "A-1", epochs=(1, 2))
    moved = command("lien", "migrate", both, *by(bench, 0, tmp_path))
    assert (moved.code, moved.json[0]["done"]) == (0, True), moved.err
    bench.kit.actors.regulator.fingerprint_keys.close_epoch(1)
    found = command("lien", "check", prints(tmp_path, "A-1", epochs=(2,)), *bench.connection, "--json")
    assert found.json[0]["standing"] == "reserved"


def test_lien__seller_named__numbers_of_two_sellers_apart(bench: Office, command, tmp_path: Path) -> None:
    options = by(bench, 0, tmp_path)
    assert command("lien", "reserve", prints(tmp_path, "7"), "--seller", "acme", "--batch", 1, *options).code == 0
    missing = command("lien", "release", "7", *options)
    assert (missing.code, "no lien on 7" in missing.error["message"]) == (2, True)
    assert command("lien", "release", "acme:7", *options).code == 0


@pytest.mark.parametrize(("content", "told"), [("{}", "no list"), ("[{}]", "not the fingerprints"), ("", "no JSON")])
def test_lien__garbage_for_fingerprints__two(office: Office, command, tmp_path: Path, content, told) -> None:
    file = tmp_path / "prints.json"
    file.write_text(content)
    answer = command("lien", "check", file, *office.connection, "--json")
    assert answer.code == 2
    assert told in answer.error["message"]


def test_lien__no_file_or_signer__two(office: Office, command, tmp_path: Path) -> None:
    assert command("lien", "check", tmp_path / "none.json", *office.connection).code == 2
    assert command("lien", "reserve", prints(tmp_path, "1"), *office.connection).code == 2
