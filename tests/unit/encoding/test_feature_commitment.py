import json
from pathlib import Path
from secrets import token_bytes

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
from trustspace.domain.statistics import CELLS
from trustspace.encoding.aggregation import aggregation_digest, feature_operation
from trustspace.encoding.feature_commitment import (
    BLINDING_BYTES,
    BLINDING_LIMBS,
    ELEMENT_BITS,
    ELEMENTS,
    blinding_of,
    commitment_point,
    feature_commitment,
    join_blinding,
    opens,
    pack_cells,
    split_blinding,
    unpack_cells,
)
from trustspace.encoding.grumpkin import IDENTITY, ORDER
from trustspace.encoding.hashing import keccak
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.errors import OutOfRange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "features.json").read_text(encoding="utf-8"))
VECTORS_OF_CELLS = st.tuples(*(st.integers(-cell.bound if cell.signed else 0, cell.bound) for cell in CELLS))
ZERO = (0,) * len(CELLS)
SUBJECT = SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
BLINDING = 12345678901234567890


def commit(cells: tuple[int, ...] = ZERO, blinding: int = BLINDING, **change: object) -> bytes:
    ids: dict[str, object] = {"subject": SUBJECT, "as_of": AsOfDay(18321), "source": ParticipantId(2), **change}
    return feature_commitment(commitment_point(cells, blinding), **ids)


@settings(max_examples=40, deadline=None)
@given(VECTORS_OF_CELLS)
def test_pack__any_cells__field_elements_that_unpack(cells: tuple[int, ...]) -> None:
    elements = pack_cells(cells)
    assert all(0 <= element < 1 << ELEMENT_BITS < FIELD_MODULUS for element in elements)
    assert unpack_cells(elements) == cells


def test_pack__extremes__unpack() -> None:
    for sign in (1, -1):
        cells = tuple(cell.bound * (sign if cell.signed else 1) for cell in CELLS)
        assert unpack_cells(pack_cells(cells)) == cells


@pytest.mark.parametrize("index", range(0, len(CELLS), 9))
def test_pack__cell_beyond_its_bound__named(index: int) -> None:
    cells = list(ZERO)
    cells[index] = CELLS[index].bound + 1
    with pytest.raises(OutOfRange, match=CELLS[index].name):
        pack_cells(cells)


@pytest.mark.parametrize("change", [lambda e: e[:-1], lambda e: [*e, 0], lambda e: [e[0] | 1 << 252, *e[1:]]])
def test_unpack__other_elements__refused(change: object) -> None:
    with pytest.raises(OutOfRange):
        unpack_cells(change(pack_cells(ZERO)))


@pytest.mark.parametrize("vector", VECTORS["commitments"])
def test_commitment__golden_vector__same(vector: dict[str, object]) -> None:
    cells = [0] * len(CELLS)
    for name, value in vector["cells"].items():
        cells[[cell.name for cell in CELLS].index(name)] = value
    point = commitment_point(cells, int(str(vector["blinding"]), 16))
    made = feature_commitment(point, subject=vector["subject"], as_of=vector["as_of"], source=vector["source"])
    assert [hex(element) for element in pack_cells(cells)] == vector["elements"]
    assert [hex(coordinate) for coordinate in point] == vector["point"]
    assert made.hex() == vector["commitment"]


@settings(max_examples=10, deadline=None)
@given(st.lists(VECTORS_OF_CELLS, min_size=1, max_size=4))
def test_points__of_several_sources__add_up_to_the_totals_commitment(parts: list[tuple[int, ...]]) -> None:
    blindings = [blinding_of(token_bytes(BLINDING_BYTES)) for _ in parts]
    points = [commitment_point(cells, blinding) for cells, blinding in zip(parts, blindings, strict=True)]
    total = [sum(column) for column in zip(*parts, strict=True)]
    limbs = [sum(column) for column in zip(*map(split_blinding, blindings), strict=True)]
    summed = join_blinding(limbs)
    assert unpack_cells(pack_cells(total, sources=len(parts)), sources=len(parts)) == tuple(total)
    assert opens(points, total, summed, sources=len(parts))
    assert not opens(points, total, (summed + 1) % ORDER, sources=len(parts))
    changed = [total[0] + (1 if total[0] < 0 else -1), *total[1:]]
    assert not opens(points, changed, summed, sources=len(parts))


def test_points__without_signed_offsets_of_every_source__do_not_open() -> None:
    points = [commitment_point(ZERO, BLINDING), commitment_point(ZERO, BLINDING)]
    assert opens(points, ZERO, 2 * BLINDING, sources=2)
    assert not opens(points, ZERO, 2 * BLINDING, sources=3)


@given(st.integers(0, ORDER - 1))
def test_blinding__split__joins(blinding: int) -> None:
    limbs = split_blinding(blinding)
    assert len(limbs) == BLINDING_LIMBS
    assert all(0 <= limb < 2**40 for limb in limbs)
    assert join_blinding(limbs) == blinding


def test_blinding__too_few_bytes__refused() -> None:
    with pytest.raises(OutOfRange, match="47 bytes"):
        blinding_of(bytes(47))


def test_elements__as_few_as_hold_all_cells() -> None:
    assert len(pack_cells(ZERO)) == ELEMENTS == 24


def test_commitment__anything_changed__differs() -> None:
    one_more = (1, *ZERO[1:])
    made = {
        commit(),
        commit(one_more),
        commit(blinding=BLINDING + 1),
        commit(subject=SubjectId("0x" + "11" * 20)),
        commit(as_of=AsOfDay(18322)),
        commit(source=ParticipantId(3)),
    }
    assert len(made) == 6
    assert all(0 < int.from_bytes(item, "big") < FIELD_MODULUS for item in made)


@pytest.mark.parametrize(
    "change",
    [
        {"blinding": ORDER},
        {"blinding": -1},
        {"as_of": 65536},
        {"source": -1},
        {"subject": "0x00"},
        {"cells": ZERO[1:]},
    ],
)
def test_commitment__what_does_not_fit__refused(change: dict[str, object]) -> None:
    with pytest.raises(OutOfRange):
        commit(**change)


@pytest.mark.parametrize("point", [IDENTITY, (1, 1), (1 + FIELD_MODULUS, 4)])
def test_commitment__point_off_the_curve__refused(point: tuple[int, int]) -> None:
    with pytest.raises(OutOfRange, match="curve"):
        feature_commitment(point, subject=SUBJECT, as_of=AsOfDay(18321), source=ParticipantId(2))


def digest(**change: object) -> bytes:
    fields: dict[str, object] = {
        "chain_id": 31337,
        "registry": "0x" + "11" * 20,
        "subject": SUBJECT,
        "as_of": 18321,
        "agreement": b"a" * 32,
        "operation": b"o" * 32,
        "receiver": 7,
        "commitments": {1: b"1" * 32, 2: b"2" * 32, 3: b"3" * 32},
        **change,
    }
    return aggregation_digest(**fields)


def operation(**change: object) -> bytes:
    fields: dict[str, object] = {
        "chain_id": 31337,
        "registry": "0x" + "11" * 20,
        "subject": SUBJECT,
        "as_of": 18321,
        "agreement": b"a" * 32,
        "receiver": 7,
        "commitments": {1: b"1" * 32, 2: b"2" * 32, 3: b"3" * 32},
        **change,
    }
    return feature_operation(**fields)


def test_feature_operation__same_as_the_abi_encoding() -> None:
    kind = (
        b"FeatureOperation(uint256 chainId,address registry,address subject,uint16 asOfDay,bytes32 agreement,"
        b"uint16 receiver,bytes32 commitments)"
    )
    listed = keccak(encode(["uint256", "bytes32"] * 3, [1, b"1" * 32, 2, b"2" * 32, 3, b"3" * 32]))
    types = ["bytes32", "uint256", "address", "address", "uint16", "bytes32", "uint16", "bytes32"]
    values = [keccak(kind), 31337, "0x" + "11" * 20, SUBJECT, 18321, b"a" * 32, 7, listed]
    assert operation() == keccak(encode(types, values))


def test_feature_operation__any_field_changed__differs() -> None:
    changes: list[dict[str, object]] = [
        {},
        {"chain_id": 1},
        {"registry": "0x" + "12" * 20},
        {"subject": "0x" + "13" * 20},
        {"as_of": 18322},
        {"agreement": b"b" * 32},
        {"receiver": 8},
        {"commitments": {1: b"1" * 32, 2: b"2" * 32, 3: b"4" * 32}},
        {"commitments": {1: b"1" * 32, 2: b"2" * 32, 3: b"3" * 32, 4: b"4" * 32}},
        {"commitments": {1: b"1" * 32, 2: b"2" * 32}},
    ]
    assert len({operation(**change) for change in changes}) == len(changes)
    assert operation(commitments={3: b"3" * 32, 1: b"1" * 32, 2: b"2" * 32}) == operation()


def test_aggregation_digest__any_field_changed__differs() -> None:
    changes: list[dict[str, object]] = [
        {},
        {"chain_id": 1},
        {"registry": "0x" + "12" * 20},
        {"subject": "0x" + "13" * 20},
        {"as_of": 18322},
        {"agreement": b"b" * 32},
        {"operation": b"p" * 32},
        {"receiver": 8},
        {"commitments": {1: b"1" * 32, 2: b"2" * 32, 3: b"4" * 32}},
        {"commitments": {1: b"1" * 32, 2: b"2" * 32, 4: b"3" * 32}},
        {"commitments": {1: b"1" * 32, 2: b"2" * 32}},
    ]
    assert len({digest(**change) for change in changes}) == len(changes)


def test_aggregation_digest__sources_in_another_order__same() -> None:
    assert digest(commitments={3: b"3" * 32, 1: b"1" * 32, 2: b"2" * 32}) == digest()


def test_aggregation_digest__short_commitment__names_the_source() -> None:
    with pytest.raises(OutOfRange) as caught:
        digest(commitments={1: b"1" * 31})
    assert "source 1" in caught.value.where
