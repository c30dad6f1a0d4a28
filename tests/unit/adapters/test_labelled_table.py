from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.labelled_table import read_labelled
from trustspace.errors import InvalidTable, OutOfRange
from trustspace.learning.feature import MISSING
from trustspace.learning.plan import plan_for
from trustspace.learning.trees.plan import trees_plan_for

if TYPE_CHECKING:
    from collections.abc import Callable

PLAN = plan_for("small", {"sales": (-1_000, 1_000), "count": (0, 10)}, max_rows=5)
GOOD = "id,defaulted,sales,count\nE1,0,-5,1\nE2,1,7,2\n"


@pytest.fixture
def table(tmp_path: Path) -> "Callable[[str | bytes], Path]":
    def write(content: str | bytes) -> Path:
        path = tmp_path / "bank.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def read(path: Path):
    return read_labelled(path, PLAN, party="bank 1")


def test_table__as_documented__rows_in_the_plans_order(table) -> None:
    rows = read(table(GOOD))
    assert rows.ids == ("E1", "E2")
    assert rows.values.tolist() == [[-5, 1], [7, 2]]
    assert rows.labels.tolist() == [False, True]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\n\n"),
        GOOD.rstrip("\n"),
        "count,note,sales,id,defaulted\n1,x,-5,E1,0\n2,,7,E2,1\n",
        'id,defaulted,sales,count\n"E1",0, -5,1\n"E2",1,007,2 \n',
    ],
    ids=["byte order mark", "crlf", "blank lines", "no last newline", "other order and column", "quotes and blanks"],
)
def test_table__spelt_otherwise__same_rows(table, content: str) -> None:
    rows = read(table(content))
    assert (rows.ids, rows.values.tolist(), rows.labels.tolist()) == (
        ("E1", "E2"),
        [[-5, 1], [7, 2]],
        [False, True],
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("sales,count", "sales", 1, "count"),
        ("sales,count", "sales,sales", 1, "sales"),
        ("id,", "ID,", 1, "id"),
        ("E2,1,7,2", "E2,1,7", 3, ""),
        ("E2,1,7,2", "E2,1,7,2,9", 3, ""),
        ("7,2", "7.5,2", 3, "sales"),
        ("7,2", "NaN,2", 3, "sales"),
        ("7,2", ",2", 3, "sales"),
        ("7,2", "1e3,2", 3, "sales"),
        ("7,2", "٧,2", 3, "sales"),
        ("7,2", "--7,2", 3, "sales"),
        ("7,2", "+7,2", 3, "sales"),
        ("7,2", "7,²", 3, "count"),
        ("7,2", "9" * 20 + ",2", 3, "sales"),
        ("E2,1,", "E2,2,", 3, "defaulted"),
        ("E2,1,", "E2,-1,", 3, "defaulted"),
        ("E2,1,", "E2,yes,", 3, "defaulted"),
        ("E2,1,", "E1,1,", 3, "id"),
        ("E2,1,", ",1,", 3, "id"),
    ],
)
def test_table__a_wrong_cell__named_with_file_line_and_field(table, old: str, new: str, line: int, field: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidTable) as raised:
        read(table(GOOD.replace(old, new, 1)))
    assert (raised.value.file, raised.value.line, raised.value.field) == ("bank.csv", line, field)


def test_table__after_a_field_with_a_line_break__line_is_the_files(table) -> None:
    with pytest.raises(InvalidTable) as raised:
        read(table('id,defaulted,sales,count,note\nE1,0,-5,1,"two\nlines"\nE2,1,x,2,\n'))
    assert raised.value.line == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        ("id,defaulted,sales,count\n企业,0,1,1\n".encode("gbk"), "UTF-8"),
        (b'id,defaulted,sales,count\n"E1,0,1,1\n', "CSV"),
        (b"id,defaulted,sales,count\nE1\x00,0,1,1\n", "NUL|CSV|id"),
    ],
    ids=["empty", "blank", "gbk", "open quote", "nul"],
)
def test_table__that_is_none__named_with_its_file(table, content: bytes, message: str) -> None:
    with pytest.raises(InvalidTable, match=message) as raised:
        read(table(content))
    assert raised.value.file == "bank.csv"


def test_table__number_beyond_64_bits__out_of_range(table) -> None:
    with pytest.raises(OutOfRange, match="64 bits"):
        read(table(GOOD.replace("7,2", "9" * 19 + ",2")))


def test_table__more_rows_than_the_plan_allows__out_of_range(table) -> None:
    with pytest.raises(OutOfRange, match="max_rows"):
        read(table("id,defaulted,sales,count\n" + "".join(f"E{i},0,1,1\n" for i in range(6))))


def test_table__that_does_not_exist_or_is_a_folder__named(tmp_path: Path) -> None:
    with pytest.raises(InvalidTable, match=r"nowhere\.csv"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(InvalidTable, match=tmp_path.name):
        read(tmp_path)


def test_table__empty_cell__missing_where_the_plan_lets_it_be(table) -> None:
    plan = trees_plan_for("gaps", {"sales": (-1_000, 1_000), "count": (0, 10)}, missing=["count"])
    path = table("id,defaulted,sales,count\nE1,0,-5,\nE2,1,7, \nE3,0,1,2\n")
    assert read_labelled(path, plan, party="bank 1").values.tolist() == [[-5, MISSING], [7, MISSING], [1, 2]]
    with pytest.raises(InvalidTable, match="line 2, field sales: '' is no integer"):
        read_labelled(table("id,defaulted,sales,count\nE1,0,,1\n"), plan, party="bank 1")
