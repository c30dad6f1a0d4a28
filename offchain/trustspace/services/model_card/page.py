"""The card as one HTML file: tables and plots, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

import json
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any

from trustspace.services.model_card.plots import Axes, bar_plot, line_plot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MILLION = 1_000_000
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b2733}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.15rem .7rem;border-bottom:1px solid #d7dee5;
text-align:right}td:first-child,th:first-child{text-align:left}code{overflow-wrap:anywhere}
.plots{display:flex;flex-wrap:wrap;gap:1rem}svg{width:22rem}text{font:11px system-ui,sans-serif;fill:#44515e}
.title{font-weight:600}.axis{fill:none;stroke:#8a97a4}.line{fill:none;stroke:#0a62a9;stroke-width:2}
.ref{fill:none;stroke:#b8c2cc;stroke-dasharray:4}circle,.bar0{fill:#0a62a9}.bar1{fill:#d9822b}"""
_SAFE = "default-src 'none'; style-src 'unsafe-inline'"


def page_of(card: bytes) -> bytes:
    """The page of a card's canonical JSON; the same bytes for the same card."""
    record: dict[str, Any] = json.loads(card)
    model, figures = record["model"], record["figures"]
    title = f"Model card: {model['schema']} ({model['kind']})"
    body = [
        f"<h1>{escape(title)}</h1>",
        _definitions(record, sha256(card).hexdigest()),
        "<h2>How well it ranks and predicts</h2>",
        _headline(figures),
        f'<div class="plots">{"".join(_plots(figures))}</div>',
        "<h2>Grades</h2>",
        _table(
            ("grade", "rows", "defaults", "default rate"),
            ((g["grade"], g["rows"], g["defaults"], _share(g["defaults"], g["rows"])) for g in figures["grades"]),
        ),
        "<h2>Calibration</h2>",
        _table(
            ("points from", "rows", "default rate", "expected"),
            (
                (b["lowest"], b["rows"], _share(b["defaults"], b["rows"]), _percent(b["expected_micro"]))
                for b in figures["calibration"]
            ),
        ),
        *_periods(figures["periods"]),
        *(part for table in figures["groups"] for part in _fairness(table)),
        *_features(figures["features"]),
        *_contribution(record["contribution"]),
        "<h2>Limits</h2>",
        f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in record['limits'])}</ul>",
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_SAFE}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'.encode()


def _definitions(record: dict[str, Any], digest: str) -> str:
    run, figures = record["run"], record["figures"]
    facts = {
        "hash of this card": digest,
        "model hash": record["model"]["hash"],
        "plan hash": record["plan_hash"],
        "run": run["id"],
        "parties": ", ".join(map(str, run["parties"])),
        "whose rows it stands for": ", ".join(map(str, run["survivors"])),
        "left during the run": ", ".join(map(str, run["left"])) or "nobody",
        "privacy": f"{record['privacy']['mode']}, opened by {record['privacy']['opened_by']} parties together",
        "held-out rows": f"{figures['rows']} with {figures['defaults']} defaults",
        "features": ", ".join(record["model"]["features"]),
    }
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><code>{escape(text)}</code></td></tr>" for name, text in facts.items()
    )
    return f"<table>{rows}</table>"


def _contribution(found: dict[str, Any] | None) -> Iterable[str]:
    if found is None:
        return ()
    rows = (
        (
            p["party"],
            f"{_decimal(p['share_micro'])} ± {_decimal(p['error_micro'])}",
            f"{_decimal(p['influence_micro'])} ± {_decimal(p['influence_error_micro'])}",
        )
        for p in found["parties"]
    )
    note = f"All shares: {_decimal(found['total_micro'])}; unexplained: {_decimal(found['unexplained_micro'])}."
    head = ("party", "share of the gain in log-likelihood", "what leaving it out costs the others")
    return "<h2>What each party's rows were worth</h2>", _table(head, rows), f"<p>{note}</p>"


def _headline(figures: dict[str, Any]) -> str:
    bounds = figures["rounding"]
    names = (("AUC", "auc_micro"), ("KS", "ks_micro"), ("Brier score", "brier_micro"), ("log loss", "log_loss_micro"))
    return _table(
        ("figure", "of points", "unrounded scores within"),
        ((name, _decimal(figures[key]), f"± {_decimal(bounds[key])}") for name, key in names),
    )


def _plots(figures: dict[str, Any]) -> Iterable[str]:
    bands = figures["distribution"]
    goods, bads = figures["rows"] - figures["defaults"], figures["defaults"]
    good, bad, curve = 0, 0, [(0, 0)]
    for band in bands:
        good, bad = good + band["rows"] - band["defaults"], bad + band["defaults"]
        curve.append((_MILLION * good // max(1, goods), _MILLION * bad // max(1, bads)))
    yield line_plot(Axes(title="ROC", x="share of good rows", y="share of defaults"), curve, diagonal=True)
    pairs = [(b["expected_micro"], _MILLION * b["defaults"] // b["rows"]) for b in figures["calibration"] if b["rows"]]
    axes = Axes(title="Calibration", x="expected default rate", y="observed")
    yield line_plot(axes, pairs, diagonal=True, dots=True)
    shares = [
        (_MILLION * (b["rows"] - b["defaults"]) // max(1, goods), _MILLION * b["defaults"] // max(1, bads))
        for b in bands
    ]
    top = max((max(pair) for pair in shares), default=0) or 1
    axes = Axes(
        title="Scores: good (blue) and defaulted (orange)",
        x="points",
        y="share",
        x_ticks=((0, str(bands[0]["lowest"])), (_MILLION, f"{bands[-1]['lowest']}+")),
        y_ticks=((0, "0"), (_MILLION, _decimal(top))),
    )
    yield bar_plot(axes, [tuple(_MILLION * share // top for share in pair) for pair in shares])
    if figures["periods"]:
        yield _period_plot(figures["periods"])
    for table in figures["groups"]:
        yield _group_plot(table)


def _period_plot(periods: Sequence[dict[str, Any]]) -> str:
    top = max(250_000, *(period["psi_micro"] for period in periods))
    axes = Axes(
        title="Stability (PSI) by period",
        x=" → ".join(_values(period) for period in (periods[0], periods[-1])),
        y="PSI",
        x_ticks=(),
        y_ticks=((0, "0"), (_MILLION * 100_000 // top, "0.1"), (_MILLION * 250_000 // top, "0.25")),
    )
    return bar_plot(axes, [(_MILLION * period["psi_micro"] // top,) for period in periods])


def _group_plot(table: dict[str, Any]) -> str:
    rows = table["rows"]
    step = _MILLION // max(1, len(rows))
    axes = Axes(
        title=f"{table['column']}: accepted (blue), defaulted (orange)",
        x="",
        y="share",
        x_ticks=tuple((step * place + step // 2, _values(row)[:12]) for place, row in enumerate(rows)),
    )
    return bar_plot(
        axes,
        [
            (_MILLION * row["accepted"] // max(1, row["rows"]), _MILLION * row["defaults"] // max(1, row["rows"]))
            for row in rows
        ],
    )


def _periods(periods: Sequence[dict[str, Any]]) -> list[str]:
    if not periods:
        return []
    rows = (
        (_values(p), p["rows"], _share(p["defaults"], p["rows"]), _optional(p["auc_micro"]), _decimal(p["psi_micro"]))
        for p in periods
    )
    return ["<h2>Stability over time</h2>", _table(("period", "rows", "default rate", "AUC", "PSI"), rows)]


def _fairness(table: dict[str, Any]) -> list[str]:
    rows = table["rows"]
    best = max((row["accepted"] / row["rows"] for row in rows if row["rows"]), default=0) or 1
    head = ("", "rows", "default rate", "expected", "grade C or better", "of good rows", "ratio to the best", "AUC")
    cells = (
        (
            _values(row),
            row["rows"],
            _share(row["defaults"], row["rows"]),
            _percent(row["expected_micro"]),
            _share(row["accepted"], row["rows"]),
            _share(row["accepted_good"], row["rows"] - row["defaults"]),
            f"{row['accepted'] / max(1, row['rows']) / best:.2f}",
            _optional(row["auc_micro"]),
        )
        for row in rows
    )
    return [f"<h2>By {escape(table['column'])}</h2>", _table(head, cells)]


def _features(features: Sequence[dict[str, Any]]) -> list[str]:
    if not features:
        return []
    ordered = sorted(features, key=lambda row: (-row["information_micro"], row["name"]))
    rows = ((row["name"], row["bins"], _decimal(row["information_micro"])) for row in ordered)
    return ["<h2>Information value</h2>", _table(("feature", "bins", "IV"), rows)]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{body}</table>"


def _values(row: dict[str, Any]) -> str:
    return " + ".join(row["values"])


def _decimal(micro: int) -> str:
    return f"{micro / _MILLION:.4f}"


def _percent(micro: int) -> str:
    return f"{micro / 10_000:.1f} %"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _optional(micro: int | None) -> str:
    return "–" if micro is None else _decimal(micro)
