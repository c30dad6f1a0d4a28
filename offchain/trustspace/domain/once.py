"""What follows from public messages alone, computed once for all parties of a process.

A party checks every message itself; where several live in one process, all of them would check the same bytes with the
same code. What is remembered is a pure function's result under everything it depends on: other bytes are another
question. Workers of their own share nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
MOST = 8
"""Results kept: a round needs three, and sums may be large."""

_known: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def once(question: Hashable, answer: Callable[[], T]) -> T:
    """The answer to a question, remembered from before or computed. What is raised is not remembered."""
    with _lock:
        if question in _known:
            found: T = _known[question]
            return found
    found = answer()
    with _lock:
        _known[question] = found
        while len(_known) > MOST:
            _known.popitem(last=False)
    return found


def forget() -> None:
    """Remember nothing, as if every party were alone: for measuring what each of them does."""
    with _lock:
        _known.clear()
