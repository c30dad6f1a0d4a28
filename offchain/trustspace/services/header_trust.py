"""Whether a header is one to be believed: the hash that was pinned, or sealed by the validators that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.crypto.signing import recover
from trustspace.domain.headers import Consensus, KnownValidators, PinnedHash, quorum_of
from trustspace.encoding.bft_extra import block_hash, parse_bft_extra, sealed_digest
from trustspace.encoding.signatures import has_low_s
from trustspace.errors import InvalidBundle, InvalidKey

if TYPE_CHECKING:
    from trustspace.domain.headers import HeaderTrust
    from trustspace.domain.ids import Address
    from trustspace.encoding.bft_extra import BftExtra
    from trustspace.encoding.block_header import BlockHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedHeader:
    """A header with what it rests on. `validators` and `sealers` are empty where headers have no seals."""

    header: BlockHeader
    block_hash: bytes
    validators: tuple[Address, ...]
    sealers: tuple[Address, ...]
    statement: str


def check_header(header: BlockHeader, consensus: Consensus, trust: HeaderTrust) -> TrustedHeader:
    """Check a header's seals and what the caller trusts. Raises InvalidBundle saying what does not hold."""
    found = block_hash(header, consensus)
    validators: tuple[Address, ...] = ()
    sealers: tuple[Address, ...] = ()
    if consensus is not Consensus.PLAIN and header.number != 0:
        extra = parse_bft_extra(header.extra_data, consensus)
        validators, sealers = extra.validators, _sealers(header, extra)
    if isinstance(trust, PinnedHash):
        statement = _check_pinned(found, trust)
    else:
        statement = _check_validators(consensus, validators, sealers, trust)
    return TrustedHeader(header=header, block_hash=found, validators=validators, sealers=sealers, statement=statement)


def _check_pinned(found: bytes, trust: PinnedHash) -> str:
    if found != trust.block_hash:
        raise _refusal(
            f"the block has the hash 0x{found.hex()}, not the trusted 0x{trust.block_hash.hex()}",
            "ask for a bundle of the block that you trust",
        )
    return "the block's hash was given"


def _check_validators(
    consensus: Consensus, validators: tuple[Address, ...], sealers: tuple[Address, ...], trust: KnownValidators
) -> str:
    if consensus is not trust.consensus or not sealers:
        raise _refusal(
            f"the block has no {trust.consensus.value} seals ({consensus.value}, {len(sealers)} seals)",
            "trust its hash instead, by --block-hash",
        )
    if set(validators) != set(trust.validators):
        strangers = sorted(set(validators) ^ set(trust.validators))
        raise _refusal(
            f"the block names other validators than the trusted ones: {', '.join(strangers)}",
            "if the network changed them, get its present list by a way that you trust",
        )
    return f"sealed by {len(sealers)} of {len(validators)} known {consensus.value} validators"


def _sealers(header: BlockHeader, extra: BftExtra) -> tuple[Address, ...]:
    """The accounts that sealed a block: distinct validators, and enough of them."""
    digest = sealed_digest(header, extra)
    sealers = tuple(_sealer(digest, seal) for seal in extra.seals)
    if len(set(extra.validators)) != len(extra.validators) or not extra.validators:
        raise _refusal("its list of validators names nobody, or somebody twice")
    if len(set(sealers)) != len(sealers):
        raise _refusal("somebody sealed it twice")
    strangers = [account for account in sealers if account not in extra.validators]
    if strangers:
        raise _refusal(f"{strangers[0]} sealed it and is no validator")
    needed = quorum_of(len(extra.validators))
    if len(sealers) < needed:
        raise _refusal(f"{len(sealers)} seals of {len(extra.validators)} validators are too few: {needed} are needed")
    return sealers


def _sealer(digest: bytes, seal: bytes) -> Address:
    """Who made a seal; the other forms of the same signature are refused, so that no byte can change unseen."""
    if seal[64] > 1 or not has_low_s(seal):
        raise _refusal("a seal is not in its canonical form")
    try:
        return recover(digest, seal)
    except InvalidKey as error:
        raise _refusal("a seal is no signature") from error


def _refusal(problem: str, remedy: str = "make the bundle again, from a node that you trust") -> InvalidBundle:
    return InvalidBundle(f"the block cannot be believed: {problem}", where="header", remedy=remedy)
