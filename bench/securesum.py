"""Time of the secure sum on one core, the work of all parties counted: masking, adding up, unmasking.

`extra` is what masks cost over the plain sum of the same quantised integers: every party's own mask and its masks with
all others, the aggregator's sum, and taking the own masks off again. Apart from it: the key agreement of a round (fresh
X25519 keys, shares, seals, signatures), the hashes that go to the ledger, and every party's own check of the sum.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bench.common import machine, parser_of, peak_mb, show, write_json
from trustspace.crypto.masks import MaskBook, MaskContext, MaskKey
from trustspace.crypto.signing import SigningKey
from trustspace.crypto.streams import add_streams, pair_key, self_key
from trustspace.domain.ids import OperationId, ParticipantId
from trustspace.domain.once import forget
from trustspace.encoding.fixed_point import from_ring, to_words, width_for
from trustspace.services.sum_aggregator import RoundDesk
from trustspace.services.sum_group import SumGroup
from trustspace.services.sum_party import SumParty
from trustspace.services.sum_round import SumShape, open_sum
from trustspace.testing.fakes import MemoryTrainingLedger

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.domain.sums import SignedMessage
    from trustspace.encoding.fixed_point import Int64s, Words

T = TypeVar("T")
RUNS = 9
LIMIT = 2**20  # quantised to 21 bits: the sum fits 32-bit words
WIDE_LIMIT = 2**40
CONTEXT = MaskContext(run=bytes(32), round=1, tensor="bench")
TARGETS = {"extra_ms_1e6_8": 50.0, "extra_ms_1e4_8": 3.0}


@dataclass(frozen=True, slots=True)
class Masked:
    """Parties with their keys of a round, agreed with each other; only streams and sums are timed."""

    keys: tuple[MaskKey, ...]
    seeds: tuple[bytes, ...]
    vectors: tuple[Int64s, ...]
    width: int

    @classmethod
    def of(cls, parties: int, cells: int, limit: int) -> Masked:
        """Random integers below `limit` in magnitude; the X25519 secrets of all pairs are ready."""
        keys = tuple(MaskKey.generate() for _ in range(parties))
        for key in keys:
            for peer in keys:
                if peer is not key:
                    key.shared_with(peer.public)
        rng = np.random.default_rng(1)
        vectors = tuple(rng.integers(-limit, limit, cells) for _ in range(parties))
        seeds = tuple(sha256(key.public).digest() for key in keys)
        return cls(keys, seeds, vectors, width_for(np.array([limit]), parties))

    def plain(self) -> Int64s:
        """Sum of the clear vectors."""
        total = np.zeros_like(self.vectors[0])
        for vector in self.vectors:
            total += vector
        return total

    def secure(self) -> Int64s:
        """Sum of the masked vectors with the own masks taken off."""
        total: Words = np.zeros(self.vectors[0].size, dtype=f"u{self.width}")
        for party in range(len(self.keys)):
            total += self._message(party)
        add_streams(total, [], [self_key(seed, CONTEXT, party + 1) for party, seed in enumerate(self.seeds)])
        return from_ring(total)

    def _message(self, party: int) -> Words:
        words = to_words(self.vectors[party], self.width)
        own, plus, minus = self.keys[party], [self_key(self.seeds[party], CONTEXT, party + 1)], []
        for peer, key in enumerate(self.keys):
            if peer != party:
                ends = sorted(((party + 1, own.public), (peer + 1, key.public)))
                (plus if party < peer else minus).append(pair_key(own.shared_with(key.public), CONTEXT, *ends))
        add_streams(words, plus, minus)
        return words


class Whole:
    """The whole protocol over an in-memory ledger."""

    def __init__(self, parties: int, cells: int) -> None:
        """Everybody joined; the first round is next."""
        accounts = [SigningKey(sha256(b"bench %d" % number).digest()) for number in range(parties)]
        ids = [ParticipantId(number + 2) for number in range(parties)]
        aggregator = SigningKey(sha256(b"bench aggregator").digest()).address
        ledger = MemoryTrainingLedger(
            {aggregator: ParticipantId(1)} | {a.address: i for a, i in zip(accounts, ids, strict=True)}
        )
        self.aggregator = ledger.as_aggregator(aggregator)
        addresses = tuple(account.address for account in accounts)
        run = self.aggregator.open_run(bytes(31) + b"p", addresses, parties // 2 + 1, OperationId(bytes(32)))
        keys = [MaskKey.generate() for _ in accounts]
        for account, key in zip(accounts, keys, strict=True):
            ledger.as_party(account).join(run, key.public)
        self.group = SumGroup.of(ledger, run)
        self.parties = {
            party: SumParty(ledger.as_party(account), self.group, key, MaskBook())
            for party, account, key in zip(ids, accounts, keys, strict=True)
        }
        rng = np.random.default_rng(1)
        self.vectors = {party: rng.integers(-LIMIT, LIMIT, cells) for party in ids}
        self.shape = SumShape(tensor="bench", cells=cells, width=width_for(np.array([LIMIT]), parties))

    def round(self, number: int, dropped: int = 0) -> tuple[dict[str, float], bool]:
        """Milliseconds of each phase, and whether the sum of the survivors is exact."""
        seconds: dict[str, float] = {}
        gone = set(list(self.parties)[:dropped])
        desk = RoundDesk(self.aggregator, self.group, number)
        with_clock = _Clock(seconds)
        with_clock("agree", lambda: self._agree(desk))
        staying = [party for party in self.parties if party not in gone]
        messages = with_clock(
            "commit", lambda: {p: self.parties[p].commit(number, self.shape, self.vectors[p]) for p in staying}
        )
        with_clock("collect", lambda: self._collect(desk, messages))
        with_clock("answer", lambda: self._answer(desk, staying))
        aggregate = with_clock("open", desk.open)
        desk.close(aggregate)
        with_clock("verify", lambda: [self._verify(p, desk, aggregate) for p in staying])
        return seconds, bool((open_sum(aggregate) == sum(self.vectors[party] for party in staying)).all())

    def _agree(self, desk: RoundDesk) -> None:
        for party, own in self.parties.items():
            desk.take_offer(party, own.offer(desk.round))
        desk.enrol()
        for party, own in self.parties.items():
            own.enrol(desk.round, desk.offers, desk.sealed_for(party))

    def _collect(self, desk: RoundDesk, messages: dict[ParticipantId, SignedMessage]) -> None:
        for party, message in messages.items():
            desk.take_contribution(party, message, self.shape)
        desk.fix()

    def _verify(self, party: ParticipantId, desk: RoundDesk, aggregate: bytes) -> None:
        forget()  # each as if alone
        self.parties[party].verify(desk.round, desk.answers, aggregate)

    def _answer(self, desk: RoundDesk, staying: list[ParticipantId]) -> None:
        for party in staying:
            desk.take_answer(party, self.parties[party].answer(desk.round, desk.contributions))


class _Clock:
    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds

    def __call__(self, name: str, act: Callable[[], T]) -> T:
        started = time.perf_counter()
        found = act()
        self._seconds[name] = 1000 * (time.perf_counter() - started)
        return found


def measure(*, small: bool = False) -> dict[str, object]:
    """All figures; `small` for tests."""
    runs, million, ten_thousand = (2, 10_000, 1_000) if small else (RUNS, 10**6, 10**4)
    parties, many, dropped = 8, (8 if small else 50), (3 if small else 16)
    report: dict[str, object] = {"machine": machine(), "parties": parties}
    for name, cells, limit in (
        ("1e6_8", million, LIMIT),
        ("1e4_8", ten_thousand, LIMIT),
        ("1e6_8_64bit", million, WIDE_LIMIT),
    ):
        plain, extra, wall, exact = _extra(Masked.of(parties, cells, limit), runs)
        report |= {f"plain_ms_{name}": plain, f"extra_ms_{name}": extra, f"wall_ms_{name}": wall}
        report[f"exact_{name}"] = exact
        if name == "1e6_8":
            report["ns_per_element"] = 1e6 * extra / (cells * parties)
    _, exact = Whole(many, 1000).round(1, dropped)
    report["drop_50_16_exact"] = exact
    phases, _ = Whole(parties, ten_thousand).round(1)
    report["round_ms_1e4_8"] = phases
    phases, _ = Whole(parties, million).round(1)
    report["round_ms_1e6_8"] = phases
    report["peak_mb"] = peak_mb()
    report["targets_ms"] = TARGETS
    report["missed"] = [name for name, target in TARGETS.items() if float(str(report[name])) > target]
    return report


def _extra(masked: Masked, runs: int) -> tuple[float, float, float, bool]:
    """Plain and extra milliseconds of processor time (one thread, so of one core), wall time of the secure sum."""
    plain, secure, wall = [], [], []
    exact = bool((masked.plain() == masked.secure()).all())
    for _ in range(runs):
        started = time.process_time()
        masked.plain()
        between, on_the_wall = time.process_time(), time.perf_counter()
        masked.secure()
        wall.append(1000 * (time.perf_counter() - on_the_wall))
        plain.append(1000 * (between - started))
        secure.append(1000 * (time.process_time() - between))
    return median(plain), median(secure) - median(plain), median(wall), exact


def main() -> int:
    """Measure, show, write; 1 when a sum is wrong or a target missed."""
    options = parser_of("securesum", __doc__ or "").parse_args()
    report = measure()
    figures = (
        "extra_ms_1e6_8",
        "extra_ms_1e4_8",
        "extra_ms_1e6_8_64bit",
        "plain_ms_1e6_8",
        "ns_per_element",
        "peak_mb",
    )
    rows = [(name, report[name], TARGETS.get(name)) for name in figures]
    show("Secure sum, 8 parties, all parties' work on one core", ("figure", "found", "target"), rows)
    for name in ("round_ms_1e4_8", "round_ms_1e6_8"):
        phases = report[name]
        assert isinstance(phases, dict)
        show(f"Whole round {name[9:]}, in-memory ledger", ("phase", "ms"), list(phases.items()))
    exact = "exact" if report["drop_50_16_exact"] else "WRONG"
    print(f"50 parties, 16 dropped: {exact}. {report['machine']}")
    write_json(options.json, report)
    return 0 if report["drop_50_16_exact"] and report["exact_1e6_8"] and not report["missed"] else 1


if __name__ == "__main__":
    sys.exit(main())
