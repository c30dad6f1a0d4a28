"""What a source has delivered for: one set of sources for each subject and day, whoever asks.

Totals over sources 1, 2, 3 and over 1, 2, 3, 4 differ by the vector of source 4 alone. Neither masks nor counted uses
stop that: every source that belongs to both sets does, by delivering for the first only.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustspace.encoding.aggregation import sources_digest
from trustspace.encoding.hashing import address_word, uint_word
from trustspace.errors import SourcesChanged

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from trustspace.domain.ids import AsOfDay, ParticipantId, SubjectId


@dataclass(frozen=True, slots=True)
class DeliveryBook:
    """`seen` may be a persistent mapping: subject and day (64 bytes) -> digest of sources and commitments (32 bytes).

    All of it is on the chain in clear: the book has to be kept whole, not secret.
    """

    seen: MutableMapping[bytes, bytes] = field(default_factory=dict)

    def claim(
        self, subject: SubjectId, as_of: AsOfDay, commitments: Mapping[ParticipantId, bytes], *, party: int | str = ""
    ) -> None:
        """Record that a part goes out for these sources; the same set again is a no-op.

        Raises SourcesChanged when one went out for another set, or with another commitment of any source.
        """
        place = address_word(subject, where="subject") + uint_word(as_of, 16, where="as_of")
        digest = sources_digest(commitments)
        if not hmac.compare_digest(self.seen.setdefault(place, digest), digest):
            raise SourcesChanged(
                f"delivered before for other sources or commitments (subject {subject}, day {as_of})",
                where=f"party {party}",
                remedy="deliver nothing: the two totals would show one source's part; let all commit to a new day",
            )
