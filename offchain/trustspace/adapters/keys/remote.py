"""A signer at a URL that never gives its key away: Web3Signer (`eth_…`) or Clef (`account_…`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from trustspace.adapters.chain.rpc import JsonRpc, RpcError, Timeouts, hexed, quantity, raw_bytes
from trustspace.crypto.signing import SIGNATURE_BYTES, recover
from trustspace.encoding.transactions import Transaction
from trustspace.errors import InvalidKey, SignerMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import Address
    from trustspace.encoding.eip712 import TypedMessage

Dialect = Literal["eth", "eth_v4", "account"]
# dialect -> names of the methods that sign a transaction and a typed message
METHODS: dict[Dialect, tuple[str, str]] = {
    "eth": ("eth_signTransaction", "eth_signTypedData"),
    "eth_v4": ("eth_signTransaction", "eth_signTypedData_v4"),
    "account": ("account_signTransaction", "account_signTypedData"),
}


class RemoteSigner:
    """Signs for one account. What comes back is checked, so that a wrong account or a changed content is refused."""

    def __init__(
        self,
        url: str,
        address: Address,
        *,
        dialect: Dialect = "eth",
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`dialect`: "eth" for Web3Signer, "eth_v4" for nodes with unlocked accounts, "account" for Clef."""
        self._rpc = JsonRpc(url, timeouts=timeouts or Timeouts(answer=30.0, retries=1), headers=headers)
        self._address = address
        self._sign_transaction, self._sign_typed = METHODS[dialect]

    @property
    def address(self) -> Address:
        """Account that signs."""
        return self._address

    def __repr__(self) -> str:
        return f"RemoteSigner(address={self._address}, url={self._rpc.url})"

    def sign_message(self, message: TypedMessage) -> bytes:
        """65-byte signature. Raises SignerMissing when the signer refuses, InvalidKey when another account signed."""
        answer = raw_bytes(self._ask(self._sign_typed, self._address, message.as_json()))
        if len(answer) != SIGNATURE_BYTES:
            raise self._wrong(f"{len(answer)} bytes instead of a signature")
        signature = answer[:64] + bytes([answer[64] % 27 + 27])
        if recover(message.digest, signature) != self._address:
            raise self._wrong("the signature of another account or message")
        return signature

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """Signed bytes. Raises SignerMissing when the signer refuses, InvalidKey when it signed something else."""
        answer = self._ask(self._sign_transaction, _as_json(self._address, transaction))
        raw = raw_bytes(answer["raw"] if isinstance(answer, dict) else answer)
        if Transaction.parse(raw) != transaction:
            raise self._wrong("another transaction than asked for")
        if recover(transaction.digest(), Transaction.signature_of(raw)) != self._address:
            raise self._wrong("a transaction of another account")
        return raw

    def _ask(self, method: str, *params: Any) -> Any:
        try:
            return self._rpc.call(method, *params)
        except RpcError as error:
            raise SignerMissing(
                f"the signer refused: {error.message}",
                where=f"{self._address} at {self._rpc.url}",
                remedy="is the account unlocked there, and does the signer allow this?",
            ) from error

    def _wrong(self, what: str) -> InvalidKey:
        return InvalidKey(
            f"the signer returned {what}",
            where=f"{self._address} at {self._rpc.url}",
            remedy="check the account and the signer's version",
        )


def _as_json(sender: Address, transaction: Transaction) -> dict[str, str]:
    fees = transaction.fees
    priced = (
        {"gasPrice": quantity(fees.price)}
        if fees.priority is None
        else {"maxFeePerGas": quantity(fees.price), "maxPriorityFeePerGas": quantity(fees.priority)}
    )
    return {
        "from": sender,
        **({} if transaction.to is None else {"to": transaction.to}),
        "gas": quantity(transaction.gas),
        **priced,
        "value": quantity(transaction.value),
        "data": hexed(transaction.data),
        "nonce": quantity(transaction.nonce),
        "chainId": quantity(transaction.chain_id),
    }
