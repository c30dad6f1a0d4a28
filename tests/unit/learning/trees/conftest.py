"""A loan book with everything trees can use: a category, gaps, a trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from trustspace.learning.feature import MISSING
from trustspace.learning.run import TrainedModel
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for

SETTINGS = {"trees": 8, "depth": 3, "folds": 3, "learning_rate_bps": 3_000, "max_rows": 1_000, "max_bins": 12}


def mixed_plan(**settings: object) -> TreesPlan:
    return trees_plan_for(
        "mixed",
        {"sales": (0, 10**9), "void_share": (0, 10_000), "region": (0, 7), "months": (0, 24), "constant": (0, 9)},
        categorical=["region"],
        missing=["void_share", "region"],
        trends={"sales": 1, "void_share": -1},
        **(SETTINGS | settings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedBook:
    plan: TreesPlan
    columns: dict[str, npt.NDArray[np.int64]]
    labels: npt.NDArray[np.int64]

    def rows(self, chosen: npt.ArrayLike | None = None, plan: TreesPlan | None = None) -> LabelledRows:
        """Rows with the given numbers, in that order; all of them by default."""
        index = np.arange(self.labels.size) if chosen is None else np.asarray(chosen, dtype=np.int64)
        columns = {name: column[index] for name, column in self.columns.items()}
        ids = [f"firm-{number}" for number in index]
        return LabelledRows.from_columns(plan or self.plan, ids, columns, self.labels[index], party="1")

    def firm(self, number: int) -> dict[str, int]:
        return {name: int(column[number]) for name, column in self.columns.items()}


@pytest.fixture(scope="session")
def book() -> MixedBook:
    draw = np.random.default_rng(5)
    count = 600
    health = draw.normal(size=count)
    voids = np.clip(900 - 400 * health + 500 * draw.normal(size=count), 0, 10_000).astype(np.int64)
    region = draw.integers(0, 7, count)  # category 7 is never seen
    gap = draw.random(count) < 0.15
    columns = {
        "sales": (10 ** (6 + 0.6 * health + 0.5 * draw.normal(size=count))).astype(np.int64),
        "void_share": np.where(gap, MISSING, voids),
        "region": np.where(draw.random(count) < 0.05, MISSING, region),
        "months": draw.integers(0, 25, count),
        "constant": np.full(count, 4),
    }
    risk = -1.4 - 1.2 * health + 1.5 * (region % 3 == 1) + 1.2 * gap
    labels = (draw.random(count) < 1 / (1 + np.exp(-risk))).astype(np.int64)
    return MixedBook(plan=mixed_plan(), columns=columns, labels=labels)


@pytest.fixture(scope="session")
def trained(book: MixedBook) -> TrainedModel:
    """The model of all rows in one place."""
    return centralised(book.plan, [book.rows()])
