"""What noise costs a scorecard: AUC on held-out rows of the UCI credit card data for a few epsilons, four banks.

Row i (from 0) is held out when int(sha256("uci_credit_card:i")[:8 hex digits], 16) % 100 < 30. Sex, age and marital
status take no part. The table is read from `--data` or the folder that TRUSTSPACE_DATA names.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from bench.common import machine, parser_of, show, write_json
from trustspace.learning.plan import ScorecardPlan, plan_for
from trustspace.learning.privacy.accounting import epsilon_after, noise_for
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised

if TYPE_CHECKING:
    from trustspace.learning.run import TrainedModel

FILE = "uci_credit_card/uci_credit_card.csv.gz"
LEFT_OUT = {"ID", "default", "SEX", "AGE", "MARRIAGE"}
EPSILONS_MILLI = (500, 1_000, 2_000, 4_000, 8_000)
DELTA_POWER = 6
BANKS = 4
NEWTON_ROUNDS = 3
RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHolders:
    """columns: name -> (rows,); labels, held_out: (rows,)."""

    columns: dict[str, npt.NDArray[np.int64]]
    labels: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.bool_]

    @classmethod
    def read(cls, path: Path) -> CardHolders:
        """The table as published."""
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        names = [name for name in rows[0] if name not in LEFT_OUT]
        columns = {name: np.array([int(float(row[name])) for row in rows], dtype=np.int64) for name in names}
        digests = (sha256(f"uci_credit_card:{number}".encode()).hexdigest()[:8] for number in range(len(rows)))
        return cls(
            columns=columns,
            labels=np.array([int(float(row["default"])) for row in rows], dtype=np.int64),
            held_out=np.array([int(digest, 16) % 100 < 30 for digest in digests]),
        )

    def plan(self, privacy: PrivacyTerms | None) -> ScorecardPlan:
        """Two folds: every further one spreads the budget over one more model."""
        ranges = {name: (int(column.min()), int(column.max())) for name, column in self.columns.items()}
        settings = {"folds": 2, "newton_rounds": NEWTON_ROUNDS, "max_rows": len(self.labels), "privacy": privacy}
        return plan_for("uci-credit-card", ranges, **settings)

    def train(self, plan: ScorecardPlan) -> TrainedModel:
        """The rows that are not held out, spread over the banks: noise is drawn as in a federated run."""
        learnt = np.flatnonzero(~self.held_out)
        tables = []
        for bank in range(BANKS):
            own = learnt[bank::BANKS]
            columns = {name: column[own] for name, column in self.columns.items()}
            ids = [str(row) for row in own]
            tables.append(LabelledRows.from_columns(plan, ids, columns, self.labels[own], party=str(bank + 1)))
        return centralised(plan, tables)

    def auc(self, trained: TrainedModel) -> float:
        """On the rows held out."""
        points = np.zeros(int(self.held_out.sum()))
        for feature in trained.model.features:
            codes = np.searchsorted(np.array(feature.cuts), self.columns[feature.name][self.held_out], side="right")
            points += np.array(feature.points)[codes]
        return float(roc_auc_score(1 - self.labels[self.held_out], points))


def measure(data: Path, runs: int = RUNS) -> dict[str, object]:
    """AUC without noise, then for each epsilon the median and the range over `runs` draws of the noise."""
    book = CardHolders.read(data / FILE)
    rounds = NEWTON_ROUNDS + 2
    rows = []
    for epsilon in EPSILONS_MILLI:
        noise = noise_for(epsilon, DELTA_POWER, rounds)
        terms = PrivacyTerms(epsilon_milli=epsilon, delta_power=DELTA_POWER, noise_milli=noise, rounds=rounds, honest=2)
        begun = time.perf_counter()
        trained = [book.train(book.plan(terms)) for _ in range(runs)]
        seconds = (time.perf_counter() - begun) / runs
        held_out, reported = ([round(of(one), 4) for one in trained] for of in (book.auc, lambda one: one.metrics.auc))
        rows.append(
            {
                "epsilon": epsilon_after(terms, rounds),
                "noise_milli": noise,
                "auc": median(held_out),
                "auc_range": [min(held_out), max(held_out)],
                "reported_auc": median(reported),
                "reported_range": [min(reported), max(reported)],
                "seconds": seconds,
            }
        )
    exact = book.train(book.plan(None))
    return {
        "machine": machine(),
        "delta": 10.0**-DELTA_POWER,
        "rounds": rounds,
        "banks": BANKS,
        "auc_without_noise": round(book.auc(exact), 4),
        "reported_without_noise": round(exact.metrics.auc, 4),
        "epsilons": rows,
    }


def main() -> int:
    parser = parser_of("privacy", "AUC of a scorecard with noise, UCI credit card data.")
    parser.add_argument("--data", type=Path, default=os.environ.get("TRUSTSPACE_DATA"), help="folder with the data")
    parser.add_argument("--runs", type=int, default=RUNS, help="draws of the noise for each epsilon")
    arguments = parser.parse_args()
    if arguments.data is None or not (Path(arguments.data) / FILE).exists():
        parser.error(f"name the folder that holds {FILE} with --data")
    report = measure(Path(arguments.data), arguments.runs)
    show(
        "Scorecard with noise, AUC on held-out rows",
        ("epsilon", "noise", "AUC", "lowest", "highest", "reported", "seconds"),
        [
            (
                f"{row['epsilon']:.2f}", row["noise_milli"] / 1_000, row["auc"], *row["auc_range"],
                row["reported_auc"], row["seconds"],
            )
            for row in report["epsilons"]
        ],
        notes=[f"without noise {report['auc_without_noise']}, reported {report['reported_without_noise']}"],
    )  # fmt: skip
    write_json(arguments.json, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
