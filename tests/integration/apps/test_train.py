"""`trustspace train` over four banks on a real chain, and `trustspace audit` of what it leaves."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.apps.office import PLANNED, run_program
from trustspace.apps.exit_codes import ExitCode
from trustspace.domain.models import ModelState, RunState
from trustspace.learning.invoice_plan import invoice_trees_plan
from trustspace.learning.provable import model_commitment
from trustspace.learning.scorecard import Scorecard
from trustspace.learning.trees.model import TreeModel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Office

ROUNDS = 4  # counts, two Newton steps, evaluation


def test_train__four_banks__model_final_on_the_chain(office: Office) -> None:
    trained = office.trained
    assert (trained["parties"], trained["rounds"], trained["rows"]) == (4, ROUNDS, 240)
    assert 0 < trained["defaults"] < 240
    assert trained["auc_out_of_fold"] > 0.6
    space = office.space()
    model = space.models.model(bytes.fromhex(trained["model"][2:]))
    assert model.state is ModelState.FINAL
    assert "0x" + model.card.model_hash.hex() == trained["model_hash"]
    document = (office.folder / "first" / "model.json").read_bytes()
    assert model.card.commitment == model_commitment(Scorecard.from_bytes(document)) != bytes(32)
    run = space.models.run(bytes.fromhex(trained["run"][2:]))
    assert (run.state, run.round) == (RunState.COMPLETED, ROUNDS)
    assert set(run.parties) == {bank.address for bank in office.kit.actors.banks}


def test_train__centralised__same_model_hash_and_no_chain_needed(office: Office, command) -> None:
    answer = command("train", office.folder / "first.toml", "--centralised", "--rpc", "http://127.0.0.1:1", "--json")
    assert answer.code == ExitCode.OK
    assert answer.json["model_hash"] == office.trained["model_hash"]
    assert answer.json["auc_out_of_fold"] == office.trained["auc_out_of_fold"]
    assert set(answer.json) == {"model_hash", "auc_out_of_fold", "ks", "rows", "defaults", "proven_by"}
    assert answer.json["proven_by"] == "score_card"


def test_train__three_banks_in_another_order__same_hash_as_in_one_place(desk: Office, command) -> None:
    config = desk.write_run("three", banks=3)
    parts = config.read_text(encoding="utf-8").split("[[party]]")
    config.write_text("[[party]]".join([parts[0], *(part + "\n" for part in reversed(parts[1:]))]), encoding="utf-8")
    answer = command("train", config, *desk.connection, "--json")
    assert answer.code == ExitCode.OK, answer.err
    assert answer.json["parties"] == 3
    assert answer.json["model_hash"] == command("train", config, "--centralised", "--json").json["model_hash"]
    assert answer.json["model_hash"] != desk.trained["model_hash"]


def test_train__a_plan_of_trees__same_hash_as_in_one_place_and_audited(desk: Office, command) -> None:
    plan = invoice_trees_plan(folds=3, trees=3, depth=2, patience=0, max_rows=1_000)
    planned = tuple(feature for feature in plan.features if feature.name in PLANNED)
    (desk.folder / "trees.json").write_bytes(replace(plan, features=planned).to_bytes())
    config = desk.write_run("trees", banks=3, changes=("plan.json", "trees.json"))
    answer = command("train", config, *desk.connection, "--json")
    assert answer.code == ExitCode.OK, answer.err
    assert (answer.json["rounds"], answer.json["proven_by"]) == (1 + 3 * 2 + 2, "score_trees")
    assert answer.json["auc_out_of_fold"] > 0.6
    assert answer.json["model_hash"] == command("train", config, "--centralised", "--json").json["model_hash"]
    audited = command(*audit(desk, desk.folder / "trees", answer.json["run"]))
    assert audited.code == ExitCode.OK, audited.err
    model = TreeModel.from_bytes((desk.folder / "trees" / "model.json").read_bytes())
    assert "0x" + model.digest.hex() == answer.json["model_hash"]


def test_audit__of_a_banks_own_part__recomputed_and_another_table__one(desk: Office, command) -> None:
    own = (*audit(desk, desk.folder / "first", desk.trained["run"]), "--kept", desk.folder / "first-2.kept", "--party")
    audited = command(*own, desk.folder / "bank-2.csv")
    assert audited.code == ExitCode.OK, audited.err
    assert audited.json["contributions_recomputed"] == ROUNDS
    other = command(*own, desk.folder / "bank-1.csv")
    assert (other.code, other.error["error"]) == (ExitCode.NEGATIVE, "AuditMismatch")
    assert "rows committed to before the first sum" in other.error["message"]
    alone = command(*own[:-3], "--party", desk.folder / "bank-2.csv")
    assert (alone.code, alone.error["error"]) == (ExitCode.MISUSE, "UsageError")


def test_train__for_people__figures_and_the_transcripts_place(desk: Office, command) -> None:
    config = desk.write_run("shown", banks=3)
    answer = command("train", config, *desk.connection)
    assert answer.code == ExitCode.OK
    assert "model hash" in answer.out
    assert str(desk.folder / "shown")[-20:] in answer.out.replace("\n", "")


def test_train__two_banks__five_and_no_run(desk: Office, command) -> None:
    blocks = desk.kit.node.block_number()
    answer = command("train", desk.write_run("two", banks=2), *desk.connection, "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.PROTOCOL, "TooFewParties")
    assert desk.kit.node.block_number() == blocks


def test_train__one_bank_twice__two_naming_it(desk: Office, command) -> None:
    config = desk.write_run("twice", banks=3, changes=("bank-2.json", "bank-1.json"))
    answer = command("train", config, *desk.connection, "--json")
    assert answer.code == ExitCode.MISUSE


def test_train__signed_by_a_source__four(desk: Office, command) -> None:
    keystore = desk.keystore(desk.kit.actors.sources[0]).name
    config = desk.write_run("source", banks=3, changes=("bank-2.json", keystore))
    answer = command("train", config, *desk.connection, "--json")
    assert answer.code == ExitCode.REFUSED


def test_train__same_name_again__refused_and_the_first_run_stands(desk: Office, command) -> None:
    answer = command("train", desk.folder / "first.toml", *desk.connection, "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.PROTOCOL, "RunBegun")
    audited = command("audit", desk.trained["run"], "--transcript", desk.folder / "first", *desk.connection, "--json")
    assert audited.code == ExitCode.OK


def test_train__bad_cell_in_one_table__two_before_anything_is_sent(desk: Office, command) -> None:
    config = desk.write_run("cell", changes=('table = "bank-3.csv"', 'table = "broken.csv"'))
    text = (desk.folder / "bank-3.csv").read_text(encoding="utf-8")
    (desk.folder / "broken.csv").write_text(text + '"last",0,NaN,1,1\n', encoding="utf-8")
    blocks = desk.kit.node.block_number()
    answer = command("train", config, *desk.connection, "--json")
    assert answer.code == ExitCode.MISUSE
    assert answer.error["where"] == "broken.csv, line 62, field sales_24m"
    assert desk.kit.node.block_number() == blocks


@pytest.mark.parametrize(
    "change",
    [
        ('table = "bank-3.csv"', 'table = "nowhere.csv"'),
        ('plan = "plan.json"', 'plan = "nowhere.json"'),
        ('keystore = "bank-2.json"', 'keystore = "nowhere.json"'),
        ('password_file = "password"', 'password_file = "nowhere"'),
        ("[aggregator]", '[aggregator]\nprivate_key = "0x01"'),
    ],
    ids=["table", "plan", "keystore", "password", "private key"],
)
def test_train__something_it_needs_is_not_there__two_naming_it(desk: Office, command, change) -> None:
    answer = command("train", desk.write_run("missing", changes=change), *desk.connection, "--json")
    assert answer.code == ExitCode.MISUSE
    assert "nowhere" in answer.error["where"] or "private_key" in answer.error["where"]


def test_train__no_node__three(office: Office, command) -> None:
    call = ["train", office.folder / "first.toml", "--rpc", "http://127.0.0.1:1", "--deployment", office.deployment]
    answer = command(*call, "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.UNREACHABLE, "ChainUnreachable")


# --- audit --------------------------------------------------------------------------------------------------------


@pytest.fixture
def transcript(office: Office, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(office.folder / "first", tmp_path / "transcript")


def audit(office: Office, transcript: Path, run: str = "") -> list[object]:
    return ["audit", run or office.trained["run"], "--transcript", transcript, *office.connection, "--json"]


def test_audit__as_written__zero_and_what_was_compared(office: Office, transcript: Path, command) -> None:
    answer = command(*audit(office, transcript))
    assert answer.code == ExitCode.OK
    assert answer.json == {
        "run": office.trained["run"],
        "model": office.trained["model"],
        "model_hash": office.trained["model_hash"],
        "state": "final",
        "parties": 4,
        "rounds": ROUNDS,
        "left": {},
        "hashes_compared": answer.json["hashes_compared"],
    }
    assert answer.json["hashes_compared"] > ROUNDS * 5


def test_audit__from_another_process_and_folder__zero(office: Office, transcript: Path, tmp_path: Path) -> None:
    call = [str(word) for word in audit(office, transcript.name)]
    assert run_program(*call, home=tmp_path / "auditor", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "name",
    [
        "plan.json",
        "parties.json",
        "model.json",
        "model-card.json",
        "model-card.html",
        "round-001/sum.bin",
        "round-003/5.bin",
    ],
)
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_audit__one_bit_flipped__one_and_says_where(
    office: Office, transcript: Path, command, name: str, where: float
) -> None:
    content = bytearray((transcript / name).read_bytes())
    content[round(where * (len(content) - 1))] ^= 1
    (transcript / name).write_bytes(content)
    answer = command(*audit(office, transcript))
    assert answer.code == ExitCode.NEGATIVE
    assert answer.error["error"] == "AuditMismatch"
    folder, _, party = name.partition("/")
    assert answer.error["where"].startswith(name if party in {"", "sum.bin"} else f"{folder}, party 5 ")


@pytest.mark.parametrize("name", ["plan.json", "round-002/sum.bin", "round-002/4.bin", "model.json"])
def test_audit__a_file_is_lost__one_and_names_it(office: Office, transcript: Path, command, name: str) -> None:
    (transcript / name).unlink()
    answer = command(*audit(office, transcript))
    assert answer.code == ExitCode.NEGATIVE
    assert name in answer.error["where"]


def test_audit__two_messages_exchanged__one_and_names_a_party(office: Office, transcript: Path, command) -> None:
    one, other = transcript / "round-002" / "4.bin", transcript / "round-002" / "5.bin"
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)
    answer = command(*audit(office, transcript))
    assert answer.code == ExitCode.NEGATIVE
    assert "4" in answer.error["where"]
    assert "round 2" in answer.error["where"] or "round-002" in answer.error["where"]


def test_audit__a_file_too_many__one_and_names_it(office: Office, transcript: Path, command) -> None:
    (transcript / "round-001" / "9.bin").write_bytes(b"more")
    answer = command(*audit(office, transcript))
    assert (answer.code, answer.error["where"]) == (ExitCode.NEGATIVE, "round-001/9.bin")


def test_audit__run_the_ledger_does_not_know__one(office: Office, transcript: Path, command) -> None:
    answer = command(*audit(office, transcript, "0x" + "ab" * 32))
    assert answer.code == ExitCode.NEGATIVE


def test_audit__model_withdrawn_since__still_zero_and_says_so(desk: Office, transcript: Path, command) -> None:
    desk.kit.actors.regulator.models.withdraw_model(desk.scorecard.record.model, b"r" * 32)
    answer = command(*audit(desk, transcript))
    assert (answer.code, answer.json["state"]) == (ExitCode.OK, "withdrawn")


def test_audit__no_such_folder_or_run_id__two(office: Office, transcript: Path, command) -> None:
    assert command(*audit(office, transcript / "nowhere")).code == ExitCode.MISUSE
    assert command(*audit(office, transcript, "0x12")).code == ExitCode.MISUSE


def test_audit__empty_folder__one(office: Office, tmp_path: Path, command) -> None:
    (tmp_path / "empty").mkdir()
    answer = command(*audit(office, tmp_path / "empty"))
    assert (answer.code, answer.error["where"]) == (ExitCode.NEGATIVE, "plan.json")
