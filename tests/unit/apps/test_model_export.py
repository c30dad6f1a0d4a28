import json

import pytest

from trustspace.apps.commands.model import export
from trustspace.errors import InputError, UsageError
from trustspace.learning.plan import plan_for
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.learning.trees.plan import trees_plan_for


@pytest.fixture(params=["scorecard", "trees"])
def model(request, tmp_path):
    build = plan_for if request.param == "scorecard" else trees_plan_for
    plan = build("s", {"sales": (0, 200)}, folds=2)
    labels = [int(number % 7 < 3 + number // 50) for number in range(200)]
    rows = LabelledRows.from_columns(
        plan,
        [str(n) for n in range(200)],
        {"sales": list(range(200))},
        labels,
        party="1",
    )
    path = tmp_path / "model.json"
    path.write_bytes(centralised(plan, [rows]).model.to_bytes())
    return request.param, path


@pytest.mark.parametrize("kind", ["csv", "json", "onnx", "xgboost"])
def test_export__each_format__written_or_refused(model, tmp_path, kind: str) -> None:
    name, path = model
    written = tmp_path / "out"
    if (kind == "xgboost") == (name == "trees"):
        export(path, written, kind)
        assert written.stat().st_size > 100
        if kind in {"json", "xgboost"}:
            json.loads(written.read_bytes())
    else:
        with pytest.raises(UsageError, match="--format"):
            export(path, written, kind)
        assert not written.exists()


def test_export__unknown_format_or_other_file__refused(model, tmp_path) -> None:
    _, path = model
    with pytest.raises(UsageError, match="'pmml' is no format"):
        export(path, tmp_path / "out", "pmml")
    (tmp_path / "other.json").write_bytes(b"{}")
    with pytest.raises(InputError, match=r"other\.json"):
        export(tmp_path / "other.json", tmp_path / "out", "csv")
