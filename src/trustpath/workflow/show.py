"""Show: the trust path of one name, link by link, each with who says so and how old that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.rules.judge import Engine, Finding, judge
from trustpath.rules.status import Status
from trustpath.workflow.session import Session
from trustpath.workflow.show_links import Link, links_of
from trustpath.workflow.show_places import place_of
from trustpath.workflow.waived import Waived, excused, waivers


@dataclass(frozen=True, slots=True)
class Path:
    """The trust path of a name: its people, its links in order, and what stands against it.

    ``waived`` has, by their ids, the findings under a valid exception.
    """

    name: str
    now: int
    tier: str | None
    service: str | None
    owner: str | None
    record_owner: str | None
    links: tuple[Link, ...]
    findings: tuple[Finding, ...]
    waived: Mapping[str, Waived] = field(default_factory=dict)


def show(session: Session, name: str, *, as_of: int | None = None, engine: str = "auto") -> Path:
    """Return the trust path of a name; raises InputError when no fact mentions it."""
    wanted = names.canonical(name)
    with session.judging(as_of, engine) as judging:
        known = judging.query(
            "SELECT tier, service, owner, record_owner FROM name_owner WHERE name = ?",
            (names.base(wanted),),
        )
        if not known:
            raise _unknown(judging, wanted)
        links = links_of(wanted, judging)
        tier, service, owner, record_owner = (None if v is None else str(v) for v in known[0])
        findings = tuple(_findings(session, judging, wanted, _around(links)))
        return Path(
            name=wanted,
            now=session.clock.now(),
            tier=tier,
            service=service,
            owner=owner,
            record_owner=record_owner,
            links=links,
            findings=findings,
            waived=excused(waivers(judging, session.clock.now()), findings),
        )


def _unknown(engine: Engine, name: str) -> InputError:
    """Return the error for a name that no fact mentions, with the wildcard that answers for it."""
    hint = "check the name and the sources"
    above = names.parent(name)
    while above and not engine.query("SELECT 1 FROM node WHERE name = ? AND present", (above,)):
        above = names.parent(above)
    wildcard = f"*.{above}"
    if above and engine.query("SELECT 1 FROM rrset WHERE name = ?", (wildcard,)):
        hint = f"the wildcard {wildcard} answers for it: trustpath show '{wildcard}'"
    return InputError(f"nothing is known of {name!r}", hint=hint)


_AROUND = ("apex", "child", "target", "address", "certificate", "label", "job")
_NAME = re.compile(r"(?:[\w*-]+\.)+[\w-]*[a-z][\w-]*")


def _around(links: tuple[Link, ...]) -> frozenset[str]:
    """Return what the path passes through beside the name itself, by what subjects call it.

    Below a cut the zone that delegates is not the zone of the name: what is wrong in it is not
    on the path.
    """
    return frozenset(
        str(link.details[key])
        for link in links
        for key in _AROUND
        if link.details.get(key) is not None and not (key == "apex" and link.details.get("cut"))
    )


def _findings(
    session: Session, engine: Engine, name: str, around: frozenset[str]
) -> Iterator[Finding]:
    found = [
        finding
        for rule in session.catalogue
        for finding in judge(rule, engine).findings
        if finding.status is not Status.PASS and _speaks_of(finding, name, around)
    ]
    yield from sorted(
        found, key=lambda finding: (-finding.status, finding.rule.id, finding.subject)
    )


def _speaks_of(finding: Finding, name: str, around: frozenset[str]) -> bool:
    """Say whether a finding is on the path; one on another name is not, whatever they share.

    The mail of the zone is no part of the path of a name in it.
    """
    words = set(finding.subject.split())
    evidence = finding.evidence
    if name in words or evidence.get("name") == name:
        return True
    if place_of(finding.rule) == "mail" or any(_NAME.fullmatch(w) for w in words - around):
        return False
    return bool(around & (words | {str(evidence.get("certificate"))}))


def as_document(path: Path) -> dict[str, Any]:
    """Return the parts of a path as plain values, for JSON."""
    return {
        "name": path.name,
        "tier": path.tier,
        "service": path.service,
        "owner": path.owner,
        "record_owner": path.record_owner,
        "links": [
            {
                "kind": link.kind,
                "text": link.text,
                **dict(link.details),
                "source": link.source,
                "grade": None if link.grade is None else link.grade.name.lower(),
                "observed_at": link.observed_at,
                "age": None if link.observed_at is None else path.now - link.observed_at,
            }
            for link in path.links
        ],
        "findings": [
            {
                "id": finding.id,
                "rule": finding.rule.id,
                "title": finding.rule.title,
                "subject": finding.subject,
                "status": finding.status.word,
                "evidence": dict(finding.evidence),
                "remediation": finding.rule.remediation,
                **_exception(path.waived.get(finding.id)),
            }
            for finding in path.findings
        ],
    }


def _exception(terms: Waived | None) -> dict[str, Any]:
    if terms is None:
        return {}
    return {
        "exception": {
            "id": terms.id,
            "owner": terms.owner,
            "reason": terms.reason,
            "until": terms.until,
        }
    }
