"""Logarithms, sigmoid and linear solver whose results are the same integers on every machine.

Only integer operations and float64 operations on integers below 2^53 (exact in any order, with any BLAS) are used.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from trustspace.encoding.fixed_point import Int64s, divide_rounded
from trustspace.errors import ProtocolError

PROBABILITY_BITS = 28
"""Fraction bits of a probability."""
_NODE_BITS = 8  # the sigmoid's table has a node every 2^-8
_NODE_LIMIT = 24 << _NODE_BITS  # beyond +-24 the sigmoid is 0 or 1 within 2^-34
_LOG_NODE_BITS = 10  # the logarithm's table divides a factor of two into 2^10 steps
_LOG_TABLE_BITS = 30
_LN_BITS = 72
_EXP_BITS = 96
_SOLVE_BITS = 128
_MARGIN_BITS = 30  # a refined solution is taken when its error is below 2^-30 of the last place
_MAX_REFINEMENTS = 12


def ln_ratio(numerator: int, denominator: int, bits: int) -> int:
    """ln(numerator / denominator) * 2^bits, rounded to nearest; both positive, of any size, bits <= 40.

    ln x = 2 artanh((x - 1) / (x + 1)) after scaling x by a power of two into [1, 2); error below 2^-60.
    """
    shift = numerator.bit_length() - denominator.bit_length()
    top, bottom = (numerator, denominator << shift) if shift >= 0 else (numerator << -shift, denominator)
    if top < bottom:
        top, shift = top << 1, shift - 1
    total = _artanh(((top - bottom) << _LN_BITS) // (top + bottom)) + shift * _ln2_half()
    return divide_rounded(2 * total, 1 << (_LN_BITS - bits))


def _artanh(z: int) -> int:
    """Artanh of z * 2^-_LN_BITS for 0 <= z < 2^_LN_BITS / 2, same scale."""
    square = (z * z) >> _LN_BITS
    term, total, odd = z, z, 1
    while term:
        term = (term * square) >> _LN_BITS
        odd += 2
        total += term // odd
    return total


@lru_cache(maxsize=1)
def _ln2_half() -> int:
    return _artanh((1 << _LN_BITS) // 3)


@lru_cache(maxsize=1)
def _sigmoid_nodes() -> Int64s:
    """Sigmoid at k * 2^-8 for k = 0 .. 24 * 2^8, PROBABILITY_BITS fraction bits, rounded to nearest."""
    one = 1 << _EXP_BITS
    step, term = one, one
    for order in range(1, 40):  # e^(-2^-8) by its series
        term = -(term >> _NODE_BITS) // order
        step += term
    power, nodes = one, []
    for _ in range(_NODE_LIMIT + 1):
        nodes.append(divide_rounded(one << PROBABILITY_BITS, one + power))
        power = (power * step) >> _EXP_BITS
    return np.array(nodes, dtype=np.int64)


def sigmoid(x: Int64s, bits: int) -> Int64s:
    """1 / (1 + e^-x) with PROBABILITY_BITS fraction bits; `x` has `bits` >= 28 fraction bits; any shape.

    Second-order Taylor step from the nearest node of a table; |error| < 2^-26 (tested against math.exp).
    """
    size = np.abs(x)
    size = np.minimum(size, np.int64(_NODE_LIMIT << (bits - _NODE_BITS)))
    node = (size + (1 << (bits - _NODE_BITS - 1))) >> (bits - _NODE_BITS)
    offset = (size - (node << (bits - _NODE_BITS))) >> (bits - PROBABILITY_BITS)  # |offset| <= 2^19
    value = _sigmoid_nodes()[node]
    one = 1 << PROBABILITY_BITS
    slope = (value * (one - value)) >> PROBABILITY_BITS
    bend = (slope * (one - 2 * value)) >> PROBABILITY_BITS
    value = value + (((slope + ((bend * offset) >> (PROBABILITY_BITS + 1))) * offset) >> PROBABILITY_BITS)
    mirrored: Int64s = np.where(x < 0, one - value, value)
    return mirrored


def minus_ln(chance: Int64s, bits: int) -> Int64s:
    """-ln of probabilities with PROBABILITY_BITS fraction bits (0 counts as the smallest one); bits <= 20, any shape.

    Linear between 2^10 nodes of the mantissa; error below 2^-20 (tested against math.log).
    """
    mantissa, exponent = np.frexp(np.maximum(chance, 1).astype(np.float64))  # in [1/2, 1), exact
    fixed = (mantissa * (1 << PROBABILITY_BITS)).astype(np.int64) - (1 << (PROBABILITY_BITS - 1))
    step = PROBABILITY_BITS - 1 - _LOG_NODE_BITS
    node, offset = fixed >> step, fixed & ((1 << step) - 1)
    table = _log_nodes()
    value = table[node] + (((table[node + 1] - table[node]) * offset) >> step)
    value += (PROBABILITY_BITS - exponent.astype(np.int64)) * table[0]  # the first node is ln 2
    rounded: Int64s = (value + (1 << (_LOG_TABLE_BITS - bits - 1))) >> (_LOG_TABLE_BITS - bits)
    return rounded


@lru_cache(maxsize=1)
def _log_nodes() -> Int64s:
    nodes = 1 << _LOG_NODE_BITS
    return np.array([ln_ratio(2 * nodes, nodes + k, _LOG_TABLE_BITS) for k in range(nodes + 1)], dtype=np.int64)


def solve_rounded(matrix: Int64s, diagonal: list[int], right: list[int], bits: int) -> list[int]:
    """The vector x with (matrix + diag(diagonal)) x = right, times 2^bits, each entry rounded to nearest.

    `matrix` (n, n) is symmetric positive semidefinite, `diagonal` positive: so the inverse's norm is at most
    1 / min(diagonal), which certifies the rounding. A float64 factorisation is refined by exact integer residuals
    (Wilkinson 1963, section 3); when an entry lies too near the middle of two integers, rational elimination decides.
    Raises ProtocolError for a singular system.
    """
    rows = [[int(cell) for cell in row] for row in matrix]
    for index, extra in enumerate(diagonal):
        rows[index][index] += extra
    floor = min(diagonal)
    refined = _refine(rows, right, floor, 1 << (_SOLVE_BITS - bits - _MARGIN_BITS))
    if refined is not None:
        solution, error = refined
        shift, half = _SOLVE_BITS - bits, 1 << (_SOLVE_BITS - bits - 1)
        certain = all(abs((entry % (1 << shift)) - half) > error for entry in solution)
        if certain:
            return [(entry + half) >> shift for entry in solution]
    return solve_exactly(rows, right, bits)


def _refine(rows: list[list[int]], right: list[int], floor: int, tolerance: int) -> tuple[list[int], int] | None:
    """Solution times 2^_SOLVE_BITS and a bound of its error, < tolerance, in the same unit; None when it diverges."""
    dense = np.array(rows, dtype=np.float64)
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(dense), 1.0))
    scaled = dense * scale[:, None] * scale[None, :]
    solution = [0] * len(right)
    residual = [entry << _SOLVE_BITS for entry in right]
    for _ in range(_MAX_REFINEMENTS):
        step = _float_solve(scaled, scale, np.array([float(entry) for entry in residual]))
        if step is None:
            return None
        solution = [old + int(new) for old, new in zip(solution, step, strict=True)]
        residual = [
            (target << _SOLVE_BITS) - sum(a * x for a, x in zip(row, solution, strict=True))
            for row, target in zip(rows, right, strict=True)
        ]
        error = sum(abs(entry) for entry in residual) // floor + 1
        if error < tolerance:
            return solution, error
    return None


def _float_solve(
    scaled: npt.NDArray[np.float64], scale: npt.NDArray[np.float64], right: npt.NDArray[np.float64]
) -> list[float] | None:
    try:
        step = np.linalg.solve(scaled, right * scale) * scale
    except np.linalg.LinAlgError:
        return None
    return [float(entry) for entry in np.rint(step)] if bool(np.isfinite(step).all()) else None


def solve_exactly(rows: list[list[int]], right: list[int], bits: int) -> list[int]:
    """As `solve_rounded`, by fraction-free elimination (Bareiss 1968) of the full system. Slow: big integers."""
    size = len(rows)
    work = [[*row, entry] for row, entry in zip(rows, right, strict=True)]
    previous = 1
    for k in range(size):
        pivot = next((r for r in range(k, size) if work[r][k]), None)
        if pivot is None:
            raise ProtocolError(
                "the summed Hessian is singular",
                where="Newton step",
                remedy="check the contributions of this round; honest ones cannot sum to a singular matrix",
            )
        work[k], work[pivot] = work[pivot], work[k]
        head = work[k]
        for r in range(size):
            if r != k:
                row, factor = work[r], work[r][k]
                work[r] = [(head[k] * row[c] - factor * head[c]) // previous for c in range(size + 1)]
        previous = head[k]
    sign = 1 if previous > 0 else -1
    return [_round_half_up(sign * (row[size] << bits), sign * previous) for row in work]


def _round_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
