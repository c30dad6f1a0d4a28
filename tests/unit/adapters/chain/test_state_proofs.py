"""What a node says of its state: asked for in standard forms, and refused when it makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.encoding.sealed import HEADER
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import JsonRpc, RpcError
from trustspace.adapters.chain.state_proofs import SLOTS_PER_CALL, StateProofs
from trustspace.domain.ids import Address
from trustspace.errors import ChainUnreachable, InvalidBundle

SOMEBODY = Address("0x52908400098527886E0F7030069857D2E4169EE7")


class FakeRpc(JsonRpc):
    """Answers each call with what `says` returns, and remembers the calls."""

    def __init__(self, says: Any) -> None:
        super().__init__("http://node.example")
        self.says = says
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def batch(self, calls: Any) -> list[Any]:
        self.calls += calls
        return [self.says(*call) for call in calls]


def proofs(says: Any) -> tuple[StateProofs, FakeRpc]:
    node = Node("http://node.example")
    node.rpc = rpc = FakeRpc(says)
    return StateProofs(node), rpc


def as_json(**more: Any) -> dict[str, Any]:
    fields = {name: hex(value) if isinstance(value, int) else "0x" + value.hex() for name, value in HEADER.items()}
    return {**fields, "hash": "0x" + "ab" * 32, "size": "0x1", "uncles": [], **more}


def test_header__any_block__its_fields_alone() -> None:
    asked, node = proofs(lambda *_: as_json(baseFeePerGas="0x7", totalDifficulty="0x5"))
    header, named = asked.header(16)
    assert (header.number, len(header.fields), named) == (1, 16, b"\xab" * 32)
    asked.header("latest")
    assert [call[1] for call in node.calls] == [("0x10", False), ("latest", False)]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, "does not have block 5"),
        ([], "not the header of a block"),
        ({}, "not the header of a block"),
        (as_json(number="5"), "makes no sense"),
        (as_json(stateRoot=5), "makes no sense"),
        (as_json(stateRoot="0x12"), "stateRoot has another form"),
        ({name: value for name, value in as_json().items() if name != "hash"}, "makes no sense"),
        (RpcError(-1, "pruned"), "the node refuses reads: pruned"),
    ],
)
def test_header__no_header__refused(answer: Any, error: str) -> None:
    asked, _ = proofs(lambda *_: answer)
    with pytest.raises((ChainUnreachable, InvalidBundle), match=error):
        asked.header(5)


def test_word_and_code__of_a_block__whole_slots_are_asked() -> None:
    asked, node = proofs(lambda method, *_: "0x2a" if method == "eth_getStorageAt" else "0x6001")
    assert asked.word(SOMEBODY, 7, block=9) == 42
    assert asked.code(SOMEBODY, block=9) == b"\x60\x01"
    assert node.calls[0] == ("eth_getStorageAt", (SOMEBODY, "0x" + "7".rjust(64, "0"), "0x9"))


def test_proofs__many_slots__in_calls_that_nodes_take() -> None:
    def says(method: str, params: tuple[Any, ...]) -> Any:
        assert method == "eth_getProof"
        return {
            "accountProof": ["0x01"],
            "storageProof": [{"key": key, "value": "0x0", "proof": ["0x" + key[-2:]]} for key in params[1]],
        }

    asked, node = proofs(says)
    found = asked.proofs({SOMEBODY: tuple(range(SLOTS_PER_CALL + 2))}, block=9)
    assert [len(call[1][1]) for call in node.calls] == [SLOTS_PER_CALL, 2]
    assert found == (b"\1", *(bytes([n]) for n in range(SLOTS_PER_CALL)), b"\1", b"\x64", b"\x65")


@pytest.mark.parametrize(
    "answer",
    [
        None, [], {}, {"accountProof": 5, "storageProof": []}, {"accountProof": [5], "storageProof": []},
        {"accountProof": [], "storageProof": 5}, {"accountProof": [], "storageProof": [{"proof": "0x"}]},
        {"accountProof": [], "storageProof": [[]]}, {"accountProof": ["0xzz"], "storageProof": []},
    ],
)  # fmt: skip
def test_proofs__no_proof__refused(answer: Any) -> None:
    asked, _ = proofs(lambda *_: answer)
    with pytest.raises(ChainUnreachable, match="makes no sense"):
        asked.proofs({SOMEBODY: (1,)}, block=9)


def test_proofs__node_without_them__says_what_to_do() -> None:
    asked, _ = proofs(lambda *_: RpcError(-32601, "the method eth_getProof does not exist"))
    with pytest.raises(ChainUnreachable, match=r"the node refuses reads: .* \(ask a node that serves eth_getProof"):
        asked.proofs({SOMEBODY: (1,)}, block=9)
