import numpy as np
import pytest

from trustspace.errors import InvalidTable
from trustspace.learning.feature import MISSING
from trustspace.learning.schema import CATEGORY, DATE, MAX_CATEGORIES, NUMBER, ColumnSchema, TableSchema


def column(cells: list[str]) -> ColumnSchema:
    found = ColumnSchema.of("x", cells)
    assert isinstance(found, ColumnSchema)
    return found


@pytest.mark.parametrize(
    ("cells", "decimals", "codes"),
    [
        (["3", "-7", "0"], 0, [3, -7, 0]),
        (["0.25", "1.5", "NA"], 2, [25, 150, MISSING]),
        (["1e3", "2", ""], 0, [1000, 2, MISSING]),
        (["0.000012345678", "0.5", "1"], 9, [12346, 500_000_000, 1_000_000_000]),
        (["0", "1e-30", "5"], 14, [0, 0, 500_000_000_000_000]),
        (["3e20", "-1e20", "0"], -6, [300_000_000_000_000, -100_000_000_000_000, 0]),
    ],
)
def test_column__numbers__scaled_to_integers(cells: list[str], decimals: int, codes: list[int]) -> None:
    found = column(cells)
    assert (found.kind, found.decimals) == (NUMBER, decimals)
    assert found.encode(cells).tolist() == codes
    present = [code for code in codes if code != MISSING]
    assert found.range == (min(present), max(present))


def test_column__times_10_to_the_12th__same_codes_but_for_the_scale() -> None:
    cells = ["1", "25", "300"]
    huge = [cell + "0" * 12 for cell in cells]
    assert column(huge).encode(huge).tolist() == [int(cell) for cell in huge]
    wider = [cell + "0" * 15 for cell in cells]
    scaled = column(wider).encode(wider)
    assert np.allclose(scaled / scaled[0], [1, 25, 300])


def test_column__dates__days() -> None:
    found = column(["2006-05-30", "", "2006-06-02 00:00:00"])
    assert found.kind == DATE
    codes = found.encode(["2006-05-30", "", "2006-06-02"])
    assert (codes[2] - codes[0], codes[1]) == (3, MISSING)


def test_column__texts__codes_and_zero_for_those_never_seen() -> None:
    found = column(["b", "a", "none", "b"])
    assert (found.kind, found.categories, found.range) == (CATEGORY, ("a", "b", "none"), (0, 3))
    assert found.encode(["b", "new", "", "none"]).tolist() == [2, 0, MISSING, 3]


def test_column__many_categories__the_commonest_are_listed() -> None:
    cells = [f"c{number:03}" for number in range(MAX_CATEGORIES + 20) for _ in range(1 + (number >= 20))]
    found = column(cells)
    assert found.categories == tuple(f"c{number:03}" for number in range(20, MAX_CATEGORIES + 20))


def test_column__hardly_a_text_twice__taken_for_an_identifier() -> None:
    with pytest.raises(InvalidTable, match=r"field x: 900 different texts in 900 rows .*leave the column out"):
        ColumnSchema.of("x", [f"firm {number}" for number in range(900)])


def test_column__infinite__refused() -> None:
    with pytest.raises(InvalidTable, match="infinite"):
        ColumnSchema.of("x", ["1", "inf"])


@pytest.mark.parametrize(("cells", "why"), [(["", "NaN", "?"], "no value"), (["7", "7"], "the same value")])
def test_column__nothing_to_tell__left_out_with_the_reason(cells: list[str], why: str) -> None:
    schema = TableSchema.of({"x": cells, "y": ["1", "2", "3"][: len(cells)]})
    assert [found.name for found in schema.columns] == ["y"]
    assert why in schema.left_out["x"]
    with pytest.raises(InvalidTable, match=f"no column to learn from .x: {why}"):
        TableSchema.of({"x": cells})


def test_encode__another_kind__names_row_and_column() -> None:
    schema = TableSchema.of({"x": ["1", "2"], "day": ["2020-01-01", "2020-01-02"]})
    with pytest.raises(InvalidTable, match="t, line 4, field x: 'abc' is no number"):
        schema.encode({"x": ["1", "", "abc"], "day": ["2020-01-01"] * 3}, file="t")
    with pytest.raises(InvalidTable, match="line 3, field day: '7' is no date"):
        schema.encode({"x": ["1", "2"], "day": ["2020-01-01", "7"]}, file="t")


def test_encode__a_party_without_a_column__named() -> None:
    with pytest.raises(InvalidTable, match="field x: missing"):
        TableSchema.of({"x": ["1", "2"]}).encode({"y": ["1"]})


def test_digest__any_field__moves_it() -> None:
    schemas = [
        TableSchema.of({"x": cells})
        for cells in (["1", "2"], ["1", "3"], ["0", "2"], ["1", "2.5"], ["a", "b"], ["a", "c"])
    ]
    assert len({schema.digest for schema in (*schemas, TableSchema.of({"y": ["1", "2"]}))}) == 7


def test_column__a_slip_among_numbers__named() -> None:
    cells = [f"{number / 7:.5f}" for number in range(400)]
    cells[9] = "abc"
    with pytest.raises(InvalidTable, match=r"field x: 'abc' among 399 different numbers .*leave the cell empty"):
        ColumnSchema.of("x", cells)


def test_column__codes_of_digits_and_letters__categories() -> None:
    assert column(["1", "2", "A", "2", "1"]).categories == ("1", "2", "A")
    cells = [str(number % 12) for number in range(100)] + ["X"]
    assert column(cells).kind == CATEGORY


def test_column__few_rows_each_with_a_text_of_its_own__taken_for_an_identifier() -> None:
    with pytest.raises(InvalidTable, match="60 different texts in 60 rows"):
        ColumnSchema.of("x", [f"firm {number}" for number in range(60)])
