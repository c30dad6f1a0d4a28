"""A small loan book for everything that trains: 400 firms, six integer features, about 25 % defaults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, settings

from trustspace.learning.plan import TrainingPlan, plan_for
from trustspace.learning.run import TrainedModel
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

RANGES = {
    "sales_24m": (-(10**15), 10**15),
    "invoices": (0, 10**6),
    "void_share": (0, 10_000),
    "trend": (-10_000, 10_000),
    "months_active": (0, 24),
    "constant": (0, 100),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanBook:
    plan: TrainingPlan
    ids: list[str]
    columns: dict[str, npt.NDArray[np.int64]]
    labels: npt.NDArray[np.int64]

    def rows(self, chosen: npt.ArrayLike | None = None, *, plan: TrainingPlan | None = None) -> LabelledRows:
        """Rows with the given numbers, in that order; all of them by default."""
        index = np.arange(len(self.ids)) if chosen is None else np.asarray(chosen, dtype=np.int64)
        columns = {name: column[index] for name, column in self.columns.items()}
        ids = [self.ids[i] for i in index]
        return LabelledRows.from_columns(plan or self.plan, ids, columns, self.labels[index], party="1")

    def split(self, parties: int, seed: int = 0) -> list[npt.NDArray[np.int64]]:
        """Row numbers of each of `parties` banks, of unequal sizes."""
        owner = np.random.default_rng(seed).integers(0, parties * 2, len(self.ids)) % parties
        return [np.flatnonzero(owner == party) for party in range(parties)]


@pytest.fixture(scope="session")
def loan_book() -> LoanBook:
    rng = np.random.default_rng(20)
    count = 400
    health = rng.normal(size=count)
    columns = {
        "sales_24m": (10 ** (9 + health + rng.normal(size=count))).astype(np.int64),
        "invoices": (10 ** (2 + 0.5 * health + 0.3 * rng.normal(size=count))).astype(np.int64),
        "void_share": np.clip(800 - 300 * health + 400 * rng.normal(size=count), 0, 10_000).astype(np.int64),
        "trend": np.clip(2000 * health + 4000 * rng.normal(size=count), -10_000, 10_000).astype(np.int64),
        "months_active": np.clip(18 + 4 * rng.normal(size=count), 0, 24).astype(np.int64),
        "constant": np.full(count, 7, dtype=np.int64),
    }
    labels = (rng.random(count) < 1 / (1 + np.exp(1.6 + 1.5 * health))).astype(np.int64)
    plan = plan_for("loan-book-1", RANGES, folds=5, max_rows=1_000, newton_rounds=5)
    return LoanBook(plan=plan, ids=[f"firm-{i}" for i in range(count)], columns=columns, labels=labels)


@pytest.fixture(scope="session")
def reference(loan_book: LoanBook) -> TrainedModel:
    """The model trained on all rows in one place."""
    return centralised(loan_book.plan, [loan_book.rows()])
