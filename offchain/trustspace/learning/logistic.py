"""Logistic regression on weights of evidence by Newton steps: what a party adds up, what everybody does with the sum.

Scales (fraction bits): WoE and constant column 10, coefficients 24, probabilities and residuals 28, weights p(1-p) 16;
hence log-odds 34, gradient 38, Hessian 36. The target is *good* (1 - default), so coefficients are normally positive.
Matrix products run in float64 on integers, in blocks so small that every partial sum stays below 2^53: exact whatever
the order of additions, hence independent of BLAS and processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.learning.binning import MAX_WOE, WOE_BITS, BinnedFeature
from trustspace.learning.integer_math import PROBABILITY_BITS, ln_ratio, sigmoid, solve_rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

COEFFICIENT_BITS = 24
WEIGHT_BITS = 16
LOG_ODDS_BITS = WOE_BITS + COEFFICIENT_BITS
MAX_COEFFICIENT = 16 << COEFFICIENT_BITS
_BLOCK_ROWS = 4096  # 2^12 rows x 2^13 x 2^28 (gradient) or x 2^13 x 2^13 x 2^14 (Hessian) stay within 2^53
_TILE_WORK, _TILE_CELLS = 1 << 18, 9_000  # where OpenBLAS begins to use threads in dgemm and dgemv
_LEAST_VARIANCE = (1 << 2 * WOE_BITS) // 400  # the penalty treats a WoE spread below 0.05 as 0.05
_SHARE_BITS = 20
INTERCEPT_PENALTY = 64  # 2^-30: keeps the system regular, changes nothing visible


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearModel:
    """Bins, intercept and coefficients (COEFFICIENT_BITS) of one model: the full one or that of a fold."""

    features: tuple[BinnedFeature, ...]
    intercept: int
    coefficients: tuple[int, ...]


def start(features: Sequence[BinnedFeature], good: int, bad: int) -> LinearModel:
    """The model that knows only the class mix."""
    intercept = _clip(ln_ratio(good, bad, COEFFICIENT_BITS))
    return LinearModel(features=tuple(features), intercept=intercept, coefficients=(0,) * len(features))


def bin_codes(features: Sequence[BinnedFeature], values: Int64s) -> npt.NDArray[np.uint8]:
    """Bin of each value, shape (rows, features)."""
    codes = np.empty(values.shape, dtype=np.uint8)
    for index, feature in enumerate(features):
        codes[:, index] = feature.codes(values[:, index])
    return codes


def design(features: Sequence[BinnedFeature], codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Constant column and WoE of each feature, WOE_BITS fraction bits, shape (rows, features + 1)."""
    matrix = np.empty((codes.shape[0], len(features) + 1), dtype=np.int16)
    matrix[:, 0] = 1 << WOE_BITS
    for index, feature in enumerate(features):
        matrix[:, index + 1] = np.array(feature.woe, dtype=np.int16)[codes[:, index]]
    return matrix


def newton_cells(columns: int) -> int:
    """Cells of one model's gradient and upper triangle of the Hessian, for `columns` design columns."""
    return columns + columns * (columns + 1) // 2


def newton_bounds(columns: int, rows: int) -> list[int]:
    """Largest magnitude of each cell of `newton_sums` over `rows` rows (Python integers: may exceed 64 bits)."""
    widest = [1 << WOE_BITS] + [MAX_WOE] * (columns - 1)
    gradient = [rows * size << PROBABILITY_BITS for size in widest]
    upper = ((j, k) for j in range(columns) for k in range(j, columns))
    return gradient + [rows * widest[j] * widest[k] << (WEIGHT_BITS - 2) for j, k in upper]


def newton_sums(model: LinearModel, matrix: npt.NDArray[np.int16], good: npt.NDArray[np.bool_]) -> Int64s:
    """Gradient and upper triangle (row-major) of the Hessian summed over rows; shape (newton_cells(columns),).

    matrix: (rows, columns) from `design`; good: (rows,).
    """
    columns = matrix.shape[1]
    beta = np.array([model.intercept, *model.coefficients], dtype=np.float64)
    gradient, hessian = np.zeros(columns, dtype=np.int64), np.zeros((columns, columns), dtype=np.int64)
    one = 1 << PROBABILITY_BITS
    for begin in range(0, matrix.shape[0], _BLOCK_ROWS):
        tiles, outcome = _tiles(matrix[begin : begin + _BLOCK_ROWS], good[begin : begin + _BLOCK_ROWS])
        chance = sigmoid((tiles @ beta).astype(np.int64), LOG_ODDS_BITS)
        residual = (outcome * np.int64(one) - chance).astype(np.float64)
        weight = ((chance * (one - chance)) >> (2 * PROBABILITY_BITS - WEIGHT_BITS)).astype(np.float64)
        gradient += (residual[:, None, :] @ tiles).sum(axis=(0, 1)).astype(np.int64)
        hessian += (tiles.transpose(0, 2, 1) @ (tiles * weight[:, :, None])).sum(axis=0).astype(np.int64)
    return np.concatenate([gradient, hessian[np.triu_indices(columns)]])


def _tiles(
    matrix: npt.NDArray[np.int16], good: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Rows as tiles (tiles, rows of a tile, columns), filled up with zero rows, which add nothing.

    Products of this size are computed by one thread: BLAS threads for such small work cost up to five times the time.
    """
    rows, columns = matrix.shape
    size = max(1, min(_TILE_WORK // columns**2, _TILE_CELLS // columns))
    count = -(-rows // size)
    padded, outcome = np.zeros((count * size, columns)), np.zeros(count * size, dtype=bool)
    padded[:rows], outcome[:rows] = matrix, good
    return padded.reshape(count, size, columns), outcome.reshape(count, size)


def newton_step(model: LinearModel, sums: Int64s, l2_milli: int) -> LinearModel:
    """One step of penalised Newton-Raphson (Hastie et al., Elements of Statistical Learning, 4.4.1) from summed cells.

    The penalty of a coefficient is l2_milli / 1000 times the variance of its WoE column. Coefficients are held to +-16,
    those of features with a trend to 0 at least (the step is solved again with such a coefficient at 0). Long steps are
    held back: see `held_back`.
    """
    penalties = newton_penalties(model, l2_milli)
    beta = [model.intercept, *model.coefficients]
    bounded = [False, *(feature.trend != 0 for feature in model.features)]
    moved = held_back(beta, penalised_step(beta, [0] * len(beta), penalties, bounded, sums), sums)
    return LinearModel(features=model.features, intercept=moved[0], coefficients=tuple(moved[1:]))


def held_back(beta: list[int], moved: list[int], sums: Int64s) -> list[int]:
    """The step, shortened where it would change log-odds by more than 1 in the mean.

    The mean is quadratic and weighs rows as the Hessian does. Beyond that distance the quadratic model that the step
    solves is no likeness of the likelihood: with many features and few defaults full steps run away (a damped Newton
    method, Boyd and Vandenberghe, Convex Optimization, 9.5).
    """
    columns = len(beta)
    step = [new - old for old, new in zip(beta, moved, strict=True)]
    upper = zip(*(axis.tolist() for axis in np.triu_indices(columns)), sums[columns:].tolist(), strict=True)
    square = sum((1 if j == k else 2) * step[j] * step[k] * cell for j, k, cell in upper)
    most = int(sums[columns]) << 2 * COEFFICIENT_BITS
    if square <= most or most <= 0:
        return moved
    share = isqrt((most << 2 * _SHARE_BITS) // square)
    return [old + divide_rounded(part * share, 1 << _SHARE_BITS) for old, part in zip(beta, step, strict=True)]


def penalised_step(
    beta: list[int], centre: list[int], penalties: list[int], bounded: list[bool], sums: Int64s
) -> list[int]:
    """Coefficients after one step, drawn to `centre` (COEFFICIENT_BITS) by `penalties` (36 fraction bits).

    `bounded` ones stay at 0 or above. sums: as from `newton_sums`.
    """
    columns = len(beta)
    hessian = np.zeros((columns, columns), dtype=np.int64)
    hessian[np.triu_indices(columns)] = sums[columns:]
    hessian += np.triu(hessian, 1).T
    # gradient 38 bits, penalty 36 + coefficient 24 - 22 = 38 bits
    shrink = [
        divide_rounded(p * (b - c), 1 << (COEFFICIENT_BITS - 2))
        for p, b, c in zip(penalties, beta, centre, strict=True)
    ]
    right = [int(g) - s for g, s in zip(sums[:columns], shrink, strict=True)]
    held: set[int] = set()
    while True:
        step = _solve(hessian, penalties, right, beta, held)
        below = {i for i, b in enumerate(beta) if bounded[i] and i not in held and b + step[i] < 0}
        if not below:
            return [_clip(b + s) for b, s in zip(beta, step, strict=True)]
        held |= below


def newton_penalties(model: LinearModel, l2_milli: int) -> list[int]:
    """What a step adds to the Hessian's diagonal (36 fraction bits)."""
    return [INTERCEPT_PENALTY] + [penalty_of(feature.variance, l2_milli) for feature in model.features]


def _solve(hessian: Int64s, penalties: list[int], right: list[int], beta: list[int], held: set[int]) -> list[int]:
    """Newton step of all coefficients when those in `held` go to 0."""
    free = [i for i in range(len(beta)) if i not in held]
    rest = [  # what held coefficients' steps take from the right side: 36 + 24 - 22 = 38 bits
        right[i] + divide_rounded(sum(int(hessian[i, j]) * beta[j] for j in held), 1 << (COEFFICIENT_BITS - 2))
        for i in free
    ]
    part = solve_rounded(hessian[np.ix_(free, free)], [penalties[i] for i in free], rest, COEFFICIENT_BITS - 2)
    step = [-b for b in beta]
    for i, own in zip(free, part, strict=True):
        step[i] = own
    return step


def penalty_of(variance: int, l2_milli: int) -> int:
    """Penalty (36 fraction bits) of a column whose variance has 2 * WOE_BITS fraction bits."""
    return max(1, divide_rounded(l2_milli * max(variance, _LEAST_VARIANCE) << WEIGHT_BITS, 1000))


def _clip(coefficient: int) -> int:
    return max(-MAX_COEFFICIENT, min(MAX_COEFFICIENT, coefficient))
