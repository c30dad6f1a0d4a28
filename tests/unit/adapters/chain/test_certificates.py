"""Verdicts from a node that answers strangely, or spends little gas on a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from trustspace.adapters.chain.certificates import CertificateRegistry
from trustspace.adapters.chain.node import Node
from trustspace.domain.certificates import ProofKind, Reason
from trustspace.domain.ids import Address, CertificateId
from trustspace.errors import ChainUnreachable, ContractRefused, TransactionRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.adapters.chain.client import Client
    from trustspace.adapters.chain.node import ReadCall
    from trustspace.errors import LedgerError

GAS_REFUSALS = [
    TransactionRefused("the node refused the call: out of gas"),
    ContractRefused("CertificateRegistry", "NoReason", {}),
]


class StubClient:
    """Answers reads as a test decides."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.node = Node("http://127.0.0.1:9")
        self.deployment = self
        self._answer = answer

    def address(self, _name: str) -> Address:
        return Address("0x" + "11" * 20)

    def read(self, calls: Sequence[ReadCall], *, block: int | str = "latest") -> list[bytes]:
        del block
        return [self._answer(call.data[4:]) for call in calls]


def registry(answer: Callable[[bytes], bytes]) -> CertificateRegistry:
    return CertificateRegistry(cast("Client", StubClient(answer)))


def words(*values: int) -> bytes:
    return b"".join(value.to_bytes(32, "big") for value in values)


def ids(count: int) -> list[CertificateId]:
    return [CertificateId(number.to_bytes(32, "big")) for number in range(count)]


@pytest.mark.parametrize("most", [1, 3, 100, 150])
@pytest.mark.parametrize("refusal", GAS_REFUSALS)
def test_verify_many__more_gas_than_the_node_spends__asks_for_fewer_at_a_time(most: int, refusal: LedgerError) -> None:
    def answer(data: bytes) -> bytes:
        count = int.from_bytes(data[32:64], "big")
        if count > most:
            raise refusal
        asked = [int.from_bytes(data[at : at + 32], "big") for at in range(64, len(data), 32)]
        return words(32, count, *(word for number in asked for word in (1, 1, number, number % 2)))

    found = registry(answer).verify_many(ids(450))
    assert [verdict.as_of_block for verdict in found] == list(range(450))
    assert {verdict.reason for verdict in found} == {Reason.OK}
    assert [verdict.proof_kind for verdict in found[:2]] == [ProofKind.ENDORSED, ProofKind.PROVEN]


@pytest.mark.parametrize("refusal", GAS_REFUSALS)
def test_verify_many__refused_for_a_single_one__is_the_nodes_refusal(refusal: LedgerError) -> None:
    def refuse(_data: bytes) -> bytes:
        raise refusal

    with pytest.raises(type(refusal)):
        registry(refuse).verify_many(ids(5))


def test_verify_many__none__asks_nothing() -> None:
    assert registry(lambda _: b"").verify_many([]) == ()


@pytest.mark.parametrize(
    "answer",
    [
        words(32, 1, 99, 1, 5, 0), words(32, 1, 1, 99, 5, 0), words(32, 1, 2**200, 1, 5, 0), words(32, 0),
        words(32, 1, 1, 1, 5, 2), words(32, 2, 1, 1, 5, 0, 1, 1, 5, 0), b"", b"\x01", words(2**255, 1),
    ],
)  # fmt: skip
def test_verify_many__garbage__is_an_unreachable_chain(answer: bytes) -> None:
    with pytest.raises(ChainUnreachable, match=r"CertificateRegistry at http://127\.0\.0\.1:9: .*makes no sense"):
        registry(lambda _: answer).verify_many(ids(1))


@pytest.mark.parametrize(
    "answer", [words(99, 1, 5, 0), words(1, 99, 5, 0), words(1, 1, 2**200, 0), b"", words(1, 1, 5)]
)
def test_verify__garbage__is_an_unreachable_chain(answer: bytes) -> None:
    with pytest.raises(ChainUnreachable, match="makes no sense"):
        registry(lambda _: answer).verify(ids(1)[0])


def test_get__unknown_state__is_an_unreachable_chain() -> None:
    def answer(_data: bytes) -> Any:
        return words(32, 99, 1, 0, 5, 5, 6, 7, 8) + bytes(32) * 2 + words(384, 0, 0)

    with pytest.raises(ChainUnreachable, match="99 is not a valid CertificateState"):
        registry(answer).get(ids(1)[0])
