"""Transactions against eth_account and the RLP examples of the Ethereum documentation."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.crypto.signing import SigningKey
from trustspace.domain.ids import Address
from trustspace.encoding.address import checksum_address
from trustspace.encoding.hashing import keccak
from trustspace.encoding.transactions import Fees, Transaction, contract_address
from trustspace.errors import OutOfRange

SECRET = keccak(b"a key for this test")
KEY = SigningKey(SECRET)

transactions = st.builds(
    Transaction,
    chain_id=st.sampled_from([1, 1337, 31337, 2**40]),
    nonce=st.integers(0, 2**40),
    to=st.none() | st.binary(min_size=20, max_size=20).map(checksum_address),
    data=st.binary(max_size=300),
    gas=st.integers(21_000, 2**30),
    fees=st.builds(Fees, price=st.integers(0, 2**60), priority=st.none() | st.integers(0, 2**40)),
    value=st.integers(0, 2**80),
)


def by_eth_account(transaction: Transaction) -> Any:
    fees = transaction.fees
    fields: dict[str, Any] = {
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "to": transaction.to or "",
        "data": transaction.data,
        "gas": transaction.gas,
        "value": transaction.value,
    }
    if fees.priority is None:
        fields["gasPrice"] = fees.price
    else:
        fields |= {"type": 2, "maxFeePerGas": fees.price, "maxPriorityFeePerGas": fees.priority}
    return Account.sign_transaction(fields, SECRET)


@settings(max_examples=150, deadline=None)
@given(transaction=transactions)
def test_signed__any_transaction__equals_eth_account_byte_for_byte(transaction: Transaction) -> None:
    expected = by_eth_account(transaction)
    raw = KEY.sign_transaction(transaction)
    assert raw == bytes(expected.raw_transaction)
    assert keccak(raw) == bytes(expected.hash)


@settings(max_examples=150, deadline=None)
@given(transaction=transactions)
def test_parse__what_was_signed__comes_back(transaction: Transaction) -> None:
    raw = KEY.sign_transaction(transaction)
    assert Transaction.parse(raw) == transaction
    assert Transaction.signature_of(raw) == KEY.sign(transaction.digest())


def test_contract_address__first_contract_of_anvils_first_account() -> None:
    sender = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    assert checksum_address(contract_address(sender, 0)) == "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def test_parse__something_else__is_refused() -> None:
    with pytest.raises(OutOfRange, match="not canonical RLP"):
        Transaction.parse(b"\x05hello")


def test_signed__signature_of_another_length__is_refused() -> None:
    transaction = Transaction(chain_id=1, nonce=0, to=None, data=b"", gas=1, fees=Fees(price=0))
    with pytest.raises(OutOfRange, match="65 bytes, not 64"):
        transaction.signed(bytes(64))
