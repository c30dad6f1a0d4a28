"""What a client refuses before it asks anything: other chains, missing contracts, other versions, no nodes."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.chain.client import Client
from trustspace.adapters.chain.node import Node, ReadCall, receipt_of
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.adapters.chain.rpc import JsonRpc, RpcError, Timeouts
from trustspace.domain.deployment import CONTRACTS
from trustspace.domain.ids import Address
from trustspace.errors import ChainUnreachable, ContractMissing, ContractVersionMismatch, UsageError, WrongChain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustspace.domain.deployment import Deployment
    from trustspace.testing.kit import SpaceKit

QUICK = Timeouts(connect=0.5, answer=0.5, retries=2, pause=0.01)
NOWHERE = Address("0x" + "11" * 20)

Reply = tuple[int, bytes]


@contextmanager
def server(answer: Callable[[Any], Reply]) -> Iterator[tuple[str, list[Any]]]:
    """An HTTP server whose answers a test decides; what it was asked is kept."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((body, dict(self.headers)))
            status, raw = answer(body)
            if status == 0:  # hang up
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", asked
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def result(body: Any, value: Any = "0x1") -> Reply:
    if isinstance(body, list):
        return 200, json.dumps([{"jsonrpc": "2.0", "id": item["id"], "result": value} for item in body]).encode()
    return 200, json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": value}).encode()


def with_address(deployment: Deployment, name: str, address: Address) -> Deployment:
    contracts = (
        replace(contract, address=address) if contract.name == name else contract for contract in deployment.contracts
    )
    return replace(deployment, contracts=tuple(contracts))


def test_client__right_chain_and_contracts__asks_only_once(space_kit: SpaceKit) -> None:
    client = Client(space_kit.url, space_kit.deployment)
    client.ensure()
    client.ensure()
    assert ParticipantRegistry(client).count() == 13


def test_client__other_chain_id__is_refused(space_kit: SpaceKit) -> None:
    client = Client(space_kit.url, replace(space_kit.deployment, chain_id=5))
    with pytest.raises(WrongChain, match="the node serves chain 31337, the deployment is on chain 5"):
        ParticipantRegistry(client).count()


def test_client__same_id_other_genesis__is_refused(space_kit: SpaceKit) -> None:
    client = Client(space_kit.url, replace(space_kit.deployment, genesis_hash="0x" + "00" * 32))
    with pytest.raises(WrongChain, match="began with another block"):
        client.ensure()


@pytest.mark.parametrize("name", CONTRACTS)
def test_client__contract_missing__is_named(space_kit: SpaceKit, name: str) -> None:
    client = Client(space_kit.url, with_address(space_kit.deployment, name, NOWHERE))
    with pytest.raises(ContractMissing, match=f"{name} at {NOWHERE}: no such contract there"):
        client.ensure()


@pytest.mark.parametrize("found", ["9.9.9", ""])
def test_client__contract_of_another_version__is_named(data_space: SpaceKit, found: str) -> None:
    """Code that answers every call with another version, in the place of a contract."""
    text = (32).to_bytes(32, "big") + len(found).to_bytes(32, "big") + found.encode().ljust(32, b"\0")
    push = b"".join(b"\x7f" + text[at : at + 32] + b"\x60" + bytes([at]) + b"\x52" for at in (0, 32, 64))
    code = push + bytes.fromhex("60606000f3")  # RETURN(0, 96)
    data_space.node.rpc.call("anvil_setCode", NOWHERE, "0x" + code.hex())
    client = Client(data_space.url, with_address(data_space.deployment, "ModelRegistry", NOWHERE))
    with pytest.raises(ContractVersionMismatch, match=rf"ModelRegistry at .* version {found}, this package knows 1\."):
        client.ensure()


def test_client__node_down__says_where(space_kit: SpaceKit) -> None:
    client = Client("http://127.0.0.1:9", space_kit.deployment, timeouts=QUICK)
    with pytest.raises(ChainUnreachable, match=r"http://127\.0\.0\.1:9: no answer \(ConnectionRefusedError"):
        client.ensure()


def test_client__web3__is_there_for_what_is_not_wrapped(space_kit: SpaceKit) -> None:
    web3 = Client(space_kit.url, space_kit.deployment).web3
    assert web3.eth.chain_id == 31337
    assert web3.eth.get_block("latest")["number"] == space_kit.node.block_number()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://bank:s3cret@x", "127.0.0.1:8545", "http://", "", "http://bank:s3cret@x:port", "s3cret",
        "http://x/v3/s3cret s3cret", "http://x/s3cret\u00e9", "http://[s3cret",
    ],
)  # fmt: skip
def test_rpc__no_url__is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match="is not an http") as caught:
        JsonRpc(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:s3cret@x.example:99/v3/s3cret?key=s3cret#s3cret", "https://x.example:99"),
        ("http://127.0.0.1/s3cret", "http://127.0.0.1"),
        ("http://[::1]:8545/s3cret", "http://[::1]:8545"),
    ],
)
def test_rpc__url__shows_scheme_host_and_port_only(url: str, shown: str) -> None:
    assert JsonRpc(url).url == shown


def test_rpc__credentials__are_sent_and_never_shown() -> None:
    with server(result) as (url, asked):
        rpc = JsonRpc(url.replace("http://", "http://bank:s%3Acret@"), headers={"X-Client": "bank"})
        rpc.call("eth_chainId")
    headers = asked[0][1]
    assert headers["Authorization"] == "Basic YmFuazpzOmNyZXQ="
    assert headers["X-Client"] == "bank"
    assert "cret" not in rpc.url


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0])
def test_rpc__passing_failure__is_tried_again(status: int) -> None:
    failures = iter([True, True])
    with server(lambda body: (status, b"") if next(failures, False) else result(body)) as (url, asked):
        assert JsonRpc(url, timeouts=QUICK).call("eth_chainId") == "0x1"
    assert len(asked) == 3


@pytest.mark.parametrize("status", [500, 0])
def test_rpc__lasting_failure__ends_after_the_retries(status: int) -> None:
    with server(lambda _: (status, b"")) as (url, asked), pytest.raises(ChainUnreachable, match="no answer"):
        JsonRpc(url, timeouts=QUICK).call("eth_chainId")
    assert len(asked) == QUICK.retries + 1


def test_rpc__node_that_never_answers__times_out() -> None:
    hold = threading.Event()

    def wait(body: Any) -> Reply:
        hold.wait(5)
        return result(body)

    quick = replace(QUICK, answer=0.1, retries=0)
    with server(wait) as (url, _):
        with pytest.raises(ChainUnreachable, match="TimeoutError"):
            JsonRpc(url, timeouts=quick).call("eth_chainId")
        hold.set()


@pytest.mark.parametrize("raw", [b"<html>", b"[]", b'"text"', b"", b"17"])
def test_rpc__something_else_answers__says_so(raw: bytes) -> None:
    with server(lambda _: (200, raw)) as (url, _), pytest.raises(ChainUnreachable, match="does not speak JSON-RPC"):
        JsonRpc(url, timeouts=QUICK).call("eth_chainId")


@pytest.mark.parametrize("status", [401, 403])
def test_rpc__credentials_refused__says_so(status: int) -> None:
    with server(lambda _: (status, b"no")) as (url, _), pytest.raises(ChainUnreachable, match="check the credentials"):
        JsonRpc(url, timeouts=QUICK).call("eth_chainId")


def test_rpc__batch__is_put_in_order_and_missing_answers_are_errors() -> None:
    def shuffled(body: Any) -> Reply:
        answers = [{"id": item["id"], "result": item["params"][0]} for item in body if item["params"][0] != 7]
        return 200, json.dumps(answers[::-1]).encode()

    with server(shuffled) as (url, asked):
        found = JsonRpc(url, timeouts=QUICK).batch([("echo", (number,)) for number in range(250)])
    assert isinstance(found[7], RpcError)
    assert found[:7] + found[8:] == [number for number in range(250) if number != 7]
    assert [len(body) for body, _ in asked] == [100, 100, 50]


def test_rpc__batch_of_large_calls__stays_below_what_nodes_accept() -> None:
    with server(result) as (url, asked):
        JsonRpc(url, timeouts=QUICK).batch([("eth_sendRawTransaction", ("0x" + "00" * 200_000,)) for _ in range(10)])
    assert [len(body) for body, _ in asked] == [2, 2, 2, 2, 2]


def test_rpc__batch_refused_as_a_whole__raises_its_error() -> None:
    refused = json.dumps({"id": None, "error": {"code": -32600, "message": "batches are off"}}).encode()
    with server(lambda _: (200, refused)) as (url, _), pytest.raises(RpcError, match="batches are off"):
        JsonRpc(url, timeouts=QUICK).batch([("eth_chainId", ())])


def test_rpc__idle_connection_closed_by_the_node__is_opened_again(space_kit: SpaceKit) -> None:
    node = Node(space_kit.url, timeouts=replace(QUICK, retries=1))
    node.block_number()
    node.rpc._local.connection.sock.close()
    assert node.block_number() > 0


def garbage(value: Any) -> Callable[[Any], Reply]:
    return lambda body: result(body, value)


def raw(answer: bytes) -> Callable[[Any], Reply]:
    return lambda _: (200, answer)


@pytest.mark.parametrize(
    "answer",
    [
        *map(garbage, (None, [], ["x"], 5, -1, 1.5, True, "", "0x", "0xzz", "zz", {}, {"hash": 1}, "0x" + "f" * 65)),
        *map(raw, (b"[" * 200_000, b"\xff\xfe\x00", b"9" * 5_000, b'{"id": 1, "result"', b"[null, 5]", b"null")),
        raw(json.dumps([{"id": [1], "result": "0x1"}, {"id": {}, "result": "0x1"}]).encode()),
        raw(json.dumps({"id": 1, "error": {"code": "oops", "message": [1]}}).encode()),
        raw(json.dumps({"id": 1, "error": "no"}).encode()),
        lambda body: result(body, "0x1"),  # a number in the place of the genesis block
    ],
)
def test_node__garbage_for_an_identity__is_an_unreachable_chain(answer: Callable[[Any], Reply]) -> None:
    with server(answer) as (url, _), pytest.raises(ChainUnreachable):
        _ = Node(url, timeouts=QUICK).identity


@pytest.mark.parametrize("value", [None, [], 5, "0x", "0xzz", {}, {"timestamp": 5}, {"transactionHash": "0x"}])
@pytest.mark.parametrize(
    "ask",
    [
        Node.timestamp,
        lambda node: receipt_of(node.rpc.call("eth_getTransactionReceipt")),
        lambda node: list(node.logs(NOWHERE, [], since=0, until=0)) or node.block_number(),
    ],
)
def test_node__garbage_for_an_answer__is_an_unreachable_chain(ask: Callable[[Node], object], value: Any) -> None:
    with server(garbage(value)) as (url, _), pytest.raises(ChainUnreachable):
        ask(Node(url, timeouts=QUICK))


@pytest.mark.parametrize("value", [5, [], "0xzz", "0x0", {}])
def test_node__no_bytes_for_a_call__is_an_unreachable_chain(value: Any) -> None:
    call = ReadCall(contract="Some", to=NOWHERE, data=b"")
    with server(garbage(value)) as (url, _), pytest.raises(ChainUnreachable):
        Node(url, timeouts=QUICK).call(call)


def test_rpc__answer_without_end__is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustspace.adapters.chain.rpc.MOST_BYTES", 100)
    with server(lambda _: (200, b" " * 101)) as (url, _), pytest.raises(ChainUnreachable, match="JSON-RPC"):
        JsonRpc(url, timeouts=QUICK).call("eth_chainId")


def test_rpc__host_that_no_name_can_be__is_an_unreachable_chain() -> None:
    with pytest.raises(ChainUnreachable):
        JsonRpc("http://a..b/", timeouts=QUICK).call("eth_chainId")
