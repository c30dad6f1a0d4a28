from trustspace.domain.features import FEATURES
from trustspace.learning.invoice_plan import REASONS, invoice_plan, invoice_trees_plan
from trustspace.learning.training import start_training


def test_invoice_plan__every_feature__has_a_reason_and_nothing_else_has() -> None:
    assert set(REASONS) == {spec.name for spec in FEATURES}
    assert len(set(REASONS.values())) == len(FEATURES)


def test_invoice_plan__sixty_four_parties__cannot_overflow() -> None:
    plan = invoice_plan(max_rows=60_000)
    start_training(plan).require_headroom(64)
    start_training(invoice_trees_plan(max_rows=60_000)).require_headroom(64)
