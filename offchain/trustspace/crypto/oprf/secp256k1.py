"""The group of the fingerprints: secp256k1 by libsecp256k1 through coincurve.

What multiplies a point by a secret goes through the library's ECDH entry, which is its only constant-time
multiplication of any point (`PublicKey.multiply` is quicker by a tenth, and not constant time). Arithmetic of secret
scalars is the library's too. Points at infinity do not exist here: the library refuses them, and so do we.

An element is 33 bytes, compressed (SEC 1). x-coordinates at or above the group's order are refused: among 2^128 points
there is one, and a contract could not check an answer about it through `ecrecover`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from coincurve import PublicKey
from coincurve._libsecp256k1 import ffi, lib
from coincurve.context import GLOBAL_CONTEXT

from trustspace.errors import InvalidElement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustspace.crypto.oprf.hash_to_curve import Affine

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # not-a-key
ELEMENT_BYTES = 33
SCALAR_BYTES = 32
_ORDER_BYTES = ORDER.to_bytes(SCALAR_BYTES, "big")
_REMEDY = "33 bytes of a compressed point of secp256k1; ask the sender again"


def parse(raw: bytes, *, where: str = "") -> PublicKey:
    """An element from its 33 bytes. Raises InvalidElement for anything that is none, infinity included."""
    if len(raw) != ELEMENT_BYTES or raw[0] not in (2, 3):
        raise InvalidElement(f"{len(raw)} bytes that are no compressed point", where=where, remedy=_REMEDY)
    if raw[1:] >= _ORDER_BYTES:
        raise InvalidElement("an x-coordinate beyond the group's order", where=where, remedy=_REMEDY)
    try:
        return PublicKey(raw)
    except ValueError as error:
        raise InvalidElement("a point that is not on the curve", where=where, remedy=_REMEDY) from error


def parse_all(raws: Iterable[bytes], *, where: str = "") -> list[PublicKey]:
    """Elements from their bytes; the error names the first that is none."""
    return [parse(raw, where=f"{where}, element {number}") for number, raw in enumerate(raws)]


def from_affine(point: Affine) -> PublicKey:
    """An element from its coordinates."""
    x, y = point
    return PublicKey(b"\4" + x.to_bytes(SCALAR_BYTES, "big") + y.to_bytes(SCALAR_BYTES, "big"))


def random_scalar() -> bytes:
    """A uniform scalar, never zero, from the operating system's generator."""
    return (secrets.randbelow(ORDER - 1) + 1).to_bytes(SCALAR_BYTES, "big")


def is_scalar(raw: bytes) -> bool:
    """Whether 32 bytes are a scalar between 1 and the order less 1."""
    return len(raw) == SCALAR_BYTES and bool(lib.secp256k1_ec_seckey_verify(GLOBAL_CONTEXT.ctx, raw))


def multiply_secret(point: PublicKey, scalar: bytes) -> PublicKey:
    """Scalar * point in constant time. Raises InvalidElement when the scalar is none."""
    if not is_scalar(scalar):
        raise InvalidElement("not a scalar of secp256k1", remedy="give 32 bytes between 1 and the order less 1")
    coordinates = ffi.new("unsigned char[64]")
    _require(lib.secp256k1_ecdh(GLOBAL_CONTEXT.ctx, coordinates, point.public_key, scalar, _keep_both, ffi.NULL))
    return PublicKey(b"\4" + bytes(ffi.buffer(coordinates)))


def multiply_generator(scalar: bytes) -> PublicKey:
    """Scalar * G in constant time."""
    return PublicKey.from_secret(scalar)


def multiply_public(point: PublicKey, scalar: int) -> PublicKey:
    """Scalar * point for a public scalar between 1 and the order less 1; time depends on both."""
    return point.multiply(scalar.to_bytes(SCALAR_BYTES, "big"))


def combine(points: Sequence[PublicKey], weights: Sequence[int]) -> PublicKey:
    """Sum of weight * point for public weights mod the order. Raises InvalidElement for the point at infinity."""
    terms = [
        point if weight == 1 else multiply_public(point, weight)
        for point, weight in zip(points, weights, strict=True)
        if weight
    ]
    try:
        if terms:  # the library ends the program over an empty list
            return PublicKey.combine_keys(terms)
    except ValueError:
        pass
    raise InvalidElement("a sum that is the point at infinity", remedy="whoever chose these points lies")


def add_scaled(total: bytes | None, scalar: bytes, weight: int) -> bytes:
    """Total + weight * scalar mod the order, in the library's constant time; `weight` is public and not zero."""
    scaled = ffi.new("unsigned char[32]", scalar)
    _require(lib.secp256k1_ec_seckey_tweak_mul(GLOBAL_CONTEXT.ctx, scaled, weight.to_bytes(SCALAR_BYTES, "big")))
    if total is not None:
        _require(lib.secp256k1_ec_seckey_tweak_add(GLOBAL_CONTEXT.ctx, scaled, total))
    return bytes(ffi.buffer(scaled))


def respond(nonce: bytes, key: bytes, challenge: int) -> bytes:
    """Nonce - challenge * key mod the order: the answer to a challenge (RFC 9497, section 2.2.1)."""
    return add_scaled(nonce, key, ORDER - challenge)


def _require(done: int) -> None:
    if not done:
        raise InvalidElement("a secret scalar is zero", remedy="draw the keys again: this happens once in 2^256 times")


@ffi.callback("int(unsigned char *, const unsigned char *, const unsigned char *, void *)")  # type: ignore[untyped-decorator]
def _keep_both(output: Any, x: Any, y: Any, _data: Any) -> int:
    """In place of ECDH's hash: both coordinates as they are."""
    ffi.memmove(output, x, SCALAR_BYTES)
    ffi.memmove(output + SCALAR_BYTES, y, SCALAR_BYTES)
    return 1
