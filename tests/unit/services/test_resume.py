"""The coordinator, a party or both are killed at any point of a run: it goes on and ends in the same model."""

import shutil
from dataclasses import dataclass

import pytest

from tests.unit.services.sums import AGGREGATOR
from tests.unit.services.test_dropouts import trained_on
from tests.unit.services.test_private_training import private
from trustspace.adapters.transport.in_process import InProcess
from trustspace.domain.run_calls import Act
from trustspace.errors import CommitmentMismatch, InputError, MaskReuse, PartyUnreachable, RunBegun
from trustspace.services.audit import audit
from trustspace.services.federation import train
from trustspace.services.training import Aggregator, TrainingParty
from trustspace.testing.memory import BriefMemory

ROUND_ACTS = (Act.OFFER, Act.COMMIT, Act.ANSWER, Act.ACCEPT)
POINTS = [(number, act, after) for number in (1, 3, 7) for act in ROUND_ACTS for after in ("nobody", "some", "all")]


class Killed(BaseException):
    """No clean-up, no last words: only what was kept counts."""


class Dying(InProcess):
    """An engine whose coordinator dies in one act of a round, before, amid or after the parties did their part."""

    def __init__(self, peers, number: int, act: Act, after: str) -> None:
        super().__init__(peers)
        self.at, self.after = (number, act), after

    def exchange(self, requests):
        request = next(iter(requests.values()), None)
        if request is None or (request.round, request.act) != self.at:
            return super().exchange(requests)
        some = dict(list(requests.items())[: {"nobody": 0, "some": 2, "all": len(requests)}[self.after]])
        super().exchange(some)
        raise Killed


@dataclass
class World:
    federation: object
    memories: list[BriefMemory]
    loan_book: object

    def restarted(self, *which: int, rows=None) -> None:
        """These parties' processes start anew: new objects, the same memory."""
        parts = self.loan_book.split(4)
        for number in which:
            old = self.federation.parties[number]
            table = rows if rows is not None else self.loan_book.rows(parts[number], plan=self.federation.plan)
            self.federation.parties[number] = TrainingParty(
                self.federation.plan, table, old._ledger, old.participant, memory=self.memories[number]
            )

    def coordinator_restarted(self) -> None:
        ledger = self.federation.ledger
        self.federation.aggregator = Aggregator(self.federation.plan, ledger.as_aggregator(AGGREGATOR))

    def killed(self, folder, engine) -> None:
        with pytest.raises(Killed):
            train(self.federation.plan, self.federation.aggregator, engine, operation=b"o" * 32, transcript=folder)
        self.coordinator_restarted()


@pytest.fixture
def world(federate, loan_book) -> World:
    world = World(federate(4), [BriefMemory() for _ in range(4)], loan_book)
    world.restarted(0, 1, 2, 3)
    return world


@pytest.mark.parametrize(("number", "act", "after"), POINTS)
def test_train__everything_killed_at_once__resumes_to_the_same_model(
    world, reference, tmp_path, number: int, act: Act, after: str
) -> None:
    world.killed(tmp_path, Dying(world.federation.parties, number, act, after))
    world.restarted(0, 1, 2, 3)
    outcome = world.federation.train(tmp_path, resume=True)
    assert (outcome.trained, outcome.left, outcome.rounds) == (reference, {}, 7)
    assert audit(tmp_path, world.federation.ledger).trained == reference


@pytest.mark.parametrize("act", ROUND_ACTS)
def test_train__coordinator_alone_is_killed__resumes_with_the_parties_as_they_are(
    world, reference, tmp_path, act: Act
) -> None:
    world.killed(tmp_path, Dying(world.federation.parties, 3, act, "some"))
    assert world.federation.train(tmp_path, resume=True).trained == reference


@pytest.mark.parametrize("act", ROUND_ACTS)
def test_train__with_noise__killed__no_second_noise(federate, loan_book, tmp_path, act: Act) -> None:
    world = World(federate(4, plan=private(loan_book)), [BriefMemory() for _ in range(4)], loan_book)
    world.restarted(0, 1, 2, 3)
    world.killed(tmp_path, Dying(world.federation.parties, 3, act, "some"))
    world.restarted(0, 1, 2, 3)
    outcome = world.federation.train(tmp_path, resume=True)
    assert (outcome.left, outcome.rounds) == ({}, 7)
    assert audit(tmp_path, world.federation.ledger).trained == outcome.trained


@pytest.mark.parametrize("act", ROUND_ACTS)
def test_train__a_party_is_lost_while_the_coordinator_is_down__the_others_finish(
    world, loan_book, tmp_path, act: Act
) -> None:
    world.killed(tmp_path, Dying(world.federation.parties, 3, act, "some"))
    world.memories[1] = BriefMemory()  # its disk is lost with its process
    world.restarted(0, 1, 2, 3)
    outcome = world.federation.train(tmp_path, resume=True)
    assert outcome.trained == trained_on(loan_book, 4, [0, 2, 3])
    assert set(outcome.left) == {36}
    assert "no memory" in outcome.reasons[36]
    assert audit(tmp_path, world.federation.ledger).trained == outcome.trained


class Restarting(InProcess):
    """An engine that starts a party anew before it asks it something."""

    def __init__(self, world: World, party: int, act: Act) -> None:
        super().__init__(world.federation.parties)
        self.world, self.party, self.act = world, party, act

    def exchange(self, requests):
        request = next(iter(requests.values()))
        if request.act == self.act:
            self.world.restarted(self.party)
            fresh = self.world.federation.parties[self.party]
            self._peers[fresh.participant] = fresh
            fresh.position(request.run)
        return super().exchange(requests)


@pytest.mark.parametrize("act", ROUND_ACTS)
def test_train__a_party_restarts_in_every_round__nothing_is_lost(world, reference, tmp_path, act: Act) -> None:
    federation = world.federation
    engine = Restarting(world, 1, act)
    outcome = train(federation.plan, federation.aggregator, engine, operation=b"o" * 32, transcript=tmp_path)
    assert (outcome.trained, outcome.left) == (reference, {})


def test_train__killed_after_the_end__resumes_to_the_registered_model(world, reference, tmp_path) -> None:
    first = world.federation.train(tmp_path)
    world.coordinator_restarted()
    world.restarted(0, 1, 2, 3)
    again = world.federation.train(tmp_path, resume=True)
    assert (again.model, again.trained) == (first.model, reference)
    world.coordinator_restarted()
    world.memories = [BriefMemory() for _ in range(4)]
    world.restarted(0, 1, 2, 3)
    assert world.federation.train(tmp_path, resume=True).model == first.model  # by the ledger alone


def test_train__begun_before__refused_without_resume(world, tmp_path) -> None:
    world.killed(tmp_path, Dying(world.federation.parties, 1, Act.OFFER, "some"))
    with pytest.raises(RunBegun, match=r"begun before .*resume it"):
        world.federation.train(tmp_path)


def test_train__a_party_comes_back_with_other_rows__never_masks_them(world, loan_book, tmp_path) -> None:
    world.killed(tmp_path, Dying(world.federation.parties, 3, Act.COMMIT, "all"))
    world.restarted(1, rows=loan_book.rows(loan_book.split(4)[2]))
    with pytest.raises(MaskReuse, match=r"party 36: this mask already covered other data"):
        world.federation.train(tmp_path, resume=True)


def test_train__transcript_altered_between__refused(world, tmp_path) -> None:
    world.killed(tmp_path, Dying(world.federation.parties, 3, Act.COMMIT, "all"))
    path = tmp_path / "round-002" / "sum.bin"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(CommitmentMismatch, match="transcript, round 2"):
        world.federation.train(tmp_path, resume=True)


def test_train__a_run_begins_with_all_or_not_at_all(world) -> None:
    class Absent(InProcess):
        def exchange(self, requests):
            return {**super().exchange(requests), 36: PartyUnreachable("not connected", where="party 36")}

    federation = world.federation
    with pytest.raises(PartyUnreachable, match="party 36: not connected"):
        train(federation.plan, federation.aggregator, Absent(federation.parties), operation=b"o" * 32)


def test_party__memory_of_another_run__refused(world, tmp_path) -> None:
    world.federation.train(tmp_path / "one")
    world.federation.aggregator = Aggregator(world.federation.plan, world.federation.ledger.as_aggregator(AGGREGATOR))
    world.restarted(0, 1, 2, 3)
    with pytest.raises(InputError, match="is kept for run"):
        world.federation.train(tmp_path / "two", operation=b"n" * 32)


def test_memory__after_a_run__no_secret_is_left(world, tmp_path) -> None:
    world.federation.train(tmp_path)
    for memory in world.memories:
        kept = set(memory._kept)
        assert not kept & {"offer", "enrolment", "noisy", "answer"}
        assert memory.recall("run")[32:] == bytes(64)
    assert not (tmp_path / "open-round").exists()
    shutil.rmtree(tmp_path)
