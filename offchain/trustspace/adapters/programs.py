"""Where external programs are: named by the user, installed by the checkout, or on the PATH."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from trustspace.errors import ToolMissing

CHECKOUT = Path(__file__).resolve().parents[3]


def find_program(name: str, *, title: str, remedy: str, otherwise: Path | None = None) -> Path:
    """TRUSTSPACE_<NAME>, else the checkout's .tools/bin, else the PATH, else `otherwise`. Raises ToolMissing."""
    variable = f"TRUSTSPACE_{name.upper()}"
    installed = CHECKOUT / ".tools" / "bin" / name
    named = os.environ.get(variable)
    if named:
        path = Path(named)
        if not os.access(path, os.X_OK):
            raise ToolMissing(f"{variable}={named} is not a program", remedy=f"point it to an executable of {title}")
        if path.resolve() == installed.resolve() and path.resolve().name == "shim":
            raise ToolMissing(
                f"{variable}={named} starts what {variable} names: itself",
                remedy=f"unset it, or point it to an executable of {title} of your own",
            )
        return path
    if os.access(installed, os.X_OK):
        return installed
    found = shutil.which(name) or (otherwise and shutil.which(otherwise))
    if not found:
        raise ToolMissing(
            f"no {title} on the PATH",
            remedy=f"in a checkout: ./run setup; elsewhere {remedy}, or point {variable} to it",
        )
    return Path(found)
