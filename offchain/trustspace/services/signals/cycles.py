"""Simple cycles of bounded length in a small directed graph, each once, within a budget of steps."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(slots=True)
class Budget:
    """Steps that a search may still take; shared by all searches of one report."""

    left: int

    @property
    def spent(self) -> bool:
        return self.left <= 0


def cycles_of(arcs: Mapping[int, Mapping[int, object]], longest: int, budget: Budget) -> Iterator[tuple[int, ...]]:
    """Cycles of at most `longest` nodes (numbered from 0), from their smallest node on. Stops when the budget is spent.

    Every path is cut where its end is farther from the start than the nodes that are left (distances counted back from
    the start over nodes not smaller than it), so that each step leads towards a cycle or a node already on the path.
    """
    backward: dict[int, list[int]] = {}
    for node, targets in arcs.items():
        for target in targets:
            backward.setdefault(target, []).append(node)
    for start in sorted(arcs):
        distance = _distances_back(backward, start, longest - 1, budget)
        path = [start]
        choices = [iter(sorted(arcs[start]))]
        while choices:
            target = next(choices[-1], -1)
            if target < 0:
                choices.pop()
                path.pop()
                continue
            if budget.spent:
                return
            budget.left -= 1
            if target == start:
                yield tuple(path)
            elif target in distance and len(path) + distance[target] <= longest and target not in path:
                path.append(target)
                choices.append(iter(sorted(arcs.get(target, ()))))


def _distances_back(backward: Mapping[int, list[int]], start: int, deepest: int, budget: Budget) -> dict[int, int]:
    """Steps from each node to `start`, over nodes larger than it, as far as `deepest`."""
    distance = {start: 0}
    queue = deque([start])
    while queue and not budget.spent:
        node = queue.popleft()
        if distance[node] == deepest:
            continue
        for before in backward.get(node, ()):
            budget.left -= 1
            if before > start and before not in distance:
                distance[before] = distance[node] + 1
                queue.append(before)
    return distance
