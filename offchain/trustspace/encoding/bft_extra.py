"""The extra data of QBFT and IBFT 2.0 headers: who validates, and who sealed the block (Besu, EEA QBFT).

    QBFT      [vanity (32), [validator, …], [] or [address, 0xff or ""],        round,          [seal, …]]
    IBFT 2.0  [vanity (32), [validator, …], "" or [address, 0xff or 0x00],      round (4 bytes), [seal, …]]

Three encodings of one header:

    whole         as nodes pass it on
    to be sealed  without the seals (QBFT: an empty list): each seal signs its Keccak-256
    named         without seals and round (QBFT: an empty list and 0): its Keccak-256 is the block's hash

A seal is r | s | parity, 65 bytes. The first block has no seals; its extra data stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.domain.headers import Consensus
from trustspace.encoding import rlp
from trustspace.encoding.address import checksum_address
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidBundle, OutOfRange

if TYPE_CHECKING:
    from trustspace.domain.ids import Address
    from trustspace.encoding.block_header import BlockHeader
    from trustspace.encoding.rlp import Decoded, Item

VANITY_BYTES = 32
SEAL_BYTES = 65
ROUND_BYTES = 4
ADD = b"\xff"
DROP = {Consensus.QBFT: b"", Consensus.IBFT2: b"\0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BftExtra:
    """Extra data in parts. `vote` is kept as it was decoded: nothing here depends on it."""

    consensus: Consensus
    vanity: bytes
    validators: tuple[Address, ...]
    vote: Item
    round: int
    seals: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """The whole."""
        return self._encoded(self._round(self.round), list(self.seals))

    def to_be_sealed(self) -> bytes:
        """Without the seals."""
        if self.consensus is Consensus.QBFT:
            return self._encoded(self._round(self.round), [])
        return self._encoded(self._round(self.round))

    def named(self) -> bytes:
        """Without seals and round."""
        return self._encoded(self._round(0), []) if self.consensus is Consensus.QBFT else self._encoded()

    def _encoded(self, *ending: Item) -> bytes:
        validators = [bytes.fromhex(address[2:]) for address in self.validators]
        return rlp.encode([self.vanity, validators, self.vote, *ending])

    def _round(self, number: int) -> Item:
        return number if self.consensus is Consensus.QBFT else number.to_bytes(ROUND_BYTES, "big")


def parse_bft_extra(raw: bytes, consensus: Consensus) -> BftExtra:
    """Inverse of `BftExtra.to_bytes`. Raises InvalidBundle for anything else."""
    try:
        extra = _parsed(raw, consensus)
    except OutOfRange as error:
        raise _refusal(error.message) from error
    if extra.to_bytes() != raw:
        raise _refusal("written in another way")
    return extra


def block_hash(header: BlockHeader, consensus: Consensus) -> bytes:
    """The hash by which the network knows a block. Raises InvalidBundle for extra data of another consensus."""
    if consensus is Consensus.PLAIN or header.number == 0:
        return header.plain_hash
    return header.with_extra_data(parse_bft_extra(header.extra_data, consensus).named()).plain_hash


def sealed_digest(header: BlockHeader, extra: BftExtra) -> bytes:
    """What each validator signed."""
    return keccak(header.with_extra_data(extra.to_be_sealed()).to_bytes())


def _parsed(raw: bytes, consensus: Consensus) -> BftExtra:
    parts = rlp.decode_list(raw, where="extra data")
    if len(parts) != 5:
        raise _refusal(f"{len(parts)} parts instead of 5")
    vanity, validators, vote, number, seals = parts
    if isinstance(validators, bytes) or isinstance(seals, bytes):
        raise _refusal("validators or seals are no list")
    nobody: Decoded = [] if consensus is Consensus.QBFT else b""
    if vote != nobody:
        _check_vote(vote, consensus)
    if consensus is Consensus.QBFT:
        turn = rlp.integer(number, where="round")
    else:
        turn = int.from_bytes(rlp.fixed(number, ROUND_BYTES, where="round"), "big")
    return BftExtra(
        consensus=consensus,
        vanity=rlp.fixed(vanity, VANITY_BYTES, where="vanity"),
        validators=tuple(checksum_address(rlp.fixed(item, 20, where="validator")) for item in validators),
        vote=vote,
        round=turn,
        seals=tuple(rlp.fixed(item, SEAL_BYTES, where="seal") for item in seals),
    )


def _check_vote(vote: Decoded, consensus: Consensus) -> None:
    if isinstance(vote, bytes) or len(vote) != 2 or vote[1] not in (ADD, DROP[consensus]):
        raise _refusal("a vote of another form")
    rlp.fixed(vote[0], 20, where="vote")


def _refusal(problem: str) -> InvalidBundle:
    return InvalidBundle(f"extra data of another form: {problem}", where="header", remedy="make the bundle again")
