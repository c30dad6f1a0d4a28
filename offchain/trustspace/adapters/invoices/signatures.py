"""Electronic signatures in XML invoices (XMLDSig, also as XAdES), verified by signxml within what it can say.

A signature is `intact` when it covers the whole document and its certificate's key made it: whose certificate that is,
nobody has vouched for. It is `trusted` when the certificate also chains to one of the roots that the caller gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from trustspace.adapters.invoices.extra import need
from trustspace.adapters.invoices.safe_xml import check_bounds, utf8_of
from trustspace.domain.verdicts import Finding, Severity

if TYPE_CHECKING:
    from pathlib import Path

RULE = "TS-SIGNATURE"
_NAMESPACE = b"http://www.w3.org/2000/09/xmldsig#"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MAX_REFERENCES = 8


class Signature(StrEnum):
    """What is known of a document's signature."""

    NONE = "none"
    NOT_VERIFIED = "present, not verified"
    INTACT = "intact, signer unknown"
    TRUSTED = "trusted"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """State, and a finding where there is something to say: a broken signature rejects, one not verified warns."""

    state: Signature
    finding: Finding | None = None


UNSIGNED = SignatureReport(state=Signature.NONE)


def not_verified(why: str) -> SignatureReport:
    """A signature that is there and that nobody has checked."""
    finding = Finding(RULE, f"carries a signature that was not verified: {why}", Severity.WARNING)
    return SignatureReport(state=Signature.NOT_VERIFIED, finding=finding)


def check_signature(raw: bytes, trust: Path | None = None) -> SignatureReport:
    """State of the signature of an XML document that `parse_xml` has accepted.

    `trust` names a PEM file of root certificates. Raises ToolMissing without signxml, OSError for an unreadable file.
    """
    text = utf8_of(raw)
    if _NAMESPACE not in text:
        return UNSIGNED
    root = _as_signed(text)
    signatures = list(root.iter(f"{_DS}Signature"))
    if not signatures:
        return UNSIGNED
    if len(signatures) > 1:
        return not_verified(f"there are {len(signatures)}")
    return _checked(root, signatures[0], trust)


def _as_signed(text: bytes) -> Any:
    """Root with every blank and comment that a signature covers, under the limits of `parse_xml`."""
    etree = need("lxml.etree")
    check_bounds(text)
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(text, parser)


def _checked(root: Any, signature: Any, trust: Path | None) -> SignatureReport:
    signxml = need("signxml")
    exceptions = need("signxml.exceptions")
    references = signature.findall(f"{_DS}SignedInfo/{_DS}Reference")
    certificate = signature.find(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate")
    if certificate is None or not 0 < len(references) <= _MAX_REFERENCES:
        return not_verified("it brings no certificate, or covers nothing or too much")
    if not any(_is_whole(reference.get("URI"), root) for reference in references):
        return not_verified("it does not cover the whole document")
    config = signxml.SignatureConfiguration(location=".//", expect_references=len(references))
    try:
        signxml.XMLVerifier().verify(root, x509_cert=_pem(certificate.text), expect_config=config)
    except exceptions.InvalidCertificate as error:
        return not_verified(str(error)[:200])
    except exceptions.InvalidSignature as error:
        return SignatureReport(state=Signature.BROKEN, finding=Finding(RULE, f"the signature is broken: {error}"[:300]))
    except (exceptions.SignXMLException, *_refusals()) as error:
        return not_verified(str(error)[:200])
    return _chained(root, config, trust)


def _chained(root: Any, config: Any, trust: Path | None) -> SignatureReport:
    signxml, exceptions = need("signxml"), need("signxml.exceptions")
    if trust is not None:
        try:
            signxml.XMLVerifier().verify(root, ca_pem_file=str(trust), expect_config=config)
        except (exceptions.SignXMLException, *_refusals()) as error:
            message = f"the signer's certificate does not lead to a trusted root: {error}"[:300]
            return SignatureReport(state=Signature.INTACT, finding=Finding(RULE, message, Severity.WARNING))
        return SignatureReport(state=Signature.TRUSTED)
    message = "the document is as it was signed, by a signer that nobody here vouches for"
    return SignatureReport(state=Signature.INTACT, finding=Finding(RULE, message, Severity.WARNING))


def _refusals() -> tuple[type[Exception], ...]:
    """What signxml raises for algorithms, transforms and certificates that it does not know."""
    return (ValueError, KeyError, TypeError, NotImplementedError, need("lxml.etree").LxmlError)


def _is_whole(uri: str | None, root: Any) -> bool:
    own = root.get("Id") or root.get("ID") or root.get("id")
    return uri == "" or (own is not None and uri == f"#{own}")


def _pem(body: str | None) -> str:
    lines = "\n".join((body or "").split())
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
