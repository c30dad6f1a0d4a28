"""VerifierRegistry: which contracts check proofs of which circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.adapters.chain.sender import Request
from trustspace.domain.ids import Address, OperationId, VerifierNumber
from trustspace.domain.proofs import Circuit, SetupMode, require_local
from trustspace.domain.verifiers import VerifierCard, VerifierRecord, VerifierState
from trustspace.encoding.hashing import keccak
from trustspace.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt
    from trustspace.adapters.proving.artefacts import Artefacts

VERIFYING_GAS = 1_000_000  # more than any optimised verifier of these circuits uses
PROOF_REFUSED = "ProofInvalid"  # what every registered verifier says of an empty proof
DEPLOYMENT_TAG = b"trustspace.verifier.v1"


class VerifierRegistry(Contract):
    """Verifiers by number, as the regulator registered them."""

    name = "VerifierRegistry"

    # --- writes ------------------------------------------------------------------------------------------------

    def deploy_verifier(self, creation_code: bytes) -> Written[Address]:
        """Put a generated verifier on the chain; anybody may. A sender with an outbox does not deploy it twice."""
        operation = OperationId(keccak(DEPLOYMENT_TAG + creation_code))
        request = Request(contract="HonkVerifier", function="deploy", to=None, data=creation_code, operation=operation)
        (receipt,) = self.write_many([request])
        if receipt.contract is None:
            raise LedgerError("the transaction created no verifier", where=self.name, remedy="see the node's log")
        return Written(value=receipt.contract, receipt=receipt)

    def publish(
        self, artefacts: Artefacts, circuit: Circuit, *, gas_limit: int = VERIFYING_GAS
    ) -> Written[VerifierNumber]:
        """Deploy a circuit's verifier, compare its code with the artefacts', and register it, as the regulator.

        Done before with these artefacts, it is found. Raises WrongChain for a set-up for development on a chain that is
        not local, LedgerError when the chain holds other code than was sent.
        """
        require_local(artefacts.mode, self.client.chain_id)
        artefact = artefacts[circuit]
        address = self.deploy_verifier(artefact.verifier_code).value
        if keccak(self.client.node.code(address)) != artefact.verifier_hash:
            raise LedgerError(
                "this is not the verifier's code", where=f"{circuit} at {address}", remedy="ask another node"
            )
        return self.register(
            VerifierCard(
                verifier=address,
                circuit=circuit,
                setup_mode=artefacts.mode,
                gas_limit=gas_limit,
                circuit_hash=artefact.circuit_hash,
                key_hash=artefact.key_hash,
                setup_hash=artefacts.setup_hash,
            )
        )

    def register(self, card: VerifierCard) -> Written[VerifierNumber]:
        """Register a verifier as the regulator; the same card again returns the same number."""
        receipt = self.write("register", _struct(card))
        if self.events_in(receipt, "VerifierRegistered"):
            number = self.one_event(receipt, "VerifierRegistered")["number"]
        else:
            number = self.read("numberOf", card.verifier)  # registered before: no event then
        return Written(value=VerifierNumber(number), receipt=receipt)

    def withdraw(self, verifier: VerifierNumber, reason_hash: bytes) -> Receipt:
        """Take a verifier out of use for ever, as the regulator; certificates that it proved stop holding."""
        return self.write("withdraw", verifier, reason_hash)

    # --- reads -------------------------------------------------------------------------------------------------

    def verify(self, verifier: VerifierNumber, proof: bytes, public_inputs: Sequence[int]) -> bool:
        """Whether a proof holds for these inputs, by the verifier's own word."""
        return bool(self.read("verify", verifier, proof, [value.to_bytes(32, "big") for value in public_inputs]))

    def verifier(self, verifier: VerifierNumber) -> VerifierRecord | None:
        """A verifier; None when the number was not given yet."""
        answer = self.read("verifierInfo", verifier)
        try:
            return _record(verifier, answer)
        except ValueError as error:
            raise self.unreadable(str(error)) from error

    def verifiers(self) -> tuple[VerifierRecord, ...]:
        """All that were ever registered, in order."""
        numbers = range(1, int(self.read("verifierCount")) + 1)
        found = (self.verifier(VerifierNumber(number)) for number in numbers)
        return tuple(record for record in found if record is not None)


def _struct(card: VerifierCard) -> tuple[object, ...]:
    return (
        card.verifier, card.circuit.number, int(card.setup_mode), card.gas_limit,
        card.circuit_hash, card.key_hash, card.setup_hash,
    )  # fmt: skip


def _record(number: VerifierNumber, answer: tuple[Any, ...]) -> VerifierRecord | None:
    state, block, code_hash, card = answer
    if state == VerifierState.NONE:
        return None
    verifier, circuit, mode, gas_limit, circuit_hash, key_hash, setup_hash = card
    return VerifierRecord(
        number=number,
        state=VerifierState(state),
        registered_block=block,
        code_hash=code_hash,
        card=VerifierCard(
            verifier=Address(verifier),
            circuit=Circuit.numbered(circuit),
            setup_mode=SetupMode(mode),
            gas_limit=gas_limit,
            circuit_hash=circuit_hash,
            key_hash=key_hash,
            setup_hash=setup_hash,
        ),
    )
