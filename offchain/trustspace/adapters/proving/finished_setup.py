"""Set-ups that come from outside: the outcome of a ceremony, and the public files of Aztec's Ignition ceremony."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.adapters.proving.setup_folder import LEAST_POWERS, Setup, read_setup, write_setup
from trustspace.crypto.pairing import pairings_cancel, require_in_twist_group
from trustspace.crypto.powers_of_tau import PointEngine, same_ratio
from trustspace.domain.proofs import SetupMode
from trustspace.encoding.bn254 import (
    BN254,
    IGNITION_TAU,
    POINT_BYTES,
    TWIST_GENERATOR,
    TWIST_POINT_BYTES,
    TwistPoint,
    encode_points,
    encode_twist_point,
    read_points,
    read_twist_point,
    require_on_curve,
)
from trustspace.errors import AuditMismatch, InvalidElement, InvalidSetup
from trustspace.services.ceremony import CeremonyState, require_complete

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.ports import Randomness

TRANSCRIPT_FILE = "transcript.jsonl"


def write_outcome(folder: Path, state: CeremonyState) -> Setup:
    """The set-up that a ceremony came to, with its plan and records beside it. Raises InvalidSetup."""
    require_complete(state)
    lines = [state.plan.to_bytes(), *(record.to_bytes() for record in state.contributions)]
    return write_setup(
        folder,
        SetupMode.CONSORTIUM,
        encode_points(state.points),
        encode_twist_point(state.tau_twist),
        digest=state.hash,
        others={TRANSCRIPT_FILE: b"".join(line + b"\n" for line in lines)},
    )


def compare_outcome(folder: Path, state: CeremonyState) -> Setup:
    """The set-up in a folder, which is the outcome of this ceremony. Raises InvalidSetup, AuditMismatch."""
    setup = read_setup(folder)
    facts = {
        "mode": (setup.mode, SetupMode.CONSORTIUM),
        "transcript": (setup.digest, state.hash),
        "tau in G2": (setup.tau, state.tau_twist),
        "points": (setup.points_hash, state.contributions[-1].powers_hash if state.contributions else b""),
    }
    for what, (found, expected) in facts.items():
        if found != expected:
            raise AuditMismatch(
                f"another {what} than the ceremony's",
                where=str(folder),
                remedy="make it anew: trustspace ceremony finish",
            )
    return setup


def import_ignition(
    folder: Path,
    g1: Path,
    g2: Path,
    *,
    powers: int,
    engine: PointEngine,
    randomness: Randomness,
    expected: TwistPoint = IGNITION_TAU,
) -> Setup:
    """Check public files and keep the first `powers` points. Raises InvalidSetup, OSError.

    Every point is looked at, whoever gave the files. `expected` is tau in G2 as generated verifiers hold it.
    """
    try:
        tau_twist = read_twist_point(_read(g2, TWIST_POINT_BYTES, exact=True))
        require_in_twist_group(tau_twist)
    except InvalidElement as error:
        raise InvalidSetup(error.message, where=str(g2), remedy="download it again") from error
    if tau_twist != expected:
        raise InvalidSetup(
            "is not of the Ignition ceremony", where=str(g2), remedy="a ceremony of your own: ceremony start"
        )
    if powers < LEAST_POWERS:
        raise InvalidSetup(f"{powers} powers", remedy=f"ask for {LEAST_POWERS} or more")
    points = read_points(_read(g1, powers * POINT_BYTES, exact=False))
    try:
        require_on_curve(points)
    except InvalidElement as error:
        raise InvalidSetup(f"{error.where} {error.message}", where=str(g1), remedy="download it again") from error
    if points[0] != BN254.generator:
        raise InvalidSetup("does not begin with the generator", where=str(g1), remedy="use Barretenberg's bn254_g1.dat")
    first = [(points[1], TWIST_GENERATOR), (BN254.negate(BN254.generator), tau_twist)]
    if not pairings_cancel(first) or not same_ratio(points, tau_twist, engine, randomness.bytes):
        raise InvalidSetup("the points are not powers of the tau in G2", where=str(g1), remedy="download it again")
    return write_setup(folder, SetupMode.IGNITION, encode_points(points), encode_twist_point(tau_twist))


def _read(path: Path, size: int, *, exact: bool) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(size + 1)
    if len(content) < size or (exact and len(content) > size):
        raise InvalidSetup(f"{len(content)} bytes, {size} are needed", where=str(path), remedy="get the whole file")
    return content[:size]
