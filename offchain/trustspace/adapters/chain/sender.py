"""Sends transactions so that none is lost and none is doubled, whatever dies in between.

    check (static call) -> reserve nonce, sign, store -> broadcast -> wait for the receipt by hash -> final

The stored bytes are broadcast again until they are mined, also after a restart and after a reorganisation. A nonce is
given up only when the chain itself shows the foreign transaction that consumed it, or when the node refuses the very
first broadcast: then the next signature has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.delivery import Delivery
from trustspace.adapters.chain.errors import call_failure, refusal
from trustspace.adapters.chain.fees import FeeSource
from trustspace.adapters.chain.node import ReadCall
from trustspace.adapters.chain.rpc import RpcError, field_of, hexed, number
from trustspace.adapters.store.outbox import Draft, Entry, Outbox, OutboxState, Scope, Signed
from trustspace.encoding.hashing import keccak
from trustspace.encoding.transactions import Transaction
from trustspace.errors import ChainUnreachable, ContractRefused, LedgerError, OperationConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.adapters.chain.node import Node, Receipt
    from trustspace.adapters.chain.rpc import Call
    from trustspace.crypto.signing import Signer
    from trustspace.domain.ids import Address, OperationId
    from trustspace.encoding.transactions import Fees

GAS_MARGIN = (6, 5)  # estimates times 1.2
FOREIGN_WAITING = 1_000  # transactions of other programs that may wait in the pool; more than that is no honest count
MAX_NONCE = 2**63 - 1


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
        self._fees = FeeSource(node, fees, account=signer.address)
        self._delivery = Delivery(
            node,
            self.outbox,
            signer.address,
            confirmations=confirmations,
            sign_again=self._sign_again,
            reprice=self._reprice,
            observe=observe,
        )

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
        entries, stored = self._stage(requests, check=check)
        receipts = self._delivery.settle(entries, unsent=stored)
        for entry in entries:
            if not receipts[entry.id].succeeded:
                raise self._why(entry, receipts[entry.id])
        return [receipts[entry.id] for entry in entries]

    def submit(self, requests: Sequence[Request], *, check: bool = True) -> list[Entry]:
        """Check, sign and store all, broadcast as many as a block holds, and do not wait; `resume` does the rest."""
        entries, stored = self._stage(requests, check=check)
        self._delivery.begin(stored)
        return entries

    def resume(self) -> list[tuple[str, Receipt]]:
        """Bring everything that is stored and not final to its end; (label, receipt) of each, reverted ones included.

        To be called when a program starts. Raises as `send`, but not ContractRefused.
        """
        entries = self.outbox.unfinished(self._scope())
        receipts = self._delivery.settle(entries)
        return [(entry.label, receipts[entry.id]) for entry in entries]

    # --- before sending ----------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        return Scope(chain=self.node.identity.key, sender=self.address)

    def _stage(self, requests: Sequence[Request], *, check: bool) -> tuple[list[Entry], list[Entry]]:
        """Check, sign and store what is new; returns the transactions of all requests, and the new ones."""
        scope = self._scope()
        known = {request.operation: self._known(scope, request) for request in requests}
        fresh = [request for request in requests if known[request.operation] is None]
        stored: list[Entry] = []
        if fresh:
            stored = self._store(scope, fresh, *self._prepare(fresh, check=check))
            known.update((entry.operation, entry) for entry in stored)
        return [entry for request in requests if (entry := known[request.operation]) is not None], stored

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

    def _prepare(self, requests: Sequence[Request], *, check: bool) -> tuple[list[int], int]:
        """Gas limit of each and the next nonce. Raises ContractRefused for the first that would revert."""
        calls: list[Call] = []
        for request in requests:
            call = {"from": self.address, "data": hexed(request.data)}
            if request.to is not None:
                call["to"] = request.to
            if request.gas is None:
                calls.append(("eth_estimateGas", (call,)))
            elif check:
                calls.append(("eth_call", (call, "latest")))
        calls.append(("eth_getBlockByNumber", ("latest", False)))
        *found, block, mined, pending = self.node.rpc.batch([*calls, *self._nonce_calls])
        most = number(field_of(block, "gasLimit"))  # the margin must not make a large batch unminable
        answers = iter(found)
        limits = []
        for request in requests:
            answer = next(answers) if request.gas is None or check else None
            if isinstance(answer, RpcError):
                raise call_failure(request.contract, answer) from answer
            limits.append(request.gas or min(number(answer) * GAS_MARGIN[0] // GAS_MARGIN[1], most))
        return limits, self._credible_nonce(mined, pending)

    def _store(self, scope: Scope, requests: Sequence[Request], gas: Sequence[int], nonce: int) -> list[Entry]:
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
        return self.outbox.reserve(scope, drafts, nonce, sign)

    def _sign(self, transaction: Transaction) -> Signed:
        raw = self.signer.sign_transaction(transaction)
        return Signed(hash=keccak(raw), raw=raw)

    @property
    def _nonce_calls(self) -> list[Call]:
        return [("eth_getTransactionCount", (self.address, block)) for block in ("latest", "pending")]

    def _credible_nonce(self, *answers: Any) -> int:
        """The first nonce that neither the chain nor the pool knows. Raises ChainUnreachable for an absurd answer."""
        for answer in answers:
            if isinstance(answer, RpcError):
                raise call_failure("eth_getTransactionCount", answer) from answer
        mined, pending = map(number, answers)
        if pending - mined > FOREIGN_WAITING:
            credible = pending - mined <= FOREIGN_WAITING + len(self.outbox.unfinished(self._scope()))
        else:
            credible = mined <= MAX_NONCE - FOREIGN_WAITING
        if not credible:
            raise ChainUnreachable(
                f"the node says that {mined} transactions of the account are mined and {pending} with those that wait",
                where=f"account {self.address} at {self.node.rpc.url}",
                remedy="ask another node: nothing was signed",
            )
        return max(mined, pending)

    def _sign_again(self, entry: Entry) -> Entry:
        old = Transaction.parse(entry.raw)
        fees = self._fees.current()

        def sign(nonce: int) -> Signed:
            return self._sign(replace(old, nonce=nonce, fees=fees))

        return self.outbox.resign(
            self._scope(), entry, self._credible_nonce(*self.node.rpc.batch(self._nonce_calls)), sign
        )

    def _reprice(self, entry: Entry) -> Entry | None:
        """The same with the present fees and the same nonce, so that at most one is mined; None if they are as old."""
        old = Transaction.parse(entry.raw)
        fees = self._fees.current()
        if fees == old.fees:
            return None
        return self.outbox.replace(self._scope(), entry, lambda: self._sign(replace(old, fees=fees)))

    def _why(self, entry: Entry, receipt: Receipt) -> ContractRefused:
        """Replay a reverted transaction to learn its custom error."""
        sent = Transaction.parse(entry.raw)
        contract = entry.label.partition(".")[0]
        if sent.to is None:
            return refusal(contract, b"")
        call = ReadCall(contract=contract, to=sent.to, data=sent.data, sender=self.address)
        for block in (receipt.block, receipt.block - 1):  # what depends on the block's number or time first
            try:
                self.node.call(call, block=block)
            except ContractRefused as error:
                return error
            except LedgerError:
                continue
        return refusal(contract, b"")
