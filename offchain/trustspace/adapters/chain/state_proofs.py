"""Headers and storage proofs from a node, by standard JSON-RPC (`eth_getProof` is EIP-1186)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.rpc import RpcError, field_of, hexed, nonsense, number, quantity, raw_bytes
from trustspace.encoding.block_header import FIELDS, BlockHeader
from trustspace.errors import ChainUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustspace.adapters.chain.node import Node
    from trustspace.domain.ids import Address

SLOTS_PER_CALL = 100  # some nodes refuse more than 1,024 in one call


class StateProofs:
    """What a node says of a block's state, with its proofs."""

    def __init__(self, node: Node) -> None:
        """Nothing is asked yet."""
        self.node = node

    def header(self, block: int | str) -> tuple[BlockHeader, bytes]:
        """A block's header and its hash. Raises ChainUnreachable when the node does not have it."""
        named = quantity(block) if isinstance(block, int) else block
        found = self._ask([("eth_getBlockByNumber", (named, False))])[0]
        if found is None:
            raise ChainUnreachable(
                f"it does not have block {block}", where=self.node.rpc.url, remedy="name one that it has"
            )
        fields: dict[str, bytes | int] = {}
        for name, length in FIELDS:
            value = found.get(name) if isinstance(found, dict) else None
            if value is not None:
                fields[name] = number(value) if length == 0 else raw_bytes(value)
        return BlockHeader.of(fields), raw_bytes(field_of(found, "hash"))

    def word(self, address: Address, slot: int, *, block: int) -> int:
        """One word of storage."""
        found = self._ask([("eth_getStorageAt", (address, _slot(slot), quantity(block)))])[0]
        return int.from_bytes(raw_bytes(found), "big")

    def code(self, address: Address, *, block: int) -> bytes:
        """The code at an address."""
        return raw_bytes(self._ask([("eth_getCode", (address, quantity(block)))])[0])

    def proofs(self, slots: Mapping[Address, Sequence[int]], *, block: int) -> tuple[bytes, ...]:
        """The trie nodes that prove accounts and their slots, as the node gives them."""
        calls = []
        for address, wanted in slots.items():
            for start in range(0, len(wanted), SLOTS_PER_CALL):
                keys = [_slot(slot) for slot in wanted[start : start + SLOTS_PER_CALL]]
                calls.append(("eth_getProof", (address, keys, quantity(block))))
        nodes: list[bytes] = []
        for found in self._ask(calls):
            nodes += _nodes(field_of(found, "accountProof"))
            proven = field_of(found, "storageProof")
            if not isinstance(proven, list):
                raise nonsense(proven)
            for proof in proven:
                nodes += _nodes(field_of(proof, "proof"))
        return tuple(nodes)

    def _ask(self, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Answers in order. Raises ChainUnreachable when the node refuses one."""
        try:
            answers = self.node.rpc.batch(calls)
            for answer in answers:
                if isinstance(answer, RpcError):
                    raise answer
        except RpcError as error:
            raise ChainUnreachable(
                f"it refuses {calls[0][0]}: {error.message}",
                where=self.node.rpc.url,
                remedy="ask a node that serves eth_getProof and still keeps the block's state",
            ) from error
        return answers


def _nodes(found: Any) -> list[bytes]:
    if not isinstance(found, list):
        raise nonsense(found)
    return [raw_bytes(node) for node in found]


def _slot(slot: int) -> str:
    return hexed(slot.to_bytes(32, "big"))
