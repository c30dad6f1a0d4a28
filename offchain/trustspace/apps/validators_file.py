"""The validators that a bank trusts, in a TOML file that came by a way which the bank trusts:

    consensus = "qbft"                       # or "ibft2"
    validators = ["0x…", "0x…", "0x…", "0x…"]

or, instead of the list, an earlier header that names them:

    header = "0x…"                           # RLP in hexadecimal
"""  # fmt: skip

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.apps.settings_file import SettingsFile
from trustspace.domain.headers import Consensus, KnownValidators
from trustspace.encoding.address import normal_address
from trustspace.encoding.bft_extra import parse_bft_extra
from trustspace.encoding.block_header import BlockHeader
from trustspace.errors import InvalidBundle, InvalidSettings, OutOfRange

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.domain.ids import Address

SEALED = (Consensus.QBFT, Consensus.IBFT2)


def read_validators(path: Path) -> KnownValidators:
    """Read a file of validators. Raises InvalidSettings naming file and field."""
    file = SettingsFile(path, InvalidSettings, remedy="see docs/how-to-verify-offline.md")
    content = file.content
    file.only(content, "", {"consensus", "validators", "header"})
    if content.get("consensus") not in SEALED:
        raise file.wrong("consensus", f"one of {', '.join(SEALED)}")
    consensus = Consensus(content["consensus"])
    if ("validators" in content) == ("header" in content):
        raise file.wrong("validators", "either the list of validators or a header, not both")
    validators = _of_header(file, consensus) if "header" in content else _listed(file)
    if not validators or len(set(validators)) != len(validators):
        raise file.wrong("validators", "every validator once, and at least one")
    return KnownValidators(validators=validators, consensus=consensus)


def _listed(file: SettingsFile) -> tuple[Address, ...]:
    listed = file.content["validators"]
    try:
        if not isinstance(listed, list):
            raise TypeError
        return tuple(normal_address(address) for address in listed)
    except (TypeError, AttributeError, OutOfRange) as error:
        raise file.wrong("validators", "a list of addresses, 0x and 40 hexadecimal digits each") from error


def _of_header(file: SettingsFile, consensus: Consensus) -> tuple[Address, ...]:
    try:
        raw = bytes.fromhex(file.text(file.content, "header").removeprefix("0x"))
        return parse_bft_extra(BlockHeader.parse(raw).extra_data, consensus).validators
    except (ValueError, InvalidBundle) as error:
        raise file.wrong("header", f"the whole header of a {consensus.value} block, RLP in hexadecimal") from error
