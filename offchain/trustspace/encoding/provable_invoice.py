"""What a firm needs to prove about one of its invoices: the document that its source hands to it alone.

Canonical JSON (`canonical_json`):

    {"format": "trustspace-provable-invoice-1", "space": …, "batch": …,      (`batch_document`)
     "index": 7, "invoice": hex of canonical bytes, "secret": hex of 31 bytes,
     "siblings": [hex of 32 bytes, …]}                                       (twenty, from leaf to root)

The batch's nonce is the root of its Poseidon2 tree. Secret: who has the document can prove in the firm's place, and can
recognise the invoice's nullifier in every scope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustspace.encoding import canonical_json
from trustspace.encoding.batch_document import read_batch, read_integer, write_batch
from trustspace.encoding.canonical import canonical_bytes, parse_canonical
from trustspace.encoding.hashing import bytes32
from trustspace.encoding.poseidon2 import FIELD_MODULUS
from trustspace.encoding.provable_batch import DEPTH, SECRET_BYTES, climb, leaf, rest_of
from trustspace.errors import InvalidOpening, OutOfRange, TrustspaceError

if TYPE_CHECKING:
    from trustspace.domain.invoices import Invoice
    from trustspace.encoding.commitments import BatchHeader

FORMAT = "trustspace-provable-invoice-1"
LARGEST_BYTES = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvableInvoice:
    """An invoice, its secret, and the way from its leaf to the root."""

    header: BatchHeader
    index: int
    invoice: Invoice = field(repr=False)
    secret: int = field(repr=False)
    siblings: tuple[int, ...] = field(repr=False)

    @property
    def root(self) -> int:
        """The root that it leads to; the batch's nonce where all is well."""
        own = leaf(self.invoice.total_fen, rest_of(self.invoice), self.secret)
        return climb(own, self.index, self.siblings)

    def to_bytes(self) -> bytes:
        """The document."""
        return canonical_json.dumps(
            {
                "format": FORMAT,
                **write_batch(self.header),
                "index": self.index,
                "invoice": canonical_bytes(self.invoice).hex(),
                "secret": self.secret.to_bytes(SECRET_BYTES, "big").hex(),
                "siblings": [sibling.to_bytes(32, "big").hex() for sibling in self.siblings],
            }
        )


def parse_provable_invoice(raw: bytes, *, where: str) -> ProvableInvoice:
    """Inverse of `to_bytes`. Raises InvalidOpening for anything else, and where it does not lead to the nonce."""
    try:
        if len(raw) > LARGEST_BYTES:
            raise ValueError(f"{len(raw)} bytes")
        found = _parsed(canonical_json.loads(raw, where=where))
        if found.to_bytes() != raw:
            problem = "written in another way"
        elif found.root.to_bytes(32, "big") != found.header.nonce:
            problem = "it does not lead to the root of its batch"
        else:
            return found
    except TrustspaceError as error:
        problem = error.message
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"a part is missing or has another form: {error}"
    raise InvalidOpening(f"not a provable invoice: {problem}", where=where, remedy="ask the source for it again")


def _parsed(value: Any) -> ProvableInvoice:
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']!r}")
    header, index = read_batch(value), read_integer(value["index"])
    siblings = tuple(_element(sibling) for sibling in value["siblings"])
    secret = bytes.fromhex(value["secret"])
    if len(siblings) != DEPTH or len(secret) != SECRET_BYTES or not 0 <= index < header.count:
        raise ValueError("a wrong number of siblings or bytes, or an index beyond the batch")
    return ProvableInvoice(
        header=header,
        index=index,
        invoice=parse_canonical(bytes.fromhex(value["invoice"])),
        secret=int.from_bytes(secret, "big"),
        siblings=siblings,
    )


def _element(text: str) -> int:
    element = int.from_bytes(bytes32(bytes.fromhex(text), where="siblings"), "big")
    if element >= FIELD_MODULUS:
        raise OutOfRange("a sibling is no field element", where="siblings")
    return element
