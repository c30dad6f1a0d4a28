"""Every public table once: both kinds of model, federated and in one place, and whether they are the same bytes.

`--docs FILE` writes the figures between two marks of a page, `docs/reference-figures.md` as a rule.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.common import machine, parser_of, show, write_json
from bench.tree_peer import auc_of_xgboost
from trustspace.adapters.invoices.cumcm import load_labels, read_cumcm
from trustspace.apps.table_job import TableJob, run_table_job
from trustspace.apps.table_plan import KINDS
from trustspace.apps.table_report import report_of
from trustspace.domain.features import derive
from trustspace.domain.ids import AsOfDay
from trustspace.domain.invoices import FIRST_DAY
from trustspace.domain.statistics import statistics
from trustspace.errors import UsageError
from trustspace.learning.splitting import LabelRule, PartyRule, parse_test_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PERCENT = 30
CUMCM_DAY = date(2020, 2, 29)
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
SHOWN = ("ks", "brier", "log_loss")
HEADINGS = (
    *("table", "model", "rows", "tested on", "features", "parties", "auc", "auc xgboost"),
    *SHOWN,
    *("rounds", "kB sent", "model hash"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a table is read: `ignore` holds what is known only after the decision, ids and old years' marks."""

    file: str
    label: str
    party: str = "hash:4"
    parties: int = 0
    row_id: str | None = None
    ignore: str = ""
    test: str = ""
    """Rule of the test rows; empty: PERCENT of them, by the table's name."""


_SBA_UNKNOWN_AT_DECISION = (
    "term,approval_date,post_chg_off_date,post_disbursement_date,post_disbursement_gross,post_chg_off_prin_gr"
)
TABLES = {
    "german_credit": Table(file="german_credit/germancredit.csv.gz", label="creditability"),
    "uci_credit_card": Table(file="uci_credit_card/uci_credit_card.csv.gz", label="default", row_id="ID"),
    "polish_year1": Table(file="polish_bankruptcy/year1.csv.gz", label="bankrupt"),
    "polish_year5": Table(file="polish_bankruptcy/year5.csv.gz", label="bankrupt"),
    "sba_balanced30k": Table(
        file="sba_loans/sba_balanced30k.csv.gz",
        label="default",
        party="bank",
        parties=8,
        row_id="loan_id",
        ignore=f"approval_fy,{_SBA_UNKNOWN_AT_DECISION}",
    ),
    "sba_out_of_time": Table(
        file="sba_loans/sba_balanced30k.csv.gz",
        label="default",
        party="hash:8",
        row_id="loan_id",
        ignore=_SBA_UNKNOWN_AT_DECISION,
        test="approval_fy:2005..2010",
    ),
    "accounts_receivable": Table(
        file="ibm_accounts_receivable/accounts_receivable.csv.gz",
        label="DaysLate>0",
        row_id="invoiceNumber",
        ignore="PaperlessDate,InvoiceDate,DueDate,Disputed,SettledDate,DaysToSettle",
    ),
}
CUMCM = "cumcm2020"
CUMCM_TABLE = Table(file="cumcm2020_sme_invoices", label="defaulted", row_id="id")
NAMES = (CUMCM, *TABLES)


def job_of(name: str, data: Path, folder: Path, model: str) -> TableJob:
    """The job of a table; CUMCM's invoices become a table of features in `folder` first, tested out of fold."""
    table = CUMCM_TABLE if name == CUMCM else TABLES[name]
    path = data / table.file
    return TableJob(
        table=invoice_features(path, folder / "cumcm.csv") if name == CUMCM else path,
        label=LabelRule.parse(table.label),
        party=PartyRule.parse(table.party, most=table.parties),
        id_column=table.row_id,
        ignore=tuple(table.ignore.split(",")) if table.ignore else (),
        model=model,
        test=None if name == CUMCM else parse_test_rule(table.test or f"sha256:{name}:{PERCENT}"),
        params=None,
        in_one_place=False,
    )


def invoice_features(folder: Path, target: Path) -> Path:
    """Write each firm's features, derived from its invoices up to a day, and whether it defaulted."""
    books = read_cumcm(folder).by_subject()
    labels = load_labels(folder)
    as_of = AsOfDay((CUMCM_DAY - FIRST_DAY).days)
    rows = [
        {"id": firm, "defaulted": int(labels[firm].defaulted)} | derive(statistics(books[firm], as_of)).as_dict()
        for firm in sorted(labels)
    ]
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target


def train_both(job: TableJob) -> dict[str, Any]:
    """Figures of the federated run, and whether training in one place gives the same model."""
    result = run_table_job(job)
    report = report_of(result)
    alone = report_of(run_table_job(replace(job, in_one_place=True)))
    return {
        **report,
        "model": job.model,
        "auc_xgboost": auc_of_xgboost(result),
        "equal_hashes": report["model_hash"] == alone["model_hash"],
    }


def measure(data: Path, names: Iterable[str] = NAMES) -> dict[str, Any]:
    """All figures of these tables, found in folder `data`."""
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="trustspace-tables-") as folder:
        for name in names:
            found[name] = [train_both(job_of(name, data, Path(folder), model)) for model in KINDS]
    differ = [f"{name}, {run['model']}" for name, runs in found.items() for run in runs if not run["equal_hashes"]]
    return {"machine": machine(), "tables": found, "differ": differ}


def lines_of(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row of text for each training; nothing in it depends on the machine."""
    return [
        (
            name,
            run["model"],
            f"{run['rows']:,}",
            f"{run['test_rows']:,} rows" if run["test_rows"] else "out of fold",
            str(run["features"]),
            str(len(run["parties"])),
            f"{run['auc']:.4f}",
            f"{run['auc_xgboost']:.4f}" if run["auc_xgboost"] else "",
            *(f"{run[figure]:.4f}" for figure in SHOWN),
            str(run["rounds"]),
            f"{run['bytes_per_party'] / 1000:,.0f}",
            f"`{run['model_hash'][2:14]}`" + ("" if run["equal_hashes"] else " differs in one place"),
        )
        for name, runs in report["tables"].items()
        for run in runs
    ]


def write_page(page: Path, lines: Sequence[Sequence[str]]) -> None:
    """Replace what stands between the marks. Raises UsageError for a page without them."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UsageError(f"there is no {BEGIN} … {END}", where=str(page), remedy="put both marks on the page")
    heads = [f"| {' | '.join(HEADINGS).replace('_', ' ')} |", "|" + "---|" * len(HEADINGS)]
    body = "\n".join([*heads, *(f"| {' | '.join(line)} |" for line in lines)])
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, write; 1 when a federated model is not the one trained in one place."""
    parser = parser_of("tables", __doc__ or "")
    parser.add_argument("--data", type=Path, default=os.environ.get("TRUSTSPACE_DATA"), help="folder with the tables")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="page whose table is replaced")
    parser.add_argument("--only", choices=NAMES, action="append", metavar="NAME", help=", ".join(NAMES))
    options = parser.parse_args(arguments)
    if options.data is None:
        parser.error("where are the tables? --data DIR or TRUSTSPACE_DATA")
    if options.docs and options.only:
        parser.error("the page holds all tables: leave --only out")
    report = measure(Path(options.data), options.only or NAMES)
    lines = lines_of(report)
    show("Tables", HEADINGS, lines, notes=[report["machine"]])
    write_json(options.json, report)
    if options.docs:
        write_page(options.docs, lines)
    return 1 if report["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
