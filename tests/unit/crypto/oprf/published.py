"""Vectors of RFC 9380 and RFC 9497, and P-256 written out slowly to run the latter through our transcripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from trustspace.crypto.oprf.hash_to_curve import Affine, Weierstrass
from trustspace.crypto.oprf.suite import Suite

VECTORS = Path(__file__).parents[3] / "vectors"
FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
# not-a-key: whole file
P256 = Weierstrass(
    p=FIELD, a=FIELD - 3, b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B, z=FIELD - 10
)
P256_GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P256_SUITE = Suite(b"P256-SHA256", 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551)


@cache
def published() -> Any:
    return json.loads((VECTORS / "rfc_oprf.json").read_text())


def number(text: str) -> int:
    return int(text, 16)


def multiply(curve: Weierstrass, scalar: int, point: Affine) -> Affine:
    """Double and add; None stands for nothing yet."""
    total: Affine | None = None
    for bit in f"{scalar:b}":
        if total is not None:
            total = curve.add(total, total)
        if bit == "1":
            total = point if total is None else curve.add(total, point)
    assert total is not None
    return total


def compressed(point: Affine) -> bytes:
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def decompressed(curve: Weierstrass, raw: bytes) -> Affine:
    x = int.from_bytes(raw[1:], "big")
    y = pow(x**3 + curve.a * x + curve.b, (curve.p + 1) // 4, curve.p)
    return x, y if y % 2 == raw[0] % 2 else curve.p - y
