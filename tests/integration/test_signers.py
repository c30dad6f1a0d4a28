"""Remote signers: what they return is checked before it is used; on a real chain they write like a key in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_client import server
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.adapters.chain.rpc import hexed
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.keys.remote import METHODS, Dialect, RemoteSigner
from trustspace.crypto.signing import SigningKey, recover
from trustspace.domain.ids import Address, ParticipantId
from trustspace.domain.participants import Role
from trustspace.encoding.eip712 import consent_message
from trustspace.encoding.hashing import keccak
from trustspace.encoding.transactions import Fees, Transaction
from trustspace.errors import InvalidKey, SignerMissing
from trustspace.testing.actors import actor_key

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit

KEY, OTHER = actor_key("bank 1"), actor_key("bank 2")
UNLOCKED = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")  # Anvil's first account
MESSAGE = consent_message(KEY.address, 31337, ParticipantId(1), KEY.address)
TRANSACTION = Transaction(chain_id=31337, nonce=3, to=OTHER.address, data=b"x", gas=30_000, fees=Fees(price=7))


def signer_service(key: SigningKey, dialect: Dialect, *, transaction: Transaction | None = None) -> Any:
    """Answers as Web3Signer (raw bytes) or Clef (an object) would, with a key of the test's choice."""

    def answer(body: Any) -> tuple[int, bytes]:
        sign_transaction, sign_typed = METHODS[dialect]
        value: Any
        if body["method"] == sign_transaction:
            raw = hexed(key.sign_transaction(transaction or _from_json(body["params"][0])))
            value = {"raw": raw, "tx": {}} if dialect == "account" else raw
        elif body["method"] == sign_typed:
            value = hexed(key.sign_message(MESSAGE))
        else:
            return 200, json.dumps({"id": body["id"], "error": {"code": -32601, "message": "unknown"}}).encode()
        return 200, json.dumps({"id": body["id"], "result": value}).encode()

    return server(answer)


def _from_json(fields: dict[str, str]) -> Transaction:
    number = lambda name: int(fields[name], 16)  # noqa: E731
    fees = (
        Fees(price=number("gasPrice"))
        if "gasPrice" in fields
        else Fees(price=number("maxFeePerGas"), priority=number("maxPriorityFeePerGas"))
    )
    return Transaction(
        chain_id=number("chainId"),
        nonce=number("nonce"),
        to=Address(fields["to"]) if "to" in fields else None,
        data=bytes.fromhex(fields["data"][2:]),
        gas=number("gas"),
        fees=fees,
        value=number("value"),
    )


@pytest.mark.parametrize("dialect", sorted(METHODS))
@pytest.mark.parametrize("fees", [Fees(price=0), Fees(price=9, priority=1)])
def test_remote__each_dialect__signs_as_the_key_itself(dialect: Dialect, fees: Fees) -> None:
    transaction = Transaction(chain_id=31337, nonce=0, to=None, data=b"create", gas=10**6, fees=fees)
    with signer_service(KEY, dialect) as (url, _):
        signer = RemoteSigner(url, KEY.address, dialect=dialect)
        assert signer.sign_message(MESSAGE) == KEY.sign_message(MESSAGE)
        assert signer.sign_transaction(transaction) == KEY.sign_transaction(transaction)


def test_remote__signs_with_another_account__is_refused() -> None:
    with signer_service(OTHER, "eth") as (url, _):
        signer = RemoteSigner(url, KEY.address)
        with pytest.raises(InvalidKey, match="of another account or message"):
            signer.sign_message(MESSAGE)
        with pytest.raises(InvalidKey, match="a transaction of another account"):
            signer.sign_transaction(TRANSACTION)


def test_remote__changes_the_transaction__is_refused() -> None:
    changed = replace(TRANSACTION, to=KEY.address)
    with (
        signer_service(KEY, "eth", transaction=changed) as (url, _),
        pytest.raises(InvalidKey, match="another transaction than asked for"),
    ):
        RemoteSigner(url, KEY.address).sign_transaction(TRANSACTION)


def test_remote__refuses__says_who_and_where() -> None:
    with signer_service(KEY, "account") as (url, _), pytest.raises(SignerMissing) as refused:
        RemoteSigner(url, KEY.address, dialect="eth").sign_message(MESSAGE)
    assert str(refused.value).startswith(f"{KEY.address} at {url}")
    assert "the signer refused: unknown" in str(refused.value)


def test_remote__account_unlocked_at_the_node__writes_to_a_contract(data_space: SpaceKit) -> None:
    signer = RemoteSigner(data_space.url, UNLOCKED, dialect="eth_v4")
    assert recover(MESSAGE.digest, signer.sign_message(MESSAGE)) == UNLOCKED
    registry = data_space.actors.regulator.participants
    admitted = registry.admit(UNLOCKED, Role.BANK).value
    bank = ParticipantRegistry(data_space.client, Sender(Node(data_space.url), signer))
    bank.set_encryption_key(keccak(b"key"))
    assert registry.encryption_key(admitted) == keccak(b"key")
