"""A deployed space, its actors by role, and the steps from an agreement to a certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from brownie import (
    ZERO_ADDRESS,
    AgreementRegistry,
    CertificateRegistry,
    FeatureRegistry,
    FingerprintKeys,
    InvoiceRegistry,
    LienRegistry,
    ModelRegistry,
    ParticipantRegistry,
    RangeStatements,
    SpaceAccessManager,
    VerifierRegistry,
    accounts,
    chain,
    web3,
)
from eth_account import Account
from eth_utils import keccak

from trustspace.services.governance import ADMIN, GOVERNED, GUARDIAN, REGULATOR

DAY = 86_400
AS_OF = 20_370
MAX_VALIDITY = 180 * DAY
RECOVERY_DELAY = 3 * DAY
COMMIT_WINDOW, RESERVATION_TIME = 5, 3 * DAY  # blocks, seconds

SOURCE, BANK, AGGREGATOR, KEYHOLDER, CERTIFIER = 1, 2, 4, 8, 16
FEATURES, TRAINING, CERTIFICATE = 1, 2, 4
CONFIRMED, VOIDED, PAID, DISPUTED = range(4)


def h(text: str) -> bytes:
    """A hash of something nobody looks into."""
    return keccak(text=text)


def now() -> int:
    """Time of the latest block; brownie's own clock forgets that a test was undone."""
    return web3.eth.get_block("latest")["timestamp"]


class Signer:
    """An account whose key the tests hold; it needs no money, as gas is free."""

    def __init__(self, name: str) -> None:
        self.key = keccak(text=f"trustspace contract tests: {name}")
        self.account = accounts.add(self.key.hex())
        self.address = self.account.address

    def sign(self, contract: Any, kind: str, fields: str, **message: Any) -> bytes:
        """EIP-712 signature by eth-account; `fields` as in the type string: "uint16 participant,address account"."""
        pairs = [field.split(" ") for field in fields.split(",")]
        signed = Account.sign_typed_data(
            self.key,
            {
                "name": f"TrustSpace {contract._name}",
                "version": "1",
                "chainId": chain.id,
                "verifyingContract": contract.address,
            },
            {kind: [{"type": type_, "name": name} for type_, name in pairs]},
            message,
        )
        return bytes(signed.signature)


AGREEMENT_FIELDS = (
    "address subject,uint16 grantee,uint16 purposes,bytes32 scopeHash,"
    "uint40 notBefore,uint40 notAfter,uint32 maxUses,bytes32 salt"
)
SUM_MESSAGE_FIELDS = "bytes32 run,uint32 round,uint8 phase,bytes32 tensor,uint64 sequence,bytes32 content"
CERTIFICATE_FIELDS = "bytes32 agreement,bytes32 model,uint16 asOfDay,uint8 grade,uint32 validFrom,uint32 notAfter"


@dataclass
class Certificate:
    agreement: bytes
    model: bytes
    day: int = AS_OF
    grade: int = 2
    valid_from: int = 0
    not_after: int = 0

    def __post_init__(self) -> None:
        self.valid_from = self.valid_from or now()
        self.not_after = self.not_after or self.valid_from + 90 * DAY

    @property
    def tuple(self) -> tuple[Any, ...]:
        return (self.agreement, self.model, self.day, self.grade, self.valid_from, self.not_after)

    @property
    def terms(self) -> int:
        """Packed as the certificate's word."""
        return self.grade << 248 | self.day << 224 | self.valid_from << 136 | self.not_after << 104


@dataclass
class World:
    deployer: Any
    regulator: Any
    guardian: Any
    source: Any
    other_source: Any
    aggregator: Any
    outsider: Any
    banks: list[Signer]
    subject: Signer
    manager: Any = None
    participants: Any = None
    agreements: Any = None
    invoices: Any = None
    features: Any = None
    models: Any = None
    verifiers: Any = None
    certificates: Any = None
    fingerprint_keys: Any = None
    liens: Any = None
    ranges: Any = None
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def guarded(self) -> list[Any]:
        return [
            self.participants, self.agreements, self.invoices, self.features, self.models, self.verifiers,
            self.certificates, self.fingerprint_keys, self.liens, self.ranges,
        ]  # fmt: skip

    def bank(self, i: int) -> Any:
        return self.banks[i].account

    # --- agreements ---

    def terms(self, **changes: Any) -> dict[str, Any]:
        terms = {
            "subject": self.subject.address, "grantee": self.ids["bank 0"], "purposes": FEATURES | CERTIFICATE,
            "scopeHash": h("scope"), "notBefore": now() - 10, "notAfter": now() + 365 * DAY,
            "maxUses": 3, "salt": h("salt"),
        }  # fmt: skip
        return terms | changes

    def signatures(self, terms: dict[str, Any], subject: Signer | None = None, grantee: Signer | None = None) -> Any:
        sides = (subject or self.subject, grantee or self.banks[0])
        return [side.sign(self.agreements, "Agreement", AGREEMENT_FIELDS, **terms) for side in sides]

    def record(self, **changes: Any) -> bytes:
        terms = self.terms(**changes)
        self.agreements.record(tuple(terms.values()), *self.signatures(terms), {"from": self.outsider})
        return self.agreements.agreementIdOf(tuple(terms.values()))

    # --- invoices and features ---

    def anchor(self, count: int = 300, nonce: bytes = h("nonce"), root: bytes = h("root"), by: Any = None) -> bytes:
        by = by or self.source
        self.invoices.anchor((self.subject.address, count, nonce, root), {"from": by})
        return self.invoices.batchIdOf(self.participants.participantOf(by), self.subject.address, count, nonce)

    def commit(self, *evidence: bytes, day: int = AS_OF, commitment: int = 7, by: Any = None) -> Any:
        features = (self.subject.address, day, commitment.to_bytes(32, "big"), list(evidence))
        return self.features.commit(features, {"from": by or self.source})

    # --- training ---

    def open_run(self, operation: bytes = h("run"), banks: int = 3, quorum: int = 2) -> bytes:
        parties = [bank.address for bank in self.banks[:banks]]
        self.models.openRun(h("plan"), parties, quorum, operation, {"from": self.aggregator})
        return self.models.runIdOf(self.ids["aggregator"], operation)

    def join_all(self, run: bytes) -> None:
        for i in range(3):
            self.models.join(run, h(f"mask key {i}"), {"from": self.bank(i)})

    def commit_round(self, run: bytes, number: int) -> None:
        for i in range(3):
            self.models.commitContribution(run, number, h(f"{number} {i}"), {"from": self.bank(i)})

    def gathered(
        self, run: bytes, number: int = 1, survivors: int = 7, banks: tuple[int, ...] = (0, 1, 2), said: Any = None
    ) -> tuple[Any, ...]:
        """A round with what these banks signed; `said` are fields in which they signed something else."""
        signed = []
        for i in banks:
            message = {
                "run": run, "round": number, "phase": 2, "tensor": h("tensor"), "sequence": 3 * (number - 1) + 1,
                "content": h(f"{number} {i}"),
            } | (said or {})  # fmt: skip
            signature = self.banks[i].sign(self.models, "SumMessage", SUM_MESSAGE_FIELDS, **message)
            signed.append((h(f"{number} {i}"), *compact(signature)))
        return (number, h(f"sum {number - 1}"), survivors, h("tensor"), signed)

    def play_round(self, run: bytes, number: int = 1) -> None:
        self.commit_round(run, number)
        self.models.fixSurvivors(run, number, 7, {"from": self.aggregator})
        self.models.closeRound(run, number, h(f"sum {number}"), {"from": self.aggregator})

    def running(self, operation: bytes = h("run")) -> bytes:
        run = self.open_run(operation)
        self.join_all(run)
        return run

    def card(self, name: str = "model") -> tuple[bytes, ...]:
        return (h(name), h("schema"), h("code"), h("metrics"), bytes(31) + b"\x07")

    def final_model(self, operation: bytes = h("run")) -> bytes:
        run = self.running(operation)
        self.play_round(run)
        for i in range(2):
            self.models.confirmModel(run, self.card(), {"from": self.bank(i)})
        return self.models.modelIdOf(run, self.card())

    # --- certificates ---

    def endorsements(self, c: Certificate, *banks: int) -> list[tuple[bytes, bytes]]:
        agreement, model, day, grade, valid_from, not_after = c.tuple
        message = {
            "agreement": bytes(agreement), "model": bytes(model), "asOfDay": day, "grade": grade,
            "validFrom": valid_from, "notAfter": not_after,
        }  # fmt: skip
        return [
            compact(self.banks[i].sign(self.certificates, "Certificate", CERTIFICATE_FIELDS, **message)) for i in banks
        ]

    def issue(self, c: Certificate, *banks: int) -> bytes:
        self.certificates.issue(c.tuple, self.endorsements(c, *(banks or (0, 1))), {"from": self.outsider})
        return self.certificates.certificateIdOf(c.tuple)


def compact(signature: bytes) -> tuple[bytes, bytes]:
    """EIP-2098 form of r || s || v."""
    vs = int.from_bytes(signature[32:64], "big") | (signature[64] - 27) << 255
    return signature[:32], vs.to_bytes(32, "big")


def deploy() -> World:
    """All contracts, the permissions of a real deployment, and everybody admitted."""
    deployer, regulator, guardian, source, other_source, aggregator, outsider = accounts[:7]
    world = World(
        deployer, regulator, guardian, source, other_source, aggregator, outsider,
        banks=[Signer(f"bank {i}") for i in range(4)], subject=Signer("subject"),
    )  # fmt: skip
    by = {"from": deployer}
    manager = world.manager = SpaceAccessManager.deploy(deployer, by)
    participants = world.participants = ParticipantRegistry.deploy(manager, 2, RECOVERY_DELAY, by)
    world.agreements = AgreementRegistry.deploy(manager, participants, by)
    world.invoices = InvoiceRegistry.deploy(manager, participants, by)
    world.features = FeatureRegistry.deploy(manager, participants, world.invoices, by)
    world.models = ModelRegistry.deploy(manager, participants, by)
    world.verifiers = VerifierRegistry.deploy(manager, by)
    world.certificates = CertificateRegistry.deploy(
        manager, participants, world.agreements, world.models, world.features, world.verifiers, 2, MAX_VALIDITY, by
    )
    world.fingerprint_keys = FingerprintKeys.deploy(manager, participants, by)
    world.liens = LienRegistry.deploy(
        manager, participants, world.invoices, world.fingerprint_keys, COMMIT_WINDOW, RESERVATION_TIME, by
    )
    world.ranges = RangeStatements.deploy(manager, world.invoices, world.features, world.verifiers, by)
    assign_permissions(world)
    admitted = {f"bank {i}": (bank.address, BANK | CERTIFIER) for i, bank in enumerate(world.banks)}
    admitted |= {"source": (source, SOURCE), "other source": (other_source, SOURCE)}
    admitted |= {"aggregator": (aggregator, AGGREGATOR)}
    for number, (name, (account, roles)) in enumerate(admitted.items(), start=1):
        participants.admit(account, roles, h(name), {"from": regulator})
        world.ids[name] = number
    return world


def assign_permissions(world: World) -> None:
    """Function roles, members, and the deployer's farewell, in one transaction."""
    manager = world.manager
    calls = []
    for contract in world.guarded:
        for role, functions in GOVERNED[contract._name].items():
            selectors = [getattr(contract, name).signature for name in functions]
            calls.append(manager.setTargetFunctionRole.encode_input(contract, selectors, role))
    calls.append(manager.grantRole.encode_input(REGULATOR, world.regulator, 0))
    calls.append(manager.grantRole.encode_input(GUARDIAN, world.guardian, 0))
    calls.append(manager.grantRole.encode_input(ADMIN, world.regulator, 0))
    calls.append(manager.renounceRole.encode_input(ADMIN, world.deployer))
    manager.multicall(calls, {"from": world.deployer})


def sole_event(tx: Any, name: str) -> dict[str, Any]:
    """The one event of this name in a transaction."""
    assert len(tx.events[name]) == 1 if isinstance(tx.events[name], list) else True
    return dict(tx.events[name])


def no_event(tx: Any) -> bool:
    return len(tx.events) == 0


def set_code(address: str, code: bytes | str) -> None:
    """Puts contract code at an address of the test chain."""
    web3.provider.make_request("anvil_setCode", [address, code])


__all__ = ["ZERO_ADDRESS", "World", "deploy", "h", "now"]
