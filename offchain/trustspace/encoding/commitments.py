"""Batch ids, salted invoice commitments and Merkle leaves: the bytes of IInvoiceRegistry.

    commitment = keccak256("TDS.INV1" (8) || salt (32) || canonical bytes of the invoice), for scheme WHOLE;
                 for scheme FIELDS see `field_commitments`
    digest     = keccak256(abi.encode(BATCH_TYPEHASH, chainId, registry, source, subject, count, nonce))
    batchId    = source (16 bits) | count (32 bits) | low 208 bits of digest
    leaf       = keccak256(keccak256(abi.encode(LEAF_TYPEHASH, chainId, registry, batchId, index, commitment, buyer)))

A salt is 32 bytes from a cryptographic generator and stays with the source: without it a commitment cannot be guessed
however few invoices are plausible, and opening one invoice says nothing about its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sha3 import keccak_256

from trustspace.domain.disclosure import CommitmentScheme
from trustspace.domain.ids import BatchId, ParticipantId
from trustspace.encoding.canonical import canonical_encoder
from trustspace.encoding.field_commitments import field_commitments
from trustspace.encoding.hashing import ZERO_ADDRESS, address_word, bytes32, keccak, uint_word
from trustspace.encoding.merkle import MerkleTree, merkle_root
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.domain.invoices import Invoice

COMMITMENT_TAG = b"TDS.INV1"
SALT_BYTES = 32
BATCH_TYPEHASH = keccak(
    b"InvoiceBatch(uint256 chainId,address registry,uint16 source,address subject,uint32 count,bytes32 nonce)"
)
LEAF_TYPEHASH = keccak(
    b"InvoiceLeaf(uint256 chainId,address registry,bytes32 batchId,uint32 index,bytes32 commitment,address buyer)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHeader:
    """All that fixes a batch id. `subject` is the zero address for a batch over several firms."""

    chain_id: int
    registry: str
    source: ParticipantId
    subject: str
    count: int
    nonce: bytes

    @property
    def batch_id(self) -> BatchId:
        """Known before the tree is built. Raises OutOfRange for a field that does not fit its Solidity type."""
        if self.count < 1:
            raise OutOfRange("a batch holds at least one invoice", where="count", remedy="leave empty batches out")
        digest = keccak(
            BATCH_TYPEHASH
            + uint_word(self.chain_id, where="chain_id")
            + address_word(self.registry, where="registry")
            + uint_word(self.source, 16, where="source")
            + address_word(self.subject, where="subject")
            + uint_word(self.count, 32, where="count")
            + bytes32(self.nonce, where="nonce")
        )
        return BatchId(self.source.to_bytes(2, "big") + self.count.to_bytes(4, "big") + digest[6:])


def parse_batch_id(batch_id: BatchId) -> tuple[ParticipantId, int]:
    """(source, count) that a batch id carries."""
    raw = bytes32(batch_id, where="batch id")
    return ParticipantId(int.from_bytes(raw[:2], "big")), int.from_bytes(raw[2:6], "big")


def commitment(invoice: Invoice, salt: bytes, scheme: CommitmentScheme = CommitmentScheme.WHOLE) -> bytes:
    """Salted commitment of one invoice, 32 bytes. Raises InvalidInvoice, or OutOfRange for a salt of another length."""
    return commitments([invoice], salt, scheme)[0]


def commitments(
    invoices: Sequence[Invoice], salts: bytes, scheme: CommitmentScheme = CommitmentScheme.WHOLE
) -> list[bytes]:
    """Salted commitments of many invoices; `salts` holds 32 bytes for each, one after the other.

    Raises InvalidInvoice naming the first bad one, or OutOfRange when the salts do not fit the invoices.
    """
    if len(salts) != SALT_BYTES * len(invoices):
        raise OutOfRange(
            f"{len(invoices)} invoices need {SALT_BYTES * len(invoices)} bytes of salt, not {len(salts)}",
            remedy="draw 32 bytes per invoice from a cryptographic generator",
        )
    if scheme is CommitmentScheme.FIELDS:
        return field_commitments(invoices, salts)
    hashed, encode, tag = keccak_256, canonical_encoder(), COMMITMENT_TAG
    return [
        hashed(tag + salts[at : at + 32] + encode(invoice)).digest()
        for at, invoice in zip(range(0, len(salts), SALT_BYTES), invoices, strict=True)
    ]


def leaf(header: BatchHeader, index: int, invoice_commitment: bytes, buyer: str = ZERO_ADDRESS) -> bytes:
    """Leaf of one invoice, bound to chain, registry, batch and index. Raises OutOfRange for an index past the count."""
    if not 0 <= index < header.count:
        raise OutOfRange(f"index {index} is beyond the batch's count {header.count}", remedy="count from zero")
    inner = _leaf_prefix(header) + uint_word(index) + bytes32(invoice_commitment) + address_word(buyer)
    return keccak(keccak(inner))


def leaves(header: BatchHeader, batch: Sequence[bytes], buyers: Sequence[str] | None = None) -> list[bytes]:
    """Leaves of a whole batch, in order. `buyers` are addresses, one per commitment, or None when none is named.

    Raises OutOfRange when the commitments or buyers do not fit the header's count.
    """
    if len(batch) != header.count or (buyers is not None and len(buyers) != header.count):
        raise OutOfRange(
            f"the batch header counts {header.count} invoices, got {len(batch)} commitments",
            where="leaves",
            remedy="make the header from the same list",
        )
    if any(len(item) != 32 for item in batch):
        raise OutOfRange("a commitment has 32 bytes", where="leaves", remedy="pass the result of commitments()")
    hashed, prefix = keccak_256, _leaf_prefix(header) + bytes(28)  # an index fills the last four bytes of its word
    nobody = address_word(ZERO_ADDRESS)
    words = [nobody] * len(batch) if buyers is None else [address_word(buyer, where="buyer") for buyer in buyers]
    return [
        hashed(hashed(prefix + index.to_bytes(4, "big") + item + word).digest()).digest()
        for index, (item, word) in enumerate(zip(batch, words, strict=True))
    ]


def batch_root(header: BatchHeader, batch: Sequence[bytes], buyers: Sequence[str] | None = None) -> bytes:
    """Merkle root of a batch of commitments."""
    return merkle_root(leaves(header, batch, buyers))


def batch_tree(header: BatchHeader, batch: Sequence[bytes], buyers: Sequence[str] | None = None) -> MerkleTree:
    """The whole tree, for proofs of single invoices."""
    return MerkleTree.of(leaves(header, batch, buyers))


def _leaf_prefix(header: BatchHeader) -> bytes:
    return (
        LEAF_TYPEHASH
        + uint_word(header.chain_id, where="chain_id")
        + address_word(header.registry, where="registry")
        + header.batch_id
    )
