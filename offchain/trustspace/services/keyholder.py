"""A keyholder: it looks everything up, counts, and only then evaluates. It sees neither invoices nor fingerprints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from trustspace.crypto.oprf.replicated import Members, Sharing, share
from trustspace.crypto.oprf.secp256k1 import parse_all
from trustspace.crypto.oprf.voprf import evaluate, public_of
from trustspace.crypto.signing import recover
from trustspace.domain.fingerprints import EpochState, SignedAnswer, Standing
from trustspace.encoding.fingerprint_messages import evaluation_message, request_message
from trustspace.encoding.fingerprints import key_context, session_operation
from trustspace.errors import ConsentMissing, EpochNotOpen, InvalidKey, SignatureMismatch, StrangerRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.crypto.signing import Signer
    from trustspace.domain.fingerprints import EvaluationRequest
    from trustspace.domain.ids import ParticipantId, SubjectId
    from trustspace.ports import Clock, EvaluationBook, KeyholderLedger

DAY = 86_400
CLOCK_SKEW = 3_600
"""A request may name yesterday or tomorrow for an hour around midnight."""
_KEPT_SHARES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochSeeds:
    """What a node keeps of an epoch: its number and the seeds of all sets it belongs to."""

    epoch: int
    node: int
    sharing: Sharing
    seeds: Mapping[Members, bytes] = field(repr=False)


class Keyholder:
    """One node of the fingerprint service."""

    def __init__(
        self,
        signer: Signer,
        ledger: KeyholderLedger,
        book: EvaluationBook,
        clock: Clock,
        seeds: Mapping[int, EpochSeeds],
        *,
        quota: int,
    ) -> None:
        """`quota`: elements for one bank, seller and day. `seeds` by epoch."""
        self._signer = signer
        self._ledger = ledger
        self._book = book
        self._clock = clock
        self._seeds = seeds
        self._quota = quota
        self._shares: dict[tuple[int, SubjectId], tuple[bytes, bytes]] = {}
        self._lock = Lock()

    def evaluate(self, request: EvaluationRequest, client: ParticipantId) -> SignedAnswer:
        """Answer a batch of the participant that is connected.

        Raises SignatureMismatch, StrangerRefused, ConsentMissing, EpochNotOpen, InvalidElement, DuplicateMessage or
        QuotaExceeded; nothing is counted then.
        """
        message = request_message(self._ledger.registry, self._ledger.chain_id, request)
        try:
            signer = recover(message.digest, request.signature)
        except InvalidKey as error:
            raise SignatureMismatch(
                "the request is not signed", where=f"participant {client}", remedy="sign it for this chain and contract"
            ) from error
        operation = session_operation(
            chain_id=self._ledger.chain_id,
            contract=self._ledger.registry,
            bank=client,
            seller=request.seller,
            day=request.day,
        )
        standing = self._ledger.standing(request, signer, operation)
        now = self._clock.now()
        self._check(request, standing, client, now)
        parse_all(request.blinded, where="blinded")
        key, public = self._share_of(request)
        self._book.enter(request, message.digest, client, quota=self._quota, now=now)
        evaluation = evaluate(key, request.blinded)
        answer = SignedAnswer(
            request=message.digest,
            epoch=request.epoch,
            seller=request.seller,
            key=public,
            blinded=request.blinded,
            evaluated=evaluation.elements,
            challenge=evaluation.proof.challenge,
            response=evaluation.proof.response,
            signature=b"",
        )
        return self._signed(answer)

    def _check(self, request: EvaluationRequest, standing: Standing, client: ParticipantId, now: int) -> None:
        where = f"participant {client}, seller {request.seller}"
        if standing.bank != client:
            raise StrangerRefused(
                f"participant {standing.bank} signed what came over the connection of participant {client}",
                where=where,
                remedy="sign with an account of the bank whose certificate is used",
            )
        early, late = (request.day * DAY) - CLOCK_SKEW, (request.day + 1) * DAY + CLOCK_SKEW
        problems = (
            (standing.grantee != client, f"the agreement is made out to participant {standing.grantee}"),
            (standing.subject != request.seller, "the agreement is another subject's"),
            (not early <= now < late, f"day {request.day} is not today, which is {now // DAY}"),
            (not standing.used, "the bank has not counted today's session on the agreement for fingerprints"),
        )
        for applies, text in problems:
            if applies:
                raise ConsentMissing(
                    text, where=where, remedy="the seller's agreement must cover it, counted for today"
                )
        own = next((node for node in standing.epoch.nodes if node.account == self._signer.address), None)
        if standing.epoch.state is not EpochState.OPEN or own is None or request.epoch not in self._seeds:
            self._forget(request.epoch)
            missing = "" if own else ", and this node has no keys of it"
            raise EpochNotOpen(
                f"epoch {request.epoch} is {standing.epoch.state.name.lower()}{missing}",
                where=where,
                remedy="ask for an open epoch",
            )

    def _forget(self, epoch: int) -> None:
        """Keep no share of an epoch that is over."""
        with self._lock:
            self._shares = {place: shares for place, shares in self._shares.items() if place[0] != epoch}

    def _share_of(self, request: EvaluationRequest) -> tuple[bytes, bytes]:
        """Secret and public share for the request's seller and epoch."""
        place = request.epoch, request.seller
        with self._lock:
            known = self._shares.get(place)
            if known is None:
                seeds = self._seeds[request.epoch]
                context = key_context(
                    chain_id=self._ledger.chain_id,
                    contract=self._ledger.registry,
                    epoch=request.epoch,
                    seller=request.seller,
                )
                key = share(seeds.sharing, seeds.node, seeds.seeds, context)
                known = key, public_of(key)
                if len(self._shares) >= _KEPT_SHARES:
                    self._shares.clear()
                self._shares[place] = known
            return known

    def _signed(self, answer: SignedAnswer) -> SignedAnswer:
        message = evaluation_message(self._ledger.registry, self._ledger.chain_id, answer)
        return replace(answer, signature=self._signer.sign_message(message))
