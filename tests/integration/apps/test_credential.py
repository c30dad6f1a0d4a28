"""`trustspace credential` from the bank to the firm to another bank, over a chain and without it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from trustspace.apps.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Answer, Office
    from trustspace.domain.ids import CertificateId

AUDIENCE = "bank-9.example"


class Counter:
    """One certificate: its bank, its firm, and the calls around it."""

    def __init__(self, desk: Office, command: Any, certificate: CertificateId, folder: Path) -> None:
        self.desk, self.command, self.certificate = desk, command, certificate
        self.bank, self.firm = desk.kit.actors.banks[0], desk.kit.actors.subjects[0]
        self.credential, self.presentation = folder / "credential.sd-jwt", folder / "presentation.sd-jwt"
        self.challenge: str = command("credential", "challenge", "--json").json["challenge"]

    def export(self, *more: object) -> Answer:
        return self._run(
            "credential", "export", self.certificate.hex(), "--out", self.credential,
            *self.desk.connection, *self.desk.signing(self.bank), "--json", *more,
        )  # fmt: skip

    def present(self, *more: object, disclose: str = "grade,validUntil") -> Answer:
        return self._run(
            "credential", "present", self.credential, "--disclose", disclose, "--audience", AUDIENCE,
            "--challenge", self.challenge, "--out", self.presentation, *self.desk.signing(self.firm), "--json", *more,
        )  # fmt: skip

    def verify(self, *more: object) -> Answer:
        return self._run(
            "credential", "verify", self.presentation, "--audience", AUDIENCE, "--challenge", self.challenge,
            *self.desk.connection, "--json", *more,
        )  # fmt: skip

    def _run(self, *arguments: object) -> Answer:
        answer: Answer = self.command(*arguments)
        return answer


@pytest.fixture
def counter(desk: Office, command: Any, certificate: CertificateId, tmp_path: Path) -> Counter:
    return Counter(desk, command, certificate, tmp_path)


def test_credential__exported_presented_verified__grade_and_expiry_and_no_more(counter: Counter) -> None:
    exported = counter.export()
    assert exported.code == ExitCode.OK, exported.err
    assert exported.json["subject"] == counter.firm.subject
    assert stat.S_IMODE(counter.credential.stat().st_mode) == 0o600
    presented = counter.present()
    assert (presented.code, presented.json["disclosed"]) == (ExitCode.OK, ["grade"])
    answer = counter.verify()
    assert (answer.code, answer.json["reason"], answer.json["status"]) == (ExitCode.OK, "Ok", "Ok")
    assert answer.json["shown"].keys() == {"grade"}
    assert answer.json["valid_until"] == exported.json["valid_until"]


def test_credential__offline__needs_whom_to_trust_and_says_that_status_is_unknown(counter: Counter) -> None:
    counter.export()
    counter.present()
    nowhere = ("--rpc", "http://127.0.0.1:9", "--offline")
    answer = counter.verify(*nowhere, "--issuer", counter.bank.address.lower())
    assert (answer.code, answer.json["reason"], answer.json["status"]) == (ExitCode.OK, "Ok", None)
    other = counter.verify(*nowhere, "--issuer", counter.firm.address)
    assert (other.code, other.json["reason"]) == (ExitCode.NEGATIVE, "IssuerNotTrusted")
    missing = counter.verify(*nowhere)
    assert (missing.code, missing.error["where"]) == (ExitCode.MISUSE, "--issuer")


def test_credential__offline_without_a_deployment__two(counter: Counter) -> None:
    counter.export()
    counter.present()
    answer: Any = counter.command(
        "credential", "verify", counter.presentation, "--audience", AUDIENCE, "--challenge", counter.challenge,
        "--offline", "--issuer", counter.bank.address, "--json",
    )  # fmt: skip
    assert (answer.code, answer.error["where"]) == (ExitCode.MISUSE, "--deployment")


def test_credential__revoked_since__one_with_the_chains_reason(counter: Counter) -> None:
    counter.export()
    counter.present()
    counter.bank.certificates.revoke(counter.certificate)
    answer = counter.verify()
    assert (answer.code, answer.json["reason"], answer.json["status"]) == (ExitCode.NEGATIVE, "NotInForce", "Revoked")
    again = counter.export()
    assert (again.code, "Revoked" in again.error["message"]) == (ExitCode.MISUSE, True)


def test_credential__answer_to_another_challenge_or_damaged__one_and_nothing_shown(counter: Counter) -> None:
    counter.export()
    counter.present()
    for more, reason in (
        (("--challenge", "a challenge of today"), "WrongChallenge"),
        (("--audience", "bank-7"), "WrongAudience"),
    ):
        answer = counter.verify(*more)
        assert (answer.code, answer.json["reason"], answer.json["shown"]) == (ExitCode.NEGATIVE, reason, {})
    counter.presentation.write_bytes(b"\xff\xfe" * 40_000)
    answer = counter.verify()
    assert (answer.code, answer.json["reason"]) == (ExitCode.NEGATIVE, "Malformed")


def test_credential__saved_by_an_editor_with_a_line_end__still_holds(counter: Counter) -> None:
    counter.export()
    counter.present()
    with counter.presentation.open("ab") as stream:
        stream.write(b"\n")
    assert counter.verify().code == ExitCode.OK


def test_present__another_firms_key_an_unknown_field_or_a_weak_challenge__two(counter: Counter) -> None:
    counter.export()
    stranger = counter.present(*counter.desk.signing(counter.desk.kit.actors.subjects[1]))
    assert (stranger.code, counter.presentation.exists()) == (ExitCode.MISUSE, False)
    unknown = counter.present(disclose="grade,name")
    assert (unknown.code, "'name'" in unknown.error["message"]) == (ExitCode.MISUSE, True)
    weak = counter.present("--challenge", "short")
    assert (weak.code, weak.error["where"]) == (ExitCode.MISUSE, "challenge")


def test_export__by_a_remote_signer__says_that_it_cannot(counter: Counter) -> None:
    answer: Any = counter.command(
        "credential", "export", counter.certificate.hex(), "--out", counter.credential, *counter.desk.connection,
        "--signer", "http://127.0.0.1:9", "--account", counter.bank.address, "--json",
    )  # fmt: skip
    assert (answer.code, "JOSE" in answer.error["message"]) == (ExitCode.MISUSE, True)
