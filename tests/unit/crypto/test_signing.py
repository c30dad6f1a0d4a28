"""Signatures against eth_account, EIP-55 and EIP-2098."""

from __future__ import annotations

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from trustspace.crypto.signing import SigningKey, compact, recover
from trustspace.encoding.address import address_bytes, checksum_address, normal_address
from trustspace.errors import InvalidKey, OutOfRange

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


@settings(max_examples=50, deadline=None)
@given(secret=st.integers(1, ORDER - 1), digest=st.binary(min_size=32, max_size=32))
def test_sign__any_key_and_digest__equals_eth_account_and_recovers(secret: int, digest: bytes) -> None:
    private = secret.to_bytes(32, "big")
    key, account = SigningKey(private), Account.from_key(private)
    assert key.address == account.address
    assert key.sign(digest) == bytes(account.unsafe_sign_hash(digest).signature)
    assert recover(digest, key.sign(digest)) == key.address


@pytest.mark.parametrize("private", [bytes(32), b"\xff" * 32, b"short", ORDER.to_bytes(32, "big")])
def test_key__not_on_the_curve__is_refused_without_showing_it(private: bytes) -> None:
    with pytest.raises(InvalidKey) as raised:
        SigningKey(private)
    assert private.hex() not in str(raised.value)


def test_key__repr__shows_the_address_only() -> None:
    key = SigningKey(b"\x01" * 32)
    assert repr(key) == f"SigningKey(address={key.address})"


def test_sign__digest_of_another_length__is_refused() -> None:
    with pytest.raises(OutOfRange, match="32 bytes, not 31"):
        SigningKey(b"\x01" * 32).sign(bytes(31))


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(65), b"\xff" * 65])
def test_recover__no_signature__is_refused(signature: bytes) -> None:
    with pytest.raises(InvalidKey, match="not a signature"):
        recover(bytes(32), signature)


@pytest.mark.parametrize(
    ("signature", "vs"),
    [  # EIP-2098, section "Test Cases"
        (
            # r and s of the standard's first example
            (
                "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90"  # not-a-key
                "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea520641b"  # not-a-key
            ),
            "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064",  # not-a-key
        ),
        (
            # r and s of the standard's second example
            (
                "9328da16089fcba9bececa81663203989f2df5fe1faa6291a45381c81bd17f76"  # not-a-key
                "139c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f5507931c"  # not-a-key
            ),
            "939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793",  # not-a-key
        ),
    ],
)
def test_compact__examples_of_the_standard(signature: str, vs: str) -> None:
    raw = bytes.fromhex(signature)
    assert compact(raw) == (raw[:32], bytes.fromhex(vs))


@pytest.mark.parametrize(
    "address",
    [  # EIP-55
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
    ],
)
def test_checksum_address__examples_of_the_standard(address: str) -> None:
    assert checksum_address(address_bytes(address)) == address == normal_address(address.lower())
