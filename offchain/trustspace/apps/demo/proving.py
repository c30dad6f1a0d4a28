"""Certificates whose grades the contract checks itself: proven by one bank alone, forgeries refused."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.adapters.proving.dev_setup import dev_setup
from trustspace.adapters.proving.prover import Prover
from trustspace.apps.session import cache
from trustspace.domain.certificates import Grade, ProofKind
from trustspace.domain.verifiers import ProofPolicy
from trustspace.errors import ContractRefused, ProtocolError
from trustspace.learning.provable import provable
from trustspace.services.proven_issue import ProofJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustspace.apps.demo.certifying import CertificateDesk
    from trustspace.apps.space import Space
    from trustspace.domain.certificates import Certificate
    from trustspace.ports import Randomness
    from trustspace.services.certification import RegisteredModel

CERTIFICATES = 6
PROOF_BYTES = 8_384
EXPECTED = {
    "a better grade with the proof of the true one": "ProofInvalid",
    "a proof of another bank's": "ProofInvalid",
    "random bytes": "ProofInvalid",
    "no proof, once the regulator demands one": "ProofDemanded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """How many certificates were issued with proofs, and how each forgery ended."""

    issued: int
    refused: Mapping[str, str]


def play_proofs(
    desk: CertificateDesk, scorecard: RegisteredModel, randomness: Randomness, advance: Callable[[int], None]
) -> Proven:
    """The regulator names a verifier, one bank proves the grades of its firms, cheats try.

    Raises ToolMissing where nothing can be proven on this machine, ProtocolError when something ends otherwise than it
    must.
    """
    artefacts, circuit = load_artefacts(), provable(scorecard.card).circuit
    setup = dev_setup(cache(), (1 << artefacts[circuit].log_size) + 1)
    regulator, bank = desk.stage.as_(desk.cast.regulator), desk.stage.as_(desk.cast.banks[0].key)
    verifier = regulator.verifiers.publish(artefacts, circuit).value
    policy = ProofPolicy(model=scorecard.record.model, verifier=verifier, quorum=1, demanded=False)
    regulator.certificates.set_proof_policy(policy)
    names = [name for name in desk.cast.firms if desk.world.bank_of(name) == 0][: CERTIFICATES + 1]
    jobs = [_job(desk, name, scorecard) for name in names]
    with Prover(setup) as prover:
        issuer, ids = bank.proven_issuer(scorecard, prover), []
        for certificate, _ in issuer.issue_each(jobs[:-1]):
            ids.append(certificate)
            advance(1)
        verdicts = bank.verify_many(ids)
        if not all(verdict.valid and verdict.proof_kind is ProofKind.PROVEN for verdict in verdicts):
            raise ProtocolError("a certificate with a proof does not hold", where="demo", remedy="report a defect")
        proof = issuer.prove(jobs[-1]).proof
    with _demanded(regulator, policy):
        refused = _forgeries(desk, names[-1], jobs[-1].certificate, scorecard, proof, randomness.bytes(PROOF_BYTES))
    if refused != EXPECTED:
        raise ProtocolError(f"a forgery ended otherwise: {refused}", where="demo", remedy="report a defect")
    return Proven(issued=len(ids), refused=refused)


def _job(desk: CertificateDesk, name: str, scorecard: RegisteredModel) -> ProofJob:
    quarter = 90 * 86_400
    certificate = desk.propose(name, scorecard, valid_from=desk.stage.now(), validity=quarter)
    return ProofJob(certificate=certificate, opened=desk.features.lead_totals[name])


@contextmanager
def _demanded(regulator: Space, policy: ProofPolicy) -> Iterator[None]:
    """While it lasts, no certificate of the model is issued without a proof."""
    regulator.certificates.set_proof_policy(replace(policy, demanded=True))
    yield
    regulator.certificates.set_proof_policy(policy)


def _forgeries(
    desk: CertificateDesk, name: str, certificate: Certificate, scorecard: RegisteredModel, proof: bytes, noise: bytes
) -> dict[str, str]:
    better = Grade.A if certificate.grade is not Grade.A else Grade.B
    lead, second = (desk.stage.as_(bank.key).certificates for bank in desk.banks_of(name))
    signed = desk.endorse(name, certificate, scorecard, by=desk.banks_of(name)[0])
    both = [signed, desk.endorse(name, certificate, scorecard, by=desk.banks_of(name)[1])]
    attempts: tuple[Callable[[], object], ...] = (
        lambda: lead.issue_with_proof(replace(certificate, grade=better), [], proof),
        lambda: second.issue_with_proof(certificate, [signed], proof),
        lambda: lead.issue_with_proof(certificate, [], noise),
        lambda: lead.issue(certificate, both),
    )
    found = {}
    for title, attempt in zip(EXPECTED, attempts, strict=True):
        try:
            attempt()
        except ContractRefused as error:
            found[title] = error.error
        else:
            found[title] = "ACCEPTED"
    return found
