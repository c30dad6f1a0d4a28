"""The wrapper that .tools/bin links to."""

import os
import subprocess
from pathlib import Path

import pytest

SHIM = Path(__file__).resolve().parents[3] / "tools" / "shim"


@pytest.mark.parametrize("name", ["anvil", "forge", "bb"])
def test_shim__variable_names_the_shim__is_refused(tmp_path: Path, name: str) -> None:
    """It would start itself for ever."""
    link = tmp_path / name
    link.symlink_to(SHIM)
    variable = f"TRUSTSPACE_{name.upper()}"
    done = subprocess.run(
        [link, "--version"],
        env={**os.environ, variable: str(link)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 127
    assert done.stderr == f"{variable}={link} starts what {variable} names: itself; unset it\n"
