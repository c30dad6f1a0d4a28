"""`trustspace verifier publish|list|withdraw|require`: what may prove, as the regulator decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output
from trustspace.apps.options import (
    DEFAULT_RPC,
    UNSIGNED,
    DeploymentFile,
    Json,
    RpcUrl,
    SigningOptions,
    hex_bytes32,
    takes_signer,
)
from trustspace.apps.proving import ArtefactsFolder, ProvingFolders
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from trustspace.apps.space import Space
    from trustspace.domain.proofs import Circuit
    from trustspace.domain.verifiers import VerifierRecord

app = typer.Typer(no_args_is_help=True, help="Contracts that check proofs: which there are, what needs them.")

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The verifier's number.", min=1, max=255)]


@app.command()
@takes_signer
def publish(
    circuit: Annotated[str, typer.Argument(help="score_card, score_trees, invoice_range or turnover_range.")],
    artefacts: ArtefactsFolder = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Deploy a circuit's verifier and register it, as the regulator. Done before, it is found."""
    from trustspace.apps.session import signed_space

    wanted = _circuit(circuit)
    space = signed_space(rpc, deployment, signing)
    made = ProvingFolders(setup=None, artefacts=artefacts).open_artefacts(space.client.chain_id)
    number = space.verifiers.publish(made, wanted).value
    Output(as_json=json).facts("Verifier", _facts(_known(space, number)))


@app.command("list")
def list_verifiers(
    artefacts: ArtefactsFolder = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Show all verifiers that were ever registered, and whether each is, to the byte, what the artefacts make."""
    from trustspace.adapters.proving.artefacts import PACKAGED, load_artefacts
    from trustspace.apps.proving import is_as_built
    from trustspace.apps.space import Space

    made = load_artefacts(artefacts or PACKAGED)
    records = Space.connect(rpc, deployment=deployment).verifiers.verifiers()
    found = [_facts(record) | {"as_built": is_as_built(record, made)} for record in records]
    columns = ("verifier", "circuit", "state", "setup_mode", "as_built", "address", "key_hash", "setup_hash")
    Output(as_json=json).rows("Verifiers", columns, found)


@app.command()
@takes_signer
def withdraw(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; only its hash goes to the chain.")],
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Take a verifier out of use for ever, as the regulator: whatever it proved stops holding at once."""
    from trustspace.apps.session import signed_space
    from trustspace.domain.ids import VerifierNumber
    from trustspace.encoding.hashing import keccak

    space, reason_hash = signed_space(rpc, deployment, signing), keccak(reason.encode())
    space.verifiers.withdraw(VerifierNumber(number), reason_hash)
    Output(as_json=json).facts("Withdrawn", _facts(_known(space, number)) | {"reason_hash": reason_hash})


@app.command()
@takes_signer
def require(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Id of a final model, 32 bytes in hex.")],
    verifier: Annotated[int, typer.Option(help="Number of the verifier that proves its grades.", min=1, max=255)],
    quorum: Annotated[int, typer.Option(help="Endorsers of a proven certificate, its sender among them.", min=1)],
    demand: Annotated[
        bool, typer.Option("--demand/--no-demand", help="Refuse certificates of this model without a proof, or not.")
    ],
    max_age: Annotated[
        int,
        typer.Option(help="Days that figures may be old when their grade is proven; 0: any.", min=0, max=65_535),
    ],
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Say what proves grades of a model, and whether they must be proven, as the regulator."""
    from trustspace.apps.session import signed_space
    from trustspace.domain.ids import ModelId, VerifierNumber
    from trustspace.domain.verifiers import ProofPolicy

    model_id = ModelId(hex_bytes32(model, what="model id"))
    space = signed_space(rpc, deployment, signing)
    wanted = ProofPolicy(
        model=model_id, verifier=VerifierNumber(verifier), quorum=quorum, demanded=demand, max_age=max_age
    )
    space.certificates.set_proof_policy(wanted)
    policy = space.certificates.proof_policy(model_id)
    Output(as_json=json).facts(
        "Policy",
        {
            "model": bytes(model_id),
            "verifier": policy.verifier,
            "quorum": policy.quorum,
            "demanded": policy.demanded,
            "max_age": policy.max_age,
        },
    )


def _circuit(name: str) -> Circuit:
    from trustspace.domain.proofs import Circuit

    try:
        return Circuit(name)
    except ValueError:
        raise UsageError(f"{name!r} is no circuit", where="CIRCUIT", remedy=f"choose of {', '.join(Circuit)}") from None


def _known(space: Space, number: int) -> VerifierRecord:
    from trustspace.domain.ids import VerifierNumber

    record = space.verifiers.verifier(VerifierNumber(number))
    if record is None:
        raise UsageError(f"there is no verifier {number}", where="verifier", remedy="see trustspace verifier list")
    return record


def _facts(record: VerifierRecord) -> dict[str, object]:
    card = record.card
    return {
        "verifier": int(record.number),
        "circuit": str(card.circuit),
        "state": record.state.name.lower(),
        "setup_mode": card.setup_mode.name.lower(),
        "address": card.verifier,
        "gas_limit": card.gas_limit,
        "circuit_hash": card.circuit_hash,
        "key_hash": card.key_hash,
        "setup_hash": card.setup_hash,
        "code_hash": record.code_hash,
        "registered_block": record.registered_block,
    }
