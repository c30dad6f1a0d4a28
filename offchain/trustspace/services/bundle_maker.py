"""Makes a bundle with the help of a node that need not be trusted: what it says is checked before it is packed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from trustspace.domain.headers import Consensus, PinnedHash
from trustspace.encoding.bft_extra import block_hash
from trustspace.encoding.certificate_bundle import CertificateBundle
from trustspace.encoding.patricia import TrieNodes
from trustspace.errors import InvalidBundle
from trustspace.services.bundle_check import check_bundle
from trustspace.services.certificate_evidence import gather_evidence
from trustspace.services.proven_state import KnownContract, ProvenState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.deployment import Deployment
    from trustspace.domain.ids import Address, CertificateId
    from trustspace.encoding.block_header import BlockHeader


class ProofNode(Protocol):
    """What a node is asked for; all of it is standard JSON-RPC."""

    def header(self, block: int | str) -> tuple[BlockHeader, bytes]:
        """Return a block's header and the hash by which the network knows it."""
        ...

    def word(self, address: Address, slot: int, *, block: int) -> int:
        """Return one word of storage."""
        ...

    def proofs(self, slots: Mapping[Address, Sequence[int]], *, block: int) -> tuple[bytes, ...]:
        """Return the trie nodes that prove accounts and their slots."""
        ...

    def code(self, address: Address, *, block: int) -> bytes:
        """Return the code at an address."""
        ...


class CodedContract(Protocol):
    """A contract of which the package knows where its code keeps its immutables."""

    def immutables_in(self, code: bytes) -> dict[str, bytes]:
        """Return the immutables' values by name."""
        ...


class PackagedContract(KnownContract, CodedContract, Protocol):
    """Both."""


@dataclass(slots=True, kw_only=True)
class _Recorder:
    """A `Storage` that asks the node, and remembers what for."""

    node: ProofNode
    block: int
    deployment: Deployment
    contracts: Callable[[str], PackagedContract]
    slots: dict[str, dict[int, int]] = field(default_factory=dict)

    def value(self, contract: str, variable: str, *path: str | int | bytes) -> int:
        place = self.contracts(contract).layout.place(variable, *path)
        known = self.slots.setdefault(contract, {})
        if place.slot not in known:
            known[place.slot] = self.node.word(self.deployment.address(contract), place.slot, block=self.block)
        return place.value_in(known[place.slot])


def make_bundle(
    certificate: CertificateId,
    *,
    node: ProofNode,
    deployment: Deployment,
    contracts: Callable[[str], PackagedContract],
    block: int | str = "latest",
) -> tuple[CertificateBundle, BundleVerdict]:
    """A bundle of a certificate as of a block, and what it proves at that block's time.

    Raises InvalidBundle when the node's answers do not fit each other: it serves a chain that is being reorganised,
    prunes what it is asked for, or lies.
    """
    header, named = node.header(block)
    asked = _Recorder(node=node, block=header.number, deployment=deployment, contracts=contracts)
    gather_evidence(asked, certificate)
    address_of = deployment.address
    immutables = {
        contract: contracts(contract).immutables_in(node.code(address_of(contract), block=header.number))
        for contract in sorted(asked.slots)
    }
    slots = {address_of(contract): tuple(found) for contract, found in asked.slots.items()}
    nodes = TrieNodes(node.proofs(slots, block=header.number))
    state = ProvenState(header.state_root, nodes, immutables, deployment=deployment, contracts=contracts)
    gather_evidence(state, certificate)
    bundle = CertificateBundle(
        certificate=certificate,
        chain_id=deployment.chain_id,
        registry=address_of("CertificateRegistry"),
        consensus=_consensus(header, named),
        header=header.to_bytes(),
        immutables=immutables,
        nodes=nodes.visited,
    )
    trust = PinnedHash(block_hash=named)
    verdict = check_bundle(bundle, deployment=deployment, contracts=contracts, trust=trust, now=header.timestamp)
    return bundle, verdict


def _consensus(header: BlockHeader, named: bytes) -> Consensus:
    """The rule by which the header has the hash that the network knows it by."""
    for consensus in Consensus:
        try:
            if block_hash(header, consensus) == named:
                return consensus
        except InvalidBundle:
            continue
    raise InvalidBundle(
        f"no rule known here gives the header the hash 0x{named.hex()}",
        where=f"block {header.number}",
        remedy="see the reference of the bundle for the networks and forks that are known",
    )
