from datetime import date

import pytest

from trustspace.domain.fingerprints import DocumentType, EpochFingerprints, FingerprintQuery, InvoiceFacts
from trustspace.domain.ids import AgreementId, SubjectId
from trustspace.domain.liens import Exposure, InvoiceStanding
from trustspace.errors import ConsentMissing
from trustspace.services.lien_check import LienView, prints_of

QUERY = FingerprintQuery(
    seller=SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    agreement=AgreementId(bytes(32)),
    invoices=tuple(
        InvoiceFacts(
            seller="91350100M000100Y43",
            buyer="91110000600037341L",
            document=DocumentType.INVOICE,
            number=number,
            issue_date=date(2026, 3, 4),
            total_minor=33300,
            currency="CNY",
        )
        for number in ("1", "2")
    ),
)


class Oracle:
    """Answers with one epoch for each invoice, or as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def fingerprints(self, query: FingerprintQuery) -> tuple[tuple[EpochFingerprints, ...], ...]:
        if self.error:
            raise self.error
        return tuple(
            (EpochFingerprints(epoch=1, strict=bytes([at]) * 32, parties=bytes([at + 8]) * 32, digits=None),)
            for at, _ in enumerate(query.invoices, 1)
        )


class Ledger:
    """One pledged invoice: the one with strict fingerprint 02…"""

    def exposures(self, fingerprints):
        return tuple(
            Exposure(
                family=item if item[0] == 2 else None,
                reserved_bps=0,
                financed_bps=8000 if item[0] == 2 else 0,
                live=int(item[0] == 2),
                disputed=False,
                invoice_status=frozenset(),
            )
            for item in fingerprints
        )

    def liens(self, references):
        assert not references
        return ()

    def hinted(self, *, parties=None, digits=None):
        assert (parties is None) != (digits is None)
        return ()

    def invoice_statuses(self, *_):
        raise AssertionError("nothing says where these are anchored")


def test_ask__invoices__answered_in_order_by_their_numbers() -> None:
    one, two = LienView(Ledger()).ask(QUERY, Oracle())
    assert (one.label, one.standing) == ("1", InvoiceStanding.FREE)
    assert (two.label, two.standing, two.financed_bps) == ("2", InvoiceStanding.FINANCED, 8000)


def test_ask__keyholders_refuse__nothing_is_asked_of_the_chain() -> None:
    with pytest.raises(ConsentMissing):
        LienView(None).ask(QUERY, Oracle(ConsentMissing("no agreement")))


def test_prints_of__each_invoice__labelled_with_its_number() -> None:
    prints = prints_of(QUERY, Oracle())
    assert [item.label for item in prints] == ["1", "2"]
    assert [item.epochs[0].strict[0] for item in prints] == [1, 2]
