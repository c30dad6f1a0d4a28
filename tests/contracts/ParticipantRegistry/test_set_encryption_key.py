"""setEncryptionKey
├ caller is not live: UnknownAccount, AccountNotLive
├ key is zero: InvalidEncryptionKey
└ else: current from this block
encryptionKeyOf
└ none set: EncryptionKeyMissing
"""

from tests.contracts.errors import reverts_with
from tests.contracts.world import h


def test_set_encryption_key__outsider_or_zero__refused(world):
    with reverts_with("UnknownAccount", world.outsider):
        world.participants.setEncryptionKey.call(h("key"), {"from": world.outsider})
    with reverts_with("InvalidEncryptionKey"):
        world.participants.setEncryptionKey.call(bytes(32), {"from": world.bank(0)})
    with reverts_with("EncryptionKeyMissing", 1):
        world.participants.encryptionKeyOf(1)


def test_set_encryption_key__own__current_and_kept(world):
    first = world.participants.setEncryptionKey(h("first"), {"from": world.bank(0)})
    second = world.participants.setEncryptionKey(h("second"), {"from": world.bank(0)})
    assert dict(second.events["EncryptionKeySet"]) == {"participant": 1, "key": "0x" + h("second").hex()}
    assert world.participants.encryptionKeyOf(1) == "0x" + h("second").hex()
    blocks = [block for _, block, _ in world.participants.encryptionKeysOf(1)]
    assert blocks == [first.block_number, second.block_number]
