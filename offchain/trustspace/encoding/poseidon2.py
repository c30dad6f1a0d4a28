"""Poseidon2 over the BN254 scalar field, width 4: the hash that Noir and Barretenberg use (eprint 2023/323).

8 full rounds around 56 partial ones, S-box x^5. Round constants come from the Grain LFSR of the Poseidon paper
(eprint 2019/458, appendix F), made at first use rather than stored; the internal matrix is 1 + diag(_DIAGONAL), the
diagonal as published with Barretenberg. `poseidon2_hash` is the sponge of Noir's `Poseidon2::hash`: rate 3, the last
cell starts as length * 2^64, so inputs of different length never collide by padding.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELD_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
WIDTH = 4
RATE = 3
_FULL, _PARTIAL, _FIELD_BITS = 8, 56, 254
_DIAGONAL = (  # public constants, not-a-key: whole file
    0x10DC6E9C006EA38B04B1E03B4BD9490C0D03F98929CA1D7FB56821FD19D3B6E7,
    0x0C28145B6A44DF3E0149B3D0A30B3BB599DF9756D4DD9B84A86B38CFB45A740B,
    0x00544B8338791518B2C7645A50392798B21F75BB60E3596170067D00141CAC15,
    0x222C01175718386F2E2E82EB122789E352E105A3B8FA852613BC534433EE428B,
)

State = tuple[int, int, int, int]


def poseidon2_hash(elements: Sequence[int]) -> int:
    """Hash of one or more field elements. Raises OutOfRange for none, or for one that is not in [0, modulus)."""
    if not elements:
        raise OutOfRange("nothing to hash", remedy="pass at least one field element")
    for element in elements:
        if not 0 <= element < FIELD_MODULUS:
            raise OutOfRange(f"{element} is not a field element", remedy="reduce or repack before hashing")
    a = b = c = 0
    d = len(elements) << 64
    for at in range(0, len(elements), RATE):
        block = (*elements[at : at + RATE], 0, 0)
        a, b, c, d = permute((a + block[0], b + block[1], c + block[2], d))
    return a


def permute(state: State) -> State:
    """The permutation. Cells may be given unreduced; the result is reduced."""
    p = FIELD_MODULUS
    begin, middle, end = _round_constants()
    a, b, c, d = _external(*state)
    for k0, k1, k2, k3 in begin:
        a, b, c, d = _external(_quintic(a + k0), _quintic(b + k1), _quintic(c + k2), _quintic(d + k3))
    d0, d1, d2, d3 = _DIAGONAL
    for k in middle:
        a += k
        square = a * a % p
        a = square * square % p * a % p
        total = a + b + c + d
        a, b, c, d = (d0 * a + total) % p, (d1 * b + total) % p, (d2 * c + total) % p, (d3 * d + total) % p
    for k0, k1, k2, k3 in end:
        a, b, c, d = _external(_quintic(a + k0), _quintic(b + k1), _quintic(c + k2), _quintic(d + k3))
    return a % p, b % p, c % p, d % p


def _quintic(x: int) -> int:
    square = x * x % FIELD_MODULUS
    return square * square % FIELD_MODULUS * x % FIELD_MODULUS


def _external(a: int, b: int, c: int, d: int) -> State:
    """The 4 x 4 matrix of the external rounds (paper, section 5.1), left unreduced: sums of a few elements."""
    t0, t1 = a + b, c + d
    t2, t3 = 2 * b + t1, 2 * d + t0
    t4, t5 = 4 * t1 + t3, 4 * t0 + t2
    return t3 + t5, t5, t2 + t4, t4


@cache
def _round_constants() -> tuple[tuple[State, ...], tuple[int, ...], tuple[State, ...]]:
    """Constants of the first four full rounds, of the partial rounds, and of the last four full rounds."""
    bits = _GrainLfsr()
    drawn = [bits.element() for _ in range(WIDTH * _FULL + _PARTIAL)]
    half = WIDTH * _FULL // 2
    begin, middle, end = drawn[:half], drawn[half : half + _PARTIAL], drawn[half + _PARTIAL :]
    return _rows(begin), tuple(middle), _rows(end)


def _rows(flat: list[int]) -> tuple[State, ...]:
    return tuple((flat[i], flat[i + 1], flat[i + 2], flat[i + 3]) for i in range(0, len(flat), WIDTH))


class _GrainLfsr:
    """80-bit LFSR in self-shrinking mode, seeded with the parameters of the permutation."""

    def __init__(self) -> None:
        fields = ((1, 2), (0, 4), (_FIELD_BITS, 12), (WIDTH, 12), (_FULL, 10), (_PARTIAL, 10), (2**30 - 1, 30))
        self._state = [int(bit) for value, width in fields for bit in format(value, f"0{width}b")]
        for _ in range(160):
            self._step()

    def element(self) -> int:
        """The next field element, by rejection."""
        while True:
            value = 0
            for _ in range(_FIELD_BITS):
                value = value << 1 | self._bit()
            if value < FIELD_MODULUS:
                return value

    def _bit(self) -> int:
        while not self._step():
            self._step()
        return self._step()

    def _step(self) -> int:
        s = self._state
        new = s[62] ^ s[51] ^ s[38] ^ s[23] ^ s[13] ^ s[0]
        s.append(new)
        del s[0]
        return new
