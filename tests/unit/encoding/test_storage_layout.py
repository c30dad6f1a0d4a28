"""Slots by the rules of the Solidity documentation, from a layout as the tool writes it."""

from __future__ import annotations

from typing import Any

import pytest

from trustspace.adapters.chain.artifacts import load
from trustspace.encoding.hashing import keccak
from trustspace.encoding.storage_layout import SLOTS, Place, StorageLayout
from trustspace.errors import OutOfRange

WORD: dict[str, Any] = {"bytes": 32}
VARIABLES: dict[str, Any] = {
    "flag": {"slot": 0, "offset": 20, "type": {"bytes": 1}},
    "names": {"slot": 1, "offset": 0, "type": {"text": True}},
    "entries": {
        "slot": 2,
        "offset": 0,
        "type": {
            "key": 20,
            "value": {
                "key": 2,
                "value": {
                    "members": {
                        "whole": {"slot": 0, "offset": 0, "type": WORD},
                        "small": {"slot": 1, "offset": 5, "type": {"bytes": 2}},
                        "inner": {
                            "slot": 2,
                            "offset": 0,
                            "type": {"members": {"last": {"slot": 3, "offset": 0, "type": WORD}}},
                        },
                        "deeper": {"slot": 6, "offset": 0, "type": {"key": 32, "value": WORD}},
                    }
                },
            },
        },
    },
}
LAYOUT = StorageLayout("Example", VARIABLES)
SOMEBODY = b"\x11" * 20


def hashed(key: bytes, slot: int) -> int:
    return int.from_bytes(keccak(key.rjust(32, b"\0") + slot.to_bytes(32, "big")), "big")


def test_place__variables_mappings_and_members() -> None:
    inner = hashed(b"\0\7", hashed(SOMEBODY, 2))
    assert LAYOUT.place("flag") == Place(slot=0, offset=20, size=1)
    assert LAYOUT.place("entries", SOMEBODY, 7, "whole").slot == inner % SLOTS
    assert LAYOUT.place("entries", SOMEBODY, 7, "small") == Place(slot=(inner + 1) % SLOTS, offset=5, size=2)
    assert LAYOUT.place("entries", SOMEBODY, 7, "inner", "last").slot == (inner + 5) % SLOTS
    assert LAYOUT.place("entries", SOMEBODY, 7, "deeper", 3).slot == hashed(b"\3", (inner + 6) % SLOTS)
    assert LAYOUT.place("entries", SOMEBODY, 7, "deeper", b"\1" * 32).slot == hashed(b"\1" * 32, (inner + 6) % SLOTS)


def test_value_in__its_own_bytes_only() -> None:
    word = int.from_bytes(bytes(range(1, 33)), "big")
    assert Place(slot=0, offset=0, size=32).value_in(word) == word
    assert Place(slot=0, offset=5, size=2).value_in(word) == 0x1A1B
    assert Place(slot=0, offset=31, size=1).value_in(word) == 1


@pytest.mark.parametrize(
    "path",
    [
        ("absent",),
        ("names",),
        ("entries",),
        ("entries", SOMEBODY),
        ("entries", SOMEBODY, 7),
        ("entries", SOMEBODY, 7, "absent"),
        ("entries", "whole"),
        ("flag", 1),
        ("entries", SOMEBODY, 7, "whole", 1),
    ],
)
def test_place__no_such_value__named(path: tuple[Any, ...]) -> None:
    with pytest.raises(OutOfRange, match=f"Example: no value lies at {path[0]}"):
        LAYOUT.place(*path)


@pytest.mark.parametrize("key", [b"\x11" * 19, b"\x11" * 21, b"\x11" * 32, 1 << 160, -1])
def test_place__key_of_another_size__refused(key: bytes | int) -> None:
    with pytest.raises(OutOfRange, match="a key does not fit 20 bytes"):
        LAYOUT.place("entries", key, 7, "whole")


def test_layout__in_the_package__has_what_the_judgement_reads() -> None:
    for contract, path in (
        ("CertificateRegistry", ("_words", bytes(32))),
        ("CertificateRegistry", ("_policy", "paused")),
        ("ModelRegistry", ("_models", bytes(32), "state")),
        ("InvoiceRegistry", ("_voided", bytes(32))),
    ):
        assert load(contract).layout.place(*path).size >= 1
