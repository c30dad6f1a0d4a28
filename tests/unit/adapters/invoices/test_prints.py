from __future__ import annotations

import json
from typing import Any

import pytest

from trustspace.adapters.invoices.prints import read_prints
from trustspace.errors import InvalidTable


def row(number: object = "00420017", epoch: object = 1, **changes: object) -> dict[str, object]:
    given = {"strict": "0x" + "11" * 32, "parties": "0x" + "22" * 32, "digits": "0x" + "33" * 32}
    return {"number": number, "epoch": epoch, **given} | changes


def read(*rows: Any, seller: str = "") -> Any:
    return read_prints(json.dumps(rows), source="prints.json", seller=seller)


def test_read_prints__two_invoices_in_two_epochs__grouped_the_older_first() -> None:
    found = read(row(epoch=2), row("7", 1), row(epoch=1), row("7", 2, digits=None))
    assert [item.label for item in found] == ["00420017", "7"]
    assert [[of.epoch for of in item.epochs] for item in found] == [[1, 2], [1, 2]]
    assert (found[0].newest.strict, found[1].newest.digits) == (b"\x11" * 32, None)


def test_read_prints__seller_named__in_every_label() -> None:
    assert read(row("7"), seller="acme")[0].label == "acme:7"


@pytest.mark.parametrize(
    "bad",
    [
        {}, [], 1, row(7), row(epoch=0), row(epoch="1"), row(epoch=True), row(strict="0x11"), row(parties=None),
        row(digits=5), row(strict="zz" * 32),
    ],
)  # fmt: skip
def test_read_prints__entry_that_is_none__refused_with_its_place(bad: object) -> None:
    with pytest.raises(InvalidTable, match=r"not the fingerprints of an invoice.*entry 2|line 2"):
        read(row(), bad)


@pytest.mark.parametrize("text", ["", "{}", "[]", "nul", "[" * 100_000])
def test_read_prints__no_list__refused(text: str) -> None:
    with pytest.raises(InvalidTable, match="fingerprint --json"):
        read_prints(text, source="prints.json")


@pytest.mark.parametrize("epochs", [(1, 1), (1, 2, 3)])
def test_read_prints__wrong_epochs__refused(epochs: tuple[int, ...]) -> None:
    with pytest.raises(InvalidTable, match="once per epoch"):
        read(*(row(epoch=epoch) for epoch in epochs))
