# not-a-key: whole file (published vectors)
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from trustspace.crypto.masks import MaskKey
from trustspace.crypto.round_secrets import Envelope, RoundSecrets, SharePair
from trustspace.crypto.shamir import combine
from trustspace.errors import CommitmentMismatch

SENDER, RECEIVER = MaskKey(b"s" * 32), MaskKey(b"r" * 32)
ENVELOPE = Envelope(run=b"R" * 32, round=3, sender=5, receiver=9, sender_key=b"k" * 32)
PAIR = SharePair(seed=b"a" * 33, key=b"b" * 33)


def test_aead__rfc_8439_section_2_8_2__published_ciphertext_and_tag() -> None:
    text = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would "
        b"be it."
    )
    sealed = ChaCha20Poly1305(bytes(range(0x80, 0xA0))).encrypt(
        bytes.fromhex("070000004041424344454647"), text, bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    )
    assert sealed.hex() == (
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        "3ff4def08e4b7a9de576d26586cec64b6116"
        "1ae10b594f09e26a7e902ecbd0600691"
    )


def test_envelope__sealed_and_opened__same_pair() -> None:
    sealed = ENVELOPE.seal(SENDER, RECEIVER.public, PAIR)
    assert len(sealed) == 66 + 16
    assert ENVELOPE.open(RECEIVER, SENDER.public, sealed) == PAIR


@pytest.mark.parametrize(
    "change", [{"run": b"Q" * 32}, {"round": 4}, {"sender": 6}, {"receiver": 8}, {"sender_key": b"l" * 32}]
)
def test_envelope__opened_as_another__refused_naming_the_sender(change: dict[str, object]) -> None:
    sealed = ENVELOPE.seal(SENDER, RECEIVER.public, PAIR)
    other = replace(ENVELOPE, **change)  # type: ignore[arg-type]
    with pytest.raises(CommitmentMismatch, match=f"party {other.sender}, round {other.round}"):
        other.open(RECEIVER, SENDER.public, sealed)


def test_envelope__altered_or_for_another_key__refused() -> None:
    sealed = ENVELOPE.seal(SENDER, RECEIVER.public, PAIR)
    for false in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", bytes(82)):
        with pytest.raises(CommitmentMismatch, match="cannot be opened"):
            ENVELOPE.open(RECEIVER, SENDER.public, false)
    with pytest.raises(CommitmentMismatch, match="cannot be opened"):
        ENVELOPE.open(MaskKey.generate(), SENDER.public, sealed)


def test_draw__fresh_secrets_whose_shares_open_them() -> None:
    first, second = (RoundSecrets.draw([1, 2, 3, 4], 3) for _ in range(2))
    assert first.seed != second.seed
    assert first.key.public != second.key.public
    chosen = {holder: first.shares[holder] for holder in (1, 2, 4)}
    assert combine({holder: pair.seed for holder, pair in chosen.items()}, 3) == first.seed
    assert MaskKey(combine({holder: pair.key for holder, pair in chosen.items()}, 3)).public == first.key.public
    assert first.seed.hex() not in repr(first)
    assert "seed" not in repr(first.shares[1])
