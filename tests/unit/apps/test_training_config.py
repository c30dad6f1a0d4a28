"""The TOML file of a run: happy ways, and every mistake named with file and field."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustspace.apps.training_config import default_plan, read_training_config
from trustspace.domain.features import FEATURES
from trustspace.errors import InputError, InvalidPlan
from trustspace.learning.plan import plan_for
from trustspace.learning.trees.plan import TreesPlan, trees_plan_for

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = """
[run]
name = "sme"
transcript = "transcripts/sme"

[aggregator]
keystore = "aggregator.json"
password_file = "aggregator.password"

[[party]]
name = "bank 1"
table = "bank-1.csv"
keystore = "bank-1.json"

[[party]]
name = "bank 2"
table = "/elsewhere/bank-2.csv"
signer = "https://signer.example"
account = "0xabababababababababababababababababababab"
"""


@pytest.fixture
def config(tmp_path: Path) -> "Callable[[str], Path]":
    def write(text: str) -> Path:
        path = tmp_path / "run.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_config__all_that_is_needed__paths_are_relative_to_the_file(config, tmp_path: Path) -> None:
    run = read_training_config(config(GOOD))
    assert (run.name, run.quorum) == ("sme", None)
    assert run.transcript == tmp_path / "transcripts/sme"
    assert run.aggregator.keystore == tmp_path / "aggregator.json"
    assert run.aggregator.password_file == tmp_path / "aggregator.password"
    first, second = run.parties
    assert (first.name, first.table, first.signing.keystore) == (
        "bank 1",
        tmp_path / "bank-1.csv",
        tmp_path / "bank-1.json",
    )
    assert first.signing.password_file is None
    assert second.table == Path("/elsewhere/bank-2.csv")
    assert (second.signing.signer, second.signing.keystore) == ("https://signer.example", None)


def test_config__without_a_plan__all_features_of_the_invoice_schema(config) -> None:
    run = read_training_config(config(GOOD))
    assert run.plan == default_plan()
    assert run.plan.names == tuple(spec.name for spec in FEATURES)


def test_config__trees_asked_for__all_features_in_a_plan_of_trees(config) -> None:
    plan = read_training_config(config(GOOD.replace("[run]", '[run]\nmodel = "trees"'))).plan
    assert isinstance(plan, TreesPlan)
    assert plan.names == default_plan().names


@pytest.mark.parametrize("plan_for", [plan_for, trees_plan_for])
def test_config__plan_named__read_from_its_file(config, tmp_path: Path, plan_for) -> None:
    plan = plan_for("small", {"sales": (0, 100)}, folds=3)
    (tmp_path / "plan.json").write_bytes(plan.to_bytes())
    run = read_training_config(config(GOOD.replace("[run]", '[run]\nplan = "plan.json"\nquorum = 3')))
    assert run.plan == plan
    assert run.quorum == 3


def test_config__plan_missing_or_damaged__refused_with_its_file(config, tmp_path: Path) -> None:
    path = config(GOOD.replace("[run]", '[run]\nplan = "plan.json"'))
    with pytest.raises(InvalidPlan, match=r"plan\.json"):
        read_training_config(path)
    (tmp_path / "plan.json").write_bytes(b'{"format": 1}')
    with pytest.raises(InputError, match=r"plan\.json"):
        read_training_config(path)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("[run]", "[runs]", "runs"),
        ('name = "sme"', "", "run.name"),
        ('name = "sme"', 'name = ""', "run.name"),
        ('name = "sme"', "name = 7", "run.name"),
        ('transcript = "transcripts/sme"', "", "run.transcript"),
        ("[run]", "[run]\nqourum = 2", "run.qourum"),
        ("[run]", '[run]\nquorum = "2"', "run.quorum"),
        ("[run]", "[run]\nquorum = true", "run.quorum"),
        ("[run]", "[run]\nplan = 3", "run.plan"),
        ("[run]", '[run]\nmodel = "forest"', "run.model"),
        ("[run]", '[run]\nmodel = "trees"\nplan = "plan.json"', "run.model"),
        ("[aggregator]", "[aggregater]", "aggregater"),
        ("[aggregator]", '[aggregator]\npassword = "secret"', "aggregator.password"),
        ("[aggregator]", '[aggregator]\nprivate_key = "0x01"', "aggregator.private_key"),
        ('keystore = "aggregator.json"', "keystore = 1", "aggregator.keystore"),
        ('table = "bank-1.csv"', "", "party 1.table"),
        ('name = "bank 2"', "", "party 2.name"),
        ('signer = "https://signer.example"', "signer = []", "party 2.signer"),
        ('name = "bank 1"', 'name = "bank 1"\ntabel = "x"', "party 1.tabel"),
    ],
)
def test_config__a_mistake__refused_with_file_and_field(config, old: str, new: str, field: str) -> None:
    assert old in GOOD
    path = config(GOOD.replace(old, new, 1))
    with pytest.raises(InvalidPlan) as raised:
        read_training_config(path)
    assert raised.value.where == f"{path}, {field}"
    assert raised.value.remedy


@pytest.mark.parametrize("party", ["", "party = []", "party = 3", 'party = ["bank 1"]', 'party = {name = "bank 1"}'])
def test_config__no_list_of_parties__refused(config, party: str) -> None:
    text = party + GOOD[: GOOD.index("[[party]]")]
    with pytest.raises(InvalidPlan, match="party"):
        read_training_config(config(text))


@pytest.mark.parametrize("content", [b"[run", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_config__that_is_no_toml__refused_with_its_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidPlan, match=r"run\.toml"):
        read_training_config(path)


def test_config__that_does_not_exist__refused_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan, match=r"nowhere\.toml"):
        read_training_config(tmp_path / "nowhere.toml")
