"""`trustspace doctor`: says what is wrong and how to mend it, and never falls over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain.deployment import write_deployment
from trustspace.adapters.chain.manager import AccessManager
from trustspace.adapters.chain.rpc import Timeouts
from trustspace.adapters.store.outbox import Outbox
from trustspace.apps.exit_codes import ExitCode
from trustspace.errors import LedgerError
from trustspace.services.governance import GUARDIAN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Answer, Office


def states(answer: Answer) -> dict[str, str]:
    return {row["check"]: row["state"] for row in answer.json}


def found(answer: Answer, check: str) -> dict[str, str]:
    return next(row for row in answer.json if row["check"] == check)


def test_doctor__healthy_space__zero_and_every_check_ok(office: Office, command) -> None:
    answer = command("doctor", *office.connection, "--json")
    assert answer.code == ExitCode.OK, answer.out
    assert set(states(answer).values()) == {"ok"}
    assert {"python", "node", "deployment", "contracts", "governance", "unfinished writes"} <= set(states(answer))
    assert office.kit.url in found(answer, "node")["found"]
    governance = found(answer, "governance")["found"]
    assert f"regulator {office.kit.actors.regulator.address} (delays 0 and 0 s)" in governance
    assert f"guardian {office.kit.actors.guardian.address}, nobody else" in governance
    assert "recovery quorum 2, recovery delay 3600, certificate quorum 2, longest validity 31622400" in governance


def test_doctor__for_people__a_table(office: Office, command) -> None:
    answer = command("doctor", *office.connection)
    assert answer.code == ExitCode.OK
    assert "governance" in answer.out


def test_doctor__no_node__one_and_a_remedy(office: Office, command) -> None:
    answer = command("doctor", "--rpc", "http://127.0.0.1:1", "--deployment", office.deployment, "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert found(answer, "node")["state"] == "wrong"
    assert found(answer, "node")["remedy"]
    assert found(answer, "python")["state"] == "ok"


def test_doctor__no_deployment__says_what_to_name(office: Office, command) -> None:
    answer = command("doctor", "--rpc", office.kit.url, "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert "deploy script" in found(answer, "deployment")["remedy"]


def test_doctor__address_that_is_no_url__one_and_not_a_crash(office: Office, command) -> None:
    answer = command("doctor", "--rpc", "nonsense", "--deployment", office.deployment, "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert found(answer, "node")["state"] == "wrong"


@pytest.mark.parametrize(
    "change", [{"chain_id": 5}, {"genesis_hash": "0x" + "11" * 32}, "contract"], ids=["chain", "genesis", "contract"]
)
def test_doctor__deployment_of_another_space__one_at_the_contracts(
    office: Office, command, tmp_path: Path, change
) -> None:
    deployment = office.kit.deployment
    if change == "contract":
        moved = replace(deployment.contracts[0], address=office.kit.actors.outsider.address)
        deployment = replace(deployment, contracts=(moved, *deployment.contracts[1:]))
    else:
        deployment = replace(deployment, **change)
    write_deployment(deployment, tmp_path / "other.json")
    answer = command("doctor", "--rpc", office.kit.url, "--deployment", tmp_path / "other.json", "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert found(answer, "contracts")["state"] == "wrong"
    assert found(answer, "contracts")["remedy"]


def test_doctor__deployment_file_names_another_regulator__one_at_governance(
    office: Office, command, tmp_path: Path
) -> None:
    other = replace(office.kit.deployment, regulator=office.kit.actors.outsider.address)
    write_deployment(other, tmp_path / "other.json")
    answer = command("doctor", "--rpc", office.kit.url, "--deployment", tmp_path / "other.json", "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert found(answer, "governance")["state"] == "wrong"


def test_doctor__regulator_named_a_second_guardian__one_and_the_account(desk: Office, command) -> None:
    accomplice = desk.kit.actors.outsider.address
    manager = AccessManager(desk.kit.client, desk.kit.actors.regulator.sender)
    manager.write("grantRole", GUARDIAN, accomplice, 0)
    answer = command("doctor", *desk.connection, "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert found(answer, "governance")["state"] == "wrong"
    assert f"{accomplice} as guardian: expected no member, found member" in found(answer, "governance")["found"]


def test_doctor__deployment_file_tells_other_constructor_arguments__one_at_governance(
    office: Office, command, tmp_path: Path
) -> None:
    manager, registry, *rest = office.kit.deployment.contracts
    told = replace(registry, arguments=(*registry.arguments[:2], 7200))
    write_deployment(replace(office.kit.deployment, contracts=(manager, told, *rest)), tmp_path / "other.json")
    answer = command("doctor", "--rpc", office.kit.url, "--deployment", tmp_path / "other.json", "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert "found other code or other arguments" in found(answer, "governance")["found"]


def test_doctor__a_registry_is_paused__names_it(desk: Office, command) -> None:
    desk.kit.actors.guardian.certificates.pause()
    answer = command("doctor", *desk.connection, "--json")
    assert "CertificateRegistry" in found(answer, "contracts")["found"]


def test_doctor__keystore_of_a_bank__says_whose_it_is(office: Office, command) -> None:
    bank = office.kit.actors.banks[0]
    answer = command("doctor", *office.connection, *office.signing(bank), "--json")
    assert answer.code == ExitCode.OK
    assert f"{bank.address}, participant {bank.participant}, live" in found(answer, "keystore")["found"]


def test_doctor__keystore_of_nobody__says_so(office: Office, command) -> None:
    answer = command("doctor", *office.connection, *office.signing(office.kit.actors.outsider), "--json")
    assert "no participant" in found(answer, "keystore")["found"]


def test_doctor__wrong_password__one_at_the_keystore(office: Office, command, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("guess\n")
    keystore = office.keystore(office.kit.actors.banks[0])
    answer = command(
        "doctor", *office.connection, "--keystore", keystore, "--password-file", tmp_path / "wrong", "--json"
    )
    assert answer.code == ExitCode.NEGATIVE
    assert found(answer, "keystore")["state"] == "wrong"
    assert set(states(answer)) >= {"node", "contracts"}


def test_doctor__damaged_outbox__says_so_and_goes_on(office: Office, command, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "outbox.sqlite").write_bytes(b"no database" * 1_000)
    answer = command("doctor", *office.connection, "--json")
    assert found(answer, "unfinished writes")["state"] != "ok"
    assert "outbox.sqlite" in found(answer, "unfinished writes")["found"]
    assert found(answer, "governance")["state"] == "ok"


def test_doctor__write_that_is_not_final__a_note_that_names_the_way_on(desk: Office, command, tmp_path: Path) -> None:
    rpc = desk.kit.node.rpc
    rpc.call("evm_setAutomine", False)
    try:
        (tmp_path / "home").mkdir(exist_ok=True)
        waiting = desk.space(
            signer=desk.kit.actors.sources[0].key,
            outbox=Outbox(tmp_path / "home" / "outbox.sqlite"),
            timeouts=Timeouts(receipt=0.3),
        )
        with pytest.raises(LedgerError):
            waiting.invoices.set_status(desk.batch_ids[0], 0, 1)
        answer = command("doctor", *desk.connection, "--json")
    finally:
        rpc.call("anvil_dropAllTransactions")
        rpc.call("evm_setAutomine", True)
    assert found(answer, "unfinished writes")["state"] == "note"
    assert "repeat" in found(answer, "unfinished writes")["remedy"]


@pytest.mark.parametrize("tool", ["TRUSTSPACE_BB", "TRUSTSPACE_NODE"])
def test_doctor__no_prover__a_note_and_still_well(
    desk: Office, command, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    rows = {row["check"]: row for row in command("doctor", *desk.connection, "--json").json}
    assert rows["prover (for proofs)"]["state"] == "ok"
    monkeypatch.setenv(tool, "/nowhere/at-all")
    answer = command("doctor", *desk.connection, "--json")
    row = next(row for row in answer.json if row["check"] == "prover (for proofs)")
    assert (answer.code, row["state"], tool in row["found"]) == (ExitCode.OK, "note", True)
