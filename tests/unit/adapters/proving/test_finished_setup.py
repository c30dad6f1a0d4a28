"""The public files of Ignition are gigabytes: these tests play them with a few powers of a tau of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trustspace.adapters.proving.finished_setup import import_ignition
from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.crypto.pairing import multiply_twist, require_in_twist_group
from trustspace.crypto.powers_of_tau import powers_of
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.bn254 import BN254, IGNITION_TAU, encode_points, encode_twist_point
from trustspace.encoding.weierstrass import IDENTITY
from trustspace.errors import InvalidSetup

TAU = 31337
POINTS = powers_of(TAU, 0, 6)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "g1").write_bytes(encode_points(POINTS))
    (tmp_path / "g2").write_bytes(encode_twist_point(multiply_twist(TAU)))
    return tmp_path


def imported(files: Path, powers: int = 6, **change: Any) -> Any:
    options = {"engine": ProcessEngine(), "randomness": SystemRandomness(), "expected": multiply_twist(TAU)} | change
    return import_ignition(files / "out", files / "g1", files / "g2", powers=powers, **options)


def test_ignition_tau__of_generated_verifiers__in_the_group() -> None:
    require_in_twist_group(IGNITION_TAU)


@pytest.mark.parametrize("powers", [2, 5, 6])
def test_import__right_files__that_many_powers(files: Path, powers: int) -> None:
    setup = imported(files, powers)
    assert (setup.mode, setup.powers, setup.tau) == (SetupMode.IGNITION, powers, multiply_twist(TAU))
    assert (setup.folder / "bn254_g1.dat").read_bytes() == encode_points(POINTS[:powers])


def test_import__a_tau_of_ones_own__refused(files: Path) -> None:
    with pytest.raises(InvalidSetup, match="g2: is not of the Ignition ceremony"):
        imported(files, expected=IGNITION_TAU)


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        ([*POINTS[:3], IDENTITY, *POINTS[4:]], "point 3 is the identity"),
        ([*POINTS[:3], (3, 3), *POINTS[4:]], "point 3 is not on the curve"),
        (POINTS[1:] + POINTS[:1], "does not begin with the generator"),
        ([*POINTS[:5], POINTS[2]], "are not powers of the tau in G2"),
        (powers_of(TAU + 1, 0, 6), "are not powers of the tau in G2"),
        (POINTS[:5], "320 bytes, 384 are needed"),
    ],
)
def test_import__wrong_points__refused(files: Path, points: list[tuple[int, int]], fault: str) -> None:
    (files / "g1").write_bytes(encode_points(points))
    with pytest.raises(InvalidSetup, match=f"g1: .*{fault}"):
        imported(files)
    assert not (files / "out").exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "0 bytes, 128 are needed"),
        (encode_twist_point(multiply_twist(TAU)) + b"\0", "129 bytes, 128 are needed"),
        (bytes(128), "is the identity"),
        (b"\xff" * 128, "not reduced"),
        ((1).to_bytes(32, "big") * 4, "not on the twist"),
    ],
)
def test_import__wrong_point_of_g2__refused(files: Path, content: bytes, fault: str) -> None:
    (files / "g2").write_bytes(content)
    with pytest.raises(InvalidSetup, match=f"g2: .*{fault}"):
        imported(files)


def test_import__too_few_powers_asked_for__refused(files: Path) -> None:
    with pytest.raises(InvalidSetup, match="1 powers"):
        imported(files, 1)


def test_import__generator_of_g1__as_barretenberg_writes_it() -> None:
    assert encode_points([BN254.generator]) == (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
