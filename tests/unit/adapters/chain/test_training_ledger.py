"""What the contract lets be written once is asked for until it is there, and remembered then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from trustspace.adapters.chain.contract import Event
from trustspace.adapters.chain.models import ModelRegistry
from trustspace.adapters.chain.training_ledger import ModelReader
from trustspace.domain.ids import Address, RunId

RUN, BANK, OTHER = RunId(b"r" * 32), Address("0x" + "11" * 20), Address("0x" + "22" * 20)


@dataclass
class Registry:
    """The registry's reads: events with their blocks, and what was asked."""

    committed: list[tuple[int, Address, int, bytes]] = field(default_factory=list)
    fixed: dict[int, int] = field(default_factory=dict)
    asked: list[object] = field(default_factory=list)

    def events(self, _name: str, *, since: int | None, run: RunId):
        self.asked.append(since)
        assert run == RUN
        for block, party, number, hashed in self.committed:
            if since is None or block >= since:
                arguments = {"party": party, "round": number, "contribution": hashed}
                yield Event(name="", arguments=arguments, block=block, index=0, transaction=b"")

    def survivors(self, _run: RunId, number: int) -> int | None:
        self.asked.append(number)
        return self.fixed.get(number)


def reader(registry: Registry) -> ModelReader:
    return ModelReader(cast("ModelRegistry", registry))


def test_contribution__of_two_parties_in_one_block__both_found_and_asked_for_once() -> None:
    registry = Registry([(7, BANK, 1, b"a")])
    ledger = reader(registry)
    assert ledger.contribution(RUN, BANK, 1) == b"a"
    registry.committed += [(7, OTHER, 1, b"b"), (9, BANK, 2, b"c")]
    assert ledger.contribution(RUN, OTHER, 1) == b"b"
    assert ledger.contribution(RUN, BANK, 2) == b"c"
    assert [ledger.contribution(RUN, party, 1) for party in (BANK, OTHER)] == [b"a", b"b"]
    assert registry.asked == [None, 7]


def test_contribution__not_there_yet__asked_again_from_the_last_known_block() -> None:
    registry = Registry([(7, BANK, 1, b"a")])
    ledger = reader(registry)
    assert [ledger.contribution(RUN, BANK, number) for number in (1, 2, 2)] == [b"a", None, None]
    registry.committed.append((8, BANK, 2, b"c"))
    assert ledger.contribution(RUN, BANK, 2) == b"c"
    assert registry.asked == [None, 7, 7, 7]


def test_survivors__none_until_fixed__then_asked_no_more() -> None:
    registry = Registry()
    ledger = reader(registry)
    assert ledger.survivors(RUN, 1) is None
    registry.fixed[1] = 7
    assert [ledger.survivors(RUN, 1), ledger.survivors(RUN, 1)] == [7, 7]
    assert registry.asked == [1, 1]
