"""The exported file against XGBoost itself."""

import json

import numpy as np
import pytest

from tests.unit.learning.trees.conftest import mixed_plan
from trustspace.learning.feature import MISSING
from trustspace.learning.training import centralised
from trustspace.learning.trees.xgboost_json import to_xgboost


@pytest.mark.parametrize("settings", [{}, {"depth": 5, "trees": 40, "patience": 0, "min_child_milli": 0}])
def test_to_xgboost__loaded_by_xgboost__same_chance_within_a_millionth(book, tmp_path, settings) -> None:
    xgboost = pytest.importorskip("xgboost", reason="XGBoost publishes no wheel for this machine")
    model = centralised(mixed_plan(**settings), [book.rows()]).model
    (tmp_path / "model.json").write_bytes(to_xgboost(model))
    booster = xgboost.Booster()
    booster.load_model(tmp_path / "model.json")
    firms = [book.firm(number) for number in range(300)]
    firms += [firm | {"region": 7} for firm in firms[:40]]  # never seen in training
    firms += [firm | {"void_share": 10**6, "sales": -5} for firm in firms[:40]]
    rows = [[float("nan") if value == MISSING else value for value in firm.values()] for firm in firms]
    names = [feature.name for feature in model.features]
    assert names == list(firms[0])
    table = xgboost.DMatrix(
        np.array(rows), feature_names=names, feature_types=booster.feature_types, enable_categorical=True
    )
    margins = np.array([model.margin(firm) for firm in firms]) / 2**16
    assert booster.predict(table, output_margin=True).tolist() == (-margins).tolist()  # not one bit lost
    assert booster.predict(table) == pytest.approx(1 / (1 + np.exp(margins)), abs=1e-6)
    assert {node.missing_left for tree in model.trees for node in tree if node.children} == {True, False}
    assert any(node.left for tree in model.trees for node in tree)


def test_to_xgboost__no_trees__the_base_alone(book) -> None:
    model = centralised(mixed_plan(min_gain_milli=10**9), [book.rows()]).model
    forest = json.loads(to_xgboost(model))["learner"]["gradient_booster"]["model"]
    assert [tree["split_conditions"] for tree in forest["trees"]] == [[-model.base / 2**16]]
