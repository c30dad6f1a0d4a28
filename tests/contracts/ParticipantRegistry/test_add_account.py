"""addAccount
├ caller is unknown: UnknownAccount; retired: AccountNotLive
├ account is zero: InvalidAccount; registered: AccountAlreadyRegistered
├ consent is missing, another's, or for another participant: ConsentInvalid
├ there are 16: TooManyAccounts
└ else: acts at once with the participant's roles
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import BANK, CERTIFIER, ZERO_ADDRESS, Signer

CONSENT = "uint16 participant,address account"


def consent(world, signer, participant=1, account=None):
    account = account or signer.address
    return signer.sign(world.participants, "AccountConsent", CONSENT, participant=participant, account=account)


def test_add_account__by_outsider__refused(world):
    spare = Signer("spare")
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.addAccount.call(spare.address, consent(world, spare), {"from": world.outsider})


def test_add_account__by_retired__refused(world):
    spare = Signer("spare")
    world.participants.retireAccount(world.bank(0), {"from": world.bank(0)})
    with reverts_with("AccountNotLive", world.bank(0)):
        world.participants.addAccount.call(spare.address, consent(world, spare), {"from": world.bank(0)})


def test_add_account__zero_or_taken__refused(world):
    with reverts_with("InvalidAccount", ZERO_ADDRESS):
        world.participants.addAccount.call(ZERO_ADDRESS, b"", {"from": world.bank(0)})
    with reverts_with("AccountAlreadyRegistered", world.bank(1), 2):
        world.participants.addAccount.call(world.bank(1), consent(world, world.banks[1]), {"from": world.bank(0)})


def test_add_account__strangers_address__refused(world):
    """Nobody can occupy an address whose key it does not hold."""
    victim = Signer("victim")
    for forged in (b"", b"\x00" * 65, consent(world, world.banks[0], account=victim.address)):
        with reverts_with("ConsentInvalid", victim.address):
            world.participants.addAccount.call(victim.address, forged, {"from": world.bank(0)})
    with reverts_with("ConsentInvalid", victim.address):
        world.participants.addAccount.call(
            victim.address, consent(world, victim, participant=2), {"from": world.bank(0)}
        )


def test_add_account__sixteen__refused(world):
    for i in range(15):
        spare = Signer(f"spare {i}")
        world.participants.addAccount(spare.address, consent(world, spare), {"from": world.bank(0)})
    spare = Signer("one too many")
    with reverts_with("TooManyAccounts", 1):
        world.participants.addAccount.call(spare.address, consent(world, spare), {"from": world.bank(0)})


def test_add_account__with_consent__acts_at_once(world):
    spare = Signer("spare")
    tx = world.participants.addAccount(spare.address, consent(world, spare), {"from": world.bank(0)})
    number = len(world.ids) + 1
    assert dict(tx.events["AccountAdded"]) == {"participant": 1, "account": spare.address, "number": number}
    assert world.participants.accountInfo(spare.address) == (1, number, BANK | CERTIFIER, tx.block_number, 0, 0)
    assert set(world.participants.accountsOf(1)) == {world.bank(0), spare.address}
