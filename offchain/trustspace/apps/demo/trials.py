"""What must fail is tried and fails, each with its reason. Every scenario starts from a certificate that holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trustspace.adapters.chain.consent_reader import ChainConsentReader
from trustspace.apps.demo.cast import new_key
from trustspace.domain.batches import InvoiceStatus
from trustspace.domain.certificates import Grade
from trustspace.domain.ids import CertificateId
from trustspace.encoding.hashing import keccak
from trustspace.errors import ContractRefused, ProtocolError
from trustspace.services.certification import Certifier
from trustspace.services.consent import feature_requests, granted_aggregations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustspace.apps.demo.admission import Consents
    from trustspace.apps.demo.anchoring import Anchored
    from trustspace.apps.demo.certifying import CertificateDesk, Issued
    from trustspace.apps.space import Space
    from trustspace.domain.certificates import Certificate
    from trustspace.ports import Randomness
    from trustspace.services.certification import RegisteredModel

# How every scenario must end.
EXPECTED = {
    "valid": "Ok",
    "unknown": "Unknown",
    "forged_grade": "UnknownAccount",
    "dissenting_certifier": "CommitmentMismatch",
    "outsider": "UnknownAccount",
    "no_consent": "ConsentMissing",
    "single_endorsement": "TooFewEndorsements",
    "issued_twice": "CertificateAlreadyIssued",
    "agreement_replay": "AgreementAlreadyRecorded",
    "guardian_overreach": "AccessManagedUnauthorized",
    "revoked": "Revoked",
    "suspended": "Suspended",
    "expired": "Expired",
    "terminated_agreement": "AgreementTerminated",
    "voided_invoice": "CollateralVoided",
    "compromised_key": "IssuerKeyCompromised",
    "withdrawn_model": "ModelWithdrawn",
    "paused": "Paused",
}
REASON_HASH = keccak(b"shown in the demo")
HOUR = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """All that the scenarios need. `scorecard` is the model in use, `pilot` one that will be withdrawn."""

    desk: CertificateDesk
    issued: Issued
    consents: Consents
    anchored: Anchored
    scorecard: RegisteredModel
    pilot: RegisteredModel
    randomness: Randomness

    def play(self, tell: Callable[[str, str, str], None]) -> None:
        """Play every scenario; `tell(key, title, reason)` hears how each ended."""
        firms = iter(sorted(self.issued.ids))
        tell("valid", "a certificate as issued", self._reason(self.issued.ids[next(firms)]))
        tell("unknown", "an id nobody issued", self._reason(CertificateId(keccak(b"nobody"))))
        self._refusals(firms, tell)
        for key, title, scenario in (
            ("revoked", "an endorser revokes it", self.revoked),
            ("suspended", "an endorser suspends it", self.suspended),
            ("expired", "its time is over", self.expired),
            ("terminated_agreement", "the firm terminates its agreement", self.terminated),
            ("voided_invoice", "a source voids an invoice behind it", self.voided),
            ("compromised_key", "an endorser's key is reported stolen", self.compromised),
            ("withdrawn_model", "the regulator withdraws the model", self.withdrawn),
            ("paused", "the guardian pauses the registry", self.paused),
        ):
            tell(key, title, scenario(next(firms)))

    def _refusals(self, firms: Iterator[str], tell: Callable[[str, str, str], None]) -> None:
        for key, title, attempt in (
            ("forged_grade", "grade raised after the signatures", self.forged),
            ("dissenting_certifier", "second bank asked to sign another grade", self.dissent),
            ("outsider", "signed by accounts nobody admitted", self.outsider),
            ("no_consent", "another bank asks for a firm's features", self.without_consent),
            ("single_endorsement", "one signature where two are due", self.single),
            ("issued_twice", "a certificate issued again", self.twice),
            ("agreement_replay", "an agreement recorded again", self.replayed_agreement),
            ("guardian_overreach", "the guardian annuls a certificate", self.overreach),
        ):
            name = next(firms)
            try:
                attempt(name)
            except ContractRefused as error:
                tell(key, title, error.error)
            except ProtocolError as error:
                tell(key, title, type(error).__name__)
            else:
                tell(key, title, "ACCEPTED")

    @staticmethod
    def require_expected(found: Mapping[str, str]) -> None:
        """Raise ProtocolError naming a scenario that ended otherwise than it must."""
        for key, expected in EXPECTED.items():
            if found.get(key) != expected:
                raise ProtocolError(
                    f"scenario {key} ended with {found.get(key)}, not {expected}",
                    where="demo",
                    remedy="report a defect",
                )

    # --- refused at once ---------------------------------------------------------------------------------------

    def forged(self, name: str) -> None:
        """The grade is changed under both banks' signatures."""
        certificate, endorsements = self._fresh(name)
        better = Grade.A if certificate.grade is not Grade.A else Grade.B
        self._bank(name).certificates.issue(replace(certificate, grade=better), endorsements)

    def dissent(self, name: str) -> None:
        """The lending bank proposes a grade that the features do not give."""
        certificate, _ = self._fresh(name)
        other = Grade.A if certificate.grade is not Grade.A else Grade.B
        _, second = self.desk.banks_of(name)
        self.desk.endorse(name, replace(certificate, grade=other), self.scorecard, by=second)

    def outsider(self, name: str) -> None:
        """Two accounts that belong to no participant sign and send."""
        certificate, _ = self._fresh(name)
        registry = self.desk.stage.as_(self.desk.cast.outsider).certificates
        message = registry.message(certificate)
        keys = (self.desk.cast.outsider, new_key(self.randomness))
        registry.issue(certificate, [key.sign_message(message) for key in keys])

    def without_consent(self, name: str) -> None:
        """A bank that the firm signed nothing with asks the sources, under the lending bank's agreement."""
        lead, second = self.desk.banks_of(name)
        stranger = next(bank for bank in self.desk.cast.banks if bank not in (lead, second))
        wanted = (self.desk.cast.firms[name].pseudonym, self.desk.world.as_of, self.consents.lead[name])
        source = self.desk.stage.as_(self.desk.cast.sources[0].key)
        ledger = ChainConsentReader(source.agreements, source.features, source.participants)
        granted_aggregations(ledger, feature_requests(ledger, stranger.id, [wanted]))

    def single(self, name: str) -> None:
        """The second signature is missing."""
        certificate, endorsements = self._fresh(name)
        self._bank(name).certificates.issue(certificate, endorsements[:1])

    def twice(self, name: str) -> None:
        """The same certificate again, by somebody else."""
        certificate, endorsements = self._fresh(name)
        self._bank(name).certificates.issue(certificate, endorsements)
        self.desk.stage.as_(self.desk.cast.outsider).certificates.issue(certificate, endorsements)

    def replayed_agreement(self, name: str) -> None:
        """A recorded agreement is sent once more, by somebody else."""
        del name
        self.desk.stage.as_(self.desk.cast.outsider).agreements.record(self.consents.example)

    def overreach(self, name: str) -> None:
        """The guardian may pause, nothing else."""
        self.desk.stage.as_(self.desk.cast.guardian).certificates.annul(self.issued.ids[name], REASON_HASH)

    # --- valid first, then not ---------------------------------------------------------------------------------

    def revoked(self, name: str) -> str:
        """An endorser takes it back."""
        self._bank(name).certificates.revoke(self.issued.ids[name], REASON_HASH)
        return self._reason(self.issued.ids[name])

    def suspended(self, name: str) -> str:
        """An endorser suspends it, and resumes it afterwards."""
        self._bank(name).certificates.suspend(self.issued.ids[name])
        reason = self._reason(self.issued.ids[name])
        self._bank(name).certificates.resume(self.issued.ids[name])
        return reason

    def expired(self, name: str) -> str:
        """An hour's validity, and an hour passes."""
        certificate, endorsements = self._fresh(name, validity=HOUR)
        issued = self._bank(name).certificates.issue(certificate, endorsements).value
        self._require_ok(issued)
        self.desk.stage.pass_time(HOUR + 1)
        return self._reason(issued)

    def terminated(self, name: str) -> str:
        """The firm signs the end of its agreement; its bank only carries the message."""
        agreement = self.consents.lead[name]
        agreements = self._bank(name).agreements
        signature = self.desk.cast.firms[name].key.sign_message(agreements.termination_message(agreement))
        agreements.terminate_with_signature(agreement, signature)
        return self._reason(self.issued.ids[name])

    def voided(self, name: str) -> str:
        """One invoice of the batches behind the features is voided by its source."""
        index = next(i for i, batches in enumerate(self.anchored.batches) if name in batches)
        source = self.desk.stage.as_(self.desk.cast.sources[index].key)
        source.invoices.set_status(self.anchored.batches[index][name], 0, InvoiceStatus.VOIDED)
        return self._reason(self.issued.ids[name])

    def compromised(self, name: str) -> str:
        """A bank endorses with a further account, which is then reported stolen."""
        lead, second = self.desk.banks_of(name)
        space, extra = self.desk.stage.as_(lead.key), new_key(self.randomness)
        consent = extra.sign_message(space.participants.consent_message(lead.id, extra.address))
        space.participants.add_account(extra.address, consent)
        certificate, _ = self._fresh(name)
        deployment = self.desk.stage.deployment
        registry = deployment.address("CertificateRegistry")
        stolen = Certifier(extra, chain_id=deployment.chain_id, registry=registry)
        written = space.certificates.issue(
            certificate,
            [
                self.desk.endorse(name, certificate, self.scorecard, by=lead, certifier=stolen),
                self.desk.endorse(name, certificate, self.scorecard, by=second),
            ],
        )
        self._require_ok(written.value)
        space.participants.report_compromise(extra.address, written.receipt.block)
        return self._reason(written.value)

    def withdrawn(self, name: str) -> str:
        """A certificate by the pilot model, which the regulator then withdraws."""
        now = self.desk.stage.now()
        certificate, endorsements = self.desk.endorsed(name, self.pilot, valid_from=now)
        issued = self._bank(name).certificates.issue(certificate, endorsements).value
        self._require_ok(issued)
        regulator = self.desk.stage.as_(self.desk.cast.regulator)
        regulator.models.withdraw_model(self.pilot.record.model, REASON_HASH)
        return self._reason(issued)

    def paused(self, name: str) -> str:
        """The guardian pauses; the regulator lets it go on."""
        self.desk.stage.as_(self.desk.cast.guardian).certificates.pause()
        reason = self._reason(self.issued.ids[name])
        self.desk.stage.as_(self.desk.cast.regulator).certificates.unpause()
        return reason

    # --- helpers -----------------------------------------------------------------------------------------------

    def _fresh(self, name: str, validity: int = 90 * 86_400) -> tuple[Certificate, list[bytes]]:
        return self.desk.endorsed(name, self.scorecard, valid_from=self.desk.stage.now(), validity=validity)

    def _bank(self, name: str) -> Space:
        return self.desk.stage.as_(self.desk.banks_of(name)[0].key)

    def _reason(self, certificate: CertificateId) -> str:
        return self.desk.stage.reader.verify(certificate).reason.label

    def _require_ok(self, certificate: CertificateId) -> None:
        reason = self._reason(certificate)
        if reason != "Ok":
            raise ProtocolError(f"a certificate that should hold answers {reason}", where="demo")
