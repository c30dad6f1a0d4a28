"""did:pkh: accounts as decentralised identifiers, `did:pkh:eip155:<chain id>:<address>` (CAIP-10 after the method).

Only one spelling is taken: the chain id without leading zeros, the address with its checksum (EIP-55). Two spellings
of one account would be two strings that stand for one firm.
"""

from __future__ import annotations

import re

from trustspace.domain.ids import Address
from trustspace.encoding.address import normal_address
from trustspace.errors import OutOfRange

_FORM = re.compile(r"did:pkh:eip155:([1-9][0-9]{0,18}):(0x[0-9a-fA-F]{40})")


def did_of(chain_id: int, account: str) -> str:
    """The identifier of an account on a chain."""
    return f"did:pkh:eip155:{chain_id}:{account}"


def account_of(did: str) -> tuple[int, Address]:
    """Chain id and account. Raises OutOfRange for another method, another kind of chain, or another spelling."""
    found = _FORM.fullmatch(did)
    if found is None or normal_address(found[2]) != found[2]:
        raise OutOfRange(
            f"{did[:120]!r} is no did:pkh of an EVM account", remedy="did:pkh:eip155:CHAIN:ADDRESS with its checksum"
        )
    return int(found[1]), Address(found[2])
