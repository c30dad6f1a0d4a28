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
    """The registry's events by block, and from where they were asked for."""

    told: list[tuple[int, str, dict[str, object]]] = field(default_factory=list)
    asked: list[int | None] = field(default_factory=list)

    def round_events(self, run: RunId, since: int | None):
        self.asked.append(since)
        assert run == RUN
        for block, name, arguments in self.told:
            if since is None or block >= since:
                yield Event(name=name, arguments=arguments, block=block, index=0, transaction=b"")

    def commits(self, block: int, party: Address, number: int, hashed: bytes) -> None:
        self.told.append((block, "ContributionCommitted", {"party": party, "round": number, "contribution": hashed}))


def reader(registry: Registry) -> ModelReader:
    return ModelReader(cast("ModelRegistry", registry))


def test_contribution__of_two_parties_in_one_block__both_found_and_asked_for_once() -> None:
    registry = Registry()
    registry.commits(7, BANK, 1, b"a")
    ledger = reader(registry)
    assert ledger.contribution(RUN, BANK, 1) == b"a"
    registry.commits(7, OTHER, 1, b"b")
    registry.commits(9, BANK, 2, b"c")
    assert ledger.contribution(RUN, OTHER, 1) == b"b"
    assert ledger.contribution(RUN, BANK, 2) == b"c"
    assert [ledger.contribution(RUN, party, 1) for party in (BANK, OTHER)] == [b"a", b"b"]
    assert registry.asked == [None, 7]


def test_contribution__not_there_yet__asked_again_from_the_last_known_block() -> None:
    registry = Registry()
    registry.commits(7, BANK, 1, b"a")
    ledger = reader(registry)
    assert [ledger.contribution(RUN, BANK, number) for number in (1, 2, 2)] == [b"a", None, None]
    registry.commits(8, BANK, 2, b"c")
    assert ledger.contribution(RUN, BANK, 2) == b"c"
    assert registry.asked == [None, 7, 7, 7]


def test_round__all_that_is_new__read_at_once_and_asked_no_more() -> None:
    registry = Registry()
    ledger = reader(registry)
    assert ledger.survivors(RUN, 2) is None
    registry.commits(8, BANK, 2, b"c")
    registry.told.append((8, "RoundClosed", {"round": 1, "aggregate": b"s"}))
    registry.told.append((8, "SurvivorsFixed", {"round": 2, "survivors": 7}))
    for _ in range(2):
        assert (ledger.survivors(RUN, 2), ledger.aggregate(RUN, 1)) == (7, b"s")
        assert ledger.contribution(RUN, BANK, 2) == b"c"
    assert registry.asked == [None, None]
