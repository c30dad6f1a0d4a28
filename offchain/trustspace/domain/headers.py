"""Blocks' headers and what makes one trustworthy to somebody without a node."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from trustspace.domain.ids import Address


class Consensus(StrEnum):
    """How a network agrees on blocks, as far as a header shows it. PLAIN headers hold no seals that count."""

    PLAIN = "plain"
    QBFT = "qbft"
    IBFT2 = "ibft2"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedHash:
    """Trust in one block, whose hash came by another way than the bundle."""

    block_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownValidators:
    """Trust in a network's validators: two thirds of them must have sealed the block."""

    validators: tuple[Address, ...]
    consensus: Consensus

    @property
    def quorum(self) -> int:
        """How many seals a block needs (Besu's rule): at least two thirds."""
        return quorum_of(len(self.validators))


HeaderTrust = PinnedHash | KnownValidators


def quorum_of(validators: int) -> int:
    """Seals that a block of so many validators needs: two thirds of them, rounded up."""
    return -(-2 * validators // 3)
