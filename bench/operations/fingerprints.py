"""FingerprintKeys: an epoch's life, a log's head, faults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench.operations.setting import digest
from trustspace.crypto.oprf.secp256k1 import multiply_public, parse
from trustspace.crypto.oprf.voprf import blind, evaluate, public_of
from trustspace.domain.fingerprints import MAX_BATCH, LogHead, SignedAnswer

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Two epochs: what recurs is measured at the second."""
    regulator, holders = kit.actors.regulator, kit.actors.keyholders
    nodes = [holder.participant for holder in holders]
    for round_number in (1, 2):
        proposed = regulator.fingerprint_keys.propose_epoch(nodes, 3)
        epoch = proposed.value
        ceremony = regulator.fingerprint_keys.epoch(epoch).ceremony
        confirmed = [
            holder.fingerprint_keys.confirm_keys(epoch, ceremony, digest("transcript", epoch)) for holder in holders
        ]
        logged = [
            holder.fingerprint_keys.anchor_log(
                LogHead(entries=round_number, evaluations=100 * round_number, head=digest("log", epoch))
            )
            for holder in holders
        ]
    meter.note("epoch_propose", proposed, state="an earlier epoch is open; five keyholders")
    meter.note("epoch_confirm", confirmed[1], state="another keyholder has confirmed")
    meter.note("epoch_confirm_last", confirmed[-1], state="all others have confirmed: the epoch opens")
    meter.note("log_anchor", logged[0], state="anchored before")
    _faults(kit, meter, epoch)
    closed = regulator.fingerprint_keys.close_epoch(1)
    meter.note("epoch_close", closed, state="two are open; the older one")
    meter.note("epoch_destroy", holders[0].fingerprint_keys.confirm_destruction(1), state="closed")


def _faults(kit: SpaceKit, meter: Meter, epoch: int) -> None:
    reporter, liar = kit.actors.outsider.fingerprint_keys, kit.actors.keyholders[0]
    for count, name in ((1, "fault_one"), (MAX_BATCH, "fault_batch")):
        answer = _answer(kit, liar, epoch, count, bent=True)
        meter.note(name, reporter.report_fault(answer), state=f"the last of {count} elements is wrong")
    first, second = _answer(kit, liar, epoch, 1), _answer(kit, liar, epoch, 2)
    meter.note("fault_two_keys", reporter.report_two_keys(first, second), state="earlier faults of the node")


def _answer(kit: SpaceKit, holder: Actor, epoch: int, count: int, *, bent: bool = False) -> SignedAnswer:
    key = digest("share", epoch, count, kit.node.block_number())
    blinded = tuple(blind(b"invoice %d" % number).element for number in range(count))
    evaluation = evaluate(key, blinded)
    last = evaluation.elements[-1]
    wrong = multiply_public(parse(last), 2).format() if bent else last
    answer = SignedAnswer(
        request=digest("request", count),
        epoch=epoch,
        seller=kit.actors.subjects[0].subject,
        key=public_of(key),
        blinded=blinded,
        evaluated=(*evaluation.elements[:-1], wrong),
        challenge=evaluation.proof.challenge,
        response=evaluation.proof.response,
        signature=b"",
    )
    return replace(answer, signature=holder.key.sign_message(holder.fingerprint_keys.answer_message(answer)))
