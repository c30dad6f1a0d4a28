"""Storage of a space's contracts as of one block, read from trie nodes and nothing else.

For each contract: its account lies in the trie of the block's state root; the account's code hash is that of the
package's code with the given immutables; these immutables name the deployment's other contracts; and its storage lies
in the trie of the account's storage root (EIP-1186).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trustspace.encoding import rlp
from trustspace.encoding.address import address_bytes, checksum_address
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidBundle, OutOfRange
from trustspace.services.governance import WIRING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustspace.domain.deployment import Deployment
    from trustspace.encoding.patricia import TrieNodes
    from trustspace.encoding.storage_layout import StorageLayout


class KnownContract(Protocol):
    """A contract as the package knows it."""

    @property
    def layout(self) -> StorageLayout:
        """Return where it keeps what."""
        ...

    def runtime_code(self, immutables: Mapping[str, bytes]) -> bytes:
        """Return its deployed code with these immutables. Raise OutOfRange when they are others than its own."""
        ...


class ProvenState:
    """A `Storage` that answers from proofs, or raises InvalidBundle."""

    def __init__(
        self,
        state_root: bytes,
        nodes: TrieNodes,
        immutables: Mapping[str, Mapping[str, bytes]],
        *,
        deployment: Deployment,
        contracts: Callable[[str], KnownContract],
    ) -> None:
        """Nothing is checked before it is read."""
        self._state_root, self._nodes, self._immutables = state_root, nodes, immutables
        self._deployment, self._contracts = deployment, contracts
        self._roots: dict[str, bytes] = {}

    @property
    def contracts_read(self) -> frozenset[str]:
        """Contracts of which anything was read."""
        return frozenset(self._roots)

    def value(self, contract: str, variable: str, *path: str | int | bytes) -> int:
        """What a variable holds; 0 where the trie proves that nothing was ever kept."""
        place = self._contracts(contract).layout.place(variable, *path)
        root = self._roots.get(contract)
        if root is None:
            root = self._roots[contract] = self._storage_root(contract)
        where = f"{contract}.{variable}"
        found = self._nodes.look_up(root, place.slot.to_bytes(32, "big"), where=where)
        if found is None:
            return 0
        try:
            word = rlp.integer(rlp.decode(found, where=where), where=where)
        except OutOfRange as error:
            raise _refusal(error.message, where) from error
        if word >> 256:  # zero should not be kept, but Anvil's tries do keep it
            raise _refusal("a word that no storage holds", where)
        return place.value_in(word)

    def _storage_root(self, contract: str) -> bytes:
        address = self._deployment.address(contract)
        where = f"{contract} at {address}"
        account = self._nodes.look_up(self._state_root, address_bytes(address), where=where)
        if account is None:
            raise _refusal("there is no account", where)
        try:
            fields = rlp.decode_list(account, where=where)
            if len(fields) != 4:
                raise _refusal("not an account", where)
            storage_root, code_hash = (rlp.fixed(field, 32, where=where) for field in fields[2:])
            code = self._contracts(contract).runtime_code(self._immutables.get(contract, {}))
        except OutOfRange as error:
            raise _refusal(error.message, where) from error
        if keccak(code) != code_hash:
            raise _refusal("the contract's code is not the one that this package knows", where)
        self._check_wiring(contract, where)
        return storage_root

    def _check_wiring(self, contract: str, where: str) -> None:
        """The contract asks the deployment's other contracts, as the code says, and no others."""
        for immutable, target in WIRING[contract]:
            found = checksum_address(self._immutables[contract][immutable][12:])
            if found != self._deployment.address(target):
                raise _refusal(f"it asks another {target}: {found}", where)


def _refusal(problem: str, where: str) -> InvalidBundle:
    return InvalidBundle(
        f"not proven: {problem}", where=where, remedy="compare deployment file, package release and bundle"
    )
