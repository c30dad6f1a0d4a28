"""Plots of the model card as inline SVG: fixed size, deterministic text, no script, no outside resource."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 360, 260, 44
INNER_WIDTH, INNER_HEIGHT = WIDTH - MARGIN - 12, HEIGHT - MARGIN - 28

Point = tuple[int, int]
"""Fractions of the axes in millionths."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Titles, and the labels of ticks at fractions of an axis in millionths."""

    title: str
    x: str
    y: str
    x_ticks: Sequence[tuple[int, str]] = ((0, "0"), (500_000, "0.5"), (_MILLION, "1"))
    y_ticks: Sequence[tuple[int, str]] = ((0, "0"), (500_000, "0.5"), (_MILLION, "1"))


def line_plot(axes: Axes, points: Sequence[Point], *, diagonal: bool = False, dots: bool = False) -> str:
    """One line, with the diagonal for comparison."""
    marks = [_polyline([(0, 0), (_MILLION, _MILLION)], "ref")] if diagonal else []
    marks.append(_polyline(points, "line"))
    if dots:
        marks += [f'<circle cx="{_x(x)}" cy="{_y(y)}" r="3"/>' for x, y in points]
    return _frame(axes, marks)


def bar_plot(axes: Axes, bars: Sequence[Sequence[int]]) -> str:
    """Groups of bars of equal width; heights in millionths of the axis, the first of a group in front."""
    marks = []
    width = INNER_WIDTH / max(1, len(bars))
    for place, group in enumerate(bars):
        own = width * 0.8 / max(1, len(group))
        for number, height in enumerate(group):
            left = MARGIN + place * width + width * 0.1 + number * own
            top = _y(height)
            tall = f"{HEIGHT - 28 - float(top):.1f}"
            marks.append(f'<rect class="bar{number}" x="{left:.1f}" y="{top}" width="{own:.1f}" height="{tall}"/>')
    return _frame(axes, marks)


def _frame(axes: Axes, marks: Sequence[str]) -> str:
    bottom, right = HEIGHT - 28, WIDTH - 12
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 14}" role="img" aria-label="{escape(axes.title)}">',
        f'<path class="axis" d="M{MARGIN} {MARGIN - 28}V{bottom}H{right}"/>',
        f'<text x="{MARGIN}" y="12" class="title">{escape(axes.title)}</text>',
        f'<text x="{right}" y="{HEIGHT + 10}" text-anchor="end">{escape(axes.x)}</text>',
        f'<text x="4" y="28">{escape(axes.y)}</text>',
    ]
    parts += [
        f'<text x="{_x(place)}" y="{bottom + 14}" text-anchor="middle">{escape(label)}</text>'
        for place, label in axes.x_ticks
    ]
    parts += [
        f'<text x="{MARGIN - 4}" y="{_y(place)}" text-anchor="end">{escape(label)}</text>'
        for place, label in axes.y_ticks
    ]
    return "".join([*parts, *marks, "</svg>"])


def _polyline(points: Sequence[Point], kind: str) -> str:
    path = " ".join(f"{_x(x)},{_y(y)}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _x(place: int) -> str:
    return f"{MARGIN + INNER_WIDTH * min(_MILLION, max(0, place)) / _MILLION:.1f}"


def _y(place: int) -> str:
    return f"{HEIGHT - 28 - INNER_HEIGHT * min(_MILLION, max(0, place)) / _MILLION:.1f}"
