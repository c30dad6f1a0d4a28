"""setPolicy
├ caller is not the regulator: AccessManagedUnauthorized
├ quorum is not 1 to 4, or no validity: InvalidPolicy, also at deployment
└ else: in force for the next certificate; what was issued stays
"""

import pytest
from brownie import CertificateRegistry

from tests.contracts.errors import reverts_with
from tests.contracts.world import DAY, Certificate


def test_set_policy__by_others__refused(world):
    for caller in (world.guardian, world.bank(0), world.deployer):
        with reverts_with("AccessManagedUnauthorized", caller):
            world.certificates.setPolicy.call(1, DAY, {"from": caller})


@pytest.mark.parametrize(("quorum", "validity"), [(0, DAY), (5, DAY), (2, 0)])
def test_set_policy__unsound__refused(world, quorum, validity):
    with reverts_with("InvalidPolicy", quorum, validity):
        world.certificates.setPolicy.call(quorum, validity, {"from": world.regulator})
    registries = (world.manager, world.participants, world.agreements, world.models, world.features, world.verifiers)
    with reverts_with("InvalidPolicy", quorum, validity):
        CertificateRegistry.deploy(*registries, quorum, validity, {"from": world.deployer})


def test_set_policy__stricter__for_the_next_only(world, certificate, ready):
    issued = world.issue(certificate)
    tx = world.certificates.setPolicy(3, 10 * DAY, {"from": world.regulator})
    assert dict(tx.events["PolicyChanged"]) == {"quorum": 3, "maxValidity": 10 * DAY}
    assert world.certificates.policy() == (3, 10 * DAY)
    assert world.certificates.verify(issued)[0] == 1
    fresh = Certificate(ready["agreement"], ready["model"], grade=1)
    with reverts_with("ValidityTooLong", 90 * DAY, 10 * DAY):
        world.certificates.issue.call(fresh.tuple, [], {"from": world.outsider})
    fresh.not_after = fresh.valid_from + DAY
    with reverts_with("TooFewEndorsements", 2, 3):
        world.certificates.issue.call(fresh.tuple, world.endorsements(fresh, 0, 1), {"from": world.outsider})
