"""Who acts in tests: organisations and subjects with published keys, each with its own view of the contracts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trustspace.adapters.chain.agreements import AgreementRegistry
from trustspace.adapters.chain.certificates import CertificateRegistry
from trustspace.adapters.chain.features import FeatureRegistry
from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys
from trustspace.adapters.chain.invoices import InvoiceRegistry
from trustspace.adapters.chain.liens import LienRegistry
from trustspace.adapters.chain.models import ModelRegistry
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.adapters.chain.ranges import RangeStatements
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.chain.verifiers import VerifierRegistry
from trustspace.crypto.signing import SigningKey
from trustspace.domain.ids import Address, ParticipantId, SubjectId
from trustspace.domain.participants import Role
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.adapters.chain.client import Client

SOURCES, BANKS, SUBJECTS, KEYHOLDERS = 3, 4, 5, 5


def actor_key(name: str) -> SigningKey:
    """The published key of an actor."""
    return SigningKey(keccak(f"trustspace test actor: {name}".encode()))


class Actor:
    """One account. Its contracts sign with its key; nobody else's connection is shared."""

    def __init__(self, name: str, client: Client) -> None:
        """The key follows from the name: for tests only."""
        self.name = name
        self.key = actor_key(name)
        self.client = client
        self.sender = Sender(client.node, self.key)
        self.participants = ParticipantRegistry(client, self.sender)
        self.agreements = AgreementRegistry(client, self.sender)
        self.invoices = InvoiceRegistry(client, self.sender)
        self.features = FeatureRegistry(client, self.sender)
        self.models = ModelRegistry(client, self.sender)
        self.verifiers = VerifierRegistry(client, self.sender)
        self.certificates = CertificateRegistry(client, self.sender)
        self.fingerprint_keys = FingerprintKeys(client, self.sender)
        self.liens = LienRegistry(client, self.sender)
        self.ranges = RangeStatements(client, self.sender)

    def __repr__(self) -> str:
        return f"Actor({self.name!r}, {self.address})"

    @property
    def address(self) -> Address:
        """Its account."""
        return self.key.address

    @property
    def subject(self) -> SubjectId:
        """Its account as a subject's pseudonym."""
        return SubjectId(self.address)

    @cached_property
    def participant(self) -> ParticipantId:
        """The organisation it belongs to; 0 when it is nobody's."""
        return self.participants.participant_of(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actors:
    """The cast: three sources, four banks that also certify, an aggregator, five keyholders, five subjects, and one who
    is nobody.
    """

    regulator: Actor
    guardian: Actor
    sources: tuple[Actor, ...]
    banks: tuple[Actor, ...]
    aggregator: Actor
    keyholders: tuple[Actor, ...]
    subjects: tuple[Actor, ...]
    outsider: Actor

    @classmethod
    def of(cls, client: Client) -> Actors:
        """Fresh connections for everybody."""
        return cls(
            regulator=Actor("regulator", client),
            guardian=Actor("guardian", client),
            sources=tuple(Actor(f"source {number}", client) for number in range(1, SOURCES + 1)),
            banks=tuple(Actor(f"bank {number}", client) for number in range(1, BANKS + 1)),
            aggregator=Actor("aggregator", client),
            keyholders=tuple(Actor(f"keyholder {number}", client) for number in range(1, KEYHOLDERS + 1)),
            subjects=tuple(Actor(f"subject {number}", client) for number in range(1, SUBJECTS + 1)),
            outsider=Actor("outsider", client),
        )

    @property
    def organisations(self) -> dict[Actor, Role]:
        """Whom the regulator admits, with which roles; in this order they get the numbers 1, 2, ..."""
        return {
            **dict.fromkeys(self.sources, Role.SOURCE),
            **dict.fromkeys(self.banks, Role.BANK | Role.CERTIFIER),
            self.aggregator: Role.AGGREGATOR,
            **dict.fromkeys(self.keyholders, Role.KEYHOLDER),
        }

    @property
    def everybody(self) -> tuple[Actor, ...]:
        """All of them."""
        return (
            self.regulator, self.guardian, *self.sources, *self.banks, self.aggregator, *self.keyholders,
            *self.subjects, self.outsider,
        )  # fmt: skip
