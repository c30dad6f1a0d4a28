"""Two banks score every firm, each for itself; where they agree, the certificate is issued."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.services.certification import DEFAULT_VALIDITY, Certifier, RegisteredModel, propose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustspace.apps.demo.admission import Consents
    from trustspace.apps.demo.aggregation import OpenedFeatures
    from trustspace.apps.demo.cast import Cast, Member
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.agreements import AgreementRecord
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import CertificateId

CERTIFICATES_PER_CALL = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Certificate of each firm."""

    ids: Mapping[str, CertificateId]
    by_grade: Mapping[str, int]


class CertificateDesk:
    """Proposes and endorses certificates for the firms of one world."""

    def __init__(self, stage: Stage, cast: Cast, world: World, consents: Consents, features: OpenedFeatures) -> None:
        self.stage, self.cast, self.world, self.consents, self.features = stage, cast, world, consents, features

    def banks_of(self, name: str) -> tuple[Member, Member]:
        """The bank that lends to a firm and the bank that checks its grade."""
        lead = self.world.bank_of(name)
        return self.cast.banks[lead], self.cast.banks[self.cast.second_bank(lead)]

    def certifier(self, bank: Member) -> Certifier:
        """A bank's signature."""
        deployment = self.stage.deployment
        return Certifier(bank.key, chain_id=deployment.chain_id, registry=deployment.address("CertificateRegistry"))

    def propose(
        self, name: str, scorecard: RegisteredModel, *, valid_from: int, validity: int = DEFAULT_VALIDITY
    ) -> Certificate:
        """The certificate that the lending bank asks for."""
        lead, _ = self.banks_of(name)
        return propose(
            scorecard,
            self.features.lead_totals[name],
            agreement=self.agreement(lead, name),
            valid_from=valid_from,
            validity=validity,
        )

    def endorsed(
        self, name: str, scorecard: RegisteredModel, *, valid_from: int, validity: int = DEFAULT_VALIDITY
    ) -> tuple[Certificate, list[bytes]]:
        """A certificate with the signatures of both banks, each over the features it opened itself."""
        certificate = self.propose(name, scorecard, valid_from=valid_from, validity=validity)
        lead, second = self.banks_of(name)
        return certificate, [self.endorse(name, certificate, scorecard, by=bank) for bank in (lead, second)]

    def endorse(
        self,
        name: str,
        certificate: Certificate,
        scorecard: RegisteredModel,
        *,
        by: Member,
        certifier: Certifier | None = None,
    ) -> bytes:
        """A bank's signature over the total it opened and the agreement it reads itself."""
        totals = self.features.lead_totals if by is self.banks_of(name)[0] else self.features.second_totals
        signing = self.certifier(by) if certifier is None else certifier
        return signing.endorse(certificate, scorecard, totals[name], agreement=self.agreement(by, name))

    def agreement(self, bank: Member, name: str) -> AgreementRecord:
        """The lending bank's agreement with a firm, as a bank reads it on the chain."""
        return self.stage.as_(bank.key).agreements.get(self.consents.lead[name])

    def issue_all(self, scorecard: RegisteredModel, advance: Callable[[int], None]) -> Issued:
        """A certificate for every firm, sent by its lending bank in batches."""
        now = self.stage.now()
        ids: dict[str, CertificateId] = {}
        grades: Counter[str] = Counter()
        for index, bank in enumerate(self.cast.banks):
            names = [name for name in self.cast.firms if self.world.bank_of(name) == index]
            for start in range(0, len(names), CERTIFICATES_PER_CALL):
                chunk = names[start : start + CERTIFICATES_PER_CALL]
                items = [self.endorsed(name, scorecard, valid_from=now) for name in chunk]
                ids.update(zip(chunk, self.stage.as_(bank.key).certificates.issue_many(items).value, strict=True))
                grades.update(certificate.grade.name for certificate, _ in items)
                advance(len(chunk))
        return Issued(ids=ids, by_grade=dict(sorted(grades.items())))
