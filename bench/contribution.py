"""How shares computed in one run compare with the Shapley values of models trained for every coalition.

UCI credit card data, eight banks of unequal sizes, one of which has every second label turned. The comparison trains
all 255 coalitions in one place, which nobody could do in earnest: it needs every bank's rows. A coalition is worth what
its fold models gain over the class mix, in log-likelihood on the held-out rows of all banks. `--sampled` replaces the
exact values by permutations in pairs (each with its reverse), with standard errors, as one would for many banks.
"""

from __future__ import annotations

import os
import sys
import time
from math import factorial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.common import machine, parser_of, show, write_json
from bench.privacy import FILE, CardHolders
from trustspace.learning.logistic import LOG_ODDS_BITS, bin_codes, design, start
from trustspace.learning.plan import plan_for
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised, start_training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.learning.logistic import LinearModel
    from trustspace.learning.plan import ScorecardPlan

BANKS = 8
TURNED = 5  # this bank's labels say nothing
MICRO = 1_000_000


def shapley(players: int, worth: Callable[[int], float]) -> list[float]:
    """Exact Shapley values; `worth` of a coalition given as a bitmap."""
    weights = [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    found = []
    for player in range(players):
        others = (coalition for coalition in range(1 << players) if not coalition >> player & 1)
        found.append(sum(weights[bits.bit_count()] * (worth(bits | 1 << player) - worth(bits)) for bits in others))
    return found


def sampled_shapley(
    players: int, worth: Callable[[int], float], pairs: int, seed: int = 1
) -> tuple[list[float], list[float]]:
    """Estimates and standard errors from `pairs` random permutations, each with its reverse."""
    rng = np.random.default_rng(seed)
    means = np.zeros((pairs, players))
    for pair in range(pairs):
        order = rng.permutation(players)
        for sequence in (order, order[::-1]):
            bits = 0
            for player in sequence:
                means[pair, player] += (worth(bits | 1 << int(player)) - worth(bits)) / 2
                bits |= 1 << int(player)
    return means.mean(axis=0).tolist(), (means.std(axis=0, ddof=1) / np.sqrt(pairs)).tolist()


class Coalitions:
    """Worth of coalitions by training a model for each."""

    def __init__(self, plan: ScorecardPlan, tables: Sequence[LabelledRows]) -> None:
        self._plan = plan
        self._tables = tables
        self._folds = [table.folds(plan) for table in tables]
        self._known: dict[int, float] = {0: 0.0}

    def worth(self, bits: int) -> float:
        """Nats gained on all held-out rows over the class mix of the coalition."""
        if bits not in self._known:
            training = start_training(self._plan)
            work = [training.work(table) for bank, table in enumerate(self._tables) if bits >> bank & 1]
            while training.round <= 1 + self._plan.newton_rounds:
                training.absorb(sum(part.contribution() for part in work))  # type: ignore[arg-type]
            self._known[bits] = self._gain(training.models[1:])  # type: ignore[attr-defined]
        return self._known[bits]

    def _gain(self, models: Sequence[LinearModel]) -> float:
        total = 0.0
        for table, folds in zip(self._tables, self._folds, strict=True):
            for fold, model in enumerate(models):
                values, labels = table.values[folds == fold], table.labels[folds == fold]
                matrix = design(model.features, bin_codes(model.features, values))
                odds = matrix @ np.array([model.intercept, *model.coefficients]) / 2.0**LOG_ODDS_BITS
                mix = start(model.features, *self._classes(fold)).intercept / 2.0**24
                total -= np.logaddexp(0, np.where(labels, odds, -odds)).sum()
                total += np.logaddexp(0, np.where(labels, mix, -mix)).sum()
        return float(total)

    def _classes(self, fold: int) -> tuple[int, int]:
        bad = sum(
            int(table.labels[folds != fold].sum()) for table, folds in zip(self._tables, self._folds, strict=True)
        )
        rows = sum(int((folds != fold).sum()) for folds in self._folds)
        return rows - bad, bad


def banks_of(book: CardHolders, plan: ScorecardPlan) -> list[LabelledRows]:
    """Bank k gets about k + 1 of 36 parts of the rows."""
    rng = np.random.default_rng(7)
    owner = rng.choice(BANKS, size=len(book.labels), p=np.arange(1, BANKS + 1) / (BANKS * (BANKS + 1) / 2))
    labels = np.where((owner == TURNED) & (rng.random(owner.size) < 0.5), 1 - book.labels, book.labels)
    tables = []
    for bank in range(BANKS):
        own = np.flatnonzero(owner == bank)
        columns = {name: column[own] for name, column in book.columns.items()}
        tables.append(
            LabelledRows.from_columns(plan, [str(row) for row in own], columns, labels[own], party=str(bank + 1))
        )
    return tables


def measure(data: Path, sampled: int = 0) -> dict[str, object]:
    """Shares and influences of one run beside those by retraining."""
    book = CardHolders.read(data / FILE)
    ranges = {name: (int(column.min()), int(column.max())) for name, column in book.columns.items()}
    settings = {"folds": 3, "newton_rounds": 4, "max_rows": len(book.labels)}
    plan = plan_for("uci-credit-card", ranges, **settings)
    tables = banks_of(book, plan)
    begun = time.perf_counter()
    found = centralised(plan_for("uci-credit-card", ranges, **settings, contribution=True), tables).contribution
    in_run = time.perf_counter() - begun
    coalitions = Coalitions(plan, tables)
    begun = time.perf_counter()
    errors: list[float] | None = None
    if sampled:
        trained, errors = sampled_shapley(BANKS, coalitions.worth, sampled)
    else:
        trained = shapley(BANKS, coalitions.worth)
    retraining = time.perf_counter() - begun
    shares = [party.share_micro / MICRO for party in found.parties] if found else []
    return {
        "machine": machine(),
        "rows": [len(table) for table in tables],
        "turned": TURNED + 1,
        "shares": shares,
        "share_errors": [party.error_micro / MICRO for party in found.parties] if found else [],
        "influences": [party.influence_micro / MICRO for party in found.parties] if found else [],
        "retrained": trained,
        "retrained_errors": errors,
        "correlation": float(np.corrcoef(shares, trained)[0, 1]),
        "rank_correlation": float(np.corrcoef(np.argsort(np.argsort(shares)), np.argsort(np.argsort(trained)))[0, 1]),
        "seconds": {"run_with_shares": in_run, "retraining": retraining},
    }


def main() -> int:
    parser = parser_of("contribution", "shares of one run against Shapley values by retraining every coalition")
    parser.add_argument("--data", type=Path, default=os.environ.get("TRUSTSPACE_DATA"), help="folder with the data")
    parser.add_argument("--sampled", type=int, default=0, metavar="PAIRS", help="pairs of permutations instead of all")
    arguments = parser.parse_args()
    if arguments.data is None or not (Path(arguments.data) / FILE).exists():
        parser.error(f"name the folder that holds {FILE} with --data")
    report = measure(Path(arguments.data), arguments.sampled)
    named = ("rows", "shares", "influences", "retrained")
    columns = zip(*(report[name] for name in named), strict=True)  # type: ignore[call-overload]
    show(
        "Shares of eight banks, nats",
        ("bank", "rows", "share", "influence", "by retraining"),
        [(str(bank), *row) for bank, row in enumerate(columns, 1)],
        notes=[
            f"correlation {report['correlation']:.2f}, of ranks {report['rank_correlation']:.2f}",
            f"bank {report['turned']} has every second label turned",
        ],
    )
    write_json(arguments.json, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
