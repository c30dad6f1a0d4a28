import json
from pathlib import Path

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
from trustspace.domain.statistics import CELLS
from trustspace.encoding.aggregation import aggregation_digest, feature_operation
from trustspace.encoding.feature_commitment import ELEMENT_BITS, feature_commitment, pack_cells, unpack_cells
from trustspace.encoding.hashing import keccak
from trustspace.encoding.poseidon2 import FIELD_MODULUS, poseidon2_hash
from trustspace.errors import OutOfRange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "features.json").read_text(encoding="utf-8"))
VECTORS_OF_CELLS = st.tuples(*(st.integers(-cell.bound if cell.signed else 0, cell.bound) for cell in CELLS))
ZERO = (0,) * len(CELLS)
SUBJECT = SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
SALT = bytes(range(31))


def commit(cells: tuple[int, ...] = ZERO, salt: bytes = SALT, **change: object) -> bytes:
    ids: dict[str, object] = {"subject": SUBJECT, "as_of": AsOfDay(18321), "source": ParticipantId(2), **change}
    return feature_commitment(cells, salt, **ids)


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
    made = feature_commitment(
        cells,
        bytes.fromhex(str(vector["salt"])),
        subject=vector["subject"],
        as_of=vector["as_of"],
        source=vector["source"],
    )
    assert made.hex() == vector["commitment"]
    assert poseidon2_hash([int(element, 16) for element in vector["elements"]]) == int(str(vector["commitment"]), 16)


def test_commitment__anything_changed__differs() -> None:
    one_more = (1, *ZERO[1:])
    made = {
        commit(),
        commit(one_more),
        commit(salt=bytes(31)),
        commit(subject=SubjectId("0x" + "11" * 20)),
        commit(as_of=AsOfDay(18322)),
        commit(source=ParticipantId(3)),
    }
    assert len(made) == 6
    assert all(0 < int.from_bytes(item, "big") < FIELD_MODULUS for item in made)


@pytest.mark.parametrize(
    "change",
    [{"salt": bytes(32)}, {"as_of": 65536}, {"source": -1}, {"subject": "0x00"}, {"cells": ZERO[1:]}],
)
def test_commitment__what_does_not_fit__refused(change: dict[str, object]) -> None:
    with pytest.raises(OutOfRange):
        commit(**change)


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
