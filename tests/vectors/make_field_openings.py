"""Writes field_openings.json by a route of its own: hashlib, pycryptodome and eth_account instead of the package.

python tests/vectors/make_field_openings.py > tests/vectors/field_openings.json
"""

import hashlib
import json
import struct
import sys
from datetime import date

from Crypto.Hash import SHAKE256
from Crypto.Hash import keccak as crypto_keccak
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data

CHAIN = 31337
REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
NOBODY = "0x" + "00" * 20
NAMES = ("seller", "buyer", "number", "date", "amount", "tax", "total", "kind")
KINDS = ("unstated", "ordinary", "special")
INVOICES = [
    ("91440399N9N19QU00F", "91440399RWYJXX5008", "51961386", "2024-04-03", 1024574, 92212, 1116786, 2),
    ("深圳市电器销售有限公司", "自然人-001", "4403162130-12345678", "2020-02-29", -1, 0, -1, 1),
    ("S" * 64, "B" * 64, "N" * 40, "2149-06-06", 10**13 - 1, -(10**13 - 1), 0, 0),
]


def keccak(data: bytes) -> bytes:
    return crypto_keccak.new(digest_bits=256, data=data).digest()


def values(seller, buyer, number, day, net, tax, total, kind) -> list[bytes]:
    days = (date.fromisoformat(day) - date(1970, 1, 1)).days
    amounts = [struct.pack(">q", amount) for amount in (net, tax, total)]
    return [seller.encode(), buyer.encode(), number.encode(), struct.pack(">H", days), *amounts, bytes([kind]) + b"CNY"]


def texts(seller, buyer, number, day, net, tax, total, kind) -> list[str]:
    return [seller, buyer, number, day, str(net), str(tax), str(total), f"{KINDS[kind]} CNY"]


def field_parts(index: int) -> tuple[bytes, list[bytes], list[bytes]]:
    """Salt of the invoice, salts of the fields, hashes of the fields."""
    salt = keccak(b"salt" + bytes([index]))
    stream = SHAKE256.new(b"TDS.SLT2" + salt).read(128)
    salts = [stream[16 * place : 16 * place + 16] for place in range(8)]
    hashes = [
        hashlib.sha256(b"TDS.FLD2" + bytes([place]) + own + value).digest()
        for place, (own, value) in enumerate(zip(salts, values(*INVOICES[index]), strict=True))
    ]
    return salt, salts, hashes


def batch(key: bytes) -> tuple[dict, bytes, list[bytes]]:
    subject = Account.from_key(key).address
    header = {"source": 3, "subject": subject, "count": len(INVOICES), "nonce": keccak(b"nonce").hex()}
    batch_type = keccak(
        b"InvoiceBatch(uint256 chainId,address registry,uint16 source,address subject,uint32 count,bytes32 nonce)"
    )
    leaf_type = keccak(
        b"InvoiceLeaf(uint256 chainId,address registry,bytes32 batchId,uint32 index,bytes32 commitment,address buyer)"
    )
    kinds = ["bytes32", "uint256", "address", "uint16", "address", "uint32", "bytes32"]
    digest = keccak(encode(kinds, [batch_type, CHAIN, REGISTRY, 3, subject, len(INVOICES), keccak(b"nonce")]))
    batch_id = ((3 << 240) | (len(INVOICES) << 208) | int.from_bytes(digest, "big") % 2**208).to_bytes(32, "big")
    kinds = ["bytes32", "uint256", "address", "bytes32", "uint32", "bytes32", "address"]
    leaves = []
    for index in range(len(INVOICES)):
        commitment = keccak(b"TDS.INV2" + b"".join(field_parts(index)[2]))
        leaves.append(keccak(keccak(encode(kinds, [leaf_type, CHAIN, REGISTRY, batch_id, index, commitment, NOBODY]))))
    return header, batch_id, leaves


def pair(a: bytes, b: bytes) -> bytes:
    return keccak(min(a, b) + max(a, b))


def opening(key: bytes, shown: tuple[str, ...]) -> str:
    """The first of three invoices: its proof is the second leaf, then the third."""
    header, batch_id, leaves = batch(key)
    _, salts, hashes = field_parts(0)
    parts = {
        name: {"salt": salts[place].hex(), "value": texts(*INVOICES[0])[place]}
        if name in shown
        else {"hash": hashes[place].hex()}
        for place, name in enumerate(NAMES)
    }
    document = {
        "format": "trustspace-field-opening-1",
        "space": {"chain_id": CHAIN, "registry": REGISTRY},
        "batch": header,
        "index": 0,
        "buyer": NOBODY,
        "proof": [leaves[1].hex(), leaves[2].hex()],
        "fields": parts,
        "receiver": 5,
        "issued_at": 1_764_000_000,
        "not_after": 1_764_604_800,
    }
    unsigned = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    kinds = [("batch", "bytes32"), ("index", "uint32"), ("receiver", "uint16"), ("issuedAt", "uint40")]
    kinds += [("notAfter", "uint40"), ("content", "bytes32")]
    message = encode_typed_data(
        {"name": "TrustSpace InvoiceRegistry", "version": "1", "chainId": CHAIN, "verifyingContract": REGISTRY},
        {"FieldOpening": [{"name": name, "type": kind} for name, kind in kinds]},
        {
            "batch": batch_id, "index": 0, "receiver": 5, "issuedAt": 1_764_000_000, "notAfter": 1_764_604_800,
            "content": hashlib.sha256(unsigned).digest(),
        },
    )  # fmt: skip
    document["signature"] = bytes(Account.sign_message(message, key).signature).hex()
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main() -> None:
    subject_key = keccak(b"trustspace vector: subject")
    header, batch_id, leaves = batch(subject_key)
    items = []
    for index, invoice in enumerate(INVOICES):
        salt, salts, hashes = field_parts(index)
        items.append(
            {
                "invoice": dict(
                    zip(
                        ("seller", "buyer", "number", "issue_date", "amount_fen", "tax_fen", "total_fen", "kind"),
                        invoice,
                        strict=True,
                    )
                ),
                "salt": salt.hex(),
                "field_salts": [own.hex() for own in salts],
                "field_hashes": [own.hex() for own in hashes],
                "texts": texts(*invoice),
                "commitment": keccak(b"TDS.INV2" + b"".join(hashes)).hex(),
            }
        )
    document = {
        "batch": header,
        "batch_id": batch_id.hex(),
        "root": pair(pair(leaves[0], leaves[1]), leaves[2]).hex(),
        "items": items,
        "openings": {
            "amount": opening(subject_key, ("amount",)),
            "amount and date": opening(subject_key, ("amount", "date")),
            "everything": opening(subject_key, NAMES),
        },
    }
    json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
