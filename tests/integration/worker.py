"""A program that sends numbered jobs through an outbox file and may be killed at any point.

worker.py URL OUTBOX FIRST LAST [DIE_AT]: DIE_AT names a step at which the program kills itself, without cleaning up.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from trustspace.adapters.chain.delivery import Delivery
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import JsonRpc, Timeouts
from trustspace.adapters.chain.sender import Request, Sender
from trustspace.adapters.store.outbox import Outbox
from trustspace.crypto.signing import SigningKey
from trustspace.domain.ids import Address, OperationId
from trustspace.encoding.hashing import keccak

KEY = SigningKey(keccak(b"worker under test"))
INBOX = Address("0x000000000000000000000000000000000000bEEF")


def job(number: int) -> Request:
    """A transaction that carries the number."""
    data = number.to_bytes(4, "big")
    operation = OperationId(keccak(b"job" + data))
    return Request(contract="Inbox", function="job", to=INBOX, data=data, operation=operation, gas=30_000)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Make the program die at a step."""
    if step == "stored":  # after the commit, before the first broadcast

        def broadcast(self: Delivery, entries: object, *, first: bool) -> list[object]:
            die()
            return []

        Delivery._broadcast = broadcast  # type: ignore[assignment,method-assign]
    elif step == "signed":  # inside the transaction of the outbox, before the commit
        original = Sender._sign

        def sign(self: Sender, transaction: object) -> object:
            original(self, transaction)  # type: ignore[arg-type]
            die()
            return None

        Sender._sign = sign  # type: ignore[assignment,method-assign]
    elif step == "sent":  # the node has it, the answer was never read
        post = JsonRpc._post

        def lost(self: JsonRpc, body: bytes) -> tuple[int, bytes]:
            answer = post(self, body)
            if b"eth_sendRawTransaction" in body:
                die()
            return answer

        JsonRpc._post = lost  # type: ignore[method-assign]
    elif step == "mined":  # the receipt was seen, but not written
        Outbox.move = lambda *_: die()  # type: ignore[method-assign,assignment]


def main() -> None:
    url, outbox, first, last, *step = sys.argv[1:]
    if step:
        arm(step[0])
    node = Node(url, timeouts=Timeouts(receipt=20))
    sender = Sender(node, KEY, Outbox(Path(outbox)))
    sender.resume()
    sender.send_many([job(number) for number in range(int(first), int(last))])


if __name__ == "__main__":
    main()
