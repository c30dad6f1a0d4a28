"""How much noise each cell of a round's tensor gets from each party, derived from what one row can move.

Neighbours differ in one row of one party, replaced by any other (the numbers of rows are public). For each block of
cells with one scale: D^2, the largest squared distance that a replaced row makes; x: a row of the design matrix.

    counts       a row stands in one cell of every feature                               D^2 = 2 F
    gradient     residual times x, at most 2 |x| apart in every model that saw both      D^2 = 4 sum |x|^2
    Hessian      weight times x x^T: positive semidefinite before and after              D^2 = 2 sum (|x|^2 / 4)^2
    evaluation   one cell of the out-of-fold histograms, one of the full model's         D^2 = 4

|x|^2 is bounded by the largest squared weight of evidence of every feature, public since the first round; a row is
unseen by the model of its own fold, so the sum leaves out the smallest of the fold models.

Vectors are carried in units of 2^k, chosen so that sigma has about 16 bits: rounding a party's cells adds at most one
unit to each, which the distance takes into account. sigma >= 4 units keeps a sum of discrete Gaussians near one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from trustspace.crypto.discrete_gaussian import discrete_gaussian
from trustspace.errors import InvalidPlan
from trustspace.learning.binning import WOE_BITS
from trustspace.learning.evaluation_rounds import EvaluationShape
from trustspace.learning.integer_math import PROBABILITY_BITS
from trustspace.learning.logistic import WEIGHT_BITS, newton_cells
from trustspace.learning.rounds import CountsShape, NewtonShape
from trustspace.learning.scorecard_training import ScorecardTraining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.logistic import LinearModel
    from trustspace.learning.privacy.terms import PrivacyTerms
    from trustspace.learning.run import Training

LEAST_SIGMA = 4
SIGMA_BITS = 16
TAILS = 40
"""No sample lies further than 40 sigma from zero: the chance is below 10^-340."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseBlock:
    """Cells with one scale. unit: a power of two; sigma of one party's noise and shift of a replaced row: in units."""

    cells: int
    unit: int
    sigma: int
    shift: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Noise:
    """A round's noise; place: the block of each cell, shape (cells,)."""

    blocks: tuple[NoiseBlock, ...]
    place: Int64s

    @property
    def units(self) -> Int64s:
        """Unit of each cell."""
        return np.array([block.unit for block in self.blocks], dtype=np.int64)[self.place]

    @property
    def sigmas(self) -> Int64s:
        """Sigma of each cell for one party, in units."""
        return np.array([block.sigma for block in self.blocks], dtype=np.int64)[self.place]

    @property
    def largest(self) -> Int64s:
        """Beyond this no party's noise in a cell lies."""
        return TAILS * self.sigmas

    def draw(self) -> Int64s:
        """One party's noise, in units, from the operating system's randomness."""
        total = np.zeros(self.place.size, dtype=np.int64)
        for number, block in enumerate(self.blocks):
            total[self.place == number] = discrete_gaussian(block.sigma, block.cells)
        return total


def noise_of(training: Training, terms: PrivacyTerms) -> Noise:
    """Noise of a training's present round. Raises InvalidPlan for a kind of training that has none."""
    if not isinstance(training, ScorecardTraining):
        raise InvalidPlan(
            "noise is provided for scorecards only", where="plan field privacy", remedy="plan a scorecard, or no noise"
        )
    shape = training.shape
    squares: tuple[int, ...]
    if isinstance(shape, NewtonShape):
        columns = len(training.plan.features) + 1
        one = np.arange(newton_cells(columns)) >= columns
        place = np.tile(one, training.plan.folds + 1).astype(np.int64)
        squares = _newton_squares(training.models)
    elif isinstance(shape, CountsShape | EvaluationShape):
        place = np.zeros(shape.size, dtype=np.int64)
        squares = (2 * len(training.plan.features) if isinstance(shape, CountsShape) else 4,)
    else:
        raise InvalidPlan(f"no noise is known for a round of {shape.tensor}", where="plan field privacy")
    blocks = tuple(
        _block(square, int((place == number).sum()), len(squares), terms) for number, square in enumerate(squares)
    )
    return Noise(blocks=blocks, place=place)


def _newton_squares(models: Sequence[LinearModel]) -> tuple[int, int]:
    norms = [
        (1 << 2 * WOE_BITS) + sum(max(woe * woe for woe in feature.woe) for feature in model.features)
        for model in models
    ]
    gradient = (sum(norms) - min(norms[1:])) << 2 * PROBABILITY_BITS
    hessian = (sum(norm**2 for norm in norms) - min(norms[1:]) ** 2) << 2 * (WEIGHT_BITS - 2)
    return 4 * gradient, 2 * hessian


def _block(square: int, cells: int, blocks: int, terms: PrivacyTerms) -> NoiseBlock:
    """Sigma such that the `blocks` blocks together cost 1 / (2 noise^2) with the noise of `honest` parties."""
    raw = _sigma(square, blocks, terms)
    unit = 1 << max(0, raw.bit_length() - SIGMA_BITS)
    shift = _root_up(square) if unit == 1 else -(-_root_up(square) // unit) + _root_up(cells)
    return NoiseBlock(cells=cells, unit=unit, sigma=max(LEAST_SIGMA, _sigma(shift**2, blocks, terms)), shift=shift)


def _sigma(square: int, blocks: int, terms: PrivacyTerms) -> int:
    return _root_up(-(-square * blocks * terms.noise_milli**2 // (terms.honest * 1_000_000)))


def _root_up(value: int) -> int:
    root = isqrt(value)
    return root + (root * root < value)
