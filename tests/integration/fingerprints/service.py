"""Five keyholders behind mutual TLS around one chain, their seeds from a real ceremony, and banks that ask them."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from trustspace.adapters.chain.fingerprint_ledger import ChainFingerprintLedger, ChainKeyholderLedger
from trustspace.adapters.keyholders.peer import HttpKeyholder
from trustspace.adapters.keyholders.seed_files import SeedFiles
from trustspace.adapters.keyholders.server import KeyholderServer
from trustspace.adapters.keyholders.setup import advance
from trustspace.adapters.keyholders.tls import Identity, client_context, make_certificate, pin_of, server_context
from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook
from trustspace.domain.agreements import AgreementTerms, Purpose, SignedAgreement
from trustspace.domain.fingerprints import DocumentType, FingerprintQuery, InvoiceFacts
from trustspace.encoding.hashing import keccak
from trustspace.services.fingerprint_client import FingerprintClient, Trouble
from trustspace.services.keyholder import DAY, EpochSeeds, Keyholder

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.domain.ids import AgreementId
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

PASSWORD = "correct horse"
QUOTA = 600


@dataclass
class ChainClock:
    """The chain's time: tests move it."""

    kit: SpaceKit

    def now(self) -> int:
        return self.kit.now()


@dataclass
class Node:
    """A running keyholder."""

    actor: Actor
    files: SeedFiles
    book: SqliteEvaluationBook
    identity: Identity
    seeds: dict[int, EpochSeeds] = field(default_factory=dict)
    keyholder: Keyholder | None = None
    server: KeyholderServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"https://127.0.0.1:{self.server.port}"

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


class Service:
    """The keyholders of a space, in threads of this process."""

    def __init__(self, kit: SpaceKit, folder: Path) -> None:
        self.kit = kit
        self.folder = folder
        self.banks = {
            bank: make_certificate(folder, bank.name.replace(" ", "-"), ["127.0.0.1"], PASSWORD)
            for bank in kit.actors.banks[:2]
        }
        self.nodes = [self._node(actor) for actor in kit.actors.keyholders]

    def _node(self, actor: Actor) -> Node:
        name = actor.name.replace(" ", "-")
        state = self.folder / name
        files = SeedFiles(state, PASSWORD, cost=2)
        book = SqliteEvaluationBook(state / "log.sqlite")
        identity = make_certificate(self.folder, name, ["127.0.0.1"], PASSWORD)
        return Node(actor=actor, files=files, book=book, identity=identity)

    def open_epoch(self, threshold: int = 3) -> int:
        """Propose, hold the ceremony, open, load the seeds."""
        actors = self.kit.actors
        holders = [node.actor.participant for node in self.nodes]
        epoch = actors.regulator.fingerprint_keys.propose_epoch(holders, threshold).value
        for _ in range(3):
            for node in self.nodes:
                keys, participants = node.actor.fingerprint_keys, node.actor.participants
                advance(epoch, keys, participants, node.files, self.folder / "shared")
        record = actors.outsider.fingerprint_keys.epoch(epoch)
        for number, node in enumerate(self.nodes, 1):
            node.seeds[epoch] = node.files.seeds(record, number)
        return epoch

    def start(self, *, quota: int = QUOTA) -> None:
        for node in self.nodes:
            self.start_one(node, quota=quota)

    def start_one(self, node: Node, *, quota: int = QUOTA) -> None:
        """Listen on a free port."""
        ledger = ChainKeyholderLedger(node.actor.client)
        node.keyholder = Keyholder(node.actor.key, ledger, node.book, ChainClock(self.kit), node.seeds, quota=quota)
        certificates = [identity.certificate for identity in self.banks.values()]
        pins = {pin_of(identity.certificate): bank.participant for bank, identity in self.banks.items()}
        context = server_context(node.identity, certificates)
        node.server = KeyholderServer(("127.0.0.1", 0), context, node.keyholder, pins, idle=5)
        threading.Thread(target=node.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
            node.book.close()

    def peer(self, bank: Actor, node: Node, *, identity: Identity | None = None) -> HttpKeyholder:
        context = client_context(identity or self.banks[bank], node.identity.certificate)
        deployment = self.kit.deployment
        return HttpKeyholder(
            node.actor.participant,
            node.url,
            context,
            registry=deployment.address("FingerprintKeys"),
            chain_id=deployment.chain_id,
            timeout=5,
        )

    def client(self, bank: Actor, troubles: list[Trouble] | None = None) -> FingerprintClient:
        """A bank's client; who fails is appended to `troubles`."""
        heard = [] if troubles is None else troubles
        peers = [self.peer(bank, node) for node in self.nodes if node.server is not None]
        ledger = ChainFingerprintLedger(bank.client, bank.sender)
        return FingerprintClient(ledger, peers, ChainClock(self.kit), observe=heard.append)

    def agree(self, subject: Actor, bank: Actor, **changes: object) -> AgreementId:
        """A recorded agreement for fingerprints."""
        return agree(self.kit, subject, bank, **changes)


def agree(kit: SpaceKit, subject: Actor, bank: Actor, **changes: object) -> AgreementId:
    """A recorded agreement for fingerprints, changed as given."""
    given: dict[str, object] = {
        "subject": subject.subject,
        "grantee": bank.participant,
        "purposes": Purpose.FINGERPRINT | Purpose.FINANCING,
        "scope_hash": keccak(b"invoices"),
        "not_before": kit.now(),
        "not_after": kit.now() + 300 * DAY,
        "max_uses": 5,
        "salt": os.urandom(32),
    }
    terms = AgreementTerms(**(given | changes))  # type: ignore[arg-type]
    message = bank.agreements.message(terms)
    signed = SignedAgreement(
        terms=terms,
        subject_signature=subject.key.sign_message(message),
        grantee_signature=bank.key.sign_message(message),
    )
    return bank.agreements.record(signed).value


def facts(number: int = 420017, seller: str = "91330106MA2KC3UB8X", **changes: object) -> InvoiceFacts:
    """A realistic invoice."""
    given: dict[str, object] = {
        "seller": seller,
        "buyer": "91440300279279350N",
        "document": DocumentType.INVOICE,
        "number": f"{number:08}",
        "issue_date": date(2026, 3, 9),
        "total_minor": 1_130_000,
        "currency": "CNY",
    }
    return InvoiceFacts(**(given | changes))  # type: ignore[arg-type]


def query(subject: Actor, agreement: AgreementId, *invoices: InvoiceFacts) -> FingerprintQuery:
    return FingerprintQuery(seller=subject.subject, agreement=agreement, invoices=invoices or (facts(),))
