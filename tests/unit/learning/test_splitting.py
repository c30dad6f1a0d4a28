from hashlib import sha256

import numpy as np
import pytest

from trustspace.errors import InvalidTable, UsageError
from trustspace.learning.splitting import LabelRule, PartyRule, PeriodRule, TestRule, parse_test_rule


def test_test_rule__any_row__as_written_down() -> None:
    mask = TestRule.parse("sha256:uci_credit_card:30").mask(500)
    assert mask.tolist() == [
        int(sha256(f"uci_credit_card:{row}".encode()).hexdigest()[:8], 16) % 100 < 30 for row in range(500)
    ]
    assert 100 < mask.sum() < 200


def test_test_rule__name_with_a_colon__kept() -> None:
    assert TestRule.parse("sha256:a:b:7") == TestRule(name="a:b", percent=7)


@pytest.mark.parametrize(
    "text", ["", "sha256:x", "sha256:x:0", "sha256:x:100", "md5:x:30", "sha256::30", "sha256:x:-1"]
)
def test_test_rule__something_else__refused(text: str) -> None:
    with pytest.raises(UsageError, match="--test-rule"):
        TestRule.parse(text)


def test_period_rule__years__learns_from_before_and_leaves_out_what_follows() -> None:
    years = ["2004", "2005", "-7", "2011", "2010"]
    split = parse_test_rule("year:2005..2010").split({"year": years}, 5, file="t")
    assert split.learn.tolist() == [True, False, True, False, False]
    assert split.test.tolist() == [False, True, False, False, True]


def test_period_rule__column_with_a_colon__kept() -> None:
    assert parse_test_rule("a:b:-3..7") == PeriodRule(column="a:b", first=-3, last=7)


@pytest.mark.parametrize("text", ["year", "year:2005", "year:2010..2005", "year:a..b", ":1..2", "year:1.0..2"])
def test_period_rule__something_else__refused(text: str) -> None:
    with pytest.raises(UsageError, match="--test-rule"):
        parse_test_rule(text)


@pytest.mark.parametrize("cell", ["", "2005.5", "May", "٢٠٠٥", "9" * 19])
def test_period_rule__no_integer__names_the_line(cell: str) -> None:
    with pytest.raises(InvalidTable, match="line 3") as caught:
        parse_test_rule("year:2005..2010").split({"year": ["2004", cell]}, 2, file="t")
    assert "year" in str(caught.value)


def test_party_rule__a_column__largest_first_then_by_name() -> None:
    columns = {"bank": ["b", "a", "b", "c", "a", "d"]}
    rows = PartyRule.parse("bank").assign(columns, list("123456"), file="t")
    assert {name: found.tolist() for name, found in rows.items()} == {"a": [1, 4], "b": [0, 2], "c": [3], "d": [5]}
    assert list(PartyRule.parse("bank", 2).assign(columns, list("123456"), file="t")) == ["a", "b"]


def test_party_rule__hash__each_row_once_and_the_same_whatever_its_place() -> None:
    ids = [str(number) for number in range(1_000)]
    rows = PartyRule.parse("hash:12").assign({}, ids, file="t")
    assert list(rows) == [f"party {number}" for number in range(1, 13)]
    assert sorted(np.concatenate(list(rows.values()))) == list(range(1_000))
    assert min(found.size for found in rows.values()) > 50
    back = PartyRule.parse("hash:12").assign({}, ids[::-1], file="t")
    assert {999 - int(row) for row in back["party 3"]} == set(rows["party 3"].tolist())


def test_party_rule__more_parties_than_rows__refused() -> None:
    with pytest.raises(InvalidTable, match="8 parties, but 5 rows"):
        PartyRule.parse("hash:8").assign({}, list("abcde"), file="t")


def test_party_rule__a_row_without_party__named_or_left_out_when_only_the_largest_count() -> None:
    columns = {"bank": ["a", "", "a"]}
    with pytest.raises(InvalidTable, match="line 3, field bank: no party"):
        PartyRule.parse("bank").assign(columns, list("123"), file="t")
    assert PartyRule.parse("bank", 1).assign(columns, list("123"), file="t")["a"].tolist() == [0, 2]


@pytest.mark.parametrize("text", ["hash:", "hash:0", "hash:x", "hash:-3", "hash:1001"])
def test_party_rule__no_number__refused(text: str) -> None:
    with pytest.raises(UsageError, match="--party"):
        PartyRule.parse(text)


@pytest.mark.parametrize(
    ("rule", "cells", "expected"),
    [
        ("y", ["0", "1", "1"], [False, True, True]),
        ("y", ["good", "bad", "good"], [False, True, False]),
        ("y", ["Yes", "No", "No"], [True, False, False]),
        ("y=B", ["A", "B", "C"], [False, True, False]),
        ("y>0", ["-3", "0", "2.5"], [False, False, True]),
    ],
)
def test_label_rule__a_column__defaults(rule: str, cells: list[str], expected: list[bool]) -> None:
    assert LabelRule.parse(rule).read(cells, file="t").tolist() == expected


@pytest.mark.parametrize(
    ("rule", "cells", "message"),
    [
        ("y", ["0", "0"], "do not tell good from bad"),
        ("y", ["0", "1", "2"], "3 different values"),
        ("y", ["red", "blue"], "do not tell good from bad"),
        ("y=C", ["A", "B"], "do not tell good from bad"),
        ("y", ["0", "", "1"], "line 3, field y: no outcome"),
        ("y>1", ["0", "x"], "not all numbers"),
    ],
)
def test_label_rule__cells_that_do_not_tell__refused(rule: str, cells: list[str], message: str) -> None:
    with pytest.raises(InvalidTable, match=message):
        LabelRule.parse(rule).read(cells, file="t")


@pytest.mark.parametrize("text", ["", "=1", "y="])
def test_label_rule__no_rule__refused(text: str) -> None:
    with pytest.raises(UsageError, match="--label"):
        LabelRule.parse(text)
