import pytest

from trustspace.encoding import canonical_json
from trustspace.errors import InputError, OutOfRange


def test_dumps__keys_and_chinese__sorted_compact_utf8() -> None:
    assert canonical_json.dumps({"b": [1, None, True], "a": "发票"}) == '{"a":"发票","b":[1,null,true]}'.encode()


def test_dumps__float__refused_with_its_path() -> None:
    with pytest.raises(OutOfRange, match=r"\$\.a\[1\]"):
        canonical_json.dumps({"a": [1, 2.0]})  # type: ignore[list-item]


@pytest.mark.parametrize(
    "raw", [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1.5}', b"\xff", b'{"a":1}\n', b'{"a":1,"a":1}', b"NaN"]
)
def test_loads__not_canonical__refused(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"plan\.json"):
        canonical_json.loads(raw, where="plan.json")


def test_loads__canonical__inverse() -> None:
    value: canonical_json.Json = {"a": [1, {"c": "x"}], "b": None}
    assert canonical_json.loads(canonical_json.dumps(value), where="x") == value
