"""The plan for a table of one's own: usual settings of a kind of model, changed by a parameter file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from trustspace.errors import InvalidPlan
from trustspace.learning.plan import ScorecardPlan, plan_for
from trustspace.learning.schema import CATEGORY
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.schema import TableSchema

SCORECARD, TREES = "scorecard", "gbdt"
_USUAL: dict[str, dict[str, Any]] = {
    SCORECARD: {"folds": 5, "max_bins": 8, "min_bin_share_bps": 300},
    TREES: {"folds": 5, "fold_models": 1},
}
KINDS = tuple(_USUAL)
_PER_FEATURE = {"reasons", "trends"}
_NOT_SETTINGS = {"schema", "features", "groups"}


def read_params(path: Path, model: str) -> dict[str, Any]:
    """Settings from a JSON or TOML file. Raises InvalidPlan naming file and field."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidPlan(f"cannot be read: {error}", where=str(path), remedy="a JSON or TOML file") from error
    kind = ScorecardPlan if model == SCORECARD else TreesPlan
    known = {field.name for field in fields(kind)} - _NOT_SETTINGS | _PER_FEATURE
    if not isinstance(content, dict):
        raise InvalidPlan("holds no settings", where=str(path), remedy="a JSON object or TOML keys")
    for name in content:
        if name not in known:
            raise InvalidPlan("is no setting", where=f"{path}, {name}", remedy=f"known are {', '.join(sorted(known))}")
    return content


def plan_of(
    name: str, schema: TableSchema, *, model: str, rows: int, settings: dict[str, Any] | None = None
) -> TrainingPlan:
    """A plan over a table's features, any of which a row may lack. `rows`: of all parties.

    Raises InvalidPlan naming a setting that is out of range or a feature that is not there.
    """
    given = _USUAL[model] | (settings or {})
    ranges = {column.name: column.range for column in schema.columns}
    for setting in _PER_FEATURE & given.keys():
        for feature in given[setting]:
            if feature not in ranges:
                raise InvalidPlan("is no feature of the table", where=f"{setting}, {feature}", remedy="check its name")
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    build = plan_for if model == SCORECARD else trees_plan_for
    most = 1 << max(10, rows.bit_length())
    return build(
        f"{name}:{schema.digest.hex()[:32]}",
        ranges,
        categorical={column.name for column in schema.columns if column.kind == CATEGORY},
        missing=set(ranges),
        **{"max_rows": most, "fold_salt": name, **given},
    )
