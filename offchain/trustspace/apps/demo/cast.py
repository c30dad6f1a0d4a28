"""Who plays: organisations with their accounts and mask keys, and firms with their pseudonyms. All keys are fresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.apps.demo.world import BANKS, SOURCES
from trustspace.crypto.masks import MaskKey
from trustspace.crypto.signing import SigningKey
from trustspace.domain.ids import ParticipantId, SubjectId
from trustspace.domain.participants import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustspace.ports import Randomness

NOBODY = ParticipantId(0)


@dataclass(slots=True, kw_only=True)
class Member:
    """An organisation. `id` is NOBODY until the regulator admitted it."""

    name: str
    roles: Role
    key: SigningKey
    mask_key: MaskKey
    id: ParticipantId = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A subject: its name in the sources' books and the key behind its pseudonym."""

    name: str
    key: SigningKey

    @property
    def pseudonym(self) -> SubjectId:
        """Address under which the chain knows it."""
        return SubjectId(self.key.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody."""

    deployer: SigningKey
    regulator: SigningKey
    guardian: SigningKey
    outsider: SigningKey
    sources: tuple[Member, ...]
    banks: tuple[Member, ...]
    aggregator: Member
    firms: Mapping[str, Firm]

    @property
    def members(self) -> tuple[Member, ...]:
        """All organisations, sources first."""
        return (*self.sources, *self.banks, self.aggregator)

    def second_bank(self, lead: int) -> int:
        """Index of the bank that checks the lead bank's grade."""
        return (lead + 1) % len(self.banks)


def new_key(randomness: Randomness) -> SigningKey:
    """A fresh account."""
    return SigningKey(randomness.bytes(32))


def gather(subjects: Iterable[str], randomness: Randomness) -> Cast:
    """A cast for these firms."""

    def member(name: str, roles: Role) -> Member:
        return Member(name=name, roles=roles, key=new_key(randomness), mask_key=MaskKey.generate())

    return Cast(
        deployer=new_key(randomness),
        regulator=new_key(randomness),
        guardian=new_key(randomness),
        outsider=new_key(randomness),
        sources=tuple(member(f"tax bureau {index + 1}", Role.SOURCE) for index in range(SOURCES)),
        banks=tuple(member(f"bank {index + 1}", Role.BANK | Role.CERTIFIER) for index in range(BANKS)),
        aggregator=member("aggregator", Role.AGGREGATOR),
        firms={name: Firm(name=name, key=new_key(randomness)) for name in subjects},
    )
