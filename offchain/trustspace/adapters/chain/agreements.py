"""AgreementRegistry: what a subject lets a participant do with its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.crypto.signing import address_of_key, recover_key
from trustspace.domain.agreements import AgreementRecord, AgreementState, AgreementTerms, Purpose, SignedAgreement
from trustspace.domain.ids import AgreementId, OperationId, ParticipantId, SubjectId
from trustspace.encoding.eip712 import TypedMessage, agreement_message, termination_message
from trustspace.errors import ChainUnreachable, InvalidKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt


class AgreementRegistry(Contract):
    """Agreements signed by both sides."""

    name = "AgreementRegistry"

    def message(self, terms: AgreementTerms) -> TypedMessage:
        """What subject and grantee sign."""
        return agreement_message(self.address, self.client.chain_id, terms)

    def termination_message(self, agreement: AgreementId) -> TypedMessage:
        """What a subject signs to end an agreement through somebody else."""
        return termination_message(self.address, self.client.chain_id, agreement)

    def record(self, signed: SignedAgreement) -> Written[AgreementId]:
        """Record one agreement; anybody may send it."""
        receipt = self.write("record", _terms(signed.terms), signed.subject_signature, signed.grantee_signature)
        event = self.one_event(receipt, "AgreementRecorded")
        return Written(value=AgreementId(event["agreement"]), receipt=receipt)

    def record_many(self, signed: Sequence[SignedAgreement]) -> Written[tuple[AgreementId, ...]]:
        """Record several in one transaction, all or none; one that is recorded already is left as it is."""
        items = [(_terms(item.terms), item.subject_signature, item.grantee_signature) for item in signed]
        receipt = self.write("recordMany", items)
        return Written(
            value=tuple(AgreementId(self.message(item.terms).struct_hash) for item in signed), receipt=receipt
        )

    def use(self, agreement: AgreementId, purpose: Purpose, operation: OperationId) -> Written[int]:
        """Count one use; the same operation again counts once. The value is how many uses there were by then."""
        receipt = self.write("use", agreement, int(purpose), operation)
        return Written(value=self.use_of(agreement, operation)[1], receipt=receipt)

    def use_many(self, uses: Sequence[tuple[AgreementId, OperationId]], purpose: Purpose) -> Receipt:
        """Count one use of each of several agreements in one transaction."""
        return self.write("useMany", list(uses), int(purpose))

    def terminate(self, agreement: AgreementId) -> Receipt:
        """End an agreement for ever, as its subject or its grantee."""
        return self.write("terminate", agreement)

    def terminate_with_signature(self, agreement: AgreementId, subject_signature: bytes) -> Receipt:
        """End it on the strength of the subject's signature of `termination_message`."""
        return self.write("terminateWithSignature", agreement, subject_signature)

    def require_usable(self, agreement: AgreementId, purpose: Purpose) -> int:
        """Short number of an agreement that may be used now. Raises ContractRefused with the reason when it may not."""
        number, _grantee = self.read("requireUsable", agreement, int(purpose))
        return int(number)

    def get(self, agreement: AgreementId) -> AgreementRecord:
        """One agreement; state NONE when unknown."""
        return self.get_many([agreement])[0]

    def get_many(self, agreements: Sequence[AgreementId]) -> tuple[AgreementRecord, ...]:
        """The same for many."""
        found = self.read_each("agreementInfo", [(agreement,) for agreement in agreements])
        return tuple(
            AgreementRecord(
                agreement=agreement,
                subject=SubjectId(subject),
                grantee=ParticipantId(grantee),
                purposes=Purpose(purposes),
                state=AgreementState(state),
                not_before=not_before,
                not_after=not_after,
                max_uses=max_uses,
                uses=uses,
                scope_hash=scope_hash,
            )
            for agreement, (
                subject, grantee, purposes, state, not_before, not_after, max_uses, uses, _, scope_hash,
            ) in zip(agreements, found, strict=True)
        )  # fmt: skip

    def subject_key(self, agreement: AgreementId) -> bytes:
        """Public key (64 bytes) of an agreement's subject, out of the signature with which it was recorded.

        Raises ChainUnreachable where the node has not that transaction, or it came through another contract.
        """
        for event in self.events("AgreementRecorded", agreement=agreement):
            terms = _terms_of(event.arguments["terms"])
            data = self.client.node.call_data(event.transaction) or b""
            for signature in self._subject_signatures(data):
                key = _key_of(terms.subject, self.message(terms).digest, signature)
                if key is not None:
                    return key
        raise ChainUnreachable(
            f"the node does not show who signed agreement 0x{agreement.hex()}",
            where=f"{self.name} at {self.client.node.rpc.url}",
            remedy="check the agreement's id; ask a node that keeps transactions",
        )

    def _subject_signatures(self, data: bytes) -> list[bytes]:
        """Subjects' signatures in a call of `record` or `recordMany`; none in any other call."""
        functions = self.artifact.functions
        if data[:4] == functions["record"].selector:
            return [functions["record"].inputs.decode(data[4:], 0)[1]]
        if data[:4] == functions["recordMany"].selector:
            return [item[1] for item in functions["recordMany"].inputs.decode(data[4:], 0)[0]]
        return []

    def use_of(self, agreement: AgreementId, operation: OperationId) -> tuple[Purpose, int]:
        """Purpose and count of an operation; zeros when it was never counted."""
        purpose, uses = self.read("useOf", agreement, operation)
        return Purpose(purpose), uses

    def id_of(self, terms: AgreementTerms) -> AgreementId:
        """The id that terms have, by the contract's own word."""
        return AgreementId(self.read("agreementIdOf", _terms(terms)))

    def digest_of(self, terms: AgreementTerms) -> bytes:
        """The digest that both sides sign, by the contract's own word."""
        return bytes(self.read("digestOf", _terms(terms)))


def _terms_of(values: tuple[Any, ...]) -> AgreementTerms:
    subject, grantee, purposes, scope_hash, not_before, not_after, max_uses, salt = values
    return AgreementTerms(
        subject=SubjectId(subject),
        grantee=ParticipantId(grantee),
        purposes=Purpose(purposes),
        scope_hash=scope_hash,
        not_before=not_before,
        not_after=not_after,
        max_uses=max_uses,
        salt=salt,
    )


def _key_of(subject: SubjectId, digest: bytes, signature: bytes) -> bytes | None:
    """The subject's public key when this is its signature: a call may carry those of others, and broken ones."""
    try:
        key = recover_key(digest, signature)
    except InvalidKey:
        return None
    return key if SubjectId(address_of_key(key)) == subject else None


def _terms(terms: AgreementTerms) -> tuple[object, ...]:
    return (
        terms.subject, terms.grantee, int(terms.purposes), terms.scope_hash,
        terms.not_before, terms.not_after, terms.max_uses, terms.salt,
    )  # fmt: skip
