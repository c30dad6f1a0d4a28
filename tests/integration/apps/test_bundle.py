"""`trustspace certificate bundle`, then `trustspace verify --bundle` with the chain stopped."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.adapters.system_clock import SystemClock
from trustspace.apps.exit_codes import ExitCode
from trustspace.encoding.certificate_bundle import LARGEST_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Office
    from trustspace.domain.ids import CertificateId

VALIDATORS = 'consensus = "qbft"\nvalidators = ["0x52908400098527886E0F7030069857D2E4169EE7"]\n'


@pytest.fixture
def bundle(desk: Office, certificate: CertificateId, command, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    file = tmp_path / "firm.bundle"
    made = command("certificate", "bundle", "0x" + certificate.hex(), "--out", file, *desk.connection, "--json")
    assert (made.code, made.err) == (ExitCode.OK, "")
    return file, made.json


def forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_bundle__made__says_what_it_holds(desk: Office, certificate, bundle) -> None:
    file, told = bundle
    block = desk.kit.node.rpc.call("eth_getBlockByNumber", "latest", False)
    assert told["bytes"] == file.stat().st_size < 60_000
    assert (told["reason"], told["certificate"], told["consensus"]) == ("Ok", "0x" + certificate.hex(), "plain")
    assert (told["as_of_block"], told["block_hash"]) == (int(block["number"], 16), block["hash"])


def test_verify__bundle_and_no_node__all_that_is_behind_it(
    desk: Office, certificate, bundle, command, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, told = bundle
    forbid_network(monkeypatch)
    answer = command(
        "verify", certificate.hex(), "--bundle", file, "--block-hash", told["block_hash"],
        "--deployment", desk.deployment, "--rpc", "http://127.0.0.1:1", "--json",
    )  # fmt: skip
    assert (answer.code, answer.err) == (ExitCode.OK, "")
    found = answer.json
    assert (found["valid"], found["reason"], found["reason_in_block"], found["fresh"]) == (True, "Ok", "Ok", True)
    assert (found["block_hash"], found["as_of_block"]) == (told["block_hash"], told["as_of_block"])
    assert (found["trust"], found["sealed_by"]) == ("the block's hash was given", [])
    assert (found["proof"], found["state"]) == ("ENDORSED", "ACTIVE")
    assert (found["agreement_state"], found["model_state"]) == ("ACTIVE", "FINAL")
    assert found["model"] == desk.trained["model"]
    assert len(found["endorsers"]) == 2
    assert all(text.endswith("live)") for text in found["endorsers"])
    assert 0 <= found["age_seconds"] <= found["max_age_seconds"] == 86_400
    people = command("verify", "--bundle", file, "--block-hash", told["block_hash"], "--deployment", desk.deployment)
    assert people.code == ExitCode.OK
    assert told["block_hash"] in people.out


def test_verify__bundle_of_a_revoked_one__one(desk: Office, certificate, command, tmp_path) -> None:
    desk.kit.actors.banks[1].certificates.revoke(certificate)
    file = tmp_path / "firm.bundle"
    told = command("certificate", "bundle", certificate.hex(), "--out", file, *desk.connection, "--json").json
    answer = command(
        "verify", "--bundle", file, "--block-hash", told["block_hash"], "--deployment", desk.deployment, "--json"
    )
    assert (answer.code, answer.json["reason"], answer.json["valid"]) == (ExitCode.NEGATIVE, "Revoked", False)


def test_verify__bundle_older_than_the_bank_wants__one(
    desk: Office, bundle, command, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, told = bundle
    later = SystemClock().now() + 3_600
    monkeypatch.setattr(SystemClock, "now", lambda _: later)
    asked = ("verify", "--bundle", file, "--block-hash", told["block_hash"], "--deployment", desk.deployment, "--json")
    old, young = (command(*asked, "--max-age", age) for age in ("10m", "2h"))
    assert (old.code, old.json["fresh"], old.json["reason"]) == (ExitCode.NEGATIVE, False, "Ok")
    assert (young.code, young.json["fresh"]) == (ExitCode.OK, True)


def test_verify__bundle_that_proves_nothing_here__two_and_why(desk: Office, certificate, bundle, command, tmp_path):
    file, told = bundle
    damaged = tmp_path / "damaged"
    raw = file.read_bytes()
    damaged.write_bytes(raw[:900] + bytes([raw[900] ^ 1]) + raw[901:])
    huge = tmp_path / "huge"
    huge.write_bytes(b"[" * (LARGEST_BYTES + 10))
    validators = tmp_path / "validators.toml"
    validators.write_text(VALIDATORS)
    pinned = ("--block-hash", told["block_hash"])
    connection = ("--deployment", desk.deployment, "--json")
    for arguments, error, part in (
        (("--bundle", damaged, *pinned), "InvalidBundle", "damaged"),
        (("--bundle", huge, *pinned), "InvalidBundle", "more than"),
        (("--bundle", file, "--block-hash", "0x" + "12" * 32), "InvalidBundle", "not the trusted"),
        (("--bundle", file, "--validators", validators), "InvalidBundle", "no qbft seals"),
        (("77" * 32, "--bundle", file, *pinned), "InvalidBundle", "it is of certificate 0x" + certificate.hex()),
        (("--bundle", file), "UsageError", "say what makes you trust"),
        (("--bundle", file, *pinned, "--validators", validators), "UsageError", "say what makes you trust"),
        (("--bundle", file, "--block-hash", "0x12"), "UsageError", "no block hash"),
        (("--bundle", file, *pinned, "--max-age", "soon"), "UsageError", "no age"),
        (("aa" * 32, "bb" * 32, "--bundle", file, *pinned), "UsageError", "one certificate"),
        (pinned, "UsageError", "no bundle"),
        ((), "UsageError", "no certificate is named"),
    ):
        answer = command("verify", *arguments, *connection)
        assert (answer.code, answer.error["error"]) == (ExitCode.MISUSE, error), arguments
        assert part in answer.error["message"] + answer.error["where"], arguments


def test_verify__bundle_of_another_deployment__refused(desk: Office, bundle, command, tmp_path) -> None:
    file, told = bundle
    answer = command("verify", "--bundle", file, "--block-hash", told["block_hash"], "--json")
    assert (answer.code, answer.error["error"]) == (ExitCode.UNREACHABLE, "ContractMissing")
    content = json.loads(desk.deployment.read_text())
    content["chain_id"] = 5
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    answer = command("verify", "--bundle", file, "--block-hash", told["block_hash"], "--deployment", other, "--json")
    assert (answer.code, answer.error["where"]) == (ExitCode.MISUSE, "space")


def test_bundle__unknown_certificate_or_file_that_cannot_be_written__said(desk: Office, command, tmp_path) -> None:
    made = command("certificate", "bundle", "77" * 32, "--out", tmp_path / "none", *desk.connection, "--json")
    assert (made.code, made.json["reason"]) == (ExitCode.OK, "Unknown")
    refused = command(
        "certificate", "bundle", "77" * 32, "--out", tmp_path / "absent" / "x", *desk.connection, "--json"
    )
    assert (refused.code, refused.error["error"]) == (ExitCode.MISUSE, "UsageError")
