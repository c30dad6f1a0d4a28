"""What registries pack into one storage word, unpacked: the places are those of contracts/libraries/*Words.sol.

    certificate  state (4) | grade (4) | verifier (8) | asOfDay (16) | agreement (32) | model (24) | validFrom (32)
                 | notAfter (32) | issuedBlock (40) | account numbers of up to four endorsers (4 x 16)
    account      unused (96) | roles (8) | retiredAt (40) | compromisedFrom (40) | validFrom (40) | participant (16)
                 | number (16)
    policy       model (184 + 24) | maxValidity (32) | quorum (8) | paused (8)
    agreement    unused (40) | maxUses (32) | uses (32) | grantee (16) | notBefore (40) | notAfter (40) | purposes (16)
                 | state (8) | number (32)

From the highest bit down, widths in bits.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_ENDORSERS = 4


@dataclass(frozen=True, slots=True)
class CertificateWord:
    """`agreement`, `model` and `endorsers` are short numbers that other registries resolve."""

    word: int

    @property
    def state(self) -> int:
        return self.word >> 252

    @property
    def grade(self) -> int:
        return _bits(self.word, 248, 4)

    @property
    def verifier(self) -> int:
        """What checked its proof; 0 when it has none."""
        return _bits(self.word, 240, 8)

    @property
    def as_of_day(self) -> int:
        return _bits(self.word, 224, 16)

    @property
    def agreement(self) -> int:
        return _bits(self.word, 192, 32)

    @property
    def model(self) -> int:
        return _bits(self.word, 168, 24)

    @property
    def valid_from(self) -> int:
        return _bits(self.word, 136, 32)

    @property
    def not_after(self) -> int:
        return _bits(self.word, 104, 32)

    @property
    def issued_block(self) -> int:
        return _bits(self.word, 64, 40)

    @property
    def endorsers(self) -> tuple[int, ...]:
        """Account numbers up to the highest that is not zero, as the contract counts them."""
        numbers = [_bits(self.word, 16 * place, 16) for place in range(MOST_ENDORSERS)]
        while numbers and numbers[-1] == 0:
            numbers.pop()
        return tuple(numbers)


@dataclass(frozen=True, slots=True)
class AccountWord:
    """Blocks of zero mean never."""

    word: int

    @property
    def participant(self) -> int:
        return _bits(self.word, 16, 16)

    @property
    def retired_at(self) -> int:
        return _bits(self.word, 112, 40)

    @property
    def compromised_from(self) -> int:
        return _bits(self.word, 72, 40)


@dataclass(frozen=True, slots=True)
class AgreementWord:
    word: int

    @property
    def state(self) -> int:
        return _bits(self.word, 32, 8)

    @property
    def grantee(self) -> int:
        return _bits(self.word, 136, 16)


def is_paused(policy: int) -> bool:
    """Whether the CertificateRegistry is stopped, by the word of its policy."""
    return _bits(policy, 0, 8) != 0


def sources_in(word: int) -> tuple[int, ...]:
    """Participants of 16 bits each, the first lowest, up to the highest that is not zero (FeatureRegistry)."""
    return tuple(word >> shift & 0xFFFF for shift in range(0, word.bit_length(), 16))


def _bits(word: int, shift: int, width: int) -> int:
    return word >> shift & (1 << width) - 1
