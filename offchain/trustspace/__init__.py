"""Trusted data space: certified records, federated scorecards and credit certificates that any bank can verify.

from trustspace import Space
space = Space.connect("http://127.0.0.1:8545", deployment="deployments/local.json")
space.verify(certificate_id).reason
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.domain.certificates import Certificate, Grade, Reason, Verdict
from trustspace.domain.ids import AgreementId, BatchId, CertificateId, ModelId, ParticipantId, RunId, SubjectId
from trustspace.errors import TrustspaceError

if TYPE_CHECKING:
    from trustspace.apps.space import Space

__version__ = "0.1.0"
__all__ = [
    "AgreementId",
    "BatchId",
    "Certificate",
    "CertificateId",
    "Grade",
    "ModelId",
    "ParticipantId",
    "Reason",
    "RunId",
    "Space",
    "SubjectId",
    "TrustspaceError",
    "Verdict",
]


def __getattr__(name: str) -> Any:
    """Import what talks to a chain only when it is asked for: `trustspace --help` must not wait for it."""
    if name == "Space":
        from trustspace.apps.space import Space

        return Space
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
