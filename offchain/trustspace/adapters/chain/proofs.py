"""Proof from the chain itself of which transaction consumed a nonce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.chain.rpc import RpcError, field_of, number, quantity, raw_bytes
from trustspace.errors import TransactionLost

if TYPE_CHECKING:
    from trustspace.adapters.chain.node import Node
    from trustspace.domain.ids import Address


def consumer_of_nonce(node: Node, account: Address, nonce: int, own: bytes, *, confirmations: int) -> bytes | None:
    """Hash of the foreign transaction that consumed `nonce`, finally; None while that is not so, or it was `own`.

    Looks for the block in which the account's count passed the nonce, and for the transaction in it. Raises
    TransactionLost when the node no longer has the state to tell.
    """
    last = node.block_number() - confirmations
    if last < 0 or _count(node, account, last) <= nonce or node.receipt(own) is not None:
        return None
    try:
        block = _passing_block(node, account, nonce, last)
        transactions = field_of(node.rpc.call("eth_getBlockByNumber", quantity(block), True), "transactions")
    except RpcError as error:
        raise TransactionLost(
            f"nonce {nonce} is used up, and the node cannot tell by which transaction: {error.message}",
            where=f"account {account}, transaction 0x{own.hex()}",
            remedy="ask a node with older state, then resume; signing again now could do the same thing twice",
        ) from error
    for found in transactions:
        sender = str(field_of(found, "from"))
        if sender.lower() == account.lower() and number(field_of(found, "nonce")) == nonce:
            foreign = raw_bytes(field_of(found, "hash"))
            return None if foreign == own else foreign
    return None


def _passing_block(node: Node, account: Address, nonce: int, last: int) -> int:
    """The block after which the account's count is above `nonce` for the first time; gallops back from `last`."""
    above, step = last, 1
    below = last - step
    while below >= 0 and _count(node, account, below) > nonce:
        above, step = below, 2 * step
        below = max(above - step, 0) if above > 0 else -1
    while above - below > 1:
        middle = (above + below) // 2
        if _count(node, account, middle) > nonce:
            above = middle
        else:
            below = middle
    return above


def _count(node: Node, account: Address, block: int) -> int:
    return number(node.rpc.call("eth_getTransactionCount", account, quantity(block)))
