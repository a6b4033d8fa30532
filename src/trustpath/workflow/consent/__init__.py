"""Who must consent to a change and how long to wait: tables as data, small pure functions."""

from trustpath.workflow.consent.actors import (
    Given,
    Pending,
    Permission,
    may_approve,
    may_propose,
    missing,
)
from trustpath.workflow.consent.consent import (
    Case,
    approvals,
    cases,
    neutral,
    notices,
    one_is_enough,
    strictest_tier,
)
from trustpath.workflow.consent.emergency import (
    Emergency,
    emergency,
    may_let_through,
    review_missing,
)
from trustpath.workflow.consent.engine_people import EnginePeople
from trustpath.workflow.consent.glue import glue_of
from trustpath.workflow.consent.inherited import inherited_caa
from trustpath.workflow.consent.people import EventHolding, Holding, People, Reach
from trustpath.workflow.consent.standing import StandingMatch, standing_for
from trustpath.workflow.consent.timing import ASSUMED, Timing, engine_timing
from trustpath.workflow.consent.traits import letters, planned, traits
from trustpath.workflow.consent.waits import rollback_safe_until, waits

__all__ = [
    "ASSUMED",
    "Case",
    "Emergency",
    "EnginePeople",
    "EventHolding",
    "Given",
    "Holding",
    "Pending",
    "People",
    "Permission",
    "Reach",
    "StandingMatch",
    "Timing",
    "approvals",
    "cases",
    "emergency",
    "engine_timing",
    "glue_of",
    "inherited_caa",
    "letters",
    "may_approve",
    "may_let_through",
    "may_propose",
    "missing",
    "neutral",
    "notices",
    "one_is_enough",
    "planned",
    "review_missing",
    "rollback_safe_until",
    "standing_for",
    "strictest_tier",
    "traits",
    "waits",
]
