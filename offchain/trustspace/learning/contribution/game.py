"""What parties are worth to a fold's model, judged on rows that the model never saw, from one Newton step.

A step moves the coefficients by A^-1 g: g the sum of the parties' gradients g_i (and of the penalty's), A the summed,
penalised Hessian. To second order a step d raises the validation log-likelihood by V.d - d.H.d / 2, where V and H are
its gradient and Hessian, summed over held-out rows.

Share, in the first step, from the model that knows only the class mix, judged on all held-out rows: a coalition S moves
by x_S = sum of A^-1 g_i and is worth u(S) = V.x_S - x_S.H.x_S / 2. This game is quadratic, so its Shapley value
has a closed form, exact for any number of parties, without a model for every coalition:

    share_i = V.x_i - x_i.H.x_N / 2 = w.g_i,   w = A^-1 (V - H x_N / 2)

w follows from public sums. Party i computes its share from its own g_i, and the shares of all add up to w.g_N, which
everybody knows. (Wang, Mittal, Song and Jia 2024, "Data Shapley in One Training Run", look at gradient steps this way.)

Influence, in the last step, from the model that stands, judged on the other parties' held-out rows (its own would speak
for whatever it brought): without party i the model would move by -x_i, hence leaving it out costs the others

    (V' - H' d).x_i + x_i.H'.x_i / 2,   V' = V - V_i,  H' = H - H_i
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trustspace.encoding.fixed_point import divide_rounded
from trustspace.learning.integer_math import solve_rounded
from trustspace.learning.logistic import COEFFICIENT_BITS, newton_penalties, newton_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from trustspace.encoding.fixed_point import Int64s
    from trustspace.learning.logistic import LinearModel

SHARE_BITS = 20
"""Fraction bits of a share, in nats of validation log-likelihood."""
_GRADIENT_BITS, _HESSIAN_BITS = 38, 36
_STEP_BITS = COEFFICIENT_BITS - (_GRADIENT_BITS - _HESSIAN_BITS)
_BEND_SHIFT = _HESSIAN_BITS + COEFFICIENT_BITS - _GRADIENT_BITS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepGame:
    """One step of one fold's model. step: d; matrix: A of the free columns; direction: w; total: w . g_N."""

    step: tuple[int, ...]
    validation: Int64s
    matrix: Int64s
    penalties: tuple[int, ...]
    free: npt.NDArray[np.intp]
    direction: tuple[int, ...] = ()
    total: int = 0

    @classmethod
    def of(cls, model: LinearModel, sums: Int64s, validation: Int64s, l2_milli: int) -> StepGame:
        """From the summed cells of a Newton step and those of the same model on its held-out rows."""
        columns = len(model.coefficients) + 1
        moved = newton_step(model, sums, l2_milli)
        held = [trend and not own for trend, own in zip(_trends(model), moved.coefficients, strict=True)]
        free = np.flatnonzero(~np.array([False, *held], dtype=bool))
        before, after = ((it.intercept, *it.coefficients) for it in (model, moved))
        game = cls(
            step=tuple(new - old for old, new in zip(before, after, strict=True)),
            validation=validation,
            matrix=_square(sums[columns:], columns)[np.ix_(free, free)],
            penalties=tuple(newton_penalties(model, l2_milli)[column] for column in free),
            free=free,
        )
        direction = game.solve(_slope(validation, game.step, parts=2))
        return replace(game, direction=direction, total=_in_share_bits(_product(sums[:columns], direction)))

    def solve(self, right: Sequence[int]) -> tuple[int, ...]:
        """A^-1 right, COEFFICIENT_BITS fraction bits; 0 for coefficients that a trend holds to 0."""
        part = solve_rounded(
            self.matrix, list(self.penalties), [int(right[column]) for column in self.free], _STEP_BITS
        )
        whole = [0] * len(self.step)
        for column, own in zip(self.free, part, strict=True):
            whole[column] = own
        return tuple(whole)

    def share(self, gradient: Int64s) -> int:
        """A party's Shapley value, SHARE_BITS fraction bits, from what it added to the gradient, shape (columns,)."""
        return _in_share_bits(_product(gradient, self.direction))

    def loss_without(self, gradient: Int64s, own_validation: Int64s) -> int:
        """What leaving a party out costs the others, SHARE_BITS fraction bits; negative: they would gain.

        gradient: what it added to the step's, shape (columns,); own_validation: its part of the validation cells.
        """
        others = self.validation - own_validation
        step = self.solve(gradient.tolist())
        curvature = _square(others[len(step) :], len(step))
        bent = sum(_product(row, step) * own for row, own in zip(curvature, step, strict=True))  # 84 fraction bits
        return _in_share_bits(_product(_slope(others, self.step), step) + divide_rounded(bent, 2 << _BEND_SHIFT))


def _trends(model: LinearModel) -> list[bool]:
    return [feature.trend != 0 for feature in model.features]


def _slope(validation: Int64s, step: tuple[int, ...], parts: int = 1) -> list[int]:
    """V - H d / parts, with a gradient's fraction bits."""
    curvature = _square(validation[len(step) :], len(step))
    return [
        int(aim) - divide_rounded(_product(row, step), parts << _BEND_SHIFT)
        for aim, row in zip(validation[: len(step)], curvature, strict=True)
    ]


def _square(upper: Int64s, columns: int) -> Int64s:
    full = np.zeros((columns, columns), dtype=np.int64)
    full[np.triu_indices(columns)] = upper
    full += np.triu(full, 1).T
    return full


def _product(left: Iterable[int], right: Iterable[int]) -> int:
    return sum(int(a) * int(b) for a, b in zip(left, right, strict=True))


def _in_share_bits(value: int) -> int:
    return divide_rounded(value, 1 << (_GRADIENT_BITS + COEFFICIENT_BITS - SHARE_BITS))
