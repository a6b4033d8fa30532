"""The words that the table and the Markdown of a plan share."""

from __future__ import annotations

from collections.abc import Iterator

from trustpath.base.addresses import is_address
from trustpath.base.clock import format_instant
from trustpath.cli.formats.rows import counted
from trustpath.facts.edits import Edit
from trustpath.facts.proposal import CertificateEvent
from trustpath.rules.value import METHODS
from trustpath.workflow.gate.assessment import Approval, Assessment, Enabler, Impact
from trustpath.workflow.gate.contacts import CONTACT_WORDS

SHOWN_RECORDS = 4
NOTHING_JUDGED = "no change in what was judged; see the remarks for what was not"


def sides(edit: Edit) -> Iterator[tuple[str, str]]:
    """Yield the lines of a difference: a sign (``+``, ``-``, ``~``) and the record."""
    head = f"{edit.name} {edit.type}"
    if edit.action == "ttl" and edit.before and edit.after:
        yield "~", f"{head} TTL {edit.before.ttl} to {edit.after.ttl}"
        return
    for sign, records in (("-", edit.removed), ("+", edit.added)):
        for record in records[:SHOWN_RECORDS]:
            yield sign, f"{head} {record}"
        if len(records) > SHOWN_RECORDS:
            yield sign, f"{head} and {len(records) - SHOWN_RECORDS} more"


def event_words(event: CertificateEvent) -> str:
    """Return one line for a certificate event."""
    about = event.job or event.service or event.certificate or ""
    return " ".join(filter(None, (event.kind, event.id, about, ", ".join(event.names))))


def when(impact: Impact) -> str:
    """Return ``now`` or the day of the renewal."""
    return "now" if impact.at is None else f"renewal {format_instant(impact.at)[:10]}"


def found_words(impact: Impact) -> str:
    """Return what would be found in a sentence, and what would decide it where it is not known."""
    said = impact.sentence or f"{impact.title}: {impact.subject}"
    return f"{said} (missing: {impact.missing})" if impact.missing else said


def step(impact: Impact) -> str:
    """Return how the status moves: ``pass to high``."""
    before = "new" if impact.before is None else impact.before.word
    return f"{before} to {impact.after.word}"


def power_words(power: Enabler) -> str:
    """Return one line for a power that is gained or lost."""
    verb = "gains" if power.gained else "loses"
    can = "can" if power.gained else "can no longer"
    how = METHODS.get(power.method, power.method)
    if power.method in CONTACT_WORDS:
        return f"{power.control} {can} obtain certificates by {how} for {power.name}"
    if power.ca is not None and power.type != "CAA":
        return (
            f"whoever ordered from {power.ca} with the token at {power.control} {power.type} "
            f"{verb} the power to obtain a certificate for {power.name}"
        )
    if power.ca is not None:
        who = "any CA" if power.ca == "*" else f"CA {power.ca}"
        what = "wildcard certificates below" if power.method == "issuewild" else "certificates for"
        return f"{who} {verb} permission to issue {what} {power.name}"
    place = " (outside the estate)" if power.outside else ""
    who = f"whoever controls {power.control} {power.type}"
    if is_address(power.control):
        who = f"the host at {power.control}"
    return f"{who}{place} {can} obtain certificates by {how} for {power.name}"


def powers(said: Assessment) -> list[str]:
    """Return the powers in words, those of one party for several names together."""
    grouped: dict[tuple[object, ...], list[Enabler]] = {}
    for power in said.surface:
        key = (power.gained, power.ca or power.control, power.method, power.outside)
        grouped.setdefault(key, []).append(power)
    found = []
    for group in grouped.values():
        more = f" and {counted(len(group) - 1, 'more name')}" if len(group) > 1 else ""
        found.append(power_words(group[0]) + more)
    return found


def who(approval: Approval) -> str:
    """Return who has to approve; where nobody is known, what to declare so that somebody is."""
    if approval.owner:
        return approval.owner
    if approval.role in ("pki", "mail"):
        return f"nobody is known (declare roles: {{{approval.role}: OWNER}})"
    return "nobody is known (declare ownership)"


def duration(seconds: int) -> str:
    """Return ``2d 3h`` or ``45m`` for seconds."""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2]) or "0s"
