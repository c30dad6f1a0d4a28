from dataclasses import replace

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data

from trustspace.domain.sums import SumPhase, SumStatement
from trustspace.encoding.eip712 import sum_message

STATEMENT = SumStatement(run=b"r" * 32, round=3, phase=SumPhase.ANSWER, tensor=b"t" * 32, content=b"c" * 32)
REGISTRY = "0x" + "5e" * 20


def test_sum_message__digest__as_another_implementation_computes_it() -> None:
    message = sum_message(REGISTRY, 31_337, STATEMENT)
    assert message.digest == _hash_eip191_message(encode_typed_data(full_message=message.as_json()))


def test_sum_message__any_part_changed__another_digest() -> None:
    others = [
        sum_message(REGISTRY, 31_337, replace(STATEMENT, **change))
        for change in (
            {"run": b"s" * 32}, {"round": 4}, {"phase": SumPhase.OFFER}, {"tensor": b"u" * 32}, {"content": b"d" * 32},
        )
    ]  # fmt: skip
    others += [sum_message("0x" + "5f" * 20, 31_337, STATEMENT), sum_message(REGISTRY, 1, STATEMENT)]
    assert len({message.digest for message in (sum_message(REGISTRY, 31_337, STATEMENT), *others)}) == 8


@pytest.mark.parametrize(("number", "phase", "sequence"), [(1, 1, 0), (1, 3, 2), (2, 1, 3), (7, 2, 19)])
def test_sequence__grows_by_one_with_every_message(number: int, phase: int, sequence: int) -> None:
    assert replace(STATEMENT, round=number, phase=SumPhase(phase)).sequence == sequence
