"""What `trustspace keyholder` and `trustspace fingerprint` read. Paths are relative to the file.

A keyholder:

    [keyholder]
    listen = "0.0.0.0:8443"
    state = "state"                        # seeds and log: secret, in a backup
    exchange = "exchange"                  # folder of the ceremonies, shared with the other keyholders by any means
    password_file = "keyholder.password"   # seals the seeds and the TLS key; first line
    certificate = "keyholder-1.crt"
    certificate_key = "keyholder-1.key"
    quota = 2000                           # evaluations for one bank, seller and day
    anchor_seconds = 3600                  # how often the log's head goes to the chain

    [account]                              # signs answers: a keystore, or `signer` (URL) and `account`
    keystore = "keyholder-1.json"
    password_file = "account.password"

    [chain]
    rpc = "http://127.0.0.1:8545"
    deployment = "deployments/local.json"

    [[bank]]
    participant = 4
    certificate = "bank-1.crt"

A bank:

    [bank]
    password_file = "tls.password"
    certificate = "bank-1.crt"
    certificate_key = "bank-1.key"
    pins = "pins.json"                     # the keyholders' public keys, once met

    [account] and [chain] as above

    [[keyholder]]
    participant = 9
    url = "https://keyholder-1.example:8443"
    certificate = "keyholder-1.crt"
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustspace.adapters.keyholders.tls import Identity
from trustspace.adapters.keys.keystore import read_password
from trustspace.apps.options import SigningOptions
from trustspace.apps.settings_file import SettingsFile
from trustspace.domain.ids import ParticipantId
from trustspace.errors import InvalidSettings

_REMEDY = "see docs/how-to-run-a-keyholder.md"
_MOST = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSettings:
    """Node, deployment and signer."""

    rpc: str
    deployment: Path
    signing: SigningOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """Somebody on the other side of a TLS connection; `url` for keyholders."""

    participant: ParticipantId
    certificate: Path
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyholderConfig:
    """One keyholder."""

    host: str
    port: int
    state: Path
    exchange: Path
    identity: Identity
    quota: int
    anchor_seconds: int
    chain: ChainSettings
    banks: tuple[Counterpart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintConfig:
    """One bank that asks keyholders."""

    identity: Identity
    pins: Path
    chain: ChainSettings
    keyholders: tuple[Counterpart, ...]


def read_keyholder_config(path: Path) -> KeyholderConfig:
    """Parse a keyholder's file. Raises InvalidSettings naming file and field, SignerMissing without the password."""
    file = SettingsFile(path, InvalidSettings, remedy=_REMEDY)
    file.only(file.content, "", {"keyholder", "account", "chain", "bank"})
    table = file.table(file.content, "keyholder")
    known = {
        "listen",
        "state",
        "exchange",
        "password_file",
        "certificate",
        "certificate_key",
        "quota",
        "anchor_seconds",
    }
    file.only(table, "keyholder", known)
    host, _, port = file.text(table, "keyholder.listen").rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise file.wrong("keyholder.listen", 'host and port, for example "0.0.0.0:8443"')
    return KeyholderConfig(
        host=host.strip("[]"),
        port=int(port),
        state=file.path(table, "keyholder.state"),
        exchange=file.path(table, "keyholder.exchange"),
        identity=_identity(file, table, "keyholder"),
        quota=file.number(table, "keyholder.quota", 1, _MOST),
        anchor_seconds=file.number(table, "keyholder.anchor_seconds", 1, _MOST),
        chain=_chain(file),
        banks=_counterparts(file, "bank", with_url=False),
    )


def read_fingerprint_config(path: Path) -> FingerprintConfig:
    """Parse a bank's file. Raises InvalidSettings naming file and field, SignerMissing without the password."""
    file = SettingsFile(path, InvalidSettings, remedy=_REMEDY)
    file.only(file.content, "", {"bank", "account", "chain", "keyholder"})
    table = file.table(file.content, "bank")
    file.only(table, "bank", {"password_file", "certificate", "certificate_key", "pins"})
    return FingerprintConfig(
        identity=_identity(file, table, "bank"),
        pins=file.path(table, "bank.pins"),
        chain=_chain(file),
        keyholders=_counterparts(file, "keyholder", with_url=True),
    )


def _identity(file: SettingsFile, table: dict[str, Any], where: str) -> Identity:
    return Identity(
        certificate=file.path(table, f"{where}.certificate"),
        key=file.path(table, f"{where}.certificate_key"),
        password=read_password("", password_file=file.path(table, f"{where}.password_file")),
    )


def _chain(file: SettingsFile) -> ChainSettings:
    table = file.table(file.content, "chain")
    file.only(table, "chain", {"rpc", "deployment"})
    return ChainSettings(
        rpc=file.text(table, "chain.rpc"),
        deployment=file.path(table, "chain.deployment"),
        signing=file.signing(file.table(file.content, "account"), "account", set()),
    )


def _counterparts(file: SettingsFile, name: str, *, with_url: bool) -> tuple[Counterpart, ...]:
    found = []
    for place, item in enumerate(file.tables(file.content, name), 1):
        where = f"{name} {place}"
        file.only(item, where, {"participant", "certificate"} | ({"url"} if with_url else set()))
        found.append(
            Counterpart(
                participant=ParticipantId(file.number(item, f"{where}.participant", 1, 65_535)),
                certificate=file.path(item, f"{where}.certificate"),
                url=file.text(item, f"{where}.url") if with_url else "",
            )
        )
    if len({item.participant for item in found}) < len(found):
        raise file.wrong(name, "name each participant once")
    return tuple(found)
