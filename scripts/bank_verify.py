"""A bank asks the contract about certificates: whether each holds now, and if not, why not.

brownie run bank_verify main CERTIFICATE_ID [CERTIFICATE_ID ...] --network NETWORK
"""

from __future__ import annotations

from scripts.common import BrownieReader, known_deployment
from trustspace.domain.certificates import Grade, ProofKind, Reason, Verdict
from trustspace.domain.ids import CertificateId
from trustspace.errors import UsageError

REGISTRY = "CertificateRegistry"


def main(*certificates: str) -> list[Verdict]:
    return verify([certificate_id(text) for text in certificates])


def verify(certificates: list[CertificateId]) -> list[Verdict]:
    """Ask for all in one call, and print one line for each."""
    if not certificates:
        raise UsageError("no certificate given", remedy="brownie run bank_verify main ID --network ...")
    registry = known_deployment().address(REGISTRY)
    answers = BrownieReader().call(REGISTRY, registry, "verifyMany", (certificates,))
    verdicts = [
        Verdict(
            certificate=certificate,
            reason=Reason(reason),
            grade=Grade(grade),
            as_of_block=block,
            proof_kind=ProofKind(kind),
        )
        for certificate, (reason, grade, block, kind) in zip(certificates, answers, strict=True)
    ]
    for verdict in verdicts:
        grade = verdict.grade.name if verdict.grade else "-"
        support = f"{verdict.proof_kind.name.lower():8} block {verdict.as_of_block}"
        print(f"{verdict.reason.label:20} grade {grade:4} {support}  0x{verdict.certificate.hex()}")
    return verdicts


def certificate_id(text: str) -> CertificateId:
    """An id as 0x and 64 hex digits. Raises UsageError for anything else."""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise UsageError(f"{text!r} is no certificate id", remedy="give 0x and 64 hexadecimal digits")
    return CertificateId(raw)
