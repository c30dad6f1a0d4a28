from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner, methods

from tests.unit.adapters.invoices.chinese_documents import DIGITAL
from trustspace.adapters.invoices.check import check_document
from trustspace.adapters.invoices.signatures import Signature, check_signature

NOW = datetime.now(UTC)


def make_certificate(name: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None = None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer_name, signer_key = issuer or (subject, key)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("mill.example")]), critical=False)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, issuer is None, issuer is None, False, False), critical=True
        )
        .sign(signer_key, hashes.SHA256())
    )
    return certificate, key


ROOT, ROOT_KEY = make_certificate("a root")
SIGNER, SIGNER_KEY = make_certificate("a mill", (ROOT.subject, ROOT_KEY))
OTHER_ROOT, _ = make_certificate("another root")


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def signed() -> bytes:
    root = etree.fromstring(DIGITAL.encode())
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="ecdsa-sha256")
    done = signer.sign(root, key=SIGNER_KEY, cert=[SIGNER])
    return etree.tostring(done, xml_declaration=True, encoding="UTF-8")


def test_check__no_signature__none() -> None:
    assert check_signature(DIGITAL.encode()).state is Signature.NONE


def test_check__whole_document_signed__intact_but_nobody_vouches(signed: bytes) -> None:
    report = check_document(signed)
    assert report.signature is Signature.INTACT
    assert report.verdict.accepted
    assert report.verdict.warnings == ("TS-SIGNATURE",)


def test_check__certificate_under_a_given_root__trusted(signed: bytes, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(pem(ROOT))
    assert check_document(signed, trust=roots).signature is Signature.TRUSTED
    roots.write_bytes(pem(OTHER_ROOT))
    assert check_document(signed, trust=roots).signature is Signature.INTACT


@pytest.mark.parametrize(("old", "new"), [(b"333.00", b"333.01"), (b"<Amount>200.00", b"<Amount> 200.00")])
def test_check__document_changed_after_signing__broken_and_rejected(signed: bytes, old: bytes, new: bytes) -> None:
    assert old in signed
    report = check_document(signed.replace(old, new, 1))
    assert report.signature is Signature.BROKEN
    assert "TS-SIGNATURE" in report.verdict.rules


def test_check__signature_value_changed__broken(signed: bytes) -> None:
    at = signed.index(b"SignatureValue>") + len(b"SignatureValue>")
    other = b"A" if signed[at : at + 1] != b"A" else b"B"
    assert check_document(signed[:at] + other + signed[at + 1 :]).signature is Signature.BROKEN


def test_check__another_key_under_the_certificate__broken() -> None:
    root = etree.fromstring(DIGITAL.encode())
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="ecdsa-sha256")
    forged = signer.sign(root, key=ec.generate_private_key(ec.SECP256R1()), cert=[SIGNER])
    assert check_document(etree.tostring(forged)).signature is Signature.BROKEN


def test_check__only_a_part_signed__not_verified() -> None:
    root = etree.fromstring(DIGITAL.encode())
    root.find("Header").set("Id", "part")
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="ecdsa-sha256")
    done = signer.sign(root, key=SIGNER_KEY, cert=[SIGNER], reference_uri="#part")
    assert check_document(etree.tostring(done)).signature is Signature.NOT_VERIFIED


def test_check__signed_file_in_utf_16__not_taken_for_unsigned(signed: bytes) -> None:
    text = signed.decode().partition("?>")[2]
    assert check_document(text.encode("utf-16")).signature is Signature.INTACT
    assert check_document(text.replace("333.00", "333.01").encode("utf-16")).signature is Signature.BROKEN


def test_check__two_signatures__not_verified(signed: bytes) -> None:
    root = etree.fromstring(signed)
    root.append(etree.fromstring(etree.tostring(root[-1])))
    assert check_document(etree.tostring(root)).signature is Signature.NOT_VERIFIED


def test_check__algorithm_that_is_not_known__not_verified(signed: bytes) -> None:
    other = signed.replace(b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#sm2-sm3", 1)
    assert check_document(other).signature is Signature.NOT_VERIFIED


def test_check__no_certificate__not_verified(signed: bytes) -> None:
    root = etree.fromstring(signed)
    data = root.find(".//{http://www.w3.org/2000/09/xmldsig#}X509Data")
    data.getparent().remove(data)
    assert check_document(etree.tostring(root)).signature is Signature.NOT_VERIFIED
