"""Commitments and ids against eth_abi, words against their documented layout."""

from __future__ import annotations

import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustspace.domain.ids import Address, LienId, ParticipantId
from trustspace.domain.liens import LienState, Pledge
from trustspace.encoding.hashing import keccak
from trustspace.encoding.liens import (
    COMMITMENT_TYPEHASH,
    CommitmentHeader,
    bank_of,
    family_key,
    parse_lien_word,
)
from trustspace.errors import OutOfRange

REGISTRY = Address("0x5FbDB2315678afecb367f032d93F642f64180aa3")
HEADER = CommitmentHeader(chain_id=31337, registry=REGISTRY, bank=ParticipantId(7))
WORD = st.binary(min_size=32, max_size=32)
PLEDGES = st.lists(
    st.builds(Pledge, fingerprint=WORD, older=st.none() | WORD, share_bps=st.integers(0, 65_535)), max_size=12
)


def by_eth_abi(salt: bytes, pledges: list[Pledge]) -> bytes:
    items = [(pledge.fingerprint, pledge.older or bytes(32), pledge.share_bps) for pledge in pledges]
    inner = keccak(eth_abi.encode(["(bytes32,bytes32,uint16)[]"], [items]))
    types = ["bytes32", "uint256", "address", "uint16", "bytes32", "bytes32"]
    return keccak(eth_abi.encode(types, [COMMITMENT_TYPEHASH, 31337, REGISTRY, 7, salt, inner]))


@given(WORD, PLEDGES)
def test_commitment__any_pledges__as_abi_encode(salt: bytes, pledges: list[Pledge]) -> None:
    assert HEADER.commitment(salt, pledges) == by_eth_abi(salt, pledges)
    for position, lien in enumerate(HEADER.lien_ids(salt, pledges)):
        tail = keccak(eth_abi.encode(["bytes32", "uint256"], [by_eth_abi(salt, pledges), position]))[-6:]
        assert lien == int.from_bytes(b"\x00\x07" + tail, "big")
        assert bank_of(lien) == 7


@pytest.mark.parametrize(
    "changed",
    [
        CommitmentHeader(chain_id=1, registry=REGISTRY, bank=ParticipantId(7)),
        CommitmentHeader(chain_id=31337, registry=Address("0x" + "11" * 20), bank=ParticipantId(7)),
        CommitmentHeader(chain_id=31337, registry=REGISTRY, bank=ParticipantId(8)),
    ],
)
def test_commitment__other_chain_contract_or_bank__another(changed: CommitmentHeader) -> None:
    pledges = [Pledge(fingerprint=b"f" * 32)]
    assert changed.commitment(b"s" * 32, pledges) != HEADER.commitment(b"s" * 32, pledges)


@pytest.mark.parametrize("pledge", [Pledge(fingerprint=b"short"), Pledge(fingerprint=b"f" * 32, older=b"short")])
def test_commitment__fingerprint_of_another_length__refused(pledge: Pledge) -> None:
    with pytest.raises(OutOfRange, match="expected 32 bytes"):
        HEADER.commitment(b"s" * 32, [pledge])


def test_family_key__any_fingerprint__without_the_highest_bits() -> None:
    assert family_key(b"\xff" * 32) == b"\x0f" + b"\xff" * 31
    assert family_key(b"\x0a" * 32) == b"\x0a" * 32


def test_parse_lien_word__every_field__at_its_place() -> None:
    word = parse_lien_word(
        2 << 252 | 9 << 244 | 3 << 236 | 2 << 228 | 1 << 208 | 10_000 << 192 | 77 << 152 | 88 << 120 | 5 << 88 | 4 << 64
        | 0x0007_0000_0000_0001
    )  # fmt: skip
    assert (word.state, word.position, word.disputed, word.share_bps) == (LienState.FINANCED, 2, True, 10_000)
    assert (word.committed_at, word.until, word.index, word.batch) == (77, 88, 5, 4)
    assert word.lien == LienId(0x0007_0000_0000_0001)
