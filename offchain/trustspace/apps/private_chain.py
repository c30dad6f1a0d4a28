"""A chain of one's own for one training: started, deployed, everybody admitted; gone when the training is over."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.anvil import Anvil
from trustspace.adapters.chain.deployer import PackageDeployer
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.chain.training_ledger import BankLedger, RunLedger
from trustspace.apps.space import Space
from trustspace.crypto.randomness import SystemRandomness
from trustspace.crypto.signing import SigningKey
from trustspace.domain.participants import Role
from trustspace.encoding.hashing import keccak
from trustspace.services.deployment import DeploymentPlan, deploy_space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustspace.domain.deployment import Deployment
    from trustspace.domain.ids import ParticipantId


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingChain:
    """Ledgers of the banks, with their participants, and of the aggregator."""

    banks: tuple[tuple[BankLedger, ParticipantId], ...]
    aggregator: RunLedger


@contextmanager
def training_chain(names: Sequence[str]) -> Iterator[TrainingChain]:
    """A chain on which these banks and an aggregator are admitted; all keys are fresh. Raises ToolMissing."""
    randomness = SystemRandomness()
    deployer, regulator, guardian, aggregator, *banks = (
        SigningKey(randomness.bytes(32)) for _ in range(4 + len(names))
    )
    with Anvil() as anvil:
        plan = DeploymentPlan(network="local", regulator=regulator.address, guardian=guardian.address, commit="")
        deployment = deploy_space(PackageDeployer(Sender(Node(anvil.url), deployer)), plan).deployment
        registry = _space(anvil, deployment, regulator).participants
        members = [(key, Role.BANK, name) for key, name in zip(banks, names, strict=True)]
        registry.write_many(
            [
                registry.request("admit", key.address, int(role), keccak(name.encode()))
                for key, role, name in [*members, (aggregator, Role.AGGREGATOR, "aggregator")]
            ]
        )
        spaces = [_space(anvil, deployment, key) for key in banks]
        yield TrainingChain(
            banks=tuple(
                (BankLedger(space.models), space.participants.participant_of(key.address))
                for space, key in zip(spaces, banks, strict=True)
            ),
            aggregator=RunLedger(_space(anvil, deployment, aggregator).models),
        )


def _space(anvil: Anvil, deployment: Deployment, key: SigningKey) -> Space:
    return Space.connect(anvil.url, deployment=deployment, signer=key)
