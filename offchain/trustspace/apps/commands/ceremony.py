"""`trustspace ceremony start|contribute|verify|finish|import`: set-ups of proofs that nobody can forge under."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output, progress
from trustspace.apps.options import UNSIGNED, Json, SigningOptions, takes_signer
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.adapters.proving.setup_folder import Setup
    from trustspace.encoding.ceremony import Member
    from trustspace.services.ceremony import Ceremony, CeremonyState

app = typer.Typer(
    no_args_is_help=True,
    help="Make the set-up of proofs together, so that nobody can forge one; see docs/how-to-run-a-ceremony.md.",
)
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The ceremony's folder.", file_okay=False)]
Known = Annotated[Path, typer.Argument(metavar="FOLDER", help="The ceremony's folder.", exists=True, file_okay=False)]
Out = Annotated[Path, typer.Option(help="Folder to write the set-up to; it must not be there yet.")]
DEFAULT_POWERS = (1 << 16) + 1


@app.command()
def start(
    folder: Folder,
    name: Annotated[str, typer.Option(help="What the ceremony is for.")],
    chain_id: Annotated[int, typer.Option(help="Chain that the set-up is for; signatures are bound to it.", min=1)],
    member: Annotated[list[str], typer.Option(help="NAME=ACCOUNT of who may contribute; repeat for every member.")],
    least: Annotated[int | None, typer.Option(help="How many must contribute; by default all.", min=1)] = None,
    powers: Annotated[
        int, typer.Option(help="Powers of tau: one more than the largest circuit's gates, rounded up to 2^k.", min=2)
    ] = DEFAULT_POWERS,
    json: Json = False,
) -> None:
    """Write a ceremony's plan. Its hash is what every member should read aloud before the first contributes."""
    from trustspace.adapters.proving.ceremony_folder import CeremonyFolder
    from trustspace.encoding.ceremony import CeremonyPlan

    members = tuple(map(_member, member))
    plan = CeremonyPlan(
        name=name, chain_id=chain_id, powers=powers, least=len(members) if least is None else least, members=members
    )
    begun = CeremonyFolder.start(folder, plan)
    facts = {"folder": str(folder), "plan": begun.plan.hash, "powers": powers, "members": len(members)}
    Output(as_json=json).facts("Ceremony", facts | {"least": plan.least})


@app.command()
@takes_signer
def contribute(folder: Known, signing: SigningOptions = UNSIGNED, json: Json = False) -> None:
    """Check all contributions, then add your own: a secret step from the system's randomness, forgotten at once."""
    from trustspace.adapters.proving.ceremony_folder import CeremonyFolder
    from trustspace.apps.session import signer_of

    ceremony_folder, signer = CeremonyFolder(folder), signer_of(signing)
    ceremony_folder.plan.name_of(signer.address)
    with ceremony_folder.turn():
        passes = ceremony_folder.count() + 2
        with progress("contributing", total=passes * ceremony_folder.plan.powers, silent=json) as advance:
            ceremony = _ceremony(advance)
            before = ceremony.replay(ceremony_folder.plan, ceremony_folder.history())
            after = ceremony.contribute(before, signer)
        ceremony_folder.add(after.contributions[-1], after.points)
    Output(as_json=json).facts("Contributed", _facts(after))


@app.command()
def verify(
    folder: Known,
    setup: Annotated[Path | None, typer.Option(help="A set-up that should be this ceremony's outcome.")] = None,
    json: Json = False,
) -> None:
    """Check every contribution. Exit code 1 names the first that does not hold, and says why."""
    from trustspace.adapters.proving.finished_setup import compare_outcome

    state = _replayed(folder, silent=json)
    compared = {} if setup is None else {"setup": str(compare_outcome(setup, state).folder)}
    Output(as_json=json).facts("Every contribution holds", _facts(state) | compared)


@app.command()
def finish(
    folder: Known,
    out: Out,
    beacon: Annotated[
        str | None, typer.Option(help="Public bytes in hex that nobody knew before, such as a later block's hash.")
    ] = None,
    json: Json = False,
) -> None:
    """Check everything, add a beacon if you give one, and write the set-up. Its digest goes on chain with verifiers.

    Cut short, it goes on where it stopped when it is run again with the same beacon.
    """
    from trustspace.adapters.proving.ceremony_folder import CeremonyFolder
    from trustspace.adapters.proving.finished_setup import write_outcome
    from trustspace.services.ceremony import require_complete

    public = None if beacon is None else _hex(beacon)
    ceremony_folder = CeremonyFolder(folder)
    with ceremony_folder.turn():
        state = _replayed(folder, silent=json)
        require_complete(state)
        if public is not None and (not state.contributions or state.contributions[-1].beacon != public):
            with progress("beacon", total=2 * state.plan.powers, silent=json) as advance:
                state = _ceremony(advance).close(state, public)
            ceremony_folder.add(state.contributions[-1], state.points)
        setup = write_outcome(out, state)
    Output(as_json=json).facts("Set-up", _facts(state) | _setup_facts(setup))


@app.command("import")
def import_files(
    g1: Annotated[Path, typer.Option(help="bn254_g1.dat: 64 bytes for each power.", exists=True, dir_okay=False)],
    g2: Annotated[Path, typer.Option(help="bn254_g2.dat: 128 bytes.", exists=True, dir_okay=False)],
    out: Out,
    powers: Annotated[int, typer.Option(help="How many powers of tau to keep.", min=2)] = DEFAULT_POWERS,
    json: Json = False,
) -> None:
    """Check the public files of Aztec's Ignition ceremony, point by point, and write them as a set-up."""
    from trustspace.adapters.proving.finished_setup import import_ignition
    from trustspace.adapters.proving.point_engine import ProcessEngine
    from trustspace.crypto.randomness import SystemRandomness

    with progress("checking", total=powers, silent=json) as advance:
        engine = ProcessEngine(progress=advance)
        setup = import_ignition(out, g1, g2, powers=powers, engine=engine, randomness=SystemRandomness())
    Output(as_json=json).facts("Set-up", _setup_facts(setup))


def _ceremony(advance: Callable[[int], None]) -> Ceremony:
    from trustspace.adapters.proving.point_engine import ProcessEngine
    from trustspace.crypto.randomness import SystemRandomness
    from trustspace.services.ceremony import Ceremony

    return Ceremony(ProcessEngine(progress=advance), SystemRandomness())


def _replayed(folder: Path, *, silent: bool) -> CeremonyState:
    from trustspace.adapters.proving.ceremony_folder import CeremonyFolder

    ceremony_folder = CeremonyFolder(folder)
    total = max(1, ceremony_folder.count()) * ceremony_folder.plan.powers
    with progress("checking", total=total, silent=silent) as advance:
        return _ceremony(advance).replay(ceremony_folder.plan, ceremony_folder.history())


def _facts(state: CeremonyState) -> dict[str, object]:
    return {
        "ceremony": state.plan.name,
        "powers": state.plan.powers,
        "contributions": [state.plan.name_of(record.account) for record in state.contributions],
        "missing": state.missing,
        "plan": state.plan.hash,
        "transcript": state.hash,
    }


def _setup_facts(setup: Setup) -> dict[str, object]:
    return {
        "setup": str(setup.folder),
        "mode": setup.mode.name.lower(),
        "powers": setup.powers,
        "digest": setup.digest,
        "verifier_constants": [f"0x{constant:064x}" for constant in setup.verifier_constants],
    }


def _member(text: str) -> Member:
    from trustspace.encoding.address import normal_address
    from trustspace.encoding.ceremony import Member
    from trustspace.errors import OutOfRange

    name, separator, account = text.rpartition("=")
    try:
        if separator:
            return Member(name=name, account=normal_address(account))
    except OutOfRange:
        pass
    raise UsageError(f"{text!r} is no member", where="--member", remedy="give NAME=0x… with the member's account")


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise UsageError(f"{text!r} is no hexadecimal", where="--beacon", remedy="give 0x and the bytes") from error
