"""Who may govern what: the table of restricted functions and roles that a deployment sets and verifies.

Everything else is decided by the participants' roles in the ParticipantRegistry, or by signatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from trustspace.encoding.address import checksum_address
from trustspace.errors import LedgerError
from trustspace.services.rights import Rights, left_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trustspace.domain.deployment import DeployedContract, Deployment
    from trustspace.domain.ids import Address
    from trustspace.services.rights import ChainEvent

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
    "VerifierRegistry",
    "CertificateRegistry",
    "FingerprintKeys",
    "LienRegistry",
    "RangeStatements",
)
_REGULATOR_ONLY = {
    "ParticipantRegistry": ("admit", "setRoles", "suspend", "reinstate", "declareCompromise", "rejectRecovery"),
    "ModelRegistry": ("withdrawModel",),
    "VerifierRegistry": ("register", "withdraw"),
    "CertificateRegistry": ("annul", "setPolicy", "setProofPolicy"),
    "FingerprintKeys": ("proposeEpoch", "closeEpoch"),
    "LienRegistry": ("resolve", "unlink"),
    "RangeStatements": ("setVerifier",),
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
    "VerifierRegistry": (),
    "CertificateRegistry": (
        ("PARTICIPANTS", "ParticipantRegistry"),
        ("AGREEMENTS", "AgreementRegistry"),
        ("MODELS", "ModelRegistry"),
        ("FEATURES", "FeatureRegistry"),
        ("VERIFIERS", "VerifierRegistry"),
    ),
    "FingerprintKeys": (("PARTICIPANTS", "ParticipantRegistry"),),
    "LienRegistry": (
        ("PARTICIPANTS", "ParticipantRegistry"),
        ("INVOICES", "InvoiceRegistry"),
        ("EPOCHS", "FingerprintKeys"),
    ),
    "RangeStatements": (
        ("INVOICES", "InvoiceRegistry"),
        ("FEATURES", "FeatureRegistry"),
        ("VERIFIERS", "VerifierRegistry"),
    ),
}

# contract -> numbers after the addresses in its constructor, with the least and greatest that the contract accepts.
NUMBERS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "ParticipantRegistry": (("recovery quorum", 1, 2**8 - 1), ("recovery delay", 0, 2**40 - 1)),
    "CertificateRegistry": (("certificate quorum", 1, 4), ("longest validity", 1, 2**32 - 1)),
    "LienRegistry": (("commit window", 1, 2**40 - 1), ("reservation time", 1, 2**32 - 1)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """The mined transaction that made a contract. `address` is None when it made none."""

    code: bytes
    address: Address | None
    block: int
    succeeded: bool


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

    def creation_code(self, name: str, arguments: Sequence[Any]) -> bytes:
        """Return what a transaction carries that deploys this contract."""
        ...

    def creation(self, transaction: str) -> Creation | None:
        """Return what a transaction made; None when the node knows no such transaction."""
        ...

    def events(self, name: str, address: Address, *, since: int, until: int | None = None) -> Sequence[ChainEvent]:
        """Return everything a contract emitted between two blocks, both included, in order."""
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


def constructor_arguments(name: str, deployment: Deployment, numbers: Sequence[int]) -> tuple[str | int, ...]:
    """Constructor arguments, from the contracts that a contract is wired to and the numbers of the policy."""
    if name == MANAGER:
        return (deployment.deployer,)
    addresses = (deployment.address(target) for target in (MANAGER, *(target for _, target in WIRING[name])))
    return (*addresses, *numbers)


def policy_numbers(deployment: Deployment) -> dict[str, int]:
    """Numbers that the constructors were given, by what they mean."""
    return {
        meaning: int(number)
        for name, numbers in NUMBERS.items()
        for (meaning, _, _), number in zip(numbers, deployment.contract(name).arguments[-len(numbers) :], strict=True)
    }


def differences(reader: ChainReader, deployment: Deployment) -> list[Difference]:
    """Everything that is not as this package deploys it: code, creation, wiring, rights, and acts before the end.

    Rights and acts are taken from events, so that an account nobody knows of is seen as well. Raises ContractMissing
    for a deployment that lacks a contract.
    """
    wrong_code = [*_code(reader, deployment), *_arguments(deployment)] or list(_creation(reader, deployment))
    if wrong_code:
        return wrong_code  # what other code answers means nothing
    manager = deployment.contract(MANAGER)
    history = reader.events(MANAGER, manager.address, since=manager.block)
    rights = Rights.after(history)
    return [
        *_wiring(reader, deployment),
        *_functions(reader, deployment, rights),
        *_members(reader, deployment, rights),
        *(Difference(where=name, expected="0", found=str(value)) for name, value in rights.unusual().items()),
        *_early_acts(reader, deployment, history),
    ]


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


def _arguments(deployment: Deployment) -> Iterator[Difference]:
    """The recorded arguments are those of a plan: contracts by address, numbers that the contracts accept."""
    for name in (MANAGER, *WIRING):
        recorded, limits = deployment.contract(name).arguments, NUMBERS.get(name, ())
        numbers = recorded[len(recorded) - len(limits) :]
        expected = constructor_arguments(name, deployment, [int(number) for number in numbers if _is_number(number)])
        yield from _compare(f"{name} arguments", _listed(expected), _listed(recorded))
        for number, (meaning, least, most) in zip(numbers, limits, strict=False):
            if not (_is_number(number) and least <= int(number) <= most):
                yield Difference(where=f"{name} {meaning}", expected=f"{least} to {most}", found=str(number))


def _creation(reader: ChainReader, deployment: Deployment) -> Iterator[Difference]:
    """Every contract was made by the recorded transaction, which ran the package's code and nothing besides.

    The code at an address alone does not tell: immutables are left out of its hash, and other creation code may
    write storage before it returns the same.
    """
    for contract in deployment.contracts:
        where = f"creation of {contract.name} in {contract.transaction}"
        found = reader.creation(contract.transaction)
        if found is None:
            yield Difference(where=where, expected="a mined transaction", found="none that the node knows")
            continue
        address = f"{contract.address} in block {contract.block}"
        yield from _compare(where, address, f"{found.address if found.succeeded else None} in block {found.block}")
        if found.code != reader.creation_code(contract.name, contract.arguments):
            yield Difference(
                where=where,
                expected=f"the package's code with {_listed(contract.arguments)}",
                found="other code or other arguments",
            )


def _wiring(reader: ChainReader, deployment: Deployment) -> Iterator[Difference]:
    for contract, links in WIRING.items():
        address = deployment.address(contract)
        for getter, target in (("authority", MANAGER), *links):
            found = reader.call(contract, address, getter)
            yield from _compare(f"{contract}.{getter}", deployment.address(target), found)


def _functions(reader: ChainReader, deployment: Deployment, rights: Rights) -> Iterator[Difference]:
    """Functions have the roles of the table, by question and by history, and no other function has one."""
    manager = deployment.address(MANAGER)
    known: set[tuple[str, bytes]] = set()
    for contract, roles in GOVERNED.items():
        address = deployment.address(contract)
        selectors = reader.kind(contract).selectors
        closed = reader.call(MANAGER, manager, "isTargetClosed", (address,))
        yield from _compare(f"{contract} closed", "no", "yes" if closed else "no")
        for role, functions in roles.items():
            for function in functions:
                asked = reader.call(MANAGER, manager, "getTargetFunctionRole", (address, selectors[function]))
                known.add(place := (address.lower(), selectors[function]))
                for found in sorted({int(asked), rights.functions.get(place, ADMIN)} - {role}):
                    yield Difference(where=f"{contract}.{function}", expected=_role(role), found=_role(found))
    for (target, selector), role in rights.functions.items():
        if (target, selector) not in known and role != ADMIN:
            where = f"function 0x{selector.hex()} of {target}"
            yield Difference(where=where, expected=_role(ADMIN), found=_role(role))


def _members(reader: ChainReader, deployment: Deployment, rights: Rights) -> Iterator[Difference]:
    """Exactly the expected accounts hold roles; those of the deployment are asked about besides."""
    named = (deployment.deployer, deployment.regulator, deployment.guardian)
    wanted = _wanted_members(deployment)
    asked = {
        (role, account.lower()): member_of(reader, deployment.address(MANAGER), role, account)
        for account in named
        for role in ROLE_NAMES
    }
    spelled = {account.lower(): account for account in named}
    for key in dict.fromkeys((*asked, *rights.members)):
        role, account = key
        answers = {key in rights.members, asked.get(key, key in rights.members)}
        if answers != {key in wanted}:
            where = f"{spelled.get(account) or _spelled(account)} as {_role(role)}"
            yield Difference(where=where, expected=_member(key in wanted), found=_member(key not in wanted))
    delay = rights.members.get((GUARDIAN, deployment.guardian.lower()), 0)
    yield from _compare(f"delay of {deployment.guardian} as {_role(GUARDIAN)}", 0, delay)


def _wanted_members(deployment: Deployment) -> set[tuple[int, str]]:
    regulator, guardian = deployment.regulator.lower(), deployment.guardian.lower()
    return {(ADMIN, regulator), (REGULATOR, regulator), (GUARDIAN, guardian)}


def _early_acts(reader: ChainReader, deployment: Deployment, history: Sequence[ChainEvent]) -> Iterator[Difference]:
    """Nothing was done while the deployer was administrator but to create the contracts and to set their rights.

    An account admitted then, or an authority exchanged and put back, would outlive the deployer's rights.
    """
    end = left_at(history, ADMIN, deployment.deployer)
    if end is None:
        return  # it is a member still, which is a difference of its own
    expected = {*_wanted_members(deployment), (ADMIN, deployment.deployer.lower())}
    for event in history:
        if event.name == "RoleGranted" and (event.block, event.index) < end:
            role, account = int(event.arguments["roleId"]), str(event.arguments["account"]).lower()
            if (role, account) not in expected:
                where = f"{_spelled(account)} as {_role(role)}"
                yield Difference(where=where, expected="never a member", found="granted before the deployer left")
    for contract in deployment.contracts:
        if contract.name != MANAGER:
            yield from _early_events(reader, contract, end)


def _early_events(reader: ChainReader, contract: DeployedContract, end: tuple[int, int]) -> Iterator[Difference]:
    for event in reader.events(contract.name, contract.address, since=contract.block, until=end[0]):
        if (event.block, event.index) < end and event.transaction.lower() != contract.transaction.lower():
            yield Difference(
                where=f"{contract.name} in block {event.block}",
                expected="nothing done before the deployer left",
                found=event.name or "an unknown event",
            )


def member_of(reader: ChainReader, manager: Address, role: int, account: Address) -> bool:
    """Whether an account is a member of a role now."""
    member, _delay = reader.call(MANAGER, manager, "hasRole", (role, account))
    return bool(member)


def _compare(where: str, expected: Any, found: Any) -> Iterator[Difference]:
    if str(expected).lower() != str(found).lower():
        yield Difference(where=where, expected=str(expected), found=str(found))


def _member(found: bool) -> str:
    return "member" if found else "no member"


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _listed(arguments: Sequence[Any]) -> str:
    return ", ".join(map(str, arguments))


def _spelled(account: str) -> str:
    return checksum_address(bytes.fromhex(account.removeprefix("0x")))


def _role(role: int) -> str:
    return ROLE_NAMES.get(role, f"role {role}")


def require_no_differences(found: Sequence[Difference], error: type[LedgerError], *, where: str, remedy: str) -> None:
    """Raise `error` listing what differs, if anything does."""
    if found:
        raise error("; ".join(str(item) for item in found), where=where, remedy=remedy)
