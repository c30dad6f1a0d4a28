"""Files built to harm their reader, by a seeded generator: each must be refused, or read, within bounds."""

from __future__ import annotations

import gzip
import random
import zlib
from typing import TYPE_CHECKING

from bench.sample_invoices import hybrid, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AMOUNTS = (
    "NaN",
    "INF",
    "-INF",
    "1e30",
    "1" + "0" * 30,
    "0x10",
    "1,000.00",
    "",
    "١٢",
    "9" * 50_000,
    "1.2.3",
    "--1",
    "1.005",
)


def _entities(rng: random.Random) -> bytes:
    depth, width = rng.randint(2, 12), rng.randint(2, 12)
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{level} "{f"&l{level - 1};" * width}">' for level in range(1, depth)]
    return f"<?xml version='1.0'?><!DOCTYPE x [{''.join(lines)}]><x>&l{depth - 1};</x>".encode()


def _dtd(rng: random.Random) -> bytes:
    kinds = (
        b'<!DOCTYPE Invoice SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>',
        b"<!-- a --><?pi?> <!DOCTYPE x>",
        b"<!DOCTYPE " + b"x" * rng.randint(1, 10**6),
    )
    return b"<?xml version='1.0'?>" + rng.choice(kinds) + sample().partition(b"?>")[2]


def _deep(rng: random.Random) -> bytes:
    depth = rng.choice((41, 255, 300, 5_000, 200_000))
    return b"<a>" * depth + b"</a>" * rng.choice((depth, 0))


def _wide(rng: random.Random) -> bytes:
    kinds = (b"<a/>", b"<a>1</a>", b"<a b='1'/>", b"<!-- -->", b"&lt;", b"&#65;", b"x")
    return b"<r>" + rng.choice(kinds) * rng.choice((10_000, 100_000, 1_000_000)) + b"</r>"


def _attributes(rng: random.Random) -> bytes:
    return b"<r " + b" ".join(b"a%d='1'" % number for number in range(rng.choice((100, 20_000)))) + b"/>"


def _encoding(rng: random.Random) -> bytes:
    text = sample().decode()
    names = ("utf-7", "ebcdic-cp-us", "utf-16", "utf-32", "iso-2022-jp", "hz", "idna", "zlib", "x" * 30, "shift_jis")
    kinds = (
        text.replace("UTF-8", rng.choice(names)).encode(),
        text.encode("utf-16"),
        text.encode("utf-16-be"),
        b"\xff\xfe" + text.encode(),
        text.replace("Sud", "S\udcffd").encode(errors="surrogateescape"),
        text.replace("Sud", "Süd").encode("latin-1"),
        b"\xef\xbb\xbf" * 3 + text.encode(),
        text.replace("Sud", "S\0d").encode(),
    )
    return rng.choice(kinds)


def _amount(rng: random.Random) -> bytes:
    return sample(cii=rng.random() < 0.5, **{rng.choice(("net", "tax", "gross")): rng.choice(AMOUNTS)})


def _truncated(rng: random.Random) -> bytes:
    whole = rng.choice((sample(), sample(cii=True), hybrid(sample(cii=True))))
    return whole[: rng.randrange(len(whole))]


def _flipped(rng: random.Random) -> bytes:
    raw = bytearray(rng.choice((sample(), sample(cii=True), hybrid(sample(cii=True)))))
    for _ in range(rng.randint(1, 30)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def _long(rng: random.Random) -> bytes:
    return sample(number="7" * rng.choice((3_000, 10**6, 11 * 10**6)))


def _repeated(rng: random.Random) -> bytes:
    raw, size = sample(), rng.choice((2, 50))
    return raw.replace(b"<cbc:ID>R-1</cbc:ID>", b"<cbc:ID>R-1</cbc:ID>" * size)


def _many_lines(rng: random.Random) -> bytes:
    return sample(prices=(100,) * rng.choice((500, 3_000)))


_BOMB: list[bytes] = []


def _bomb(rng: random.Random) -> bytes:
    if not _BOMB:  # a gigabyte of zeros, packed once and then once more
        packer = zlib.compressobj(9)
        once = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1000)) + packer.flush()
        _BOMB.extend((once, zlib.compress(once)))
    kinds = (
        hybrid(b"", packed=_BOMB[0]),
        hybrid(b"", packed=_BOMB[0][: rng.randrange(1, len(_BOMB[0]))]),
        hybrid(b"", packed=_BOMB[1]).replace(b"/FlateDecode", b"[/FlateDecode/FlateDecode]"),
        hybrid(b"", packed=_BOMB[0]).replace(b"/FlateDecode", b"[" + b"/FlateDecode" * 50 + b"]"),
        gzip.compress(b"subject,direction\n") + gzip.compress(bytes(10**6)),
    )
    return rng.choice(kinds)


def _pdf(rng: random.Random) -> bytes:
    raw = hybrid(sample(cii=True))
    kinds = (
        raw.replace(b"/Names[", b"/Kids[3 0 R 1 0 R]/Names["),
        raw.replace(b"3 0 R]", b"1 0 R]"),
        raw.replace(b"/Root 1 0 R", b"/Root 4 0 R/Prev 9"),
        raw.replace(b"/Kids[]", b"/Kids[2 0 R]").replace(b"<</Type/Catalog", b"<<" * rng.choice((50, 3_000))),
        b"%PDF-1.7\n" + b"1 0 obj\n" * rng.choice((10, 20_000)),
        raw.replace(b"startxref", b"startxref 99999999999999999999"),
        hybrid(_entities(rng)),
        hybrid(_deep(rng)),
    )
    return rng.choice(kinds)


def _junk(rng: random.Random) -> bytes:
    table = b"subject,direction,invoice_no,issue_date\n"
    starts = (b"", b"PK\x03\x04", b"\x1f\x8b", b"<", b"<?xml", b"<!--", b"%PDF-", table)
    return rng.choice(starts) + rng.randbytes(rng.choice((0, 10, 5_000)))


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "entities": _entities,
    "dtd": _dtd,
    "deep": _deep,
    "wide": _wide,
    "attributes": _attributes,
    "encoding": _encoding,
    "amount": _amount,
    "truncated": _truncated,
    "flipped": _flipped,
    "long": _long,
    "repeated": _repeated,
    "many lines": _many_lines,
    "zip bomb": _bomb,
    "pdf": _pdf,
    "junk": _junk,
}


def hostile_files(count: int, seed: int = 4) -> Iterator[tuple[str, bytes]]:
    """`count` files of all kinds in turn, the same for the same seed."""
    rng = random.Random(seed)
    names = list(KINDS)
    for number in range(count):
        kind = names[number % len(names)]
        yield kind, KINDS[kind](rng)
