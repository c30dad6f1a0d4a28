"""What nodes say, as errors for people."""

from __future__ import annotations

import string
from typing import Any

import pytest

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.errors import (
    call_failure,
    explanation,
    is_known_already,
    is_nonce_too_low,
    is_refused_for_good,
    refusal,
    revert_data,
)
from trustspace.adapters.chain.refusals import SENTENCES
from trustspace.adapters.chain.rpc import RpcError
from trustspace.domain.deployment import CONTRACTS
from trustspace.errors import ContractRefused, TransactionRefused

SIGNATURES = {error.name + error.inputs.name: error for name in CONTRACTS for error in load(name).errors.values()}
ALL_ERRORS = {error.name: error for error in SIGNATURES.values()}
BATCH = bytes(range(32))


def reverted(error: str, *arguments: Any) -> bytes:
    kind = ALL_ERRORS[error]
    return kind.selector + kind.inputs.encode(arguments)


@pytest.mark.parametrize("error", sorted(SIGNATURES))
def test_sentences__every_error_of_the_contracts__has_one_that_names_real_arguments(error: str) -> None:
    sentence, _ = explanation(SIGNATURES[error])
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    assert sentence
    assert named <= set(SIGNATURES[error].inputs.names)


def test_sentences__none_is_for_an_error_that_no_contract_has() -> None:
    built_in = {"Error", "Panic", "NoReason"}
    assert SENTENCES.keys() - ALL_ERRORS.keys() - SIGNATURES.keys() == built_in


def test_refusal__custom_error__is_decoded_and_explained() -> None:
    error = refusal("InvoiceRegistry", reverted("IndexOutOfRange", BATCH, 9))
    assert (error.contract, error.error) == ("InvoiceRegistry", "IndexOutOfRange")
    assert error.arguments == {"batch": BATCH, "index": 9}
    assert str(error) == (
        f"InvoiceRegistry: batch 0x{BATCH.hex()} has no invoice 9 [IndexOutOfRange] (count from zero)"
    )


def test_refusal__error_of_another_contract__is_found_too() -> None:
    """A registry passes on what the ParticipantRegistry reverts with."""
    data = reverted("UnknownAccount", "0x" + "11" * 20)
    assert refusal("InvoiceRegistry", data).error == "UnknownAccount"


def test_refusal__solidity_itself() -> None:
    message = bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + (4).to_bytes(32, "big") + b"stop".ljust(32, b"\0")
    assert "stop [Error]" in str(refusal("X", message))
    assert refusal("X", bytes.fromhex("4e487b71") + (17).to_bytes(32, "big")).arguments == {"code": 17}
    assert refusal("X", b"").error == "NoReason"


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x02\x03\x04", b"\xff" * 100])
def test_refusal__unknown_bytes__are_kept(data: bytes) -> None:
    error = refusal("X", data)
    assert (error.error, error.arguments) == ("Unknown", {"data": "0x" + data.hex()})


def test_refusal__known_error_with_cut_arguments__still_names_it() -> None:
    assert refusal("X", reverted("IndexOutOfRange", BATCH, 9)[:20]).error == "IndexOutOfRange"


DATA = "0x" + reverted("EmptyBatch").hex()


@pytest.mark.parametrize(
    ("data", "who"),
    [
        (DATA, "Anvil, Geth"),
        ("Reverted " + DATA, "OpenEthereum"),
        ({"data": DATA}, "Hardhat"),
        ({"data": {"return": DATA}}, "nested"),
        ({"0xabc": {"return": DATA, "error": "revert"}}, "Ganache"),
    ],
)
def test_revert_data__wherever_the_node_puts_it(data: Any, who: str) -> None:
    assert revert_data(RpcError(3, "execution reverted", data)) == reverted("EmptyBatch"), who


@pytest.mark.parametrize("data", [None, 7, "no hex", {}, {"data": 5}])
def test_revert_data__anything_else__is_none(data: Any) -> None:
    assert revert_data(RpcError(3, "failed", data)) is None


def test_call_failure__revert_without_data_and_plain_complaint() -> None:
    assert isinstance(call_failure("X", RpcError(3, "execution reverted")), ContractRefused)
    complaint = call_failure("X", RpcError(-32000, "insufficient funds for gas * price + value"))
    assert isinstance(complaint, TransactionRefused)
    assert "give the account enough" in str(complaint)


@pytest.mark.parametrize("text", ["already known", "transaction already imported", "Known transaction"])
def test_is_known_already(text: str) -> None:
    assert is_known_already(RpcError(-32000, text))


@pytest.mark.parametrize("text", ["nonce too low", "Nonce too low", "NONCE_TOO_LOW", "nonce below current"])
def test_is_nonce_too_low(text: str) -> None:
    assert is_nonce_too_low(RpcError(-32000, text))


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("insufficient funds for gas * price + value", True),
        ("Sender account not authorized to send transactions", True),
        ("intrinsic gas too low", True),
        ("transaction underpriced", True),
        ("replacement transaction underpriced", False),
        ("txpool is full", False),
        ("already known", False),
    ],
)
def test_is_refused_for_good(text: str, lasts: bool) -> None:
    assert is_refused_for_good(RpcError(-32000, text)) is lasts
