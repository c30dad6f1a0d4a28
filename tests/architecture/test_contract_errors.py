"""Every refusal that an interface declares is provoked by name in some test of the contracts."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ERROR = re.compile(r"^    error (\w+)\(", re.MULTILINE)


def declared() -> list[str]:
    interfaces = (ROOT / "contracts" / "interfaces").glob("*.sol")
    return sorted({name for file in interfaces for name in ERROR.findall(file.read_text(encoding="utf-8"))})


def provocations() -> str:
    brownie = (ROOT / "tests" / "contracts").rglob("test_*.py")
    forge = (ROOT / "tests" / "forge").rglob("*.t.sol")
    return "\n".join(file.read_text(encoding="utf-8") for file in (*brownie, *forge))


def test_interfaces__errors__are_found():
    assert len(declared()) > 80


@pytest.mark.parametrize("name", declared())
def test_error__of_an_interface__is_provoked(name):
    assert re.search(rf'"{name}"|\.{name}\.selector', provocations()), f"no test provokes {name}"


@pytest.mark.parametrize("name", declared())
def test_error__of_an_interface__is_raised(name):
    sources = (file for file in (ROOT / "contracts").rglob("*.sol") if "interfaces" not in file.parts)
    assert any(f"{name}(" in file.read_text(encoding="utf-8") for file in sources), f"nothing raises {name}"
