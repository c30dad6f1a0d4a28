"""A region that keeps both sides' books, clean or with planted fraud of every kind that the signals look for.

`clean_trade` turns the demo's region into consistent books: an invoice between two of its firms stands in both firms'
books, nobody takes back what was not sold, and every second firm numbers its sales one by one with one in fifty
missing. `plant` adds known cases and says which party and which numbers they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from trustspace.apps.region import make_region
from trustspace.domain.invoices import BookStatus, Direction, Record, collect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustspace.domain.invoices import Invoice

FIRST_NUMBER = 1_000_000_000  # planted and dense numbers: above all that the region draws
RING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One planted case: the signal that should find it, by the party, and by the numbers where numbers tell."""

    signal: str
    party: str
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Distinct records, and what was planted in them."""

    records: tuple[Record, ...]
    plants: tuple[Plant, ...]


def clean_trade(*, seed: int = 2020, firms: int = 120, invoices: int = 20_000) -> Trade:
    """Consistent books without a planted case."""
    book = collect(make_region(seed=seed, firms=firms, invoices=invoices).records)
    owned = [_settled(records) for records in book.by_subject().values()]
    rng = np.random.Generator(np.random.PCG64(seed))
    numbered = [_dense(own, place, rng) if place % 2 else own for place, own in enumerate(owned)]
    return Trade(records=_both_sides([record for own in numbered for record in own]), plants=())


def plant(trade: Trade, *, seed: int = 7, each: int = 5) -> Trade:
    """`each` cases of every kind, at firms chosen by the seed."""
    planter = _Planter(trade, np.random.Generator(np.random.PCG64(seed)))
    kinds: tuple[Callable[[], None], ...] = (
        planter.voids, planter.month_end, planter.digits, planter.gap, planter.burst,
        planter.ring, planter.one_sided, planter.red_without_sale, planter.altered_copies,
    )  # fmt: skip
    for kind in kinds:
        for _ in range(each):
            kind()
    return Trade(records=tuple(planter.records), plants=tuple(planter.plants))


def _settled(records: list[Record]) -> list[Record]:
    """Without red letters that take back more than was sold before."""
    balance: dict[tuple[Direction, str], int] = {}
    kept = []
    for record in sorted(records, key=lambda r: (r.invoice.issue_date, r.invoice.is_red_letter)):
        key, after = (record.direction, record.counterparty), record.invoice.total_fen
        if not record.invoice.is_void:
            after += balance.get(key, 0)
            if record.invoice.is_red_letter and after < 0:
                continue
            balance[key] = after
        kept.append(record)
    return kept


def _dense(records: list[Record], place: int, rng: np.random.Generator) -> list[Record]:
    """Sales numbered one by one, one in fifty missing."""
    steps = 1 + (rng.random(len(records)) < 0.02)
    numbers = iter((FIRST_NUMBER * (1 + place) + np.cumsum(steps)).tolist())
    return [
        record if record.direction is Direction.PURCHASE else _with(record, number=str(next(numbers)))
        for record in records
    ]


def _both_sides(records: Sequence[Record]) -> tuple[Record, ...]:
    firms = {record.subject for record in records}
    mirrors = [
        Record(Direction.SALE if record.direction else Direction.PURCHASE, record.invoice)
        for record in records
        if record.counterparty in firms
    ]
    return collect([*records, *mirrors]).records


def _with(record: Record, **changes: object) -> Record:
    return record._replace(invoice=record.invoice._replace(**changes))  # type: ignore[arg-type]


class _Planter:
    """Adds and changes records; a firm is used once for the kinds that weigh a whole firm."""

    def __init__(self, trade: Trade, rng: np.random.Generator) -> None:
        self.records = list(trade.records)
        self.plants: list[Plant] = []
        self.rng = rng
        self.next_number = FIRST_NUMBER // 2
        sales: dict[str, list[int]] = {}
        for row, record in enumerate(self.records):
            if record.direction is Direction.SALE:
                sales.setdefault(record.subject, []).append(row)
        self.sales = sales
        self.firms = list(sales)
        large = [firm for firm, rows in sales.items() if len(rows) >= 130]
        self.unused = [large[place] for place in rng.permutation(len(large)).tolist()]
        self.used: set[str] = set()
        self.taken: set[int] = set()

    def altered_copies(self) -> None:
        """One copy of each altered kind, of sales with amounts that the pair has once."""
        for name, change in (
            ("respelled", lambda i: {"number": f"00{i.number}"}),
            ("redated", lambda i: {"issue_date": i.issue_date + timedelta(days=5)}),
            ("reamounted", lambda i: {"total_fen": i.total_fen + 40, "amount_fen": i.amount_fen + 40}),
            ("renumbered", lambda _: {"number": self.number()}),
            ("repeated", lambda i: {"number": self.number(), "issue_date": i.issue_date + timedelta(days=12)}),
            ("near_total", lambda i: {"number": self.number(), "total_fen": i.total_fen + 60}),
        ):  # fmt: skip
            original = self.lonely_sale()
            copy = _with(original, **change(original.invoice))
            self.add(copy)
            self.expect(name, original.subject, copy.invoice.number)

    def gap(self) -> None:
        """Thirty sales in a row left out by a firm that numbers them one by one."""
        series = {firm: [row for row in self.sales[firm] if self.by_number(row) > FIRST_NUMBER] for firm in self.unused}
        firm = next(firm for firm in self.unused if len(series[firm]) > 100)
        self.unused.remove(firm)
        self.used.add(firm)
        rows = sorted(series[firm], key=self.by_number)
        dropped = {self.invoice(row) for row in rows[40:70]}
        after = self.invoice(rows[70]).number
        self.keep(lambda record: record.invoice not in dropped)
        self.expect("number_gap", firm, after)

    def burst(self) -> None:
        """As many sales in one week as in the firm's ten best."""
        firm = self.whole_firm()
        days = sorted(self.invoice(row).issue_date for row in self.sales[firm])
        monday = days[len(days) // 2] - timedelta(days=days[len(days) // 2].weekday())
        weeks = np.bincount([(day - days[0]).days // 7 for day in days])
        for _ in range(max(60, 6 * int(weeks.max()))):
            template = self.records[self.sales[firm][0]]
            fen = int(self.rng.integers(100_000, 9_000_000))
            invoice = template.invoice._replace(
                number=self.number(), issue_date=monday + timedelta(days=int(self.rng.integers(5))),
                buyer=self.stranger(), amount_fen=fen, tax_fen=0, total_fen=fen, status=BookStatus.VALID,
            )  # fmt: skip
            self.records.append(Record(Direction.SALE, invoice))
        self.expect("burst", firm)

    def ring(self) -> None:
        """Three firms pass about the same amount on within three weeks."""
        members = [self.firms[place] for place in self.rng.choice(len(self.firms), RING, replace=False).tolist()]
        fen, day = int(self.rng.integers(20_000_000, 90_000_000)), date(2025, 6, 1)
        numbers = []
        for step, (seller, buyer) in enumerate(zip(members, (*members[1:], members[0]), strict=True)):
            numbers.append(self.number())
            template = self.records[self.sales[seller][0]].invoice
            amount = int(fen * (1 + 0.004 * step))
            self.add(
                Record(
                    Direction.SALE,
                    template._replace(
                        buyer=buyer, number=numbers[-1], issue_date=day + timedelta(days=7 * step),
                        amount_fen=amount, tax_fen=0, total_fen=amount, status=BookStatus.VALID,
                    ),
                )
            )  # fmt: skip
        self.expect("circle", members[0], *numbers)

    def one_sided(self) -> None:
        """A sale the buyer does not know, a purchase the seller does not, and one with two totals."""
        for name, dropped in (("one_sided_sale", Direction.PURCHASE), ("one_sided_purchase", Direction.SALE)):
            record = self.shared_sale()
            self.drop(Record(dropped, record.invoice))
            holder = record.counterparty if dropped is Direction.SALE else record.subject
            self.expect(name, holder, record.invoice.number)
        record = self.shared_sale()
        row = self.records.index(Record(Direction.PURCHASE, record.invoice))
        self.records[row] = _with(self.records[row], total_fen=record.invoice.total_fen * 2)
        self.expect("sides_differ", record.subject, record.invoice.number)

    def digits(self) -> None:
        """Amounts thought up: first digits of 5 to 9, over three orders of magnitude."""
        firm = self.whole_firm()
        for row in self.sales[firm]:
            net = int(self.rng.uniform(5, 10) * 10 ** int(self.rng.integers(4, 8)))
            self.swap(row, amount_fen=net, tax_fen=0, total_fen=net)
        self.expect("digits", firm)

    def red_without_sale(self) -> None:
        """A return of goods that were never sold."""
        original = self.lonely_sale()
        number, fen = self.number(), -int(original.invoice.total_fen)
        self.records.append(
            _with(original, buyer=self.stranger(), number=number, amount_fen=fen, tax_fen=0, total_fen=fen)
        )
        self.expect("red_without_sale", original.subject, number)

    def voids(self) -> None:
        """Seven of ten sales void."""
        firm = self.whole_firm()
        for row in self.sales[firm]:
            if self.rng.random() < 0.7:
                self.swap(row, status=BookStatus.VOID)
        self.expect("void_share", firm)

    def month_end(self) -> None:
        """Sales of months' last days voided, half of them."""
        firm = self.whole_firm()
        for row in self.sales[firm]:
            day = self.invoice(row).issue_date
            if (day + timedelta(days=3)).month != day.month and self.rng.random() < 0.6:
                self.swap(row, status=BookStatus.VOID)
        self.expect("month_end_cancellations", firm)

    # --- helpers ---------------------------------------------------------------------------------------------------

    def whole_firm(self) -> str:
        firm = self.unused.pop()
        self.used.add(firm)
        return firm

    def expect(self, signal: str, party: str, *numbers: str) -> None:
        self.plants.append(Plant(signal=signal, party=party, numbers=frozenset(numbers)))

    def number(self) -> str:
        self.next_number += 5_003
        return str(self.next_number)

    def stranger(self) -> str:
        return f"STRANGER-{int(self.rng.integers(10**9))}"

    def invoice(self, row: int) -> Invoice:
        return self.records[row].invoice

    def by_number(self, row: int) -> int:
        return int(self.invoice(row).number)

    def add(self, record: Record) -> None:
        """A sale, and the purchase when the buyer keeps books here."""
        self.records.append(record)
        if record.counterparty in self.sales:
            self.records.append(Record(Direction.PURCHASE, record.invoice))

    def swap(self, row: int, **changes: object) -> None:
        """Change an invoice in both sides' books."""
        old = self.records[row]
        self.records[row] = _with(old, **changes)
        if old.counterparty in self.sales:
            mirror = Record(Direction.PURCHASE, old.invoice)
            self.records[self.records.index(mirror)] = _with(mirror, **changes)

    def keep(self, wanted: Callable[[Record], bool]) -> None:
        self.records = [record for record in self.records if wanted(record)]
        self.sales = {firm: [] for firm in self.sales}
        for row, record in enumerate(self.records):
            if record.direction is Direction.SALE:
                self.sales[record.subject].append(row)
        self.taken = set()

    def drop(self, gone: Record) -> None:
        self.keep(lambda record: record != gone)

    def lonely_sale(self) -> Record:
        """A live sale of an odd amount, in the middle of the history."""
        while True:
            firm = self.firms[int(self.rng.integers(len(self.firms)))]
            if firm in self.used or not self.sales[firm]:
                continue
            row = self.sales[firm][int(self.rng.integers(len(self.sales[firm])))]
            record = self.records[row]
            lasting = date(2024, 12, 1) < record.invoice.issue_date < date(2026, 6, 1)
            if row not in self.taken and lasting and not record.invoice.is_void and record.invoice.total_fen > 100_000:
                self.taken.add(row)
                return record

    def shared_sale(self) -> Record:
        """The same between two firms whose books are both here."""
        while True:
            record = self.lonely_sale()
            if record.counterparty in self.sales:
                return record
