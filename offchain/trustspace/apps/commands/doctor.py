"""`trustspace doctor`: what is missing or unreachable, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from trustspace.apps.console import Output
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.options import DEFAULT_RPC, DeploymentFile, Json, KeystoreFile, PasswordFile, RpcUrl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.apps.space import Space


def doctor(
    rpc: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    keystore: KeystoreFile = None,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Check node, deployment, contracts, signer and tools. Exit code 1 when something needed is wrong."""
    checks = Checkup()
    checks.run("python", needed=True, look=_python)
    checks.run("anvil (for demo and tests)", needed=False, look=_anvil)
    checks.run("prover (for proofs)", needed=False, look=_prover)
    checks.run("node", needed=True, look=lambda: _node(rpc))
    space = checks.space(rpc, deployment)
    if space is not None:
        checks.run("contracts", needed=True, look=lambda: _contracts(space))
        checks.run("governance", needed=True, look=lambda: _governance(space))
    checks.run("unfinished writes", needed=False, look=_outbox)
    if keystore is not None:
        checks.run("keystore", needed=True, look=lambda: _keystore(keystore, password_file, space))
    Output(as_json=json).rows("Doctor", ("check", "state", "found", "remedy"), checks.rows)
    if any(row["state"] == "wrong" for row in checks.rows):
        raise typer.Exit(ExitCode.NEGATIVE)


class Checkup:
    """Runs checks one after the other; none stops the others."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def run(self, name: str, *, needed: bool, look: Callable[[], str]) -> None:
        """Note what a check found, or the error's message and remedy."""
        from trustspace.errors import TrustspaceError

        try:
            self._note(name, "ok", look(), "")
        except TrustspaceError as error:
            where = f"{error.where}: " if error.where else ""
            self._note(name, "wrong" if needed else "note", where + error.message, error.remedy)

    def space(self, rpc: str, deployment: Path | None) -> Space | None:
        """The space, when its deployment can be read."""
        from trustspace.apps.space import Space

        found: list[Space] = []

        def look() -> str:
            found.append(Space.connect(rpc, deployment=deployment))
            return f"{found[0].deployment.network}, chain {found[0].deployment.chain_id}"

        self.run("deployment", needed=True, look=look)
        return found[0] if found else None

    def _note(self, name: str, state: str, found: str, remedy: str) -> None:
        self.rows.append({"check": name, "state": state, "found": found, "remedy": remedy})


def _python() -> str:
    import platform

    from trustspace import __version__

    return f"Python {platform.python_version()}, trustspace {__version__}"


def _anvil() -> str:
    from trustspace.adapters.chain.anvil import find_anvil

    return str(find_anvil())


def _prover() -> str:
    from trustspace.adapters.proving.programs import find_bb, find_node, find_node_modules

    return f"{find_bb()}, {find_node()} with {find_node_modules()}"


def _node(rpc: str) -> str:
    from trustspace.adapters.chain.node import Node

    node = Node(rpc)
    return f"chain {node.identity.chain_id} at {node.rpc.url}, block {node.block_number()}"


def _contracts(space: Space) -> str:
    space.client.check()
    contracts = space.deployment.contracts
    paused = [registry.name for registry in space.registries if registry.paused()]
    state = f"paused: {', '.join(paused)}" if paused else "none paused"
    return f"{len(contracts)} contracts of known versions, {state}"


def _governance(space: Space) -> str:
    from trustspace.adapters.chain.deployer import PackageReader
    from trustspace.adapters.chain.manager import AccessManager
    from trustspace.errors import ContractVersionMismatch
    from trustspace.services.governance import ADMIN, REGULATOR, differences, policy_numbers, require_no_differences

    require_no_differences(
        differences(PackageReader(space.client.node), space.deployment),
        ContractVersionMismatch,
        where=space.deployment.network,
        remedy="somebody changed the deployment's rights or code: ask the operator before you rely on it",
    )
    regulator = space.deployment.regulator
    manager = AccessManager(space.client)
    delays = " and ".join(str(manager.has_role(role, regulator)[1]) for role in (REGULATOR, ADMIN))
    numbers = ", ".join(f"{meaning} {number}" for meaning, number in policy_numbers(space.deployment).items())
    return (
        f"regulator {regulator} (delays {delays} s), guardian {space.deployment.guardian}, nobody else; "
        f"deployed with {numbers}"
    )


def _outbox() -> str:
    from trustspace.adapters.store.outbox import Outbox
    from trustspace.apps.session import outbox_path
    from trustspace.errors import TransactionLost

    path = outbox_path()
    if not path.exists():
        return "none"
    waiting = Outbox(path).unfinished_count()
    if waiting:
        raise TransactionLost(
            f"{waiting} transactions are not final", where=str(path), remedy="repeat the command that sent them"
        )
    return "none"


def _keystore(keystore: Path, password_file: Path | None, space: Space | None) -> str:
    from trustspace.adapters.keys.keystore import open_keystore

    address = open_keystore(keystore, password_file=password_file).address
    if space is None:
        return str(address)
    info = space.participants.account_info(address)
    if not info.participant:
        return f"{address} belongs to no participant: it can read, and send what others signed"
    state = "live" if info.live else "retired or compromised"
    return f"{address}, participant {info.participant}, {state}, roles {info.roles!r}"
