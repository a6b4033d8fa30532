"""What would let a change that waits go on: whose command, or evidence from where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trustpath.facts.change import Change, Consent, State
from trustpath.workflow.change.rules import Rules

SOURCES: Mapping[str, str] = {
    "accounts": "declare the accounts of the CA under cas",
    "certificates": "add a source of kind certificates, or name it under complete",
    "complete": "name the kinds of evidence that are whole under complete",
    "ct": "add a source of kind ct",
    "declaration": "declare it in the estate file",
    "endpoints": "propose it again with --probe, or add a source of kind endpoints",
    "jobs": "declare the renewal jobs under jobs",
    "ownership": "declare who owns it under ownership",
    "resolution": "add a source of kind resolve",
    "revocation": "let the certificates source ask for revocation",
    "roots": "give the certificates source the roots",
    "services": "declare the service under services",
    "zones": "add a source that has the zone",
}
"""Where evidence of a kind comes from, by the ``missing`` of rules."""


def lifting(
    rules: Rules, change: Change, lacking: Sequence[str], consents: Iterable[Consent]
) -> tuple[str, ...]:
    """Return what would lift what stops an open change, in the order in which it helps.

    A denial is lifted by another plan only. Evidence comes first: consents do not help without.
    """
    if change.verdict == "deny":
        return ()
    gaps = change.assessment.get("unknown", ()) if change.state is State.HELD else ()
    kinds = dict.fromkeys(str(gap["missing"]) for gap in gaps if gap.get("missing"))
    found = [f"for missing {kind}: {SOURCES[kind]}" for kind in kinds if kind in SOURCES]
    if lacking:
        able = rules.able(change, consents)
        command = f"trustpath change approve {change.id} --actor"
        found += [f"{command} {actor}" for actor in able]
        if not able:
            found.append(
                "no actor of the estate may give what is missing: declare one under actors"
            )
    return tuple(found)
