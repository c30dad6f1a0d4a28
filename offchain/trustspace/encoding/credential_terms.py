"""The vocabulary of our credentials: what every word means to a reader of linked data (JSON-LD 1.1)."""

from __future__ import annotations

from typing import Any

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
TYPES = ("VerifiableCredential", "TrustSpaceCreditCertificate")
STATUS_TYPE = "TrustSpaceRegistryStatus"
VOCABULARY = "urn:trustspace:credit-certificate:1#"
_XSD = "http://www.w3.org/2001/XMLSchema#"


def _term(name: str, kind: str | None = None, **more: str) -> str | dict[str, str]:
    return VOCABULARY + name if kind is None else {"@id": VOCABULARY + name, "@type": _XSD + kind, **more}


TERMS: dict[str, Any] = {
    "@protected": True,
    "TrustSpaceCreditCertificate": _term("TrustSpaceCreditCertificate"),
    STATUS_TYPE: _term(STATUS_TYPE),
    "participant": _term("participant", "nonNegativeInteger"),
    "grade": _term("grade"),
    "model": _term("model"),
    "agreement": _term("agreement"),
    "asOf": _term("asOf", "date"),
    "proofKind": _term("proofKind"),
    "issuedBlock": _term("issuedBlock", "nonNegativeInteger"),
    "endorsers": _term("endorsers", "nonNegativeInteger", **{"@container": "@set"}),
    "chainId": _term("chainId", "nonNegativeInteger"),
    "registry": _term("registry"),
    "certificate": _term("certificate"),
}
CONTEXT: list[Any] = [VC_CONTEXT, TERMS]
"""`@context` of every credential."""
