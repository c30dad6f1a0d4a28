"""Certificates with proofs as operators issue them: the regulator's commands, the bank's, and what must stop them.

verifier: publish | publish again | list | withdraw | require | wrong circuit, model, signer, number
prove: three jobs | killed and again | bad lines, with and without --stop | a file that others may read
       other set-up, keys of a ceremony on this chain, no set-up | other model | policy, quorum, agreement | no tool
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.apps.office import DAY, OWN_SETTINGS, run_program
from tests.unit.services.proving import CARD, TREES
from trustspace.adapters.proving.artefacts import PACKAGED, load_artefacts
from trustspace.adapters.proving.setup_folder import write_setup
from trustspace.adapters.store.proof_jobs import write_proof_jobs
from trustspace.apps.exit_codes import ExitCode
from trustspace.crypto.pairing import multiply_twist
from trustspace.domain.certificates import ProofKind, Reason
from trustspace.domain.ids import AgreementId, VerifierNumber
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.encoding.bn254 import BN254, encode_points, encode_twist_point
from trustspace.services.proof_jobs import ProofRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.apps.conftest import Command
    from tests.integration.apps.office import Answer, Office

ROOT = Path(__file__).parents[3]


class ProofOffice:
    """The office with a verifier of score cards, and jobs for its first firms."""

    def __init__(self, desk: Office, command: Command, folder: Path) -> None:
        self.desk, self.command, self.folder = desk, command, folder
        self.regulator, self.bank = desk.kit.actors.regulator, desk.kit.actors.banks[0]
        self.jobs = folder / "jobs.jsonl"
        self.model = desk.folder / "first" / "model.json"
        self.model_id = "0x" + desk.scorecard.record.model.hex()

    def rule(self, *words: object) -> Answer:
        """A command of the regulator's."""
        return self.command(*words, *self.desk.connection, *self.desk.signing(self.regulator), "--json")

    def publish(self) -> int:
        answer = self.rule("verifier", "publish", "score_card")
        assert answer.code == ExitCode.OK, answer.err
        return int(answer.json["verifier"])

    def require(
        self, *, verifier: int | None = None, quorum: int = 1, demand: str = "--no-demand", max_age: int = 0
    ) -> Answer:
        words = ("--verifier", self.publish() if verifier is None else verifier, "--quorum", quorum, demand)
        return self.rule("verifier", "require", self.model_id, *words, "--max-age", max_age)

    def request(self, firm: int) -> ProofRequest:
        now = self.desk.kit.now()
        agreement = self.desk.agreement(firm).agreement
        return ProofRequest(
            agreement=agreement, valid_from=now, not_after=now + 30 * DAY, opened=self.desk.opened(firm)
        )

    def write(self, *requests: ProofRequest) -> list[ProofRequest]:
        chosen = list(requests) or [self.request(firm) for firm in range(3)]
        write_proof_jobs(self.jobs, chosen)
        return chosen

    def call(self, *more: object, model: Path | None = None) -> list[str]:
        words = ["certificate", "prove", self.jobs, "--model", model or self.model, *self.desk.connection]
        return [*map(str, [*words, *self.desk.signing(self.bank), *more]), "--json"]

    def prove(self, *more: object, **options: Any) -> Answer:
        return self.command(*self.call(*more, **options))

    def reasons(self, ids: list[str]) -> list[tuple[Reason, ProofKind]]:
        verdicts = self.desk.space().verify_many([bytes.fromhex(it[2:]) for it in ids])
        return [(verdict.reason, verdict.proof_kind) for verdict in verdicts]

    def refused(self, answer: Answer, code: ExitCode, error: str) -> Any:
        """Nothing was sent, and the error says so."""
        assert (answer.code, answer.error["error"]) == (code, error), answer.err
        return answer.error


@pytest.fixture
def proofs(desk: Office, command: Command, tmp_path: Path) -> ProofOffice:
    return ProofOffice(desk, command, tmp_path)


# --- verifier -----------------------------------------------------------------------------------------------------


def test_publish__circuit__deployed_registered_and_listed(proofs: ProofOffice) -> None:
    assert proofs.command("verifier", "list", *proofs.desk.connection, "--json").json == []
    number = proofs.publish()
    assert proofs.publish() == number
    (listed,) = proofs.command("verifier", "list", *proofs.desk.connection, "--json").json
    artefacts = load_artefacts()
    assert (listed["verifier"], listed["circuit"], listed["state"]) == (number, "score_card", "live")
    assert (listed["setup_mode"], listed["setup_hash"]) == ("dev", "0x" + artefacts.setup_hash.hex())
    assert listed["key_hash"] == "0x" + artefacts[Circuit.SCORE_CARD].key_hash.hex()
    table = proofs.command("verifier", "list", *proofs.desk.connection)
    assert (table.code, "score_card" in table.out) == (ExitCode.OK, True)


def test_list__other_code_under_the_right_hashes__said_and_not_proven_for(proofs: ProofOffice, tmp_path: Path) -> None:
    """What only the regulator can do, and whoever built the circuits sees."""
    artefacts, verifiers = load_artefacts(), proofs.regulator.verifiers
    honest = verifiers.verifier(VerifierNumber(proofs.publish()))
    code = artefacts[Circuit.SCORE_TREES].verifier_code
    forged = verifiers.register(replace(honest.card, verifier=verifiers.deploy_verifier(code).value)).value
    listed = proofs.command("verifier", "list", *proofs.desk.connection, "--json").json
    assert [it["as_built"] for it in listed] == [True, False]
    other = rekeyed(tmp_path / "other", lambda it: it["setup"].update(hash="ab" * 32))
    listed = proofs.command("verifier", "list", "--artefacts", other, *proofs.desk.connection, "--json").json
    assert [it["as_built"] for it in listed] == [False, False]
    proofs.require(verifier=forged)
    proofs.write()
    assert "code" in proofs.refused(proofs.prove(), ExitCode.MISUSE, "InvalidSetup")["message"]


def test_publish__no_circuit_or_no_regulator__refused(proofs: ProofOffice) -> None:
    answer = proofs.rule("verifier", "publish", "score")
    assert "invoice_range" in proofs.refused(answer, ExitCode.MISUSE, "UsageError")["remedy"]
    bank = proofs.desk.signing(proofs.bank)
    answer = proofs.command("verifier", "publish", "score_card", *proofs.desk.connection, *bank, "--json")
    proofs.refused(answer, ExitCode.REFUSED, "ContractRefused")


def test_withdraw__unknown_number__refused(proofs: ProofOffice) -> None:
    answer = proofs.rule("verifier", "withdraw", "9", "--reason", "defect")
    proofs.refused(answer, ExitCode.REFUSED, "ContractRefused")


def test_require__model_and_verifier__the_policy_as_the_chain_has_it(proofs: ProofOffice) -> None:
    number = proofs.publish()
    policy = {"model": proofs.model_id, "verifier": number, "quorum": 2, "demanded": True, "max_age": 90}
    assert proofs.require(verifier=number, quorum=2, demand="--demand", max_age=90).json == policy
    answer = proofs.require(verifier=number)
    assert answer.json == policy | {"quorum": 1, "demanded": False, "max_age": 0}


@pytest.mark.parametrize(("said", "left"), [(("--max-age", 90), "demand"), (("--demand",), "max-age")])
def test_require__demand_or_age_left_open__must_be_said(proofs: ProofOffice, said: tuple[Any, ...], left: str) -> None:
    """A regulator that changes the quorum must not lift a demand or a limit unawares."""
    answer = proofs.rule("verifier", "require", proofs.model_id, "--verifier", proofs.publish(), "--quorum", 1, *said)
    assert (answer.code, left in answer.err) == (ExitCode.MISUSE, True)


def test_prove__figures_older_than_the_policy_allows__refused_before_they_are_proven(proofs: ProofOffice) -> None:
    (request, *_) = proofs.write()
    today = proofs.desk.kit.now() // DAY
    proofs.require(max_age=today - request.opened.as_of - 1)
    answer = proofs.prove()
    assert (answer.code, answer.json["issued"]) == (ExitCode.NEGATIVE, [])
    assert {"FeaturesTooOld" in it["message"] for it in answer.json["failed"]} == {True}
    proofs.require(max_age=today - request.opened.as_of)
    assert len(proofs.prove().json["issued"]) == 3


@pytest.mark.parametrize(("verifier", "quorum"), [(7, 1), (1, 9)])
def test_require__no_such_verifier_or_quorum__refused(proofs: ProofOffice, verifier: int, quorum: int) -> None:
    proofs.publish()
    answer = proofs.require(verifier=verifier, quorum=quorum)
    proofs.refused(answer, ExitCode.REFUSED, "ContractRefused")
    assert str(verifier) in answer.error["message"]


# --- certificate prove --------------------------------------------------------------------------------------------


def test_prove__jobs__issued_proven_and_found_again_until_the_verifier_is_withdrawn(proofs: ProofOffice) -> None:
    assert proofs.require(demand="--demand").code == ExitCode.OK
    proofs.write()
    answer = proofs.prove()
    assert answer.code == ExitCode.OK, answer.err
    issued = answer.json["issued"]
    assert (len(issued), answer.json["found"], answer.json["failed"]) == (3, [], [])
    assert (answer.json["circuit"], answer.json["model"]) == ("score_card", proofs.model_id)
    assert answer.json["seconds"] > 0
    assert proofs.reasons(issued) == [(Reason.OK, ProofKind.PROVEN)] * 3
    told = proofs.command("certificate", "show", issued[0], *proofs.desk.connection, "--json").json
    assert (told["proof"], told["verifier"]) == ("PROVEN", answer.json["verifier"])
    blocks = proofs.desk.kit.node.block_number()
    again = proofs.prove("--model-id", proofs.model_id)
    assert (again.json["issued"], again.json["found"]) == ([], issued)
    assert proofs.desk.kit.node.block_number() == blocks
    number = answer.json["verifier"]
    withdrawn = proofs.rule("verifier", "withdraw", number, "--reason", "a defect of the circuit")
    assert (withdrawn.json["state"], "defect" in withdrawn.out) == ("withdrawn", False)
    assert {reason for reason, _ in proofs.reasons(issued)} == {Reason.PROOF_WITHDRAWN}
    shown = proofs.command("verify", issued[0][2:], *proofs.desk.connection, "--json")
    assert (shown.code, "ProofWithdrawn" in shown.out) == (ExitCode.NEGATIVE, True)
    answer = proofs.prove()
    assert "withdrawn" in proofs.refused(answer, ExitCode.MISUSE, "NoCircuit")["message"]


def test_prove__killed_in_the_middle__issues_the_rest_when_run_again(proofs: ProofOffice, tmp_path: Path) -> None:
    proofs.require()
    proofs.write()
    own = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    died = subprocess.run(
        [sys.executable, "-m", "tests.integration.apps.dying", "proving", *proofs.call()],
        cwd=ROOT, env={**own, "TRUSTSPACE_HOME": str(tmp_path / "killed")}, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr
    again = run_program(*proofs.call(), home=tmp_path / "killed", timeout=120)
    assert again.code == ExitCode.OK, again.err
    assert (len(again.json["found"]), len(again.json["issued"])) == (1, 2)
    assert proofs.reasons(again.json["found"] + again.json["issued"]) == [(Reason.OK, ProofKind.PROVEN)] * 3


def test_prove__second_endorser__counted_for_the_quorum(proofs: ProofOffice) -> None:
    proofs.require(quorum=2)
    alone, second = proofs.request(0), proofs.request(1)
    job = second.job(proofs.desk.scorecard, proofs.desk.space().agreements.get(second.agreement))
    endorsement = proofs.desk.kit.actors.banks[1].key.sign_message(proofs.bank.certificates.message(job.certificate))
    proofs.write(alone, replace(second, others=(endorsement,)))
    answer = proofs.prove()
    assert answer.code == ExitCode.NEGATIVE
    (failed,) = answer.json["failed"]
    assert (failed["line"], failed["error"]) == (1, "ContractRefused")
    (issued,) = answer.json["issued"]
    assert len(proofs.desk.space().certificates.get(bytes.fromhex(issued[2:])).endorsers) == 2


def spoil(request: ProofRequest) -> dict[str, ProofRequest]:
    """Requests that read well and are wrong."""
    opened = request.opened
    return {
        "unknown agreement": replace(request, agreement=AgreementId(b"\x05" * 32)),
        "another's total": replace(request, opened=replace(opened, subject="0x" + "11" * 20)),
        "another blinding": replace(request, opened=replace(opened, blinding=opened.blinding + 1)),
        "valid for too long": replace(request, not_after=request.not_after + 9_000 * DAY),
    }


def test_prove__bad_jobs_among_good_ones__each_reported_by_line_and_the_others_issued(proofs: ProofOffice) -> None:
    proofs.require()
    good, other = proofs.request(0), proofs.request(1)
    bad = spoil(proofs.request(2))
    proofs.write(*list(bad.values())[:2], good, *list(bad.values())[2:], other)
    with proofs.jobs.open("ab") as stream:
        stream.write(b'{"agreement":"0x12"}\n')
    answer = proofs.prove()
    assert answer.code == ExitCode.NEGATIVE
    assert len(answer.json["issued"]) == 2
    failed = {entry["line"]: entry["error"] for entry in answer.json["failed"]}
    assert failed == {
        1: "CommitmentMismatch", 2: "CommitmentMismatch", 4: "CommitmentMismatch", 5: "ContractRefused",
        7: "InvalidTable",
    }  # fmt: skip
    assert all(entry["where"].startswith("jobs.jsonl, line ") and entry["remedy"] for entry in answer.json["failed"])
    told = proofs.command(*[word for word in proofs.call() if word != "--json"])
    assert told.code == ExitCode.NEGATIVE
    assert "jobs.jsonl, line 7" in told.err
    assert f"{good.opened.blinding:064x}" not in answer.out + answer.err + told.out + told.err


@pytest.mark.parametrize(("case", "sent"), [("unreadable", 0), ("unknown agreement", 0), ("another blinding", 1)])
def test_prove__a_bad_job_and_stop__raised_with_its_line(proofs: ProofOffice, case: str, sent: int) -> None:
    """What can be seen without a proof is seen before any is made."""
    proofs.require()
    good = proofs.request(0)
    proofs.write(good, *([spoil(proofs.request(1))[case]] if case != "unreadable" else []))
    if case == "unreadable":
        with proofs.jobs.open("ab") as stream:
            stream.write(b"nonsense\n")
    blocks = proofs.desk.kit.node.block_number()
    answer = proofs.prove("--stop")
    assert answer.code in (ExitCode.MISUSE, ExitCode.PROTOCOL)
    assert answer.error["where"].startswith("jobs.jsonl, line 2")
    assert proofs.desk.kit.node.block_number() == blocks + sent


def test_prove__file_that_others_may_read__refused(proofs: ProofOffice) -> None:
    proofs.require()
    proofs.write()
    proofs.jobs.chmod(0o644)
    answer = proofs.prove()
    assert "chmod 600" in proofs.refused(answer, ExitCode.MISUSE, "InvalidTable")["remedy"]


def test_prove__no_policy_for_the_model__says_who_sets_one(proofs: ProofOffice) -> None:
    proofs.write(proofs.request(0))
    answer = proofs.prove()
    assert "verifier require" in proofs.refused(answer, ExitCode.MISUSE, "NoCircuit")["remedy"]


# --- what does not fit --------------------------------------------------------------------------------------------


def rekeyed(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The package's circuits with another manifest."""
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_prove__keys_under_another_set_up__refused_before_anything_is_proven(
    proofs: ProofOffice, tmp_path: Path
) -> None:
    proofs.require()
    proofs.write()
    other = rekeyed(tmp_path / "other", lambda it: it["setup"].update(hash="ab" * 32))
    error = proofs.refused(proofs.prove("--artefacts", other), ExitCode.MISUSE, "InvalidSetup")
    assert load_artefacts().setup_hash.hex() in error["remedy"]


def test_prove__another_set_up_for_the_right_keys__refused(proofs: ProofOffice, tmp_path: Path) -> None:
    proofs.require()
    proofs.write()
    points = encode_points([BN254.generator, BN254.add(BN254.generator, BN254.generator)])
    write_setup(tmp_path / "setup", SetupMode.IGNITION, points, encode_twist_point(multiply_twist(2)))
    proofs.refused(proofs.prove("--setup", tmp_path / "setup"), ExitCode.MISUSE, "InvalidSetup")


def test_publish__keys_of_a_ceremony__listed_as_such_and_need_their_set_up(proofs: ProofOffice, tmp_path: Path) -> None:
    keys = rekeyed(tmp_path / "keys", lambda it: it["setup"].update(mode="consortium", hash="cd" * 32))
    answer = proofs.rule("verifier", "publish", "score_card", "--artefacts", keys)
    assert (answer.json["setup_mode"], answer.json["setup_hash"]) == ("consortium", "0x" + "cd" * 32)
    proofs.require(verifier=answer.json["verifier"])
    proofs.write()
    error = proofs.refused(proofs.prove("--artefacts", keys), ExitCode.MISUSE, "UsageError")
    assert "--setup" in error["remedy"]


@pytest.mark.parametrize("card", [CARD, TREES], ids=["card", "trees"])
def test_prove__model_that_is_not_registered__refused(proofs: ProofOffice, tmp_path: Path, card: Any) -> None:
    proofs.require()
    proofs.write()
    (tmp_path / "model.json").write_bytes(card.to_bytes())
    model = tmp_path / "model.json"
    assert "none" in proofs.refused(proofs.prove(model=model), ExitCode.MISUSE, "UsageError")["message"]
    named = proofs.prove("--model-id", proofs.model_id, model=model)
    proofs.refused(named, ExitCode.PROTOCOL, "CommitmentMismatch")


def test_prove__file_that_is_no_model__refused(proofs: ProofOffice, tmp_path: Path) -> None:
    proofs.write()
    (tmp_path / "model.json").write_text("{}")
    proofs.refused(proofs.prove(model=tmp_path / "model.json"), ExitCode.MISUSE, "InputError")


@pytest.mark.parametrize("tool", ["TRUSTSPACE_BB", "TRUSTSPACE_NODE"])
def test_prove__without_a_tool__says_which(proofs: ProofOffice, monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    proofs.require()
    proofs.write()
    monkeypatch.setenv(tool, "/nowhere/at-all")
    assert tool in proofs.refused(proofs.prove(), ExitCode.UNREACHABLE, "ToolMissing")["message"]
