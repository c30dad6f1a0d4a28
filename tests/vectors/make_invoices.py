"""Writes invoices.json by a route of its own: eth_abi and pycryptodome instead of the package's byte joins.

python tests/vectors/make_invoices.py > tests/vectors/invoices.json
"""

import json
import struct
import sys
from datetime import date

from Crypto.Hash import keccak as crypto_keccak
from eth_abi import encode

CHAIN = 31337
REGISTRY = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
SUBJECT = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
BUYER = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"
NOBODY = "0x" + "00" * 20
INVOICES = [
    ("91440399N9N19QU00F", "91440399RWYJXX5008", "51961386", "2024-04-03", 1024574, 92212, 1116786, 2),
    ("E1", "B03711", "11459356", "2017-08-04", 940171, 159829, 1100000, 0),
    ("E1", "B03711", "11459357", "2017-08-04", -940171, -159829, -1100000, 0),
    ("深圳市电器销售有限公司", "自然人-001", "4403162130-12345678", "2020-02-29", 1, 0, 1, 1),
    ("S" * 64, "B" * 64, "N" * 40, "2149-06-06", 10**13 - 1, -(10**13 - 1), 0, 2),
]


def keccak(data: bytes) -> bytes:
    return crypto_keccak.new(digest_bits=256, data=data).digest()


def canonical(seller, buyer, number, day, net, tax, total, kind) -> bytes:
    days = (date.fromisoformat(day) - date(1970, 1, 1)).days
    texts = [seller.encode(), buyer.encode(), number.encode()]
    return b"".join(
        [
            bytes([1, kind]),
            b"CNY",
            days.to_bytes(2, "big"),
            *(struct.pack(">q", amount) for amount in (net, tax, total)),
            bytes(map(len, texts)),
            *texts,
        ]
    )


def tree_root(nodes: list[bytes]) -> bytes:
    if len(nodes) == 1:
        return nodes[0]
    above = [
        keccak(b"".join(sorted(nodes[i : i + 2]))) if i + 1 < len(nodes) else nodes[i] for i in range(0, len(nodes), 2)
    ]
    return tree_root(above)


def batch(source: int, subject: str, nonce: bytes, count: int) -> dict[str, object]:
    batch_type = keccak(
        b"InvoiceBatch(uint256 chainId,address registry,uint16 source,address subject,uint32 count,bytes32 nonce)"
    )
    leaf_type = keccak(
        b"InvoiceLeaf(uint256 chainId,address registry,bytes32 batchId,uint32 index,bytes32 commitment,address buyer)"
    )
    types = ["bytes32", "uint256", "address", "uint16", "address", "uint32", "bytes32"]
    digest = keccak(encode(types, [batch_type, CHAIN, REGISTRY, source, subject, count, nonce]))
    batch_id = ((source << 240) | (count << 208) | (int.from_bytes(digest, "big") % 2**208)).to_bytes(32, "big")
    items, leaves = [], []
    for index in range(count):
        seller, buyer_id, number, day, net, tax, total, kind = INVOICES[index]
        raw = canonical(seller, buyer_id, number, day, net, tax, total, kind)
        salt = keccak(b"salt" + bytes([index]))
        commitment = keccak(b"TDS.INV1" + salt + raw)
        buyer = BUYER if index % 2 else NOBODY
        types = ["bytes32", "uint256", "address", "bytes32", "uint32", "bytes32", "address"]
        leaves.append(keccak(keccak(encode(types, [leaf_type, CHAIN, REGISTRY, batch_id, index, commitment, buyer]))))
        items.append(
            {
                "invoice": {
                    "seller": seller,
                    "buyer": buyer_id,
                    "number": number,
                    "issue_date": day,
                    "amount_fen": net,
                    "tax_fen": tax,
                    "total_fen": total,
                    "kind": kind,
                },
                "salt": hexed(salt),
                "canonical": hexed(raw),
                "commitment": hexed(commitment),
                "buyer": buyer,
                "leaf": hexed(leaves[-1]),
            }
        )
    return {
        "chain_id": CHAIN,
        "registry": REGISTRY,
        "source": source,
        "subject": subject,
        "count": count,
        "nonce": hexed(nonce),
        "batch_id": hexed(batch_id),
        "root": hexed(tree_root(leaves)),
        "items": items,
    }


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def main() -> None:
    batches = [
        batch(1, SUBJECT, bytes(32), 1),
        batch(3, SUBJECT, keccak(b"nonce"), 2),
        batch(65535, NOBODY, b"\xff" * 32, 5),
    ]
    json.dump({"batches": batches}, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
