"""evidenceState
├ nothing committed by that block: not known, not intact
├ an invoice of the evidence was voided after the commitment: known, not intact
└ else: known and intact, whatever was voided before, or in later batches and by later sources
"""

from brownie import chain

from tests.contracts.world import AS_OF, VOIDED, h


def state(world, block=None):
    return world.features.evidenceState(world.subject.address, AS_OF, block or chain.height)


def test_evidence_state__nothing__unknown(world):
    assert state(world) == (False, False)


def test_evidence_state__before_the_commitment__unknown(world):
    block = world.commit(world.anchor()).block_number
    assert state(world, block - 1) == (False, False)
    assert state(world, block) == (True, True)


def test_evidence_state__voids__only_later_ones_of_the_evidence_count(world):
    batch, other = world.anchor(), world.anchor(nonce=h("other"))
    world.invoices.setStatus(batch, 1, VOIDED, {"from": world.source})
    world.commit(batch)
    world.invoices.setStatus(other, 1, VOIDED, {"from": world.source})
    assert state(world) == (True, True)
    world.invoices.setStatus(batch, 2, VOIDED, {"from": world.source})
    assert state(world) == (True, False)


def test_evidence_state__one_of_two_sources_voids__not_intact(world):
    world.commit(world.anchor())
    theirs = world.anchor(by=world.other_source)
    block = world.commit(theirs, by=world.other_source).block_number
    world.invoices.setStatus(theirs, 0, VOIDED, {"from": world.other_source})
    assert state(world) == (True, False)
    assert state(world, block - 1) == (True, True)
