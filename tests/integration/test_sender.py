"""The sender against what chains do: drop, reorganise, let others use the account, refuse, stand still."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.chain.anvil import Anvil, AnvilOptions
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import hexed, number
from trustspace.adapters.chain.sender import Request, Sender
from trustspace.adapters.store.outbox import Outbox, OutboxState
from trustspace.crypto.signing import SigningKey
from trustspace.domain.ids import Address, OperationId
from trustspace.encoding.hashing import keccak
from trustspace.encoding.transactions import Fees, Transaction
from trustspace.errors import ChainUnreachable, ContractRefused, OperationConflict, TransactionLost, TransactionRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from trustspace.adapters.chain.rpc import Call, Timeouts
    from trustspace.adapters.store.outbox import Entry

KEY = SigningKey(keccak(b"sender under test"))
INBOX = Address("0x000000000000000000000000000000000000bEEF")
# PUSH1 4, PUSH1 12, PUSH1 0, CODECOPY, PUSH1 4, PUSH1 0, RETURN, then the code: PUSH1 0, DUP1, REVERT
REVERTING = bytes.fromhex("6004600c60003960046000f3" + "600080fd")


def letter(text: str, *, gas: int | None = 50_000, to: Address | None = INBOX, data: bytes | None = None) -> Request:
    content = text.encode() if data is None else data
    return Request(
        contract="Inbox", function="letter", to=to, data=content, operation=OperationId(keccak(text.encode())), gas=gas
    )


def foreign_transaction(node: Node, nonce: int, *, gas_price: int = 0) -> bytes:
    """The same account used by another program."""
    transaction = Transaction(
        chain_id=31337, nonce=nonce, to=INBOX, data=b"not ours", gas=40_000, fees=Fees(price=gas_price)
    )
    raw = KEY.sign_transaction(transaction)
    node.rpc.call("eth_sendRawTransaction", hexed(raw))
    return keccak(raw)


def mine(node: Node, blocks: int = 1) -> None:
    node.rpc.call("anvil_mine", hex(blocks))


@contextmanager
def mining(node: Node) -> Iterator[None]:
    """Blocks keep coming."""
    stop = threading.Event()
    own = Node(node.rpc.url)

    def run() -> None:
        while not stop.wait(0.02):
            mine(own)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def letters(node: Node) -> list[str]:
    """All that the account sent to the inbox, in order."""
    blocks = (node.rpc.call("eth_getBlockByNumber", hex(block), True) for block in range(node.block_number() + 1))
    sent = (item for block in blocks for item in block["transactions"] if item["to"] == INBOX.lower())
    return [bytes.fromhex(item["input"][2:]).decode() for item in sent]


@pytest.fixture
def sender(node: Node) -> Sender:
    return Sender(node, KEY)


def test_send__same_operation_twice__happens_once(node: Node, sender: Sender) -> None:
    with mining(node):
        first, second = sender.send(letter("a")), sender.send(letter("a"))
    assert first == second
    assert first.succeeded
    assert letters(node) == ["a"]


def test_send__same_operation_with_other_contents__is_a_conflict(node: Node, sender: Sender) -> None:
    with mining(node):
        sender.send(letter("a"))
    with pytest.raises(OperationConflict, match=r"was Inbox\.letter with other contents"):
        sender.send(letter("a", data=b"b"))


def test_send_many__hundreds__arrive_in_order_in_few_round_trips(node: Node, sender: Sender) -> None:
    with mining(node):
        receipts = sender.send_many([letter(f"{i}") for i in range(250)], check=False)
    assert letters(node) == [f"{i}" for i in range(250)]
    assert all(receipt.succeeded for receipt in receipts)


def test_send_many__more_gas_than_blocks_hold__goes_in_waves(chain: Anvil) -> None:
    """All at once, what does not fit into the first block would wait for ever on this node."""
    node = Node(chain.url)
    Sender(node, KEY).send_many([letter(f"{i}", gas=9_000_000) for i in range(20)], check=False)
    assert letters(node) == [f"{i}" for i in range(20)]


def test_send_many__part_done_before__sends_the_rest(node: Node, sender: Sender) -> None:
    with mining(node):
        sender.send_many([letter("a"), letter("b")])
        sender.send_many([letter("a"), letter("c"), letter("b"), letter("d")])
    assert letters(node) == ["a", "b", "c", "d"]


def test_resume__dropped_from_the_pool__sends_the_same_bytes_again(node: Node, sender: Sender) -> None:
    (entry,) = sender.submit([letter("a")])
    node.rpc.call("anvil_dropTransaction", hexed(entry.hash))
    assert node.rpc.call("eth_getTransactionByHash", hexed(entry.hash)) is None
    with mining(node):
        ((label, receipt),) = sender.resume()
    assert (label, receipt.transaction) == ("Inbox.letter", entry.hash)
    assert letters(node) == ["a"]


def test_resume__reorganised_away__sends_the_same_bytes_again(node: Node, impatient_node: Node) -> None:
    sender = Sender(node, KEY, confirmations=3)
    (entry,) = sender.submit([letter("a")])
    mine(node)
    with pytest.raises(TransactionLost, match="mined, but without 3 blocks on top"):
        Sender(impatient_node, KEY, sender.outbox, confirmations=3).resume()
    assert sender.outbox.unfinished(sender._scope())[0].state is OutboxState.MINED
    node.rpc.call("anvil_reorg", 1, [])
    assert node.receipt(entry.hash) is None
    with mining(node):
        ((_, receipt),) = sender.resume()
    assert receipt.transaction == entry.hash
    assert letters(node) == ["a"]


def test_send__confirmations__returns_when_that_deep(node: Node) -> None:
    sender = Sender(node, KEY, confirmations=5)
    with mining(node):
        receipt = sender.send(letter("a"))
        assert node.block_number() >= receipt.block + 5


def test_resume__nonce_consumed_by_a_foreign_transaction__signs_with_another(node: Node, sender: Sender) -> None:
    (entry,) = sender.submit([letter("a")])
    node.rpc.call("anvil_dropTransaction", hexed(entry.hash))
    foreign_transaction(node, entry.nonce)
    with mining(node):
        ((_, receipt),) = sender.resume()
    assert receipt.transaction != entry.hash
    assert sorted(letters(node)) == ["a", "not ours"]
    assert number(node.rpc.call("eth_getTransactionCount", KEY.address, "latest")) == 2


def test_resume__foreign_transaction_not_final_yet__keeps_the_nonce_and_wins_after_a_reorganisation(
    node: Node,
    impatient_node: Node,
) -> None:
    """Signing anew at the first sight of the foreign one would have done the job twice."""
    sender = Sender(node, KEY, confirmations=50)
    (entry,) = sender.submit([letter("a")])
    node.rpc.call("anvil_dropTransaction", hexed(entry.hash))
    foreign_transaction(node, entry.nonce)
    mine(node)
    with pytest.raises(TransactionLost, match="not mined"):
        Sender(impatient_node, KEY, sender.outbox, confirmations=50).resume()
    node.rpc.call("anvil_reorg", 1, [])
    with mining(node):
        ((_, receipt),) = sender.resume()
    assert receipt.transaction == entry.hash
    assert letters(node) == ["a"]


def test_submit__foreign_transaction_pending__takes_the_nonce_after_it(node: Node, sender: Sender) -> None:
    foreign_transaction(node, 0)
    with mining(node):
        sender.send(letter("a"))
    assert letters(node) == ["not ours", "a"]


def test_resume__foreign_transaction_before_ours_was_dropped__names_the_missing_nonce(
    node: Node, impatient_node: Node, sender: Sender
) -> None:
    foreign = foreign_transaction(node, 0)
    sender.submit([letter("a")])
    node.rpc.call("anvil_dropTransaction", hexed(foreign))
    with pytest.raises(TransactionLost, match="nonce 0 is missing"), mining(node):
        Sender(impatient_node, KEY, sender.outbox).resume()
    foreign_transaction(node, 0)
    with mining(node):
        sender.resume()
    assert letters(node) == ["not ours", "a"]


def test_send__chain_stands_still__says_so_and_loses_nothing(node: Node, impatient_node: Node, sender: Sender) -> None:
    with pytest.raises(TransactionLost, match="not mined after 2 s"):
        Sender(impatient_node, KEY, sender.outbox).send(letter("a"))
    with mining(node):
        sender.send(letter("a"))
    assert letters(node) == ["a"]


def test_send__node_goes_down_and_comes_back__goes_on(impatient: Timeouts, tmp_path: Path) -> None:
    options = AnvilOptions(state=tmp_path / "state.json", extra=("--preserve-historical-states",))
    with Anvil(options) as first:
        sender = Sender(Node(first.url, timeouts=replace(impatient, receipt=60)), KEY)
        sender.send(letter("a"))
    with pytest.raises(ChainUnreachable, match="no answer"):
        sender.send(letter("b"))
    with Anvil(replace(options, port=first.port)):
        sender.send(letter("b"))
        assert letters(sender.node) == ["a", "b"]


def test_send__reverting_call__is_refused_before_anything_is_signed(chain: Anvil) -> None:
    sender = Sender(Node(chain.url), KEY)
    created = sender.send(Request(
        contract="Stone", function="deploy", to=None, data=REVERTING, operation=OperationId(bytes(32))
    ))  # fmt: skip
    with pytest.raises(ContractRefused, match="without a reason"):
        sender.send(letter("a", to=created.contract, gas=None))
    with pytest.raises(ContractRefused):
        sender.send(letter("a", to=created.contract))
    assert sender.outbox.find(sender._scope(), letter("a").operation) is None


def test_send__reverts_when_mined__is_refused_and_may_be_tried_again(chain: Anvil) -> None:
    node = Node(chain.url)
    sender = Sender(node, KEY)
    created = sender.send(letter("stone", to=None, data=REVERTING, gas=None))
    request = letter("a", to=created.contract)
    for _ in range(2):
        with pytest.raises(ContractRefused):
            sender.send(request, check=False)
    assert number(node.rpc.call("eth_getTransactionCount", KEY.address, "latest")) == 3


def test_send__account_without_funds_for_the_gas_price__is_refused_and_may_be_tried_again(chain: Anvil) -> None:
    node = Node(chain.url)
    sender = Sender(node, KEY, fees=Fees(price=10**9))
    with pytest.raises(TransactionRefused, match="give the account enough for gas"):
        sender.send(letter("a"), check=False)
    assert sender.resume() == []
    node.rpc.call("anvil_setBalance", KEY.address, hex(10**18))
    sender.send(letter("a"), check=False)
    assert letters(node) == ["a"]


def test_send__refused_at_first_sight__gives_its_nonce_to_the_next(chain: Anvil) -> None:
    sender = Sender(Node(chain.url), KEY)
    with pytest.raises(TransactionRefused, match="raise the gas limit"):
        sender.send(letter("a", gas=20_000), check=False)
    sender.send(letter("innocent"), check=False)
    sender.send(letter("a"), check=False)
    assert letters(sender.node) == ["innocent", "a"]
    assert sender.resume() == []


def test_send_many__first_of_a_batch_refused__the_next_signature_fills_the_gap(node: Node, sender: Sender) -> None:
    with pytest.raises(TransactionRefused, match="raise the gas limit"):
        sender.submit([letter("a", gas=20_000), letter("b"), letter("c")], check=False)
    with mining(node):
        sender.send(letter("a"), check=False)
        sender.resume()
    assert letters(node) == ["a", "b", "c"]


def test_submit__refused_at_first_sight__gives_its_nonce_to_the_next(chain: Anvil) -> None:
    sender = Sender(Node(chain.url), KEY)
    with pytest.raises(TransactionRefused):
        sender.submit([letter("a", gas=20_000)], check=False)
    sender.send(letter("b"), check=False)
    assert letters(sender.node) == ["b"]


def too_cheap_after_a_broadcast(node: Node) -> tuple[Sender, Entry]:
    """A transaction that the node once took, dropped, and refuses now because fees rose."""
    node.rpc.call("anvil_setBalance", KEY.address, hex(10**20))
    node.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**6))
    mine(node)
    first = Sender(node, KEY, fees=Fees(price=10**7))
    (entry,) = first.submit([letter("a")], check=False)
    node.rpc.call("anvil_dropTransaction", hexed(entry.hash))
    node.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**10))
    mine(node)
    return first, entry


def test_resume__fees_rose_after_a_broadcast__same_nonce_is_signed_with_dearer_fees(node: Node) -> None:
    first, entry = too_cheap_after_a_broadcast(node)
    with pytest.raises(TransactionRefused, match="raise the fees"):
        first.resume()
    assert first.outbox.unfinished(first._scope()) == [entry]
    second = Sender(node, KEY, first.outbox, fees=Fees(price=10**12))
    with mining(node):
        second.send(letter("a"), check=False)
        second.send(letter("b"), check=False)
    assert letters(node) == ["a", "b"]
    assert second.outbox.find(second._scope(), entry.operation).nonce == entry.nonce  # type: ignore[union-attr]


def test_resume__cheaper_signature_was_mined_after_all__counts_as_done(node: Node, impatient_node: Node) -> None:
    first, entry = too_cheap_after_a_broadcast(node)
    dear = Sender(impatient_node, KEY, first.outbox, fees=Fees(price=10**12))
    with pytest.raises(TransactionLost):
        dear.resume()
    (replaced,) = dear.outbox.unfinished(dear._scope())
    assert (replaced.nonce, replaced.hash == entry.hash) == (entry.nonce, False)
    node.rpc.call("anvil_dropTransaction", hexed(replaced.hash))
    node.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**6))
    mine(node)
    node.rpc.call("eth_sendRawTransaction", hexed(entry.raw))
    node.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**6))
    mine(node)
    with mining(node):
        ((_, receipt),) = dear.resume()
    assert receipt.transaction == entry.hash
    assert letters(node) == ["a"]


@pytest.mark.parametrize("counts", [("0x0", hex(10**6)), ("0x0", hex(2**64)), (hex(2**64), hex(2**64))])
def test_send__node_lies_about_the_nonce__signs_nothing_and_goes_on_with_an_honest_one(
    chain: Anvil, monkeypatch: pytest.MonkeyPatch, counts: tuple[str, str]
) -> None:
    sender = Sender(Node(chain.url), KEY)
    honest = sender.node.rpc.batch

    def lying(calls: Sequence[Call]) -> list[Any]:
        counted = iter(counts)
        return [
            next(counted) if call[0] == "eth_getTransactionCount" else answer
            for call, answer in zip(calls, honest(calls), strict=True)
        ]

    monkeypatch.setattr(sender.node.rpc, "batch", lying)
    with pytest.raises(ChainUnreachable, match=f"{int(counts[1], 16)} with those that wait"):
        sender.send(letter("a"))
    monkeypatch.undo()
    sender.send(letter("a"))
    assert letters(sender.node) == ["a"]


@pytest.mark.parametrize("fees", [Fees(price=0), Fees(price=0, priority=0), Fees(price=10**9, priority=1), None])
def test_send__kinds_of_fees__are_all_mined(chain: Anvil, fees: Fees | None) -> None:
    node = Node(chain.url)
    node.rpc.call("anvil_setBalance", KEY.address, hex(10**20))
    receipt = Sender(node, KEY, fees=fees).send(letter("a"))
    kind = node.rpc.call("eth_getTransactionByHash", hexed(receipt.transaction))["type"]
    assert kind == ("0x0" if fees is None or fees.priority is None else "0x2")


def test_send__chain_with_a_base_fee__pays_it() -> None:
    with Anvil(AnvilOptions()) as anvil:
        node = Node(anvil.url)
        node.rpc.call("anvil_setBalance", KEY.address, hex(10**20))
        node.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        mine(node)
        receipt = Sender(node, KEY).send(letter("a"))
        assert node.rpc.call("eth_getTransactionByHash", hexed(receipt.transaction))["type"] == "0x2"


def test_scope__chain_started_anew__begins_with_a_fresh_nonce(tmp_path: Path) -> None:
    """Two test chains share an id; the outbox must not take one for the other."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    for timestamp in ("1700000000", "1700000001"):
        with Anvil(AnvilOptions(extra=("--timestamp", timestamp))) as anvil:
            node = Node(anvil.url)
            Sender(node, KEY, outbox).send(letter("a"))
            assert letters(node) == ["a"]
