"""The ledger as keyholders and banks of the fingerprint service see it, on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.agreements import AgreementRegistry
from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys, epoch_record
from trustspace.adapters.chain.node import ReadCall
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.domain.agreements import Purpose
from trustspace.domain.fingerprints import Standing
from trustspace.domain.ids import ParticipantId, SubjectId
from trustspace.domain.participants import Role
from trustspace.encoding.fingerprint_messages import request_message
from trustspace.errors import ChainUnreachable, ConsentMissing, ContractRefused, OutOfRange, StrangerRefused

if TYPE_CHECKING:
    from trustspace.adapters.chain.client import Client
    from trustspace.adapters.chain.sender import Sender
    from trustspace.domain.fingerprints import EpochRecord, EvaluationRequest
    from trustspace.domain.ids import Address, AgreementId, OperationId


class ChainKeyholderLedger:
    """`ports.KeyholderLedger`: everything about a request in one round trip; needs no signer."""

    def __init__(self, client: Client) -> None:
        """Nothing is asked yet."""
        self._client = client

    @property
    def chain_id(self) -> int:
        """Chain that keys and signatures are bound to."""
        return self._client.chain_id

    @property
    def registry(self) -> Address:
        """FingerprintKeys of the deployment."""
        return self._client.deployment.address(FingerprintKeys.name)

    def standing(self, request: EvaluationRequest, signer: Address, operation: OperationId) -> Standing:
        """Who asks and under what. Raises ConsentMissing or StrangerRefused with what the contracts say."""
        questions = (
            (ParticipantRegistry.name, "requireRole", (signer, int(Role.BANK))),
            (AgreementRegistry.name, "requireUsable", (request.agreement, int(Purpose.FINGERPRINT))),
            (AgreementRegistry.name, "agreementInfo", (request.agreement,)),
            (AgreementRegistry.name, "useOf", (request.agreement, operation)),
            (FingerprintKeys.name, "epochInfo", (request.epoch,)),
            (FingerprintKeys.name, "nodesOf", (request.epoch,)),
            (FingerprintKeys.name, "ceremonyOf", (request.epoch,)),
        )
        kinds = [load(contract).functions[function] for contract, function, _ in questions]
        calls = [
            ReadCall(contract=contract, to=self._client.deployment.address(contract), data=kind.encode(arguments))
            for kind, (contract, _, arguments) in zip(kinds, questions, strict=True)
        ]
        try:
            answers: list[Any] = self._client.read(calls)
        except ContractRefused as error:
            kind = StrangerRefused if error.contract == ParticipantRegistry.name else ConsentMissing
            raise kind(error.message, where=f"seller {request.seller}, signer {signer}", remedy=error.remedy) from error
        try:
            bank, usable, agreement, use, epoch, nodes, ceremony = (
                kind.decode(answer) for kind, answer in zip(kinds, answers, strict=True)
            )
        except OutOfRange as error:
            raise ChainUnreachable(
                f"the node's answer makes no sense: {error.message}",
                where=self._client.node.rpc.url,
                remedy="ask another node",
            ) from error
        return Standing(
            bank=ParticipantId(bank),
            grantee=ParticipantId(usable[1]),
            subject=SubjectId(agreement[0]),
            used=Purpose(use[0]) is Purpose.FINGERPRINT,
            epoch=epoch_record(request.epoch, epoch, nodes, ceremony),
        )


class ChainFingerprintLedger:
    """`ports.FingerprintLedger` for the bank that the sender signs for."""

    def __init__(self, client: Client, sender: Sender) -> None:
        """Nothing is asked yet."""
        self._keys = FingerprintKeys(client, sender)
        self._agreements = AgreementRegistry(client, sender)
        self._participants = ParticipantRegistry(client, sender)
        self._bank: ParticipantId | None = None
        self._counted: set[tuple[AgreementId, OperationId]] = set()

    @property
    def chain_id(self) -> int:
        """Chain that keys and signatures are bound to."""
        return self._keys.client.chain_id

    @property
    def registry(self) -> Address:
        """FingerprintKeys of the deployment."""
        return self._keys.address

    @property
    def bank(self) -> ParticipantId:
        """The bank itself. Raises ContractRefused when the account acts for none."""
        if self._bank is None:
            self._bank = self._participants.require_role(self._keys.account, Role.BANK)
        return self._bank

    def sign(self, request: EvaluationRequest) -> bytes:
        """Signature (65 bytes) of a request."""
        return self._keys.signer.sign_message(request_message(self.registry, self.chain_id, request))

    def open_epochs(self) -> tuple[EpochRecord, ...]:
        """The open epochs, the older first."""
        return self._keys.epochs(self._keys.open_epochs())

    def count_use(self, agreement: AgreementId, operation: OperationId) -> None:
        """Count a session on the agreement unless it is counted. Raises ConsentMissing with what the contract says."""
        if (agreement, operation) in self._counted:
            return
        try:
            if not self._agreements.use_of(agreement, operation)[1]:
                self._agreements.use(agreement, Purpose.FINGERPRINT, operation)
        except ContractRefused as error:
            raise ConsentMissing(error.message, where=f"agreement 0x{agreement.hex()}", remedy=error.remedy) from error
        self._counted.add((agreement, operation))
