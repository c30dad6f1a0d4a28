"""What a node says about a failed call, as errors of this package."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.artifacts import ErrorType, load
from trustspace.adapters.chain.refusals import SENTENCES
from trustspace.domain.deployment import CONTRACTS
from trustspace.encoding.abi import tuple_of
from trustspace.errors import ContractRefused, LedgerError, OutOfRange, TransactionRefused

if TYPE_CHECKING:
    from trustspace.adapters.chain.rpc import RpcError

_ERROR = ErrorType("Error", bytes.fromhex("08c379a0"), tuple_of([{"type": "string", "name": "message"}]))
_PANIC = ErrorType("Panic", bytes.fromhex("4e487b71"), tuple_of([{"type": "uint256", "name": "code"}]))

# What nodes (Anvil, Besu, Geth, Erigon, Nethermind) say in words. First match wins.
_KNOWN_ALREADY = ("already known", "already imported", "known transaction", "alreadyknown", "already exists")
_NONCE_LOW = ("nonce too low", "nonce is too low", "oldnonce", "nonce below", "nonce_too_low")
_RAISE_FEES = "raise the fees"
_NEVER_VALID = ("intrinsic gas", "chain id")
_REFUSED: tuple[tuple[str, str], ...] = (
    ("insufficient funds", "give the account enough for gas; on a network without gas price set the fees to zero"),
    ("not authorized", "the node's account list does not admit this account"),
    ("not in allowlist", "the node's account list does not admit this account"),
    ("chain id", "the signature is for another chain"),
    ("intrinsic gas", "raise the gas limit"),
    ("exceeds block gas limit", "lower the gas limit or send smaller batches"),
    ("gas limit too high", "lower the gas limit or send smaller batches"),
    ("max fee per gas less than block base fee", _RAISE_FEES),
    ("underpriced", _RAISE_FEES),
    ("below configured minimum", _RAISE_FEES),
)


def refusal(contract: str, data: bytes) -> ContractRefused:
    """The custom error in the bytes a revert returned, looked up over all contracts."""
    kind = _errors().get(data[:4]) if len(data) >= 4 else None
    if kind is None:
        if not data:
            return _refused(contract, ErrorType("NoReason", b"", tuple_of([])), {})
        return ContractRefused(
            contract, "Unknown", {"data": "0x" + data.hex()}, message=f"unknown error 0x{data[:4].hex()}"
        )
    try:
        values = kind.inputs.decode(data[4:], 0)
    except OutOfRange:
        values = ()
    return _refused(contract, kind, dict(zip(kind.inputs.names, values, strict=False)))


def call_failure(contract: str, error: RpcError) -> LedgerError:
    """What a failed `eth_call` or `eth_estimateGas` means: a revert with its reason, or a complaint of the node."""
    data = revert_data(error)
    if data is not None:
        return refusal(contract, data)
    if "revert" in error.message.lower():
        return refusal(contract, b"")
    return TransactionRefused(f"the node refused the call: {error.message}", where=contract, remedy=_remedy(error))


def revert_data(error: RpcError) -> bytes | None:
    """The bytes of a revert, wherever this node puts them; None when the error is something else."""
    found = error.data
    if isinstance(found, dict):  # {"data": "0x…"} or {hash: {"return": "0x…"}}
        inner = found.get("data") or found.get("return") or next(iter(found.values()), None)
        found = inner.get("return") if isinstance(inner, dict) else inner
    if not isinstance(found, str):
        return None
    text = found.removeprefix("Reverted ").removeprefix("0x")
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def is_known_already(error: RpcError) -> bool:
    """Whether the node has this very transaction."""
    return any(words in error.message.lower() for words in _KNOWN_ALREADY)


def is_nonce_too_low(error: RpcError) -> bool:
    """Whether the nonce is used up: by this transaction, or by another."""
    return any(words in error.message.lower() for words in _NONCE_LOW)


def is_refused_for_good(error: RpcError) -> bool:
    """Whether sending again cannot help before something else is mended.

    "Replacement underpriced" is no such case: a foreign transaction with the nonce waits, and will be mined or dropped.
    """
    text = error.message.lower()
    return "replacement" not in text and any(words in text for words, _ in _REFUSED)


def is_never_valid(error: RpcError) -> bool:
    """Whether no node can ever have taken these bytes."""
    return any(words in error.message.lower() for words in _NEVER_VALID)


def is_too_cheap(error: RpcError) -> bool:
    """Whether the same transaction with higher fees might be taken."""
    return _remedy(error) == _RAISE_FEES


def send_failure(label: str, error: RpcError) -> TransactionRefused:
    """A node that would not take a signed transaction."""
    return TransactionRefused(f"the node refused the transaction: {error.message}", where=label, remedy=_remedy(error))


def readable(value: Any) -> str:
    """An argument for people: bytes in hexadecimal."""
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def explanation(kind: ErrorType) -> tuple[str, str]:
    """Sentence and remedy of an error; empty when it has none."""
    return SENTENCES.get(kind.name + kind.inputs.name) or SENTENCES.get(kind.name, ("", ""))


def _refused(contract: str, kind: ErrorType, arguments: dict[str, Any]) -> ContractRefused:
    sentence, remedy = explanation(kind)
    shown = {name: readable(value) for name, value in arguments.items()}
    try:
        message = sentence.format(**shown)
    except KeyError:
        message = ""
    listed = ", ".join(f"{name}={value}" for name, value in shown.items())
    full = f"{message} [{kind.name}]" if message else f"{kind.name}({listed})"
    return ContractRefused(contract, kind.name, arguments, message=full, remedy=remedy)


def _remedy(error: RpcError) -> str:
    text = error.message.lower()
    return next((remedy for words, remedy in _REFUSED if words in text), "see the node's log")


@lru_cache(maxsize=1)
def _errors() -> dict[bytes, ErrorType]:
    found = {kind.selector: kind for kind in (_ERROR, _PANIC)}
    for contract in CONTRACTS:
        found.update(load(contract).errors)
    return found
