"""`ports.ConsentReader` on the chain, many answers in few round trips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.domain.agreements import AgreementRecord, Purpose
from trustspace.domain.ids import ParticipantId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustspace.adapters.chain.agreements import AgreementRegistry
    from trustspace.adapters.chain.features import FeatureRegistry
    from trustspace.adapters.chain.participants import ParticipantRegistry
    from trustspace.domain.ids import Address, AgreementId, AsOfDay, OperationId, SubjectId


class ChainConsentReader:
    """Reads with whatever connection the registries have; needs no signer."""

    def __init__(
        self, agreements: AgreementRegistry, features: FeatureRegistry, participants: ParticipantRegistry
    ) -> None:
        """Take the registries of one space."""
        self._agreements = agreements
        self._features = features
        self._participants = participants

    @property
    def chain_id(self) -> int:
        """Chain that aggregations are bound to."""
        return self._features.client.chain_id

    @property
    def registry(self) -> Address:
        """FeatureRegistry that aggregations are bound to."""
        return self._features.address

    def now(self) -> int:
        """Time of the latest block, UTC seconds."""
        return self._features.client.node.timestamp()

    def agreements(self, agreements: Sequence[AgreementId]) -> tuple[AgreementRecord, ...]:
        """Agreements; state NONE for an unknown one."""
        return self._agreements.get_many(agreements)

    def purposes(self, operations: Sequence[tuple[AgreementId, OperationId]]) -> tuple[Purpose, ...]:
        """What each operation was counted for; no purpose when it was not."""
        return tuple(Purpose(purpose) for purpose, _ in self._agreements.read_each("useOf", operations))

    def commitments(self, keys: Sequence[tuple[SubjectId, AsOfDay]]) -> tuple[dict[ParticipantId, bytes], ...]:
        """The feature commitment of every source, for each subject and day."""
        sources = [tuple(map(ParticipantId, found)) for found in self._features.read_each("sourcesOf", keys)]
        wanted = [(*key, source) for key, found in zip(keys, sources, strict=True) for source in found]
        answers = iter(self._features.commitments_of(wanted))
        filled = [{source: next(answers) for source in found} for found in sources]
        return tuple({source: item for source, item in of_key.items() if item is not None} for of_key in filled)

    def mask_keys(self, participants: Sequence[ParticipantId]) -> dict[ParticipantId, bytes]:
        """The X25519 keys of participants that have one, none that a stolen account set."""
        keys = self._participants.read("currentEncryptionKeys", list(participants))
        return {party: bytes(key) for party, key in zip(participants, keys, strict=True) if any(key)}
