"""CertificateRegistry: issue, and what becomes of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import (
    AS_OF,
    anchor_batches,
    digest,
    features_of,
    final_model,
    record_agreements,
    subject_key,
)
from trustspace.crypto.signing import compact
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.ids import SubjectId
from trustspace.encoding.certificate_words import certificate_struct

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.adapters.chain.sender import Request
    from trustspace.domain.ids import AgreementId, CertificateId, ModelId
    from trustspace.testing.actors import Actor, Actors
    from trustspace.testing.kit import SpaceKit

MONTH = 30 * 86_400
TARGET, TARGET_EACH = 60_000, 6_000  # and so much for each endorsement
QUORUM, MOST = 2, 4


class Issuer:
    """Makes certificates of one model for the banks' subjects."""

    def __init__(self, kit: SpaceKit, model: ModelId, agreements: list[AgreementId]) -> None:
        """One certificate or more for each agreement."""
        self.kit = kit
        self.model = model
        self.agreements = agreements
        self._now = kit.now()

    def certificate(self, subject: int, *, months: int = 3) -> Certificate:
        """Of subject number `subject`; other months make another certificate."""
        return Certificate(
            agreement=self.agreements[subject],
            model=self.model,
            as_of_day=AS_OF,
            grade=Grade.B,
            valid_from=self._now,
            not_after=self._now + months * MONTH,
        )

    def endorsements(self, certificate: Certificate, first: int, end: int) -> list[bytes]:
        """Signatures of banks `first` to `end` - 1."""
        banks = self.kit.actors.banks[first:end]
        return [bank.key.sign_message(bank.certificates.message(certificate)) for bank in banks]

    def issue(self, subject: int, *, months: int) -> CertificateId:
        """A certificate with two endorsements."""
        certificate = self.certificate(subject, months=months)
        return self.kit.actors.outsider.certificates.issue(certificate, self.endorsements(certificate, 0, QUORUM)).value


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write, for subjects with features, after a certificate of the same model was issued."""
    actors = kit.actors
    agreements = record_agreements(kit, actors.banks[0], max(*meter.sizes, MOST))
    (batch,) = anchor_batches(actors.sources[0], 1)
    actors.sources[0].features.commit(features_of(SubjectId(subject_key(0).address), batch))
    issuer = Issuer(kit, final_model(actors, "certified"), agreements)
    issuer.issue(0, months=1)
    _issue(issuer, meter)
    _lives(issuer, meter)
    _many(kit, meter, issuer)
    set_policy = actors.regulator.certificates.set_policy
    meter.note("certificate_policy", set_policy(QUORUM, 12 * MONTH), state="quorum as before")


def _issue(issuer: Issuer, meter: Meter) -> None:
    """By an endorser that sends, as banks do, and relayed by somebody else on signatures alone."""
    actors = issuer.kit.actors
    for count in range(QUORUM, MOST + 1):
        target = TARGET + TARGET_EACH * count
        suffix = "" if count == QUORUM else f"_{count}"
        state = f"{count} endorsements, model known"
        certificate = issuer.certificate(0, months=1 + count)
        sent = actors.banks[0].certificates.issue(certificate, issuer.endorsements(certificate, 0, count))
        meter.note(f"certificate_issue{suffix}", sent, state=state, target=target)
        certificate = issuer.certificate(1, months=1 + count)
        relayed = actors.outsider.certificates.issue(certificate, issuer.endorsements(certificate, 0, count))
        meter.note(f"certificate_issue_relayed{suffix}", relayed, state=state, target=target)


def _lives(issuer: Issuer, meter: Meter) -> None:
    actors: Actors = issuer.kit.actors
    bank = actors.banks[1].certificates
    revoked, annulled, held, old, new = (issuer.issue(2, months=months) for months in range(1, 6))
    meter.note("certificate_revoke", bank.revoke(revoked, digest("reason")), state="active")
    annul = actors.regulator.certificates.annul
    meter.note("certificate_annul", annul(annulled, digest("reason")), state="active")
    meter.note("certificate_suspend", bank.suspend(held), state="active")
    meter.note("certificate_resume", bank.resume(held), state="suspended")
    meter.note("certificate_replace", bank.replace(old, new), state="active")


def _many(kit: SpaceKit, meter: Meter, issuer: Issuer) -> None:
    items = [issuer.certificate(index, months=8) for index in range(max(meter.sizes))]
    endorsed = [[compact(one) for one in issuer.endorsements(item, 0, QUORUM)] for item in items]
    gas = meter.block_gas

    def outsider() -> Actor:
        return kit.actors.outsider

    def issuing(count: int) -> Request:
        rows = [certificate_struct(item) for item in items[:count]]
        return outsider().certificates.request("issueMany", rows, endorsed[:count], gas=gas)

    meter.batch("certificate_issue_many", "certificate", outsider, issuing)
