"""What the build makes of Barretenberg's output. The build itself is compared in tests/integration/circuits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.build_circuits import BUILT_IN_G2, Setup, adapt_verifier

OTHER = ("0x01", "0x02", "0x03", "0x04")
SOURCE = "first {} then {}\nthen {} and {} end".format(*BUILT_IN_G2)


def test_adapt_verifier__constants_once_and_in_order__replaced() -> None:
    assert adapt_verifier(SOURCE, OTHER) == "first 0x01 then 0x02\nthen 0x03 and 0x04 end"


def test_adapt_verifier__set_up_is_the_built_in_one__same() -> None:
    assert adapt_verifier(SOURCE, BUILT_IN_G2) == SOURCE


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bn254_g1.dat").write_bytes(bytes(64 * 9))
    (tmp_path / "bn254_g2.dat").write_bytes(b"".join(value.to_bytes(32, "big") for value in (1, 2, 3, 4)))
    (tmp_path / "setup.json").write_text(json.dumps({"mode": "dev", "powers": 9, "transcript": "ab"}))
    return tmp_path


def test_setup__g2__imaginary_parts_first(folder: Path) -> None:
    assert [int(value, 16) for value in Setup.read(folder).g2()] == [2, 1, 4, 3]


def test_setup__files_cut_short__refused(folder: Path) -> None:
    setup = Setup.read(folder)
    (folder / "bn254_g2.dat").write_bytes(bytes(127))
    with pytest.raises(SystemExit, match="127 bytes, not 128"):
        setup.g2()
    (folder / "bn254_g1.dat").write_bytes(bytes(64 * 8))
    with pytest.raises(SystemExit, match=r"8 powers, but setup\.json says 9"):
        Setup.read(folder)
