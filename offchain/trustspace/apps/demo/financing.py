"""An invoice is pledged, refused at a second bank, noticed in an altered copy, repaid, and free again.

The keyholders run in this process here; their seeds come from the same ceremony as anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trustspace.adapters.chain.fingerprint_ledger import ChainFingerprintLedger, ChainKeyholderLedger
from trustspace.adapters.keyholders.seed_files import SeedFiles
from trustspace.adapters.keyholders.seed_shelf import SeedShelf
from trustspace.adapters.keyholders.setup import advance
from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook
from trustspace.adapters.store.lien_book import SqliteLienBook
from trustspace.apps.demo.admission import sign
from trustspace.apps.demo.cast import new_key
from trustspace.domain.agreements import Purpose
from trustspace.domain.fingerprints import FingerprintQuery
from trustspace.domain.invoices import Direction
from trustspace.domain.liens import InvoicePrints, InvoiceStanding, LienWarning, Refusal
from trustspace.domain.participants import Role
from trustspace.encoding.fingerprints import facts_of
from trustspace.encoding.hashing import keccak
from trustspace.errors import ProtocolError
from trustspace.services.fingerprint_client import FingerprintClient
from trustspace.services.keyholder import Keyholder
from trustspace.services.lien_check import prints_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import ExitStack

    from trustspace.apps.demo.cast import Cast, Firm, Member
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.fingerprints import EvaluationRequest, InvoiceFacts, SignedAnswer
    from trustspace.domain.ids import ParticipantId
    from trustspace.domain.liens import InvoiceCheck
    from trustspace.ports import Randomness
    from trustspace.services.lien_desk import LienDesk

KEYHOLDERS, THRESHOLD = 5, 3
ROUNDS = 3  # hello, offer, seeds
QUOTA = 100
SHARE = 8_000


@dataclass(frozen=True, slots=True)
class StageClock:
    """The chain's time: the demo lets it run ahead."""

    stage: Stage

    def now(self) -> int:
        """UTC seconds of the latest block."""
        return self.stage.now()


@dataclass(frozen=True, slots=True)
class Peer:
    """`ports.KeyholderPeer` without a network: a keyholder as one bank reaches it."""

    participant: ParticipantId
    keyholder: Keyholder
    bank: ParticipantId

    def evaluate(self, request: EvaluationRequest) -> SignedAnswer:
        """Its answer."""
        return self.keyholder.evaluate(request, self.bank)


class FingerprintService:
    """Five keyholders with an open epoch."""

    def __init__(self, stage: Stage, cast: Cast, randomness: Randomness, stack: ExitStack) -> None:
        """Admit them, hold the ceremony, open the epoch."""
        self._stage, self._randomness, self._stack = stage, randomness, stack
        regulator, keys = stage.as_(cast.regulator), [new_key(randomness) for _ in range(KEYHOLDERS)]
        self._ids = [
            regulator.participants.admit(key.address, Role.KEYHOLDER, keccak(b"keyholder %d" % number)).value
            for number, key in enumerate(keys, 1)
        ]
        self.epoch = regulator.fingerprint_keys.propose_epoch(self._ids, THRESHOLD).value
        folders = [stage.folder / "keyholders" / str(number) for number in range(1, KEYHOLDERS + 1)]
        # 128 random bits need no stretching
        files = [SeedFiles(folder, randomness.bytes(16).hex(), cost=2) for folder in folders]
        shared = stage.folder / "keyholders" / "exchange"
        for _ in range(ROUNDS):
            for key, own in zip(keys, files, strict=True):
                space = stage.as_(key)
                advance(self.epoch, space.fingerprint_keys, space.participants, own, shared)
        self._keyholders = []
        for key, folder, own in zip(keys, folders, files, strict=True):
            space, book = stage.as_(key), SqliteEvaluationBook(folder / "log.sqlite")
            stack.callback(book.close)
            shelf = SeedShelf(own, space.fingerprint_keys, space.participants)
            ledger = ChainKeyholderLedger(space.client)
            self._keyholders.append(Keyholder(key, ledger, book, StageClock(stage), shelf, quota=QUOTA))

    def client(self, bank: Member) -> FingerprintClient:
        """A bank's client."""
        space = self._stage.as_(bank.key)
        peers = [Peer(own, keyholder, bank.id) for own, keyholder in zip(self._ids, self._keyholders, strict=True)]
        if space.sender is None:
            raise ProtocolError("the bank cannot sign", where="demo", remedy="report this as a defect")
        client = FingerprintClient(ChainFingerprintLedger(space.client, space.sender), peers, StageClock(self._stage))
        self._stack.callback(client.close)
        return client


class PledgingBank:
    """A bank with a firm's consent, a way to fingerprints and a desk for liens."""

    def __init__(
        self, service: FingerprintService, stage: Stage, bank: Member, firm: Firm, randomness: Randomness,
        stack: ExitStack,
    ) -> None:  # fmt: skip
        """Both sign an agreement first."""
        space = stage.as_(bank.key)
        signed = sign(stage, firm, bank, Purpose.FINGERPRINT | Purpose.FINANCING, stage.now(), randomness)
        self._agreement = space.agreements.record(signed).value
        self._firm, self._client = firm, service.client(bank)
        book = SqliteLienBook(stage.folder / f"liens-{bank.id}.sqlite")
        stack.callback(book.close)
        self.desk: LienDesk = space.lien_desk(book)

    def prints(self, facts: InvoiceFacts) -> InvoicePrints:
        """Fingerprints of one invoice, which nobody sees."""
        query = FingerprintQuery(seller=self._firm.pseudonym, agreement=self._agreement, invoices=(facts,))
        return prints_of(query, self._client)[0]

    def check(self, facts: InvoiceFacts) -> InvoiceCheck:
        """What is claimed of it."""
        return self.desk.check([self.prints(facts)])[0]

    def reserve(self, facts: InvoiceFacts) -> Refusal:
        """Pledge a share of it."""
        return self.desk.reserve([(self.prints(facts), SHARE)])[facts.number]


def play_liens(
    stage: Stage, cast: Cast, world: World, randomness: Randomness, stack: ExitStack, tell: Callable[[str, str], None]
) -> None:
    """Tell each step and how it turned out. Raises ProtocolError when one turns out otherwise than it must."""
    firm, facts = _some_invoice(cast, world)
    service = FingerprintService(stage, cast, randomness, stack)
    lender = world.bank_of(firm.name)
    members: Sequence[Member] = (cast.banks[lender], cast.banks[cast.second_bank(lender)])
    first, second = (PledgingBank(service, stage, bank, firm, randomness, stack) for bank in members)
    copy = replace(facts, number=facts.number + "A")

    def require(title: str, found: InvoiceStanding | Refusal, wanted: InvoiceStanding | Refusal) -> None:
        tell(title, "done" if found is Refusal.NONE else found.name.lower().replace("_", " "))
        if found is not wanted:
            raise ProtocolError(f"{title}: {found.name}, not {wanted.name}", where="demo")

    require("a bank asks about an invoice", first.check(facts).standing, InvoiceStanding.FREE)
    require("reserves it, among nine pledges of nothing", first.reserve(facts), Refusal.NONE)
    stage.mine(stage.reader.lien_registry.commit_window())
    require("finances it", first.desk.finance([facts.number])[facts.number], Refusal.NONE)
    require("another bank asks", second.check(facts).standing, InvoiceStanding.FINANCED)
    require("and tries to pledge it a second time", second.reserve(facts), Refusal.SHARE_TAKEN)
    altered = second.check(copy)
    if altered.warnings != {LienWarning.ALTERED_COPY}:
        raise ProtocolError("the altered copy was not noticed", where="demo", remedy="report this as a defect")
    require("it is shown a copy with an altered number", altered.standing, InvoiceStanding.WARNED)
    require("the loan is repaid", first.desk.release([facts.number])[facts.number], Refusal.NONE)
    require("the invoice is free again", second.check(facts).standing, InvoiceStanding.FREE)


def _some_invoice(cast: Cast, world: World) -> tuple[Firm, InvoiceFacts]:
    """A sale of one of the firms."""
    for book in world.books:
        for subject, records in book.items():
            for record in records:
                is_sale = record.direction is Direction.SALE and record.invoice.total_fen > 0
                if is_sale and subject in cast.firms and any(sign.isdecimal() for sign in record.invoice.number):
                    return cast.firms[subject], facts_of(record.invoice)
    raise ProtocolError("no firm sold anything", where="demo", remedy="bring exports with sales")
