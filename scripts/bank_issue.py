"""Banks endorse a certificate and issue it. Endorsements travel as files; whoever has enough of them may issue.

    brownie run bank_issue endorse certificate.json BANK --network NETWORK     # writes an endorsement file
    brownie run bank_issue issue certificate.json SENDER endorsement.json ... --network NETWORK

A sender that may certify endorses by sending and needs no file of its own; anybody else may send as well.
BANK and SENDER are keystore ids, or numbers of unlocked accounts on a test chain. The certificate's file:

    {"agreement": "0x...", "model": "0x...", "as_of_day": 18262, "grade": "B",
     "valid_from": 1767225600, "not_after": 1798761600}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.common import BrownieDeployer, BrownieReader, caller_path, find_account, known_deployment, signer_of
from trustspace.crypto.signing import compact, recover
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.ids import Address, AgreementId, AsOfDay, CertificateId, ModelId
from trustspace.domain.participants import Role
from trustspace.encoding.certificate_words import certificate_struct, terms_word
from trustspace.encoding.eip712 import TypedMessage, certificate_message
from trustspace.errors import CommitmentMismatch, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTRY = "CertificateRegistry"
PARTICIPANTS = "ParticipantRegistry"
MOST_ENDORSEMENTS = 4


def endorse(certificate: str, bank: str) -> str:
    """Sign a certificate and write `<certificate>.<account>.endorsement.json` beside it; returns that file's name."""
    file = caller_path(certificate)
    message = message_of(read_certificate(file))
    signer = signer_of(find_account(bank))
    signature = signer.sign_message(message)
    target = file.with_name(f"{file.stem}.{signer.address}.endorsement.json")
    content = {"certificate": hexed(message.digest), "account": signer.address, "signature": hexed(signature)}
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"{signer.address} endorsed certificate {hexed(message.digest)}: {target}")
    return str(target)


def issue(certificate: str, sender: str, *endorsements: str) -> CertificateId:
    """Send the certificate with its endorsements; returns its id. Raises CommitmentMismatch for a stray endorsement.

    Where the sender may certify and its bank gave no file, its transaction endorses.
    """
    content = read_certificate(caller_path(certificate))
    message = message_of(content)
    signatures = [read_endorsement(caller_path(file), message) for file in endorsements]
    others = [compact(item) for item in signatures]
    deployer = BrownieDeployer(find_account(sender))
    registry = known_deployment().address(REGISTRY)
    signers = [recover(message.digest, item) for item in signatures]
    if len(others) < MOST_ENDORSEMENTS and adds_endorsement(deployer, deployer.account, signers):
        sent = (content.agreement, content.model, terms_word(content), others)
        deployer.transact(REGISTRY, registry, "endorseAndIssue", sent)
        print(f"issued certificate {hexed(message.digest)}: {deployer.account} and {len(others)} others endorsed it")
    else:
        deployer.transact(REGISTRY, registry, "issue", (certificate_struct(content), others))
        print(f"issued certificate {hexed(message.digest)} with {len(others)} endorsements")
    return CertificateId(message.digest)


def read_certificate(file: Path) -> Certificate:
    """Read a certificate's file. Raises UsageError naming file and field."""
    content = _read(file)
    try:
        return Certificate(
            agreement=AgreementId(bytes.fromhex(content["agreement"].removeprefix("0x"))),
            model=ModelId(bytes.fromhex(content["model"].removeprefix("0x"))),
            as_of_day=AsOfDay(int(content["as_of_day"])),
            grade=Grade[content["grade"]],
            valid_from=int(content["valid_from"]),
            not_after=int(content["not_after"]),
        )
    except (KeyError, ValueError, AttributeError) as error:
        raise UsageError(f"{file}: missing or wrong field {error}", remedy="see scripts/bank_issue.py") from error


def read_endorsement(file: Path, message: TypedMessage) -> bytes:
    """The signature in an endorsement file, checked to be of this certificate by the account it names."""
    content = _read(file)
    try:
        signature = bytes.fromhex(content["signature"].removeprefix("0x"))
        account = content["account"]
    except (KeyError, ValueError, AttributeError) as error:
        raise UsageError(f"{file}: missing or wrong field {error}", remedy="let that bank endorse again") from error
    if recover(message.digest, signature) != account:
        raise CommitmentMismatch(
            f"this is no endorsement of {hexed(message.digest)} by {account}",
            where=str(file),
            remedy="let that bank endorse this certificate, on this network",
        )
    return signature


def message_of(certificate: Certificate) -> TypedMessage:
    """What the endorsers sign on this network."""
    deployment = known_deployment()
    return certificate_message(deployment.address(REGISTRY), deployment.chain_id, certificate)


def adds_endorsement(reader: BrownieReader, account: Address, signers: Sequence[Address]) -> bool:
    """Whether an account is a live certifier's, of a participant that is not among those of the signers."""

    def ask(function: str, *values: Any) -> Any:
        return reader.call(PARTICIPANTS, registry, function, values)

    registry = known_deployment().address(PARTICIPANTS)
    participant = int(ask("participantOf", account))
    if not ask("isLiveAccountOf", participant, account):
        return False
    roles, suspended = ask("rolesOf", participant)
    if suspended or Role.CERTIFIER not in Role(int(roles)):
        return False
    return all(int(ask("participantOf", signer)) != participant for signer in signers)


def hexed(data: bytes) -> str:
    """Bytes as text."""
    return "0x" + data.hex()


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}", remedy="see scripts/bank_issue.py") from error
    if not isinstance(content, dict):
        raise UsageError(f"{file} holds no object", remedy="see scripts/bank_issue.py")
    return content
