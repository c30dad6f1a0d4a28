"""Reads from storage what `CertificateRegistry.verify` reads, all of it, whatever the answer will be.

Which slots are read depends on what they hold, never on the time: so a bundle made at one time is complete at another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trustspace.domain.agreements import AgreementState
from trustspace.domain.certificate_evidence import AccountStanding, CertificateEvidence, SourceEvidence
from trustspace.domain.certificates import Certificate, CertificateRecord, CertificateState, Grade, ProofKind
from trustspace.domain.ids import AgreementId, AsOfDay, ModelId, ParticipantId, SubjectId, VerifierNumber
from trustspace.domain.models import ModelState
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.domain.verifiers import VerifierCard, VerifierRecord, VerifierState
from trustspace.encoding.address import checksum_address
from trustspace.encoding.registry_words import AccountWord, AgreementWord, CertificateWord, is_paused, sources_in
from trustspace.errors import InputError, InvalidBundle

if TYPE_CHECKING:
    from trustspace.domain.ids import Address, CertificateId

MOST_EVIDENCE = 32  # batches that a source can name, see FeatureRegistry


class Storage(Protocol):
    """Storage of the space's contracts as one block has it."""

    def value(self, contract: str, variable: str, *path: str | int | bytes) -> int:
        """Return what a variable holds, by its name in the contract's layout."""
        ...


def gather_evidence(storage: Storage, certificate: CertificateId) -> CertificateEvidence | None:
    """Everything behind a certificate; None when it was never issued.

    Raises InvalidBundle when storage holds what no version known here writes.
    """
    word = CertificateWord(storage.value("CertificateRegistry", "_words", bytes(certificate)))
    try:
        if CertificateState(word.state) is CertificateState.NONE:
            return None
        return _evidence(storage, certificate, word)
    except InputError:
        raise
    except ValueError as error:
        raise InvalidBundle(
            f"storage holds what no contract known here writes: {error}",
            where="certificate",
            remedy="use the package release that knows these contracts",
        ) from error


def _evidence(storage: Storage, certificate: CertificateId, word: CertificateWord) -> CertificateEvidence:
    agreement = _word(storage.value("AgreementRegistry", "_agreementAt", word.agreement))
    model = _word(storage.value("ModelRegistry", "_modelAt", word.model))
    agreed = AgreementWord(storage.value("AgreementRegistry", "_entries", agreement, "word"))
    subject = _address(storage.value("AgreementRegistry", "_entries", agreement, "subject"))
    endorsers = tuple(_standing(storage, number) for number in word.endorsers)
    content = Certificate(
        agreement=AgreementId(agreement),
        model=ModelId(model),
        as_of_day=AsOfDay(word.as_of_day),
        grade=Grade(word.grade),
        valid_from=word.valid_from,
        not_after=word.not_after,
    )
    record = CertificateRecord(
        certificate=certificate,
        state=CertificateState(word.state),
        content=content,
        subject=SubjectId(subject),
        proof_kind=ProofKind.PROVEN if word.verifier else ProofKind.ENDORSED,
        verifier=VerifierNumber(word.verifier) if word.verifier else None,
        issued_block=word.issued_block,
        endorsers=tuple(standing.account for standing in endorsers),
    )
    return CertificateEvidence(
        record=record,
        paused=is_paused(storage.value("CertificateRegistry", "_policy")),
        endorsers=endorsers,
        model_state=ModelState(storage.value("ModelRegistry", "_models", model, "state")),
        model_hash=_word(storage.value("ModelRegistry", "_models", model, "card", "modelHash")),
        verifier=_verifier(storage, word.verifier) if word.verifier else None,
        agreement_state=AgreementState(agreed.state),
        sources=_sources(storage, bytes.fromhex(subject[2:]), word.as_of_day),
    )


def _verifier(storage: Storage, number: int) -> VerifierRecord:
    def entry(member: str) -> int:
        return storage.value("VerifierRegistry", "_entries", number, member)

    return VerifierRecord(
        number=VerifierNumber(number),
        state=VerifierState(entry("state")),
        registered_block=entry("registeredBlock"),
        code_hash=_word(entry("codeHash")),
        card=VerifierCard(
            verifier=_address(entry("verifier")),
            circuit=Circuit.numbered(entry("circuit")),
            setup_mode=SetupMode(entry("setupMode")),
            gas_limit=entry("gasLimit"),
            circuit_hash=_word(entry("circuitHash")),
            key_hash=_word(entry("keyHash")),
            setup_hash=_word(entry("setupHash")),
        ),
    )


def _standing(storage: Storage, number: int) -> AccountStanding:
    """The account with a number; number 0 is nobody's and never compromised, as for the contract."""
    account = _address(storage.value("ParticipantRegistry", "_accountAt", number))
    word = AccountWord(storage.value("ParticipantRegistry", "_accounts", bytes.fromhex(account[2:])))
    return AccountStanding(
        account=account,
        participant=ParticipantId(word.participant),
        retired_at=word.retired_at,
        compromised_from=word.compromised_from,
    )


def _sources(storage: Storage, subject: bytes, day: int) -> tuple[SourceEvidence, ...]:
    named = sources_in(storage.value("FeatureRegistry", "_sources", subject, day))
    return tuple(_source(storage, subject, day, source) for source in named)


def _source(storage: Storage, subject: bytes, day: int, source: int) -> SourceEvidence:
    def entry(*path: str | int) -> int:
        return storage.value("FeatureRegistry", "_entries", subject, day, source, *path)

    count = entry("evidenceCount")
    if count > MOST_EVIDENCE:
        raise ValueError(f"{count} batches of evidence")
    batches = [_word(entry("evidence", position)) for position in range(count)]
    return SourceEvidence(
        source=ParticipantId(source),
        committed_block=entry("committedBlock"),
        by=_standing(storage, entry("account")),
        voided_before=entry("voidedBefore"),
        voided_now=sum(storage.value("InvoiceRegistry", "_voided", batch) for batch in batches),
    )


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address(number: int) -> Address:
    return checksum_address(number.to_bytes(20, "big"))
