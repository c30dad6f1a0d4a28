"""Public grids: cell borders that depend on a feature's documented range alone, never on anyone's data.

A feature with G borders has G + 1 cells; cell c holds border[c-1] <= value < border[c].
"""

from __future__ import annotations

WIDEST = 10**15
PER_DECADE = 8
_FINE_RANGE = 256
_SHARE_RANGE = 50_000
_SHARE_STEPS = 100


def signed_log_borders(limit: int, *, per_decade: int = PER_DECADE, negative: bool = True) -> tuple[int, ...]:
    """Integer borders at +-floor(10^(k / per_decade)) up to +-limit, and at 0 and 1."""
    positive, k = {1}, 0
    while True:
        border = _root(10**k, per_decade)
        if border > limit:
            break
        positive.add(border)
        k += 1
    # Cells mirror: -b + 1 is the first integer above the cell that ends at -b.
    mirrored = {1 - border for border in positive} if negative else {0}
    return tuple(sorted(positive | mirrored))


def borders_for(low: int, high: int, per_decade: int = PER_DECADE) -> tuple[int, ...]:
    """Borders for a feature with low <= value <= high: every integer, or log-spaced, with even steps for shares."""
    if high - low <= _FINE_RANGE:
        return tuple(range(low + 1, high + 1)) or (low,)
    limit = min(max(abs(low), abs(high)), WIDEST)
    borders = set(signed_log_borders(limit, per_decade=per_decade, negative=low < 0))
    if high - low <= _SHARE_RANGE:
        borders.update(range(low, high, max(1, (high - low) // _SHARE_STEPS)))
    return tuple(sorted(border for border in borders if low < border <= high))


def _root(value: int, degree: int) -> int:
    """Floor of the `degree`-th root (integer bisection)."""
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= value:
            low = middle
        else:
            high = middle - 1
    return low
