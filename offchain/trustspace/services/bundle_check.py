"""Judges a bundle without a node: every byte of it, against a deployment, a trusted header and a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.bundle_verdicts import BundleVerdict
from trustspace.domain.certificates import Reason
from trustspace.encoding.block_header import BlockHeader
from trustspace.encoding.eip712 import certificate_message
from trustspace.encoding.patricia import TrieNodes
from trustspace.errors import InvalidBundle
from trustspace.services.certificate_evidence import gather_evidence
from trustspace.services.header_trust import check_header
from trustspace.services.proven_state import ProvenState

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.domain.certificate_evidence import CertificateEvidence
    from trustspace.domain.deployment import Deployment
    from trustspace.domain.headers import HeaderTrust
    from trustspace.encoding.certificate_bundle import CertificateBundle
    from trustspace.services.proven_state import KnownContract

CLOCKS_APART = 60  # seconds by which a block may lie ahead of the verifier's clock
DEFAULT_MAX_AGE = 86_400


def check_bundle(
    bundle: CertificateBundle,
    *,
    deployment: Deployment,
    contracts: Callable[[str], KnownContract],
    trust: HeaderTrust,
    now: int,
    max_age: int = DEFAULT_MAX_AGE,
) -> BundleVerdict:
    """What the bundle proves, at UTC time `now`. A block older than `max_age` seconds makes no certificate valid.

    Raises InvalidBundle for a bundle of another space, a header that cannot be trusted, a proof that does not hold or
    lacks a part, or one with more than is needed.
    """
    registry = deployment.address("CertificateRegistry")
    if (bundle.chain_id, bundle.registry) != (deployment.chain_id, registry):
        raise InvalidBundle(
            f"it is of registry {bundle.registry} on chain {bundle.chain_id}, "
            f"the deployment has {registry} on chain {deployment.chain_id}",
            where="space",
            remedy="use that space's deployment file",
        )
    trusted = check_header(BlockHeader.parse(bundle.header), bundle.consensus, trust)
    header = trusted.header
    evidence = _proven(bundle, header, deployment, contracts)
    age = now - header.timestamp
    if age < -CLOCKS_APART:
        raise InvalidBundle(
            f"the block is {-age} seconds ahead of the clock",
            where="header",
            remedy="set the clock, or ask again later",
        )
    return BundleVerdict(
        certificate=bundle.certificate,
        evidence=evidence,
        block=header.number,
        block_hash=trusted.block_hash,
        block_time=header.timestamp,
        trust=trusted.statement,
        validators=trusted.validators,
        sealers=trusted.sealers,
        age=max(age, 0),
        max_age=max_age,
        reason_then=_reason(evidence, header.timestamp),
        reason=_reason(evidence, max(now, header.timestamp)),
    )


def _proven(
    bundle: CertificateBundle,
    header: BlockHeader,
    deployment: Deployment,
    contracts: Callable[[str], KnownContract],
) -> CertificateEvidence | None:
    """What the nodes prove, using all of them."""
    nodes = TrieNodes(bundle.nodes)
    state = ProvenState(header.state_root, nodes, bundle.immutables, deployment=deployment, contracts=contracts)
    evidence = gather_evidence(state, bundle.certificate)
    if nodes.visited != bundle.nodes or state.contracts_read != bundle.immutables.keys():
        raise InvalidBundle(
            "it holds more than its certificate needs, or holds it in another order",
            where="nodes",
            remedy="make the bundle again",
        )
    if evidence is not None:
        _check_id(bundle, evidence)
    return evidence


def _check_id(bundle: CertificateBundle, evidence: CertificateEvidence) -> None:
    """The id is the digest that the endorsers signed: over this content, on this chain, for this registry."""
    message = certificate_message(bundle.registry, bundle.chain_id, evidence.record.content)
    if message.digest != bundle.certificate:
        raise InvalidBundle(
            "the certificate's id is not the digest of its content", where="certificate", remedy="make the bundle again"
        )


def _reason(evidence: CertificateEvidence | None, at: int) -> Reason:
    return Reason.UNKNOWN if evidence is None else evidence.reason(at)
