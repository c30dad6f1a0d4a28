"""Issuing through the SDK: by an endorser that sends, and relayed by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustspace.domain.certificates import Reason
from trustspace.errors import ContractRefused

if TYPE_CHECKING:
    from tests.integration.apps.office import Office


@pytest.mark.parametrize("sender", [0, 1], ids=["lending bank", "checking bank"])
def test_issue__sender_is_an_endorser__both_stand_in_the_record(desk: Office, sender: int) -> None:
    banks = desk.kit.actors.banks
    certificate, endorsements = desk.certificate(0)
    issued = banks[sender].certificates.issue(certificate, endorsements).value
    record = banks[0].certificates.get(issued)
    assert banks[0].certificates.verify(issued).reason is Reason.OK
    assert set(record.endorsers) == {banks[0].address, banks[1].address}
    assert record.content == certificate


def test_issue__relayed_by_an_outsider__same_id_more_gas(desk: Office) -> None:
    actors = desk.kit.actors
    certificate, endorsements = desk.certificate(0)
    relayed = actors.outsider.certificates.issue(certificate, endorsements)
    assert relayed.value == actors.outsider.certificates.id_of(certificate)
    other, endorsements = desk.certificate(1)
    sent = actors.banks[0].certificates.issue(other, endorsements)
    assert sent.receipt.gas_used + 4_000 < relayed.receipt.gas_used


def test_issue__endorser_sends_alone__too_few(desk: Office) -> None:
    certificate, endorsements = desk.certificate(0)
    with pytest.raises(ContractRefused) as refused:
        desk.kit.actors.banks[0].certificates.issue(certificate, endorsements[:1])
    assert (refused.value.error, refused.value.arguments) == ("TooFewEndorsements", {"given": 1, "quorum": 2})


def test_issued_to__one_of_two_firms__lists_only_its_certificates(desk: Office) -> None:
    actors = desk.kit.actors
    first = actors.banks[0].certificates.issue(*desk.certificate(0)).value
    second = actors.outsider.certificates.issue(*desk.certificate(1)).value
    registry = actors.outsider.certificates
    assert registry.issued_to(actors.subjects[0].subject) == (first,)
    assert registry.issued_to(actors.subjects[1].subject) == (second,)
    assert registry.issued_to(actors.subjects[2].subject) == ()
