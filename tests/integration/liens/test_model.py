"""Random operations of several banks, some of them lying, over three epochs: contract, model and events agree.

TRUSTSPACE_LIEN_OPERATIONS sets how many (60,000 unless set).
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.integration.liens.model import LienModel, WindowOpen
from tests.integration.liens.replay import LIEN_EVENTS, LINK_EVENTS, Replay
from trustspace.domain.liens import WHOLE, DisputeVerdict, LienReference, LienState, Pledge, Refusal
from trustspace.encoding.hashing import keccak
from trustspace.encoding.liens import family_key
from trustspace.errors import ContractRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.adapters.chain.node import Receipt
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

T = TypeVar("T")
OPERATIONS = int(os.environ.get("TRUSTSPACE_LIEN_OPERATIONS", "60000"))
INVOICES = 400
BATCH = 100
EPOCHS = 3


@dataclass(frozen=True)
class Group:
    """Committed and not opened yet. `epoch`: how many changes of epochs there were before."""

    bank: Actor
    salt: bytes
    pledges: list[Pledge]
    invoices: list[int]
    committed_at: int
    epoch: int


class Town:
    """Several banks that pledge the same invoices over and over."""

    def __init__(self, space: SpaceKit, seed: int) -> None:
        self.space = space
        self.draw = random.Random(seed)
        self.banks = space.actors.banks
        registry = space.actors.outsider.liens
        self.model = LienModel(registry.commit_window(), registry.read("RESERVATION_TIME"))
        self.prints = [
            [family_key(keccak(b"invoice %d in epoch %d" % (i, e))) for e in range(EPOCHS)] for i in range(INVOICES)
        ]
        self.groups: list[Group] = []
        self.known: dict[Actor, list[tuple[LienReference, int]]] = {bank: [] for bank in self.banks}
        self.seen = {family for of_one in self.prints for family in of_one}
        self.open = (0,)
        self.turns = 0
        self.done = 0
        self.outcomes: dict[object, int] = {}

    # --- operations --------------------------------------------------------------------------------------------

    def commit(self) -> None:
        bank = self.draw.choice(self.banks)
        chosen = self.draw.sample(range(INVOICES), BATCH)
        pledges = [self._pledge(invoice) for invoice in chosen]
        salt = self.draw.randbytes(32)
        receipt = bank.liens.commit(bank.liens.header(bank.participant).commitment(salt, pledges))
        self.groups.append(Group(bank, salt, pledges, chosen, receipt.block, self.turns))
        self.done += 1

    def reserve(self) -> None:
        if not self.groups:
            return
        group = self.groups.pop(self.draw.randrange(len(self.groups)))
        registry = group.bank.liens
        liens = registry.header(group.bank.participant).lien_ids(group.salt, group.pledges)
        written, error = attempt(lambda: registry.reserve(group.bank.participant, group.salt, group.pledges))
        if written is None:
            is_late = self.space.node.block_number() > group.committed_at + self.model.window
            assert error == ("CommitmentLapsed" if is_late else "OlderFingerprintMissing")
            assert is_late or group.epoch != self.turns
            self._count(error)
            return
        expected = self.model.reserve(group.pledges, liens, group.committed_at, self._time(written.receipt.block))
        assert list(written.value) == expected
        for pledge, lien, invoice in zip(group.pledges, liens, group.invoices, strict=True):
            reference = LienReference(fingerprint=pledge.fingerprint, lien=lien)
            self.known[group.bank].append((reference, invoice))
        self._count(*expected)

    def finance(self) -> None:
        bank, chosen = self._own()
        references = [reference for reference, _ in chosen]
        if not references:
            return
        written, error = attempt(lambda: bank.liens.finance(references))
        if written is None:
            assert error == "CommitWindowOpen"
            with pytest.raises(WindowOpen):
                self.model.finance(references, self.space.node.block_number() + 1, self.space.now())
            self._count(error)
            return
        expected = self.model.finance(references, written.receipt.block, self._time(written.receipt.block))
        assert list(written.value) == expected
        self._count(*expected)

    def release(self) -> None:
        bank, chosen = self._own()
        if chosen:
            receipt = bank.liens.release([reference for reference, _ in chosen])
            self.model.release([reference for reference, _ in chosen], self._time(receipt.block))
            self._count(*["released"] * len(chosen))

    def migrate(self) -> None:
        bank, chosen = self._own()
        items = [(reference, self._truth_or_lie(invoice, self.open[-1])) for reference, invoice in chosen]
        if items:
            written = bank.liens.migrate(items)
            expected = self.model.migrate(items, self._time(written.receipt.block))
            assert list(written.value) == expected
            self._count(*expected)

    def dispute(self) -> None:
        reference = self._any()
        if reference is not None:
            registry = self.draw.choice(self.banks).liens
            receipt, error = attempt(lambda: registry.dispute(reference, keccak(b"evidence")))
            self._single(receipt, error, lambda now: self.model.dispute(reference, now))

    def resolve(self) -> None:
        reference, upheld = self._any(), self.draw.random() < 0.5
        if reference is not None:
            registry = self.space.actors.regulator.liens
            verdict = DisputeVerdict.UPHELD if upheld else DisputeVerdict.DISMISSED
            receipt, error = attempt(lambda: registry.resolve(reference, verdict, keccak(b"evidence")))
            self._single(receipt, error, lambda now: self.model.resolve(reference, upheld=upheld, now=now))

    def wait(self) -> None:
        self.space.mine(self.draw.randrange(1, self.model.window))
        if self.draw.random() < 0.2:
            self.space.advance(self.draw.randrange(self.model.reservation))

    # --- epochs ------------------------------------------------------------------------------------------------

    def open_epoch(self) -> None:
        epoch = self.space.open_epoch()
        self.open = (*self.open[-1:], epoch - 1) if epoch > 1 else (0,)
        self.turns += 1

    def close_epoch(self) -> None:
        self.space.actors.regulator.fingerprint_keys.close_epoch(self.open[0] + 1)
        self.open = self.open[1:]
        self.turns += 1

    # --- checks ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        names = sorted(self.seen)
        now = self.space.now()
        for name, found in zip(names, self.space.actors.outsider.liens.exposures(names), strict=True):
            family = self.model.names.get(name)
            assert found.family == (family.key if family else None)
            expected = family.exposure(now) if family else (0, 0, 0, False)
            assert (found.reserved_bps, found.financed_bps, found.live, found.disputed) == expected
            assert found.reserved_bps + found.financed_bps <= WHOLE

    def check_events(self) -> None:
        """Events alone give every lien that the contract has, and the model has the same."""
        registry = self.space.actors.outsider.liens
        events = [event for name in (*LIEN_EVENTS, *LINK_EVENTS) for event in registry.events(name)]
        replay = Replay(sorted(events, key=lambda event: (event.block, event.index)))
        now = self.space.now()
        for name in sorted(self.seen):
            rebuilt = [
                (w.lien, w.state, w.share_bps, w.committed_at, w.until, w.disputed) for w in replay.liens_of(name)
            ]
            answered = [
                (lien.lien, lien.state, lien.share_bps, lien.committed_at, lien.until, lien.disputed)
                for lien in registry.liens_of(name)
            ]
            assert [_aged(item, now) for item in rebuilt] == answered
            family = self.model.names.get(name)
            slots = family.slots if family else []
            modelled = [(c.lien, c.state, c.share, c.committed_at, c.until, c.disputed) for c in slots]
            assert [_aged(item, now) for item in modelled] == answered

    # --- inside ------------------------------------------------------------------------------------------------

    def _pledge(self, invoice: int) -> Pledge:
        share = self.draw.choice((WHOLE, WHOLE, 5_000, self.draw.randrange(1, WHOLE), self.draw.randrange(1, 800)))
        older = self._truth_or_lie(invoice, self.open[0]) if len(self.open) == 2 else None
        return Pledge(fingerprint=self.prints[invoice][self.open[-1]], older=older, share_bps=share)

    def _truth_or_lie(self, invoice: int, epoch: int) -> bytes:
        chance = self.draw.random()
        if chance < 0.01:
            lie = family_key(self.draw.randbytes(32))
            self.seen.add(lie)
            return lie
        if chance < 0.02:
            other = (invoice + self.draw.randrange(1, INVOICES)) % INVOICES
            return self.prints[other][epoch]
        return self.prints[invoice][epoch]

    def _own(self, count: int = BATCH) -> tuple[Actor, list[tuple[LienReference, int]]]:
        """Some of a bank's liens, recent ones more often; too few make none."""
        bank = self.draw.choice(self.banks)
        recent = self.known[bank][-2 * BATCH :] if self.draw.random() < 0.7 else self.known[bank]
        return bank, self.draw.sample(recent, count) if len(recent) >= count else []

    def _any(self) -> LienReference | None:
        _, chosen = self._own(1)
        return chosen[0][0] if chosen else None

    def _single(self, receipt: Receipt | None, error: str, expect: Callable[[int], bool]) -> None:
        if receipt is None:
            assert error in {"UnknownLien", "LienNotLive", "NotDisputed"}
            assert not expect(self.space.now())
        else:
            assert expect(self._time(receipt.block))
        self._count(error or "done")

    def _time(self, block: int) -> int:
        return int(self.space.node.rpc.call("eth_getBlockByNumber", hex(block), False)["timestamp"], 16)

    def _count(self, *outcomes: object) -> None:
        self.done += len(outcomes)
        for outcome in outcomes:
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def attempt(act: Callable[[], T]) -> tuple[T | None, str]:
    """What an act answers, or the contract's error."""
    try:
        return act(), ""
    except ContractRefused as refused:
        return None, refused.error


def _aged(item: tuple[object, ...], now: int) -> tuple[object, ...]:
    """A reservation whose time is over answers as expired."""
    lien, state, share, committed_at, until, disputed = item
    is_over = state is LienState.RESERVED and not disputed and now > until  # type: ignore[operator]
    return lien, LienState.EXPIRED if is_over else state, share, committed_at, until, disputed


def test_registry__random_operations_of_several_banks__as_model_and_events(data_space: SpaceKit) -> None:
    town = Town(data_space, seed=20_261)
    weights = {
        town.commit: 8, town.reserve: 8, town.finance: 4, town.release: 3, town.migrate: 2, town.dispute: 2,
        town.resolve: 1, town.wait: 3,
    }  # fmt: skip
    town.open_epoch()
    changes = [town.open_epoch, town.close_epoch] * (EPOCHS - 1)
    checks = 0
    while town.done < OPERATIONS:
        if changes and town.done > OPERATIONS * (5 - len(changes)) / 5:
            changes.pop(0)()
        (act,) = town.draw.choices(list(weights), list(weights.values()))
        act()
        if town.done > OPERATIONS * checks / 20:
            town.check()
            checks += 1
    town.check()
    town.check_events()
    seen = {
        Refusal.NONE,
        Refusal.SHARE_TAKEN,
        Refusal.LINK_CONFLICT,
        Refusal.GONE,
        Refusal.DISPUTED,
        "CommitWindowOpen",
    }
    assert seen <= town.outcomes.keys()
