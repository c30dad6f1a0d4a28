from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.crypto.masks import MaskBook, MaskKey, receiver_stream
from trustspace.domain.features import derive
from trustspace.domain.ids import AgreementId, AsOfDay, OperationId, ParticipantId, SubjectId
from trustspace.domain.invoices import Direction, Invoice, Record
from trustspace.domain.partition import records_by_source
from trustspace.domain.statistics import CELLS, statistics
from trustspace.encoding.feature_commitment import commitment_point, feature_commitment, opens
from trustspace.errors import (
    CommitmentMismatch,
    MaskReuse,
    MissingParty,
    OutOfRange,
    RoundOutOfOrder,
    SourcesChanged,
    TooFewParties,
)
from trustspace.services.deliveries import DeliveryBook
from trustspace.services.features import (
    WORDS,
    Aggregation,
    BankReceiver,
    MaskedStatistics,
    SourceFeatures,
    SourceWorker,
    aggregate,
)

AS_OF = AsOfDay((date(2020, 2, 29) - date(1970, 1, 1)).days)
FIRM = SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
BANK = ParticipantId(9)


class SeededRandomness:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


def firm_records(seed: int = 1, count: int = 60) -> list[Record]:
    random = Random(seed)
    records = []
    for number in range(count):
        net = random.randrange(-20_000, 2_000_000)
        day = date(2018, 3, 1 + number % 28).replace(year=2018 + number % 2, month=1 + number % 12)
        party = f"C{random.randrange(25)}"
        records.append(Record(Direction.SALE, Invoice("S", party, str(number), day, net, 0, net)))
    return records


def part_of(source: ParticipantId, cells: tuple[int, ...]) -> SourceFeatures:
    point = commitment_point(cells, 1000 + source)
    return SourceFeatures(
        source=source,
        subject=FIRM,
        as_of=AS_OF,
        cells=cells,
        blinding=1000 + source,
        point=point,
        commitment=feature_commitment(point, subject=FIRM, as_of=AS_OF, source=source),
    )


class Space:
    """Three sources and a bank around one firm."""

    def __init__(self, sources: int = 3, seed: int = 1) -> None:
        self.records = firm_records(seed)
        self.keys = {ParticipantId(i): MaskKey(bytes([i]) * 32) for i in (*range(1, sources + 1), BANK)}
        self.workers = {i: SourceWorker(i, key, SeededRandomness(i)) for i, key in self.keys.items() if i != BANK}
        parts = records_by_source(self.records, sources)
        self.features = {i: self.workers[i].prepare(FIRM, AS_OF, parts[i - 1]) for i in self.workers}
        self.bank = BankReceiver(BANK, self.keys[BANK])

    def aggregation(self, **change: object) -> Aggregation:
        fields: dict[str, object] = {
            "chain_id": 31337,
            "registry": "0x" + "11" * 20,
            "subject": FIRM,
            "as_of": AS_OF,
            "agreement": AgreementId(b"a" * 32),
            "operation": OperationId(b"o" * 32),
            "receiver": BANK,
            "commitments": {i: features.commitment for i, features in self.features.items()},
            "mask_keys": {i: key.public for i, key in self.keys.items()},
            **change,
        }
        return Aggregation(**fields)

    def parts(self, aggregation: Aggregation) -> list[MaskedStatistics]:
        return [worker.contribute(aggregation, self.features[i]) for i, worker in self.workers.items()]


@pytest.fixture
def space() -> Space:
    return Space()


@pytest.mark.parametrize("sources", [3, 4, 7])
def test_open__all_parts__total_is_the_sum_and_features_those_of_all_records(sources: int) -> None:
    space = Space(sources)
    aggregation = space.aggregation()
    parts = space.parts(aggregation)
    opened = space.bank.open(aggregation, aggregate(aggregation, reversed(parts)))
    expected = [sum(cells) for cells in zip(*(f.cells for f in space.features.values()), strict=True)]
    assert list(opened.statistics) == expected
    assert opened.features == derive(statistics(space.records, AS_OF))
    assert (opened.subject, opened.as_of) == (FIRM, AS_OF)


def test_contribute__one_part__shows_nothing_of_the_vector_even_to_the_bank(space: Space) -> None:
    aggregation = space.aggregation()
    part = space.parts(aggregation)[0]
    plain = np.array(space.features[ParticipantId(1)].cells, dtype=np.int64).astype(np.uint64)
    assert not np.any(part.words[: len(CELLS)] == plain)
    # Masked zeros must look as random as anything else: high and low bits are balanced.
    bits = np.unpackbits(part.words.view(np.uint8))
    assert 0.45 < bits.mean() < 0.55
    # The bank takes its own mask off a single part: the pairwise masks are still on.
    receiver = receiver_stream(
        space.keys[BANK],
        space.keys[ParticipantId(1)].public,
        aggregation.context,
        WORDS,
        source_id=1,
        receiver_id=BANK,
        own_id=BANK,
    )
    assert not np.any((part.words - receiver)[: len(CELLS)] == plain)


def test_contribute__all_parts__without_the_banks_masks_stay_closed(space: Space) -> None:
    aggregation = space.aggregation()
    total = aggregate(aggregation, space.parts(aggregation))
    plain = np.sum([f.cells for f in space.features.values()], axis=0, dtype=np.int64).astype(np.uint64)
    assert not np.any(total.words[: len(CELLS)] == plain)


def test_aggregate__total__cannot_be_opened_by_another_bank(space: Space) -> None:
    aggregation = space.aggregation()
    total = aggregate(aggregation, space.parts(aggregation))
    with pytest.raises(RoundOutOfOrder):
        BankReceiver(ParticipantId(8), space.keys[BANK]).open(aggregation, total)
    with pytest.raises(CommitmentMismatch):
        BankReceiver(BANK, MaskKey(b"x" * 32)).open(aggregation, total)


def test_contribute__again__same_words_and_another_operation__others(space: Space) -> None:
    first, again = space.parts(space.aggregation()), space.parts(space.aggregation())
    other = space.parts(space.aggregation(operation=OperationId(b"p" * 32)))
    for one, two, three in zip(first, again, other, strict=True):
        assert np.array_equal(one.words, two.words)
        assert np.mean(one.words == three.words) < 0.05


def test_contribute__same_context_with_another_vector__mask_reuse(space: Space) -> None:
    aggregation = space.aggregation()
    worker, features = space.workers[ParticipantId(1)], space.features[ParticipantId(1)]
    worker.contribute(aggregation, features)
    forged = replace(features, cells=(features.cells[0] + 1, *features.cells[1:]))
    with pytest.raises(MaskReuse) as caught:
        worker.contribute(aggregation, forged)
    assert "party 1" in caught.value.where


def test_contribute__restarted_with_its_book__still_refuses_another_vector(space: Space) -> None:
    aggregation, one = space.aggregation(), ParticipantId(1)
    book, features = MaskBook(), space.features[one]
    SourceWorker(one, space.keys[one], SeededRandomness(0), book=book).contribute(aggregation, features)
    restarted = SourceWorker(one, space.keys[one], SeededRandomness(0), book=book)
    restarted.contribute(aggregation, features)
    with pytest.raises(MaskReuse):
        restarted.contribute(aggregation, replace(features, cells=(7, *features.cells[1:])))


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"receiver": ParticipantId(8)},
        {"operation": OperationId(b"p" * 32)},
        {"agreement": AgreementId(b"b" * 32)},
        {"registry": "0x" + "22" * 20},
    ],
)
def test_contribute__another_set_of_sources__refused_whoever_asks(other: dict[str, object]) -> None:
    space, one = Space(4), ParticipantId(1)
    keys = {i: key.public for i, key in space.keys.items()} | {ParticipantId(8): MaskKey(b"8" * 32).public}
    every = space.aggregation().commitments
    fewer = {i: every[i] for i in (1, 2, 3)}
    worker, features = space.workers[one], space.features[one]
    worker.contribute(space.aggregation(mask_keys=keys, commitments=fewer), features)
    for changed in (every, {i: every[i] for i in (1, 2, 4)}, fewer | {ParticipantId(3): b"\x03" * 32}):
        with pytest.raises(SourcesChanged, match=r"party 1.*delivered before"):
            worker.contribute(space.aggregation(mask_keys=keys, commitments=changed, **other), features)
    worker.contribute(space.aggregation(mask_keys=keys, commitments=fewer, **other), features)


def test_contribute__restarted_with_its_deliveries__still_refuses_another_set() -> None:
    space, one, kept = Space(4), ParticipantId(1), dict[bytes, bytes]()
    every = space.aggregation().commitments
    fewer = {i: every[i] for i in (1, 2, 3)}
    for commitments, refused in ((fewer, False), (fewer, False), (every, True)):
        worker = SourceWorker(one, space.keys[one], SeededRandomness(0), deliveries=DeliveryBook(kept))
        aggregation = space.aggregation(commitments=commitments)
        if refused:
            with pytest.raises(SourcesChanged):
                worker.contribute(aggregation, space.features[one])
        else:
            worker.contribute(aggregation, space.features[one])
    assert len(kept) == 1


def test_contribute__another_day_with_other_sources__delivered() -> None:
    space, one = Space(4), ParticipantId(1)
    every = space.aggregation().commitments
    space.workers[one].contribute(space.aggregation(commitments={i: every[i] for i in (1, 2, 3)}), space.features[one])
    later = AsOfDay(AS_OF + 1)
    features = space.workers[one].prepare(FIRM, later, [])
    aggregation = space.aggregation(as_of=later, commitments=every | {one: features.commitment})
    assert space.workers[one].contribute(aggregation, features).digest == aggregation.digest


@pytest.mark.parametrize(
    "forge",
    [
        lambda f: replace(f, commitment=b"\x01" * 32),
        lambda f: replace(f, subject=SubjectId("0x" + "22" * 20)),
        lambda f: replace(f, as_of=AsOfDay(AS_OF - 1)),
        lambda f: replace(f, source=ParticipantId(2)),
    ],
)
def test_contribute__features_that_are_not_those_on_chain__refused(space: Space, forge: object) -> None:
    one = ParticipantId(1)
    with pytest.raises(CommitmentMismatch) as caught:
        space.workers[one].contribute(space.aggregation(), forge(space.features[one]))
    assert "source 1" in caught.value.where


def test_contribute__swapped_own_mask_key__refused(space: Space) -> None:
    keys = {i: key.public for i, key in space.keys.items()} | {ParticipantId(1): MaskKey(b"z" * 32).public}
    with pytest.raises(CommitmentMismatch, match="mask key"):
        space.parts(space.aggregation(mask_keys=keys))


def test_open__aggregator_swapped_the_banks_key_for_its_own__bank_notices(space: Space) -> None:
    keys = {i: key.public for i, key in space.keys.items()} | {BANK: MaskKey(b"z" * 32).public}
    lied_to = space.aggregation(mask_keys=keys)
    total = aggregate(lied_to, space.parts(lied_to))
    with pytest.raises(CommitmentMismatch):
        space.bank.open(space.aggregation(), total)


def test_aggregate__source_missing__named(space: Space) -> None:
    aggregation = space.aggregation()
    with pytest.raises(MissingParty) as caught:
        aggregate(aggregation, space.parts(aggregation)[:1])
    assert caught.value.where == "source 2, source 3"


def test_aggregate__repeated_foreign_or_short_part__named(space: Space) -> None:
    aggregation = space.aggregation()
    one, two, three = space.parts(aggregation)
    elsewhere = space.parts(space.aggregation(agreement=AgreementId(b"b" * 32)))
    outsider = replace(three, source=ParticipantId(5))
    for parts in (
        [one, one, two, three],
        [elsewhere[0], two, three],
        [one, two, outsider],
        [one, two, replace(three, words=three.words[:-1])],
    ):
        with pytest.raises(RoundOutOfOrder) as caught:
            aggregate(aggregation, parts)
        assert caught.value.where.startswith("source")


def test_open__altered_or_foreign_total__refused(space: Space) -> None:
    aggregation = space.aggregation()
    total = aggregate(aggregation, space.parts(aggregation))
    altered = total.words.copy()
    altered[3] ^= np.uint64(2**62)
    with pytest.raises(CommitmentMismatch):
        space.bank.open(aggregation, replace(total, words=altered))
    with pytest.raises(RoundOutOfOrder):
        space.bank.open(space.aggregation(operation=OperationId(b"q" * 32)), total)


def test_aggregation__too_few_keyless_or_receiving_sources__refused(space: Space) -> None:
    commitments = space.aggregation().commitments
    with pytest.raises(TooFewParties):
        space.aggregation(commitments={i: commitments[i] for i in (1, 2)})
    keys = {i: key.public for i, key in space.keys.items() if i != 2}
    with pytest.raises(MissingParty, match="mask key") as caught:
        space.aggregation(mask_keys=keys)
    assert caught.value.where == "party 2"
    with pytest.raises(OutOfRange):
        space.aggregation(receiver=ParticipantId(1))


def test_prepare__same_records__fresh_blinding_and_commitment(space: Space) -> None:
    worker = space.workers[ParticipantId(1)]
    one, two = (worker.prepare(FIRM, AS_OF, space.records) for _ in range(2))
    assert one.cells == two.cells
    assert one.commitment != two.commitment


def test_repr__private_parts__not_shown(space: Space) -> None:
    features = space.features[ParticipantId(1)]
    shown = repr(features) + repr(space.workers[ParticipantId(1)])
    assert str(max(features.cells)) not in shown
    assert "cells" not in shown
    assert str(features.blinding) not in shown


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_open__any_vectors__total_is_exact(data: st.DataObject) -> None:
    space = Space()
    vectors: Mapping[ParticipantId, tuple[int, ...]] = {
        i: data.draw(st.tuples(*(st.integers(-c.bound if c.signed else 0, c.bound) for c in CELLS)))
        for i in space.workers
    }
    space.features = {i: part_of(i, vectors[i]) for i in space.workers}
    aggregation = space.aggregation()
    opened = space.bank.open(aggregation, aggregate(aggregation, space.parts(aggregation)))
    assert list(opened.statistics) == [sum(cells) for cells in zip(*vectors.values(), strict=True)]


def test_open__source_sent_other_data_than_it_committed_to__refused(space: Space) -> None:
    aggregation = space.aggregation()
    honest = space.features[ParticipantId(2)]
    space.features[ParticipantId(2)] = replace(honest, cells=(honest.cells[0] + 1, *honest.cells[1:]))
    total = aggregate(aggregation, space.parts(aggregation))
    with pytest.raises(CommitmentMismatch, match="not the sum"):
        space.bank.open(aggregation, total)


def test_aggregate__point_of_another_commitment__names_the_source(space: Space) -> None:
    aggregation = space.aggregation()
    parts = space.parts(aggregation)
    swapped = [replace(parts[0], point=parts[1].point), *parts[1:]]
    with pytest.raises(CommitmentMismatch) as caught:
        aggregate(aggregation, swapped)
    assert caught.value.where == "source 1"


def test_open__aggregator_swapped_or_lost_points__refused(space: Space) -> None:
    aggregation = space.aggregation()
    total = aggregate(aggregation, space.parts(aggregation))
    one, two, three = total.points
    points = dict(total.points)
    points[one], points[two] = points[two], points[one]
    with pytest.raises(CommitmentMismatch):
        space.bank.open(aggregation, replace(total, points=points))
    del points[three]
    with pytest.raises(RoundOutOfOrder):
        space.bank.open(aggregation, replace(total, points=points))


def test_open__total__opens_against_the_points_of_all_sources(space: Space) -> None:
    aggregation = space.aggregation()
    opened = space.bank.open(aggregation, aggregate(aggregation, space.parts(aggregation)))
    assert opened.points == {i: features.point for i, features in space.features.items()}
    assert opens(opened.points.values(), opened.statistics, opened.blinding, sources=3)
    assert str(opened.blinding) not in repr(opened)
