import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from trustspace.encoding import canonical_json
from trustspace.learning.groups import PlannedGroup
from trustspace.learning.table import LabelledRows
from trustspace.learning.training import centralised
from trustspace.services.model_card.document import FORMAT, RunFacts, card_bytes
from trustspace.services.model_card.page import page_of

FACTS = RunFacts.of(b"r" * 32, [5, 4, 7, 9], [9, 4, 5])
EVIL = "<script>alert('north')</script>"


@pytest.fixture(scope="module")
def card(loan_book) -> bytes:
    groups = (
        PlannedGroup(name="year", kind="period", values=("2023", "2024")),
        PlannedGroup(name="region", kind="fairness", values=(EVIL, "south")),
    )
    plan = replace(loan_book.plan, groups=groups)
    count = len(loan_book.ids)
    columns = {"year": [2023, 2024] * (count // 2), "region": ["south", "south", EVIL, EVIL] * (count // 4)}
    rows = LabelledRows.from_columns(plan, loan_book.ids, {**loan_book.columns, **columns}, loan_book.labels, party="1")
    return card_bytes(plan, centralised(plan, [rows]), FACTS)


class Page(HTMLParser):
    """Tags with their attributes, and all text outside style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "circle", "rect", "path", "polyline"}:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        if tag not in {"circle", "rect", "path", "polyline"}:
            assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.texts.append(data)


def test_card__any_run__says_what_the_model_is_made_of(card: bytes, loan_book) -> None:
    record = canonical_json.loads(card, where="card")
    assert record["format"] == FORMAT
    assert record["run"] == {"id": "72" * 32, "parties": [4, 5, 7, 9], "survivors": [4, 5, 9], "left": [7]}
    assert record["privacy"]["opened_by"] == 3
    assert record["model"]["kind"] == "scorecard"
    assert record["model"]["features"] == list(loan_book.plan.names)
    figures = record["figures"]
    assert figures["rows"] == len(loan_book.ids)
    assert {row["name"] for row in figures["features"]} == set(loan_book.plan.names)
    assert all(row["information_micro"] >= 0 for row in figures["features"])
    assert record["limits"]


def test_page__values_with_markup__escaped_and_nothing_loaded(card: bytes) -> None:
    page = page_of(card)
    assert page == page_of(card)
    found = Page(page)
    assert not found.open
    assert EVIL in " ".join(found.texts)
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "use", "image"}
    for _, attributes in found.tags:
        assert not {"src", "href", "xlink:href", "onload", "onclick", "style"} & attributes.keys()
    assert b"url(" not in page
    assert b"@import" not in page


def test_page__plots__of_roc_calibration_scores_stability_and_fairness(card: bytes) -> None:
    found = Page(page_of(card))
    labels = [attributes["aria-label"] for tag, attributes in found.tags if tag == "svg"]
    starts = ("ROC", "Calibration", "Scores", "Stability", "region")
    assert len(labels) == len(starts)
    assert all(label.startswith(start) for label, start in zip(labels, starts, strict=True))
    roc = next(attributes["points"] for tag, attributes in found.tags if attributes.get("class") == "line")
    places = [tuple(map(float, pair.split(","))) for pair in roc.split()]
    assert places == sorted(places, key=lambda place: place[0])
    assert len(places) == len(json.loads(card)["figures"]["distribution"]) + 1


def test_page__hash_of_the_card__shown(card: bytes) -> None:
    other = card.replace(b'"accepted":', b'"accepted":1', 1)
    assert page_of(card) != page_of(other)
