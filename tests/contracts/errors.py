"""How tests name a contract's refusal: by error and arguments, in the words brownie decodes them to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from brownie import project
from brownie.exceptions import VirtualMachineError, decode_typed_error
from eth_abi import encode
from eth_utils import keccak


@cache
def _types_of(name: str) -> tuple[str, ...]:
    for contract in project.get_loaded_projects()[0].dict().values():
        for entry in contract.abi:
            if entry["type"] == "error" and entry["name"] == name:
                return tuple(argument["type"] for argument in entry["inputs"])
    raise LookupError(f"no contract has an error {name}")


def revert_data(name: str, *args: Any) -> str:
    """What a revert with this error returns, in hexadecimal."""
    types = _types_of(name)
    values = [str(value) if kind == "address" else value for kind, value in zip(types, args, strict=True)]
    return "0x" + (keccak(text=f"{name}({','.join(types)})")[:4] + encode(types, values)).hex()


@contextmanager
def reverts_with(name: str, *args: Any) -> Iterator[None]:
    """The block is refused with exactly this error and these arguments."""
    expected = decode_typed_error(revert_data(name, *args))
    try:
        yield
    except VirtualMachineError as refusal:
        assert refusal.revert_msg == expected  # noqa: PT017 - the block holds one call
    else:
        raise AssertionError(f"not refused; expected {expected}")
