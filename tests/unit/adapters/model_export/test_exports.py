import csv
import io
import json
import sys

import numpy as np
import onnxruntime
import pytest

from trustspace.adapters.model_export.onnx_scorecard import to_onnx
from trustspace.errors import OutOfRange, ToolMissing
from trustspace.learning.feature import MISSING
from trustspace.learning.plan import plan_for
from trustspace.learning.points_listing import points_rows, to_csv, to_json
from trustspace.learning.scorecard import Scorecard
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised

RANGES = {"=sales": (-(10**15), 10**15), "months": (0, 60), "sector": (0, 5), "constant": (0, 9)}


def values(rows: int, seed: int) -> np.ndarray:
    """Rows with gaps, a special value, and far values."""
    rng = np.random.default_rng(seed)
    sales = (rng.choice([-1, 1], rows) * 10 ** rng.uniform(0, 15, rows)).astype(np.int64)
    months = np.where(rng.random(rows) < 0.2, MISSING, rng.integers(-9, 61, rows))
    sector = np.where(rng.random(rows) < 0.1, MISSING, rng.integers(0, 6, rows))
    return np.stack([sales, np.where(rng.random(rows) < 0.1, -1, months), sector, np.full(rows, 4)], axis=1)


@pytest.fixture(scope="module")
def card() -> Scorecard:
    plan = plan_for(
        "export", RANGES, categorical=["sector"], missing=["months", "sector"], specials={"months": [-1]}, folds=3
    )
    table = values(2_000, 1)
    risk = (table[:, 0] < 0) + (table[:, 1] == -1) + (table[:, 2] % 3 == 1) + (table[:, 1] == MISSING)
    labels = np.random.default_rng(2).random(2_000) < 0.1 + 0.2 * risk
    columns = dict(zip(plan.names, table.T, strict=True))
    rows = LabelledRows.from_columns(plan, [str(n) for n in range(2_000)], columns, labels.astype(int), party="1")
    return centralised(plan, [rows]).model


def test_to_onnx__random_rows__same_points(card: Scorecard) -> None:
    table = values(3_000, 7)
    table[:5, 2] = 17  # a sector that nobody listed
    session = onnxruntime.InferenceSession(to_onnx(card), providers=["CPUExecutionProvider"])
    doubles = np.where(table == MISSING, np.nan, table.astype(np.float64))
    (points,) = session.run(["points"], {"features": doubles})
    names = [feature.name for feature in card.features]
    expected = [card.score({name: int(v) for name, v in zip(names, row, strict=True)}).points for row in table]
    assert points.tolist() == expected
    assert len(set(expected)) > 20
    assert session.get_modelmeta().custom_metadata_map["model_hash"] == card.digest.hex()


def test_to_onnx__every_cut__exactly_there(card: Scorecard) -> None:
    session = onnxruntime.InferenceSession(to_onnx(card), providers=["CPUExecutionProvider"])
    for place, feature in enumerate(card.features):
        for cut in feature.cuts:
            for value in (cut - 1, cut):
                row = {own.name: 0 for own in card.features} | {feature.name: value}
                (points,) = session.run(["points"], {"features": np.array([list(row.values())], dtype=np.float64)})
                assert points[0] == card.score(row).points, (place, value)


def test_to_onnx__without_the_extra__says_what_to_install(card: Scorecard, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ToolMissing, match=r"pip install 'trustspace\[onnx\]'"):
        to_onnx(card)


def test_to_onnx__cut_that_a_double_cannot_hold__names_the_feature(card: Scorecard) -> None:
    raw = json.loads(card.to_bytes())
    raw["features"][0]["cuts"][-1] = 2**53 + 1
    far = Scorecard.from_bytes(json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    with pytest.raises(OutOfRange, match="feature =sales"):
        to_onnx(far)


def test_points_rows__every_value__in_the_row_that_scores_it(card: Scorecard) -> None:
    rows = points_rows(card)
    for feature in card.features:
        own = [row for row in rows if row.feature == feature.name]
        for value in (MISSING, -1, 0, 3, 30, 10**9):
            if value == MISSING and MISSING not in feature.specials:
                continue
            points = feature.points[feature.bin_of(value)]
            assert points == next(
                (row.points for row in own if value in row.values and row.kind != "missing"),
                next(
                    (row.points for row in own if row.kind == "range" and value != MISSING
                     and (row.lowest is None or value >= row.lowest) and (row.below is None or value < row.below)),
                    next((row.points for row in own if row.kind == "missing"), None),
                ),
            )  # fmt: skip


def test_to_csv_and_json__same_bins__no_formula(card: Scorecard) -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(card).decode())))
    assert int(lines[0]["points"]) == card.offset
    record = json.loads(to_json(card))
    assert [int(line["points"]) for line in lines[1:]] == [row["points"] for row in record["bins"]]
    assert {line["feature"] for line in lines[1:]} == {"'=sales", "months", "sector", "constant"}
    assert record["model_hash"] == card.digest.hex()
    assert list(record["cut_offs"].values()) == sorted(record["cut_offs"].values())
