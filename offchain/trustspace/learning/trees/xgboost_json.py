"""The trees as a model file of XGBoost (JSON, schema of version 2 and later): P(default) with `binary:logistic`.

Leaves have 16 fraction bits, so float32 sums of them are exact while the log-odds stay below 2^7; the base is a tree of
its own, since XGBoost rounds its base score. XGBoost compares float32: a value beyond 2^24 that lies within 6e-8 of a
cut may fall on the other side. A missing value is NaN there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from trustspace.learning.feature import MAX_CATEGORY
from trustspace.learning.points import MARGIN_BITS
from trustspace.learning.trees.model import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.learning.trees.model import SplitFeature, TreeModel

VERSION = [2, 0, 0]
_ROOT = 2**31 - 1  # what XGBoost writes for the parent of a root


def to_xgboost(model: TreeModel) -> bytes:
    """A file for `xgboost.Booster.load_model`; columns in the model's feature order, categorical ones as codes."""
    trees = [(Node(value=model.base),), *model.trees]
    count = len(model.features)
    forest = {
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
        "iteration_indptr": list(range(len(trees) + 1)),
        "tree_info": [0] * len(trees),
        "trees": [_tree(number, tree, model.features) for number, tree in enumerate(trees)],
    }
    learner = {
        "attributes": {},
        "feature_names": [feature.name for feature in model.features],
        "feature_types": ["c" if feature.categories else "float" for feature in model.features],
        "gradient_booster": {"model": forest, "name": "gbtree"},
        "learner_model_param": {
            "base_score": "5E-1",
            "boost_from_average": "1",
            "num_class": "0",
            "num_feature": str(count),
            "num_target": "1",
        },
        "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}},
    }
    return json.dumps({"learner": learner, "version": VERSION}, ensure_ascii=False).encode()


def _tree(number: int, tree: Sequence[Node], features: Sequence[SplitFeature]) -> dict[str, object]:
    parents = [_ROOT] * len(tree)
    for place, node in enumerate(tree):
        for child in node.children:
            parents[child] = place
    values = [-node.value / (1 << MARGIN_BITS) for node in tree]
    splits = [bool(node.children) for node in tree]
    children = [node.children or (-1, -1) for node in tree]
    right = {place: _right(node, features[node.feature]) for place, node in enumerate(tree) if node.children}
    sets = {place: codes for place, codes in right.items() if features[tree[place].feature].categories}
    starts = [sum(len(codes) for codes in list(sets.values())[:index]) for index in range(len(sets))]
    return {
        "id": number,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(len(features)),
            "num_nodes": str(len(tree)),
            "size_leaf_vector": "1",
        },
        "left_children": [left for left, _ in children],
        "right_children": [right for _, right in children],
        "parents": parents,
        "split_indices": [node.feature for node in tree],
        "split_conditions": [
            float(node.cut) if split else value for node, split, value in zip(tree, splits, values, strict=True)
        ],
        "split_type": [int(place in sets) for place in range(len(tree))],
        "default_left": [int(node.missing_left) for node in tree],
        "categories": [code for codes in sets.values() for code in codes],
        "categories_nodes": list(sets),
        "categories_segments": starts,
        "categories_sizes": [len(codes) for codes in sets.values()],
        "base_weights": values,
        "loss_changes": [0.0] * len(tree),
        "sum_hessian": [0.0] * len(tree),
    }


def _right(node: Node, feature: SplitFeature) -> list[int]:
    """Categories that go right: the known ones that do not go left, and the others where missing values go right."""
    return [
        code
        for code in range(MAX_CATEGORY + 1)
        if code not in node.left and (code in feature.categories or not node.missing_left)
    ]
