"""A field opening: the document with which a firm shows fields of one invoice to one bank.

Canonical JSON (`canonical_json`), so that one opening has one byte string:

    {"format": "trustspace-field-opening-1",
     "space": …, "batch": …,                                               (`batch_document`)
     "index":  7, "buyer": "0x…", "proof": [hex, …],
     "fields": {"seller": {"hash": hex}, …, "amount": {"salt": hex, "value": "1024574"}, …},  (all eight)
     "receiver": 5, "issued_at": 1764000000, "not_after": 1764600000,
     "signature": hex}

The signature is EIP-712 over FieldOpening(batch, index, receiver, issuedAt, notAfter, content), in the domain of the
InvoiceRegistry; content is the SHA-256 of the document without its signature. Changing any byte changes the content,
breaks the canonical form, or breaks the signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.domain.disclosure import InvoiceField
from trustspace.domain.ids import Address, ParticipantId
from trustspace.encoding import canonical_json
from trustspace.encoding.address import normal_address
from trustspace.encoding.batch_document import read_batch, read_integer, write_batch
from trustspace.encoding.commitments import BatchHeader, leaf
from trustspace.encoding.eip712 import Domain, TypedMessage
from trustspace.encoding.field_commitments import FIELD_SALT_BYTES, commitment_of, field_hash, read_value, value_of
from trustspace.encoding.hashing import bytes32
from trustspace.encoding.signatures import SIGNATURE_BYTES, has_low_s
from trustspace.errors import InvalidOpening, OutOfRange, TrustspaceError

if TYPE_CHECKING:
    from trustspace.encoding.canonical_json import Json

FORMAT = "trustspace-field-opening-1"
DEEPEST_PROOF = 32  # a batch counts its invoices in 32 bits
LARGEST_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """What opens one field hash."""

    salt: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOpening:
    """One invoice's fields, shown or as hashes, in the order of `InvoiceField`; where it is anchored; for whom."""

    header: BatchHeader
    index: int
    buyer: Address
    proof: tuple[bytes, ...]
    fields: tuple[ShownField | bytes, ...]
    receiver: ParticipantId
    issued_at: int
    not_after: int
    signature: bytes = b""

    @property
    def shown(self) -> dict[InvoiceField, str]:
        """The fields that are shown, as text."""
        return {
            field: read_value(field, part.value)
            for field, part in zip(InvoiceField, self.fields, strict=True)
            if isinstance(part, ShownField)
        }

    def leaf(self) -> bytes:
        """The batch's leaf that these fields make."""
        hashes = [
            field_hash(field, part.salt, part.value) if isinstance(part, ShownField) else part
            for field, part in zip(InvoiceField, self.fields, strict=True)
        ]
        return leaf(self.header, self.index, commitment_of(hashes), self.buyer)

    def message(self) -> TypedMessage:
        """What the subject or the source signs."""
        return TypedMessage(
            domain=Domain(
                name="TrustSpace InvoiceRegistry",
                chain_id=self.header.chain_id,
                contract=Address(self.header.registry),
            ),
            kind="FieldOpening",
            fields=(
                ("batch", "bytes32", bytes(self.header.batch_id)),
                ("index", "uint32", self.index),
                ("receiver", "uint16", int(self.receiver)),
                ("issuedAt", "uint40", self.issued_at),
                ("notAfter", "uint40", self.not_after),
                ("content", "bytes32", canonical_json.digest(self._document())),
            ),
        )

    def to_bytes(self) -> bytes:
        """The signed document."""
        return canonical_json.dumps(self._document() | {"signature": self.signature.hex()})

    def _document(self) -> dict[str, Json]:
        return {
            "format": FORMAT,
            **write_batch(self.header),
            "index": self.index,
            "buyer": self.buyer,
            "proof": [sibling.hex() for sibling in self.proof],
            "fields": {field.label: _part(field, part) for field, part in zip(InvoiceField, self.fields, strict=True)},
            "receiver": int(self.receiver),
            "issued_at": self.issued_at,
            "not_after": self.not_after,
        }


def is_field_opening(raw: bytes) -> bool:
    """Whether bytes claim to be a field opening, however damaged."""
    return raw[:1] == b"{" and FORMAT.rpartition("-")[0].encode() in raw[:LARGEST_BYTES]


def parse_field_opening(raw: bytes, *, where: str) -> FieldOpening:
    """Inverse of `to_bytes`. Raises InvalidOpening for anything else, however little it differs."""
    try:
        if len(raw) > LARGEST_BYTES:
            raise ValueError(f"{len(raw)} bytes")
        opening = _parsed(canonical_json.loads(raw, where=where))
        opening.message().struct_hash, opening.leaf()  # refuse numbers that no Solidity type holds, or beyond the batch
        if opening.to_bytes() == raw:
            return opening
        problem = "written in another way"
    except TrustspaceError as error:
        problem = error.message
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"a part is missing or has another form: {error}"
    what = "a field opening that was damaged or rewritten" if is_field_opening(raw) else "not a field opening"
    raise InvalidOpening(f"{what}: {problem}", where=where, remedy="ask the firm to open it again")


def _part(field: InvoiceField, part: ShownField | bytes) -> Json:
    if isinstance(part, ShownField):
        return {"salt": part.salt.hex(), "value": read_value(field, part.value)}
    return {"hash": part.hex()}


def _parsed(value: Any) -> FieldOpening:
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']!r}")
    proof = tuple(bytes32(bytes.fromhex(sibling), where="proof") for sibling in value["proof"])
    signature = bytes.fromhex(value["signature"])
    if len(proof) > DEEPEST_PROOF or not _is_strict(signature):
        raise ValueError(f"a proof of {len(proof)} hashes, or a signature in a form that signers do not write")
    return FieldOpening(
        header=read_batch(value),
        index=read_integer(value["index"]),
        buyer=normal_address(value["buyer"]),
        proof=proof,
        fields=tuple(_parsed_part(field, value["fields"][field.label]) for field in InvoiceField),
        receiver=ParticipantId(read_integer(value["receiver"])),
        issued_at=read_integer(value["issued_at"]),
        not_after=read_integer(value["not_after"]),
        signature=signature,
    )


def _parsed_part(field: InvoiceField, part: Any) -> ShownField | bytes:
    if "hash" in part:
        return bytes32(bytes.fromhex(part["hash"]), where=field.label)
    salt = bytes.fromhex(part["salt"])
    if len(salt) != FIELD_SALT_BYTES:
        raise OutOfRange(f"a salt of {len(salt)} bytes", where=field.label, remedy="a field's salt has 16")
    return ShownField(salt=salt, value=value_of(field, part["value"]))


def _is_strict(signature: bytes) -> bool:
    """65 bytes, s in the lower half, v 27 or 28: of the forms that recover one signer, the one that is written."""
    return len(signature) == SIGNATURE_BYTES and has_low_s(signature) and signature[64] in (27, 28)
