import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from eth_abi import encode
from eth_utils import keccak as eth_keccak
from hypothesis import given
from hypothesis import strategies as st

from trustspace.domain.ids import BatchId, ParticipantId
from trustspace.domain.invoices import Invoice, InvoiceKind
from trustspace.encoding.commitments import (
    BATCH_TYPEHASH,
    LEAF_TYPEHASH,
    BatchHeader,
    batch_root,
    batch_tree,
    commitment,
    commitments,
    leaf,
    leaves,
    parse_batch_id,
)
from trustspace.encoding.merkle import verify_proof
from trustspace.errors import InvalidInvoice, OutOfRange

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "invoices.json").read_text(encoding="utf-8"))
BATCHES = VECTORS["batches"]
GOOD = Invoice("seller", "buyer", "12345678", date(2020, 2, 29), 100, 13, 113)
HEADER = BatchHeader(
    chain_id=31337,
    registry="0x5FbDB2315678afecb367f032d93F642f64180aa3",
    source=ParticipantId(3),
    subject="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    count=2,
    nonce=bytes(32),
)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def invoice_of(fields: dict[str, object]) -> Invoice:
    day, kind = date.fromisoformat(str(fields["issue_date"])), InvoiceKind(int(str(fields["kind"])))
    return Invoice(**{**fields, "issue_date": day, "kind": kind})


def header_of(batch: dict[str, object]) -> BatchHeader:
    names = ("chain_id", "registry", "source", "subject", "count")
    return BatchHeader(**{name: batch[name] for name in names}, nonce=unhex(batch["nonce"]))


def unhex(text: object) -> bytes:
    return bytes.fromhex(str(text).removeprefix("0x"))


def test_typehashes__of_the_solidity_strings__same() -> None:
    batch = "InvoiceBatch(uint256 chainId,address registry,uint16 source,address subject,uint32 count,bytes32 nonce)"
    item = "InvoiceLeaf(uint256 chainId,address registry,bytes32 batchId,uint32 index,bytes32 commitment,address buyer)"
    assert eth_keccak(text=batch) == BATCH_TYPEHASH
    assert eth_keccak(text=item) == LEAF_TYPEHASH


@pytest.mark.parametrize("batch", BATCHES)
def test_batch__golden_vector__same_id_commitments_leaves_and_root(batch: dict[str, object]) -> None:
    header, items = header_of(batch), batch["items"]
    buyers = [item["buyer"] for item in items]
    made = commitments([invoice_of(item["invoice"]) for item in items], b"".join(unhex(item["salt"]) for item in items))
    assert header.batch_id == unhex(batch["batch_id"])
    assert made == [unhex(item["commitment"]) for item in items]
    assert leaves(header, made, buyers) == [unhex(item["leaf"]) for item in items]
    assert [leaf(header, i, made[i], buyers[i]) for i in range(len(items))] == leaves(header, made, buyers)
    assert batch_root(header, made, buyers) == unhex(batch["root"])


@given(
    st.integers(0, 2**256 - 1),
    ADDRESSES,
    st.integers(0, 2**16 - 1),
    ADDRESSES,
    st.integers(1, 2**32 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_batch_id__any_header__is_eth_abis(
    chain_id: int, registry: str, source: int, subject: str, count: int, nonce: bytes
) -> None:
    header = BatchHeader(
        chain_id=chain_id,
        registry=registry,
        source=ParticipantId(source),
        subject=subject,
        count=count,
        nonce=nonce,
    )
    types = ["bytes32", "uint256", "address", "uint16", "address", "uint32", "bytes32"]
    digest = eth_keccak(encode(types, [BATCH_TYPEHASH, chain_id, registry, source, subject, count, nonce]))
    expected = (source << 240) | (count << 208) | (int.from_bytes(digest, "big") % 2**208)
    assert int.from_bytes(header.batch_id, "big") == expected
    assert parse_batch_id(header.batch_id) == (source, count)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"source": -1}, "source"),
        ({"source": 65536}, "source"),
        ({"count": 0}, "count"),
        ({"count": 2**32}, "count"),
        ({"chain_id": -1}, "chain_id"),
        ({"chain_id": 2**256}, "chain_id"),
        ({"registry": "0x12"}, "registry"),
        ({"registry": "5FbDB2315678afecb367f032d93F642f64180aa3"}, "registry"),
        ({"subject": "0x" + "zz" * 20}, "subject"),
        ({"nonce": bytes(31)}, "nonce"),
    ],
)
def test_batch_id__field_that_does_not_fit__named(change: dict[str, object], where: str) -> None:
    with pytest.raises(OutOfRange) as caught:
        _ = replace(HEADER, **change).batch_id
    assert caught.value.where == where


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"registry": "0x" + "11" * 20},
        {"source": 4},
        {"subject": "0x" + "22" * 20},
        {"nonce": b"\x01" * 32},
        {"count": 3},
    ],
)
def test_leaf__other_chain_registry_or_batch__differs(change: dict[str, object]) -> None:
    made = commitment(GOOD, bytes(32))
    assert leaf(replace(HEADER, **change), 0, made) != leaf(HEADER, 0, made)


def test_leaf__other_index_or_buyer__differs() -> None:
    made = commitment(GOOD, bytes(32))
    buyer = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
    assert len({leaf(HEADER, 0, made), leaf(HEADER, 1, made), leaf(HEADER, 0, made, buyer)}) == 3


def test_commitment__other_salt__differs_and_hides_the_invoice() -> None:
    assert commitment(GOOD, bytes(32)) != commitment(GOOD, b"\x01" + bytes(31))


def test_commitments__bad_invoice_among_good__named_and_nothing_returned() -> None:
    bad = GOOD._replace(number="77", amount_fen=10**18)
    with pytest.raises(InvalidInvoice, match="amount_fen") as caught:
        commitments([GOOD, bad], bytes(64))
    assert "77" in caught.value.where


@pytest.mark.parametrize("salts", [b"", bytes(31), bytes(33), bytes(96)])
def test_commitments__salts_that_do_not_fit__refused(salts: bytes) -> None:
    with pytest.raises(OutOfRange):
        commitments([GOOD, GOOD], salts)


def test_leaves__other_count_than_the_header__refused() -> None:
    made = commitment(GOOD, bytes(32))
    with pytest.raises(OutOfRange):
        leaves(HEADER, [made])
    with pytest.raises(OutOfRange):
        leaves(HEADER, [made, made], ["0x" + "11" * 20])
    with pytest.raises(OutOfRange):
        leaves(HEADER, [made, made[:31]])
    with pytest.raises(OutOfRange):
        leaf(HEADER, 2, made)


@given(st.integers(1, 40))
def test_batch_tree__any_size__every_invoice_is_provable_at_its_index_only(count: int) -> None:
    header = replace(HEADER, count=count)
    made = [bytes([index]) * 32 for index in range(count)]
    tree = batch_tree(header, made)
    assert tree.root == batch_root(header, made)
    for index in range(count):
        proof = tree.proof(index)
        assert verify_proof(leaf(header, index, made[index]), proof, tree.root)
        assert not verify_proof(leaf(header, (index + 1) % count, made[index]), proof, tree.root) or count == 1


def test_parse_batch_id__wrong_length__refused() -> None:
    with pytest.raises(OutOfRange):
        parse_batch_id(BatchId(bytes(31)))
