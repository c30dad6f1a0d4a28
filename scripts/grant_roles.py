"""Admit the participants listed in a TOML file and give them their roles; run again, it changes only what differs.

    brownie run grant_roles main participants.toml REGULATOR --network NETWORK

REGULATOR is a keystore id (on a test chain the number of an unlocked account, by default 1). The file:

    [[participants]]
    name = "Tax bureau, eastern district"
    account = "0x..."
    roles = ["source"]            # source, bank, aggregator, keyholder, certifier
    profile_hash = "0x..."        # optional: SHA-256 of the organisation's published profile
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.common import BrownieDeployer, caller_path, find_account, known_deployment
from trustspace.domain.participants import Role
from trustspace.encoding.address import normal_address
from trustspace.errors import InvalidDeployment, OutOfRange

if TYPE_CHECKING:
    from trustspace.domain.deployment import Deployment
    from trustspace.domain.ids import Address

REGISTRY = "ParticipantRegistry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One entry of the file."""

    name: str
    account: Address
    roles: Role
    profile_hash: bytes


def main(file: str, regulator: str = "1") -> dict[str, str]:
    return grant_roles(read_admissions(caller_path(file)), regulator, known_deployment())


def grant_roles(admissions: list[Admission], regulator: str, deployment: Deployment) -> dict[str, str]:
    """Admit or change each; returns what was done by name: admitted, changed or unchanged."""
    sender = BrownieDeployer(find_account(regulator))
    registry = deployment.address(REGISTRY)
    done = {}
    for item in admissions:
        done[item.name] = _grant(sender, registry, item)
        print(f"{done[item.name]:10} {item.name}: {item.account} {roles_text(item.roles)}")
    return done


def _grant(sender: BrownieDeployer, registry: Address, item: Admission) -> str:
    participant = int(sender.call(REGISTRY, registry, "participantOf", (item.account,)))
    if participant == 0:
        sender.transact(REGISTRY, registry, "admit", (item.account, int(item.roles), item.profile_hash))
        return "admitted"
    roles, _suspended = sender.call(REGISTRY, registry, "rolesOf", (participant,))
    if int(roles) == int(item.roles):
        return "unchanged"
    sender.transact(REGISTRY, registry, "setRoles", (participant, int(item.roles)))
    return "changed"


def read_admissions(file: Path) -> list[Admission]:
    """Read the TOML file. Raises InvalidDeployment naming file, entry and field; nothing is sent before all is read."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidDeployment(
            f"cannot be read: {error}", where=str(file), remedy="see scripts/grant_roles.py"
        ) from error
    entries = content.get("participants", [])
    if not entries:
        raise InvalidDeployment("no [[participants]]", where=str(file), remedy="see scripts/grant_roles.py")
    return [_admission(entry, f"{file}, entry {number}") for number, entry in enumerate(entries, start=1)]


def _admission(entry: dict[str, Any], where: str) -> Admission:
    try:
        roles = reduce(or_, (Role[name.upper()] for name in entry["roles"]), Role(0))
        profile = bytes.fromhex(entry.get("profile_hash", "0x" + "00" * 32).removeprefix("0x"))
        if not roles:
            raise InvalidDeployment("no role is named", where=where, remedy="name one role or more")
        return Admission(
            name=entry["name"], account=normal_address(entry["account"]), roles=roles, profile_hash=profile
        )
    except InvalidDeployment:
        raise
    except KeyError as error:
        raise InvalidDeployment(f"missing field or unknown role {error}", where=where, remedy="correct it") from error
    except (TypeError, ValueError, OutOfRange) as error:
        raise InvalidDeployment(str(error), where=where, remedy="correct the entry") from error


def roles_text(roles: Role) -> str:
    """Roles as words."""
    return ", ".join(role.name.lower() for role in Role if role in roles and role.name)
