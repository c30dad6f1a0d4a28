"""A synthetic region: small firms, their invoices as tax bureaus export them, and how their loans ended.

Made by a seeded generator, so that the demo runs on known ground. What it imitates, with the CUMCM tables as measure:
firm sizes over three orders of magnitude, a year's seasons with the gap of the spring festival, growing and fading
firms, a few large counterparties among many small ones, void and red-letter invoices, rows exported twice, and defaults
that become likelier with small, uneven, concentrated, fading business and many voids, without being decided by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustspace.adapters.invoices.csv_export import write_export
from trustspace.adapters.invoices.loans import write_loans
from trustspace.domain.ids import AsOfDay
from trustspace.domain.invoices import FIRST_DAY, BookStatus, Direction, Invoice, InvoiceKind, Record
from trustspace.domain.partition import bank_of, records_by_source
from trustspace.domain.statistics import months_before
from trustspace.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LAST_DAY = date(2026, 9, 30)
HISTORY_MONTHS = 30
DUPLICATE_SHARE = 0.008
_SEASON = np.array([0.9, 0.45, 1.0, 1.0, 1.05, 1.1, 0.95, 0.95, 1.1, 0.9, 1.15, 1.45])  # January to December
_TAX_RATES = np.array([13, 9, 6, 3, 1])
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Records in export order (duplicates included), and for each firm whether its loan defaulted."""

    as_of: AsOfDay
    records: tuple[Record, ...]
    defaulted: Mapping[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFiles:
    """Files of a region: one export per source, one table of loans per bank."""

    exports: tuple[Path, ...]
    loans: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Firms:
    """Traits per firm, each of shape (firms,)."""

    invoices: Floats  # a month, per side
    amount: Floats  # median net, yuan
    cost: Floats  # purchases over sales
    growth: Floats  # a month, logarithmic
    unevenness: Floats
    concentration: Floats
    void: Floats
    red: Floats
    start: Ints  # month of the first invoice
    tax_rate: Ints
    special: npt.NDArray[np.bool_]
    defaulted: npt.NDArray[np.bool_]


def make_region(*, seed: int = 2020, firms: int = 420, invoices: int = 66_000) -> Region:
    """Region of `firms` firms with about `invoices` records (within 3 %). Raises OutOfRange below 20 firms.

    The same arguments give the same region on every machine with the same numpy.
    """
    if firms < 20 or invoices < firms * 10:
        raise OutOfRange(
            f"{firms} firms with {invoices} invoices", where="region", remedy="at least 20 firms, 10 invoices each"
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    traits = _draw_firms(rng, firms)
    ids = _credit_codes(rng, firms)
    others = _credit_codes(rng, max(60, 4 * firms))
    monthly = _monthly_rates(rng, traits, invoices)
    records: list[Record] = []
    for firm, subject in enumerate(ids):
        for direction, share in ((Direction.SALE, 0.5), (Direction.PURCHASE, 0.5)):
            counts = rng.poisson(monthly[firm] * share)
            records.extend(_firm_records(rng, traits, firm, subject, direction, counts, [*ids, *others]))
    records = _export_order(rng, records)
    return Region(
        as_of=AsOfDay((LAST_DAY - FIRST_DAY).days),
        records=tuple(records),
        defaulted=dict(zip(ids, traits.defaulted.tolist(), strict=True)),
    )


def write_region(region: Region, folder: Path, *, sources: int = 3, banks: int = 4) -> RegionFiles:
    """Write what each party holds: an invoice export per source, a table of ended loans per bank.

    A source keeps the invoices of its counterparties, a bank the loans of its firms (`domain.partition`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    exports, loans = [], []
    for index, records in enumerate(records_by_source(region.records, sources)):
        exports.append(folder / f"source-{index + 1}-invoices.csv")
        write_export(exports[-1], records)
    for index in range(banks):
        own = {firm: bad for firm, bad in region.defaulted.items() if bank_of(firm, banks) == index}
        loans.append(folder / f"bank-{index + 1}-loans.csv")
        write_loans(loans[-1], own)
    return RegionFiles(exports=tuple(exports), loans=tuple(loans))


def _draw_firms(rng: np.random.Generator, n: int) -> _Firms:
    """Every trait leans on one hidden strength of the firm; default leans on the strength and on chance."""
    strength = rng.normal(size=n)

    def trait(weight: float) -> Floats:
        mixed: Floats = weight * strength + np.sqrt(1 - weight * weight) * rng.normal(size=n)
        return mixed

    chance = rng.logistic(size=n)
    return _Firms(
        invoices=np.exp(0.75 * trait(0.75)),
        amount=np.exp(9.3 + 0.9 * trait(0.6)),
        cost=np.clip(0.78 - 0.12 * trait(0.4), 0.3, 1.3),
        growth=0.03 * trait(0.7),
        unevenness=np.exp(-0.9 - 0.5 * trait(0.7)),
        concentration=np.clip(1.1 - 0.45 * trait(0.6), 0.15, 2.5),
        void=np.clip(np.exp(-3.1 - 0.7 * trait(0.6)), 0.002, 0.35),
        red=np.clip(np.exp(-4.0 + 0.6 * rng.normal(size=n)), 0.001, 0.15),
        start=np.where(rng.random(n) < 0.18, rng.integers(4, 20, size=n), 0),
        tax_rate=_TAX_RATES[rng.choice(5, size=n, p=[0.42, 0.12, 0.16, 0.2, 0.1])],
        special=rng.random(n) < 0.7,
        defaulted=-3.9 - 3.9 * strength + chance > 0,
    )


def _monthly_rates(rng: np.random.Generator, traits: _Firms, invoices: int) -> Floats:
    """Expected invoices of both sides, shape (firms, HISTORY_MONTHS), oldest month first, summing to `invoices`."""
    months = np.arange(HISTORY_MONTHS)
    calendar = (LAST_DAY.month - HISTORY_MONTHS + months) % 12
    n = traits.invoices.size
    noise = np.exp(rng.normal(size=(n, HISTORY_MONTHS)) * traits.unevenness[:, None])
    trend = np.exp(traits.growth[:, None] * (months - HISTORY_MONTHS / 2))
    open_for_business = months[None, :] >= traits.start[:, None]
    rates: Floats = traits.invoices[:, None] * _SEASON[calendar][None, :] * noise * trend * open_for_business
    rates *= invoices / rates.sum()
    return rates


def _firm_records(
    rng: np.random.Generator,
    traits: _Firms,
    firm: int,
    subject: str,
    direction: Direction,
    counts: Ints,
    pool: list[str],
) -> list[Record]:
    """Records of one firm and side, oldest first. Red-letter ones take back a share of an average invoice."""
    n = int(counts.sum())
    if n == 0:
        return []
    bought = direction is Direction.PURCHASE
    partners = _partners(rng, subject, n, pool)
    weights = np.arange(1, len(partners) + 1) ** -float(traits.concentration[firm])
    whom = rng.choice(len(partners), size=n, p=weights / weights.sum())
    scale = traits.amount[firm] * (traits.cost[firm] if bought else 1.0)
    large = 1.0 / (1.0 + whom)  # the first partners buy in larger lots
    net = np.rint(100 * scale * np.exp(rng.normal(size=n) * 0.8) * (0.6 + large)).astype(np.int64)
    net = np.where(rng.random(n) < traits.red[firm], -np.rint(net * rng.uniform(0.1, 1.0, n)).astype(np.int64), net)
    rates = np.full(n, traits.tax_rate[firm]) if not bought else rng.choice(_TAX_RATES, size=n)
    tax = np.rint(net * rates / 100).astype(np.int64)
    void = rng.random(n) < traits.void[firm] * (0.5 if bought else 1.0)
    digits = rng.integers(10_000_000, 99_000_000) + np.cumsum(rng.integers(1, 40, size=n))
    kind = InvoiceKind.SPECIAL if traits.special[firm] else InvoiceKind.ORDINARY
    rows = zip(
        _days(rng, counts), whom.tolist(), net.tolist(), tax.tolist(), void.tolist(), digits.tolist(), strict=True
    )
    records = []
    for day, partner, amount, duty, is_void, number in rows:
        other = partners[partner]
        invoice = Invoice(
            seller=other if bought else subject,
            buyer=subject if bought else other,
            number=f"{number:08d}",
            issue_date=day,
            amount_fen=amount,
            tax_fen=duty,
            total_fen=amount + duty,
            kind=kind,
            status=BookStatus.VOID if is_void else BookStatus.VALID,
        )
        records.append(Record(direction=direction, invoice=invoice))
    return records


def _partners(rng: np.random.Generator, subject: str, invoices: int, pool: list[str]) -> list[str]:
    """Counterparties of one firm and side, the most important first: about the square root of its invoices."""
    wanted = min(len(pool) - 1, 2 + int(2.2 * np.sqrt(invoices) * rng.uniform(0.6, 1.6)))
    picked = rng.choice(len(pool), size=wanted, replace=False).tolist()
    return [pool[index] for index in picked if pool[index] != subject] or [pool[0] if pool[0] != subject else pool[1]]


def _days(rng: np.random.Generator, counts: Ints) -> list[date]:
    """Ascending days, `counts[m]` of them in month m, working days mostly."""
    after_last = date.fromordinal(LAST_DAY.toordinal() + 1)
    starts = [months_before(after_last, HISTORY_MONTHS - month).toordinal() for month in range(HISTORY_MONTHS + 1)]
    days: list[date] = []
    for (first, end), count in zip(pairwise(starts), counts.tolist(), strict=True):
        drawn = np.sort(rng.integers(first, end, size=count))
        weekend = (drawn - 1) % 7 >= 5
        moved = np.where(weekend & (drawn - 2 >= first), drawn - 2, drawn)
        days.extend(date.fromordinal(ordinal) for ordinal in np.sort(moved).tolist())
    return days


def _export_order(rng: np.random.Generator, records: list[Record]) -> list[Record]:
    """A share of rows stands in the export twice, the second time some rows further down."""
    twice = np.flatnonzero(rng.random(len(records)) < DUPLICATE_SHARE)
    places = np.concatenate([np.arange(len(records), dtype=np.float64), twice + rng.integers(1, 50, twice.size) + 0.5])
    sources = np.concatenate([np.arange(len(records)), twice])
    return [records[index] for index in sources[np.argsort(places, kind="stable")].tolist()]


def _credit_codes(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct unified social credit codes (18 characters) with valid check characters, of an imaginary district."""
    bodies = rng.choice(31**7, size=count, replace=False)
    return [_with_check(f"91440399{_base31(int(body)):0>7}00") for body in bodies.tolist()]


def _base31(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 31)
        digits = _CODE_ALPHABET[digit] + digits
    return digits


def _with_check(body: str) -> str:
    """Append the check character of GB 32100-2015: weights 3^i mod 31."""
    total = sum(_CODE_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + _CODE_ALPHABET[-total % 31]
