"""What all contract wrappers share: encode, ask, send, read events."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from trustspace.adapters.chain.artifacts import Artifact, load
from trustspace.adapters.chain.node import Log, ReadCall, Receipt
from trustspace.adapters.chain.rpc import hexed
from trustspace.adapters.chain.sender import Request, Sender
from trustspace.domain.ids import OperationId
from trustspace.encoding.hashing import keccak
from trustspace.errors import ChainUnreachable, ContractRefused, LedgerError, OutOfRange, SignerMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.adapters.chain.client import Client
    from trustspace.crypto.signing import Signer
    from trustspace.domain.ids import Address

T = TypeVar("T")
OPERATION_TAG = b"trustspace.operation.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[T]):
    """What a write made, with its receipt."""

    value: T
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A decoded event: `arguments` by name, with where it stands on the chain."""

    name: str
    arguments: dict[str, Any]
    block: int
    index: int
    transaction: bytes


class Contract:
    """One contract of a deployment. Without a sender it can only be read."""

    name: ClassVar[str]

    def __init__(self, client: Client, sender: Sender | None = None) -> None:
        """Nothing is asked yet."""
        self.client = client
        self.sender = sender

    @property
    def address(self) -> Address:
        """Where the deployment has it."""
        return self.client.deployment.address(self.name)

    @property
    def artifact(self) -> Artifact:
        """Its compiled form in the package."""
        return load(self.name)

    @property
    def account(self) -> Address:
        """Account that signs writes. Raises SignerMissing when there is none."""
        return self._writer().address

    @property
    def signer(self) -> Signer:
        """Who signs for that account. Raises SignerMissing when there is none."""
        return self._writer().signer

    def version(self) -> str:
        """Version the contract itself states."""
        return str(self.read("version"))

    def paused(self) -> bool:
        """Whether the guardian stopped it."""
        return bool(self.read("paused"))

    def pause(self) -> Receipt:
        """Stop its writes; only the guardian may."""
        return self.write("pause", once=False)

    def unpause(self) -> Receipt:
        """Let it go on; only the regulator may."""
        return self.write("unpause", once=False)

    # --- plumbing ----------------------------------------------------------------------------------------------

    def read(self, function: str, *arguments: Any, block: int | str = "latest") -> Any:
        """What a view function returns; a tuple when it returns several values."""
        return self.read_each(function, [arguments], block=block)[0]

    def read_each(self, function: str, calls: Sequence[Sequence[Any]], *, block: int | str = "latest") -> list[Any]:
        """The same for many argument lists, in few round trips."""
        kind = self.artifact.functions[function]
        answers = self.client.read(
            [ReadCall(contract=self.name, to=self.address, data=kind.encode(arguments)) for arguments in calls],
            block=block,
        )
        try:
            return [kind.decode(answer) for answer in answers]
        except OutOfRange as error:
            raise self.unreadable(f"{function}: {error.message}") from error

    def unreadable(self, problem: str) -> ChainUnreachable:
        """What the node gave as this contract's answer is none."""
        return ChainUnreachable(
            f"the node's answer makes no sense: {problem}",
            where=f"{self.name} at {self.client.node.rpc.url}",
            remedy="ask another node",
        )

    def request(
        self,
        function: str,
        *arguments: Any,
        operation: OperationId | None = None,
        once: bool = True,
        gas: int | None = None,
    ) -> Request:
        """A write that is not sent yet.

        Without an `operation` id: the hash of the call itself where doing it again would change nothing (`once`), else
        a random one.
        """
        return self.raw_request(
            function, self.artifact.functions[function].encode(arguments), operation=operation, once=once, gas=gas
        )

    def raw_request(
        self,
        function: str,
        data: bytes,
        *,
        operation: OperationId | None = None,
        once: bool = True,
        gas: int | None = None,
    ) -> Request:
        """The same for call data made by hand."""
        if operation is None:
            operation = self._content_id(data) if once else OperationId(secrets.token_bytes(32))
        return Request(contract=self.name, function=function, to=self.address, data=data, operation=operation, gas=gas)

    def write(
        self,
        function: str,
        *arguments: Any,
        operation: OperationId | None = None,
        once: bool = True,
        gas: int | None = None,
        check: bool = True,
    ) -> Receipt:
        """Send a write and wait until it is final. Raises ContractRefused and what `Sender.send` raises."""
        sender = self._writer()
        self.client.ensure()
        return sender.send(self.request(function, *arguments, operation=operation, once=once, gas=gas), check=check)

    def write_many(self, requests: Sequence[Request], *, check: bool = True) -> list[Receipt]:
        """Send many at once, in order."""
        sender = self._writer()
        self.client.ensure()
        return sender.send_many(requests, check=check)

    def rehearse(self, function: str, *arguments: Any, until: str) -> None:
        """Ask what a write would come to with arguments that are refused for one reason alone, the last looked at.

        Returns when the contract refuses with the error `until`. Raises ContractRefused for any other, LedgerError when
        it takes them, SignerMissing.
        """
        data = self.artifact.functions[function].encode(arguments)
        call = ReadCall(contract=self.name, to=self.address, data=data, sender=self.account)
        try:
            self.client.read([call])
        except ContractRefused as error:
            if error.error != until:
                raise
            return
        raise LedgerError(f"{function} was not refused with {until}", where=self.name, remedy="tell the regulator")

    def events(
        self, event: str, *, since: int | None = None, until: int | None = None, **indexed: Any
    ) -> Iterator[Event]:
        """Events in order, from block `since` (default: the deployment's first) to `until` (default: latest).

        `indexed` filters by indexed arguments.
        """
        yield from self.events_among((event,), since=since, until=until, **indexed)

    def events_among(
        self, events: Sequence[str], *, since: int | None = None, until: int | None = None, **indexed: Any
    ) -> Iterator[Event]:
        """The same for several kinds of events, which must have what filters them in the same places."""
        self.client.ensure()
        kinds = {self.artifact.events[name].topic: name for name in events}
        _, *places = self.artifact.events[events[0]].topics(indexed)
        topics = [[hexed(topic) for topic in kinds], *places]
        start = self.client.deployment.block if since is None else since
        for log in self.client.node.logs(self.address, topics, since=start, until=until):
            yield self._event(kinds[log.topics[0]], log)

    def events_in(self, receipt: Receipt, event: str) -> list[Event]:
        """Events of this contract in one transaction."""
        topic = self.artifact.events[event].topic
        return [
            self._event(event, log)
            for log in receipt.logs
            if log.address == self.address and log.topics and log.topics[0] == topic
        ]

    def one_event(self, receipt: Receipt, event: str) -> dict[str, Any]:
        """Arguments of an event a transaction must have emitted. Raises LedgerError when it did not."""
        found = self.events_in(receipt, event)
        if not found:
            raise LedgerError(
                f"the transaction emitted no {event}",
                where=f"{self.name}, transaction 0x{receipt.transaction.hex()}",
                remedy="does the deployment file name the right contract?",
            )
        return found[0].arguments

    def _event(self, event: str, log: Log) -> Event:
        try:
            arguments = self.artifact.events[event].decode(log.topics, log.data)
        except (OutOfRange, StopIteration) as error:
            raise self.unreadable(f"event {event}: {error}") from error
        return Event(name=event, arguments=arguments, block=log.block, index=log.index, transaction=log.transaction)

    def _content_id(self, data: bytes) -> OperationId:
        return OperationId(keccak(OPERATION_TAG + self.address.lower().encode() + data))

    def _writer(self) -> Sender:
        if self.sender is None:
            raise SignerMissing(
                "this connection can only read", where=self.name, remedy="connect with a keystore or a signer URL"
            )
        return self.sender
