import gzip
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

from trustspace.adapters import table_file
from trustspace.adapters.table_file import read_table
from trustspace.errors import InvalidTable, ToolMissing

TEXT = 'a,b,"c, d"\n1, x ,2020-01-02\n\n,y,\n'
COLUMNS = {"a": ["1", ""], "b": ["x", "y"], "c, d": ["2020-01-02", ""]}


def test_read_table__csv__columns_of_texts(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("\ufeff" + TEXT, encoding="utf-8")
    table = read_table(tmp_path / "t.csv")
    assert (table.columns, table.rows, table.file) == (COLUMNS, 2, "t.csv")


def test_read_table__packed__the_same(tmp_path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert read_table(tmp_path / "t.csv.gz").columns == COLUMNS


def test_read_table__parquet__the_same_texts(tmp_path) -> None:
    table = pa.table({"a": [1, None], "x": [0.5, 1e-7], "ok": [True, False], "t": [" p ", "q"]})
    parquet.write_table(table, tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet").columns
    assert (found["a"], found["ok"], found["t"]) == (["1", ""], ["true", "false"], ["p", "q"])
    assert [float(cell) for cell in found["x"]] == [0.5, 1e-7]


def test_read_table__parquet_without_its_extra__says_what_to_install(tmp_path, monkeypatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ToolMissing, match=r"pip install 'trustspace\[parquet\]'"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "t.csv: is empty"),
        ("t.csv", b"a,a\n1,2\n", "line 1: column 1 is named 'a' like another"),
        ("t.csv", b"a,\n1,2\n", "line 1: column 2 has no name"),
        ("t.csv", b"a,b\n1,2\n3\n", "line 3: 1 fields, the header has 2"),
        ("t.csv", b'a\n"1\n', "is no CSV"),
        ("t.csv", b"a\n\xff\n", "is not UTF-8"),
        ("t.csv.gz", b"a\n1\n", "is no gzip file"),
        ("t.csv.gz", gzip.compress(TEXT.encode())[:-9], "is no gzip file"),
        ("t.parquet", b"PAR1", "is no flat Parquet table"),
    ],
)
def test_read_table__no_table__says_why_and_where(tmp_path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidTable, match=message):
        read_table(tmp_path / name)


def test_read_table__unfolds_to_more_than_allowed__refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(table_file, "MAX_BYTES", 1_000)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a\n" + b"0\n" * 10_000))
    with pytest.raises(InvalidTable, match="more than 1000 bytes"):
        read_table(tmp_path / "t.csv.gz")


def test_read_table__nested_parquet__refused(tmp_path) -> None:
    parquet.write_table(pa.table({"a": [[1], [2]]}), tmp_path / "t.pq")
    with pytest.raises(InvalidTable, match="no flat Parquet table"):
        read_table(tmp_path / "t.pq")
