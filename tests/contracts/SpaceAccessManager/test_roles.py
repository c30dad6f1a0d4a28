"""After deployment
├ the deployer holds no role
├ the guardian holds no role but its own, and cannot give itself one
└ only the table's functions are bound to roles; the rest of the restricted ones belong to the administrator
"""

from tests.contracts.errors import reverts_with
from trustspace.services.governance import ADMIN, GOVERNED, GUARDIAN, REGULATOR


def test_roles__deployer__none(world):
    for role in (ADMIN, REGULATOR, GUARDIAN):
        assert world.manager.hasRole(role, world.deployer)[0] is False


def test_roles__guardian__its_own_alone(world):
    held = [role for role in (ADMIN, REGULATOR, GUARDIAN) if world.manager.hasRole(role, world.guardian)[0]]
    assert held == [GUARDIAN]
    with reverts_with("AccessManagerUnauthorizedAccount", world.guardian, ADMIN):
        world.manager.grantRole.call(REGULATOR, world.guardian, 0, {"from": world.guardian})


def test_roles__functions__as_the_table(world):
    for contract in world.guarded:
        expected = {name: role for role, names in GOVERNED[contract._name].items() for name in names}
        for name, signature in contract.signatures.items():
            role = world.manager.getTargetFunctionRole(contract, signature)
            assert role == expected.get(name, ADMIN), f"{contract._name}.{name}"


def test_roles__authority__only_the_manager_moves_it(world):
    for contract in world.guarded:
        assert contract.authority() == world.manager
        with reverts_with("AccessManagedUnauthorized", world.guardian):
            contract.setAuthority.call(world.guardian, {"from": world.guardian})


def test_version__manager__as_the_others(world):
    assert world.manager.version() == "1.0.0"
