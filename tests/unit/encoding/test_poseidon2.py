import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.encoding.poseidon2 import FIELD_MODULUS, permute, poseidon2_hash
from trustspace.errors import OutOfRange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "poseidon2.json").read_text(encoding="utf-8"))
ELEMENTS = st.integers(0, FIELD_MODULUS - 1)

# not-a-key: whole file
# Published round constants (Barretenberg, poseidon2_params.hpp): first full round, first partial one.
FIRST_FULL = 0x19B849F69450B06848DA1D39BD5E4A4302BB86744EDC26238B0878E269ED23E5
FIRST_PARTIAL = 0x0C6F8F958BE0E93053D7FD4FC54512855535ED1539F051DCB43A26FD926361CF


@pytest.mark.parametrize("vector", VECTORS["permutation"])
def test_permute__published_vector__same_state(vector: dict[str, list[str]]) -> None:
    a, b, c, d = (int(cell, 16) for cell in vector["in"])
    assert permute((a, b, c, d)) == tuple(int(cell, 16) for cell in vector["out"])


@pytest.mark.parametrize("vector", VECTORS["hash"])
def test_hash__published_vector__same_digest(vector: dict[str, object]) -> None:
    assert poseidon2_hash([int(element, 16) for element in vector["in"]]) == int(str(vector["out"]), 16)


def test_hash__barretenberg_four_equal_inputs__same_digest() -> None:
    element = 0x9A807B615C4D3E2FA0B1C2D3E4F56789FEDCBA9876543210ABCDEF0123456789 % FIELD_MODULUS
    expected = 0x2F43A0F83B51A6F5FC839DEA0ECEC74947637802A579FA9841930A25A0BCEC11
    assert poseidon2_hash([element] * 4) == expected


def test_round_constants__from_the_lfsr__are_the_published_ones() -> None:
    from trustspace.encoding.poseidon2 import _round_constants

    begin, middle, end = _round_constants()
    assert (begin[0][0], middle[0]) == (FIRST_FULL, FIRST_PARTIAL)
    assert (len(begin), len(middle), len(end)) == (4, 56, 4)


@settings(max_examples=30, deadline=None)
@given(st.tuples(ELEMENTS, ELEMENTS, ELEMENTS, ELEMENTS))
def test_permute__any_state__equals_the_plain_matrices(state: tuple[int, int, int, int]) -> None:
    assert permute(state) == plain_permute(state)


@settings(max_examples=50, deadline=None)
@given(st.lists(ELEMENTS, min_size=1, max_size=7))
def test_hash__appended_zero__changes_the_digest(elements: list[int]) -> None:
    assert poseidon2_hash([*elements, 0]) != poseidon2_hash(elements)


@pytest.mark.parametrize("elements", [[], [FIELD_MODULUS], [-1], [1, 2, FIELD_MODULUS + 5]])
def test_hash__no_field_elements__refused(elements: list[int]) -> None:
    with pytest.raises(OutOfRange):
        poseidon2_hash(elements)


def plain_permute(state: tuple[int, ...]) -> tuple[int, ...]:
    """Reference: rounds written with full matrices, reduced at each step."""
    from trustspace.encoding.poseidon2 import _DIAGONAL, _round_constants

    p = FIELD_MODULUS
    external = [[5, 7, 1, 3], [4, 6, 1, 1], [1, 3, 5, 7], [1, 1, 4, 6]]
    internal = [[1 + (diagonal if i == j else 0) for j in range(4)] for i, diagonal in enumerate(_DIAGONAL)]

    def times(matrix: list[list[int]], vector: list[int]) -> list[int]:
        return [sum(m * v for m, v in zip(row, vector, strict=True)) % p for row in matrix]

    begin, middle, end = _round_constants()
    cells = times(external, list(state))
    for row in begin:
        cells = times(external, [pow(cell + k, 5, p) for cell, k in zip(cells, row, strict=True)])
    for constant in middle:
        cells[0] = pow(cells[0] + constant, 5, p)
        cells = times(internal, cells)
    for row in end:
        cells = times(external, [pow(cell + k, 5, p) for cell, k in zip(cells, row, strict=True)])
    return tuple(cells)
