"""Whom to believe about a block: a pinned hash, or enough of the validators that are known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.encoding.sealed import HEADER, KEYS, Sealed, seal_of
from trustspace.crypto.signing import SigningKey
from trustspace.domain.headers import Consensus, KnownValidators, PinnedHash, quorum_of
from trustspace.encoding.block_header import BlockHeader
from trustspace.encoding.signatures import HALF_ORDER
from trustspace.errors import InvalidBundle
from trustspace.services.header_trust import TrustedHeader, check_header

SEALING = (Consensus.QBFT, Consensus.IBFT2)
STRANGER = SigningKey(b"\x77" * 32)


def known(consensus: Consensus, keys: tuple[SigningKey, ...] = KEYS) -> KnownValidators:
    return KnownValidators(validators=tuple(key.address for key in keys), consensus=consensus)


def checked(sealed: Sealed, **trust: Any) -> TrustedHeader:
    header = BlockHeader.parse(sealed.raw())
    return check_header(header, sealed.consensus, trust.get("trust") or known(sealed.consensus))


@pytest.mark.parametrize(
    ("validators", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (10, 7), (100, 67)]
)
def test_quorum_of__two_thirds_rounded_up(validators: int, needed: int) -> None:
    assert quorum_of(validators) == needed
    assert 2 * needed > validators + (validators - 1) // 3  # two quorums share an honest validator


@pytest.mark.parametrize("consensus", SEALING)
def test_check_header__enough_of_the_known_validators__believed(consensus: Consensus) -> None:
    found = checked(Sealed(consensus=consensus, signers=KEYS[1:]))
    assert found.block_hash == Sealed(consensus=consensus).name
    assert found.sealers == tuple(key.address for key in KEYS[1:])
    assert found.validators == tuple(key.address for key in KEYS)
    assert found.statement == f"sealed by 3 of 4 known {consensus.value} validators"
    assert checked(Sealed(consensus=consensus), trust=known(consensus, KEYS[::-1])).sealers


@pytest.mark.parametrize("consensus", SEALING)
def test_check_header__pinned__by_the_networks_hash_with_its_seals_checked(consensus: Consensus) -> None:
    sealed = Sealed(consensus=consensus)
    found = checked(sealed, trust=PinnedHash(block_hash=sealed.name))
    assert (found.statement, len(found.sealers)) == ("the block's hash was given", 4)
    with pytest.raises(InvalidBundle, match=f"has the hash 0x{sealed.name.hex()}, not the trusted 0x{'01' * 32}"):
        checked(sealed, trust=PinnedHash(block_hash=b"\1" * 32))
    with pytest.raises(InvalidBundle, match="2 seals of 4 validators are too few: 3 are needed"):
        checked(sealed.but(signers=KEYS[:2]), trust=PinnedHash(block_hash=sealed.name))


@pytest.mark.parametrize("consensus", SEALING)
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"signers": KEYS[:2]}, "2 seals of 4 validators are too few: 3 are needed"),
        ({"signers": ()}, "0 seals of 4 validators are too few"),
        ({"signers": (KEYS[0], KEYS[0], KEYS[1])}, "somebody sealed it twice"),
        ({"signers": (*KEYS[:3], STRANGER)}, f"{STRANGER.address} sealed it and is no validator"),
        ({"validators": (), "signers": ()}, "names nobody"),
        ({"validators": (*KEYS, KEYS[0])}, "somebody twice"),
        ({"validators": (STRANGER,), "signers": (STRANGER,)}, "names other validators than the trusted ones"),
        ({"validators": KEYS[:3], "signers": KEYS[:3]}, "names other validators than the trusted ones"),
        ({"seals": (b"\0" * 65,) * 3}, "no signature"),
        ({"seals": (b"\xff" * 64 + b"\0",)}, "not in its canonical form"),
    ],
)
def test_check_header__forged_or_short_of_seals__refused(
    consensus: Consensus, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidBundle, match=f"header: the block cannot be believed: .*{problem}"):
        checked(Sealed(consensus=consensus).but(**changes))


@pytest.mark.parametrize("consensus", SEALING)
def test_check_header__seals_of_another_block_or_round__refused(consensus: Consensus) -> None:
    sealed = Sealed(consensus=consensus)
    other = sealed.but(vote=[b"\7" * 20, b"\xff"])
    for foreign in (other.digest, sealed.but(round=7).digest, sealed.name):
        seals = tuple(seal_of(key, foreign) for key in KEYS)
        with pytest.raises(InvalidBundle, match="sealed it and is no validator"):
            checked(sealed.but(seals=seals))


@pytest.mark.parametrize("consensus", SEALING)
def test_check_header__the_same_signature_in_another_form__refused(consensus: Consensus) -> None:
    sealed = Sealed(consensus=consensus)
    seals = [seal_of(key, sealed.digest) for key in KEYS]
    high = 2 * HALF_ORDER + 1 - int.from_bytes(seals[0][32:64], "big")
    flipped = seals[0][:32] + high.to_bytes(32, "big") + bytes([seals[0][64] ^ 1])
    for changed in (flipped, seals[0][:64] + bytes([seals[0][64] + 27])):
        with pytest.raises(InvalidBundle, match="not in its canonical form"):
            checked(sealed.but(seals=(changed, *seals[1:])))


@pytest.mark.parametrize("consensus", SEALING)
def test_check_header__any_byte_of_it_flipped__found(consensus: Consensus) -> None:
    sealed = Sealed(consensus=consensus)
    raw = sealed.raw()
    for trust in (known(consensus), PinnedHash(block_hash=sealed.name)):
        for at in range(len(raw)):
            changed = raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]
            with pytest.raises(InvalidBundle):
                check_header(BlockHeader.parse(changed), consensus, trust)


def test_check_header__without_seals__only_its_hash_can_be_trusted() -> None:
    header = BlockHeader.parse(Sealed(consensus=Consensus.QBFT).raw())
    found = check_header(header, Consensus.PLAIN, PinnedHash(block_hash=header.plain_hash))
    assert (found.sealers, found.validators) == ((), ())
    for claimed, trusted in ((Consensus.PLAIN, Consensus.QBFT), (Consensus.QBFT, Consensus.IBFT2)):
        with pytest.raises(InvalidBundle, match=f"no {trusted.value} seals"):
            check_header(header, claimed, known(trusted))


def test_check_header__first_block__has_no_seals_to_trust() -> None:
    sealed = Sealed(consensus=Consensus.QBFT, signers=())
    header = BlockHeader.parse(sealed.but(fields={**HEADER, "number": 0}).raw())
    assert check_header(header, Consensus.QBFT, PinnedHash(block_hash=header.plain_hash)).sealers == ()
    with pytest.raises(InvalidBundle, match="no qbft seals"):
        check_header(header, Consensus.QBFT, known(Consensus.QBFT))
