"""An open epoch, and a bank's steps from a pledge to a lien."""

from types import SimpleNamespace

import pytest
from brownie import chain

from tests.contracts.world import BANK, CERTIFIER, COMMIT_WINDOW, KEYHOLDER, h


@pytest.fixture
def pledging(world):
    for i in range(2):
        world.participants.setRoles(world.ids[f"bank {i}"], BANK | CERTIFIER | KEYHOLDER, {"from": world.regulator})
    holders = [world.ids["bank 0"], world.ids["bank 1"]]
    world.fingerprint_keys.proposeEpoch(holders, 2, {"from": world.regulator})
    ceremony = world.fingerprint_keys.ceremonyOf(1)
    for i in range(2):
        world.fingerprint_keys.confirmKeys(1, ceremony, h("transcript"), {"from": world.bank(i)})

    def commit(by, pledges, salt="salt"):
        commitment = world.liens.commitmentOf(world.ids[f"bank {by}"], h(salt), pledges)
        world.liens.commit(commitment, {"from": world.bank(by)})
        return commitment

    def reserve(by, pledges, salt="salt"):
        commitment = commit(by, pledges, salt)
        bank = world.ids[f"bank {by}"]
        tx = world.liens.reserve(bank, h(salt), pledges, {"from": world.outsider})
        return world.liens.lienIdOf(bank, commitment, 0), tx

    return SimpleNamespace(commit=commit, reserve=reserve, pass_window=lambda: chain.mine(COMMIT_WINDOW))
