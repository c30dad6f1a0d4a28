"""One bank's part in a replayed run, recomputed from its table and what it kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trustspace.crypto.streams import add_streams
from trustspace.encoding.fixed_point import from_ring
from trustspace.encoding.sum_message import unpack_vector
from trustspace.errors import AuditMismatch
from trustspace.learning.data_root import statement_of
from trustspace.learning.privacy.training import NoisyShape, NoisyWork

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.run import LocalWork
    from trustspace.learning.table import LabelledRows
    from trustspace.services.keepsake import KeptRun
    from trustspace.services.passes import Passes
    from trustspace.services.sum_round import Roster

_REMEDY = "the table is not the one that took part, or the party contributed something else: ask its staff"


@dataclass(slots=True, kw_only=True)
class OwnPart:
    """Compares, round by round, what a bank sent with what its rows give. `noise`: per round with noise, its size.

    Size: root mean square of (sent - recomputed) / sigma, near 1 when the noise was drawn as planned.
    """

    rows: LabelledRows
    kept: KeptRun
    rounds: int = 0
    noise: dict[int, float] = field(default_factory=dict)
    _pass: int = 0
    _work: LocalWork | None = None

    def check_statement(self, roster: Roster) -> None:
        """Raise AuditMismatch unless these rows are the ones stated in the offer."""
        offer = roster.offers.get(self.kept.participant)
        if offer is None:
            return
        stated = statement_of(self.rows, self.kept.rows_secret)
        if stated != offer.data:
            raise AuditMismatch(
                f"the {offer.data.rows} rows committed to before the first sum are not the table's {stated.rows}",
                where=self._where(roster.round),
                remedy=_REMEDY,
            )

    def check(self, passes: Passes, roster: Roster, message: bytes | None) -> None:
        """Recompute the present round's contribution. Raises AuditMismatch naming the first cell that differs."""
        if self._work is None or passes.count != self._pass:
            self._work, self._pass = (
                passes.training.work(self.rows, roster.group.by_id[self.kept.participant].place),
                passes.count,
            )
        if message is None:
            return
        shape = passes.training.shape
        sent = self._sent(roster, passes.shape().tensor, message)
        if isinstance(shape, NoisyShape) and isinstance(self._work, NoisyWork):
            exact = self._work.without_noise()
            off = (sent - exact) / shape.noise.sigmas
            self.noise[roster.round] = float(np.sqrt((off**2).mean()))
            low, high = exact - shape.noise.largest, exact + shape.noise.largest
        else:
            low = high = exact = self._work.contribution()
        wrong = np.flatnonzero((sent < low) | (sent > high))
        if wrong.size:
            cell = int(wrong[0])
            raise AuditMismatch(
                f"{shape.cell_name(cell)}: sent {int(sent[cell])}, the table gives {int(exact[cell])}; "
                f"{wrong.size} of {sent.size} cells differ",
                where=self._where(roster.round),
                remedy=_REMEDY,
            )
        self.rounds += 1

    def _sent(self, roster: Roster, tensor: str, message: bytes) -> Int64s:
        where = self._where(roster.round)
        secrets = self.kept.rounds.get(roster.round)
        if secrets is None or secrets[0].public != roster.offers[self.kept.participant].key:
            raise AuditMismatch(
                "the secrets kept are not those of this round's offer",
                where=where,
                remedy="use the file that the bank kept of this run",
            )
        words = unpack_vector(message, where=where)[1]
        plus, minus = roster.streams(tensor, self.kept.participant, *secrets)
        add_streams(words, minus, plus)
        return from_ring(words)

    def _where(self, round_number: int) -> str:
        return f"party {self.kept.participant}, round {round_number}"
