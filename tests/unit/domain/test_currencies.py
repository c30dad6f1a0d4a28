import pytest

from trustspace.domain.currencies import MINOR_DIGITS

iso4217 = pytest.importorskip("iso4217")
WITHDRAWN = {"BGN", "HRK"}


def test_minor_digits__against_the_published_list__agree():
    published = {entry.code: entry.exponent for entry in iso4217.Currency if entry.exponent is not None}
    ours = {code: digits for code, digits in MINOR_DIGITS.items() if code not in WITHDRAWN}
    assert {code: published.get(code) for code in ours} == ours
    assert {code for code in published if not code.startswith("X")} <= set(MINOR_DIGITS)
