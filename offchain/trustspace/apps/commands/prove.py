"""`trustspace certificate prove`: certificates whose grades the contract checks itself, many in one call."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.console import Output, print_error, progress
from trustspace.apps.exit_codes import ExitCode
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
from trustspace.apps.proving import ArtefactsFolder, ProvingFolders, SetupFolder
from trustspace.errors import InputError, NoCircuit, ProtocolError

if TYPE_CHECKING:
    from trustspace.apps.space import Space
    from trustspace.domain.ids import ModelId, VerifierNumber
    from trustspace.errors import TrustspaceError
    from trustspace.services.certification import RegisteredModel
    from trustspace.services.proof_jobs import ProofRequest
    from trustspace.services.proven_issue import ProofJob


@takes_signer
def prove(
    jobs: Annotated[
        Path,
        typer.Argument(help="JSON lines, one for each certificate; chmod 600, see docs.", exists=True, dir_okay=False),
    ],
    model: Annotated[
        Path, typer.Option(help="model.json of the run that the model came from.", exists=True, dir_okay=False)
    ],
    model_id: Annotated[
        str | None, typer.Option(help="Id of the model, where several have the file's hash: 32 bytes in hex.")
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop at the first job that fails; by default go on.")] = False,
    setup: SetupFolder = None,
    artefacts: ArtefactsFolder = None,
    signing: SigningOptions = UNSIGNED,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Issue certificates with proofs of their grades. Killed and run again with the same jobs, it issues the rest."""
    from trustspace.apps.model_file import registered_model
    from trustspace.apps.session import signed_space
    from trustspace.domain.ids import ModelId

    begun = time.monotonic()
    report = _Report(file=jobs.name, stop=stop, as_json=json)
    requests = report.read(jobs)
    named = None if model_id is None else ModelId(hex_bytes32(model_id, what="model id"))
    space = signed_space(rpc, deployment, signing)
    known = registered_model(space, model, named)
    verifier = _verifier_of(space, known.record.model)
    folders = ProvingFolders(setup=setup, artefacts=artefacts)
    with folders.open_prover(space, verifier) as prover:
        issuer = space.proven_issuer(known, prover)
        ready = report.propose(requests, known, space)
        with progress("proving", total=len(ready), silent=json) as advance:
            outcomes = issuer.try_each([job for _, job in ready])
            for (line, _), outcome in zip(ready, outcomes, strict=True):
                if outcome.problem is not None:
                    report.failed_at(line, outcome.problem)
                else:
                    (report.issued if outcome.issued else report.found).append(outcome.certificate)
                advance(1)
    facts = {"model": bytes(known.record.model), "circuit": str(issuer.circuit), "verifier": int(verifier)}
    Output(as_json=json).facts("Proven", facts | report.facts() | {"seconds": round(time.monotonic() - begun, 3)})
    if report.failed:
        raise typer.Exit(ExitCode.NEGATIVE)


@dataclass(slots=True, kw_only=True)
class _Report:
    """What became of the lines."""

    file: str
    stop: bool
    as_json: bool
    issued: list[bytes] = field(default_factory=list)
    found: list[bytes] = field(default_factory=list)
    failed: list[dict[str, object]] = field(default_factory=list)

    def read(self, path: Path) -> list[tuple[int, ProofRequest]]:
        """Requests with their lines."""
        from trustspace.adapters.store.proof_jobs import read_proof_jobs

        requests = []
        for line, request in read_proof_jobs(path):
            if isinstance(request, InputError):
                self.failed_at(line, request)
            else:
                requests.append((line, request))
        return requests

    def propose(
        self, requests: list[tuple[int, ProofRequest]], model: RegisteredModel, space: Space
    ) -> list[tuple[int, ProofJob]]:
        """Certificates that the totals deserve."""
        jobs = []
        agreements = space.agreements.get_many([request.agreement for _, request in requests])
        for (line, request), agreement in zip(requests, agreements, strict=True):
            try:
                jobs.append((line, request.job(model, agreement)))
            except (InputError, ProtocolError) as error:
                self.failed_at(line, error)
        return jobs

    def failed_at(self, line: int, error: TrustspaceError) -> None:
        """Say at once what is wrong with a line; raise it when that should stop all."""
        place = f"{self.file}, line {line}"
        if not error.where.startswith(place):
            error.where = f"{place}, {error.where}" if error.where else place
        if self.stop:
            raise error
        self.failed.append({"line": line, "error": type(error).__name__, "message": error.message} | _rest(error))
        if not self.as_json:
            print_error(error, as_json=False)

    def facts(self) -> dict[str, object]:
        """Numbers for people, ids for programs."""
        if self.as_json:
            return {"issued": self.issued, "found": self.found, "failed": self.failed}
        return {"issued": len(self.issued), "found": len(self.found), "failed": len(self.failed)}


def _rest(error: TrustspaceError) -> dict[str, object]:
    return {"where": error.where, "remedy": error.remedy}


def _verifier_of(space: Space, model: ModelId) -> VerifierNumber:
    verifier = space.certificates.proof_policy(model).verifier
    if verifier is None:
        raise NoCircuit(
            "no verifier proves its grades",
            where=f"model 0x{model.hex()}",
            remedy="the regulator names one: trustspace verifier require",
        )
    return verifier
