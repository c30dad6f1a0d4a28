"""The exception tree. Each error says what was wrong, where (file, line, field, party, round) and what to do.

TrustspaceError
├── InputError (ValueError)
│   ├── InvalidInvoice
│   ├── UnreadableInvoice
│   ├── InvalidOpening
│   ├── InvalidCredential
│   ├── InvalidTable
│   ├── InvalidPlan
│   ├── InvalidKey
│   ├── InvalidElement
│   ├── InvalidSetup
│   │   └── BadContribution
│   ├── InvalidMessage
│   ├── InvalidBundle
│   ├── InvalidSettings
│   ├── InvalidDeployment
│   ├── NoCircuit
│   └── OutOfRange
├── ProtocolError (RuntimeError)
│   ├── ConsentMissing
│   ├── MissingParty
│   ├── PartyUnreachable
│   │   └── MemoryLost
│   ├── RunBegun
│   ├── LeftOut
│   ├── MaskReuse
│   ├── ShareConflict
│   ├── SignatureMismatch
│   ├── DuplicateMessage
│   ├── LateMessage
│   ├── SourcesChanged
│   ├── QuotaExceeded
│   ├── EpochNotOpen
│   ├── StrangerRefused
│   ├── CommitmentMismatch
│   ├── FalseStatement
│   ├── RoundOutOfOrder
│   ├── BudgetSpent
│   └── TooFewParties
├── AuditMismatch (RuntimeError)
├── LedgerError (RuntimeError)
│   ├── ChainUnreachable
│   ├── WrongChain
│   ├── ContractMissing
│   ├── ContractVersionMismatch
│   ├── ContractRefused
│   ├── TransactionLost
│   ├── TransactionRefused
│   ├── OperationConflict
│   ├── DeploymentConflict
│   └── SignerMissing
├── ToolMissing (RuntimeError)
└── UsageError
"""

from __future__ import annotations


class TrustspaceError(Exception):
    """Base of everything the package raises on purpose."""

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        self.message = message
        self.where = where
        self.remedy = remedy
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class InputError(TrustspaceError, ValueError):
    """What came in cannot be used."""


class InvalidInvoice(InputError):
    """An invoice breaks a rule of its kind."""


class UnreadableInvoice(InputError):
    """A file is no e-invoice that can be read, or is built to harm its reader. `rule` says which rule refuses it."""

    def __init__(self, message: str, *, rule: str = "TS-FORMAT", remedy: str = "") -> None:
        self.rule = rule
        super().__init__(message, remedy=remedy)


class InvalidOpening(InputError):
    """A document that should show fields of an invoice was damaged or changed."""


class InvalidCredential(InputError):
    """A credential, or what was presented of one, cannot be relied on. `reason` names why, as a verdict would."""

    def __init__(self, message: str, *, reason: str, remedy: str = "") -> None:
        self.reason = reason
        super().__init__(message, where="credential", remedy=remedy)


class InvalidTable(InputError):
    """A file does not have the documented layout. `line` counts from 1, 0 means the file as a whole."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, field: str = "", remedy: str = "") -> None:
        self.file = file
        self.line = line
        self.field = field
        places = (file, f"line {line}" if line else "", f"field {field}" if field else "")
        super().__init__(message, where=", ".join(place for place in places if place), remedy=remedy)


class InvalidPlan(InputError):
    """A training plan contradicts itself or the data."""


class InvalidKey(InputError):
    """A key has the wrong form."""


class InvalidElement(InputError):
    """Bytes that are no element, scalar or proof of the fingerprints' group."""


class InvalidSetup(InputError):
    """A set-up of proofs, or a ceremony's file, is damaged or incomplete."""


class BadContribution(InvalidSetup):
    """A contribution to a ceremony does not hold: nothing that builds on it counts."""


class InvalidMessage(InputError):
    """What came over the wire has not the documented form."""


class InvalidBundle(InputError):
    """A bundle was damaged, is incomplete, or does not prove what it says."""


class InvalidSettings(InputError):
    """A configuration file cannot be used."""


class InvalidDeployment(InputError):
    """A deployment file cannot be read."""


class NoCircuit(InputError):
    """A model that no circuit takes: what it says cannot be proven."""


class OutOfRange(InputError):
    """A number does not fit where it must go."""


class ProtocolError(TrustspaceError, RuntimeError):
    """A party did not keep to the protocol."""


class ConsentMissing(ProtocolError):
    """No agreement of the subject covers what is asked for."""


class MissingParty(ProtocolError):
    """A party did not deliver in a round."""


class PartyUnreachable(ProtocolError):
    """A party does not answer any more; the others go on without it."""


class MemoryLost(PartyUnreachable):
    """A party that was started anew does not know any more what it did in a run: it counts as one that left."""


class RunBegun(ProtocolError):
    """A run of this name has begun before."""


class LeftOut(ProtocolError):
    """The survivors fixed on the ledger are not those a party can go on with."""


class ShareConflict(ProtocolError):
    """A party was asked for both shares of one peer."""


class SignatureMismatch(ProtocolError):
    """A message is not signed by its party for this chain, contract, run, round and phase."""


class DuplicateMessage(ProtocolError):
    """A party sent a second message in one phase."""


class LateMessage(ProtocolError):
    """A message came after its phase was over."""


class MaskReuse(ProtocolError):
    """One mask stream would have covered two different vectors."""


class SourcesChanged(ProtocolError):
    """A second set of sources for one subject and day: two totals would differ by a single source's vector."""


class QuotaExceeded(ProtocolError):
    """More evaluations than a keyholder gives one bank for one seller on one day."""


class EpochNotOpen(ProtocolError):
    """A fingerprint was asked for in an epoch that is not open, or whose seeds are not here."""


class StrangerRefused(ProtocolError):
    """Who is connected, who signed and who is admitted are not one and the same."""


class CommitmentMismatch(ProtocolError):
    """Opened data do not have the hash that was committed to."""


class FalseStatement(ProtocolError):
    """What should be proven is not true."""


class RoundOutOfOrder(ProtocolError):
    """A message belongs to another round than the present one."""


class BudgetSpent(ProtocolError):
    """A round would open more than the plan's privacy budget pays for."""


class TooFewParties(ProtocolError):
    """Fewer parties than a secure sum needs."""


class AuditMismatch(TrustspaceError, RuntimeError):
    """A recomputed hash differs from the recorded one."""


class LedgerError(TrustspaceError, RuntimeError):
    """The ledger could not be reached or refused."""


class ChainUnreachable(LedgerError):
    """No node answers at the given address; trying again later may help."""


class WrongChain(LedgerError):
    """The node serves another chain than the deployment."""


class ContractMissing(LedgerError):
    """There is no code at a contract's address."""


class ContractVersionMismatch(LedgerError):
    """The contract has another version or code than this package knows."""


class ContractRefused(LedgerError):
    """A contract reverted with a custom error.

    `contract` and `error` are names, `arguments` the error's decoded arguments by name.
    """

    def __init__(
        self, contract: str, error: str, arguments: dict[str, object], *, message: str = "", remedy: str = ""
    ) -> None:
        self.contract = contract
        self.error = error
        self.arguments = arguments
        listed = ", ".join(f"{name}={value}" for name, value in arguments.items())
        super().__init__(message or f"{error}({listed})", where=contract, remedy=remedy)


class TransactionLost(LedgerError):
    """A transaction was sent but neither mined nor pending any more."""


class TransactionRefused(LedgerError):
    """The node would not take a transaction: try again once the cause is gone."""


class OperationConflict(LedgerError):
    """An operation id was used before for another call."""


class DeploymentConflict(LedgerError):
    """What is on the chain is not what the deployment says or asks for."""


class SignerMissing(LedgerError):
    """A write was asked for without a signer."""


class ToolMissing(TrustspaceError, RuntimeError):
    """An external program is not there."""


class UsageError(TrustspaceError):
    """The command was called wrongly."""
