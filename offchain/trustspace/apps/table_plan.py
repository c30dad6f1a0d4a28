"""The plan for a table of one's own: usual settings of a kind of model, changed by a parameter file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from trustspace.errors import InvalidPlan
from trustspace.learning.plan import ScorecardPlan, plan_for
from trustspace.learning.privacy.terms import PrivacyTerms
from trustspace.learning.schema import CATEGORY
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.learning.plan import TrainingPlan
    from trustspace.learning.schema import TableSchema

SCORECARD, TREES = "scorecard", "gbdt"
_USUAL: dict[str, dict[str, Any]] = {
    SCORECARD: {"folds": 5, "max_bins": 8, "min_bin_share_bps": 300},
    TREES: {"folds": 5},
}
KINDS = tuple(_USUAL)
_PER_FEATURE = {"reasons": str, "trends": int}
_NOT_SETTINGS = {"schema", "features", "groups"}
ONE_FOLD_ROWS = 2_000  # from here on one fold of five is enough to stop by


def read_params(path: Path, model: str) -> dict[str, Any]:
    """Settings from a JSON or TOML file. Raises InvalidPlan naming file and field."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidPlan(f"cannot be read: {error}", where=str(path), remedy="a JSON or TOML file") from error
    kind = ScorecardPlan if model == SCORECARD else TreesPlan
    known = {field.name for field in fields(kind)} - _NOT_SETTINGS | _PER_FEATURE.keys()
    if not isinstance(content, dict):
        raise InvalidPlan("holds no settings", where=str(path), remedy="a JSON object or TOML keys")
    for name in content:
        if name not in known:
            raise InvalidPlan("is no setting", where=f"{path}, {name}", remedy=f"known are {', '.join(sorted(known))}")
    for name, kind_of_value in _PER_FEATURE.items():
        given = content.get(name, {})
        if not isinstance(given, dict) or any(type(value) is not kind_of_value for value in given.values()):
            wanted = "texts" if kind_of_value is str else "-1, 0 or 1"
            raise InvalidPlan("is no list of features", where=f"{path}, {name}", remedy=f"feature names with {wanted}")
    if not isinstance(content.get("fold_salt", ""), str):
        raise InvalidPlan("is no text", where=f"{path}, fold_salt", remedy="put it in quotes")
    if "privacy" in content:
        content["privacy"] = _terms(content["privacy"], f"{path}, privacy")
    return content


def _terms(given: Any, where: str) -> PrivacyTerms:
    try:
        return PrivacyTerms(**given)
    except TypeError as error:
        names = ", ".join(field.name for field in fields(PrivacyTerms))
        raise InvalidPlan(f"holds no terms of privacy: {error}", where=where, remedy=f"it takes {names}") from error


def plan_of(
    name: str, schema: TableSchema, *, model: str, rows: int, settings: dict[str, Any] | None = None
) -> TrainingPlan:
    """A plan over a table's features, any of which a row may lack. `rows`: of all parties.

    Raises InvalidPlan naming a setting that is out of range or a feature that is not there.
    """
    given = _USUAL[model] | (settings or {})
    if model == TREES and rows >= ONE_FOLD_ROWS:
        given = {"fold_models": 1} | given
    ranges = {column.name: column.range for column in schema.columns}
    for setting in _PER_FEATURE.keys() & given.keys():
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
