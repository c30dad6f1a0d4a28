"""A run with noise: the inner run's rounds, each party's vector with its share of noise, sums made consistent again."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from trustspace.learning.privacy.consistent import consistent_counts, consistent_histogram, damped_newton
from trustspace.learning.privacy.noise import TAILS, Noise, noise_of
from trustspace.learning.rounds import CountsShape, NewtonShape, RoundShape
from trustspace.learning.run import Training

if TYPE_CHECKING:
    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.privacy.terms import PrivacyTerms
    from trustspace.learning.run import LocalWork
    from trustspace.learning.scorecard_training import ScorecardTraining
    from trustspace.learning.table import LabelledRows


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyShape(RoundShape):
    """The inner tensor in units of its noise. Bounds leave room for the noise of `parties` parties."""

    tensor: ClassVar[str] = "noisy"

    inner: RoundShape
    noise: Noise
    parties: int

    @property
    def size(self) -> int:
        return self.inner.size

    def bounds(self, rows: int) -> tuple[Int64s, Int64s]:
        low, high = self.inner.bounds(rows)
        units = self.noise.units
        margin = TAILS * (isqrt(self.parties) + 1) * self.noise.sigmas + self.parties
        return low // units - margin, -(-high // units) + margin

    def cell_name(self, cell: int) -> str:
        return self.inner.cell_name(cell)


class NoisyTraining(Training):
    """Public state of a run with noise around a scorecard's."""

    def __init__(self, inner: ScorecardTraining, terms: PrivacyTerms, parties: int) -> None:
        """`parties`: all of the run."""
        super().__init__(inner.plan)
        self.inner = inner
        self._terms = terms
        self._parties = parties
        self._present: NoisyShape | None = None

    def require_headroom(self, parties: int) -> None:
        self.inner.require_headroom(parties)
        self.shape.require_headroom(parties)

    def work(self, rows: LabelledRows, seat: int = 0) -> LocalWork:  # noqa: ARG002 - of no matter here
        return NoisyWork(self, self.inner.work(rows), len(rows))

    def noisy_shape(self) -> NoisyShape:
        """The present tensor."""
        if self._present is None or self._present.round != self.round:
            noise = noise_of(self.inner, self._terms)
            self._present = NoisyShape(
                plan=self.plan, round=self.round, inner=self.inner.shape, noise=noise, parties=self._parties
            )
        return self._present

    def _shape(self) -> RoundShape:
        return self.noisy_shape()

    def _absorb(self, _shape: RoundShape, sums: Int64s) -> None:
        present = self.noisy_shape()
        noisy = sums * present.noise.units
        self.inner.absorb(self._consistent(self.inner.plan, present, noisy))
        self.result = self.inner.result

    def _consistent(self, plan: TrainingPlan, shape: NoisyShape, noisy: Int64s) -> Int64s:
        if isinstance(shape.inner, CountsShape):
            return consistent_counts(plan, noisy)
        if isinstance(shape.inner, NewtonShape):
            hessian = shape.noise.blocks[1]
            return damped_newton(plan, noisy, hessian.unit * hessian.sigma * (isqrt(self._parties) + 1))
        good, bad = self.inner.class_counts
        parts = noisy.reshape(3, -1)
        return np.concatenate(
            [consistent_histogram(part, total) for part, total in zip(parts, (good, bad, good + bad), strict=True)]
        )


class NoisyWork:
    """A party's part with its share of noise."""

    def __init__(self, training: NoisyTraining, inner: LocalWork, rows: int) -> None:
        self._training = training
        self._inner = inner
        self._rows = rows

    def contribution(self) -> Int64s:
        """Noisy cells in units, shape (shape.size,): other noise each time, so whoever calls keeps what it sent.

        Raises OutOfRange naming a feature beyond its bound.
        """
        return self.without_noise() + self._training.noisy_shape().noise.draw()

    def without_noise(self) -> Int64s:
        """The same cells before noise. Raises OutOfRange as `contribution`."""
        shape = self._training.noisy_shape()
        values = self._inner.contribution()
        shape.inner.check(values, self._rows, "own rows")
        units = shape.noise.units
        rounded: Int64s = (values + units // 2) // units
        return rounded
