"""Sources anchor their invoices, one batch for each firm, and keep the openings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustspace.adapters.chain.source_ledger import SourceLedger
from trustspace.adapters.store.openings import write_openings
from trustspace.services.registration import draw_openings, register

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustspace.apps.demo.cast import Cast
    from trustspace.apps.demo.stage import Stage
    from trustspace.apps.demo.world import World
    from trustspace.domain.ids import BatchId
    from trustspace.ports import Randomness


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """Batch of each firm, per source, and how many invoices they hold."""

    batches: tuple[Mapping[str, BatchId], ...]
    invoices: int

    @property
    def batch_count(self) -> int:
        """Batches of all sources."""
        return sum(len(of_source) for of_source in self.batches)


def anchor(stage: Stage, cast: Cast, world: World, randomness: Randomness, advance: Callable[[int], None]) -> Anchored:
    """Draw salts, write them down, then anchor."""
    pseudonyms = {name: firm.pseudonym for name, firm in cast.firms.items()}
    batches, invoices = [], 0
    for index, (source, book) in enumerate(zip(cast.sources, world.books, strict=True)):
        openings = draw_openings(book, pseudonyms, randomness)
        write_openings(stage.folder / f"source-{index + 1}-openings.jsonl", openings)
        ids = register(openings, SourceLedger(stage.as_(source.key).invoices), advance=advance)
        batches.append(dict(zip(book, ids, strict=True)))
        invoices += sum(len(opening.invoices) for opening in openings)
    return Anchored(batches=tuple(batches), invoices=invoices)
