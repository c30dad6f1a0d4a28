"""Suite secp256k1_XMD:SHA-256_SSWU_RO_ of RFC 9380 (sections 6.6.2, 6.6.3, 8.7 and appendix E.1).

libsecp256k1 has no map of RFC 9380, so the map alone is Python: it works on what the bank itself knows, on the bank's
own machine, and its running time depends on that. Every secret of the protocol (blinds, keys, nonces) is used in
`secp256k1.py` only, where the library works in constant time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from trustspace.crypto.oprf.hash_to_field import hash_to_field
from trustspace.errors import OutOfRange

Affine = tuple[int, int]


@dataclass(frozen=True)
class Weierstrass:
    """y^2 = x^3 + a x + b over a prime p with p mod 4 = 3, and a non-square z for the simplified SWU map."""

    p: int
    a: int
    b: int
    z: int

    @cached_property
    def _root(self) -> int:
        """Square root of -z^3: z and -1 are no squares."""
        return pow(-(self.z**3) % self.p, (self.p + 1) // 4, self.p)

    def map_to_curve(self, u: int) -> Affine:
        """The simplified Shallue-van de Woestijne-Ulas map of a field element."""
        p, a, b = self.p, self.a, self.b
        zu2 = self.z * u * u % p
        denominator = (zu2 * zu2 + zu2) % p
        x = -b * (1 + pow(denominator, -1, p)) * pow(a, -1, p) % p if denominator else b * pow(self.z * a, -1, p) % p
        square = (x * x * x + a * x + b) % p
        y = pow(square, (p + 1) // 4, p)
        if y * y % p != square:  # then y^2 = -square, and x z u^2 has the square z^3 u^6 * square
            x = zu2 * x % p
            y = self._root * u * u * u * y % p
        return x, p - y if y & 1 != u & 1 else y

    def add(self, first: Affine, second: Affine) -> Affine:
        """Sum of two points. Raises OutOfRange when it is the point at infinity."""
        p, (x1, y1), (x2, y2) = self.p, first, second
        if x1 != x2:
            slope = (y2 - y1) * pow(x2 - x1, -1, p) % p
        elif (y1 + y2) % p:
            slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, p) % p
        else:
            raise OutOfRange("the sum is the point at infinity", remedy="nothing usable has this hash; report it")
        x = (slope * slope - x1 - x2) % p
        return x, (slope * (x1 - x) - y1) % p


# not-a-key: whole file
FIELD = 2**256 - 2**32 - 977
ISOGENOUS = Weierstrass(
    p=FIELD,
    a=0x3F8731ABDD661ADCA08A5558F0F5D272E953D363CB6F0E5D405447C01A444533,
    b=1771,
    z=FIELD - 11,
)
"""E' of section 8.7, 3-isogenous to secp256k1."""
_X_NUM = (
    0x8E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38DAAAAA88C,
    0x534C328D23F234E6E2A413DECA25CAECE4506144037C40314ECBD0B53D9DD262,
    0x07D3D4C80BC321D5B9F315CEA7FD44C5D595D2FC0BF63B92DFFF1044F17C6581,
    0x8E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38DAAAAA8C7,
)
_X_DEN = (
    1,
    0xEDADC6F64383DC1DF7C4B2D51B54225406D36B641F5E41BBC52A56612A8C6D14,
    0xD35771193D94918A9CA34CCBB7B640DD86CD409542F8487D9FE6B745781EB49B,
)
_Y_NUM = (
    0x2F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F38E38D84,
    0x29A6194691F91A73715209EF6512E576722830A201BE2018A765E85A9ECEE931,
    0xC75E0C32D5CB7C0FA9D0A54B12A0A6D5647AB046D686DA6FDFFC90FC201D71A3,
    0x4BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684B8E38E23C,
)
_Y_DEN = (
    1,
    0x6484AA716545CA2CF3A70C3FA8FE337E0A3D21162F0D6299A7BF8192BFD2A76F,
    0x7A06534BB8BDB49FD5E9E6632722C2989467C1BFC8E8D978DFB425D2685C2573,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFF93B,
)


def hash_to_curve(message: bytes, dst: bytes) -> Affine:
    """The point of secp256k1 for a message; as good as a random oracle (two maps, added)."""
    first, second = hash_to_field(message, dst, 2, FIELD)
    # The isogeny is a homomorphism: adding before it spares one of two evaluations.
    return isogeny(ISOGENOUS.add(ISOGENOUS.map_to_curve(first), ISOGENOUS.map_to_curve(second)))


def isogeny(point: Affine) -> Affine:
    """From E' to secp256k1. Raises OutOfRange for the two points of the kernel."""
    x, y = point
    x_den, y_den = _horner(_X_DEN, x), _horner(_Y_DEN, x)
    product = x_den * y_den % FIELD
    if not product:
        raise OutOfRange("a point of the isogeny's kernel", remedy="nothing usable has this hash; report it")
    inverse = pow(product, -1, FIELD)
    return _horner(_X_NUM, x) * inverse * y_den % FIELD, y * _horner(_Y_NUM, x) * inverse * x_den % FIELD


def _horner(coefficients: tuple[int, ...], x: int) -> int:
    value = 0
    for coefficient in coefficients:
        value = (value * x + coefficient) % FIELD
    return value
