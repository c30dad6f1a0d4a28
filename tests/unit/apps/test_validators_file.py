"""Files of validators: a list or a header, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.encoding.sealed import KEYS, Sealed
from trustspace.apps.validators_file import read_validators
from trustspace.domain.headers import Consensus
from trustspace.errors import InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS = [key.address for key in KEYS]
LISTED = "validators = [" + ", ".join(f'"{account.lower()}"' for account in ACCOUNTS) + "]"


def written(folder: Path, text: str) -> Path:
    path = folder / "validators.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("consensus", [Consensus.QBFT, Consensus.IBFT2])
def test_read__list_or_header__the_same_validators(tmp_path: Path, consensus: Consensus) -> None:
    header = Sealed(consensus=consensus).raw().hex()
    for text in (LISTED, f'header = "0x{header}"', f'header = "{header}"'):
        found = read_validators(written(tmp_path, f'consensus = "{consensus.value}"\n{text}\n'))
        assert (found.consensus, list(found.validators), found.quorum) == (consensus, ACCOUNTS, 3)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (LISTED, "consensus"),
        ('consensus = "plain"\n' + LISTED, "consensus"),
        ('consensus = "clique"\n' + LISTED, "consensus"),
        ("consensus = [1]\n" + LISTED, "consensus"),
        ('consensus = "qbft"', "validators"),
        ('consensus = "qbft"\nheader = "0x"\n' + LISTED, "validators"),
        ('consensus = "qbft"\nvalidators = []', "validators"),
        ('consensus = "qbft"\nvalidators = "0x"', "validators"),
        ('consensus = "qbft"\nvalidators = [1]', "validators"),
        ('consensus = "qbft"\nvalidators = ["0x12"]', "validators"),
        (f'consensus = "qbft"\nvalidators = ["{ACCOUNTS[0]}", "{ACCOUNTS[0].lower()}"]', "validators"),
        ('consensus = "qbft"\nheader = "0xzz"', "header"),
        ('consensus = "qbft"\nheader = "0xc0"', "header"),
        ('consensus = "qbft"\nheader = 5', "header"),
        (f'consensus = "ibft2"\nheader = "{Sealed(consensus=Consensus.QBFT).raw().hex()}"', "header"),
        ('consensus = "qbft"\nvalidator = 1\n' + LISTED, "validator"),
    ],
)
def test_read__something_else__field_is_named(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(InvalidSettings, match=f"validators.toml, {field}: is missing or wrong"):
        read_validators(written(tmp_path, text))


def test_read__no_file_or_no_toml__said(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", written(tmp_path, "consensus = ")):
        with pytest.raises(InvalidSettings, match="cannot be read"):
            read_validators(path)
