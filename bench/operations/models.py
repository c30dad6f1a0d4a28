"""ModelRegistry: runs of four banks, their rounds, their models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import (
    digest,
    final_model,
    gathered_round,
    join_run,
    model_card,
    open_run,
    operation,
    play_round,
)

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.testing.kit import SpaceKit

ROUND_TARGET = 35_000
GATHER_TARGET = 50_000  # for each party, survivors and sum included
STATES = ("first of four", "second of four", "reaches the quorum of three", "after the quorum")


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write, after a run that ended in a final model."""
    actors = kit.actors
    model = final_model(actors, "earlier run")
    parties = [bank.address for bank in actors.banks]
    opened = actors.aggregator.models.open_run(digest("plan"), parties, 3, operation("run"))
    meter.note("run_open", opened, state="four parties")
    run = opened.value
    joined = [bank.models.join(run, digest("mask key", bank.name)) for bank in actors.banks]
    meter.note("run_join", joined[1], state="one of four joined")
    meter.note("run_join_last", joined[-1], state="starts the training")
    play_round(actors, run, 1)
    for number in (2, 3):
        gathered = actors.aggregator.models.gather_round(run, gathered_round(actors, run, number))
    meter.note("round_gather", gathered, state="third round, four parties", target=len(parties) * GATHER_TARGET)
    actors.aggregator.models.close_round(run, 3, digest("aggregate", 3))
    for bank in actors.banks:
        committed = bank.models.commit_contribution(run, 4, digest("contribution", 4, bank.name))
    meter.note("round_commit", committed, state="fourth round of a party", target=ROUND_TARGET)
    fixed = actors.aggregator.models.fix_survivors(run, 4, 0b1111)
    meter.note("round_survivors", fixed, state="fourth round, four parties")
    closed = actors.aggregator.models.close_round(run, 4, digest("sum"))
    meter.note("round_close", closed, state="fourth round, four parties")
    for name, bank, state in zip(
        ("model_propose", "model_confirm", "model_finalise", "model_confirm_late"), actors.banks, STATES, strict=True
    ):
        meter.note(name, bank.models.confirm_model(run, model_card("model")), state=state)
    withdrawn = actors.regulator.models.withdraw_model(model, digest("reason"))
    meter.note("model_withdraw", withdrawn, state="final")
    given_up = open_run(actors, "given up")
    join_run(actors, given_up)
    meter.note("run_abandon", actors.aggregator.models.abandon_run(given_up, digest("reason")), state="in training")
