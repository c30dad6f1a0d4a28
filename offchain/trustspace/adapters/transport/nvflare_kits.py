"""Certificates of an NVFlare run, made by NVFlare's own provisioning: one authority, one kit for each end.

authority/   NVFlare's workspace with the authority's private key: it stays where it was made
coordinator/ rootCA.pem, server.crt, server.key
<account>/   rootCA.pem, client.crt, client.key; the certificate names the account, and nobody else can connect as it
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from trustspace.adapters.transport.nvflare_core import COORDINATOR, nvflare_module
from trustspace.errors import InvalidKey, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trustspace.domain.ids import Address

AUTHORITY, COORDINATOR_KIT = "authority", "coordinator"
_PROJECT, _ORGANISATION = "trustspace", "trustspace"


def provision(folder: Path, host: str, accounts: Sequence[Address]) -> dict[str, Path]:
    """Make kits for a coordinator at `host` and for these accounts; called again, it adds what is missing.

    Returns the kits by name. Raises ToolMissing when NVFlare is absent or makes none.
    """
    entity, cert = nvflare_module("nvflare.lighter.entity"), nvflare_module("nvflare.lighter.impl.cert")
    workspace = nvflare_module("nvflare.lighter.impl.workspace")
    provisioner = nvflare_module("nvflare.lighter.provisioner")
    authority = folder / AUTHORITY
    authority.mkdir(mode=0o700, parents=True, exist_ok=True)
    project = entity.Project(_PROJECT, "training runs")
    project.set_server(COORDINATOR, _ORGANISATION, {"fed_learn_port": 8002, "host_names": [host]})
    for account in accounts:
        project.add_client(account, _ORGANISATION, {})
    builders = [workspace.WorkspaceBuilder(), cert.CertBuilder()]
    made = provisioner.Provisioner(str(authority), builders).provision(project, logger=_Quiet())
    folders = sorted((authority / _PROJECT).glob("prod_*"))
    if made.get("build_error") or not folders:
        raise ToolMissing("NVFlare made no certificates", where=str(authority), remedy="start with an empty folder")
    names: dict[str, str] = {account: account for account in accounts}
    names[COORDINATOR] = COORDINATOR_KIT
    kits = {name: _copied(folders[-1] / made_for / "startup", folder / name) for made_for, name in names.items()}
    shutil.rmtree(folders[-1])
    return kits


def credentials(kit: Path) -> dict[str, str]:
    """A kit as NVFlare's cells take it. Raises InvalidKey naming a file that is missing."""
    side = "server" if (kit / "server.key").exists() else "client"
    files = {"ca_cert": "rootCA.pem", f"{side}_cert": f"{side}.crt", f"{side}_key": f"{side}.key"}
    for name in files.values():
        if not (kit / name).is_file():
            raise InvalidKey(f"has no {name}", where=str(kit), remedy="make it with trustspace worker provision")
    return {use: str(kit / name) for use, name in files.items()}


def _copied(source: Path, target: Path) -> Path:
    target.mkdir(mode=0o700, exist_ok=True)
    for file in source.iterdir():
        if file.suffix in (".crt", ".key", ".pem"):
            shutil.copy(file, target / file.name)
            (target / file.name).chmod(0o600)
    return target


class _Quiet:
    """What NVFlare's provisioning has to say is said by the kits."""

    def info(self, message: str) -> None:
        """Nothing."""

    debug = warning = error = info
