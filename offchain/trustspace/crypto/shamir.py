"""Shamir's secret sharing (CACM 22, 1979) over the prime 2^257 - 93, so that any 32 bytes are a secret.

A share is the value of a random polynomial of degree threshold - 1 at the holder's id; the secret is its value at 0.
Fewer shares than the threshold say nothing about the secret, whatever computing power is behind them.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING

from trustspace.errors import OutOfRange, TooFewParties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PRIME = 2**257 - 93
SECRET_BYTES = 32
SHARE_BYTES = 33


def split(
    secret: bytes, threshold: int, holders: Sequence[int], *, below: Callable[[int], int] = secrets.randbelow
) -> dict[int, bytes]:
    """A share (33 bytes) for each holder. `below(n)`: uniform in [0, n), the operating system's unless given (tests).

    Raises OutOfRange for a secret of another length, repeated or non-positive ids, or a threshold out of reach.
    """
    if len(secret) != SECRET_BYTES:
        raise OutOfRange(f"a secret has {SECRET_BYTES} bytes, not {len(secret)}", remedy="share keys and seeds only")
    if not 1 <= threshold <= len(holders):
        raise OutOfRange(f"threshold {threshold} for {len(holders)} holders", remedy="at most as many as holders")
    if len(set(holders)) != len(holders) or min(holders) < 1:
        raise OutOfRange("holders need distinct positive ids", remedy="use participant ids")
    polynomial = [below(PRIME) for _ in range(threshold - 1)] + [int.from_bytes(secret, "big")]
    return {holder: _value(polynomial, holder).to_bytes(SHARE_BYTES, "big") for holder in holders}


def combine(shares: Mapping[int, bytes], threshold: int, *, where: str = "") -> bytes:
    """The secret behind at least `threshold` shares (those of the lowest ids are used).

    Raises TooFewParties below the threshold, OutOfRange when the shares are of no 32-byte secret.
    """
    if len(shares) < threshold:
        raise TooFewParties(
            f"{len(shares)} shares, {threshold} are needed", where=where, remedy="without more answers it stays closed"
        )
    chosen = tuple(sorted(shares)[:threshold])
    values = (int.from_bytes(shares[holder], "big") for holder in chosen)
    secret = sum(weight * value for weight, value in zip(weights(chosen), values, strict=True))
    try:
        return (secret % PRIME).to_bytes(SECRET_BYTES, "big")
    except OverflowError as error:
        raise OutOfRange("these shares belong to no secret", where=where, remedy="their dealer cheated") from error


@lru_cache(maxsize=1024)
def weights(holders: tuple[int, ...]) -> list[int]:
    """Lagrange weights at 0: the secret is the weighted sum of these holders' shares mod PRIME.

    weight_i = prod of all holders / (holder_i * prod over j of (holder_j - holder_i)); one inversion serves them all.
    """
    below = [own * prod(other - own for other in holders if other != own) % PRIME for own in holders]
    before = list(accumulate(below, lambda left, right: left * right % PRIME, initial=1))
    inverse = prod(holders) * pow(before.pop(), -1, PRIME) % PRIME
    found = []
    for factor, others in zip(reversed(below), reversed(before), strict=True):
        found.append(inverse * others % PRIME)
        inverse = inverse * factor % PRIME
    return found[::-1]


def _value(polynomial: Sequence[int], at: int) -> int:
    value = 0
    for coefficient in polynomial:
        value = (value * at + coefficient) % PRIME
    return value
