"""Tokens have one spelling: what else could be read as the same is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.encoding.jose import (
    base64url,
    from_base64url,
    key_of_jwk,
    parse_json,
    parse_jws,
    public_jwk,
    unsigned_token,
)
from trustspace.errors import OutOfRange

HEADER, PAYLOAD = {"alg": "ES256K"}, {"iss": "bank", "iat": 1}
TOKEN = unsigned_token(HEADER, PAYLOAD) + "." + base64url(bytes(64))


@given(st.binary(max_size=70))
def test_base64url__any_bytes__come_back(raw: bytes) -> None:
    assert from_base64url(base64url(raw)) == raw


@pytest.mark.parametrize("text", ["Zg==", "Zh", "Z", "Zg ", "Z\ng", "Zg+/", "Zé", "Zg=", "=", "Zg~"])
def test_from_base64url__another_spelling__refused(text: str) -> None:
    with pytest.raises(OutOfRange):
        from_base64url(text)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'{"a":1.0}', b'{"a":1e3}', b'{"a":NaN}', b'{"a":-Infinity}',
        b'{"a":1}}', b"", b"\xff", b"[" * 30_000, b'{"a":' * 9_000, b"1" * 5_000,
    ],
)  # fmt: skip
def test_parse_json__read_differently_by_two_readers_or_too_deep__refused(raw: bytes) -> None:
    with pytest.raises(OutOfRange):
        parse_json(raw)


def test_parse_jws__own_token__parts() -> None:
    token = parse_jws(TOKEN)
    assert (token.header, token.payload, token.signature) == (HEADER, PAYLOAD, bytes(64))
    assert token.signed == unsigned_token(HEADER, PAYLOAD).encode()


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", TOKEN + ".", TOKEN.replace(".", "..", 1), TOKEN + "=", TOKEN + "\n", TOKEN.rpartition(".")[0],
        base64url(b"[]") + "." + TOKEN.partition(".")[2],
        base64url(b"1") + "." + TOKEN.partition(".")[2],
        unsigned_token(HEADER | {"crit": ["b64"], "b64": False}, PAYLOAD) + ".AA",
        unsigned_token(HEADER | {"crit": []}, PAYLOAD) + ".AA",
    ],
)  # fmt: skip
def test_parse_jws__not_three_parts_or_critical_header__refused(text: str) -> None:
    with pytest.raises(OutOfRange):
        parse_jws(text)


def test_key_of_jwk__own__comes_back() -> None:
    public = bytes(range(64))
    assert key_of_jwk(json.loads(json.dumps(public_jwk(public)))) == public


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"}, {"kty": "oct", "k": "AA"}, {"crv": "P-256"}, {"crv": "K-256"}, {"x": 7}, {"x": "AA"},
        {"y": None}, {"x": base64url(bytes(33))}, {"d": "AA"}, {"y": base64url(bytes(32)) + "="},
    ],
)  # fmt: skip
def test_key_of_jwk__another_kind_of_key_or_a_private_one__refused(change: dict[str, object]) -> None:
    with pytest.raises(OutOfRange):
        key_of_jwk(public_jwk(bytes(range(64))) | change)


@pytest.mark.parametrize("other", [None, "EC", [], {}])
def test_key_of_jwk__no_object__refused(other: object) -> None:
    with pytest.raises(OutOfRange):
        key_of_jwk(other)
