"""The prover that an operator's options name, compared with what the chain's verifiers were made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.errors import InvalidSetup, NoCircuit, UsageError

if TYPE_CHECKING:
    from trustspace.adapters.proving.artefacts import Artefacts
    from trustspace.adapters.proving.prover import Prover
    from trustspace.apps.space import Space
    from trustspace.domain.ids import VerifierNumber
    from trustspace.domain.verifiers import VerifierRecord

PANEL = "Proving"
ArtefactsFolder = Annotated[
    Path | None,
    typer.Option(
        "--artefacts",
        help="Folder with circuits and keys made under another set-up; by default those of the package.",
        exists=True,
        file_okay=False,
        rich_help_panel=PANEL,
    ),
]
SetupFolder = Annotated[
    Path | None,
    typer.Option(
        "--setup",
        help="Folder of the set-up; on local chains the one for development by default.",
        exists=True,
        file_okay=False,
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvingFolders:
    """Where set-up and keys lie; None: the package's own, for local chains."""

    setup: Path | None
    artefacts: Path | None

    def open_artefacts(self, chain_id: int) -> Artefacts:
        """Circuits and keys. Raises WrongChain for those for development on a chain that is not local."""
        from trustspace.adapters.proving.artefacts import PACKAGED, load_artefacts
        from trustspace.domain.proofs import require_local

        artefacts = load_artefacts(self.artefacts or PACKAGED)
        require_local(artefacts.mode, chain_id)
        return artefacts

    def open_prover(self, space: Space, verifier: VerifierNumber) -> Prover:
        """A prover whose proofs this verifier takes.

        Raises WrongChain, UsageError without a set-up that keys of a ceremony need, InvalidSetup when the verifier was
        made under another key or set-up, NoCircuit for one that is unknown or withdrawn, ToolMissing.
        """
        from trustspace.adapters.proving.dev_setup import dev_setup
        from trustspace.adapters.proving.programs import find_bb, find_node, find_node_modules
        from trustspace.adapters.proving.prover import Prover
        from trustspace.adapters.proving.setup_folder import read_setup
        from trustspace.apps.session import cache
        from trustspace.domain.proofs import SetupMode

        artefacts = self.open_artefacts(space.client.chain_id)
        require_verifier(space, verifier, artefacts)
        for program in (find_bb, find_node, find_node_modules):
            program()
        if self.setup is not None:
            return Prover(read_setup(self.setup), artefacts)
        if artefacts.mode is not SetupMode.DEV:
            raise UsageError(
                f"these keys were made under a set-up of mode {artefacts.mode.name.lower()}",
                where=str(artefacts.folder),
                remedy="name its folder with --setup",
            )
        return Prover(dev_setup(cache(), artefacts.powers), artefacts)


def require_verifier(space: Space, verifier: VerifierNumber, artefacts: Artefacts) -> None:
    """Raise NoCircuit unless a verifier is live, InvalidSetup unless it was made from these artefacts."""
    from trustspace.domain.verifiers import VerifierState

    record, where = space.verifiers.verifier(verifier), f"verifier {verifier}"
    if record is None or record.state is not VerifierState.LIVE:
        state = "unknown" if record is None else "withdrawn"
        raise NoCircuit(f"is {state}", where=where, remedy="ask the regulator which one took its place")
    if not is_as_built(record, artefacts):
        card = record.card
        raise InvalidSetup(
            f"has other code, or checks proofs of another circuit, key or set-up, than those in {artefacts.folder}",
            where=where,
            remedy=f"prove with set-up 0x{card.setup_hash.hex()} ({card.setup_mode.name.lower()}) and its keys",
        )


def is_as_built(record: VerifierRecord, artefacts: Artefacts) -> bool:
    """Whether a verifier is the one that these artefacts make, to the byte: nobody's word is taken for it."""
    card, artefact = record.card, artefacts[record.card.circuit]
    registered = (card.circuit_hash, card.key_hash, record.code_hash, card.setup_hash, card.setup_mode)
    built = (artefact.circuit_hash, artefact.key_hash, artefact.verifier_hash, artefacts.setup_hash, artefacts.mode)
    return registered == built
