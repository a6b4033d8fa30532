"""How long a plan has to wait, and up to when going back is as if nothing happened (G.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trustpath.base.clock import DAY, HOUR, MINUTE
from trustpath.facts.edits import Edit, Key
from trustpath.facts.validation_names import Pattern
from trustpath.workflow.consent.rows import Formula, constant, formulas, record_rows, row_of
from trustpath.workflow.consent.timing import Timing
from trustpath.workflow.consent.traits import traits
from trustpath.workflow.gate.assessment import PlannedEdit, Wait

SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Pause:
    formula: Formula
    seconds: int
    terms: str
    edit: Edit
    since: Key | None


def waits(
    edits: Sequence[PlannedEdit], timing: Timing, *, patterns: Sequence[Pattern] = ()
) -> tuple[Wait, ...]:
    """Return the pauses that the edits impose, one for each formula of waits.yaml, the longest.

    Seconds count from the step that ``after`` names; those that precede the change are apart by
    what they count from. What had to be assumed is said in the reason.
    """
    found: dict[str, dict[Key | None, list[_Pause]]] = {}
    for item in edits:
        for pause in _pauses(item, timing, patterns):
            found.setdefault(pause.formula.name, {}).setdefault(pause.since, []).append(pause)
    return tuple(
        _wait(pauses) for name in formulas() if name in found for pauses in found[name].values()
    )


def _wait(pauses: Sequence[_Pause]) -> Wait:
    longest = max(pauses, key=lambda pause: (pause.seconds, pause.edit.zone, pause.edit.key))
    keys = dict.fromkeys(pause.since or pause.edit.key for pause in pauses)
    named = [f"{name or '.'} {rdtype}" for name, rdtype in keys]
    about = ", ".join(named[:SHOWN])
    if len(named) > SHOWN:
        about += f" and {len(named) - SHOWN} more"
    formula = longest.formula
    before = formula.before is not None
    return Wait(
        after=f"the present state of {about} is served everywhere"
        if before
        else f"the change of {about}",
        seconds=longest.seconds,
        reason=f"G.3 {formula.name}: {longest.terms}; then {formula.until}",
        since=longest.since,
        before=before,
    )


def _pauses(item: PlannedEdit, timing: Timing, patterns: Sequence[Pattern]) -> list[_Pause]:
    edit = item.edit
    if not item.flags:
        return []
    words = traits(edit, patterns, item.inherited).words
    words |= {"policy"} if edit.type == "MX" and edit.name in timing.policies else set()
    row = row_of(edit.type.rpartition("/")[2], words, record_rows())
    found = []
    for name in row.waits:
        formula = _variant(formulas()[name], edit)
        if formula.when is None or formula.when in words:
            found.append(
                _Pause(formula, *_reckon(formula, edit, timing), edit, _since(formula, edit))
            )
    return found


def _since(formula: Formula, edit: Edit) -> Key | None:
    if formula.before is None:
        return None
    name, rdtype = formula.before.format(name=edit.name, type=edit.type).split(" ")
    return (name, rdtype)


def _variant(formula: Formula, edit: Edit) -> Formula:
    other = formula.new if edit.before is None else formula.leaving if edit.after is None else None
    return formulas()[other] if other else formula


def _reckon(formula: Formula, edit: Edit, timing: Timing) -> tuple[int, str]:
    """Return the seconds of a formula and how they come about, in words."""
    values: dict[str, int] = {}
    assumed = []
    for term in (*formula.longest, *formula.plus):
        fixed = constant(term)
        if fixed is not None:
            values[term] = fixed
            continue
        values[term], known = timing.seconds(term, edit)
        if not known:
            assumed.append(term)
    seconds = formula.times * (
        max((values[term] for term in formula.longest), default=0)
        + sum(values[term] for term in formula.plus)
    )
    return seconds, _words(formula, values, assumed)


def _words(formula: Formula, values: dict[str, int], assumed: Collection[str]) -> str:
    def shown(term: str) -> str:
        if constant(term) is not None:
            return term
        return f"{term} {spoken(values[term])}{' assumed' if term in assumed else ''}"

    longest = [shown(term) for term in formula.longest]
    head = longest[0] if len(longest) == 1 else f"max({', '.join(longest)})"
    text = " + ".join([*([head] if longest else []), *(shown(term) for term in formula.plus)])
    if formula.times == 1:
        return text
    return f"{formula.times} * ({text})" if " + " in text else f"{formula.times} * {text}"


def spoken(seconds: int) -> str:
    """Return ``1h``, ``90s``: seconds in the largest unit that divides them."""
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def rollback_safe_until(edits: Sequence[PlannedEdit], timing: Timing, now: int) -> int | None:
    """Return up to when caches still hold what was there before, if applied at ``now``.

    Until the first of the old answers runs out, going back meets caches that never noticed; then
    they hold the new answers for their TTL. The shortest old TTL decides, of a name that did not
    exist the negative TTL; propagation is left out, since some servers are quick. None where an
    old TTL is not known, and where there is no edit.
    """
    lives = [_old_life(item.edit, timing) for item in edits]
    if not lives or any(life is None for life in lives):
        return None
    return now + min(life for life in lives if life is not None)


def _old_life(edit: Edit, timing: Timing) -> int | None:
    if edit.before is None:
        return timing.negative.get(edit.zone)
    return edit.before.ttl
