"""Judging a bundle without a node.

    from trustspace.apps.offline import verify_bundle
    from trustspace.domain.headers import PinnedHash

    verdict = verify_bundle("certificate.bundle", deployment="deployments/pilot.json", trust=PinnedHash(block_hash=…))

Nothing is opened but the files that are named.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.deployment import bundled_deployment_of, read_deployment
from trustspace.adapters.system_clock import SystemClock
from trustspace.domain.deployment import Deployment
from trustspace.encoding.certificate_bundle import LARGEST_BYTES, parse_bundle
from trustspace.errors import InvalidBundle
from trustspace.services.bundle_check import DEFAULT_MAX_AGE, check_bundle

if TYPE_CHECKING:
    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.headers import HeaderTrust
    from trustspace.domain.ids import CertificateId
    from trustspace.encoding.certificate_bundle import CertificateBundle
    from trustspace.ports import Clock


def verify_bundle(
    file: Path | str,
    *,
    trust: HeaderTrust,
    deployment: Deployment | Path | str | None = None,
    certificate: CertificateId | None = None,
    max_age: int = DEFAULT_MAX_AGE,
    clock: Clock | None = None,
) -> BundleVerdict:
    """What the bundle in a file proves.

    `trust`: the block's hash, or the network's validators, known by another way than the file. `deployment`: the
    space's deployment file; None takes the one that came with the package. `certificate`: refuse a bundle of another
    one. `max_age`: seconds that the block may be old.

    Raises InvalidBundle for a file that is damaged, incomplete or of something else, ContractMissing without a known
    deployment.
    """
    bundle = read_bundle(Path(file))
    if certificate is not None and bundle.certificate != certificate:
        raise InvalidBundle(
            f"it is of certificate 0x{bundle.certificate.hex()}, not of 0x{certificate.hex()}",
            where=str(file),
            remedy="ask for the bundle of your certificate",
        )
    if deployment is None:
        deployment = bundled_deployment_of(bundle.chain_id, bundle.registry)
    elif not isinstance(deployment, Deployment):
        deployment = read_deployment(Path(deployment))
    now = (clock or SystemClock()).now()
    return check_bundle(bundle, deployment=deployment, contracts=load, trust=trust, now=now, max_age=max_age)


def read_bundle(path: Path) -> CertificateBundle:
    """Read a bundle's file, of which no more than the largest size is taken in. Raises InvalidBundle."""
    with path.open("rb") as stream:
        return parse_bundle(stream.read(LARGEST_BYTES + 1), where=path.name)
