"""ModelRegistry: runs of four banks, their rounds, their models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import digest, final_model, join_run, model_card, open_run, operation, play_round

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.testing.kit import SpaceKit

ROUND_TARGET = 35_000
STATES = ("first of four", "second of four", "reaches the quorum of three", "after the quorum")


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write, after a run that ended in a final model."""
    actors = kit.actors
    model = final_model(actors, "earlier run")
    parties = [bank.address for bank in actors.banks]
    opened = actors.aggregator.models.open_run(digest("plan"), parties, 3, operation("run"))
    meter.note("run_open", opened, state="four parties")
    run = opened.value
    for position, bank in enumerate(actors.banks):
        joined = bank.models.join(run, digest("mask key", bank.name))
        if position:
            name = "run_join" if position == 1 else "run_join_last" if bank is actors.banks[-1] else None
            if name:
                meter.note(name, joined, state="others joined" if position == 1 else "starts the training")
    play_round(actors, run, 1)
    for bank in actors.banks:
        committed = bank.models.commit_contribution(run, 2, digest("contribution", 2, bank.name))
    meter.note("round_commit", committed, state="second round of a party", target=ROUND_TARGET)
    meter.note(
        "round_close", actors.aggregator.models.close_round(run, 2, digest("sum")), state="second of four parties"
    )
    for name, bank, state in zip(
        ("model_propose", "model_confirm", "model_finalise", "model_confirm_late"), actors.banks, STATES, strict=True
    ):
        meter.note(name, bank.models.confirm_model(run, model_card("model")), state=state)
    withdrawn = actors.regulator.models.withdraw_model(model, digest("reason"))
    meter.note("model_withdraw", withdrawn, state="final")
    given_up = open_run(actors, "given up")
    join_run(actors, given_up)
    meter.note("run_abandon", actors.aggregator.models.abandon_run(given_up, digest("reason")), state="in training")
