"""Typed messages (EIP-712) that participants and subjects sign.

    digest      = keccak256(0x19 01 || domain separator || struct hash)
    separator   = keccak256(abi.encode(DOMAIN_TYPEHASH, keccak(name), keccak(version), chainId, contract))
    struct hash = keccak256(abi.encode(keccak(type), field, field, ...))

Every field of our messages is one word (no nested structs), so a struct is its type hash and a join of words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from trustspace.encoding.hashing import address_word, bytes32, keccak, uint_word
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from trustspace.domain.agreements import AgreementTerms
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import Address, AgreementId, ParticipantId
    from trustspace.domain.sums import SumStatement

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
DOMAIN_FIELDS = (
    ("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"),
)  # fmt: skip
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Binds a signature to one contract on one chain."""

    name: str
    chain_id: int
    contract: Address
    version: str = VERSION

    def separator(self) -> bytes:
        """32 bytes, computed once per domain."""
        return _separator(self.name, self.version, self.chain_id, self.contract)


@dataclass(frozen=True, kw_only=True)
class TypedMessage:
    """A message of one-word fields: (name, type, value) each, in the order of the type."""

    domain: Domain
    kind: str
    fields: tuple[tuple[str, str, Any], ...]

    @cached_property
    def struct_hash(self) -> bytes:
        """Hash of the message without its domain."""
        words = (_word(kind, value, name) for name, kind, value in self.fields)
        return keccak(b"".join((_type_hash(self.kind, tuple((f[0], f[1]) for f in self.fields)), *words)))

    @cached_property
    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        return keccak(b"\x19\x01" + self.domain.separator() + self.struct_hash)

    def as_json(self) -> dict[str, Any]:
        """The form that `eth_signTypedData_v4` and wallets take."""
        domain = (self.domain.name, self.domain.version, self.domain.chain_id, self.domain.contract)
        return {
            "types": {
                "EIP712Domain": [{"name": name, "type": kind} for name, kind in DOMAIN_FIELDS],
                self.kind: [{"name": name, "type": kind} for name, kind, _ in self.fields],
            },
            "primaryType": self.kind,
            "domain": {name: value for (name, _), value in zip(DOMAIN_FIELDS, domain, strict=True)},
            "message": {
                name: "0x" + value.hex() if isinstance(value, bytes) else value for name, _, value in self.fields
            },
        }


def agreement_message(registry: Address, chain_id: int, terms: AgreementTerms) -> TypedMessage:
    """What subject and grantee sign; the agreement's id is its digest."""
    return TypedMessage(
        domain=Domain(name="TrustSpace AgreementRegistry", chain_id=chain_id, contract=registry),
        kind="Agreement",
        fields=(
            ("subject", "address", terms.subject),
            ("grantee", "uint16", int(terms.grantee)),
            ("purposes", "uint16", int(terms.purposes)),
            ("scopeHash", "bytes32", terms.scope_hash),
            ("notBefore", "uint40", terms.not_before),
            ("notAfter", "uint40", terms.not_after),
            ("maxUses", "uint32", terms.max_uses),
            ("salt", "bytes32", terms.salt),
        ),
    )


def termination_message(registry: Address, chain_id: int, agreement: AgreementId) -> TypedMessage:
    """What a subject signs to end an agreement through a third party."""
    return TypedMessage(
        domain=Domain(name="TrustSpace AgreementRegistry", chain_id=chain_id, contract=registry),
        kind="Termination",
        fields=(("agreement", "bytes32", bytes(agreement)),),
    )


def consent_message(registry: Address, chain_id: int, participant: ParticipantId, account: Address) -> TypedMessage:
    """What a new account signs to be added to a participant."""
    return TypedMessage(
        domain=Domain(name="TrustSpace ParticipantRegistry", chain_id=chain_id, contract=registry),
        kind="AccountConsent",
        fields=(("participant", "uint16", int(participant)), ("account", "address", account)),
    )


def certificate_message(registry: Address, chain_id: int, certificate: Certificate) -> TypedMessage:
    """What endorsers sign; the certificate's id is its digest."""
    return TypedMessage(
        domain=Domain(name="TrustSpace CertificateRegistry", chain_id=chain_id, contract=registry),
        kind="Certificate",
        fields=(
            ("agreement", "bytes32", bytes(certificate.agreement)),
            ("model", "bytes32", bytes(certificate.model)),
            ("asOfDay", "uint16", int(certificate.as_of_day)),
            ("grade", "uint8", int(certificate.grade)),
            ("validFrom", "uint32", certificate.valid_from),
            ("notAfter", "uint32", certificate.not_after),
        ),
    )


def sum_message(registry: Address, chain_id: int, statement: SumStatement) -> TypedMessage:
    """What a party signs with every message of a secure sum."""
    return TypedMessage(
        domain=Domain(name="TrustSpace ModelRegistry", chain_id=chain_id, contract=registry),
        kind="SumMessage",
        fields=(
            ("run", "bytes32", bytes(statement.run)),
            ("round", "uint32", statement.round),
            ("phase", "uint8", int(statement.phase)),
            ("tensor", "bytes32", statement.tensor),
            ("sequence", "uint64", statement.sequence),
            ("content", "bytes32", statement.content),
        ),
    )


@lru_cache(maxsize=256)
def _separator(name: str, version: str, chain_id: int, contract: str) -> bytes:
    return keccak(
        keccak(_DOMAIN)
        + keccak(name.encode())
        + keccak(version.encode())
        + uint_word(chain_id, where="chain id")
        + address_word(contract, where="verifying contract")
    )


@lru_cache(maxsize=64)
def _type_hash(kind: str, fields: tuple[tuple[str, str], ...]) -> bytes:
    return keccak(f"{kind}({','.join(f'{type_} {name}' for name, type_ in fields)})".encode())


def _word(kind: str, value: Any, where: str) -> bytes:
    if kind.startswith("uint"):
        return uint_word(value, int(kind[4:]), where=where)
    if kind == "address":
        return address_word(value, where=where)
    if kind == "bytes32":
        return bytes32(value, where=where)
    raise OutOfRange(f"no one-word field of type {kind}", where=where, remedy="keep messages to uint, address, bytes32")
