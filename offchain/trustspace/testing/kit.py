"""A whole data space for tests: private Anvil, the deployment that users run, admitted and funded actors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustspace.adapters.chain.anvil import Anvil, AnvilOptions
from trustspace.adapters.chain.client import Client
from trustspace.adapters.chain.deployer import PackageDeployer
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import quantity
from trustspace.adapters.chain.sender import Sender
from trustspace.encoding.hashing import keccak
from trustspace.services.deployment import DeploymentPlan, Policy, deploy_space
from trustspace.testing.actors import Actor, Actors, actor_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustspace.domain.deployment import Deployment

FUNDS = 10**24  # wei; gas is free on this chain, value transfers are not
POLICY = Policy(recovery_delay=3600)


class SpaceKit:
    """A deployed data space. `actors` are fresh after every isolated block."""

    def __init__(self, url: str, deployment: Deployment) -> None:
        """For a space that `start_kit` made."""
        self.url = url
        self.deployment = deployment
        self.node = Node(url)
        self.actors = self._cast()

    @property
    def client(self) -> Client:
        """A connection for reading."""
        return self.actors.outsider.client

    @contextmanager
    def isolated(self) -> Iterator[SpaceKit]:
        """Undo on the chain whatever happens inside."""
        snapshot = self.node.rpc.call("evm_snapshot")
        self.actors = self._cast()
        try:
            yield self
        finally:
            self.node.rpc.call("evm_revert", snapshot)
            self.actors = self._cast()

    def mine(self, blocks: int = 1) -> None:
        """Mine empty blocks."""
        self.node.rpc.call("anvil_mine", quantity(blocks))

    def advance(self, seconds: int) -> None:
        """Let time pass, then mine a block."""
        self.node.rpc.call("evm_increaseTime", quantity(seconds))
        self.node.rpc.call("evm_mine")

    def open_epoch(self) -> int:
        """Open an epoch of the fingerprint service by two keyholders that hold no seeds; its number."""
        actors = self.actors
        holders = actors.keyholders[:2]
        epoch = actors.regulator.fingerprint_keys.propose_epoch([holder.participant for holder in holders], 2).value
        ceremony = actors.outsider.fingerprint_keys.epoch(epoch).ceremony
        for holder in holders:
            holder.fingerprint_keys.confirm_keys(epoch, ceremony, keccak(b"transcript"))
        return epoch

    def now(self) -> int:
        """Time of the latest block in UTC seconds."""
        return self.node.timestamp()

    def _cast(self) -> Actors:
        return Actors.of(Client(self.url, self.deployment))


@contextmanager
def start_kit(options: AnvilOptions | None = None) -> Iterator[SpaceKit]:
    """Start a chain, deploy, admit the actors; everything ends with the block. Raises ToolMissing without Anvil."""
    with Anvil(options or AnvilOptions()) as anvil:
        yield deploy_kit(anvil.url)


def deploy_kit(url: str) -> SpaceKit:
    """Deploy and admit on a test chain that is there already and has Anvil's methods."""
    node = Node(url)
    deployer = PackageDeployer(Sender(node, actor_key("deployer")))
    plan = DeploymentPlan(
        network="test",
        regulator=actor_key("regulator").address,
        guardian=actor_key("guardian").address,
        policy=POLICY,
    )
    kit = SpaceKit(url, deploy_space(deployer, plan).deployment)
    for actor in kit.actors.everybody:
        node.rpc.call("anvil_setBalance", actor.address, quantity(FUNDS))
    _admit(kit.actors)
    return kit


def _admit(actors: Actors) -> None:
    registry = actors.regulator.participants
    registry.write_many(
        [
            registry.request("admit", actor.address, int(roles), keccak(actor.name.encode()))
            for actor, roles in actors.organisations.items()
        ]
    )


__all__ = ["Actor", "Actors", "SpaceKit", "deploy_kit", "start_kit"]
