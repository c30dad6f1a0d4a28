"""`trustspace certificate bundle` makes a file with which `trustspace verify --bundle` needs no node."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustspace.apps.commands.certificate import CertificateArgument, iso_day, iso_time
from trustspace.apps.console import Output, write_file
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, RpcUrl, hex_bytes32
from trustspace.errors import UsageError

if TYPE_CHECKING:
    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.certificate_evidence import AccountStanding
    from trustspace.domain.headers import HeaderTrust
    from trustspace.domain.verifiers import VerifierRecord

UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AGE = re.compile(r"(\d{1,9})([smhd]?)")


def bundle(
    certificate: CertificateArgument,
    out: Annotated[Path, typer.Option(help="Where to write the bundle.")],
    block: Annotated[int | None, typer.Option(help="Block to speak of; by default the latest.", min=0)] = None,
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    json: Json = False,
) -> None:
    """Pack a certificate with proofs of all that its validity depends on, for a bank without a node."""
    from trustspace.apps.space import Space
    from trustspace.domain.ids import CertificateId

    certificate_id = CertificateId(hex_bytes32(certificate, what="certificate id"))
    space = Space.connect(rpc, deployment=deployment)
    made, verdict = space.bundle(certificate_id, block="latest" if block is None else block)
    content = made.to_bytes()
    write_file(out, content)
    Output(as_json=json).facts(
        "Bundle",
        {
            "file": str(out),
            "bytes": len(content),
            "certificate": bytes(certificate_id),
            "reason": verdict.reason_then.label,
            "as_of_block": verdict.block,
            "block_hash": verdict.block_hash,
            "block_time": iso_time(verdict.block_time),
            "consensus": made.consensus.value,
            "validators": list(verdict.validators),
        },
    )


def verify_offline(
    file: Path,
    *,
    certificates: list[str],
    block_hash: str | None,
    validators: Path | None,
    max_age: str,
    deployment: Path | None,
    json: bool,
) -> None:
    """What `trustspace verify --bundle` does. Exit code 0 only when the certificate holds in a block young enough."""
    from trustspace.apps.offline import verify_bundle
    from trustspace.domain.ids import CertificateId

    if len(certificates) > 1:
        raise UsageError("a bundle is of one certificate", where="ID", remedy="name one, or none")
    expected = [CertificateId(hex_bytes32(text, what="certificate id")) for text in certificates]
    verdict = verify_bundle(
        file,
        trust=_trust(block_hash, validators),
        deployment=deployment,
        certificate=expected[0] if expected else None,
        max_age=seconds_of(max_age),
    )
    Output(as_json=json).facts("Verdict from a bundle, no node asked", facts_of(verdict))
    if not verdict.valid:
        raise typer.Exit(ExitCode.NEGATIVE)


def seconds_of(text: str) -> int:
    """Seconds of an age such as 90s, 30m, 12h or 7d. Raises UsageError."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no age", where="--max-age", remedy="write for instance 30m, 12h or 7d")
    return int(found[1]) * UNITS[found[2]]


def facts_of(verdict: BundleVerdict) -> dict[str, object]:
    """What the command prints."""
    facts: dict[str, object] = {
        "certificate": bytes(verdict.certificate),
        "valid": verdict.valid,
        "reason": verdict.reason.label,
        "reason_in_block": verdict.reason_then.label,
        "as_of_block": verdict.block,
        "block_hash": verdict.block_hash,
        "block_time": iso_time(verdict.block_time),
        "age_seconds": verdict.age,
        "max_age_seconds": verdict.max_age,
        "fresh": verdict.fresh,
        "trust": verdict.trust,
        "sealed_by": list(verdict.sealers),
    }
    evidence = verdict.evidence
    if evidence is None:
        return facts
    record = evidence.record
    return facts | {
        "grade": record.content.grade.name,
        "proof": record.proof_kind.name,
        **_proof(evidence.verifier),
        "as_of_day": iso_day(record.content.as_of_day),
        "valid_from": iso_time(record.content.valid_from),
        "not_after": iso_time(record.content.not_after),
        "issued_block": record.issued_block,
        "state": record.state.name,
        "subject": record.subject,
        "agreement": bytes(record.content.agreement),
        "agreement_state": evidence.agreement_state.name,
        "model": bytes(record.content.model),
        "model_state": evidence.model_state.name,
        "model_hash": evidence.model_hash,
        "endorsers": [_endorser(standing) for standing in evidence.endorsers],
        "sources": [int(source.source) for source in evidence.sources],
    }


def _proof(verifier: VerifierRecord | None) -> dict[str, object]:
    """What the registry accepted the proof by; a set-up for development proves nothing to others."""
    if verifier is None:
        return {}
    card = verifier.card
    return {
        "proof_circuit": card.circuit.value,
        "proof_setup": card.setup_mode.name,
        "proof_verifier": card.verifier,
        "proof_verifier_state": verifier.state.name,
        "proof_key_hash": card.key_hash,
        "proof_circuit_hash": card.circuit_hash,
        "proof_setup_hash": card.setup_hash,
    }


def _endorser(standing: AccountStanding) -> str:
    state = f"compromised from block {standing.compromised_from}" if standing.compromised_from else ""
    state = state or (f"retired at block {standing.retired_at}" if standing.retired_at else "live")
    return f"{standing.account} (participant {standing.participant}, {state})"


def _trust(block_hash: str | None, validators: Path | None) -> HeaderTrust:
    """What the caller trusts a header for: one of the two must be said."""
    from trustspace.apps.validators_file import read_validators
    from trustspace.domain.headers import PinnedHash

    if (block_hash is None) == (validators is None):
        raise UsageError(
            "a bundle proves what one block held; say what makes you trust that block",
            where="--bundle",
            remedy="give --block-hash HASH, or --validators FILE, known by another way than the bundle",
        )
    if validators is not None:
        return read_validators(validators)
    return PinnedHash(block_hash=hex_bytes32(block_hash or "", what="block hash"))
