from __future__ import annotations

import pytest

from bench.operations.metering import WORD_CHANGED, WORD_CLEARED, WORD_NEW, Measured, call_data_gas, word_gas

ADDRESS = "0x" + "11" * 20
SLOT = "0x" + "00" * 31 + "07"


def state(value: int | None) -> dict[str, dict[str, object]]:
    return {ADDRESS: {"storage": {} if value is None else {SLOT: hex(value)}}}


@pytest.mark.parametrize(
    ("before", "after", "gas"),
    [(None, 5, WORD_NEW), (0, 5, WORD_NEW), (5, 6, WORD_CHANGED), (5, None, WORD_CLEARED), (5, 0, WORD_CLEARED)],
)
def test_word_gas__follows_the_schedule(before: int | None, after: int | None, gas: int) -> None:
    assert word_gas({"pre": state(before), "post": state(after)}) == gas


def test_word_gas__ignores_nonces_and_balances() -> None:
    assert word_gas({"pre": {ADDRESS: {"nonce": 1, "balance": "0x1"}}, "post": {ADDRESS: {"nonce": 2}}}) == 0


def test_call_data_gas__zero_bytes_are_cheaper() -> None:
    assert call_data_gas(bytes(3) + b"\x01\xff") == 3 * 4 + 2 * 16


@pytest.mark.parametrize(("gas", "target", "missed"), [(100, None, False), (100, 100, False), (101, 100, True)])
def test_measured__missed_above_the_target(gas: int, target: int | None, missed: bool) -> None:
    assert Measured(function="C.f", gas=gas, floor=1, state="", target=target).missed is missed
