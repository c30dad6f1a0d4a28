from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.setup_folder import Setup, write_setup
from trustspace.crypto.pairing import multiply_twist
from trustspace.crypto.powers_of_tau import dev_tau, powers_of
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.bn254 import encode_points, encode_twist_point, read_points
from trustspace.encoding.weierstrass import Point
from trustspace.errors import OutOfRange

POWERS = 5
MAKER = """
import sys
from pathlib import Path
from trustspace.adapters.proving.dev_setup import dev_setup
print(dev_setup(Path(sys.argv[1]), 5000).digest.hex())
"""


class CountingEngine:
    """Counts how often it had to work."""

    def __init__(self) -> None:
        self.calls = 0

    def powers(self, tau: int, count: int) -> list[Point]:
        self.calls += 1
        return powers_of(tau, 0, count)


@pytest.fixture
def engine() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def made(tmp_path: Path, engine: CountingEngine) -> Setup:
    return dev_setup(tmp_path, POWERS, engine=engine)


def test_dev_setup__made__powers_of_the_public_tau(made: Setup) -> None:
    assert read_points((made.folder / "bn254_g1.dat").read_bytes()) == powers_of(dev_tau(), 0, POWERS)
    assert made.tau == multiply_twist(dev_tau())
    assert made.mode is SetupMode.DEV
    # Keys depend on it: a change would need new artefacts. not-a-key
    assert made.digest.hex() == "359ce7b3e212a8e95ff758f58485ee81031ff3aaba7a63ef06e9205ab9a864e8"


def test_dev_setup__asked_again__not_made_again(made: Setup, engine: CountingEngine) -> None:
    assert dev_setup(made.folder.parent, POWERS, engine=engine) == made
    assert engine.calls == 1


@pytest.mark.parametrize("damage", ["truncate", "flip", "lose"])
@pytest.mark.parametrize("name", ["bn254_g1.dat", "bn254_g2.dat", "setup.json"])
def test_dev_setup__damaged__made_again(made: Setup, engine: CountingEngine, damage: str, name: str) -> None:
    path = made.folder / name
    content = path.read_bytes()
    path.unlink()
    if damage == "truncate":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert dev_setup(made.folder.parent, POWERS, engine=engine) == made
    assert (engine.calls, path.read_bytes()) == (2, content)


def test_dev_setup__anothers_set_up_in_its_place__made_again(tmp_path: Path, engine: CountingEngine) -> None:
    folder = tmp_path / f"setup-dev-{POWERS}"
    g2 = encode_twist_point(multiply_twist(3))
    write_setup(folder, SetupMode.DEV, encode_points(powers_of(3, 0, POWERS)), g2)
    assert dev_setup(tmp_path, POWERS, engine=engine).tau == multiply_twist(dev_tau())
    assert engine.calls == 1


def test_dev_setup__leftovers_of_a_killed_process__removed(tmp_path: Path, engine: CountingEngine) -> None:
    half = tmp_path / f".setup-dev-{POWERS}.killed"
    half.mkdir()
    (half / "bn254_g1.dat").write_bytes(b"half")
    dev_setup(tmp_path, POWERS, engine=engine)
    assert not half.exists()


def test_dev_setup__two_processes_at_once__one_set_up(tmp_path: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip()[:8] for process in both] == ["359ce7b3"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["setup-dev-5000", "setup-dev-5000.lock"]


@pytest.mark.parametrize("powers", [1, 0, -1, (1 << 20) + 2])
def test_dev_setup__absurd_size__refused(tmp_path: Path, powers: int) -> None:
    with pytest.raises(OutOfRange, match=f"set-up: {powers} powers"):
        dev_setup(tmp_path, powers)
