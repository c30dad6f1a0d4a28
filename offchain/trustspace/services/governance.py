"""Who may govern what: the table of restricted functions and roles that a deployment sets and verifies.

Everything else is decided by the participants' roles in the ParticipantRegistry, or by signatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from trustspace.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trustspace.domain.deployment import Deployment
    from trustspace.domain.ids import Address

# Roles of the AccessManager, as in contracts/types/Roles.sol; 0 is OpenZeppelin's own administrator.
ADMIN, REGULATOR, GUARDIAN = 0, 1, 2
ROLE_NAMES = {ADMIN: "admin", REGULATOR: "regulator", GUARDIAN: "guardian"}
MANAGER = "SpaceAccessManager"

_PAUSABLE = (
    "ParticipantRegistry",
    "AgreementRegistry",
    "InvoiceRegistry",
    "FeatureRegistry",
    "ModelRegistry",
    "CertificateRegistry",
)
_REGULATOR_ONLY = {
    "ParticipantRegistry": ("admit", "setRoles", "suspend", "reinstate", "declareCompromise", "rejectRecovery"),
    "ModelRegistry": ("withdrawModel",),
    "CertificateRegistry": ("annul", "setPolicy"),
}

# contract -> role -> functions that only this role may call. The guardian can pause and nothing else.
GOVERNED: dict[str, dict[int, tuple[str, ...]]] = {
    contract: {REGULATOR: (*_REGULATOR_ONLY.get(contract, ()), "unpause"), GUARDIAN: ("pause",)}
    for contract in _PAUSABLE
}

# contract -> public immutables and what they hold: another contract, or a constructor argument's position.
WIRING: dict[str, tuple[tuple[str, str], ...]] = {
    "ParticipantRegistry": (),
    "AgreementRegistry": (("PARTICIPANTS", "ParticipantRegistry"),),
    "InvoiceRegistry": (("PARTICIPANTS", "ParticipantRegistry"),),
    "FeatureRegistry": (("PARTICIPANTS", "ParticipantRegistry"), ("INVOICES", "InvoiceRegistry")),
    "ModelRegistry": (("PARTICIPANTS", "ParticipantRegistry"),),
    "CertificateRegistry": (
        ("PARTICIPANTS", "ParticipantRegistry"),
        ("AGREEMENTS", "AgreementRegistry"),
        ("MODELS", "ModelRegistry"),
        ("FEATURES", "FeatureRegistry"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractKind:
    """What a deployer knows of a contract before it is deployed. Hashes in hexadecimal."""

    name: str
    version: str
    abi_hash: str
    code_hash: str
    selectors: Mapping[str, bytes]


class ChainReader(Protocol):
    """Reads deployed contracts."""

    def kind(self, name: str) -> ContractKind:
        """Return what is known of a contract here."""
        ...

    def code_matches(self, name: str, address: Address) -> bool:
        """Return whether the code at an address is this contract, whatever its immutables and metadata are."""
        ...

    def call(self, name: str, address: Address, function: str, arguments: Sequence[Any] = ()) -> Any:
        """Return what a view function returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something on the chain that is not as it should be."""

    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, found {self.found}"


def function_roles(reader: ChainReader, contract: str) -> Iterator[tuple[int, list[bytes]]]:
    """(role, selectors) to set on a contract."""
    selectors = reader.kind(contract).selectors
    for role, functions in GOVERNED.get(contract, {}).items():
        yield role, [selectors[function] for function in functions]


def differences(reader: ChainReader, deployment: Deployment) -> list[Difference]:
    """Everything that is not as this package deploys it: code, wiring, function roles, members."""
    wrong_code = list(_code(reader, deployment))
    if wrong_code:
        return wrong_code  # what other code answers means nothing
    return [*_wiring(reader, deployment), *_functions(reader, deployment), *_members(reader, deployment)]


def _code(reader: ChainReader, deployment: Deployment) -> Iterator[Difference]:
    for contract in deployment.contracts:
        kind = reader.kind(contract.name)
        where = f"{contract.name} at {contract.address}"
        if contract.code_hash != kind.code_hash:
            yield Difference(
                where=where,
                expected=f"code {kind.code_hash} (version {kind.version})",
                found=f"code {contract.code_hash} (version {contract.version}) in the deployment file",
            )
        elif not reader.code_matches(contract.name, contract.address):
            yield Difference(where=where, expected=f"code {kind.code_hash}", found="no code or other code")


def _wiring(reader: ChainReader, deployment: Deployment) -> Iterator[Difference]:
    for contract, links in WIRING.items():
        address = deployment.address(contract)
        for getter, target in (("authority", MANAGER), *links):
            found = reader.call(contract, address, getter)
            yield from _compare(f"{contract}.{getter}", deployment.address(target), found)


def _functions(reader: ChainReader, deployment: Deployment) -> Iterator[Difference]:
    manager = deployment.address(MANAGER)
    for contract, roles in GOVERNED.items():
        address = deployment.address(contract)
        selectors = reader.kind(contract).selectors
        closed = reader.call(MANAGER, manager, "isTargetClosed", (address,))
        yield from _compare(f"{contract} closed", "no", "yes" if closed else "no")
        for role, functions in roles.items():
            for function in functions:
                found = reader.call(MANAGER, manager, "getTargetFunctionRole", (address, selectors[function]))
                yield from _compare(f"{contract}.{function}", _role(role), _role(int(found)))


def _members(reader: ChainReader, deployment: Deployment) -> Iterator[Difference]:
    expected = {
        deployment.deployer: set[int](),
        deployment.regulator: {ADMIN, REGULATOR},
        deployment.guardian: {GUARDIAN},
    }
    for account, roles in expected.items():
        for role in ROLE_NAMES:
            found = member_of(reader, deployment.address(MANAGER), role, account)
            wanted = role in roles
            yield from _compare(f"{account} as {_role(role)}", _member(wanted), _member(found))


def member_of(reader: ChainReader, manager: Address, role: int, account: Address) -> bool:
    """Whether an account is a member of a role now."""
    member, _delay = reader.call(MANAGER, manager, "hasRole", (role, account))
    return bool(member)


def _compare(where: str, expected: Any, found: Any) -> Iterator[Difference]:
    if str(expected).lower() != str(found).lower():
        yield Difference(where=where, expected=str(expected), found=str(found))


def _member(found: bool) -> str:
    return "member" if found else "no member"


def _role(role: int) -> str:
    return ROLE_NAMES.get(role, f"role {role}")


def require_no_differences(found: Sequence[Difference], error: type[LedgerError], *, where: str, remedy: str) -> None:
    """Raise `error` listing what differs, if anything does."""
    if found:
        raise error("; ".join(str(item) for item in found), where=where, remedy=remedy)
