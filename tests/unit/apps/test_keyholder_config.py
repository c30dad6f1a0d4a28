from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustspace.apps.keyholder_config import read_fingerprint_config, read_keyholder_config
from trustspace.errors import InvalidSettings, SignerMissing

if TYPE_CHECKING:
    from pathlib import Path

COMMON = """
[account]
keystore = "k.json"
password_file = "account.password"
[chain]
rpc = "http://127.0.0.1:8545"
deployment = "d.json"
"""
KEYHOLDER = f"""
[keyholder]
listen = "[::1]:8443"
state = "state"
exchange = "/shared/exchange"
password_file = "p"
certificate = "n.crt"
certificate_key = "n.key"
quota = 2000
anchor_seconds = 60
{COMMON}
[[bank]]
participant = 4
certificate = "b.crt"
"""
BANK = f"""
[bank]
password_file = "p"
certificate = "b.crt"
certificate_key = "b.key"
pins = "pins.json"
{COMMON}
[[keyholder]]
participant = 9
url = "https://k.example:8443"
certificate = "k.crt"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p").write_text("secret\n")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_keyholder__every_field__read(folder: Path) -> None:
    config = read_keyholder_config(written(folder, KEYHOLDER))
    assert (config.host, config.port, config.quota, config.anchor_seconds) == ("::1", 8443, 2000, 60)
    assert config.state == folder / "state"
    assert str(config.exchange) == "/shared/exchange"
    assert config.identity.password == "secret"
    assert "secret" not in repr(config)
    assert [(bank.participant, bank.certificate) for bank in config.banks] == [(4, folder / "b.crt")]
    assert config.chain.signing.keystore == folder / "k.json"


def test_bank__every_field__read(folder: Path) -> None:
    config = read_fingerprint_config(written(folder, BANK))
    assert config.pins == folder / "pins.json"
    assert [(holder.participant, holder.url) for holder in config.keyholders] == [(9, "https://k.example:8443")]
    assert "secret" not in repr(config)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('listen = "[::1]:8443"', 'listen = "8443"', "keyholder.listen"),
        ('listen = "[::1]:8443"', 'listen = "host:port"', "keyholder.listen"),
        ('listen = "[::1]:8443"', 'listen = "host:70000"', "keyholder.listen"),
        ("quota = 2000", "quota = 0", "keyholder.quota"),
        ("quota = 2000", "quota = true", "keyholder.quota"),
        ("quota = 2000", "", "keyholder.quota"),
        ("quota = 2000", "quota = 1\nquotas = 2", "keyholder.quotas"),
        ("participant = 4", "participant = 70000", "bank 1.participant"),
        ("participant = 4", 'participant = 4\nurl = "https://x:1"', "bank 1.url"),
        ("[[bank]]", "[bank]", "bank"),
        ("[chain]", "[chains]", "chains"),
        ('rpc = "http://127.0.0.1:8545"', "rpc = 5", "chain.rpc"),
    ],
)
def test_keyholder__mistake__named(folder: Path, old: str, new: str, where: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        read_keyholder_config(written(folder, KEYHOLDER.replace(old, new)))
    assert raised.value.where.endswith(where)


def test_bank__keyholder_twice_or_none__named(folder: Path) -> None:
    again = BANK[BANK.index("[[keyholder]]") :]
    with pytest.raises(InvalidSettings, match="each participant once"):
        read_fingerprint_config(written(folder, BANK + again))
    with pytest.raises(InvalidSettings, match="is missing or wrong"):
        read_fingerprint_config(written(folder, BANK.replace(again, "")))


def test_config__no_file_or_no_password__said(folder: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_keyholder_config(folder / "missing.toml")
    with pytest.raises(SignerMissing, match="password file"):
        read_keyholder_config(written(folder, KEYHOLDER.replace('password_file = "p"', 'password_file = "q"')))
