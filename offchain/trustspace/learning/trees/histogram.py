"""Summed gradients and Hessians by node, feature and code: what a party adds up to grow one level.

Gradient and Hessian of a row have STATISTIC_BITS fraction bits: |gradient| <= 2^14, 0 <= Hessian <= 2^12. Both go
through one float64 bincount as gradient * 2^25 + Hessian; a block of 8191 rows keeps the Hessian's sum below 2^25 and
the whole below 2^53, so every partial sum is an exact integer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.learning.integer_math import PROBABILITY_BITS, minus_ln, sigmoid
from trustspace.learning.points import MARGIN_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.trees.bins import Codes, FeatureBins

STATISTIC_BITS = 14
LEAF_BITS = MARGIN_BITS
LOSS_BITS = 16
MAX_GRADIENT = 1 << STATISTIC_BITS
MAX_HESSIAN = 1 << (STATISTIC_BITS - 2)
MAX_LOSS = 20 << LOSS_BITS
_SHIFT = 25
_BLOCK_ROWS = (1 << _SHIFT) // MAX_HESSIAN - 1

Packed = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodeLayout:
    """Where each feature's codes lie among the cells of a node; offsets: (features,)."""

    widths: tuple[int, ...]
    offsets: tuple[int, ...]
    cells: int

    @classmethod
    def of(cls, bins: Sequence[FeatureBins]) -> CodeLayout:
        """Features side by side."""
        widths = tuple(own.width for own in bins)
        ends = [int(end) for end in np.cumsum(widths)]
        return cls(widths=widths, offsets=(0, *ends[:-1]), cells=ends[-1])


def row_statistics(margins: Int64s, good: npt.NDArray[np.bool_], weights: Int64s) -> Packed:
    """Packed gradient and Hessian of log loss in the log-odds of *good*, each of shape (rows,).

    margins: LEAF_BITS fraction bits; weights: STATISTIC_BITS fraction bits, 0 leaves a row out.
    """
    one = 1 << PROBABILITY_BITS
    chance = _chance(margins)
    half = 1 << (PROBABILITY_BITS - 1)
    gradient = ((good * np.int64(one) - chance) * weights + half) >> PROBABILITY_BITS
    hessian = (((chance * (one - chance)) >> PROBABILITY_BITS) * weights) >> PROBABILITY_BITS
    packed: Packed = ((gradient << _SHIFT) + hessian).astype(np.float64)
    return packed


def row_losses(margins: Int64s, good: npt.NDArray[np.bool_], weights: Int64s) -> Int64s:
    """Weighted log loss of each row, LOSS_BITS fraction bits, at most MAX_LOSS; arguments as `row_statistics`."""
    losses: Int64s = (minus_ln(_chance(np.where(good, margins, -margins)), LOSS_BITS) * weights) >> STATISTIC_BITS
    return losses


def _chance(margins: Int64s) -> Int64s:
    return sigmoid(margins << (PROBABILITY_BITS - LEAF_BITS), PROBABILITY_BITS)


def node_histograms(codes: Codes, layout: CodeLayout, nodes: Sequence[npt.NDArray[np.intp]], packed: Packed) -> Int64s:
    """Gradient and Hessian sums, shape (nodes, 2, cells), of the rows whose numbers each node lists.

    codes: (features, rows); packed: (rows,).
    """
    sums = np.zeros((2, len(nodes), layout.cells), dtype=np.int64)
    if not nodes:
        return sums.transpose(1, 0, 2)
    rows = np.concatenate(nodes)
    place = np.repeat(np.arange(len(nodes)), [len(node) for node in nodes])
    mask = (1 << _SHIFT) - 1
    packed_sums = np.empty((len(nodes), layout.cells))
    everything = len(nodes) == 1 and rows.size == codes.shape[1] <= _BLOCK_ROWS  # a root: no row needs picking
    for begin in range(0, rows.size, _BLOCK_ROWS):
        block, slot = rows[begin : begin + _BLOCK_ROWS], place[begin : begin + _BLOCK_ROWS]
        weight = packed if everything else packed[block]
        for column, width, offset in zip(codes, layout.widths, layout.offsets, strict=True):
            own = column if everything else column[block]
            cell = own if len(nodes) == 1 else slot * width + own
            total = np.bincount(cell, weights=weight, minlength=len(nodes) * width)
            packed_sums[:, offset : offset + width] = total.reshape(len(nodes), width)
        whole = packed_sums.astype(np.int64)
        sums[0] += whole >> _SHIFT
        sums[1] += whole & mask
    return sums.transpose(1, 0, 2)
