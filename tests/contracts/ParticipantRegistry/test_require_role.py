"""requireRole
├ account unknown: UnknownAccount; retired or compromised: AccountNotLive; without any of the roles: RoleMissing
└ else: its participant
requireSigners
├ any of them as above; two of one participant: ParticipantRepeated
└ else: their numbers
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, CERTIFIER, SOURCE, ZERO_ADDRESS


def test_require_role__each_fault__named(world):
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.requireRole(world.outsider, BANK)
    with reverts_with("RoleMissing", world.source, BANK | CERTIFIER):
        world.participants.requireRole(world.source, BANK | CERTIFIER)
    world.participants.declareCompromise(world.source, 1, {"from": world.regulator})
    with reverts_with("AccountNotLive", world.source):
        world.participants.requireRole(world.source, SOURCE)


def test_require_signers__distinct__numbers_and_owners(world):
    banks = [bank.address for bank in world.banks]
    all_four = 1 << 48 | 2 << 32 | 3 << 16 | 4  # first accounts: their numbers are their participants'
    assert world.participants.requireSigners(*banks, CERTIFIER) == (all_four, all_four)
    two = world.participants.requireSigners(banks[2], ZERO_ADDRESS, banks[0], ZERO_ADDRESS, BANK)
    assert two == (3 << 16 | 1, 3 << 16 | 1)


def test_require_signers__one_twice__refused(world):
    bank = world.bank(0)
    with reverts_with("ParticipantRepeated", 1):
        world.participants.requireSigners(bank, world.bank(1), bank, ZERO_ADDRESS, BANK)
