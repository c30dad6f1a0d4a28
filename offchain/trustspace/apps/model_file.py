"""Finished models from files, and the record that the chain has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustspace.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from trustspace.apps.space import Space
    from trustspace.domain.ids import ModelId
    from trustspace.learning.scorecard import Scorecard
    from trustspace.learning.trees.model import TreeModel
    from trustspace.services.certification import RegisteredModel


def read_model(path: Path) -> Scorecard | TreeModel:
    """The scorecard or the trees in a run's model.json. Raises InputError."""
    from trustspace.learning.scorecard import FORMAT, Scorecard
    from trustspace.learning.trees.model import TreeModel

    raw = path.read_bytes()
    kind = Scorecard if FORMAT.encode() in raw else TreeModel
    return kind.from_bytes(raw, where=str(path))


def registered_model(space: Space, path: Path, model: ModelId | None) -> RegisteredModel:
    """The model in a file with its record: that of an id, or the one final model of its hash.

    Raises InputError for a file that is no model, CommitmentMismatch when it is not the model of that id or not final,
    UsageError when the chain knows no final model of its hash, or several.
    """
    from trustspace.services.certification import RegisteredModel

    card = read_model(path)
    if model is not None:
        return RegisteredModel(card=card, record=space.models.model(model))
    found = space.models.final_models_of(card.digest)
    if len(found) != 1:
        known = ", ".join(f"0x{record.model.hex()}" for record in found) or "none"
        raise UsageError(
            f"the chain has not one final model of its hash: {known}",
            where=str(path),
            remedy="name it with --model-id, or look for the file of the run that ended in a final model",
        )
    return RegisteredModel(card=card, record=found[0])
