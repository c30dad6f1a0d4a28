"""A bank without a node: a bundle made while the chain runs is judged when the chain is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.system_clock import SystemClock
from trustspace.apps.offline import verify_bundle
from trustspace.domain.certificates import Reason
from trustspace.domain.headers import PinnedHash
from trustspace.errors import InvalidBundle, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustspace.apps.demo.certifying import Issued
    from trustspace.apps.demo.stage import Stage
    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.ids import CertificateId

WEEK = 7 * 86_400
REFUSED, STALE = "refused", "TooOld"
EXPECTED = {
    "a bank without a node judges the file": Reason.OK.label,
    "the same file a week later": STALE,
    "one byte of it changed": REFUSED,
    "offered for another block": REFUSED,
    "offered for another firm's certificate": REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A bundle's file, the hash by which the bank knows its block, and whose certificate it holds."""

    file: Path
    block_hash: bytes
    certificate: CertificateId
    another: CertificateId


@dataclass(frozen=True, slots=True)
class _Later:
    """The clock of a bank that opens the file some time later."""

    seconds: int

    def now(self) -> int:
        return SystemClock().now() + self.seconds


def pack(stage: Stage, issued: Issued) -> Packed:
    """Make the bundle of the first firm's certificate, while there is a node to ask."""
    certificate, another, *_ = issued.ids.values()
    bundle, made = stage.reader.bundle(certificate)
    file = stage.folder / "certificate.bundle"
    file.write_bytes(bundle.to_bytes())
    return Packed(file=file, block_hash=made.block_hash, certificate=certificate, another=another)


def judge(stage: Stage, packed: Packed) -> dict[str, str]:
    """What a bank finds in the file, and in what could be made of it; each title with its outcome.

    Raises ProtocolError when something ends otherwise than it must.
    """
    raw = packed.file.read_bytes()
    changed, middle = packed.file.with_suffix(".changed"), len(raw) // 2
    changed.write_bytes(raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :])

    def verdict(
        file: Path = packed.file,
        *,
        of: CertificateId = packed.certificate,
        block: bytes = packed.block_hash,
        later: int = 0,
    ) -> BundleVerdict:
        trust = PinnedHash(block_hash=block)
        return verify_bundle(file, trust=trust, deployment=stage.deployment, certificate=of, clock=_Later(later))

    asked: tuple[Callable[[], BundleVerdict], ...] = (
        verdict,
        lambda: verdict(later=WEEK),
        lambda: verdict(changed),
        lambda: verdict(block=bytes(32)),
        lambda: verdict(of=packed.another),
    )
    told = {title: _outcome(ask) for title, ask in zip(EXPECTED, asked, strict=True)}
    changed.unlink()
    for title, outcome in told.items():
        if outcome != EXPECTED[title]:
            raise ProtocolError(f"{title}: {outcome} instead of {EXPECTED[title]}", where="demo")
    return told


def _outcome(ask: Callable[[], BundleVerdict]) -> str:
    try:
        verdict = ask()
    except InvalidBundle:
        return REFUSED
    return verdict.reason.label if verdict.fresh else STALE
