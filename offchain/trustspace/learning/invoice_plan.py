"""The usual plans over features derived from invoices, with the texts a firm reads when points are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.domain.features import FEATURE_SCHEMA, FEATURES
from trustspace.learning.plan import plan_for
from trustspace.learning.trees.plan import trees_plan_for

if TYPE_CHECKING:
    from trustspace.learning.plan import ScorecardPlan
    from trustspace.learning.trees.plan import TreesPlan

_SIDE_REASONS = {
    "{side}_12m": "level of {side} in the last 12 months",
    "{side}_24m": "level of {side} in the last 24 months",
    "{side}_count_12m": "number of {side} invoices in the last 12 months",
    "{side}_count_24m": "number of {side} invoices in the last 24 months",
    "{side}_average": "average amount of a {side} invoice",
    "{side}_void_share": "share of voided {side} invoices",
    "{side}_red_share": "share of {side} reversed by red-letter invoices",
    "{side}_tax_rate": "average tax rate on {side}",
    "{party}s": "number of {party}s",
    "{party}s_kept": "share of {party}s kept from the year before",
    "{party}_concentration": "dependence on few {party}s",
    "{side}_months_active": "months with {side} invoices",
    "{side}_trend": "trend of {side} against the year before",
    "{side}_variation": "unevenness of monthly {side}",
}
REASONS = {
    **{
        name.format(side=side, party=party): text.format(side=side, party=party)
        for side, party in (("sales", "customer"), ("purchases", "supplier"))
        for name, text in _SIDE_REASONS.items()
    },
    "margin": "margin between sales and purchases",
    "months_active": "months with any invoice",
}


def invoice_plan(**settings: Any) -> ScorecardPlan:
    """A scorecard's plan over all features; `settings` are its fields. Raises InvalidPlan for one out of range."""
    ranges = {spec.name: (spec.low, spec.high) for spec in FEATURES}
    return plan_for(FEATURE_SCHEMA, ranges, reasons=REASONS, **settings)


def invoice_trees_plan(**settings: Any) -> TreesPlan:
    """A plan of boosted trees over all features; `settings` are its fields. Raises InvalidPlan likewise."""
    ranges = {spec.name: (spec.low, spec.high) for spec in FEATURES}
    return trees_plan_for(FEATURE_SCHEMA, ranges, reasons=REASONS, **settings)
