"""scripts/bank_issue.py and bank_verify.py: two banks endorse by file, one issues, anybody verifies."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from brownie import accounts, chain
from brownie.exceptions import VirtualMachineError

from scripts import bank_issue, bank_verify, grant_roles
from scripts.common import BrownieDeployer, find_account, signer_of
from trustspace.domain.agreements import AgreementTerms, Purpose
from trustspace.domain.certificates import Reason
from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
from trustspace.encoding.eip712 import agreement_message
from trustspace.encoding.hashing import keccak
from trustspace.errors import CommitmentMismatch, SignerMissing, UsageError

if TYPE_CHECKING:
    from trustspace.domain.deployment import Deployment

# numbers of unlocked accounts on the test chain
SOURCE, FIRST_BANK, SECOND_BANK, THIRD_BANK, AGGREGATOR, SUBJECT, OUTSIDER = "3", "4", "5", "6", "7", "8", "9"
DAY = AsOfDay(18_262)
LATER = itertools.count()  # no two tests issue the same certificate


def as_actor(number: str, deployment: Deployment, contract: str, function: str, *arguments: object) -> None:
    BrownieDeployer(find_account(number)).transact(contract, deployment.address(contract), function, arguments)


def ask(deployment: Deployment, contract: str, function: str, *arguments: object) -> object:
    return BrownieDeployer(find_account(OUTSIDER)).call(contract, deployment.address(contract), function, arguments)


@pytest.fixture(scope="module")
def members(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> None:
    roles = {
        SOURCE: '"source"',
        **dict.fromkeys((FIRST_BANK, SECOND_BANK, THIRD_BANK), '"bank", "certifier"'),
        AGGREGATOR: '"aggregator"',
    }
    file = tmp_path_factory.mktemp("roles") / "participants.toml"
    file.write_text(
        "".join(
            f'[[participants]]\nname = "{number}"\naccount = "{accounts[int(number)].address}"\nroles = [{given}]\n'
            for number, given in roles.items()
        )
    )
    grant_roles.main(str(file))


@pytest.fixture(scope="module")
def agreement(deployment: Deployment, members: None) -> bytes:
    """Signed by the subject and by a bank, on the node's unlocked accounts."""
    now = chain[-1].timestamp
    terms = AgreementTerms(
        subject=SubjectId(accounts[int(SUBJECT)].address),
        grantee=ParticipantId(2),
        purposes=Purpose.CERTIFICATE,
        scope_hash=keccak(b"scope"),
        not_before=now - 1000,
        not_after=now + 10_000_000,
        max_uses=5,
        salt=keccak(b"salt"),
    )
    message = agreement_message(deployment.address("AgreementRegistry"), deployment.chain_id, terms)
    signatures = [signer_of(find_account(number)).sign_message(message) for number in (SUBJECT, FIRST_BANK)]
    values = tuple(value for _, _, value in message.fields)
    as_actor(OUTSIDER, deployment, "AgreementRegistry", "record", values, *signatures)
    return bytes(ask(deployment, "AgreementRegistry", "agreementIdOf", values))  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module")
def model(deployment: Deployment, members: None) -> bytes:
    """A final model out of a run with one round."""
    contract, operation = "ModelRegistry", keccak(b"run")
    banks = [accounts[int(number)].address for number in (FIRST_BANK, SECOND_BANK, THIRD_BANK)]
    as_actor(AGGREGATOR, deployment, contract, "openRun", keccak(b"plan"), banks, 2, operation)
    run = ask(deployment, contract, "runIdOf", 5, operation)
    card = (*(keccak(name) for name in (b"model", b"schema", b"code", b"metrics")), bytes(32))
    for number in (FIRST_BANK, SECOND_BANK, THIRD_BANK):
        as_actor(number, deployment, contract, "join", run, keccak(number.encode()))
    for number in (FIRST_BANK, SECOND_BANK, THIRD_BANK):
        as_actor(number, deployment, contract, "commitContribution", run, 1, keccak(b"masked" + number.encode()))
    as_actor(AGGREGATOR, deployment, contract, "fixSurvivors", run, 1, 0b111)
    as_actor(AGGREGATOR, deployment, contract, "closeRound", run, 1, keccak(b"sum"))
    for number in (FIRST_BANK, SECOND_BANK):
        as_actor(number, deployment, contract, "confirmModel", run, card)
    return bytes(ask(deployment, contract, "modelIdOf", run, card))  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def certificate(deployment: Deployment, agreement: bytes, model: bytes, tmp_path: Path) -> Path:
    """A certificate's file; the source's features are committed."""
    subject = accounts[int(SUBJECT)].address
    batch = (subject, 1, keccak(b"batch"), keccak(b"root"))
    as_actor(SOURCE, deployment, "InvoiceRegistry", "anchor", batch)
    anchored = ask(deployment, "InvoiceRegistry", "batchIdOf", 1, subject, 1, keccak(b"batch"))
    features = (subject, DAY, (7).to_bytes(32, "big"), [anchored])
    as_actor(SOURCE, deployment, "FeatureRegistry", "commit", features)
    file = tmp_path / "certificate.json"
    now = chain[-1].timestamp
    file.write_text(json.dumps({
        "agreement": "0x" + agreement.hex(), "model": "0x" + model.hex(), "as_of_day": DAY, "grade": "B",
        "valid_from": now - 100, "not_after": now + 1_000_000 + next(LATER),
    }))  # fmt: skip
    return file


def test_bank_scripts__two_endorse_one_issues__verifies_as_ok(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [bank_issue.endorse(str(certificate), bank) for bank in (FIRST_BANK, SECOND_BANK)]
    issued = bank_issue.issue(str(certificate), OUTSIDER, *files)
    (verdict,) = bank_verify.main("0x" + issued.hex())
    assert (verdict.reason, verdict.grade.name) == (Reason.OK, "B")
    assert "Ok                   grade B" in capsys.readouterr().out


def test_bank_issue__one_file_and_a_certifier_sends__its_transaction_endorses(
    certificate: Path, deployment: Deployment
) -> None:
    file = bank_issue.endorse(str(certificate), FIRST_BANK)
    issued = bank_issue.issue(str(certificate), SECOND_BANK, file)
    (verdict,) = bank_verify.main("0x" + issued.hex())
    assert (verdict.reason, verdict.grade.name) == (Reason.OK, "B")
    info = ask(deployment, "CertificateRegistry", "certificateInfo", issued)
    endorsers = {account for account in info[10] if int(account, 16)}  # type: ignore[index]
    assert endorsers == {accounts[int(number)].address for number in (FIRST_BANK, SECOND_BANK)}


def test_bank_issue__certifier_sends_its_own_file_too__endorses_once(certificate: Path) -> None:
    files = [bank_issue.endorse(str(certificate), bank) for bank in (FIRST_BANK, SECOND_BANK)]
    (verdict,) = bank_verify.main("0x" + bank_issue.issue(str(certificate), SECOND_BANK, *files).hex())
    assert verdict.reason is Reason.OK


def test_bank_issue__certifier_alone__is_too_few(certificate: Path) -> None:
    with pytest.raises(VirtualMachineError, match="TooFewEndorsements"):
        bank_issue.issue(str(certificate), SECOND_BANK)


def test_bank_issue__relative_names__start_from_the_callers_folder(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTSPACE_CALLER_DIR", str(certificate.parent))
    written = bank_issue.endorse(certificate.name, FIRST_BANK)
    assert Path(written).parent == certificate.parent
    bank_issue.issue(certificate.name, SECOND_BANK, Path(written).name)


def test_bank_verify__unknown_certificate__is_an_answer(deployment: Deployment) -> None:
    (verdict,) = bank_verify.main("0x" + "ab" * 32)
    assert verdict.reason is Reason.UNKNOWN


@pytest.mark.parametrize("text", ["0x1234", "no id", ""])
def test_bank_verify__no_id__says_what_is_expected(deployment: Deployment, text: str) -> None:
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        bank_verify.main(text)


def test_bank_verify__nothing_given__says_so() -> None:
    with pytest.raises(UsageError, match="no certificate given"):
        bank_verify.main()


def test_bank_issue__endorsement_of_another_certificate__is_refused_before_sending(certificate: Path) -> None:
    endorsed = bank_issue.endorse(str(certificate), FIRST_BANK)
    changed = json.loads(certificate.read_text()) | {"grade": "A"}
    certificate.write_text(json.dumps(changed))
    height = chain.height
    with pytest.raises(CommitmentMismatch, match="this is no endorsement"):
        bank_issue.issue(str(certificate), OUTSIDER, endorsed)
    assert chain.height == height


def test_bank_issue__too_few_endorsements__names_the_contracts_error(certificate: Path) -> None:
    changed = json.loads(certificate.read_text()) | {"grade": "C"}
    certificate.write_text(json.dumps(changed))
    with pytest.raises(VirtualMachineError, match="TooFewEndorsements"):
        bank_issue.issue(str(certificate), OUTSIDER, bank_issue.endorse(str(certificate), FIRST_BANK))


@pytest.mark.parametrize("field", ["agreement", "model", "as_of_day", "grade", "valid_from", "not_after"])
def test_bank_issue__field_missing__is_named(certificate: Path, field: str) -> None:
    content = json.loads(certificate.read_text())
    del content[field]
    certificate.write_text(json.dumps(content))
    with pytest.raises(UsageError, match=f"missing or wrong field '{field}'"):
        bank_issue.endorse(str(certificate), FIRST_BANK)


def test_bank_issue__keystore_unknown__names_the_remedy(certificate: Path) -> None:
    with pytest.raises(SignerMissing, match="brownie accounts generate nobody"):
        bank_issue.endorse(str(certificate), "nobody")


def test_bank_issue__keystore_with_a_password_file__signs_without_a_question(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a bank does it on a real network: `brownie accounts generate`, then the script."""
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    keystore = tmp_path / "bank.json"
    accounts.add(keccak(b"bank with a keystore").hex()).save(str(keystore), password="correct horse")
    monkeypatch.setenv("TRUSTSPACE_PASSWORD_FILE", str(password))
    content = json.loads(Path(bank_issue.endorse(str(certificate), str(keystore))).read_text())
    assert content["account"] == find_account(str(keystore)).address
