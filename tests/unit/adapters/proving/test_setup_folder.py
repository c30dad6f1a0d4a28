from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from trustspace.adapters.proving.setup_folder import Setup, read_setup, write_setup
from trustspace.crypto.powers_of_tau import powers_of
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.bn254 import TWIST_GENERATOR, encode_points, encode_twist_point
from trustspace.errors import InvalidSetup

G1 = encode_points(powers_of(7, 0, 4))
G2 = encode_twist_point(TWIST_GENERATOR)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return write_setup(tmp_path / "setup", SetupMode.IGNITION, G1, G2)


def test_write_setup__then_read__the_same_and_private(setup: Setup) -> None:
    assert read_setup(setup.folder) == setup
    assert (setup.mode, setup.powers, setup.tau) == (SetupMode.IGNITION, 4, TWIST_GENERATOR)
    assert setup.digest == sha256(G2).digest()
    x0, x1, y0, y1 = TWIST_GENERATOR
    assert setup.verifier_constants == (x1, x0, y1, y0)
    assert setup.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in setup.folder.iterdir()} == {0o600}
    assert sorted(path.name for path in setup.folder.parent.iterdir()) == ["setup"]


def test_write_setup__of_a_ceremony__named_by_its_transcript(tmp_path: Path) -> None:
    setup = write_setup(tmp_path / "setup", SetupMode.CONSORTIUM, G1, G2, digest=b"t" * 32)
    assert read_setup(setup.folder).digest == b"t" * 32


def test_write_setup__where_one_is__refused_and_left_alone(setup: Setup) -> None:
    with pytest.raises(InvalidSetup, match="is there already"):
        write_setup(setup.folder, SetupMode.DEV, G1, G2)
    assert read_setup(setup.folder) == setup
    assert sorted(path.name for path in setup.folder.parent.iterdir()) == ["setup"]


def test_require_powers__too_few__refused(setup: Setup) -> None:
    setup.require_powers(4)
    with pytest.raises(InvalidSetup, match="has 4 powers, and 5 are needed"):
        setup.require_powers(5)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("bn254_g1.dat", "another SHA-256"),
        ("bn254_g2.dat", "another SHA-256"),
        ("setup.json", r"setup.json: |another SHA-256|has 256 bytes"),
    ],
)
def test_read_setup__any_byte_changed__found(setup: Setup, name: str, fault: str) -> None:
    content = (setup.folder / name).read_bytes()
    for at in range(0, len(content), 7 if name == "bn254_g1.dat" else 1):
        if name == "setup.json" and not content[at : at + 1].isalnum():
            continue  # white space may change
        changed = bytearray(content)
        changed[at] ^= 1
        (setup.folder / name).write_bytes(changed)
        with pytest.raises(InvalidSetup, match=fault):
            read_setup(setup.folder)


@pytest.mark.parametrize("name", ["bn254_g1.dat", "bn254_g2.dat"])
def test_read_setup__cut_off_or_missing__found(setup: Setup, name: str) -> None:
    path = setup.folder / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InvalidSetup, match=f"{name}: has .* bytes, not"):
        read_setup(setup.folder)
    path.unlink()
    with pytest.raises(InvalidSetup, match=f"{name}: cannot be read"):
        read_setup(setup.folder)


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "trusted"},
        {"mode": None},
        {"powers": "4"},
        {"powers": True},
        {"powers": 1},
        {"powers": 1 << 40},
        {"digest": "00"},
        {"digest": "zz"},
        {"digest": 3},
        {"sha256": []},
        {"sha256": {}},
        {"format": "trustspace set-up 2"},
    ],
)
def test_read_setup__facts_in_another_form__refused(setup: Setup, change: dict[str, Any]) -> None:
    path = setup.folder / "setup.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InvalidSetup, match=r"setup.json: "):
        read_setup(setup.folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_read_setup__no_facts__refused(setup: Setup, content: bytes) -> None:
    (setup.folder / "setup.json").write_bytes(content)
    with pytest.raises(InvalidSetup, match=r"setup.json: is "):
        read_setup(setup.folder)


def test_read_setup__does_not_begin_with_the_generator__refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetup, match="does not begin with the generator"):
        write_setup(tmp_path / "setup", SetupMode.IGNITION, G1[64:], G2)
    assert not list(tmp_path.iterdir())
