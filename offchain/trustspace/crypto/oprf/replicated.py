"""Threshold keys without interaction: pseudo-random secret sharing (Cramer, Damgard, Ishai, TCC 2005, section 4).

For t of n nodes, every set A of n - t + 1 nodes shares a seed r_A that no other node knows. The key of a context
(chain, contract, epoch, seller) and a node's Shamir share of it follow by everybody's own computation:

    key     = sum over A of PRF(r_A, context)
    share_i = sum over A that hold i of PRF(r_A, context) * f_A(i)
    f_A of degree t - 1: 1 at 0, and 0 at every node outside A

t - 1 nodes miss one seed, and with it a uniform term of the key: for every context another, so that one key says
nothing about the next, and deleting the seeds of an epoch makes all its keys unknowable.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import combinations
from math import comb, prod
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.secp256k1 import ORDER, add_scaled, combine, is_scalar, parse
from trustspace.errors import InvalidElement, MissingParty, OutOfRange, TooFewParties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coincurve import PublicKey

SEED_BYTES = 32
MOST_SETS = 1000
Members = tuple[int, ...]
_PRF = b"trustspace.fingerprint.share.v1"


@dataclass(frozen=True)
class Sharing:
    """t of n; nodes are numbered from 1."""

    threshold: int
    nodes: int

    def __post_init__(self) -> None:
        if not 2 <= self.threshold <= self.nodes:
            raise OutOfRange(
                f"{self.threshold} of {self.nodes} nodes", remedy="at least 2, so that no node alone has a key"
            )
        if comb(self.nodes, self.threshold - 1) > MOST_SETS:
            raise OutOfRange(
                f"{self.threshold} of {self.nodes} nodes share {comb(self.nodes, self.threshold - 1)} seeds",
                remedy=f"choose numbers with at most {MOST_SETS}: 3 of 5 has 10, 4 of 7 has 35",
            )

    @cached_property
    def sets(self) -> tuple[Members, ...]:
        """Every set of nodes that shares a seed, in lexicographic order."""
        return tuple(combinations(range(1, self.nodes + 1), self.nodes - self.threshold + 1))

    def sets_of(self, node: int) -> tuple[Members, ...]:
        """The sets a node belongs to."""
        return tuple(members for members in self.sets if node in members)

    def weight(self, members: Members, node: int) -> int:
        """f_A(node)."""
        outside = [other for other in range(1, self.nodes + 1) if other not in members]
        above = prod(other - node for other in outside)
        return above * pow(prod(outside), -1, ORDER) % ORDER


def share(sharing: Sharing, node: int, seeds: Mapping[Members, bytes], context: bytes) -> bytes:
    """A node's share of the key of a context: a secret scalar. Raises MissingParty when a seed is not there."""
    total = None
    for members in sharing.sets_of(node):
        seed = seeds.get(members)
        if seed is None:
            raise MissingParty(
                "the seed shared with them is missing",
                where=f"nodes {', '.join(map(str, members))}",
                remedy="restore the key file of this epoch",
            )
        total = add_scaled(total, _scalar(seed, context), sharing.weight(members, node))
    if total is None:
        raise OutOfRange(f"node {node} of {sharing.nodes}", remedy="nodes are numbered from 1")
    return total


@lru_cache(maxsize=1024)
def weights(nodes: Members, at: int = 0) -> tuple[int, ...]:
    """Lagrange weights: the value at `at` of the polynomial through these nodes, mod the group's order."""
    return tuple(
        prod(other - at for other in nodes if other != own)
        * pow(prod(other - own for other in nodes if other != own), -1, ORDER)
        % ORDER
        for own in nodes
    )


def interpolate(points: Mapping[int, PublicKey], at: int = 0) -> PublicKey:
    """The point at `at` of the polynomial through all the points given: combines exactly the threshold's number."""
    nodes = tuple(sorted(points))
    return combine([points[node] for node in nodes], weights(nodes, at))


def agreeing(keys: Mapping[int, bytes], threshold: int) -> tuple[int, ...]:
    """The nodes whose public key shares lie on one polynomial of degree threshold - 1, when that is beyond doubt.

    Any other polynomial meets at most threshold - 1 of the n sound keys, so d dissenters leave no doubt while
    d <= n - threshold and n > threshold: three of five nodes name one liar, or do without one. Raises TooFewParties.
    """
    points = {node: parse(raw, where=f"key of node {node}") for node, raw in sorted(keys.items())}
    for basis in combinations(points, threshold):
        sound = tuple(node for node in points if node in basis or _meets(points, basis, node))
        if len(sound) > threshold and len(points) - len(sound) <= len(sound) - threshold:
            return sound
    raise TooFewParties(
        f"the keys of nodes {', '.join(map(str, points))} do not show which of them are sound",
        remedy=f"{threshold + 1} sound nodes are needed to meet a seller's keys for the first time, "
        "and one more for every node that lies",
    )


def _meets(points: Mapping[int, PublicKey], basis: Members, node: int) -> bool:
    try:
        return interpolate({member: points[member] for member in basis}, node).format() == points[node].format()
    except InvalidElement:  # the point at infinity: no honest key
        return False


def _scalar(seed: bytes, context: bytes) -> bytes:
    """PRF(seed, context) as a scalar: HMAC-SHA256, drawn again when it is none (once in 2^127 times)."""
    for attempt in range(256):
        found = hmac.digest(seed, _PRF + bytes([attempt]) + context, sha256)
        if is_scalar(found):
            return found
    raise InvalidElement("no scalar in 256 attempts", remedy="this machine's SHA-256 is broken")
