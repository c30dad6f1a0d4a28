import json

import pytest

from trustspace.apps.console import Output, print_error, print_json, progress, readable, write_file
from trustspace.apps.exit_codes import ExitCode
from trustspace.errors import ChainUnreachable, ContractRefused, InvalidTable, UsageError

FACTS = {"batch": b"\x01\x02", "count": 12_345, "valid": True, "missing": None, "names": ["一", "二"]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (b"\xab", "0xab"),
        (True, "yes"),
        (False, "no"),
        (9_999, "9999"),
        (-1_234_567, "-1,234,567"),
        (("a", b"\x01", None), "a, 0x01, -"),
        (0.5, "0.5"),
    ],
)
def test_readable__value__text_for_people(value: object, text: str) -> None:
    assert readable(value) == text


def test_output__facts_as_json__one_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).facts("Batch", FACTS)
    printed = capsys.readouterr()
    assert json.loads(printed.out) == FACTS | {"batch": "0x0102"}
    assert printed.err == ""
    assert "一" in printed.out


def test_output__rows_as_json__a_list_even_when_empty(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).rows("Verdicts", ("a",), [])
    assert json.loads(capsys.readouterr().out) == []


def test_output__rows_for_people__markup_in_values_is_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).rows("Found", ("name", "left_out"), [{"name": "[red]x[/red]"}])
    shown = capsys.readouterr().out
    assert "[red]x[/red]" in shown
    assert "left out" in shown


def test_output__facts_for_people__no_brackets_eaten(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).facts("Found", {"some_thing": "[bold]"})
    shown = capsys.readouterr().out
    assert "some thing" in shown
    assert "[bold]" in shown


def test_print_json__something_without_a_json_form__refused() -> None:
    with pytest.raises(TypeError, match="set"):
        print_json({"a": {1}})


def test_print_error__as_json__one_object_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(InvalidTable("is empty", file="a.csv", line=3, field="net", remedy="export again"), as_json=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err) == {
        "error": "InvalidTable",
        "message": "is empty",
        "where": "a.csv, line 3, field net",
        "remedy": "export again",
        "exit_code": int(ExitCode.MISUSE),
    }


def test_print_error__refusal_as_json__names_contract_error_and_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(ContractRefused("ModelRegistry", "NotParty", {"run": b"\x07"}), as_json=True)
    document = json.loads(capsys.readouterr().err)
    assert (document["error"], document["where"]) == ("ContractRefused", "ModelRegistry")
    assert "NotParty" in document["message"]
    assert document["exit_code"] == ExitCode.REFUSED


def test_print_error__for_people__place_message_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(ChainUnreachable("no answer [x]", where="http://node", remedy="start it"), as_json=False)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "http://node: no answer [x]" in printed.err
    assert "do this: start it" in printed.err


def test_progress__not_at_a_terminal__silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("working", total=3, silent=False) as advance:
        advance(1)
        advance(2)
    assert capsys.readouterr() == ("", "")


def test_write_file__no_such_folder__said_by_path(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"nowhere/a.json: cannot be written: No such file"):
        write_file(tmp_path / "nowhere" / "a.json", b"{}")
    with pytest.raises(UsageError, match="cannot be written"):
        Output(as_json=True, file=tmp_path).facts("Batch", FACTS)
