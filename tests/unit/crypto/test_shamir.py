import secrets
from fractions import Fraction
from itertools import combinations

import pytest

from trustspace.crypto import shamir
from trustspace.crypto.shamir import PRIME, combine, split, weights
from trustspace.errors import OutOfRange, TooFewParties

SECRET = bytes(range(32))


def by_elimination(shares: dict[int, bytes]) -> int:
    """Second implementation: solve the Vandermonde system mod PRIME for the polynomial; its constant is the secret."""
    ids = sorted(shares)
    rows = [[pow(at, power, PRIME) for power in range(len(ids))] + [int.from_bytes(shares[at], "big")] for at in ids]
    for column in range(len(ids)):
        pivot = next(row for row in range(column, len(ids)) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = pow(rows[column][column], PRIME - 2, PRIME)
        rows[column] = [value * inverse % PRIME for value in rows[column]]
        for row in range(len(ids)):
            if row != column:
                factor = rows[row][column]
                rows[row] = [(a - factor * b) % PRIME for a, b in zip(rows[row], rows[column], strict=True)]
    return rows[0][-1]


def test_prime__passes_fermat_and_is_above_any_32_bytes() -> None:
    assert all(pow(base, PRIME - 1, PRIME) == 1 for base in (2, 3, 5, 7, 11, 13, 17, 19, 23))
    assert PRIME > 2**256


@pytest.mark.parametrize("holders", [[1, 2, 3], [4, 7, 9, 300, 65535], list(range(11, 31))])
def test_split__any_threshold_of_shares__gives_the_secret_in_both_implementations(holders: list[int]) -> None:
    threshold = len(holders) // 2 + 1
    for secret in (SECRET, bytes(32), b"\xff" * 32, secrets.token_bytes(32)):
        shares = split(secret, threshold, holders)
        for chosen in list(combinations(holders, threshold))[:40]:
            some = {holder: shares[holder] for holder in chosen}
            assert combine(some, threshold) == secret
            assert by_elimination(some) == int.from_bytes(secret, "big")


def test_split__one_share_less__fits_every_secret_alike() -> None:
    shares = split(SECRET, 3, [1, 2, 3, 4, 5])
    known = {holder: shares[holder] for holder in (2, 5)}
    for guess in (bytes(32), b"\x01" * 32):  # a polynomial through the known shares exists for any secret
        lagrange = weights((2, 5, 9))
        partial = sum(w * int.from_bytes(known[h], "big") for w, h in zip(lagrange, (2, 5), strict=False))
        third = (int.from_bytes(guess, "big") - partial) * pow(lagrange[2], -1, PRIME) % PRIME
        assert combine(known | {9: third.to_bytes(33, "big")}, 3) == guess
    with pytest.raises(TooFewParties, match="2 shares, 3 are needed"):
        combine(known, 3)


def test_split__fresh_every_time__and_uniform_over_the_field(monkeypatch) -> None:
    assert split(SECRET, 2, [1, 2]) != split(SECRET, 2, [1, 2])
    asked: list[int] = []
    split(SECRET, 4, [1, 2, 3, 4], below=lambda bound: asked.append(bound) or 5)
    assert asked == [PRIME] * 3


def test_weights__as_with_rational_numbers() -> None:
    ids = (1, 3, 8, 20)
    for own, weight in zip(ids, weights(ids), strict=True):
        exact = Fraction(1)
        for other in ids:
            if other != own:
                exact *= Fraction(other, other - own)
        assert weight == exact.numerator * pow(exact.denominator, -1, PRIME) % PRIME


@pytest.mark.parametrize(
    ("secret", "threshold", "holders", "message"),
    [
        (b"short", 2, [1, 2], "32 bytes"),
        (SECRET, 3, [1, 2], "threshold 3 for 2"),
        (SECRET, 0, [1, 2], "threshold 0"),
        (SECRET, 2, [1, 1], "distinct"),
        (SECRET, 2, [0, 1], "positive"),
    ],
)
def test_split__nonsense__refused(secret: bytes, threshold: int, holders: list[int], message: str) -> None:
    with pytest.raises(OutOfRange, match=message):
        split(secret, threshold, holders)


def test_combine__a_wrong_share__another_secret_or_none() -> None:
    shares = split(SECRET, 2, [1, 2])
    shares[2] = bytes(33)
    try:
        assert combine(shares, 2) != SECRET
    except OutOfRange as error:
        assert "no secret" in str(error)  # noqa: PT017 - one in two outcomes
    lagrange = weights((1, 2))
    value = (2**256 + 1 - lagrange[0] * int.from_bytes(shares[1], "big")) * pow(lagrange[1], -1, PRIME) % PRIME
    with pytest.raises(OutOfRange, match="no secret"):
        combine({1: shares[1], 2: value.to_bytes(33, "big")}, 2)
    assert shamir.SHARE_BYTES == 33
