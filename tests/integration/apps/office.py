"""An office with everything that the commands need: a chain, a deployment file, keystores, exports, a trained model.

Its base state is made once by the commands under test; whatever a test writes on the chain is undone.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trustspace.adapters.chain.features import FeatureCommitment
from trustspace.adapters.chain.opening_ledger import ChainOpeningLedger
from trustspace.adapters.invoices.csv_export import read_export, write_export
from trustspace.adapters.invoices.pseudonyms import write_pseudonyms
from trustspace.adapters.keys.keystore import write_keystore
from trustspace.adapters.store.openings import read_openings
from trustspace.apps.region import make_region
from trustspace.apps.space import Space
from trustspace.crypto.masks import MaskKey
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.agreements import AgreementTerms, Purpose, SignedAgreement
from trustspace.domain.credentials import CredentialField
from trustspace.domain.disclosure import InvoiceField
from trustspace.domain.features import FEATURE_SCHEMA, FEATURES, derive
from trustspace.domain.statistics import statistics
from trustspace.encoding.eip712 import agreement_message
from trustspace.encoding.feature_commitment import commitment_point
from trustspace.encoding.hashing import keccak
from trustspace.learning.plan import plan_for
from trustspace.learning.scorecard import Scorecard
from trustspace.services.certification import Certifier, RegisteredModel, propose
from trustspace.services.credential_issue import present_credential
from trustspace.services.disclosure import open_fields
from trustspace.services.features import OpenedTotal, SourceWorker

if TYPE_CHECKING:
    from trustspace.domain.certificates import Certificate
    from trustspace.domain.ids import BatchId, CertificateId
    from trustspace.encoding.field_opening import FieldOpening
    from trustspace.services.registration import Opening
    from trustspace.testing.kit import Actor, SpaceKit

PASSWORD = "correct horse"
PLANNED = ("sales_24m", "sales_void_share", "months_active")
HOUR, DAY = 3_600, 86_400
# What a developer may have set for work of their own.
OWN_SETTINGS = tuple(
    f"TRUSTSPACE_{name}" for name in ("RPC", "DEPLOYMENT", "KEYSTORE", "PASSWORD_FILE", "SIGNER", "ACCOUNT")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        assert self.out == ""
        return json.loads(self.err)


@cache
def region() -> Any:
    return make_region(seed=7, firms=20, invoices=1_200)


class Office:
    """Files and accounts around one chain."""

    anchored: dict[str, Any]
    batch_ids: tuple[BatchId, ...]
    trained: dict[str, Any]
    scorecard: RegisteredModel

    def __init__(self, kit: SpaceKit, folder: Path) -> None:
        self.kit = kit
        self.folder = folder
        chosen = sorted(region().defaulted)[: len(kit.actors.subjects)]
        self.export = folder / "source-1-invoices.csv"
        self.subjects = folder / "subjects.csv"
        write_export(self.export, [record for record in region().records if record.subject in chosen])
        self.books = read_export(self.export).by_subject()
        self.firms = list(self.books)  # in the order of their batches
        pseudonyms = {firm: actor.subject for firm, actor in zip(self.firms, kit.actors.subjects, strict=True)}
        write_pseudonyms(self.subjects, pseudonyms)
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD + "\n")

    @property
    def deployment(self) -> Path:
        return self.folder / "deployment.json"

    @property
    def connection(self) -> list[str]:
        """Options that every command takes."""
        return ["--rpc", self.kit.url, "--deployment", str(self.deployment)]

    @property
    def environment(self) -> dict[str, str]:
        """The same by environment variables, for programs."""
        return {"TRUSTSPACE_RPC": self.kit.url, "TRUSTSPACE_DEPLOYMENT": str(self.deployment)}

    def keystore(self, actor: Actor) -> Path:
        """An actor's keystore; its key follows from its name."""
        path = self.folder / f"{actor.name.replace(' ', '-')}.json"
        if not path.exists():
            write_keystore(path, keccak(f"trustspace test actor: {actor.name}".encode()), PASSWORD, light=True)
        return path

    def signing(self, actor: Actor) -> list[str]:
        """Options that let a command sign as an actor."""
        return ["--keystore", str(self.keystore(actor)), "--password-file", str(self.password_file)]

    # --- training ----------------------------------------------------------------------------------------------

    def write_tables(self, banks: int = 4, rows: int = 60) -> list[Path]:
        """A table for each bank: integers that tell something about the outcome."""
        return [self._write_table(self.folder / f"bank-{bank + 1}.csv", bank, rows) for bank in range(banks)]

    def _write_table(self, path: Path, seed: int, rows: int) -> Path:
        rng = np.random.default_rng(seed)
        health = rng.normal(size=rows)
        columns = {
            "id": [f"bank {seed}, firm {row}" for row in range(rows)],
            "defaulted": (rng.random(rows) < 1 / (1 + np.exp(1 + 2 * health))).astype(int),
            "sales_24m": (10 ** (9 + health + 0.5 * rng.normal(size=rows))).astype(int),
            "sales_void_share": np.clip(900 - 400 * health + 300 * rng.normal(size=rows), 0, 10_000).astype(int),
            "months_active": np.clip(18 + 3 * health, 0, 24).astype(int),
        }
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return path

    def write_run(self, name: str, *, banks: int = 4, changes: tuple[str, str] = ("", "")) -> Path:
        """The TOML file of a run by the first banks."""
        ranges = {spec.name: (spec.low, spec.high) for spec in FEATURES if spec.name in PLANNED}
        plan = plan_for(FEATURE_SCHEMA, ranges, folds=3, newton_rounds=2, max_rows=1_000)
        (self.folder / "plan.json").write_bytes(plan.to_bytes())
        lines = ["[run]", f'name = "{name}"', f'transcript = "{name}"', 'plan = "plan.json"']
        lines += ["[aggregator]", *self._signing_lines(self.kit.actors.aggregator)]
        for number, bank in enumerate(self.kit.actors.banks[:banks], 1):
            lines += [
                "[[party]]",
                f'name = "bank {number}"',
                f'table = "bank-{number}.csv"',
                f'kept = "{name}-{number}.kept"',
                *self._signing_lines(bank),
            ]
        path = self.folder / f"{name}.toml"
        path.write_text("\n".join(lines).replace(*changes), encoding="utf-8")
        return path

    def _signing_lines(self, actor: Actor) -> list[str]:
        return [f'keystore = "{self.keystore(actor).name}"', f'password_file = "{self.password_file.name}"']

    # --- certificates ------------------------------------------------------------------------------------------

    @property
    def openings(self) -> Path:
        return self.folder / "openings.jsonl"

    def lonely_invoice(self, firm: int = 0) -> tuple[Opening, int]:
        """A firm's opening, and the place of an invoice whose number occurs once in the file."""
        kept = read_openings(self.openings)
        numbers = [invoice.number for opening in kept for invoice in opening.invoices]
        own = kept[firm].invoices
        return kept[firm], next(place for place, item in enumerate(own) if numbers.count(item.number) == 1)

    def field_opening(self) -> FieldOpening:
        """The amount of the first firm's lonely invoice, shown to bank 1."""
        (kept, place), space, now = self.lonely_invoice(), self.space(), self.kit.now()
        header = space.invoices.header_of(kept.subject, kept.nonce, len(kept.invoices))
        assert header is not None
        return open_fields(
            kept, header, place, {InvoiceField.AMOUNT}, receiver=self.kit.actors.banks[0].participant, issued_at=now,
            not_after=now + 7 * DAY, ledger=ChainOpeningLedger(space.invoices, space.participants),
            signer=self.kit.actors.subjects[0].key,
        )  # fmt: skip

    def show_credential(self, certificate: CertificateId) -> str:
        """The first firm's credential and a presentation of it, as files in the folder; the challenge it answers."""
        bank, firm = self.kit.actors.banks[0].key, self.kit.actors.subjects[0].key
        desk = self.space().credentials
        challenge, credential = desk.challenge(), desk.issue(certificate, bank)
        shown = present_credential(
            credential, [CredentialField.GRADE], audience="bank-9.example", challenge=challenge, key=firm,
            now=int(time.time()),
        )  # fmt: skip
        (self.folder / "credential.sd-jwt").write_text(credential, encoding="ascii")
        (self.folder / "shown.sd-jwt").write_text(shown, encoding="ascii")
        return challenge

    def opened(self, firm: int) -> OpenedTotal:
        """What the only source knows of a firm, as if a bank had opened it."""
        cells = statistics(self._records(firm), region().as_of)
        subject = self.kit.actors.subjects[firm].subject
        return OpenedTotal(
            subject=subject,
            as_of=region().as_of,
            points={self.kit.actors.sources[0].participant: commitment_point(cells, 1)},
            blinding=1,
            statistics=cells,
            features=derive(cells),
        )

    def commit_features(self) -> None:
        """The source commits to every firm's features, with the batch behind them."""
        source = self.kit.actors.sources[0]
        worker = SourceWorker(source.participant, MaskKey.generate(), SystemRandomness())
        commitments = []
        for number, actor in enumerate(self.kit.actors.subjects):
            part = worker.prepare(actor.subject, region().as_of, self._records(number))
            commitments.append(
                FeatureCommitment(
                    subject=part.subject,
                    as_of_day=part.as_of,
                    commitment=part.commitment,
                    evidence=(self.batch_ids[number],),
                )
            )
        source.features.commit_many(commitments)

    def register(self, model: bytes, transcript: Path) -> None:
        """Take the trained model into use."""
        card = Scorecard.from_bytes((transcript / "model.json").read_bytes())
        self.scorecard = RegisteredModel(card=card, record=self.kit.actors.outsider.models.model(model))

    def certificate(self, firm: int, *, validity: int = 30 * DAY) -> tuple[Certificate, list[bytes]]:
        """A certificate for a firm under a fresh agreement with bank 1, endorsed by banks 1 and 2."""
        subject, bank = self.kit.actors.subjects[firm], self.kit.actors.banks[0]
        terms = AgreementTerms(
            subject=subject.subject,
            grantee=bank.participant,
            purposes=Purpose.FEATURES | Purpose.CERTIFICATE,
            scope_hash=keccak(b"invoices"),
            not_before=self.kit.now(),
            not_after=self.kit.now() + 300 * DAY,
            max_uses=4,
            salt=os.urandom(32),
        )
        message = agreement_message(bank.agreements.address, self.kit.deployment.chain_id, terms)
        signatures = (subject.key.sign_message(message), bank.key.sign_message(message))
        signed = SignedAgreement(terms=terms, subject_signature=signatures[0], grantee_signature=signatures[1])
        agreement = bank.agreements.get(bank.agreements.record(signed).value)
        opened = self.opened(firm)
        certificate = propose(
            self.scorecard,
            opened,
            agreement=agreement,
            valid_from=self.kit.now(),
            validity=validity,
        )
        registry = bank.certificates.address
        certifiers = [Certifier(actor.key, chain_id=31337, registry=registry) for actor in self.kit.actors.banks[:2]]
        return certificate, [it.endorse(certificate, self.scorecard, opened, agreement=agreement) for it in certifiers]

    def issue(self, firm: int, **options: int) -> CertificateId:
        """Issue it."""
        return self.kit.actors.banks[0].certificates.issue(*self.certificate(firm, **options)).value

    def space(self, **options: Any) -> Space:
        """What an SDK user has."""
        return Space.connect(self.kit.url, deployment=self.deployment, **options)

    def _records(self, firm: int) -> list[Any]:
        return self.books[self.firms[firm]]


def run_program(*arguments: str, home: Path, timeout: float = 60, **options: Any) -> Answer:
    """Run the command in a process of its own."""
    own = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    environment = {**own, "TRUSTSPACE_HOME": str(home), "COLUMNS": "200", **options.pop("environment", {})}
    done = subprocess.run(
        [sys.executable, "-m", "trustspace.apps.cli", *arguments],
        env=environment, capture_output=True, text=True, timeout=timeout, check=False, **options,
    )  # fmt: skip
    return Answer(code=done.returncode, out=done.stdout, err=done.stderr)
