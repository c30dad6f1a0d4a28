"""Replaying the AccessManager's events."""

from __future__ import annotations

from typing import Any

from trustspace.domain.ids import Address
from trustspace.services.rights import ChainEvent, Rights, left_at

DEPLOYER = Address("0x00000000000000000000000000000000000000Aa")
OTHER = Address("0x00000000000000000000000000000000000000Bb")
SELECTOR = b"\1\2\3\4"


def event(name: str, *, block: int = 1, index: int = 0, **arguments: Any) -> ChainEvent:
    return ChainEvent(name=name, arguments=arguments, block=block, index=index, transaction="0x01")


def granted(role: int, account: str, delay: int = 0) -> ChainEvent:
    return event("RoleGranted", roleId=role, account=account, delay=delay, since=0, newMember=True)


def revoked(role: int, account: str, block: int = 1, index: int = 0) -> ChainEvent:
    return event("RoleRevoked", block=block, index=index, roleId=role, account=account)


def test_after__granted_and_revoked__those_are_left_who_were_not_revoked() -> None:
    rights = Rights.after([granted(0, DEPLOYER), granted(1, OTHER), revoked(0, DEPLOYER.lower())])
    assert rights.members == {(1, OTHER.lower()): 0}


def test_after__granted_twice__the_last_delay_counts() -> None:
    assert Rights.after([granted(1, OTHER), granted(1, OTHER, delay=7)]).members == {(1, OTHER.lower()): 7}


def test_after__granted_again_after_a_revocation__is_a_member() -> None:
    assert Rights.after([granted(1, OTHER), revoked(1, OTHER), granted(1, OTHER)]).members == {(1, OTHER.lower()): 0}


def test_after__function_given_twice__the_last_role_counts() -> None:
    def given(role: int) -> ChainEvent:
        return event("TargetFunctionRoleUpdated", target=OTHER, selector=SELECTOR, roleId=role)

    assert Rights.after([given(1), given(2)]).functions == {(OTHER.lower(), SELECTOR): 2}


def test_unusual__settings_put_back__are_not_listed() -> None:
    closed = [event("TargetClosed", target=OTHER, closed=True), event("TargetClosed", target=OTHER, closed=False)]
    changed = event("RoleAdminChanged", roleId=1, admin=5)
    assert Rights.after([*closed, changed]).unusual() == {"administrator of role 1": 5}


def test_after__events_that_give_no_right__change_nothing() -> None:
    assert Rights.after([event("RoleLabel", roleId=1, label="x"), event("")]) == Rights()


def test_left_at__first_of_several_revocations_of_that_role_and_account() -> None:
    events = [revoked(1, DEPLOYER, 2), revoked(0, OTHER, 3), revoked(0, DEPLOYER, 4, 5), revoked(0, DEPLOYER, 9)]
    assert left_at(events, 0, DEPLOYER) == (4, 5)


def test_left_at__never__is_none() -> None:
    assert left_at([granted(0, DEPLOYER)], 0, DEPLOYER) is None
