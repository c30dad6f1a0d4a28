"""The command, killed at a point that the first argument names: no cleaning up, no last words.

openings: they are written, nothing is sent; signed: stored, not sent; sent: the node has it, the answer was never read;
second: the first transaction is final, the second call begins.

offer, commit, answer, accept: the sixth time a party is asked for it, in the second round of four;
worker-offer and so on: the second time this one party is asked for it; fixed: the survivors are on the ledger;
proving: one certificate is issued, the proof of the next is made;
closed: the ledger has the sum's hash, the transcript has not; desk-…: a coordinator's own steps.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import Any

from trustspace.adapters.chain.certificates import CertificateRegistry
from trustspace.adapters.chain.delivery import Delivery
from trustspace.adapters.chain.invoices import InvoiceRegistry
from trustspace.adapters.chain.rpc import JsonRpc
from trustspace.adapters.store import openings
from trustspace.apps.cli import main
from trustspace.services.sum_aggregator import RoundDesk
from trustspace.services.training import TrainingParty
from trustspace.services.transcript import TranscriptWriter


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(kind: Any, name: str, when: Any = lambda *_: True) -> None:
    """Die once a function has done its work."""
    original = getattr(kind, name)

    def last(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        if when(*arguments):
            die()
        return result

    setattr(kind, name, last)


def before(kind: Any, name: str, call: int = 1) -> None:
    """Die when a function is called for the n-th time."""
    original, calls = getattr(kind, name), []

    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        if len(calls) == call:
            die()
        return original(*arguments, **options)

    setattr(kind, name, counted)


ANCHORING = {
    "openings": lambda: after(openings, "write_openings"),
    "signed": lambda: before(Delivery, "_broadcast"),
    "sent": lambda: after(JsonRpc, "_post", lambda _, body: b"eth_sendRawTransaction" in body),
    "second": lambda: before(InvoiceRegistry, "anchor_many", call=2),
}
ACTS = ("offer", "commit", "answer", "accept")
TRAINING = {
    **{act: partial(before, TrainingParty, act, 6) for act in ACTS},
    **{f"worker-{act}": partial(before, TrainingParty, act, 2) for act in ACTS},
    "desk-first-offer": lambda: after(RoundDesk, "take_offer"),
    "desk-commit": lambda: before(RoundDesk, "take_contribution", 6),
    "desk-fixed": lambda: after(RoundDesk, "fix"),
    "desk-closed": lambda: before(TranscriptWriter, "add_round", call=2),
    "fixed": lambda: after(RoundDesk, "fix"),
    "closed": lambda: before(TranscriptWriter, "add_round", call=2),
}
PROVING = {"proving": partial(before, CertificateRegistry, "issue_with_proof", 2)}

if __name__ == "__main__":
    (ANCHORING | TRAINING | PROVING)[sys.argv.pop(1)]()
    main()
