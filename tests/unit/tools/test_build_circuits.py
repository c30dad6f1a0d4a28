"""What the build makes of Barretenberg's output. The build itself is compared in tests/integration/circuits."""

from __future__ import annotations

import pytest

from tools.build_circuits import BUILT_IN_G2, adapt_verifier

OTHER = (1, 2, 3, 4)
SOURCE = "first {} then {}\nthen {} and {} end".format(*BUILT_IN_G2)


def test_adapt_verifier__constants_once_and_in_order__replaced() -> None:
    one, two, three, four = (f"0x{number:064x}" for number in OTHER)
    assert adapt_verifier(SOURCE, OTHER) == f"first {one} then {two}\nthen {three} and {four} end"


def test_adapt_verifier__set_up_is_the_built_in_one__same() -> None:
    assert adapt_verifier(SOURCE, tuple(int(constant, 16) for constant in BUILT_IN_G2)) == SOURCE


@pytest.mark.parametrize("place", range(4))
def test_adapt_verifier__a_constant_missing_or_twice__refused(place: int) -> None:
    with pytest.raises(SystemExit, match="once"):
        adapt_verifier(SOURCE.replace(BUILT_IN_G2[place], "0x05"), OTHER)
    with pytest.raises(SystemExit, match="once"):
        adapt_verifier(SOURCE + BUILT_IN_G2[place], OTHER)


def test_adapt_verifier__constants_in_another_order__refused() -> None:
    one, two, three, four = BUILT_IN_G2
    with pytest.raises(SystemExit, match="another order"):
        adapt_verifier(f"{two} {one} {three} {four}", OTHER)
