# ruff: noqa: S101 - these are tests
"""What every training ledger must do: the fake and the real adapter pass these same tests.

Subclass `TrainingLedgerSuite` in a test module and provide a fixture `training_world`; operations and keys are drawn
afresh, so one ledger may serve all tests.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from trustspace.domain.ids import ModelId, OperationId, RunId
from trustspace.domain.models import ModelCard, ModelState, RunState
from trustspace.domain.sums import GatheredRound, SumPhase, SumStatement
from trustspace.errors import ContractRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.domain.ids import Address
    from trustspace.ports import AggregatorLedger, PartyLedger

PLAN, TENSOR, CONTRIBUTION = b"p" * 32, b"t" * 32, b"c" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWorld:
    """Accounts to act with: an aggregator, at least three banks, one bank that is never a party, the regulator."""

    aggregator: AggregatorLedger
    banks: tuple[PartyLedger, ...]
    outsider: PartyLedger
    withdraw: Callable[[ModelId], None]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Accounts of the first three banks."""
        return tuple(bank.address for bank in self.banks[:3])

    def opened(self) -> RunId:
        """A fresh run of three banks, two confirmations needed."""
        return self.aggregator.open_run(PLAN, self.addresses, 2, _operation())

    def training(self) -> RunId:
        """A run that every bank joined."""
        run = self.opened()
        for bank in self.banks[:3]:
            bank.join(run, secrets.token_bytes(32))
        return run

    def closed(self) -> RunId:
        """A run with its first round closed."""
        run = self.training()
        self.aggregator.gather_round(run, self.gathered(run))
        self.aggregator.close_round(run, 1, b"a" * 32)
        return run

    def gathered(
        self,
        run: RunId,
        number: int = 1,
        survivors: int = 0b111,
        *,
        by: Sequence[PartyLedger] | None = None,
        previous: bytes | None = None,
    ) -> GatheredRound:
        """A round in which these banks (default: the first three) contributed what hashes to CONTRIBUTION."""
        statement = SumStatement(
            run=run, round=number, phase=SumPhase.CONTRIBUTION, tensor=TENSOR, content=CONTRIBUTION
        )
        signed = tuple((CONTRIBUTION, bank.sign(statement)) for bank in (self.banks[:3] if by is None else by))
        return GatheredRound(round=number, previous=previous, survivors=survivors, tensor=TENSOR, contributions=signed)


def _operation() -> OperationId:
    return OperationId(secrets.token_bytes(32))


def _card(filler: bytes = b"m") -> ModelCard:
    return ModelCard(
        model_hash=filler * 32,
        schema_hash=b"s" * 32,
        code_hash=b"c" * 32,
        metrics_hash=b"f" * 32,
        commitment=b"\x01" * 32,
    )


def _refused(error: str) -> pytest.RaisesExc[ContractRefused]:
    return pytest.raises(ContractRefused, check=lambda raised: raised.error == error)


class TrainingLedgerSuite:
    """Reads after writes, no-ops on repetition, refusals by name."""

    def test_unknown_run__reads__say_none(self, training_world: TrainingWorld) -> None:
        world, run = training_world, RunId(b"u" * 32)
        assert world.aggregator.run(run).state == RunState.NONE
        assert world.aggregator.contribution(run, world.addresses[0], 1) is None
        assert world.aggregator.aggregate(run, 1) is None
        assert world.aggregator.models_of(run) == ()
        assert world.aggregator.model(ModelId(b"n" * 32)).state == ModelState.NONE

    def test_open_run__same_operation__same_run_and_other_content__refused(self, training_world: TrainingWorld) -> None:
        world, operation = training_world, _operation()
        run = world.aggregator.open_run(PLAN, world.addresses, 2, operation)
        assert world.aggregator.open_run(PLAN, world.addresses, 2, operation) == run
        record = world.aggregator.run(run)
        assert (record.state, record.parties, record.plan_hash) == (RunState.JOINING, world.addresses, PLAN)
        assert (record.quorum, record.round, record.joined) == (2, 0, 0)
        with _refused("OperationConflict"):
            world.aggregator.open_run(b"q" * 32, world.addresses, 2, operation)

    def test_open_run__two_parties_or_weak_quorum__refused(self, training_world: TrainingWorld) -> None:
        world = training_world
        with _refused("TooFewParties"):
            world.aggregator.open_run(PLAN, world.addresses[:2], 2, _operation())
        with _refused("InvalidQuorum"):
            world.aggregator.open_run(PLAN, world.addresses, 1, _operation())

    def test_join__all_parties__training_starts(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.opened()
        keys = [secrets.token_bytes(32) for _ in range(3)]
        assert world.aggregator.party(run, world.addresses[0]).mask_key is None
        for bank, key in zip(world.banks, keys, strict=False):
            bank.join(run, key)
            bank.join(run, key)
        assert world.aggregator.run(run).state == RunState.TRAINING
        records = [world.aggregator.party(run, address) for address in world.addresses]
        assert [record.mask_key for record in records] == keys
        assert len({record.participant for record in records}) == 3

    def test_join__other_key_shared_key_or_outsider__refused(self, training_world: TrainingWorld) -> None:
        world, run, key = training_world, training_world.opened(), secrets.token_bytes(32)
        world.banks[0].join(run, key)
        with _refused("MaskKeyAlreadySet"):
            world.banks[0].join(run, secrets.token_bytes(32))
        with _refused("MaskKeyRepeated"):
            world.banks[1].join(run, key)
        with _refused("NotParty"):
            world.outsider.join(run, secrets.token_bytes(32))

    def test_commit__once_each_in_order__read_back(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.training()
        bank = world.banks[0]
        bank.commit_contribution(run, 1, b"1" * 32)
        bank.commit_contribution(run, 1, b"1" * 32)
        assert world.aggregator.contribution(run, bank.address, 1) == b"1" * 32
        assert world.aggregator.contribution(run, bank.address, 2) is None
        assert world.aggregator.party(run, bank.address).round == 1
        with _refused("ContributionConflict"):
            bank.commit_contribution(run, 1, b"2" * 32)
        with _refused("RoundOutOfOrder"):
            bank.commit_contribution(run, 3, b"1" * 32)
        with _refused("NotParty"):
            world.outsider.commit_contribution(run, 1, b"1" * 32)

    def test_gather_round__signatures_missing_or_of_others__refused(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.training()
        first, second, third = world.banks[:3]
        for survivors, signers, error in (
            (0b111, (first, second), "ContributionsMiscounted"),
            (0b111, (first, third, second), "ContributionNotSigned"),
            (0b111, (first, second, world.outsider), "ContributionNotSigned"),
            (0b011, (first, second), "TooFewSurvivors"),
            (0b1111, (first, second, third, world.outsider), "PartyNotActive"),
        ):
            with _refused(error):
                world.aggregator.gather_round(run, world.gathered(run, 1, survivors, by=signers))
        other = world.gathered(world.training())
        with _refused("ContributionNotSigned"):
            world.aggregator.gather_round(run, other)
        assert world.aggregator.survivors(run, 1) is None

    def test_gather_round__three_signatures__committed_and_fixed_once(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.training()
        world.banks[1].commit_contribution(run, 1, CONTRIBUTION)  # by its own hand: taken as it stands
        world.aggregator.gather_round(run, world.gathered(run))
        world.aggregator.gather_round(run, world.gathered(run))
        for reader in (world.aggregator, world.outsider):
            assert reader.survivors(run, 1) == 0b111
            assert {reader.contribution(run, address, 1) for address in world.addresses} == {CONTRIBUTION}
            assert reader.contribution(run, world.addresses[0], 2) is None
        assert {world.aggregator.party(run, address).round for address in world.addresses} == {1}
        with _refused("SurvivorsAlreadyFixed"):
            world.aggregator.gather_round(run, world.gathered(run, 1, 0b110, by=world.banks[1:3]))
        with _refused("ContributionConflict"):
            world.banks[0].commit_contribution(run, 1, b"2" * 32)

    def test_gather_round__the_next_one__closes_the_round_before(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.training()
        for number, error in ((2, "SurvivorsNotFixed"), (3, "RoundOutOfOrder")):
            with _refused(error):
                world.aggregator.gather_round(run, world.gathered(run, number, previous=b"a" * 32))
        world.aggregator.gather_round(run, world.gathered(run))
        with _refused("EmptyHash"):
            world.aggregator.gather_round(run, world.gathered(run, 2))
        world.aggregator.gather_round(run, world.gathered(run, 2, previous=b"a" * 32))
        for reader in (world.aggregator, world.outsider):
            assert (reader.aggregate(run, 1), reader.aggregate(run, 2)) == (b"a" * 32, None)
            assert reader.survivors(run, 2) == 0b111
        with _refused("RoundAlreadyClosed"):
            world.aggregator.gather_round(run, world.gathered(run, 2, previous=b"b" * 32))

    def test_close_round__survivors_open__refused_and_then_closed(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.training()
        with _refused("SurvivorsNotFixed"):
            world.aggregator.close_round(run, 1, b"a" * 32)
        assert world.aggregator.aggregate(run, 1) is None
        world.aggregator.gather_round(run, world.gathered(run))
        world.aggregator.close_round(run, 1, b"a" * 32)
        world.aggregator.close_round(run, 1, b"a" * 32)
        assert world.aggregator.aggregate(run, 1) == b"a" * 32
        assert world.aggregator.run(run).round == 1
        with _refused("RoundAlreadyClosed"):
            world.aggregator.close_round(run, 1, b"b" * 32)
        with _refused("RoundOutOfOrder"):
            world.aggregator.close_round(run, 3, b"a" * 32)

    def test_confirm_model__at_the_quorum__final_and_run_completed(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.closed()
        model = world.banks[0].confirm_model(run, _card())
        assert world.aggregator.model(model).state == ModelState.PROPOSED
        other = world.banks[1].confirm_model(run, _card(b"x"))
        assert world.banks[2].confirm_model(run, _card()) == model
        assert world.banks[2].confirm_model(run, _card()) == model
        record = world.aggregator.model(model)
        assert (record.state, record.confirmations, record.card) == (ModelState.FINAL, 2, _card())
        assert [known.model for known in world.aggregator.models_of(run)] == [model, other]
        assert world.aggregator.run(run).state == RunState.COMPLETED
        with _refused("AlreadyConfirmed"):
            world.banks[1].confirm_model(run, _card())
        world.withdraw(model)
        assert world.aggregator.model(model).state == ModelState.WITHDRAWN

    def test_confirm_model__before_a_round_or_by_an_outsider__refused(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.training()
        with _refused("NoRoundClosed"):
            world.banks[0].confirm_model(run, _card())
        with _refused("NotParty"):
            world.outsider.confirm_model(run, _card())

    def test_confirm_model__commitment_beyond_the_field_or_none__refused_or_taken(
        self, training_world: TrainingWorld
    ) -> None:
        world, run = training_world, training_world.closed()
        with _refused("NotFieldElement"):
            world.banks[0].confirm_model(run, replace(_card(), commitment=b"\xff" * 32))
        bare = replace(_card(), commitment=bytes(32))
        assert world.aggregator.model(world.banks[0].confirm_model(run, bare)).card == bare

    def test_abandon_run__then_nothing_goes_on(self, training_world: TrainingWorld) -> None:
        world, run = training_world, training_world.closed()
        world.aggregator.abandon_run(run, b"r" * 32)
        assert world.aggregator.run(run).state == RunState.ABANDONED
        with _refused("RunNotInState"):
            world.banks[0].confirm_model(run, _card())
        with _refused("RunNotInState"):
            world.aggregator.abandon_run(run, b"r" * 32)
