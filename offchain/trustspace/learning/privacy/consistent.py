"""Sums with noise made to fit what sums without noise fulfil: functions of the public sums alone, which cost nothing.

Counts and histograms: no negative cell, equal totals. Summed Hessian: positive definite.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import divide_rounded
from trustspace.learning.logistic import newton_cells
from trustspace.learning.rounds import feature_offsets, grid_cells

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan


def consistent_histogram(noisy: Int64s, total: int) -> Int64s:
    """Non-negative cells that add up to `total`, shape as given (one axis).

    The running sum is replaced by the middle of the two nearest rising curves above and below it: clipping each cell
    at zero instead would pile up rows in empty cells.
    """
    running = np.cumsum(noisy)
    above = np.maximum.accumulate(running)
    below = np.minimum.accumulate(running[::-1])[::-1]
    rising = np.clip((above + below) // 2, 0, total)
    rising[-1] = total
    cells: Int64s = np.diff(rising, prepend=0)
    return cells


def consistent_counts(plan: TrainingPlan, noisy: Int64s) -> Int64s:
    """Counts (as in `CountsShape`) in which every feature counts the same rows: the mean of all features' totals."""
    cells = noisy.reshape(plan.folds * 2, grid_cells(plan))
    starts = feature_offsets(plan)
    rows = []
    for block in cells:
        total = max(0, divide_rounded(int(block.sum()), len(plan.features)))
        rows.append(np.concatenate([consistent_histogram(part, total) for part in np.split(block, starts[1:])]))
    return np.concatenate(rows)


def damped_newton(plan: TrainingPlan, noisy: Int64s, sigma: int) -> Int64s:
    """Gradients as they are; each model's Hessian with enough on its diagonal to be positive definite.

    sigma: standard deviation of a Hessian cell. A symmetric matrix of such noise has a norm near 2 sigma sqrt(columns);
    when that much does not suffice, twice as much is taken. It shortens steps and moves no solution.
    """
    columns = len(plan.features) + 1
    parts = noisy.reshape(-1, newton_cells(columns)).copy()
    upper = np.triu_indices(columns)
    diagonal = columns + np.flatnonzero(upper[0] == upper[1])
    for part in parts:
        extra = 2 * sigma * (isqrt(columns) + 1)
        part[diagonal] += extra
        while not _positive_definite(part[columns:], upper, columns):
            part[diagonal] += extra
            extra *= 2
    return parts.reshape(-1)


def _positive_definite(cells: Int64s, upper: tuple[Int64s, Int64s], columns: int) -> bool:
    """Sylvester's criterion by fraction-free elimination (Bareiss 1968): all leading minors positive, exactly."""
    rows = [[0] * columns for _ in range(columns)]
    for j, k, cell in zip(*upper, cells, strict=True):
        rows[j][k] = rows[k][j] = int(cell)
    previous = 1
    for k in range(columns):
        if rows[k][k] <= 0:
            return False
        for r in range(k + 1, columns):
            rows[r] = [(rows[k][k] * rows[r][c] - rows[r][k] * rows[k][c]) // previous for c in range(columns)]
        previous = rows[k][k]
    return True
