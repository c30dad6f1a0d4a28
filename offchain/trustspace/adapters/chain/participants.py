"""ParticipantRegistry: organisations, roles, accounts, encryption keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.contract import Contract, Written
from trustspace.domain.ids import Address, ParticipantId
from trustspace.domain.participants import AccountInfo, Role
from trustspace.encoding.eip712 import TypedMessage, consent_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.node import Receipt

NO_HASH = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionKey:
    """An X25519 public key and the first block in which counterparties use it; a later key ends it.

    `set_by` is the number of the account that published it.
    """

    key: bytes
    valid_from: int
    set_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A pending recovery: who takes over, from when on (UTC seconds, 0 without a quorum), with how many approvals."""

    new_account: Address
    executable_at: int
    approvals: int


class ParticipantRegistry(Contract):
    """Who is admitted, with which roles, accounts and keys."""

    name = "ParticipantRegistry"

    # --- regulator ---------------------------------------------------------------------------------------------

    def admit(self, account: Address, roles: Role, profile_hash: bytes = NO_HASH) -> Written[ParticipantId]:
        """Admit an organisation with its first account."""
        receipt = self.write("admit", account, int(roles), profile_hash)
        event = self.one_event(receipt, "ParticipantAdmitted")
        return Written(value=ParticipantId(event["participant"]), receipt=receipt)

    def set_roles(self, participant: ParticipantId, roles: Role) -> Receipt:
        """Replace the roles of a participant."""
        return self.write("setRoles", participant, int(roles), once=False)

    def suspend(self, participant: ParticipantId) -> Receipt:
        """Take every role away until reinstated."""
        return self.write("suspend", participant, once=False)

    def reinstate(self, participant: ParticipantId) -> Receipt:
        """Give a suspended participant its roles back."""
        return self.write("reinstate", participant, once=False)

    def declare_compromise(self, account: Address, from_block: int) -> Receipt:
        """Void what an account signed from a block on, in place of its owner."""
        return self.write("declareCompromise", account, from_block)

    def reject_recovery(self, participant: ParticipantId) -> Receipt:
        """Stop a pending recovery."""
        return self.write("rejectRecovery", participant, once=False)

    # --- participants ------------------------------------------------------------------------------------------

    def add_account(self, account: Address, consent: bytes) -> Receipt:
        """Add an account to the own participant; `consent` is the new account's signature of `consent_message`."""
        return self.write("addAccount", account, consent)

    def retire_account(self, account: Address) -> Receipt:
        """End an own account; what it signed before stays valid."""
        return self.write("retireAccount", account)

    def report_compromise(self, account: Address, from_block: int) -> Receipt:
        """Void what an own account signed from a block on."""
        return self.write("reportCompromise", account, from_block)

    def set_encryption_key(self, key: bytes) -> Receipt:
        """Publish the X25519 key under which others encrypt for the own participant."""
        return self.write("setEncryptionKey", key, once=False)

    def propose_recovery(self, participant: ParticipantId, new_account: Address, consent: bytes) -> Receipt:
        """Start giving another participant that lost its accounts a new one."""
        return self.write("proposeRecovery", participant, new_account, consent, once=False)

    def approve_recovery(self, participant: ParticipantId, new_account: Address) -> Receipt:
        """Approve a pending recovery of another participant."""
        return self.write("approveRecovery", participant, new_account, once=False)

    def cancel_recovery(self, participant: ParticipantId) -> Receipt:
        """Veto a recovery of the own participant."""
        return self.write("cancelRecovery", participant, once=False)

    def execute_recovery(self, participant: ParticipantId) -> Receipt:
        """Carry a recovery out after its delay; anybody may."""
        return self.write("executeRecovery", participant, once=False)

    def consent_message(self, participant: ParticipantId, account: Address) -> TypedMessage:
        """What a new account signs to be added."""
        return consent_message(self.address, self.client.chain_id, participant, account)

    # --- reads -------------------------------------------------------------------------------------------------

    def require_role(self, account: Address, roles: Role) -> ParticipantId:
        """Participant for which an account acts now with one of `roles`. Raises ContractRefused when it does not."""
        return ParticipantId(self.read("requireRole", account, int(roles)))

    def participant_of(self, account: Address) -> ParticipantId:
        """Owner of an account, live or not; 0 when unknown."""
        return ParticipantId(self.read("participantOf", account))

    def account_info(self, address: Address) -> AccountInfo:
        """All that is known of an account."""
        return self.account_infos([address])[0]

    def account_infos(self, addresses: Sequence[Address], *, block: int | str = "latest") -> tuple[AccountInfo, ...]:
        """The same for many."""
        found = self.read_each("accountInfo", [(address,) for address in addresses], block=block)
        return tuple(
            AccountInfo(
                address=address,
                participant=ParticipantId(participant),
                number=number,
                roles=Role(roles),
                valid_from=valid_from,
                retired_at=retired_at,
                compromised_from=compromised_from,
            )
            for address, (participant, number, roles, valid_from, retired_at, compromised_from) in zip(
                addresses, found, strict=True
            )
        )

    def account_at(self, number: int) -> Address:
        """Account by its number."""
        return Address(self.read("accountAt", number))

    def accounts_of(self, participant: ParticipantId) -> tuple[Address, ...]:
        """All accounts a participant ever had."""
        return tuple(Address(account) for account in self.read("accountsOf", participant))

    def was_valid_at(self, account: Address, block: int) -> bool:
        """Whether an account acted for its participant in a block, as known today."""
        return bool(self.read("wasValidAt", account, block))

    def encryption_key(self, participant: ParticipantId) -> bytes:
        """Current X25519 key. Raises ContractRefused (EncryptionKeyMissing)."""
        return bytes(self.read("encryptionKeyOf", participant))

    def encryption_keys(self, participant: ParticipantId) -> tuple[EncryptionKey, ...]:
        """All X25519 keys in order."""
        return tuple(
            EncryptionKey(key=key, valid_from=block, set_by=account)
            for key, block, account in self.read("encryptionKeysOf", participant)
        )

    def roles_of(self, participant: ParticipantId) -> tuple[Role, bool]:
        """Roles, and whether the participant is suspended."""
        roles, suspended = self.read("rolesOf", participant)
        return Role(roles), suspended

    def count(self) -> int:
        """How many participants were admitted; their numbers are 1 to this."""
        return int(self.read("participantCount"))

    def recovery(self, participant: ParticipantId) -> Recovery:
        """The pending recovery; zeros when none."""
        account, executable_at, approvals = self.read("recoveryOf", participant)
        return Recovery(new_account=Address(account), executable_at=executable_at, approvals=approvals)
