"""G2 and the pairing of BN254, by py_ecc (the extra `proving`): a few at a time, for checks of set-ups."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from trustspace.encoding.bn254 import BN254, TWIST_GENERATOR, TwistPoint
from trustspace.encoding.weierstrass import IDENTITY, Point
from trustspace.errors import InvalidElement, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Iterable


@cache
def _curve() -> Any:
    try:
        return import_module("py_ecc.optimized_bn128")
    except ImportError as error:
        raise ToolMissing(
            "py_ecc is not installed", where="pairings", remedy="pip install 'trustspace[proving]'"
        ) from error


def multiply_twist(scalar: int, point: TwistPoint = TWIST_GENERATOR) -> TwistPoint:
    """A point of G2 added up `scalar` times. Raises InvalidElement when that is the identity, ToolMissing."""
    curve = _curve()
    product = curve.multiply(_twist(point), scalar % BN254.order)
    if curve.is_inf(product):
        raise InvalidElement("the product is the identity", where="G2", remedy="use another scalar")
    x, y = curve.normalize(product)
    return int(x.coeffs[0]), int(x.coeffs[1]), int(y.coeffs[0]), int(y.coeffs[1])


def require_in_twist_group(point: TwistPoint) -> None:
    """Raises InvalidElement when it is the identity, not reduced, not on the twist, or not of the prime order."""
    curve = _curve()
    if not all(0 <= coordinate < BN254.modulus for coordinate in point):
        raise InvalidElement("a coordinate is not reduced", where="point of G2", remedy="do not use it")
    if point == (0, 0, 0, 0):
        raise InvalidElement("is the identity", where="point of G2", remedy="do not use it")
    if not curve.is_on_curve(_twist(point), curve.b2):
        raise InvalidElement("is not on the twist of BN254", where="point of G2", remedy="do not use it")
    if not curve.is_inf(curve.multiply(_twist(point), BN254.order)):
        raise InvalidElement("is not in the group of prime order", where="point of G2", remedy="do not use it")


def pairings_cancel(pairs: Iterable[tuple[Point, TwistPoint]]) -> bool:
    """Whether the product of the pairings e(G1 point, G2 point) is one. The points must be checked before."""
    curve = _curve()
    product = curve.FQ12.one()
    for point, twist_point in pairs:
        if point != IDENTITY:
            product *= curve.pairing(_twist(twist_point), _plain(point), final_exponentiate=False)
    return bool(curve.final_exponentiate(product) == curve.FQ12.one())


def _plain(point: Point) -> Any:
    curve = _curve()
    return curve.FQ(point[0]), curve.FQ(point[1]), curve.FQ(1)


def _twist(point: TwistPoint) -> Any:
    curve = _curve()
    return curve.FQ2(point[:2]), curve.FQ2(point[2:]), curve.FQ2.one()
