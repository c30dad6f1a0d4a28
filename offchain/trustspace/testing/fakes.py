"""In-memory stand-ins for the ledger, with the contracts' rules and error names. They pass the real adapter's suite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from trustspace.domain.ids import Address, ModelId, OperationId, ParticipantId, RunId
from trustspace.domain.models import ModelCard, ModelRecord, ModelState, PartyRecord, RunRecord, RunState
from trustspace.domain.sums import SumPhase, SumStatement
from trustspace.encoding.eip712 import sum_message
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.errors import ContractRefused, SignerMissing
from trustspace.services.sum_group import signer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.crypto.signing import Signer
    from trustspace.domain.sums import GatheredRound

FEWEST_PARTIES = 3
MOST_PARTIES = 200
_ZERO = bytes(32)


@dataclass(slots=True)
class _Run:
    record: RunRecord
    keys: dict[Address, bytes] = field(default_factory=dict)
    contributions: dict[tuple[Address, int], bytes] = field(default_factory=dict)
    last: dict[Address, int] = field(default_factory=dict)
    survivors: dict[int, int] = field(default_factory=dict)
    aggregates: dict[int, bytes] = field(default_factory=dict)
    confirmed: dict[Address, ModelId] = field(default_factory=dict)


class MemoryTrainingLedger:
    """Training runs and models kept in memory: `ModelRegistry` without the chain. Reads: `ports.TrainingReader`."""

    def __init__(self, accounts: Mapping[Address, ParticipantId]) -> None:
        """`accounts`: admitted accounts and their participants; roles are not modelled."""
        self._accounts = dict(accounts)
        self._runs: dict[RunId, _Run] = {}
        self._models: dict[ModelId, ModelRecord] = {}

    chain_id = 31_337
    registry = Address("0x" + "5e" * 20)

    def as_party(self, account: Address | Signer) -> MemoryPartyLedger:
        """Handle of a bank's account: `ports.PartyLedger`. It can `sign` only with a signer."""
        if isinstance(account, str):
            return MemoryPartyLedger(self, account)
        return MemoryPartyLedger(self, account.address, account)

    def as_aggregator(self, address: Address) -> MemoryAggregatorLedger:
        """Handle that signs as the aggregator's account: `ports.AggregatorLedger`."""
        return MemoryAggregatorLedger(self, address)

    def run(self, run: RunId) -> RunRecord:
        """Run; state NONE when unknown."""
        known = self._runs.get(run)
        if known is not None:
            return known.record
        return RunRecord(
            run=run,
            state=RunState.NONE,
            aggregator=ParticipantId(0),
            round=0,
            parties=(),
            joined=0,
            quorum=0,
            plan_hash=_ZERO,
        )

    def party(self, run: RunId, party: Address) -> PartyRecord:
        """Party of a run; participant 0 when it is none."""
        known = self._runs.get(run)
        if known is None or party not in known.record.parties:
            return PartyRecord(party=party, participant=ParticipantId(0), round=0, mask_key=None)
        return PartyRecord(
            party=party,
            participant=self._accounts[party],
            round=known.last.get(party, 0),
            mask_key=known.keys.get(party),
        )

    def contribution(self, run: RunId, party: Address, round_number: int) -> bytes | None:
        """Hash a party committed to, None when it has not."""
        known = self._runs.get(run)
        return known.contributions.get((party, round_number)) if known else None

    def survivors(self, run: RunId, round_number: int) -> int | None:
        """Survivors of a round as a bitmap, None when not fixed."""
        known = self._runs.get(run)
        return known.survivors.get(round_number) if known else None

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        """Hash of a closed round's sum, None when it is open."""
        known = self._runs.get(run)
        return known.aggregates.get(round_number) if known else None

    def model(self, model: ModelId) -> ModelRecord:
        """Model; state NONE when unknown."""
        known = self._models.get(model)
        if known is not None:
            return known
        card = ModelCard(model_hash=_ZERO, schema_hash=_ZERO, code_hash=_ZERO, metrics_hash=_ZERO, commitment=_ZERO)
        return ModelRecord(model=model, state=ModelState.NONE, run=RunId(_ZERO), confirmations=0, card=card)

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        """Models that parties confirmed, the final one first."""
        found = [record for record in self._models.values() if record.run == run]
        return tuple(sorted(found, key=lambda record: record.state < ModelState.FINAL))

    def withdraw_model(self, model: ModelId) -> None:
        """Take a final model out of use (the regulator's act)."""
        if self.model(model).state != ModelState.FINAL:
            raise refused("ModelNotFinal", model=model.hex())
        self._models[model] = replace(self._models[model], state=ModelState.WITHDRAWN)

    def _known(self, run: RunId) -> _Run:
        if run not in self._runs:
            raise refused("UnknownRun", run=run.hex())
        return self._runs[run]

    def _as_party(self, run: RunId, party: Address) -> _Run:
        known = self._known(run)
        if party not in known.record.parties:
            raise refused("NotParty", run=run.hex(), caller=party)
        return known

    def _as_aggregator(self, run: RunId, caller: Address) -> _Run:
        known = self._known(run)
        if self._accounts.get(caller) != known.record.aggregator:
            raise refused("NotAggregator", run=run.hex(), caller=caller)
        return known

    def _open(
        self, aggregator: Address, plan_hash: bytes, parties: tuple[Address, ...], quorum: int, operation: OperationId
    ) -> RunId:
        participant = self._accounts[aggregator]
        run = RunId(sha256(b"run" + participant.to_bytes(2, "big") + operation).digest())
        if run in self._runs:
            known = self._runs[run].record
            if (known.plan_hash, known.parties, known.quorum) != (plan_hash, parties, quorum):
                raise refused("OperationConflict", run=run.hex())
            return run
        self._require_parties(parties, quorum)
        if plan_hash == _ZERO:
            raise refused("EmptyHash")
        record = RunRecord(
            run=run,
            state=RunState.JOINING,
            aggregator=participant,
            round=0,
            parties=parties,
            joined=0,
            quorum=quorum,
            plan_hash=plan_hash,
        )
        self._runs[run] = _Run(record=record)
        return run

    def _require_parties(self, parties: tuple[Address, ...], quorum: int) -> None:
        if len(parties) < FEWEST_PARTIES:
            raise refused("TooFewParties", count=len(parties))
        if len(parties) > MOST_PARTIES:
            raise refused("TooManyParties", count=len(parties))
        if not len(parties) // 2 < quorum <= len(parties):
            raise refused("InvalidQuorum", quorum=quorum, parties=len(parties))
        for index, party in enumerate(parties):
            if party in parties[:index]:
                raise refused("PartyRepeated", party=party)


@dataclass(frozen=True, slots=True)
class _Reads:
    """Reads handed on to the shared ledger, for an account that signs."""

    ledger: MemoryTrainingLedger
    address: Address
    signer: Signer | None = None

    @property
    def chain_id(self) -> int:
        return self.ledger.chain_id

    @property
    def registry(self) -> Address:
        return self.ledger.registry

    def run(self, run: RunId) -> RunRecord:
        return self.ledger.run(run)

    def party(self, run: RunId, party: Address) -> PartyRecord:
        return self.ledger.party(run, party)

    def contribution(self, run: RunId, party: Address, round_number: int) -> bytes | None:
        return self.ledger.contribution(run, party, round_number)

    def survivors(self, run: RunId, round_number: int) -> int | None:
        return self.ledger.survivors(run, round_number)

    def aggregate(self, run: RunId, round_number: int) -> bytes | None:
        return self.ledger.aggregate(run, round_number)

    def model(self, model: ModelId) -> ModelRecord:
        return self.ledger.model(model)

    def models_of(self, run: RunId) -> tuple[ModelRecord, ...]:
        return self.ledger.models_of(run)


class MemoryPartyLedger(_Reads):
    """A bank's handle: `ports.PartyLedger`."""

    __slots__ = ()

    def join(self, run: RunId, mask_key: bytes) -> None:
        """Post the mask key; the last party's starts the training."""
        known = self.ledger._as_party(run, self.address)
        if known.keys.get(self.address) == mask_key:
            return
        if self.address in known.keys:
            raise refused("MaskKeyAlreadySet", run=run.hex(), party=self.address)
        _require_state(known, RunState.JOINING)
        if mask_key == _ZERO:
            raise refused("InvalidMaskKey")
        if mask_key in known.keys.values():
            raise refused("MaskKeyRepeated", run=run.hex(), maskKey=mask_key.hex())
        known.keys[self.address] = mask_key
        joined = len(known.keys)
        state = RunState.TRAINING if joined == len(known.record.parties) else RunState.JOINING
        known.record = replace(known.record, joined=joined, state=state)

    def commit_contribution(self, run: RunId, round_number: int, contribution: bytes) -> None:
        """Commit to a masked contribution; the same again is a no-op."""
        _commit(self.ledger._as_party(run, self.address), self.address, round_number, contribution)

    def sign(self, statement: SumStatement) -> bytes:
        """Sign what this bank says about a message of a secure sum."""
        if self.signer is None:
            raise SignerMissing("this handle can only act", where=self.address, remedy="pass a signer to as_party")
        return self.signer.sign_message(sum_message(self.registry, self.chain_id, statement))

    def confirm_model(self, run: RunId, card: ModelCard) -> ModelId:
        """Confirm a model; at the quorum it is final."""
        known = self.ledger._as_party(run, self.address)
        content = run + card.model_hash + card.schema_hash + card.code_hash + card.metrics_hash + card.commitment
        model = ModelId(sha256(b"model" + content).digest())
        earlier = known.confirmed.get(self.address)
        if earlier == model:
            return model
        if earlier is not None:
            raise refused("AlreadyConfirmed", run=run.hex(), party=self.address, model=earlier.hex())
        _require_state(known, RunState.TRAINING, RunState.COMPLETED)
        if not known.record.round:
            raise refused("NoRoundClosed", run=run.hex())
        if _ZERO in (card.model_hash, card.schema_hash, card.code_hash, card.metrics_hash):
            raise refused("EmptyHash")
        if int.from_bytes(card.commitment, "big") >= FIELD_MODULUS:
            raise refused("NotFieldElement", commitment=card.commitment.hex())
        self._count(known, model, card)
        return model

    def _count(self, known: _Run, model: ModelId, card: ModelCard) -> None:
        known.confirmed[self.address] = model
        before = self.ledger.model(model)
        confirmations = before.confirmations + 1
        final = confirmations == known.record.quorum
        state = ModelState.FINAL if final else max(before.state, ModelState.PROPOSED)
        self.ledger._models[model] = ModelRecord(
            model=model, state=state, run=known.record.run, confirmations=confirmations, card=card
        )
        if final:
            known.record = replace(known.record, state=RunState.COMPLETED)


class MemoryAggregatorLedger(_Reads):
    """The aggregator's handle: `ports.AggregatorLedger`."""

    __slots__ = ()

    def open_run(self, plan_hash: bytes, parties: tuple[Address, ...], quorum: int, operation: OperationId) -> RunId:
        """Open a run; the same operation again returns the same run."""
        return self.ledger._open(self.address, plan_hash, parties, quorum, operation)

    def gather_round(self, run: RunId, gathered: GatheredRound) -> None:
        """Close the round before, commit for the survivors by their signatures, fix them; the same again is a no-op."""
        known = self.ledger._as_aggregator(run, self.address)
        number, parties = gathered.round, known.record.parties
        if number > 1:
            self.close_round(run, number - 1, gathered.previous or _ZERO)
        if known.survivors.get(number) != gathered.survivors:
            chosen = [party for index, party in enumerate(parties) if gathered.survivors >> index & 1]
            contributions, survivors = len(gathered.contributions), gathered.survivors.bit_count()
            if contributions != survivors:
                raise refused("ContributionsMiscounted", contributions=contributions, survivors=survivors)
            for party, (content, signature) in zip(chosen, gathered.contributions, strict=False):
                statement = SumStatement(
                    run=run, round=number, phase=SumPhase.CONTRIBUTION, tensor=gathered.tensor, content=content
                )
                if signer_of(self.registry, self.chain_id, statement, signature) != party:
                    raise refused("ContributionNotSigned", run=run.hex(), party=party, round=number)
                _commit(known, party, number, content)
        self._fix(known, number, gathered.survivors)

    def _fix(self, known: _Run, round_number: int, survivors: int) -> None:
        run = known.record.run
        place = {"run": run.hex(), "round": round_number}
        fixed = known.survivors.get(round_number)
        if fixed == survivors:
            return
        if fixed is not None:
            raise refused("SurvivorsAlreadyFixed", **place, survivors=fixed)
        _require_state(known, RunState.TRAINING)
        if round_number != known.record.round + 1:
            raise refused("RoundOutOfOrder", **place, expected=known.record.round + 1)
        parties = known.record.parties
        if survivors & ~known.survivors.get(round_number - 1, (1 << len(parties)) - 1):
            raise refused("PartyNotActive", **place, survivors=survivors)
        for index, party in enumerate(parties):
            if survivors >> index & 1 and known.last.get(party, 0) != round_number:
                raise refused("ContributionMissing", **place, party=party)
        count = survivors.bit_count()
        if count < FEWEST_PARTIES or 2 * count <= len(parties):
            raise refused("TooFewSurvivors", **place, count=count)
        known.survivors[round_number] = survivors

    def close_round(self, run: RunId, round_number: int, aggregate: bytes) -> None:
        """Fix the hash of a round's sum; the same call again is a no-op."""
        known = self.ledger._as_aggregator(run, self.address)
        closed = known.aggregates.get(round_number)
        if closed == aggregate:
            return
        if closed is not None:
            raise refused("RoundAlreadyClosed", run=run.hex(), round=round_number, aggregate=closed.hex())
        _require_state(known, RunState.TRAINING)
        if round_number != known.record.round + 1:
            raise refused("RoundOutOfOrder", run=run.hex(), round=round_number, expected=known.record.round + 1)
        if aggregate == _ZERO:
            raise refused("EmptyHash")
        if round_number not in known.survivors:
            raise refused("SurvivorsNotFixed", run=run.hex(), round=round_number)
        known.aggregates[round_number] = aggregate
        known.record = replace(known.record, round=round_number)

    def abandon_run(self, run: RunId, reason_hash: bytes) -> None:  # noqa: ARG002 - only stands in the event
        """Give a run up."""
        known = self.ledger._as_aggregator(run, self.address)
        _require_state(known, RunState.JOINING, RunState.TRAINING)
        known.record = replace(known.record, state=RunState.ABANDONED)


def refused(error: str, **arguments: object) -> ContractRefused:
    """The error the real adapter raises for `ModelRegistry`'s custom error of that name."""
    return ContractRefused("ModelRegistry", error, arguments)


def _commit(known: _Run, party: Address, number: int, contribution: bytes) -> None:
    run = known.record.run.hex()
    if contribution == _ZERO:
        raise refused("EmptyHash")
    last = known.last.get(party, 0)
    if number == last and last:
        if known.contributions[party, number] != contribution:
            raise refused("ContributionConflict", run=run, party=party, round=number)
        return
    if number != last + 1:
        raise refused("RoundOutOfOrder", run=run, round=number, expected=last + 1)
    known.last[party] = number
    known.contributions[party, number] = contribution


def _require_state(known: _Run, *allowed: RunState) -> None:
    if known.record.state not in allowed:
        raise refused("RunNotInState", run=known.record.run.hex(), actual=int(known.record.state))
