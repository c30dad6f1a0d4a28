"""Headers: known hashes, every fork's length, and nothing but canonical bytes."""

from __future__ import annotations

import pytest
import rlp as reference

from tests.unit.encoding.sealed import HEADER
from trustspace.encoding.block_header import FIELDS, LENGTHS, BlockHeader
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidBundle

# The first block of Ethereum's main network.
GENESIS: dict[str, bytes | int] = {
    **HEADER,
    "parentHash": bytes(32),
    "stateRoot": bytes.fromhex("d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544"),  # not-a-key
    "difficulty": 17_179_869_184,
    "number": 0,
    "gasLimit": 5_000,
    "timestamp": 0,
    "extraData": bytes.fromhex("11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa"),  # not-a-key
    "mixHash": bytes(32),
    "nonce": bytes.fromhex("0000000000000042"),
}
LATER: dict[str, bytes | int] = {
    "baseFeePerGas": 7,
    "withdrawalsRoot": keccak(b"withdrawals"),
    "blobGasUsed": 0,
    "excessBlobGas": 131_072,
    "parentBeaconBlockRoot": keccak(b"beacon"),
    "requestsHash": keccak(b"requests"),
}
WHOLE = {**GENESIS, **LATER}
CHANGES: list[tuple[int, bytes | list[bytes], str]] = [
    (0, b"\1" * 31, "parentHash has another form"),
    (2, b"\1" * 21, "miner has another form"),
    (3, [b"\1" * 32], "stateRoot is a list"),
    (6, bytes(255), "logsBloom has another form"),
    (8, b"\0\1", "number has another form"),
    (8, b"\1" * 9, "number is out of range"),
    (9, b"\1" * 33, "gasLimit has another form"),
    (11, b"\0", "timestamp has another form"),
    (11, b"\1" * 9, "timestamp is out of range"),
    (12, b"\1" * 65_537, "extraData has another form"),
    (14, bytes(7), "nonce has another form"),
    (15, b"\0", "baseFeePerGas has another form"),
    (20, b"", "requestsHash has another form"),
]


def test_plain_hash__first_block_of_the_main_network__known() -> None:
    known = "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"  # not-a-key
    assert BlockHeader.of(GENESIS).plain_hash.hex() == known


@pytest.mark.parametrize("length", sorted(LENGTHS))
def test_header__of_any_fork__comes_back_with_its_values(length: int) -> None:
    found = {name: WHOLE[name] for name, _ in FIELDS[:length]} | {"number": 12, "timestamp": 99}
    header = BlockHeader.of(found)
    assert BlockHeader.parse(header.to_bytes()) == header
    assert (header.number, header.timestamp, header.state_root) == (12, 99, GENESIS["stateRoot"])
    assert header.plain_hash == keccak(header.to_bytes())
    changed = header.with_extra_data(b"other")
    assert (changed.extra_data, changed.number) == (b"other", 12)
    assert changed.plain_hash != header.plain_hash


@pytest.mark.parametrize("length", [0, 14, 18, 19])
def test_header__length_of_no_fork__refused(length: int) -> None:
    with pytest.raises(InvalidBundle, match=f"header: not the header of a block: {length} fields"):
        BlockHeader.of({name: WHOLE[name] for name, _ in FIELDS[:length]})


def test_parse__more_fields_than_known__refused() -> None:
    raw = reference.encode([*BlockHeader.of(WHOLE).fields, b"\1" * 32])
    with pytest.raises(InvalidBundle, match="22 fields are those of no fork known here"):
        BlockHeader.parse(raw)


@pytest.mark.parametrize(("at", "value", "problem"), CHANGES)
def test_parse__field_of_another_form__named(at: int, value: bytes | list[bytes], problem: str) -> None:
    fields: list[bytes | list[bytes]] = list(BlockHeader.of(WHOLE).fields)
    fields[at] = value
    with pytest.raises(InvalidBundle, match=problem):
        BlockHeader.parse(reference.encode(fields))


@pytest.mark.parametrize("raw", [b"", b"\x80", b"\xc0", BlockHeader.of(WHOLE).to_bytes() + b"\0"])
def test_parse__other_bytes__refused(raw: bytes) -> None:
    with pytest.raises(InvalidBundle, match="not the header of a block"):
        BlockHeader.parse(raw)
