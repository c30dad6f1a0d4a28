"""Sends transactions so that none is lost and none is doubled, whatever dies in between.

    check (static call) -> reserve nonce, sign, store -> broadcast -> wait for the receipt by hash -> final

The stored bytes are broadcast again until they are mined, also after a restart and after a reorganisation. A nonce is
given up only when the chain itself shows the foreign transaction that consumed it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trustspace.adapters.chain.errors import (
    call_failure,
    is_known_already,
    is_nonce_too_low,
    is_refused_for_good,
    refusal,
    send_failure,
)
from trustspace.adapters.chain.fees import FeeSource
from trustspace.adapters.chain.node import ReadCall, Receipt, receipt_of
from trustspace.adapters.chain.patience import Patience
from trustspace.adapters.chain.proofs import consumer_of_nonce
from trustspace.adapters.chain.rpc import RpcError, hexed, number
from trustspace.adapters.store.outbox import Draft, Entry, Outbox, OutboxState, Scope, Signed
from trustspace.encoding.hashing import keccak
from trustspace.encoding.transactions import Transaction
from trustspace.errors import ContractRefused, LedgerError, OperationConflict, TransactionLost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.adapters.chain.node import Node
    from trustspace.crypto.signing import Signer
    from trustspace.domain.ids import Address, OperationId
    from trustspace.encoding.transactions import Fees

WINDOW = 100  # transactions looked at per round trip
GAS_MARGIN = (6, 5)  # estimates times 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A write. `contract` and `function` are names for people; `to` None creates a contract; `gas` None is estimated.

    `operation` is the caller's own id of what it wants done: sent twice, it happens once.
    """

    contract: str
    function: str
    to: Address | None
    data: bytes
    operation: OperationId
    gas: int | None = None

    @property
    def label(self) -> str:
        """Contract and function."""
        return f"{self.contract}.{self.function}"

    @property
    def content(self) -> bytes:
        """Hash of what it does."""
        return keccak((self.to or "").lower().encode() + b"|" + self.data)


class Sender:
    """Writes of one account on one chain."""

    def __init__(
        self,
        node: Node,
        signer: Signer,
        outbox: Outbox | None = None,
        *,
        confirmations: int = 0,
        fees: Fees | None = None,
        observe: Callable[[str, Receipt], None] | None = None,
    ) -> None:
        """`confirmations` blocks on top make a transaction final (0 where blocks are final, as with QBFT).

        Without an outbox file nothing survives a crash of this program. `fees` None asks the node. `observe` is told
        label and receipt of every final transaction.
        """
        self.node = node
        self.signer = signer
        self.outbox = outbox or Outbox()
        self.confirmations = confirmations
        self._fees = FeeSource(node, fees)
        self._observe = observe

    @property
    def address(self) -> Address:
        """Account that signs and sends."""
        return self.signer.address

    def send(self, request: Request, *, check: bool = True) -> Receipt:
        """Send one write and wait until it is final; an operation done before is only looked up.

        Raises ContractRefused with the custom error (before anything is signed, if `check`), TransactionRefused when
        the node does not take it, TransactionLost when it is not final in time, OperationConflict, ChainUnreachable.
        """
        return self.send_many([request], check=check)[0]

    def send_many(self, requests: Sequence[Request], *, check: bool = True) -> list[Receipt]:
        """The same for many at once, in the order given, broadcast in raw JSON-RPC batches.

        Each is checked against the present state: pass check=False and `gas` where one depends on another. When some
        revert, the first is raised after all are final.
        """
        entries = self.submit(requests, check=check)
        receipts = self._settle({entry.id: entry for entry in entries})
        for entry in entries:
            if not receipts[entry.id].succeeded:
                raise self._why(entry, receipts[entry.id])
        return [receipts[entry.id] for entry in entries]

    def submit(self, requests: Sequence[Request], *, check: bool = True) -> list[Entry]:
        """Check, sign, store and broadcast without waiting; `resume` brings them to their end."""
        scope = self._scope()
        known = {request.operation: self._known(scope, request) for request in requests}
        fresh = [request for request in requests if known[request.operation] is None]
        if fresh:
            gas = self._prepare(fresh, check=check)
            entries = self._store(scope, fresh, gas)
            self._broadcast(entries)
            known.update((entry.operation, entry) for entry in entries)
        return [entry for request in requests if (entry := known[request.operation]) is not None]

    def resume(self) -> list[tuple[str, Receipt]]:
        """Bring everything that is stored and not final to its end; (label, receipt) of each, reverted ones included.

        To be called when a program starts. Raises as `send`, but not ContractRefused.
        """
        entries = self.outbox.unfinished(self._scope())
        receipts = self._settle({entry.id: entry for entry in entries})
        return [(entry.label, receipts[entry.id]) for entry in entries]

    # --- before sending ----------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        return Scope(chain=self.node.identity.key, sender=self.address)

    def _known(self, scope: Scope, request: Request) -> Entry | None:
        entry = self.outbox.find(scope, request.operation)
        if entry is None or entry.state is OutboxState.FAILED:
            return None
        if entry.content != request.content:
            raise OperationConflict(
                f"operation {request.operation.hex()} was {entry.label} with other contents",
                where=request.label,
                remedy="give every operation an id of its own",
            )
        return entry

    def _prepare(self, requests: Sequence[Request], *, check: bool) -> list[int]:
        """Gas limit of each. Raises ContractRefused for the first that would revert."""
        calls: list[tuple[str, tuple[object, ...]]] = []
        for request in requests:
            call = {"from": self.address, "data": hexed(request.data)}
            if request.to is not None:
                call["to"] = request.to
            if request.gas is None:
                calls.append(("eth_estimateGas", (call,)))
            elif check:
                calls.append(("eth_call", (call, "latest")))
        calls.append(("eth_getBlockByNumber", ("latest", False)))
        *found, block = self.node.rpc.batch(calls)
        most = number(block["gasLimit"])  # the margin must not make a large batch unminable
        answers = iter(found)
        limits = []
        for request in requests:
            answer = next(answers) if request.gas is None or check else None
            if isinstance(answer, RpcError):
                raise call_failure(request.contract, answer) from answer
            limits.append(request.gas or min(number(answer) * GAS_MARGIN[0] // GAS_MARGIN[1], most))
        return limits

    def _store(self, scope: Scope, requests: Sequence[Request], gas: Sequence[int]) -> list[Entry]:
        fees = self._fees.current()
        chain_id = self.node.identity.chain_id

        def sign(position: int, nonce: int) -> Signed:
            request = requests[position]
            return self._sign(
                Transaction(
                    chain_id=chain_id, nonce=nonce, to=request.to, data=request.data, gas=gas[position], fees=fees
                )
            )

        drafts = [
            Draft(operation=request.operation, content=request.content, label=request.label) for request in requests
        ]
        return self.outbox.reserve(scope, drafts, self._next_nonce(), sign)

    def _sign(self, transaction: Transaction) -> Signed:
        raw = self.signer.sign_transaction(transaction)
        return Signed(hash=keccak(raw), raw=raw)

    def _next_nonce(self) -> int:
        return number(self.node.rpc.call("eth_getTransactionCount", self.address, "pending"))

    # --- sending -----------------------------------------------------------------------------------------------

    def _broadcast(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give the bytes to the node; returns those whose nonce it calls used up.

        Raises TransactionRefused when the node will not take the first of them for a reason that lasts.
        """
        stale = []
        if len(entries) == 1:
            answers = [self._broadcast_one(entries[0])]
        else:
            answers = self.node.rpc.batch([("eth_sendRawTransaction", (hexed(entry.raw),)) for entry in entries])
        for entry, answer in zip(entries, answers, strict=True):
            if not isinstance(answer, RpcError) or is_known_already(answer):
                continue
            if is_nonce_too_low(answer):
                stale.append(entry)
            elif is_refused_for_good(answer):
                raise send_failure(entry.label, answer)
        return stale

    def _broadcast_one(self, entry: Entry) -> object:
        try:
            return self.node.rpc.call("eth_sendRawTransaction", hexed(entry.raw))
        except RpcError as error:
            return error

    def _settle(self, waiting: dict[int, Entry]) -> dict[int, Receipt]:
        """Wait until every entry is final, broadcasting again what the chain does not show."""
        receipts: dict[int, Receipt] = {}
        for key, entry in list(waiting.items()):
            if entry.state is OutboxState.FINAL and entry.receipt is not None:
                receipts[key] = receipt_of(json.loads(entry.receipt))
                del waiting[key]
        patience = Patience(self.node.timeouts.receipt)
        while waiting:
            head, missing = self._look(waiting, receipts)
            if missing and patience.may_push():
                self._push(waiting, missing)
            patience.note((len(waiting), None if missing else head))
            if waiting:
                if patience.exhausted():
                    raise self._late(waiting, missing)
                time.sleep(patience.pause())
        return receipts

    def _look(self, waiting: dict[int, Entry], receipts: dict[int, Receipt]) -> tuple[int, list[int]]:
        """Ask for the receipts of the first entries; returns the head and the keys of those without one."""
        keys = sorted(waiting, key=lambda key: waiting[key].nonce)[:WINDOW]
        calls = [("eth_getTransactionReceipt", (hexed(waiting[key].hash),)) for key in keys]
        latest, *answers = self.node.rpc.batch([("eth_blockNumber", ()), *calls])
        if isinstance(latest, RpcError):
            raise call_failure("eth_blockNumber", latest) from latest
        head = number(latest)
        moves: list[tuple[Entry, OutboxState, str | None]] = []
        missing: list[int] = []
        for key, answer in zip(keys, answers, strict=True):
            entry = waiting[key]
            if answer is None or isinstance(answer, RpcError):
                missing.append(key)
                if entry.state is OutboxState.MINED and answer is None:  # reorganised away
                    moves.append((entry, OutboxState.SIGNED, None))
                    waiting[key] = replace(entry, state=OutboxState.SIGNED)
                continue
            receipt = receipt_of(answer)
            if head - receipt.block >= self.confirmations:
                done = OutboxState.FINAL if receipt.succeeded else OutboxState.FAILED
                moves.append((entry, done, json.dumps(answer)))
                receipts[key] = receipt
                del waiting[key]
                if self._observe is not None:
                    self._observe(entry.label, receipt)
            elif entry.state is OutboxState.SIGNED:
                moves.append((entry, OutboxState.MINED, json.dumps(answer)))
                waiting[key] = replace(entry, state=OutboxState.MINED)
        if moves:
            self.outbox.move(moves)
        return head, missing

    def _push(self, waiting: dict[int, Entry], missing: Sequence[int]) -> None:
        """Broadcast again; an entry whose nonce a foreign transaction provably consumed is signed with another."""
        by_id = {waiting[key].id: key for key in missing}
        for entry in self._broadcast([waiting[key] for key in missing]):
            foreign = consumer_of_nonce(
                self.node, self.address, entry.nonce, entry.hash, confirmations=self.confirmations
            )
            if foreign is not None:
                waiting[by_id[entry.id]] = self._sign_again(entry)

    def _sign_again(self, entry: Entry) -> Entry:
        old = Transaction.parse(entry.raw)
        fees = self._fees.current()

        def sign(nonce: int) -> Signed:
            return self._sign(replace(old, nonce=nonce, fees=fees))

        entry = self.outbox.resign(self._scope(), entry, self._next_nonce(), sign)
        self._broadcast([entry])
        return entry

    # --- failures ----------------------------------------------------------------------------------------------

    def _late(self, waiting: dict[int, Entry], missing: Sequence[int]) -> LedgerError:
        first = min(waiting.values(), key=lambda entry: entry.nonce)
        count = number(self.node.rpc.call("eth_getTransactionCount", self.address, "latest"))
        seconds = self.node.timeouts.receipt
        if not missing:
            text = f"mined, but without {self.confirmations} blocks on top after {seconds:g} s"
            remedy = "it is stored: resume later, or ask for fewer confirmations"
        elif count < first.nonce:
            text = f"nonce {count} is missing: a transaction of another program with this account was dropped"
            remedy = f"send that one again, or any transaction with nonce {count}; ours follow from {first.nonce} on"
        else:
            text = f"not mined after {seconds:g} s"
            remedy = "it is stored and will be sent again by resume(); does the chain make blocks?"
        return TransactionLost(text, where=f"{first.label}, transaction 0x{first.hash.hex()}", remedy=remedy)

    def _why(self, entry: Entry, receipt: Receipt) -> ContractRefused:
        """Replay a reverted transaction to learn its custom error."""
        sent = Transaction.parse(entry.raw)
        contract = entry.label.partition(".")[0]
        if sent.to is not None:
            call = ReadCall(contract=contract, to=sent.to, data=sent.data, sender=self.address)
            try:
                self.node.call(call, block=receipt.block - 1)
            except ContractRefused as error:
                return error
            except LedgerError:
                pass
        return refusal(contract, b"")
