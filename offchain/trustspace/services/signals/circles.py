"""Circular trade: goods or only paper that go round and come back at about the same price within weeks.

Who trades with whom is full of circles by itself; suspicious is the same amount going round. So the graph is layered:
an invoice from seller to buyer joins the layers of its band of amounts (on a logarithmic scale) and its window of
days, two overlapping families of each. A set of invoices whose totals lie within `circle_ratio` and whose days lie
within `circle_days` stands whole in some layer; nothing in one layer differs by more than twice that. A circle is a
cycle of distinct parties inside a layer.

Cost: four edges per invoice, strongly connected components in linear time (SciPy), then a search for cycles of bounded
length inside the components, smallest first, cut where the start can no longer be reached in the steps that are left.
A budget of steps keeps dense components from growing without bound; what was not searched to the end is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.cycles import Budget, cycles_of
from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.significance import SEED
from trustspace.services.signals.table import starts

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Ints, InvoiceTable

SHUFFLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Invoices as edges: parties, and what decides the layer."""

    rows: Ints
    seller: Ints
    buyer: Ints
    total: Ints
    day: Ints


def circle_signal(table: InvoiceTable, settings: SignalSettings) -> Signal:
    """Cycles of at most `circle_length` parties; also an invoice of a firm to itself."""
    rows = table.one_side(np.flatnonzero(table.live))
    own = rows[table.seller[rows] == table.buyer[rows]]
    rows = rows[table.seller[rows] != table.buyer[rows]]
    rings = components(table.seller[rows], table.buyer[rows], len(table.parties))
    inside = rows[rings[table.seller[rows]] == rings[table.buyer[rows]]]
    edges = _Edges(
        rows=inside,
        seller=table.seller[inside],
        buyer=table.buyer[inside],
        total=table.total[inside],
        day=table.day[inside],
    )
    circles, unfinished = _circles(edges, settings)
    findings = [_finding(table, tuple(found)) for found in circles.values()]
    findings += [
        Finding(
            party=table.parties[table.seller[row]],
            why="an invoice to itself",
            rows=(row,),
            weight_fen=int(table.total[row]),
        )
        for row in own.tolist()
    ]
    return Signal(
        name="circle",
        unit="invoices between parties of one ring of trade",
        examined=len(inside) + len(own),
        means=f"Invoices of 2 to {settings.circle_length} parties form a ring, close in totals and days.",
        does_not_mean="That nothing was delivered: neighbours in one trade buy from each other.",
        findings=strongest_first(findings),
        by_chance=_by_chance(edges, settings),
        set_aside={"components searched in part, the budget of steps being spent": unfinished},
        not_applied=""
        if len(inside) + len(own)
        else "no ring of trade: nobody who sells here buys back, even through others",
    )


def components(seller: Ints, buyer: Ints, count: int) -> Ints:
    """Number of each node's strongly connected component."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(seller), dtype=np.int8), (seller, buyer)), shape=(count, count))
    _, labels = connected_components(graph.tocsr(), directed=True, connection="strong")
    numbers: Ints = labels.astype(np.int64)
    return numbers


def _circles(edges: _Edges, settings: SignalSettings) -> tuple[dict[tuple[int, ...], list[int]], int]:
    """Rows of the first circle of each ring of parties, and how many components were not searched to the end."""
    layer, index = _layers(edges, settings)
    width = int(max(edges.seller.max(initial=0), edges.buyer.max(initial=0))) + 1
    nodes, place = np.unique(
        np.concatenate([layer * width + edges.seller[index], layer * width + edges.buyer[index]]), return_inverse=True
    )
    source, target = place[: len(index)], place[len(index) :]
    label = components(source, target, len(nodes)) if len(nodes) else place
    kept = np.flatnonzero(label[source] == label[target])
    order = kept[np.lexsort((index[kept], target[kept], source[kept], label[source[kept]]))]
    order = order[starts(source[order], target[order])]
    parts = np.split(order, np.flatnonzero(np.diff(label[source[order]])) + 1) if len(order) else []
    budget = Budget(settings.circle_steps)
    found: dict[tuple[int, ...], list[int]] = {}
    unfinished = 0
    for part in sorted(parts, key=len):
        arcs: dict[int, dict[int, int]] = {}
        for a, b, edge in zip(source[part].tolist(), target[part].tolist(), index[part].tolist(), strict=True):
            arcs.setdefault(a, {})[b] = edge
        for cycle in cycles_of(arcs, settings.circle_length, budget):
            parties = tuple(int(nodes[node]) % width for node in cycle)
            turned = parties.index(min(parties))
            pairs = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
            invoices = [int(edges.rows[arcs[a][b]]) for a, b in pairs]
            found.setdefault(parties[turned:] + parties[:turned], invoices[turned:] + invoices[:turned])
        unfinished += budget.spent
    return found, unfinished


def _layers(edges: _Edges, settings: SignalSettings) -> tuple[Ints, Ints]:
    """Layer and edge of each membership: four layers per edge."""
    height = np.log(np.maximum(edges.total, 1)) / np.log1p(settings.circle_ratio)
    bands = [np.floor((height + shift) / 2).astype(np.int64) * 2 + shift for shift in (0, 1)]
    days = settings.circle_days
    windows = [(edges.day + shift * days) // (2 * days) * 2 + shift for shift in (0, 1)]
    widest = max((int(window.max(initial=0)) for window in windows), default=0) + 1
    layer = np.concatenate([band * widest + window for band in bands for window in windows])
    return layer, np.tile(np.arange(len(edges.rows)), 4)


def _by_chance(edges: _Edges, settings: SignalSettings) -> float:
    """Mean number of rings when each seller's totals are dealt out anew among its own invoices."""
    if not len(edges.rows):
        return 0.0
    rng = np.random.Generator(np.random.PCG64(SEED))
    counted = 0
    by_seller = np.argsort(edges.seller, kind="stable")
    for _ in range(SHUFFLES):
        dealt = np.empty_like(edges.total)
        dealt[by_seller] = edges.total[np.lexsort((rng.random(len(edges.rows)), edges.seller))]
        shuffled = _Edges(rows=edges.rows, seller=edges.seller, buyer=edges.buyer, total=dealt, day=edges.day)
        counted += len(_circles(shuffled, settings)[0])
    return counted / SHUFFLES


def _finding(table: InvoiceTable, rows: tuple[int, ...]) -> Finding:
    around = " > ".join(table.parties[table.seller[row]] for row in (*rows, rows[0]))
    smallest = int(table.total[list(rows)].min())
    return Finding(
        party=table.parties[table.seller[rows[0]]],
        why=f"{smallest / 100:,.2f} or more goes round: {around}",
        rows=rows,
        weight_fen=smallest,
    )
