"""Brings stored transactions to their end: broadcast, wait, broadcast again, until each is final.

No more than one block holds is under way at a time: nodes cap what one account may have waiting, and Anvil never mines
what did not fit into the block that a batch triggered.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.errors import (
    call_failure,
    is_known_already,
    is_never_valid,
    is_nonce_too_low,
    is_refused_for_good,
    is_too_cheap,
    send_failure,
)
from trustspace.adapters.chain.node import receipt_of
from trustspace.adapters.chain.patience import Patience
from trustspace.adapters.chain.proofs import consumer_of_nonce
from trustspace.adapters.chain.rpc import RpcError, field_of, hexed, number
from trustspace.adapters.store.outbox import Entry, OutboxState
from trustspace.encoding.transactions import Transaction
from trustspace.errors import LedgerError, TransactionLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trustspace.adapters.chain.node import Node, Receipt
    from trustspace.adapters.store.outbox import Outbox
    from trustspace.domain.ids import Address

WINDOW = 400  # transactions under way at a time, if a block holds as many


@dataclass(slots=True)
class _Work:
    """What one call of `settle` knows. Keys are the ids of the entries that were given."""

    waiting: dict[int, Entry]
    room: int
    under_way: list[int] = field(default_factory=list)
    sent: set[bytes] = field(default_factory=set)
    receipts: dict[int, Receipt] = field(default_factory=dict)

    def advance(self) -> list[int]:
        """The keys to work on, by nonce: what is under way and, once half a block is free, more to fill it."""
        self.under_way = [key for key in self.under_way if key in self.waiting]
        signed = [key for key in self.under_way if self.waiting[key].state is OutboxState.SIGNED]
        free = self.room - sum(self._gas(key) for key in signed)
        if not signed or (2 * free >= self.room and len(signed) < WINDOW):
            begun = set(self.under_way)
            for key in (key for key in self.waiting if key not in begun):
                if self.waiting[key].state is OutboxState.SIGNED:
                    free -= self._gas(key)
                    if (free < 0 or len(signed) >= WINDOW) and signed:
                        break
                    signed.append(key)
                self.under_way.append(key)
        return self.under_way

    def _gas(self, key: int) -> int:
        return Transaction.parse(self.waiting[key].raw).gas


class Delivery:
    """Delivers for one account on one chain."""

    def __init__(
        self,
        node: Node,
        outbox: Outbox,
        account: Address,
        *,
        confirmations: int,
        sign_again: Callable[[Entry], Entry],
        reprice: Callable[[Entry], Entry | None],
        observe: Callable[[str, Receipt], None] | None,
    ) -> None:
        """`sign_again` stores an entry's operation under another nonce, `reprice` under the same with other fees.

        `reprice` answers None when the fees are no others. The other arguments are the sender's.
        """
        self._node = node
        self._outbox = outbox
        self._account = account
        self._confirmations = confirmations
        self._sign_again = sign_again
        self._reprice = reprice
        self._observe = observe

    def begin(self, entries: Sequence[Entry]) -> None:
        """Broadcast what fits into a block, without waiting."""
        work = _Work({entry.id: entry for entry in entries}, self._room(entries))
        self._broadcast([work.waiting[key] for key in work.advance()], first=True)

    def settle(self, entries: Iterable[Entry], *, unsent: Iterable[Entry] = ()) -> dict[int, Receipt]:
        """Wait until every entry is final; receipts by the ids of `entries`. `unsent` was never broadcast before.

        Raises TransactionLost when nothing happens for too long, TransactionRefused when the node will not take one.
        """
        ordered = sorted(entries, key=lambda entry: entry.nonce)
        work = _Work({entry.id: entry for entry in ordered}, self._room(ordered))
        for key, entry in list(work.waiting.items()):
            if entry.state is OutboxState.FINAL and entry.receipt is not None:
                work.receipts[key] = receipt_of(json.loads(entry.receipt))
                del work.waiting[key]
        new = {entry.id for entry in unsent}
        patience = Patience(self._node.timeouts.receipt)
        while work.waiting:
            keys = list(work.advance())
            self._push(work, [key for key in keys if key in new], first=True)
            new.difference_update(keys)
            head, missing = self._look(work, keys)
            first_seen = [key for key in missing if work.waiting[key].hash not in work.sent]
            if first_seen or (missing and patience.may_push()):
                self._push(work, first_seen or missing)
            patience.note((len(work.waiting), None if missing else head))
            if work.waiting:
                if patience.exhausted():
                    raise self._late(work, missing)
                time.sleep(patience.pause())
        return work.receipts

    def _room(self, entries: Sequence[Entry]) -> int:
        if len(entries) < 2:
            return 0
        return number(field_of(self._node.rpc.call("eth_getBlockByNumber", "latest", False), "gasLimit"))

    def _broadcast(self, entries: Sequence[Entry], *, first: bool) -> tuple[list[Entry], list[tuple[Entry, Entry]]]:
        """Give the bytes to the node; returns those whose nonce it calls used up, and the repriced beside the old.

        Raises TransactionRefused when the node will not take one for a reason that lasts. If nobody can have it from
        before (`first`, or bytes that are never valid), its nonce is free for the next signature; else a copy may
        still be mined somewhere, so that only the same operation, with other fees, may have the nonce.
        """
        stale: list[Entry] = []
        refused: list[tuple[Entry, RpcError]] = []
        answers = self._node.rpc.batch([("eth_sendRawTransaction", (hexed(entry.raw),)) for entry in entries])
        for entry, answer in zip(entries, answers, strict=True):
            if not isinstance(answer, RpcError) or is_known_already(answer):
                continue
            if is_nonce_too_low(answer):
                stale.append(entry)
            elif is_refused_for_good(answer):
                refused.append((entry, answer))
        unknown = {entry.id for entry, answer in refused if first or is_never_valid(answer)}
        if unknown:
            self._outbox.move([(entry, OutboxState.DISPLACED, None) for entry, _ in refused if entry.id in unknown])
        repriced: list[tuple[Entry, Entry]] = []
        for entry, answer in refused:
            again = self._reprice(entry) if entry.id not in unknown and is_too_cheap(answer) else None
            if again is None:
                raise send_failure(entry.label, answer)
            repriced.append((entry, again))
        return stale, repriced

    def _push(self, work: _Work, keys: Sequence[int], *, first: bool = False) -> None:
        """Broadcast; an entry whose nonce a foreign transaction provably consumed is signed with another.

        If the consumer is an earlier signature of the same operation, that one counts.
        """
        by_id = {work.waiting[key].id: key for key in keys}
        work.sent.update(work.waiting[key].hash for key in keys)
        stale, repriced = self._broadcast([work.waiting[key] for key in keys], first=first)
        for entry, again in repriced:
            work.waiting[by_id[entry.id]] = again
        for entry in stale:
            foreign = consumer_of_nonce(
                self._node, self._account, entry.nonce, entry.hash, confirmations=self._confirmations
            )
            if foreign is not None:
                earlier = self._outbox.restore(entry, foreign)
                work.waiting[by_id[entry.id]] = earlier or self._sign_again(entry)

    def _look(self, work: _Work, keys: Sequence[int]) -> tuple[int, list[int]]:
        """Ask for receipts and note what they say; returns the head and the keys of those without one."""
        head, answers = self._receipts(work, keys)
        moves: list[tuple[Entry, OutboxState, str | None]] = []
        missing: list[int] = []
        for key in keys:
            answer = answers.get(key)
            if answer is None or isinstance(answer, RpcError):
                missing.append(key)
                if answer is None:
                    self._note_missing(work, key, moves)
            else:
                self._note_mined(work, key, receipt_of(answer), json.dumps(answer), head, moves)
        if moves:
            self._outbox.move(moves)
        return head, missing

    def _receipts(self, work: _Work, keys: Sequence[int]) -> tuple[int, dict[int, Any]]:
        """The head, and the node's answers for a single key, or for those worth asking for.

        Of many only those are worth it that the account's count of mined transactions covers.
        """
        calls = {key: ("eth_getTransactionReceipt", (hexed(work.waiting[key].hash),)) for key in keys}
        if len(keys) == 1:
            head, *answers = self._node.rpc.batch([("eth_blockNumber", ()), *calls.values()])
            return _height(head), dict(zip(keys, answers, strict=True))
        head, count = self._node.rpc.batch(
            [("eth_blockNumber", ()), ("eth_getTransactionCount", (self._account, "latest"))]
        )
        reached = _height(count)
        worth = [
            key for key in keys if work.waiting[key].nonce < reached or work.waiting[key].state is OutboxState.MINED
        ]
        return _height(head), dict(zip(worth, self._node.rpc.batch([calls[key] for key in worth]), strict=True))

    def _note_missing(self, work: _Work, key: int, moves: list[tuple[Entry, OutboxState, str | None]]) -> None:
        entry = work.waiting[key]
        if entry.state is OutboxState.MINED:  # reorganised away
            moves.append((entry, OutboxState.SIGNED, None))
            work.waiting[key] = replace(entry, state=OutboxState.SIGNED)
            work.sent.discard(entry.hash)

    def _note_mined(
        self,
        work: _Work,
        key: int,
        receipt: Receipt,
        text: str,
        head: int,
        moves: list[tuple[Entry, OutboxState, str | None]],
    ) -> None:
        entry = work.waiting[key]
        if head - receipt.block >= self._confirmations:
            moves.append((entry, OutboxState.FINAL if receipt.succeeded else OutboxState.FAILED, text))
            work.receipts[key] = receipt
            del work.waiting[key]
            if self._observe is not None:
                self._observe(entry.label, receipt)
        elif entry.state is OutboxState.SIGNED:
            moves.append((entry, OutboxState.MINED, text))
            work.waiting[key] = replace(entry, state=OutboxState.MINED)

    def _late(self, work: _Work, missing: Sequence[int]) -> LedgerError:
        first = min(work.waiting.values(), key=lambda entry: entry.nonce)
        count = number(self._node.rpc.call("eth_getTransactionCount", self._account, "latest"))
        seconds = self._node.timeouts.receipt
        if not missing:
            text = f"mined, but without {self._confirmations} blocks on top after {seconds:g} s"
            remedy = "it is stored: resume later, or ask for fewer confirmations"
        elif count < first.nonce:
            text = f"nonce {count} is missing: an earlier transaction of this account was refused or dropped"
            remedy = f"send that one again, or any transaction with nonce {count}; ours follow from {first.nonce} on"
        else:
            text = f"not mined after {seconds:g} s"
            remedy = "it is stored and will be sent again by resume(); does the chain make blocks?"
        return TransactionLost(text, where=f"{first.label}, transaction 0x{first.hash.hex()}", remedy=remedy)


def _height(answer: Any) -> int:
    """A block's or a nonce's number. Raises ChainUnreachable when the node gives an error instead."""
    if isinstance(answer, RpcError):
        raise call_failure("eth_blockNumber", answer) from answer
    return number(answer)
