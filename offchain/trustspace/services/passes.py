"""Passes of a run: which step of the training a round belongs to, when parties leave. Parties, aggregator and auditors
follow the same rules, so that all know which sums count.

    a round begins with the members of the pass         the next step of the pass
    ... with fewer offers than members                  a new pass from step 1 among those who made one
    a member does not survive the first step of a pass  the sum counts; the survivors are the members
    a member does not survive a later step              the round stays unopened; a new pass among the survivors

So every sum of the last pass is over the same rows, and the model equals one trained on these rows in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import width_for
from trustspace.errors import (
    BudgetSpent,
    CommitmentMismatch,
    InvalidPlan,
    LeftOut,
    OutOfRange,
    ProtocolError,
)
from trustspace.learning.training import start_training
from trustspace.services.sum_group import fewest_of
from trustspace.services.sum_round import SumShape, open_sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.sums import DataStatement
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.rounds import RoundShape
    from trustspace.learning.run import TrainedModel
    from trustspace.services.party_record import ClosedRound


class Passes:
    """State of a run that follows from its public record alone."""

    def __init__(self, plan: TrainingPlan, parties: int, *, restart: bool = True) -> None:
        """`parties`: all of the run; they decide how wide its sums are. Without `restart` a second pass is refused.

        Raises InvalidPlan when the plan counts on the noise of more parties than a round is sure to have besides one
        curious member.
        """
        if plan.privacy is not None and plan.privacy.honest >= fewest_of(parties):
            raise InvalidPlan(
                f"counts on the noise of {plan.privacy.honest} parties; of {parties}, {fewest_of(parties)} are sure to "
                "stay, and each knows its own",
                where="plan field privacy.honest",
                remedy=f"plan at most {fewest_of(parties) - 1}",
            )
        self.plan = plan
        self.round = 1
        self.count = 1
        self.members: frozenset[ParticipantId] | None = None
        self.opened = 0
        """Rounds whose sums were opened, over all passes: what a run with noise has spent."""
        self.training = start_training(plan, parties)
        self.stated: dict[ParticipantId, DataStatement] = {}
        """What each party says of its data, in all rounds alike."""
        self._parties = parties
        self._restart = restart

    @property
    def result(self) -> TrainedModel | None:
        """The model, None before the end."""
        return self.training.result

    def begin(self, stated: Mapping[ParticipantId, DataStatement]) -> RoundShape:
        """The tensor of the present round, over those who made an offer and what these say of their data.

        Raises LeftOut for an unwanted new pass, BudgetSpent when the plan's noise does not pay for another round,
        CommitmentMismatch and OutOfRange naming a party whose statement changed or breaks the plan.
        """
        self._take(stated)
        roster = frozenset(stated)
        terms = self.plan.privacy
        if terms is not None and self.opened >= terms.rounds:
            raise BudgetSpent(
                f"{self.opened} rounds are open, the privacy budget pays for {terms.rounds}",
                where=f"round {self.round}",
                remedy="abandon the run; a new one spends a budget of its own",
            )
        if self.members is None or (self.members != roster and self.training.round == 1):
            self.members = roster
        elif self.members != roster:
            self._again(roster)
        return self.training.shape

    def shape(self) -> SumShape:
        """The present tensor as the secure sum wants it."""
        shape = self.training.shape
        low, high = shape.bounds(self.plan.max_rows)
        width = width_for(np.maximum(high, -low), self._parties)
        return SumShape(tensor=shape.tensor, cells=shape.size, width=width)

    def opens(self, survivors: frozenset[ParticipantId]) -> bool:
        """Whether the present round is opened over these survivors."""
        return survivors == self.members or self.training.round == 1

    def check(self, survivors: frozenset[ParticipantId], sums: Int64s) -> None:
        """Raise OutOfRange, naming a feature, for a sum that the survivors' rows cannot give."""
        self.training.shape.check(sums, self._rows(survivors), "sum")

    def end(self, survivors: frozenset[ParticipantId], sums: Int64s | None) -> None:
        """Take the opened sum, or None for a round that stays unopened, and go on to the next round."""
        if sums is not None:
            self.members = survivors
            self.check(survivors, sums)
            self.training.absorb(sums)
            self.opened += 1
            self._require_stated_rows(survivors)
        else:
            self._again(survivors)
        self.round += 1

    def replay(self, closed: ClosedRound) -> None:
        """Follow a round that was played before, from its outcome alone."""
        self.begin(closed.roster)
        opened = self.opens(closed.survivors)
        self.end(closed.survivors, open_sum(closed.aggregate) if opened else None)

    def _take(self, stated: Mapping[ParticipantId, DataStatement]) -> None:
        for party, data in stated.items():
            if self.stated.setdefault(party, data) != data:
                raise CommitmentMismatch(
                    "says other data than in an earlier round",
                    where=f"party {party}, round {self.round}",
                    remedy="leave it out: rows are fixed before the first sum",
                )
            if data.rows > self.plan.max_rows:
                raise OutOfRange(
                    f"states {data.rows} rows, the plan allows {self.plan.max_rows}",
                    where=f"party {party}, round {self.round}",
                    remedy="raise max_rows in the plan, or go on without it",
                )

    def _rows(self, survivors: frozenset[ParticipantId]) -> int:
        """Rows that may stand in a sum."""
        return sum(self.stated[party].rows for party in survivors)

    def _require_stated_rows(self, survivors: frozenset[ParticipantId]) -> None:
        counted = self.training.counted_rows
        if counted is None or self.training.round != 2 or counted == self._rows(survivors):
            return
        stated = {int(party): self.stated[party].rows for party in sorted(survivors)}
        raise ProtocolError(
            f"the counts hold {counted} rows, the parties stated {sum(stated.values())}: {stated}",
            where=f"round {self.round}, sum",
            remedy="some party counted other rows than it committed to: audit each with its own table",
        )

    def _again(self, members: frozenset[ParticipantId]) -> None:
        if not self._restart:
            gone = sorted((self.members or frozenset()) - members)
            raise LeftOut(
                f"parties {gone} left in the middle of the training, and this party wants no second pass without them",
                where=f"round {self.round}",
                remedy="wait for them, or abandon the run",
            )
        self.members = members
        self.training = start_training(self.plan, self._parties)
        self.count += 1
