"""The registry's state from its events alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.encoding.liens import LienWord, parse_lien_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustspace.adapters.chain.contract import Event

LIEN_EVENTS = (
    "LienReserved", "LienFinanced", "LienReleased", "LienDisplaced", "LienExpired", "CollateralLinked", "LienDisputed",
    "DisputeResolved",
)  # fmt: skip
LINK_EVENTS = ("FingerprintLinked", "FingerprintUnlinked")


class Replay:
    """Liens by family and position, and the family of every fingerprint."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.liens: dict[bytes, dict[int, LienWord]] = {}
        self.pointers: dict[bytes, bytes] = {}
        for event in events:
            self._apply(event)

    def family(self, fingerprint: bytes) -> bytes:
        return self.pointers.get(fingerprint, fingerprint)

    def liens_of(self, fingerprint: bytes) -> list[LienWord]:
        of_family = self.liens.get(self.family(fingerprint), {})
        return [of_family[position] for position in sorted(of_family)]

    def _apply(self, event: Event) -> None:
        if event.name == "FingerprintLinked":
            fingerprint = bytes(event.arguments["fingerprint"])
            self.liens.pop(fingerprint, None)
            self.pointers[fingerprint] = bytes(event.arguments["family"])
        elif event.name == "FingerprintUnlinked":
            del self.pointers[bytes(event.arguments["fingerprint"])]
        else:
            lien = parse_lien_word(event.arguments["lien"])
            self.liens.setdefault(bytes(event.arguments["family"]), {})[lien.position] = lien
