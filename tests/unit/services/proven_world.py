"""A space in memory whose state is provable: the package's code and layouts, tries by the slow reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.encoding.sealed import HEADER, KEYS, Sealed
from tests.unit.encoding.tries import ReferenceTrie
from trustspace.adapters.chain.artifacts import load
from trustspace.domain.certificates import Certificate, CertificateState, Grade
from trustspace.domain.deployment import CONTRACTS, DeployedContract, Deployment
from trustspace.domain.headers import Consensus
from trustspace.domain.ids import Address, AgreementId, AsOfDay, CertificateId, ModelId
from trustspace.encoding import rlp
from trustspace.encoding.address import address_bytes, checksum_address
from trustspace.encoding.block_header import BlockHeader
from trustspace.encoding.certificate_words import terms_word
from trustspace.encoding.eip712 import certificate_message
from trustspace.encoding.hashing import keccak
from trustspace.services.governance import WIRING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHAIN = 20_261
DAY = AsOfDay(20_000)
NOW = 1_800_000_000
SUBJECT = checksum_address(b"\x51" * 20)
AGREEMENT, MODEL = AgreementId(keccak(b"agreement")), ModelId(keccak(b"model"))
BATCHES = (keccak(b"first batch"), keccak(b"second batch"))
ISSUED, COMMITTED = 90, 80
ENDORSERS = (4, 5)
SOURCE, SOURCE_ACCOUNT = 1, 2


def address_of(name: str) -> Address:
    return checksum_address(keccak(name.encode())[12:])


DEPLOYMENT = Deployment(
    network="test",
    chain_id=CHAIN,
    genesis_hash="0xab",
    deployer=address_of("deployer"),
    regulator=address_of("regulator"),
    guardian=address_of("guardian"),
    commit="",
    contracts=tuple(
        DeployedContract(
            name=name, address=address_of(name), block=1, transaction="0x01", arguments=(), abi_hash="",
            code_hash="", version="1.0.0",
        )
        for name in CONTRACTS
    ),
)  # fmt: skip


class World:
    """A `ProofNode` for one block. `set` writes a value where the contract's own layout has it."""

    def __init__(self, *, consensus: Consensus = Consensus.PLAIN, time: int = NOW, number: int = 100) -> None:
        self.consensus, self.time, self.number = consensus, time, number
        self.storage: dict[str, dict[int, int]] = {name: {7_000_000: 1} for name in WIRING}
        self.codes = {name: self._code(name) for name in WIRING}
        self._issue()

    def set(self, contract: str, value: int, variable: str, *path: str | int | bytes) -> None:
        place = load(contract).layout.place(variable, *path)
        word = self.storage[contract].get(place.slot, 0)
        mask = (1 << 8 * place.size) - 1 << 8 * place.offset
        self.storage[contract][place.slot] = word & ~mask | value << 8 * place.offset

    @property
    def content(self) -> Certificate:
        return Certificate(
            agreement=AGREEMENT, model=MODEL, as_of_day=DAY, grade=Grade.B, valid_from=NOW - 1000, not_after=NOW + 1000
        )

    @property
    def certificate(self) -> CertificateId:
        return CertificateId(certificate_message(address_of("CertificateRegistry"), CHAIN, self.content).digest)

    def put_certificate(self, *, state: int = CertificateState.ACTIVE, verifier: int = 0) -> None:
        word = terms_word(self.content) | state << 252 | verifier << 240 | 11 << 192 | 3 << 168 | ISSUED << 64
        word |= ENDORSERS[1] << 16 | ENDORSERS[0]
        self.set("CertificateRegistry", word, "_words", bytes(self.certificate))

    def put_account(self, number: int, *, compromised: int = 0, retired: int = 0) -> None:
        account = address_bytes(address_of(f"account {number}"))
        word = 1 << 152 | retired << 112 | compromised << 72 | 1 << 32 | number << 16 | number
        self.set("ParticipantRegistry", int.from_bytes(account, "big"), "_accountAt", number)
        self.set("ParticipantRegistry", word, "_accounts", account)

    def put_verifier(self, *, state: int) -> None:
        """The certificate's grade proven, by verifier 6."""
        self.put_certificate(verifier=6)
        for value, member in (
            (state, "state"), (2, "circuit"), (3, "setupMode"), (9, "gasLimit"), (0xAB, "keyHash"),
            (0xCD, "circuitHash"), (0xEF, "setupHash"),
            (int.from_bytes(address_bytes(address_of("verifier")), "big"), "verifier"),
        ):  # fmt: skip
            self.set("VerifierRegistry", value, "_entries", 6, member)

    def put_agreement(self, state: int) -> None:
        self.set("AgreementRegistry", state << 32 | 11, "_entries", bytes(AGREEMENT), "word")

    def put_features(self, *, committed: int = COMMITTED, voided_before: int = 3) -> None:
        key = ("_entries", address_bytes(SUBJECT), DAY, SOURCE)
        for value, *member in (
            (committed, "committedBlock"), (SOURCE_ACCOUNT, "account"), (voided_before, "voidedBefore"),
            (len(BATCHES), "evidenceCount"),
            *((int.from_bytes(batch, "big"), "evidence", n) for n, batch in enumerate(BATCHES)),
        ):  # fmt: skip
            self.set("FeatureRegistry", value, *key, *member)  # type: ignore[arg-type]

    def _issue(self) -> None:
        self.put_certificate()
        for number in (*ENDORSERS, SOURCE_ACCOUNT):
            self.put_account(number)
        self.set("AgreementRegistry", int.from_bytes(AGREEMENT, "big"), "_agreementAt", 11)
        self.set("AgreementRegistry", int.from_bytes(address_bytes(SUBJECT), "big"), "_entries", AGREEMENT, "subject")
        self.put_agreement(1)
        self.set("ModelRegistry", int.from_bytes(MODEL, "big"), "_modelAt", 3)
        self.set("ModelRegistry", 2, "_models", MODEL, "state")
        self.set("ModelRegistry", 77, "_models", MODEL, "card", "modelHash")
        self.set("FeatureRegistry", SOURCE, "_sources", address_bytes(SUBJECT), DAY)
        self.put_features()
        self.set("InvoiceRegistry", 3, "_voided", BATCHES[1])

    def _code(self, name: str) -> bytes:
        wired = {immutable: address_bytes(address_of(target)) for immutable, target in WIRING[name]}
        known = load(name)
        return known.runtime_code(
            {
                immutable: wired.get(immutable, keccak(immutable.encode())[:20]).rjust(32, b"\0")
                for immutable in known.immutables
            }
        )

    # --- ProofNode ---

    def tries(self) -> tuple[ReferenceTrie, dict[str, ReferenceTrie]]:
        kept = {
            name: ReferenceTrie({slot.to_bytes(32, "big"): rlp.encode(word) for slot, word in words.items() if word})
            for name, words in self.storage.items()
        }
        accounts = {
            address_bytes(address_of(name)): rlp.encode([1, 0, trie.root, keccak(self.codes[name])])
            for name, trie in kept.items()
        }
        others = {number.to_bytes(20, "big"): rlp.encode([number, 5, keccak(b""), keccak(b"")]) for number in range(60)}
        return ReferenceTrie(accounts | others), kept

    def sealed(self) -> Sealed:
        fields = {**HEADER, "stateRoot": self.tries()[0].root, "number": self.number, "timestamp": self.time}
        return Sealed(consensus=self.consensus, fields=fields, signers=KEYS[:3])

    def header(self, block: int | str) -> tuple[BlockHeader, bytes]:
        assert block == "latest"
        if self.consensus is Consensus.PLAIN:
            header = BlockHeader.of({**(self.sealed().fields or {}), "extraData": b"plain"})
            return header, header.plain_hash
        return BlockHeader.parse(self.sealed().raw()), self.sealed().name

    def word(self, address: Address, slot: int, *, block: int) -> int:
        assert block == self.number
        return next(words.get(slot, 0) for name, words in self.storage.items() if address_of(name) == address)

    def proofs(self, slots: Mapping[Address, Sequence[int]], *, block: int) -> tuple[bytes, ...]:
        assert block == self.number
        assert slots
        accounts, kept = self.tries()
        return tuple(node for trie in (accounts, *kept.values()) for node in trie.nodes.values())

    def code(self, address: Address, *, block: int) -> bytes:
        assert block == self.number
        return next(code for name, code in self.codes.items() if address_of(name) == address)
