from pathlib import Path

import pytest

from trustspace.adapters.invoices.pseudonyms import read_pseudonyms, write_pseudonyms
from trustspace.errors import InvalidTable

# Addresses with their checksums as printed in EIP-55.
FIRST, SECOND = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
GOOD = f"subject,pseudonym\nE1,{FIRST}\n深圳市电器销售有限公司,{SECOND}\n"


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "firms.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("text", [GOOD, GOOD.lower(), "\ufeff" + GOOD.replace("\n", "\r\n"), GOOD + "\n"])
def test_pseudonyms__as_documented__with_checksums(table, text: str) -> None:
    assert read_pseudonyms(table(text)) in (
        {"E1": FIRST, "深圳市电器销售有限公司": SECOND},
        {"e1": FIRST, "深圳市电器销售有限公司": SECOND},
    )


def test_pseudonyms__written__read_back(tmp_path: Path) -> None:
    known = {"E1": FIRST, 'a firm, with "quotes"': SECOND}
    write_pseudonyms(tmp_path / "firms.csv", known)
    assert read_pseudonyms(tmp_path / "firms.csv") == known


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("subject,pseudonym", "firm,pseudonym", 1, "header"),
        ("subject,pseudonym", "pseudonym,subject", 1, "header"),
        ("E1,", "E1,x,", 2, ""),
        ("E1,", "", 2, ""),
        ("E1,", ",", 2, "subject"),
        ("E1,", " E1,", 2, "subject"),
        (FIRST, "", 2, "pseudonym"),
        (FIRST, FIRST[:-1], 2, "pseudonym"),
        (FIRST, FIRST[2:] + "00", 2, "pseudonym"),
        (FIRST, "0x" + "zz" * 20, 2, "pseudonym"),
        ("深圳市电器销售有限公司", "E1", 3, "subject"),
        (SECOND, FIRST.lower(), 3, "pseudonym"),
    ],
)
def test_pseudonyms__a_mistake__named_with_file_line_and_field(table, old, new, line: int, field: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidTable) as raised:
        read_pseudonyms(table(GOOD.replace(old, new, 1)))
    assert (raised.value.file, raised.value.line, raised.value.field) == ("firms.csv", line, field)
    assert raised.value.remedy


def test_pseudonyms__no_such_file__named(tmp_path: Path) -> None:
    with pytest.raises(InvalidTable, match=r"nowhere\.csv"):
        read_pseudonyms(tmp_path / "nowhere.csv")


def test_pseudonyms__of_a_whole_region__read_quickly(table) -> None:
    rows = "".join(f"E{index},0x{index + 1:040x}\n" for index in range(20_000))
    assert len(read_pseudonyms(table("subject,pseudonym\n" + rows))) == 20_000
