"""The document: vectors signed by another library, and every way of changing it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trustspace.crypto.signing import recover
from trustspace.domain.disclosure import InvoiceField
from trustspace.encoding.field_commitments import field_hash, value_of
from trustspace.encoding.field_opening import (
    LARGEST_BYTES,
    FieldOpening,
    is_field_opening,
    parse_field_opening,
)
from trustspace.encoding.merkle import verify_proof
from trustspace.encoding.signatures import HALF_ORDER
from trustspace.errors import InvalidKey, InvalidOpening

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "field_openings.json").read_text(encoding="utf-8"))
DOCUMENTS = {name: text.encode() for name, text in VECTORS["openings"].items()}
RAW = DOCUMENTS["amount and date"]


def parse(raw: bytes) -> FieldOpening:
    return parse_field_opening(raw, where="opening.json")


def holds(raw: bytes) -> bool:
    """Whether a document parses, is signed by the subject, and stands under the root."""
    try:
        opening = parse(raw)
        signed = recover(opening.message().digest, opening.signature) == VECTORS["batch"]["subject"]
    except (InvalidOpening, InvalidKey):
        return False
    return signed and verify_proof(opening.leaf(), opening.proof, bytes.fromhex(VECTORS["root"]))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_vectors__parse_prove_and_come_back(name: str) -> None:
    opening = parse(DOCUMENTS[name])
    assert opening.to_bytes() == DOCUMENTS[name]
    assert opening.header.batch_id.hex() == VECTORS["batch_id"]
    assert holds(DOCUMENTS[name])


def test_vector__shows_what_it_says_and_nothing_else() -> None:
    assert parse(RAW).shown == {InvoiceField.DATE: "2024-04-03", InvoiceField.AMOUNT: "1024574"}
    item = VECTORS["items"][0]
    hidden = [field for field in InvoiceField if field not in parse(RAW).shown]
    for field in hidden:
        assert item["field_salts"][field].encode() not in RAW
        assert item["texts"][field].encode() not in RAW.replace(parse(RAW).signature.hex().encode(), b"")
    assert item["salt"].encode() not in RAW


def test_document__any_byte_changed__does_not_hold() -> None:
    assert holds(RAW)
    for place in range(len(RAW)):
        for change in (RAW[place] ^ 1, RAW[place] ^ 0x20, 0x30):
            if change != RAW[place]:
                assert not holds(RAW[:place] + bytes([change]) + RAW[place + 1 :]), (place, change)


@pytest.mark.parametrize("place", range(0, len(RAW), 7))
def test_document__a_byte_lost_or_added__does_not_hold(place: int) -> None:
    assert not holds(RAW[:place] + RAW[place + 1 :])
    assert not holds(RAW[:place] + b" " + RAW[place:])


def test_document__signature_in_its_other_form__refused() -> None:
    """(r, n - s, other v) recovers the same signer: a second document for one statement."""
    signature = parse(RAW).signature
    order = 2 * HALF_ORDER + 1
    turned = (order - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    twin = signature[:32] + turned + bytes([27 + 28 - signature[64]])
    assert recover(parse(RAW).message().digest, twin) == VECTORS["batch"]["subject"]
    with pytest.raises(InvalidOpening, match="signature"):
        parse(RAW.replace(signature.hex().encode(), twin.hex().encode()))


@pytest.mark.parametrize(
    "change",
    [
        {"index": 3}, {"index": -1}, {"index": True}, {"index": 1.0}, {"receiver": 65536}, {"not_after": 2**40},
        {"proof": ["00"]}, {"proof": ["00" * 32] * 33}, {"proof": "00"}, {"fields": {}}, {"buyer": "nobody"},
        {"signature": "00"}, {"format": "trustspace-field-opening-2"}, {"batch": None}, {"more": 1},
    ],
)  # fmt: skip
def test_document__a_part_of_another_form__refused_saying_where(change: dict[str, object]) -> None:
    document = json.dumps({**json.loads(RAW), **change}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with pytest.raises(InvalidOpening, match="opening") as caught:
        parse(document.encode())
    assert caught.value.where == "opening.json"


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 10_000, b" " * (LARGEST_BYTES + 1)])
def test_document__something_else_altogether__refused(raw: bytes) -> None:
    with pytest.raises(InvalidOpening, match="not a field opening"):
        parse(raw)
    assert not is_field_opening(raw)


def test_document__damaged__still_known_as_one() -> None:
    assert is_field_opening(RAW)
    assert is_field_opening(RAW[:-5])
    with pytest.raises(InvalidOpening, match="damaged or rewritten"):
        parse(RAW[:-5])


def test_hidden_amount__guessed_by_whoever_knows_all_the_rest__not_recovered() -> None:
    """The attacker knows every other field, their salts, and amounts around the true one; with the salt it succeeds."""
    item, amount = VECTORS["items"][0], InvoiceField.AMOUNT
    opening = parse(DOCUMENTS["everything"])
    hidden, true = bytes.fromhex(item["field_hashes"][amount]), int(item["texts"][amount])
    known = [part.salt for field, part in zip(InvoiceField, opening.fields, strict=True) if field is not amount]
    guesses = [value_of(amount, str(true + step)) for step in range(-500, 500)]
    assert not any(field_hash(amount, salt, guess) == hidden for salt in (*known, bytes(16)) for guess in guesses)
    own = bytes.fromhex(item["field_salts"][amount])
    assert [guess for guess in guesses if field_hash(amount, own, guess) == hidden] == [value_of(amount, str(true))]
