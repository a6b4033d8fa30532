"""Standing approvals: what automation may change without asking, and why something is not that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts.consent import Actor, StandingApproval
from trustpath.facts.edits import Edit
from trustpath.facts.records.strings import joined
from trustpath.workflow.consent.waits import spoken

RecentCount = Callable[[StandingApproval], int]
"""How many edits a standing approval let through during the last ``per`` seconds."""


@dataclass(frozen=True, slots=True)
class StandingMatch:
    """The standing approval that covers a plan, or None and why there is none."""

    approval: StandingApproval | None
    why: str = ""

    def __bool__(self) -> bool:
        return self.approval is not None


def standing_for(
    edits: Sequence[Edit],
    actor: Actor,
    standing: Sequence[StandingApproval],
    *,
    now: int,
    recent_count: RecentCount,
) -> StandingMatch:
    """Return the first standing approval of the actor that covers every edit.

    Each edit must lie within name pattern, type, value form and TTL, and all of them together in
    the rate. An approval that has ended counts as none. Certificate events are never covered.
    """
    own = [item for item in standing if item.actor == actor.id]
    if not edits:
        return StandingMatch(None, "there is no edit")
    if "automation" not in actor.roles:
        return StandingMatch(None, f"{actor.id} has not the role automation")
    reasons = []
    for item in own:
        why = _refusal(item, edits, actor, now) or _too_many(item, edits, recent_count)
        if why is None:
            return StandingMatch(item)
        reasons.append(f"{item.id}: {why}")
    return StandingMatch(None, "; ".join(reasons) or f"{actor.id} has no standing approval")


def _refusal(item: StandingApproval, edits: Sequence[Edit], actor: Actor, now: int) -> str | None:
    if now >= item.until:
        return "it has ended"
    for edit in edits:
        why = _outside(item, edit)
        if why is None and not actor.covers(edit.name):
            why = f"it is not in the scopes of {actor.id}"
        if why is not None:
            return f"{edit.name} {edit.type}: {why}"
    return None


def _too_many(
    item: StandingApproval, edits: Sequence[Edit], recent_count: RecentCount
) -> str | None:
    total = recent_count(item) + len(edits)
    if total <= item.count:
        return None
    return f"{total} edits in {spoken(item.per)} are more than {item.count}"


def _outside(item: StandingApproval, edit: Edit) -> str | None:
    """Say why one edit is not covered, None where it is."""
    if not _named(item, edit.name):
        return "the name fits no pattern"
    if edit.type not in item.types:
        return f"the type is not one of {', '.join(sorted(item.types))}"
    if edit.action == "ttl":
        return "it only changes the TTL"
    odd = [text for text in (*edit.added, *edit.removed) if not item.value.fits(_value(edit, text))]
    if odd:
        return f"{odd[0][:60]} is not of the form {item.value.body}"
    return _ttl(item, edit)


def _ttl(item: StandingApproval, edit: Edit) -> str | None:
    if edit.after is None:
        return None
    kept = edit.before is not None and set(edit.before.rdatas) & set(edit.after.rdatas)
    if kept and edit.before is not None and edit.before.ttl != edit.after.ttl:
        return "it changes the TTL of values that stay"
    ttl = edit.after.ttl
    if ttl is None or not item.ttl_least <= ttl <= item.ttl_most:
        bounds = f"{spoken(item.ttl_least)} to {spoken(item.ttl_most)}"
        return f"the TTL is not within {bounds}"
    return None


def _named(item: StandingApproval, name: str) -> bool:
    """A wildcard answers for names that no pattern shows, so it must be named exactly."""
    fitting = [pattern for pattern in item.names if pattern.covers(name)]
    if names.is_wildcard(name):
        return any(pattern.match == "exact" for pattern in fitting)
    return bool(fitting)


def _value(edit: Edit, text: str) -> str:
    return joined(text) if edit.type == "TXT" else text
