"""A dictionary attacker: what it reads, what it guesses, what it computes for each guess."""

from __future__ import annotations

import random
from datetime import date, timedelta
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tests.integration.fingerprints.service import facts
from trustspace.crypto.oprf.hash_to_curve import hash_to_curve
from trustspace.crypto.oprf.replicated import Members, Sharing, _scalar, weights
from trustspace.crypto.oprf.secp256k1 import ORDER, from_affine, is_scalar, multiply_public
from trustspace.crypto.oprf.suite import SECP256K1
from trustspace.domain.fingerprints import FingerprintKind
from trustspace.encoding.fingerprints import fingerprint_key
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from trustspace.testing.kit import SpaceKit

YEAR = [date(2026, 1, 1) + timedelta(days=day) for day in range(365)]


def strict_key(number: int, day: date) -> bytes:
    key = fingerprint_key(FingerprintKind.STRICT, facts(number, issue_date=day))
    assert key is not None
    return key


def guesses(truth: tuple[int, date], count: int) -> list[bytes]:
    """Numbers below a million, dates within the year, the truth among them; the seller's tax number is public."""
    rng = random.Random(7)
    space = [(rng.randrange(10**6), rng.choice(YEAR)) for _ in range(count - 1)] + [truth]
    rng.shuffle(space)
    return [strict_key(*guess) for guess in space]


def chain_dump(kit: SpaceKit) -> bytes:
    """Every byte that was ever sent or logged on the chain."""
    call, parts = kit.node.rpc.call, []
    for number in range(kit.node.block_number() + 1):
        block: Any = call("eth_getBlockByNumber", hex(number), True)
        parts += [transaction["input"] for transaction in block["transactions"]]
    logs: Any = call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
    parts += [log["data"] for log in logs] + [topic for log in logs for topic in log["topics"]]
    return b"".join(bytes.fromhex(part[2:]) for part in parts)


def words(dump: bytes) -> list[bytes]:
    """Everything in the dump that could be a key, aligned as the ABI lays it out, each once."""
    found = {dump[at : at + 32] for shift in (0, 4) for at in range(shift, len(dump) - 31, 32)}
    return sorted(word for word in found if is_scalar(word) and word.count(0) < 16)


def keyless(message: bytes, public: Iterable[bytes]) -> Iterator[bytes]:
    """Candidates that need no secret: hashes, and the function's own steps with public points for the secret one."""
    yield from (keccak(message), sha256(message).digest(), keccak(keccak(message)))
    point = from_affine(hash_to_curve(message, SECP256K1.group_dst)).format()
    for element in (point, *public):
        yield SECP256K1.finalize(message, element)


def keyed(message: bytes, keys: Iterable[bytes]) -> Iterator[bytes]:
    """Candidates under keys that might be the right one."""
    point = from_affine(hash_to_curve(message, SECP256K1.group_dst))
    for key in keys:
        yield SECP256K1.finalize(message, multiply_public(point, int.from_bytes(key, "big")).format())


def keys_from_seeds(sharing: Sharing, seeds: Mapping[Members, bytes], context: bytes) -> list[bytes]:
    """Keys that whoever knows these seeds can make up: the sum of all terms known, and each left out."""
    terms = {members: int.from_bytes(_scalar(seed, context), "big") for members, seed in seeds.items()}
    sums = [sum(terms.values())] + [sum(terms.values()) - term for term in terms.values()]
    return [(total % ORDER).to_bytes(32, "big") for total in sums if total % ORDER]


def keys_from_shares(shares: Mapping[int, bytes]) -> list[bytes]:
    """Keys by Lagrange from every subset of the shares known."""
    found = []
    for count in range(1, len(shares) + 1):
        for nodes in combinations(sorted(shares), count):
            pairs = zip(nodes, weights(nodes), strict=True)
            total = sum(weight * int.from_bytes(shares[node], "big") for node, weight in pairs) % ORDER
            found.append(total.to_bytes(32, "big"))
    return found
