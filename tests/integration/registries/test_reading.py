"""What every wrapper has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustspace.errors import SignerMissing

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


def test_registry__without_a_signer__reads_but_does_not_write(data_space: SpaceKit) -> None:
    registry = type(data_space.actors.outsider.participants)(data_space.client)
    assert registry.count() == 13
    assert registry.version() == "1.0.0"
    with pytest.raises(SignerMissing, match="only read"):
        registry.set_encryption_key(bytes(32))


def test_events__in_chunks_smaller_than_the_history__are_all_found(
    data_space: SpaceKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustspace.adapters.chain.node.LOG_BLOCKS", 3)
    found = [
        event.arguments["participant"]
        for event in data_space.actors.outsider.participants.events("ParticipantAdmitted")
    ]
    assert found == list(range(1, 14))
