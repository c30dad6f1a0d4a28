"""A source goes out for one set of sources per subject and day."""

import pytest

from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId
from trustspace.errors import SourcesChanged
from trustspace.services.deliveries import DeliveryBook

FIRM = SubjectId("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
DAY = AsOfDay(20_000)
THREE = {ParticipantId(i): bytes([i]) * 32 for i in (1, 2, 3)}


@pytest.fixture
def book() -> DeliveryBook:
    book = DeliveryBook()
    book.claim(FIRM, DAY, THREE, party=1)
    return book


def test_claim__same_set_in_another_order__no_op(book: DeliveryBook) -> None:
    book.claim(FIRM, DAY, dict(reversed(THREE.items())))
    assert len(book.seen) == 1


def test_claim__other_subject_or_day__a_set_of_its_own(book: DeliveryBook) -> None:
    wider = THREE | {ParticipantId(4): b"4" * 32}
    book.claim(SubjectId("0x" + "11" * 20), DAY, wider)
    book.claim(FIRM, AsOfDay(DAY + 1), wider)
    assert len(book.seen) == 3


@pytest.mark.parametrize(
    "commitments",
    [
        THREE | {ParticipantId(4): b"4" * 32},
        THREE | {ParticipantId(2): b"x" * 32},
        {source: THREE[source] for source in (ParticipantId(1), ParticipantId(2))},
    ],
)
@pytest.mark.parametrize("subject", [FIRM, SubjectId(FIRM.lower())])
def test_claim__second_set__refused_however_the_address_is_written(
    book: DeliveryBook, subject: SubjectId, commitments: dict[ParticipantId, bytes]
) -> None:
    with pytest.raises(SourcesChanged, match="party 1: delivered before for other sources"):
        book.claim(subject, DAY, commitments, party=1)
    book.claim(FIRM, DAY, THREE)
