"""`trustspace verify` and `trustspace certificate`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.integration.apps.office import DAY, HOUR, Office, run_program
from trustspace.adapters.chain.deployment import write_deployment
from trustspace.apps.exit_codes import ExitCode
from trustspace.domain.batches import InvoiceStatus

UNKNOWN = "0x" + "77" * 32


def test_verify__certificate_holds__zero_and_its_grade(desk: Office, certificate, command) -> None:
    answer = command("verify", "0x" + certificate.hex(), *desk.connection, "--json")
    assert answer.code == ExitCode.OK
    assert answer.err == ""
    grade = desk.space().verify(certificate).grade.name
    assert answer.json == [
        {
            "certificate": "0x" + certificate.hex(),
            "valid": True,
            "reason": "Ok",
            "grade": grade,
            "as_of_block": desk.kit.node.block_number(),
        }
    ]


def test_verify__for_people__a_table(desk: Office, certificate, command) -> None:
    answer = command("verify", certificate.hex(), *desk.connection)
    assert answer.code == ExitCode.OK
    assert "0x" + certificate.hex() in answer.out
    assert "Ok" in answer.out


def test_verify__one_of_three_does_not_hold__one_in_the_order_asked(desk: Office, certificate, command) -> None:
    revoked = desk.issue(1)
    desk.kit.actors.banks[1].certificates.revoke(revoked)
    asked = [UNKNOWN, "0x" + certificate.hex(), "0x" + revoked.hex()]
    answer = command("verify", *asked, *desk.connection, "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert [row["certificate"] for row in answer.json] == asked
    assert [row["reason"] for row in answer.json] == ["Unknown", "Ok", "Revoked"]
    assert next(row["grade"] for row in answer.json) is None


def test_verify__nothing_known__one_for_each_of_many(office: Office, command) -> None:
    ids = [f"0x{number:064x}" for number in range(1, 451)]
    answer = command("verify", *ids, *office.connection, "--json")
    assert answer.code == ExitCode.NEGATIVE
    assert [row["certificate"] for row in answer.json] == ids
    assert {row["reason"] for row in answer.json} == {"Unknown"}


@pytest.mark.parametrize("what", ["agreement", "invoice", "model", "expiry", "pause"])
def test_verify__what_stands_behind_it_ends__says_so_at_once(desk: Office, command, what: str) -> None:
    certificate = desk.issue(0, validity=HOUR)
    actors = desk.kit.actors
    if what == "agreement":
        agreement = actors.banks[0].certificates.get(certificate).content.agreement
        actors.subjects[0].agreements.terminate(agreement)
        expected = "AgreementTerminated"
    elif what == "invoice":
        actors.sources[0].invoices.set_status(desk.batch_ids[0], 3, InvoiceStatus.VOIDED)
        expected = "CollateralVoided"
    elif what == "model":
        actors.regulator.models.withdraw_model(desk.scorecard.record.model, b"r" * 32)
        expected = "ModelWithdrawn"
    elif what == "expiry":
        desk.kit.advance(HOUR + 1)
        expected = "Expired"
    else:
        actors.guardian.certificates.pause()
        expected = "Paused"
    answer = command("verify", certificate.hex(), *desk.connection, "--json")
    assert (answer.code, answer.json[0]["reason"]) == (ExitCode.NEGATIVE, expected)


@pytest.mark.parametrize("wrong", ["0x12", "", "0x" + "gg" * 32, "ab " * 32])
def test_verify__id_that_is_none__two_before_anything_is_asked(office: Office, command, wrong: str) -> None:
    answer = command("verify", UNKNOWN, wrong, "--rpc", "http://127.0.0.1:1", "--json")
    assert answer.code == ExitCode.MISUSE
    assert answer.error["error"] == "UsageError"
    assert "certificate id" in answer.error["message"]


def test_verify__no_id__two(command) -> None:
    assert command("verify").code == ExitCode.MISUSE


def test_verify__connection_by_environment__same_answer(desk: Office, certificate, tmp_path) -> None:
    answer = run_program("verify", certificate.hex(), "--json", home=tmp_path, environment=desk.environment)
    assert (answer.code, answer.json[0]["reason"]) == (0, "Ok")


def test_verify__no_node__three_and_a_remedy(office: Office, command) -> None:
    answer = command("verify", UNKNOWN, "--rpc", "http://127.0.0.1:1", "--deployment", office.deployment, "--json")
    assert answer.code == ExitCode.UNREACHABLE
    assert answer.error["error"] == "ChainUnreachable"
    assert answer.error["exit_code"] == ExitCode.UNREACHABLE
    assert answer.error["remedy"]


def test_verify__address_that_is_no_url__two(office: Office, command) -> None:
    answer = command("verify", UNKNOWN, "--rpc", "127.0.0.1:8545", "--deployment", office.deployment, "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "UsageError")


@pytest.mark.parametrize(
    ("content", "error"),
    [(None, "InvalidDeployment"), ("{}", "InvalidDeployment"), ("not json", "InvalidDeployment")],
)
def test_verify__deployment_file_missing_or_damaged__two_naming_it(
    office: Office, command, tmp_path, content: str | None, error: str
) -> None:
    path = tmp_path / "lost.json"
    if content is not None:
        path.write_text(content)
    answer = command("verify", UNKNOWN, "--rpc", office.kit.url, "--deployment", path, "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, error)
    assert "lost.json" in answer.error["where"]


def test_verify__no_deployment_named_nor_bundled__says_what_to_name(office: Office, command) -> None:
    answer = command("verify", UNKNOWN, "--rpc", office.kit.url, "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.UNREACHABLE, "ContractMissing")
    assert "deploy script" in answer.error["remedy"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"chain_id": 1}, "WrongChain"),
        ({"genesis_hash": "0x" + "11" * 32}, "WrongChain"),
        ({"address": "0x000000000000000000000000000000000000dEaD"}, "ContractMissing"),
    ],
    ids=["chain", "genesis", "address"],
)
def test_verify__deployment_of_another_space__three(office: Office, command, tmp_path, change, error: str) -> None:
    deployment = office.kit.deployment
    if "address" in change:
        moved = replace(deployment.contracts[-1], **change)
        deployment = replace(deployment, contracts=(*deployment.contracts[:-1], moved))
    else:
        deployment = replace(deployment, **change)
    write_deployment(deployment, tmp_path / "other.json")
    answer = command("verify", UNKNOWN, "--rpc", office.kit.url, "--deployment", tmp_path / "other.json", "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.UNREACHABLE, error)
    assert answer.error["remedy"]


# --- certificate show ---------------------------------------------------------------------------------------------


def test_show__certificate__what_it_says_and_who_endorsed_it(desk: Office, certificate, command) -> None:
    answer = command("certificate", "show", certificate.hex(), *desk.connection, "--json")
    assert answer.code == ExitCode.OK
    shown = answer.json
    record = desk.space().certificates.get(certificate)
    assert (shown["certificate"], shown["reason"], shown["state"]) == ("0x" + certificate.hex(), "Ok", "ACTIVE")
    assert shown["subject"] == desk.kit.actors.subjects[0].address
    assert shown["grade"] == record.content.grade.name
    assert shown["model"] == "0x" + desk.scorecard.record.model.hex()
    assert sorted(shown["endorsers"]) == sorted(bank.address for bank in desk.kit.actors.banks[:2])
    assert shown["not_after"] > shown["valid_from"]
    assert shown["not_after"].endswith("+00:00")


def test_show__id_nobody_issued__refused_as_a_wrong_call(office: Office, command) -> None:
    answer = command("certificate", "show", UNKNOWN, *office.connection, "--json")
    assert answer.code == ExitCode.MISUSE
    assert UNKNOWN in answer.error["message"]


# --- certificate revoke -------------------------------------------------------------------------------------------


def revoke(certificate, *options: object) -> list[object]:
    return ["certificate", "revoke", certificate.hex(), "--reason", "firm closed", *options]


def test_revoke__by_an_endorser__revoked_and_only_the_reasons_hash_sent(desk: Office, certificate, command) -> None:
    answer = command(*revoke(certificate, *desk.connection, *desk.signing(desk.kit.actors.banks[1]), "--json"))
    assert answer.code == ExitCode.OK
    assert answer.json["reason"] == "Revoked"
    assert desk.space().verify(certificate).reason.label == "Revoked"
    assert "firm closed" not in answer.out


def test_revoke__repeated__still_revoked_and_no_second_transaction(desk: Office, certificate, command) -> None:
    bank = desk.kit.actors.banks[0]
    call = revoke(certificate, *desk.connection, *desk.signing(bank), "--json")
    assert command(*call).code == ExitCode.OK
    blocks = desk.kit.node.block_number()
    assert command(*call).code == ExitCode.OK
    assert desk.kit.node.block_number() == blocks


@pytest.mark.parametrize(("who", "error"), [("bank", "NotEndorser"), ("outsider", "")])
def test_revoke__by_somebody_else__four_and_it_still_holds(
    desk: Office, certificate, command, who: str, error: str
) -> None:
    actor = desk.kit.actors.banks[3] if who == "bank" else desk.kit.actors.outsider
    answer = command(*revoke(certificate, *desk.connection, *desk.signing(actor), "--json"))
    assert answer.code == ExitCode.REFUSED
    assert answer.error["error"] == "ContractRefused"
    assert error in answer.error["message"]
    assert desk.space().verify(certificate).valid


def test_revoke__unknown_certificate__four(desk: Office, command) -> None:
    answer = command(*revoke(b"\x77" * 32, *desk.connection, *desk.signing(desk.kit.actors.banks[0]), "--json"))
    assert answer.code == ExitCode.REFUSED


def test_revoke__wrong_password__two_and_nothing_sent(desk: Office, certificate, command, tmp_path) -> None:
    (tmp_path / "wrong").write_text("guess\n")
    keystore = desk.keystore(desk.kit.actors.banks[0])
    options = ["--keystore", keystore, "--password-file", tmp_path / "wrong", "--json"]
    blocks = desk.kit.node.block_number()
    answer = command(*revoke(certificate, *desk.connection, *options))
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "InvalidKey")
    assert "wrong password" in answer.error["message"]
    assert desk.kit.node.block_number() == blocks


def test_revoke__no_way_to_sign__says_how(desk: Office, certificate, command) -> None:
    answer = command(*revoke(certificate, *desk.connection, "--json"))
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "SignerMissing")
    assert "--keystore" in answer.error["remedy"]


def test_revoke__keystore_without_a_terminal_or_password_file__says_how(desk: Office, certificate, tmp_path) -> None:
    keystore = desk.keystore(desk.kit.actors.banks[0])
    call = map(str, revoke(certificate, *desk.connection, "--keystore", keystore, "--json"))
    answer = run_program(*call, home=tmp_path, stdin=-3)
    assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "SignerMissing")
    assert "password" in answer.error["remedy"]


def test_revoke__signer_does_not_answer__three(desk: Office, certificate, command) -> None:
    options = ["--signer", "http://127.0.0.1:1", "--account", desk.kit.actors.banks[0].address, "--json"]
    answer = command(*revoke(certificate, *desk.connection, *options))
    assert answer.code == ExitCode.UNREACHABLE


def test_revoke__nonsense_keystores__two_naming_the_file(desk: Office, certificate, command, tmp_path) -> None:
    for content in ("", "[]", '{"version": 3}', json.dumps({"crypto": {}, "version": 3})):
        path = tmp_path / "key.json"
        path.write_text(content)
        options = ["--keystore", path, "--password-file", desk.password_file, "--json"]
        answer = command(*revoke(certificate, *desk.connection, *options))
        assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, "InvalidKey")
        assert "key.json" in answer.error["where"]


def test_certificate__thirty_days_by_default__holds_until_the_last(desk: Office, certificate, command) -> None:
    desk.kit.advance(30 * DAY - 60)
    assert command("verify", certificate.hex(), *desk.connection).code == ExitCode.OK
    desk.kit.advance(120)
    assert command("verify", certificate.hex(), *desk.connection).code == ExitCode.NEGATIVE
