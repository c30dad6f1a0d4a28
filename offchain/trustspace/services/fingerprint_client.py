"""A bank's way to fingerprints: blind, ask the keyholders, check every answer, unblind. `ports.FingerprintOracle`.

Keyholders that lie, refuse or are silent are named to `observe` and worked around while enough sound ones remain. Their
public key shares for a seller are compared with each other when they are met first (`replicated.agreeing`), and pinned:
from then on any threshold of nodes suffices, and a node that changes its key has signed the proof against itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.replicated import agreeing, interpolate
from trustspace.crypto.oprf.secp256k1 import parse
from trustspace.crypto.oprf.voprf import Blinded, Evaluation, Proof, blind, unblind, verify
from trustspace.crypto.signing import recover
from trustspace.domain.fingerprints import (
    MAX_BATCH,
    EpochFingerprints,
    EpochRecord,
    EvaluationRequest,
    FingerprintKind,
    FingerprintQuery,
    SignedAnswer,
)
from trustspace.encoding.fingerprint_messages import evaluation_message, request_message
from trustspace.encoding.fingerprints import fingerprint_key, session_operation
from trustspace.errors import (
    ConsentMissing,
    EpochNotOpen,
    InputError,
    MissingParty,
    ProtocolError,
    SignatureMismatch,
    TooFewParties,
    TrustspaceError,
)
from trustspace.services.keyholder import DAY

if TYPE_CHECKING:
    from coincurve import PublicKey

    from trustspace.domain.ids import ParticipantId
    from trustspace.ports import Clock, FingerprintLedger, KeyholderPeer

_BATCHES = 2
"""Batches under way at a time."""
Place = tuple[int, str]
"""Epoch and seller: what a key share belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A keyholder that gave no usable answer. `answer`: what it signed, where that proves its fault on the ledger."""

    epoch: int
    node: int
    participant: ParticipantId
    error: TrustspaceError
    answer: SignedAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """A checked answer: the public key share it was made with, and its elements."""

    answer: SignedAnswer
    elements: list[PublicKey] = field(repr=False)


class FingerprintClient:
    """Asks keyholders on behalf of one bank."""

    def __init__(
        self,
        ledger: FingerprintLedger,
        peers: Iterable[KeyholderPeer],
        clock: Clock,
        *,
        pins: MutableMapping[Place, Mapping[int, bytes]] | None = None,
        observe: Callable[[Trouble], None] = lambda _: None,
    ) -> None:
        """`pins`: public key shares by node, kept between runs when given; a mapping in memory otherwise."""
        self._ledger = ledger
        self._peers = {peer.participant: peer for peer in peers}
        self._clock = clock
        self._pins = {} if pins is None else pins
        self._observe = observe
        workers = _BATCHES * max(1, len(self._peers))
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="keyholder")
        self._batches = ThreadPoolExecutor(max_workers=_BATCHES, thread_name_prefix="batch")

    def close(self) -> None:
        """End the threads that ask."""
        self._batches.shutdown()
        self._pool.shutdown()

    def fingerprints(self, query: FingerprintQuery) -> tuple[tuple[EpochFingerprints, ...], ...]:
        """Fingerprints of every invoice in every open epoch. Counts one use a day on the agreement."""
        keys = [{kind: fingerprint_key(kind, facts) for kind in FingerprintKind} for facts in query.invoices]
        messages = list(dict.fromkeys(key for of_one in keys for key in of_one.values() if key is not None))
        if not messages:
            return ()
        epochs = self._ledger.open_epochs()
        if not epochs:
            raise EpochNotOpen("no epoch of the fingerprint service is open", remedy="the regulator opens one")
        day = self._count_session(query)
        outputs = {epoch.epoch: self._outputs(query, epoch, day, messages) for epoch in epochs}
        return tuple(
            tuple(
                EpochFingerprints(
                    epoch=epoch,
                    strict=of_epoch[_given(of_one[FingerprintKind.STRICT])],
                    parties=of_epoch[_given(of_one[FingerprintKind.PARTIES])],
                    digits=None if (digits := of_one[FingerprintKind.DIGITS]) is None else of_epoch[digits],
                )
                for epoch, of_epoch in outputs.items()
            )
            for of_one in keys
        )

    def _count_session(self, query: FingerprintQuery) -> int:
        day = self._clock.now() // DAY
        operation = session_operation(
            chain_id=self._ledger.chain_id,
            contract=self._ledger.registry,
            bank=self._ledger.bank,
            seller=query.seller,
            day=day,
        )
        self._ledger.count_use(query.agreement, operation)
        return day

    def _outputs(
        self, query: FingerprintQuery, epoch: EpochRecord, day: int, messages: Sequence[bytes]
    ) -> dict[bytes, bytes]:
        """Batch by batch; while the keyholders work on one, the next is blinded."""
        batches = [messages[start : start + MAX_BATCH] for start in range(0, len(messages), MAX_BATCH)]
        found = self._batch(query, epoch, day, batches[0])  # meets the keys of a new seller
        for outputs in self._batches.map(lambda batch: self._batch(query, epoch, day, batch), batches[1:]):
            found |= outputs
        return found

    def _batch(
        self, query: FingerprintQuery, epoch: EpochRecord, day: int, messages: Sequence[bytes]
    ) -> dict[bytes, bytes]:
        blinded = [blind(message) for message in messages]
        request = EvaluationRequest(
            epoch=epoch.epoch,
            seller=query.seller,
            agreement=query.agreement,
            day=day,
            blinded=tuple(item.element for item in blinded),
            salt=secrets.token_bytes(32),
        )
        request = replace(request, signature=self._ledger.sign(request))
        return self._combined(blinded, self._ask(epoch, request))

    def _combined(self, blinded: Sequence[Blinded], sound: Mapping[int, _Sound]) -> dict[bytes, bytes]:
        return {
            item.message: unblind(item, interpolate({node: of.elements[place] for node, of in sound.items()}))
            for place, item in enumerate(blinded)
        }

    def _ask(self, epoch: EpochRecord, request: EvaluationRequest) -> dict[int, _Sound]:
        """Sound answers of exactly the threshold's number of nodes. Raises TooFewParties naming who failed."""
        place: Place = (request.epoch, str(request.seller))
        pinned = self._pins.get(place)
        asked = list(pinned or [node.number for node in epoch.nodes])
        first = epoch.threshold if pinned else len(asked)
        sound, troubles = self._round(epoch, request, asked[:first], pinned)
        while pinned and len(sound) < epoch.threshold and first < len(asked):
            more = asked[first : first + epoch.threshold - len(sound)]
            first += len(more)
            found, failed = self._round(epoch, request, more, pinned)
            sound, troubles = sound | found, troubles + failed
        if pinned is None:
            sound, troubles = self._meet(epoch, place, sound, troubles)
        for trouble in troubles:
            self._observe(trouble)
        if len(sound) < epoch.threshold:
            raise _too_few(epoch, troubles)
        return {node: sound[node] for node in sorted(sound)[: epoch.threshold]}

    def _meet(
        self, epoch: EpochRecord, place: Place, sound: dict[int, _Sound], troubles: list[Trouble]
    ) -> tuple[dict[int, _Sound], list[Trouble]]:
        """Compare the keys of a seller that is met first, pin those that fit, leave out the others."""
        if len(sound) < epoch.threshold:
            return sound, troubles
        try:
            fitting = agreeing({node: of.answer.key for node, of in sound.items()}, epoch.threshold)
        except TooFewParties as error:
            raise TooFewParties(
                error.message + "".join(f"; {_told(trouble)}" for trouble in troubles),
                where=f"epoch {epoch.epoch}, seller {place[1]}",
                remedy=error.remedy,
            ) from error
        liars = [node for node in sound if node not in fitting]
        self._pins[place] = _all_keys(epoch, {node: sound[node] for node in fitting})
        lies = [
            _trouble(epoch, node, MissingParty("its key does not fit the other keyholders'", where=f"node {node}"))
            for node in liars
        ]
        return {node: sound[node] for node in fitting}, troubles + lies

    def _round(
        self,
        epoch: EpochRecord,
        request: EvaluationRequest,
        nodes: Sequence[int],
        pinned: Mapping[int, bytes] | None,
    ) -> tuple[dict[int, _Sound], list[Trouble]]:
        """Ask nodes at once; what each gave, checked."""
        answers = self._pool.map(lambda node: self._one(epoch, request, node, pinned), nodes)
        sound: dict[int, _Sound] = {}
        troubles = []
        for node, answer in zip(nodes, answers, strict=True):
            if isinstance(answer, Trouble):
                troubles.append(answer)
            else:
                sound[node] = answer
        return sound, troubles

    def _one(
        self, epoch: EpochRecord, request: EvaluationRequest, number: int, pinned: Mapping[int, bytes] | None
    ) -> _Sound | Trouble:
        node = epoch.nodes[number - 1]
        peer = self._peers.get(node.participant)
        if peer is None:
            return _trouble(epoch, number, MissingParty("no address is known for it", where=f"node {number}"))
        try:
            answer = peer.evaluate(request)
        except TrustspaceError as error:
            return _trouble(epoch, number, error)
        try:
            self._require_signed(epoch, number, request, answer)
        except ProtocolError as error:
            return _trouble(epoch, number, error)
        try:
            elements = _proven(answer, number)
            if pinned is not None and answer.key != pinned[number]:
                raise MissingParty("it used another key than before", where=f"node {number}")
        except (InputError, ProtocolError) as error:
            return _trouble(epoch, number, error, answer)
        return _Sound(answer=answer, elements=elements)

    def _require_signed(
        self, epoch: EpochRecord, number: int, request: EvaluationRequest, answer: SignedAnswer
    ) -> None:
        """The answer is to this request and signed by the node, for this chain and contract."""
        chain_id, registry = self._ledger.chain_id, self._ledger.registry
        digest = request_message(registry, chain_id, request).digest
        asked = (digest, request.epoch, request.seller, request.blinded)
        if (answer.request, answer.epoch, answer.seller, answer.blinded) != asked:
            raise SignatureMismatch("its answer is to another request", where=f"node {number}")
        try:
            signer = recover(evaluation_message(registry, chain_id, answer).digest, answer.signature)
        except InputError as error:
            raise SignatureMismatch("its answer is not signed", where=f"node {number}") from error
        if signer != epoch.nodes[number - 1].account:
            raise SignatureMismatch(f"its answer is signed by {signer}", where=f"node {number}")


def _all_keys(epoch: EpochRecord, sound: Mapping[int, _Sound]) -> dict[int, bytes]:
    """The public key share of every node, those that were silent or lied included: sound ones fix the polynomial.

    Nodes that were sound come first, as they are asked first.
    """
    basis = {node: parse(sound[node].answer.key) for node in sorted(sound)[: epoch.threshold]}
    others = [node.number for node in epoch.nodes if node.number not in sound]
    return {node: of.answer.key for node, of in sound.items()} | {
        node: interpolate(basis, node).format() for node in others
    }


def _proven(answer: SignedAnswer, number: int) -> list[PublicKey]:
    """The elements of an answer whose proof holds."""
    proof = Proof.from_bytes(answer.challenge + answer.response)
    elements = verify(answer.key, answer.blinded, Evaluation(elements=answer.evaluated, proof=proof))
    if elements is None:
        raise MissingParty("its proof does not hold", where=f"node {number}", remedy="report it to FingerprintKeys")
    return elements


def _trouble(epoch: EpochRecord, number: int, error: TrustspaceError, answer: SignedAnswer | None = None) -> Trouble:
    participant = epoch.nodes[number - 1].participant
    return Trouble(epoch=epoch.epoch, node=number, participant=participant, error=error, answer=answer)


def _told(trouble: Trouble) -> str:
    return f"node {trouble.node} (participant {trouble.participant}): {trouble.error.message}"


def _too_few(epoch: EpochRecord, troubles: Sequence[Trouble]) -> TrustspaceError:
    """Refusals for want of consent are the bank's matter; everything else is the keyholders'."""
    listed = "; ".join(map(_told, troubles))
    refusals = [trouble.error for trouble in troubles if isinstance(trouble.error, ConsentMissing)]
    if len(refusals) > len(epoch.nodes) - epoch.threshold:
        return ConsentMissing(refusals[0].message, where=refusals[0].where, remedy=refusals[0].remedy)
    return TooFewParties(
        f"fewer than {epoch.threshold} keyholders gave sound answers: {listed}",
        where=f"epoch {epoch.epoch}",
        remedy="try again when they are back; a wrong answer can be reported to FingerprintKeys",
    )


def _given(key: bytes | None) -> bytes:
    if key is None:
        raise InputError("only a number's digits can be missing")
    return key
