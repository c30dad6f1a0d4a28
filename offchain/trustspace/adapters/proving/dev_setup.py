"""The set-up for development: the same on every machine, its secret known to all, kept in the user's cache."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from trustspace.adapters.proving.point_engine import ProcessEngine
from trustspace.adapters.proving.setup_folder import LEAST_POWERS, Setup, read_setup, write_setup
from trustspace.adapters.store.files import locked
from trustspace.crypto.pairing import multiply_twist
from trustspace.crypto.powers_of_tau import PointEngine, dev_tau
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.bn254 import encode_points, encode_twist_point
from trustspace.errors import InvalidSetup, OutOfRange

if TYPE_CHECKING:
    from pathlib import Path

MOST_DEV_POWERS = (1 << 20) + 1


def dev_setup(cache: Path, powers: int, *, engine: PointEngine | None = None) -> Setup:
    """The set-up for development with this many powers of tau, from the cache when it is there and intact.

    Keys made under it are good for local chains only (`domain.proofs.require_local`). Processes that ask at the same
    time wait for the one that makes it; one that is killed leaves nothing that another would take. Raises OutOfRange.
    """
    if not LEAST_POWERS <= powers <= MOST_DEV_POWERS:
        raise OutOfRange(f"{powers} powers", where="set-up", remedy=f"ask for {LEAST_POWERS} to {MOST_DEV_POWERS}")
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = cache / f"setup-dev-{powers}"
    with locked(cache / f"{folder.name}.lock"):
        for leftover in cache.glob(f".{folder.name}.*"):
            shutil.rmtree(leftover)
        if (found := _intact(folder, powers)) is not None:
            return found
        shutil.rmtree(folder, ignore_errors=True)
        points = (engine or ProcessEngine()).powers(dev_tau(), powers)
        g2 = encode_twist_point(multiply_twist(dev_tau()))
        return write_setup(folder, SetupMode.DEV, encode_points(points), g2)


def _intact(folder: Path, powers: int) -> Setup | None:
    try:
        setup = read_setup(folder)
    except InvalidSetup:
        return None
    right = setup.mode is SetupMode.DEV and setup.powers == powers and setup.tau == multiply_twist(dev_tau())
    return setup if right else None
