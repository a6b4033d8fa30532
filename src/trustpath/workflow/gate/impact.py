"""Impact: what gets worse, now and at the next renewal of every certificate in reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from trustpath.base.clock import DAY
from trustpath.facts.reach import CERTIFICATE, JOB
from trustpath.rules.judge import Difference, Finding, differences
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Impact
from trustpath.workflow.gate.ports import Case

FORECASTS = 32
"""How many renewal instants are looked at one by one; more fall together by day, then evenly."""

_JOBS = "SELECT id, next_renewal FROM job WHERE active AND next_renewal IS NOT NULL"
# When two thirds of the lifetime are over, or half of one of ten days and less; the CA's own
# suggestion (RFC 9773) goes before.
_CERTIFICATES = """
SELECT s.certificate, COALESCE(r.starts, s.not_before
  + CASE WHEN s.lifetime > 864000 THEN 2 * s.lifetime / 3 ELSE s.lifetime / 2 END)
FROM certificate_state AS s
LEFT JOIN (SELECT certificate, MIN(starts) AS starts FROM renewal_info GROUP BY certificate) AS r
  ON r.certificate = s.certificate
WHERE s.live AND NOT s.is_ca
"""


def renewals(case: Case, now: int) -> tuple[int, ...]:
    """Return the instants, later than now, at which what the change affects is renewed next."""
    found: set[int] = set()
    for kind, sql in ((JOB, _JOBS), (CERTIFICATE, _CERTIFICATES)):
        affected = case.affected(kind)
        if affected:
            found.update(
                int(at)
                for key, at in case.query(sql)
                if key in affected and at is not None and int(at) > now
            )
    if len(found) > FORECASTS:
        found = set({at // DAY: at for at in sorted(found)}.values())
    ordered = sorted(found)
    if len(ordered) > FORECASTS:
        step = (len(ordered) - 1) / (FORECASTS - 1)
        ordered = [ordered[round(step * place)] for place in range(FORECASTS)]
    return tuple(ordered)


def worsened(
    found: Iterable[Difference], at: int | None = None, *, back: bool = False
) -> Iterator[Impact]:
    """Yield every (rule, subject) whose status is worse in the second world; ``back``: the first.

    Only what gets worse counts: set differences of findings would call a source that falls silent
    an improvement, and a warning that becomes an error the same finding.
    """
    for difference in found:
        former, judged = difference.before, difference.after
        if back:
            former, judged = judged, former
        rank = Status.PASS if former is None else former.status
        if judged is not None and judged.status > rank:
            yield _impact(judged, former, at)


def _impact(judged: Finding, former: Finding | None, at: int | None) -> Impact:
    return Impact(
        rule=judged.rule.id,
        title=judged.rule.title,
        sentence=judged.sentence,
        gate=judged.rule.gate,
        subject=judged.subject,
        before=None if former is None else former.status,
        after=judged.status,
        at=at,
        tier=judged.tier,
        owner=judged.owner,
        evidence=judged.evidence,
        missing=judged.missing,
        decides=judged.decides,
        consent=judged.rule.consent,
    )


def may_be_older(impact: Impact, mended: Collection[str]) -> bool:
    """Say whether what is wrong lies in a zone that could not be read before, and is not known."""
    if not mended or impact.before not in (None, Status.UNKNOWN):
        return False
    words = impact.subject.split()
    return any(word == zone or word.endswith(f".{zone}") for word in words for zone in mended)


def ordered(impacts: Sequence[Impact]) -> tuple[Impact, ...]:
    """Return impacts from the worst, the present before the future, then by rule and subject."""
    return tuple(sorted(impacts, key=lambda i: (-i.after, i.at or 0, i.rule, i.subject)))


def forecast(instants: Sequence[int], case: Case, present: Sequence[Impact]) -> Iterator[Impact]:
    """Yield what gets worse at renewals and does not already now, each at its first instant."""
    known = {(impact.rule, impact.subject): impact.after for impact in present}
    for at, (old, new) in zip(instants, case.forecast(instants), strict=True):
        for impact in worsened(differences(old, new), at):
            key = (impact.rule, impact.subject)
            if impact.after > known.get(key, Status.PASS):
                known[key] = impact.after
                yield impact
