"""Canonical JSON: UTF-8, sorted keys, no spaces, integers instead of floats. One value, one byte string, one hash."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TypeAlias

from trustspace.errors import InputError, OutOfRange

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

_PLAIN = frozenset({str, int, bool, type(None)})


def dumps(value: Json) -> bytes:
    """Canonical bytes. Raises OutOfRange for a float: its text would depend on who writes it."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def loads(raw: bytes, *, where: str) -> Json:
    """Inverse of `dumps`. Raises InputError when `raw` is not exactly the canonical bytes of a value."""
    try:
        value: Json = json.loads(raw)
        canonical = dumps(value)
    except (ValueError, RecursionError) as error:
        raise InputError("not canonical JSON", where=where, remedy="use the file as it was written") from error
    if canonical != raw:
        raise InputError("JSON, but not in canonical form", where=where, remedy="use the file as it was written")
    return value


def digest(value: Json) -> bytes:
    """SHA-256 of the canonical bytes."""
    return sha256(dumps(value)).digest()


def _refuse_floats(value: Json) -> None:
    place = _float_in(value)
    if place is not None:
        raise OutOfRange("floats have no canonical form", where=f"${place}", remedy="store a scaled integer")


def _float_in(value: object) -> str | None:
    """Path to the first float, None without one. Long listings of integers are the usual case: no path is made then."""
    if isinstance(value, float):
        return ""
    if isinstance(value, dict):
        for key, item in value.items():
            if type(item) not in _PLAIN and (place := _float_in(item)) is not None:
                return f".{key}{place}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if type(item) not in _PLAIN and (place := _float_in(item)) is not None:
                return f"[{index}]{place}"
    return None
