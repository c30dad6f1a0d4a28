"""First and second digits of a firm's net amounts against Benford's law, with p-values that mean what they say.

Only distinct amounts count, since a price repeated a hundred times is one price. The test is not applied where the law
is not expected to hold: fewer than FEWEST distinct amounts, or amounts that span less than two orders of magnitude
(5th to 95th percentile). With many invoices any deviation is significant, so a finding also needs a mean absolute
deviation beyond the one that Nigrini (2012) calls nonconformity: 0.015 for first digits, 0.012 for second ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustspace.services.signals.findings import Finding, Signal, strongest_first
from trustspace.services.signals.significance import benjamini_hochberg, goodness_of_fit

if TYPE_CHECKING:
    from trustspace.services.signals.settings import SignalSettings
    from trustspace.services.signals.table import Floats, Ints, InvoiceTable

FEWEST = 100
LEAST_SPAN = 100.0
NONCONFORMITY = {"first": 0.015, "second": 0.012}
EXAMPLES = 5


def benford_shares(digit: str) -> Floats:
    """Shares of the first digits 1 to 9, or of the second digits 0 to 9."""
    if digit == "first":
        return np.log10(1 + 1 / np.arange(1, 10))
    tens = np.arange(1, 10)[:, None]
    shares: Floats = np.log10(1 + 1 / (10 * tens + np.arange(10)[None, :])).sum(axis=0)
    return shares


def leading_digits(amounts: Ints) -> tuple[Ints, Ints]:
    """First and second digits of positive integers of at least two digits, by comparison with powers of ten."""
    powers = 10 ** np.arange(18, dtype=np.int64)
    two = amounts // powers[np.searchsorted(powers, amounts, side="right") - 2]
    return two // 10, two % 10


def digit_signal(table: InvoiceTable, settings: SignalSettings) -> Signal:
    """Firms whose sales amounts do not look like amounts that grew by themselves."""
    rows = np.flatnonzero(~table.purchase & table.live & (table.net >= 10))
    order = rows[np.argsort(table.seller[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(table.seller[order])) + 1
    tests: list[tuple[Ints, str, float, float, str]] = []
    few = narrow = 0
    for part in np.split(order, cuts) if len(order) else []:
        amounts = np.unique(table.net[part])
        if len(amounts) < FEWEST:
            few += 1
            continue
        low, high = np.quantile(amounts, [0.05, 0.95])
        if high < LEAST_SPAN * low:
            narrow += 1
            continue
        tests += [(part, *test) for test in digit_tests(amounts)]
    adjusted = benjamini_hochberg(np.array([p for _, _, p, _, _ in tests]))
    return Signal(
        name="digits",
        unit="tests (two per firm)",
        examined=len(tests),
        means="The digits of this firm's amounts deviate from Benford's law by more than chance and more than usual.",
        does_not_mean="That amounts are invented: price lists and a ceiling per invoice do the same.",
        findings=strongest_first(_findings(table, tests, adjusted, settings)),
        set_aside={
            f"fewer than {FEWEST} distinct amounts": few,
            "amounts span less than two orders of magnitude": narrow,
        },
        not_applied="" if tests else "no firm has enough distinct amounts over two orders of magnitude",
    )


def digit_tests(amounts: Ints) -> list[tuple[str, float, float, str]]:
    """(digit, p, mean absolute deviation, method) for distinct amounts of at least ten fen."""
    answers = []
    for digit, values, lowest in zip(("first", "second"), leading_digits(amounts), (1, 0), strict=True):
        shares = benford_shares(digit)
        observed = np.bincount(values - lowest, minlength=len(shares)).astype(np.int64)
        p, method = goodness_of_fit(observed, shares)
        answers.append((digit, p, float(np.abs(observed / len(amounts) - shares).mean()), method))
    return answers


def _findings(
    table: InvoiceTable, tests: list[tuple[Ints, str, float, float, str]], adjusted: Floats, settings: SignalSettings
) -> list[Finding]:
    findings = []
    for (part, digit, p, deviation, method), corrected in zip(tests, adjusted.tolist(), strict=True):
        if corrected <= settings.q and deviation > NONCONFORMITY[digit]:
            values = leading_digits(table.net[part])[digit == "second"]
            lowest = 1 if digit == "first" else 0
            surplus = np.bincount(values - lowest) / len(part) - benford_shares(digit)[: int(values.max()) - lowest + 1]
            worst = int(np.argmax(surplus)) + lowest
            findings.append(
                Finding(
                    party=table.parties[table.seller[part[0]]],
                    why=f"{digit} digit {worst} is {surplus.max():+.1%} off; mean deviation {deviation:.3f} ({method})",
                    rows=tuple(part[values == worst][:EXAMPLES].tolist()),
                    p=p,
                    adjusted=corrected,
                    weight_fen=int(table.total[part].sum()),
                )
            )
    return findings
