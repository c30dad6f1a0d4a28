"""Extra data with seals: Besu's published encodings, and headers encoded and signed by other code."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rlp as reference

from tests.unit.encoding.sealed import HEADER, KEYS, ROUND, VANITY, Sealed
from trustspace.crypto.signing import recover
from trustspace.domain.headers import Consensus
from trustspace.encoding.bft_extra import BftExtra, block_hash, parse_bft_extra, sealed_digest
from trustspace.encoding.block_header import BlockHeader
from trustspace.errors import InvalidBundle

SEALING = (Consensus.QBFT, Consensus.IBFT2)
ONE, TWO = (1).to_bytes(20, "big"), (2).to_bytes(20, "big")
ADDING = [ONE, b"\xff"]
DROPPING = {Consensus.QBFT: [ONE, b""], Consensus.IBFT2: [ONE, b"\0"]}


@pytest.mark.parametrize(
    ("consensus", "length", "published"),
    [  # SHA-256 of RAW_HEX_ENCODING_STRING in Besu's QbftExtraDataCodecTest and IbftExtraDataRLPEncoderTest
        (Consensus.QBFT, 242, "c8202b0928f86ebd6d78530912098d270fc91a174cb5da87894078c13a1733f7"),  # not-a-key
        (Consensus.IBFT2, 243, "b7595274006f9c801dd0c9ef748d82b2eaac26fed9b51a6789dd2d2d62137ef3"),  # not-a-key
    ],
)
def test_extra__of_besus_own_tests__has_the_published_bytes(consensus: Consensus, length: int, published: str) -> None:
    numbers = ((1, 10), (10, 1))
    extra = BftExtra(
        consensus=consensus,
        vanity=bytes(range(1, 33)),
        validators=("0x" + ONE.hex(), "0x" + TWO.hex()),  # type: ignore[arg-type]
        vote=ADDING,
        round=ROUND,
        seals=tuple(r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\0" for r, s in numbers),
    )
    raw = extra.to_bytes()
    assert (len(raw), sha256(raw).hexdigest()) == (length, published)
    assert parse_bft_extra(raw, consensus) == extra


@pytest.mark.parametrize("consensus", SEALING)
@pytest.mark.parametrize("vote", ["none", "add", "drop"])
def test_header__sealed_by_other_code__names_and_digests_agree(consensus: Consensus, vote: str) -> None:
    cast = {"none": None, "add": ADDING, "drop": DROPPING[consensus]}[vote]
    sealed = Sealed(consensus=consensus, vote=cast)
    header = BlockHeader.parse(sealed.raw())
    extra = parse_bft_extra(header.extra_data, consensus)
    assert (extra.round, extra.vanity) == (ROUND, VANITY)
    assert extra.validators == tuple(key.address for key in KEYS)
    assert sealed_digest(header, extra) == sealed.digest
    assert block_hash(header, consensus) == sealed.name
    assert [recover(sealed.digest, seal) for seal in extra.seals] == [key.address for key in KEYS]


@pytest.mark.parametrize("consensus", SEALING)
def test_block_hash__other_seals_and_round__same_name(consensus: Consensus) -> None:
    sealed = Sealed(consensus=consensus)
    names = {
        block_hash(BlockHeader.parse(changed.raw()), consensus)
        for changed in (sealed, sealed.but(signers=KEYS[:3]), sealed.but(round=0), sealed.but(seals=()))
    }
    assert names == {sealed.name}


@pytest.mark.parametrize("consensus", SEALING)
def test_block_hash__first_block__all_of_it_counts(consensus: Consensus) -> None:
    sealed = Sealed(consensus=consensus)
    first = sealed.but(fields={**HEADER, "number": 0})
    header = BlockHeader.parse(first.raw())
    assert block_hash(header, consensus) == header.plain_hash


def _of(consensus: Consensus, **changes: Any) -> bytes:
    parts: dict[str, Any] = {
        "vanity": VANITY,
        "validators": [ONE],
        "vote": [] if consensus is Consensus.QBFT else b"",
        "round": b"\1" if consensus is Consensus.QBFT else b"\0\0\0\1",
        "seals": [b"\1" * 65],
    } | changes
    encoded: bytes = reference.encode(list(parts.values()))
    return encoded


@pytest.mark.parametrize("consensus", SEALING)
@pytest.mark.parametrize(
    "changes",
    [
        {"vanity": bytes(31)},
        {"validators": ONE},
        {"validators": [ONE[1:]]},
        {"validators": [[ONE]]},
        {"vote": b"\1"},
        {"vote": [ONE]},
        {"vote": [ONE, b"\1"]},
        {"vote": [ONE[1:], b"\xff"]},
        {"vote": [[], b"\xff"]},
        {"round": []},
        {"round": b"\0\1"},
        {"seals": b"\1" * 65},
        {"seals": [b"\1" * 64]},
        {"seals": [[]]},
        {"more": b""},
    ],
)
def test_parse__part_of_another_form__refused(consensus: Consensus, changes: dict[str, Any]) -> None:
    assert parse_bft_extra(_of(consensus), consensus).round == 1
    with pytest.raises(InvalidBundle, match="extra data of another form"):
        parse_bft_extra(_of(consensus, **changes), consensus)


def test_parse__the_other_networks_form__refused() -> None:
    for consensus, other in (SEALING, SEALING[::-1]):
        with pytest.raises(InvalidBundle, match="extra data of another form"):
            parse_bft_extra(_of(consensus), other)
    for raw in (b"", b"\xc0", _of(Consensus.QBFT) + b"\0"):
        with pytest.raises(InvalidBundle, match="extra data of another form"):
            parse_bft_extra(raw, Consensus.QBFT)


def test_header__of_a_real_network__its_seals_are_its_validators() -> None:
    file = os.environ.get("TRUSTSPACE_QBFT_HEADER")
    if not file:
        pytest.skip("set TRUSTSPACE_QBFT_HEADER to a file with a QBFT block's header, RLP in hexadecimal")
    header = BlockHeader.parse(bytes.fromhex(Path(file).read_text(encoding="ascii").strip()))
    extra = parse_bft_extra(header.extra_data, Consensus.QBFT)
    digest = sealed_digest(header, extra)
    assert extra.seals
    assert {recover(digest, seal) for seal in extra.seals} <= set(extra.validators)
