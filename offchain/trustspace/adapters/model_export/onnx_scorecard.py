"""A scorecard as an ONNX model of standard operators: the same points, to the last one.

Input `features`: double (rows, features) in the model's order, NaN for a missing value; output `points`: int64 (rows,).
Exact for values within +-2^53, where doubles hold every integer. Where the plan wants a value, NaN counts as the lowest
bin: check that before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trustspace.errors import OutOfRange, ToolMissing
from trustspace.learning.feature import MISSING

if TYPE_CHECKING:
    from trustspace.learning.scorecard import Scorecard, ScoredFeature

OPSET = 17
IR_VERSION = 8
_EXACT = 2**53


def to_onnx(card: Scorecard) -> bytes:
    """Bytes of a model file. Raises ToolMissing without the extra, OutOfRange for a cut that a double cannot hold."""
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError as error:
        raise ToolMissing(
            "the package onnx is missing", where="export to ONNX", remedy="pip install 'trustspace[onnx]'"
        ) from error
    graph = _Graph(helper)
    total = graph.constant(np.array([[card.offset]], dtype=np.int64))
    for place, feature in enumerate(card.features):
        column = graph.node("Gather", "features", graph.constant(np.array([place], dtype=np.int64)), axis=1)
        total = graph.node("Add", total, _points(graph, feature, column))
    graph.node("Reshape", total, graph.constant(np.array([-1], dtype=np.int64)), output="points")
    width = len(card.features)
    built = helper.make_graph(
        graph.nodes,
        "scorecard",
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, ["rows", width])],
        [helper.make_tensor_value_info("points", TensorProto.INT64, ["rows"])],
        graph.constants,
    )
    model = helper.make_model(
        built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="trustspace"
    )
    named = {"model_hash": card.digest.hex(), "schema": card.schema}
    named["features"] = ",".join(feature.name for feature in card.features)
    helper.set_model_props(model, named)
    onnx.checker.check_model(model, full_check=True)
    written: bytes = model.SerializeToString()
    return written


def _points(graph: _Graph, feature: ScoredFeature, column: str) -> str:
    """Points of one feature, (rows, 1): the lowest bin's, and a step at each cut; then what stands apart."""
    points = [int(own) for own in feature.points]
    apart = {value: points[feature.value_bins + place] for place, value in enumerate(feature.specials)}
    base = apart[MISSING] if feature.groups else points[0]
    found = graph.node("Expand", graph.constant(np.array([[base]], dtype=np.int64)), graph.node("Shape", column))
    if feature.groups:
        for code, group in enumerate(feature.groups):
            found = graph.choose(graph.is_any(column, group), points[code], found)
        return found
    if feature.cuts:
        steps = np.diff(np.array(points[: feature.value_bins], dtype=np.int64))[None, :]
        reached = graph.node("GreaterOrEqual", column, graph.numbers(feature.cuts, feature.name))
        moved = graph.node("Mul", graph.node("Cast", reached, to=7), graph.constant(steps))  # 7: int64
        found = graph.node("Add", found, graph.node("ReduceSum", moved, graph.axis, keepdims=1))
    for value, own in apart.items():
        chosen = graph.node("IsNaN", column) if value == MISSING else graph.is_any(column, (value,))
        found = graph.choose(chosen, own, found)
    return found


class _Graph:
    """Nodes and constants with names of their own."""

    def __init__(self, helper: Any) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._helper = helper
        self.axis = self.constant(np.array([1], dtype=np.int64))

    def constant(self, value: Any) -> str:
        """Name of a constant tensor."""
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def numbers(self, values: tuple[int, ...], feature: str) -> str:
        """Name of a row of doubles. Raises OutOfRange naming the feature."""
        if any(abs(value) > _EXACT for value in values):
            raise OutOfRange(
                "a cut lies beyond 2^53", where=f"feature {feature}", remedy="use a larger unit for this feature"
            )
        return self.constant(np.array([values], dtype=np.float64))

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Name of a node's output."""
        name = output or f"n{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def is_any(self, column: str, values: tuple[int, ...]) -> str:
        """Whether each row holds one of the values, (rows, 1)."""
        equal = self.node("Cast", self.node("Equal", column, self.numbers(values, "special value")), to=7)
        return self.node("Cast", self.node("ReduceSum", equal, self.axis, keepdims=1), to=9)  # 9: bool

    def choose(self, where: str, points: int, otherwise: str) -> str:
        """`points` in the rows where, (rows, 1)."""
        return self.node("Where", where, self.constant(np.array([[points]], dtype=np.int64)), otherwise)
