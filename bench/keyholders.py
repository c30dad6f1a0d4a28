"""Five keyholders as processes of this machine around one chain: mutual TLS, consent, quota and log as in service."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.client import Client
from trustspace.adapters.chain.fingerprint_ledger import ChainFingerprintLedger, ChainKeyholderLedger
from trustspace.adapters.keyholders.peer import HttpKeyholder
from trustspace.adapters.keyholders.seed_files import SeedFiles
from trustspace.adapters.keyholders.server import KeyholderServer
from trustspace.adapters.keyholders.setup import advance
from trustspace.adapters.keyholders.tls import Identity, client_context, make_certificate, pin_of, server_context
from trustspace.adapters.store.evaluation_book import SqliteEvaluationBook
from trustspace.adapters.system_clock import SystemClock
from trustspace.domain.agreements import AgreementTerms, Purpose, SignedAgreement
from trustspace.services.fingerprint_client import FingerprintClient
from trustspace.services.keyholder import DAY, EpochSeeds, Keyholder
from trustspace.testing.actors import actor_key

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from trustspace.domain.deployment import Deployment
    from trustspace.domain.ids import AgreementId, ParticipantId
    from trustspace.testing.kit import SpaceKit

PASSWORD = "bench"  # noqa: S105 - of files that live as long as the bench
LIGHT = 2  # scrypt's cost: unsealing is not measured


@dataclass(frozen=True, slots=True)
class Place:
    """What a keyholder's process is given."""

    name: str
    url: str
    deployment: Deployment
    folder: Path
    identity: Identity
    bank: ParticipantId
    bank_certificate: Path
    seeds: EpochSeeds


@contextmanager
def running(kit: SpaceKit, folder: Path, *, threshold: int = 3) -> Iterator[tuple[FingerprintClient, AgreementId]]:
    """A bank's client of keyholders that run, and an agreement of the first subject with it."""
    actors = kit.actors
    bank = actors.banks[0]
    own = make_certificate(folder, "bank", ["127.0.0.1"], PASSWORD)
    seeds = open_epoch(kit, folder, threshold)
    processes, peers = [], []
    context: Any = multiprocessing.get_context("spawn")
    for holder, of_node in zip(actors.keyholders, seeds, strict=True):
        name = holder.name.replace(" ", "-")
        identity = make_certificate(folder, name, ["127.0.0.1"], PASSWORD)
        place = Place(
            holder.name, kit.url, kit.deployment, folder / name, identity, bank.participant, own.certificate, of_node
        )
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(place, there), daemon=True)
        process.start()
        processes.append((process, here))
        address = kit.deployment.address("FingerprintKeys")
        peers.append((holder.participant, here, client_context(own, identity.certificate), address))
    reached = [
        HttpKeyholder(who, f"https://127.0.0.1:{here.recv()}", tls, registry=address, chain_id=kit.deployment.chain_id)
        for who, here, tls, address in peers
    ]
    client = FingerprintClient(ChainFingerprintLedger(bank.client, bank.sender), reached, SystemClock())
    try:
        yield client, agree(kit)
    finally:
        client.close()
        for process, _ in processes:
            process.terminate()
            process.join()


def open_epoch(kit: SpaceKit, folder: Path, threshold: int) -> list[EpochSeeds]:
    """Hold a ceremony; the seeds of every node."""
    actors = kit.actors
    files = [SeedFiles(folder / holder.name.replace(" ", "-"), PASSWORD, cost=LIGHT) for holder in actors.keyholders]
    participants = [holder.participant for holder in actors.keyholders]
    epoch = actors.regulator.fingerprint_keys.propose_epoch(participants, threshold).value
    for _ in range(3):
        for holder, own in zip(actors.keyholders, files, strict=True):
            advance(epoch, holder.fingerprint_keys, holder.participants, own, folder / "exchange")
    record = actors.outsider.fingerprint_keys.epoch(epoch)
    return [own.seeds(record, number) for number, own in enumerate(files, 1)]


def agree(kit: SpaceKit) -> AgreementId:
    """An agreement of the first subject with the first bank."""
    bank, subject = kit.actors.banks[0], kit.actors.subjects[0]
    terms = AgreementTerms(
        subject=subject.subject,
        grantee=bank.participant,
        purposes=Purpose.FINGERPRINT,
        scope_hash=bytes(32),
        not_before=kit.now(),
        not_after=kit.now() + 300 * DAY,
        max_uses=9,
        salt=os.urandom(32),
    )
    message = bank.agreements.message(terms)
    signatures = subject.key.sign_message(message), bank.key.sign_message(message)
    signed = SignedAgreement(terms=terms, subject_signature=signatures[0], grantee_signature=signatures[1])
    return bank.agreements.record(signed).value


def _serve(place: Place, ready: Connection) -> None:
    """A process: one keyholder."""
    client = Client(place.url, place.deployment)
    book = SqliteEvaluationBook(place.folder / "log.sqlite")
    seeds = {place.seeds.epoch: place.seeds}
    keyholder = Keyholder(
        actor_key(place.name), ChainKeyholderLedger(client), book, SystemClock(), seeds, quota=10_000_000
    )
    context = server_context(place.identity, [place.bank_certificate])
    server = KeyholderServer(("127.0.0.1", 0), context, keyholder, {pin_of(place.bank_certificate): place.bank})
    ready.send(server.port)
    server.serve_forever()
