"""Mutual TLS 1.3 between banks and keyholders, by pinned certificates.

Each side trusts exactly the certificates in its configuration, whoever issued them: a self-signed one made by
`trustspace keyholder certificate` serves as well as an operator's own. There is no authority that could admit others.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trustspace.errors import InvalidKey, InvalidSettings

VALIDITY_DAYS = 825


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An own certificate with its encrypted private key (PEM)."""

    certificate: Path
    key: Path
    password: str

    def __repr__(self) -> str:
        return f"Identity({self.certificate})"


def server_context(own: Identity, clients: list[Path]) -> ssl.SSLContext:
    """For a keyholder: only clients with one of these certificates get through the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _prepare(context, own, clients)
    return context


def client_context(own: Identity, server: Path) -> ssl.SSLContext:
    """For a bank: only the server with this certificate, under a name that it carries."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _prepare(context, own, [server])
    return context


def _prepare(context: ssl.SSLContext, own: Identity, trusted: list[Path]) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a pinned certificate ends the chain, whoever issued it
    try:
        context.load_cert_chain(own.certificate, own.key, lambda: own.password)
    except (OSError, ssl.SSLError) as error:
        raise InvalidKey(
            f"certificate and key cannot be used: {error}",
            where=str(own.certificate),
            remedy="do they belong together, and is the password right?",
        ) from error
    for path in trusted:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise InvalidSettings(
                f"not a certificate: {error}", where=str(path), remedy="name a PEM file of one certificate"
            ) from error


def pin_of(path: Path) -> bytes:
    """SHA-256 of a certificate (DER), by which a connection is told apart. Raises InvalidSettings."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidSettings(
            "not a certificate", where=str(path), remedy="name a PEM file of one certificate"
        ) from error
    return sha256(certificate.public_bytes(Encoding.DER)).digest()


def make_certificate(
    folder: Path, name: str, hosts: list[str], password: str, *, now: datetime | None = None
) -> Identity:
    """A self-signed certificate for server and client use: `name.crt` to give away, `name.key` encrypted.

    Raises InvalidSettings when one of the files is there.
    """
    begin = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - timedelta(hours=1))
        .not_valid_after(begin + timedelta(days=VALIDITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
    )
    own = Identity(certificate=folder / f"{name}.crt", key=folder / f"{name}.key", password=password)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    _write_new(own.key, secret, 0o600)
    _write_new(own.certificate, builder.sign(key, SHA256()).public_bytes(Encoding.PEM), 0o644)
    return own


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise InvalidSettings("is there already", where=str(path), remedy="move it away to make a new one") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
