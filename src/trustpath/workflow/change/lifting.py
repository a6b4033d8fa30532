"""What would let a change that waits go on: whose command, or evidence from where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trustpath.facts.change import Change, Consent, State
from trustpath.workflow.change.rules import Rules


def lifting(
    rules: Rules, change: Change, lacking: Sequence[str], consents: Iterable[Consent]
) -> tuple[str, ...]:
    """Return what would lift what stops an open change, in the order in which it helps.

    A denial is lifted by another plan only. Evidence comes first: consents do not help without.
    """
    if change.verdict == "deny":
        return ()
    gaps = change.assessment.get("unknown", ()) if change.state is State.HELD else ()
    found = list(dict.fromkeys(text for gap in gaps if (text := _decides(gap))))
    if lacking:
        able = rules.able(change, consents)
        command = f"trustpath change approve {change.id} --actor"
        found += [f"{command} {actor}" for actor in able]
        if not able:
            found.append(
                "no actor of the estate may give what is missing: declare one under actors"
            )
    return tuple(found)


def _decides(gap: Mapping[str, Any]) -> str:
    """Return what would decide an unknown that holds a change; empty where nothing says it."""
    said = str(gap.get("decides") or "")
    probed = said and gap.get("missing") == "endpoints"
    return f"{said}, or propose it again with --probe" if probed else said
