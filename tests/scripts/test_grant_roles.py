"""scripts/grant_roles.py: admits from a file, changes only what differs, sends nothing when the file is bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from brownie import accounts, chain
from brownie.exceptions import VirtualMachineError

from scripts import grant_roles
from scripts.common import BrownieReader
from trustspace.domain.participants import Role
from trustspace.errors import InvalidDeployment

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.domain.deployment import Deployment


def entry(name: str, account: str, roles: str) -> str:
    return f'[[participants]]\nname = "{name}"\naccount = "{account}"\nroles = [{roles}]\n'


def roles_of(deployment: Deployment, account: str) -> Role:
    registry, reader = deployment.address("ParticipantRegistry"), BrownieReader()
    participant = reader.call("ParticipantRegistry", registry, "participantOf", (account,))
    return Role(reader.call("ParticipantRegistry", registry, "rolesOf", (participant,))[0])


def test_grant_roles__admits_then_finds_nothing_to_do_then_changes_one(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "participants.toml"
    bureau, bank = accounts[3].address, accounts[4].address
    file.write_text(entry("bureau", bureau, '"source"') + entry("bank", bank, '"bank", "certifier"'))
    assert grant_roles.main(str(file)) == {"bureau": "admitted", "bank": "admitted"}
    assert roles_of(deployment, bank) == Role.BANK | Role.CERTIFIER

    height = chain.height
    assert grant_roles.main(str(file)) == {"bureau": "unchanged", "bank": "unchanged"}
    assert chain.height == height

    file.write_text(entry("bureau", bureau, '"source"') + entry("bank", bank, '"bank"'))
    assert grant_roles.main(str(file)) == {"bureau": "unchanged", "bank": "changed"}
    assert roles_of(deployment, bank) == Role.BANK


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no \[\[participants\]\]"),
        ("[[participants", "cannot be read"),
        (entry("bank", "0x1234", '"bank"'), "entry 1: '0x1234' is not an address"),
        (entry("bank", "0x" + "11" * 20, '"banker"'), "entry 1: missing field or unknown role 'BANKER'"),
        (entry("bank", "0x" + "11" * 20, ""), "entry 1: no role is named"),
        ('[[participants]]\nname = "bank"\n', "missing field or unknown role 'roles'"),
    ],
)
def test_grant_roles__bad_file__names_file_and_entry_and_sends_nothing(
    deployment: Deployment, tmp_path: Path, text: str, message: str
) -> None:
    file, height = tmp_path / "participants.toml", chain.height
    file.write_text(text)
    with pytest.raises(InvalidDeployment, match=message) as raised:
        grant_roles.main(str(file))
    assert str(file) in str(raised.value)
    assert chain.height == height


def test_grant_roles__by_somebody_else_than_the_regulator__is_refused(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "participants.toml"
    file.write_text(entry("bank", accounts[6].address, '"bank"'))
    with pytest.raises(VirtualMachineError, match="AccessManagedUnauthorized"):
        grant_roles.main(str(file), "7")
