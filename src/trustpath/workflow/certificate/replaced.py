"""Whether a certificate may be missed: whether every place that served it serves another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from trustpath.base import names
from trustpath.facts.identity import matches_dns
from trustpath.facts.order import Issuance
from trustpath.facts.part import Part, Problem
from trustpath.facts.relations.certificate import Certificate, CertificateName
from trustpath.facts.relations.presentation import Presentation
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.gate.probe import Place
from trustpath.workflow.session import Session

_ENDED: Final = frozenset(("refused", "no-tls", "alert"))
"""Outcomes of a look that say for sure that no certificate is served."""
_CEASING: Final = frozenset(("cessationOfOperation", "privilegeWithdrawn"))
"""Reasons for which nothing has to come after the certificate."""

_SEEN = "SELECT address, port, protocol, server_name FROM presentation WHERE leaf = ?"
_BOUND = """
SELECT b.address, b.port, b.protocol, b.name FROM binding AS b
JOIN name_coverage AS v ON v.name = b.name WHERE v.certificate = ?
"""
_DECLARED = """
SELECT e.address, e.port, COALESCE(p.protocol, 'tls'), n.name FROM service_name AS n
JOIN name_coverage AS v ON v.name = n.name
JOIN service_endpoint AS e ON e.service = n.service
LEFT JOIN service_port AS p ON p.service = e.service AND p.port = e.port
WHERE v.certificate = ? AND NOT n.wildcard
"""
_LEADING = "SELECT name FROM name_resolution WHERE name = ? AND resolves = FALSE"


@dataclass(slots=True)
class _Seen:
    """What a look brought: by place, and what is known of the certificates that were served."""

    rows: dict[Place, Presentation] = field(default_factory=dict)
    names: Mapping[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def places(session: Session, ports: Ports, issuance: Issuance) -> tuple[Place, ...]:
    """Return where a certificate is served or should be: as seen, as bound, as declared."""
    with session.judging(engine="sqlite") as engine:
        rows = [
            row
            for sql in (_SEEN, _BOUND, _DECLARED)
            for row in engine.query(sql, (issuance.fingerprint,))
        ]
    found = {Place(str(a), int(str(p)), str(kind), str(name)) for a, p, kind, name in rows}
    job = ports.jobs.get(issuance.job)
    if job is not None:
        found.update(ports.facts.places(job, issuance.names))
    return tuple(sorted(place for place in found if not place.name.startswith(("*", "_"))))


def unreplaced(
    session: Session, ports: Ports, issuance: Issuance, reason: str
) -> tuple[Problem, ...]:
    """Look at every place now; return each that still needs the certificate, or was not seen.

    A place that serves nothing any more is enough where the use of the names ends, else another
    certificate for its name has to be seen there.
    """
    where = tuple(places(session, ports, issuance))
    if not where:
        return tuple(_nowhere(session, issuance))
    if ports.prober is None:
        return (Problem("the estate allows no probes", "probes", "name networks under probes"),)
    seen = _looked(ports.prober(where))
    now = ports.pace.now()
    found = []
    for place in where:
        why = _needed(place, seen, issuance.fingerprint or "", now, ceasing=reason in _CEASING)
        if why:
            found.append(Problem(why, f"{place.name} at {place.address}:{place.port}"))
    return tuple(found)


def _nowhere(session: Session, issuance: Issuance) -> Iterator[Problem]:
    """Yield a problem unless it never came to a place, or no name of it leads anywhere."""
    if issuance.deployed_at is None and not issuance.adopted:
        return
    hosts = [name for name in issuance.names if not names.is_wildcard(name)]
    with session.judging(engine="sqlite") as engine:
        open_ = [host for host in hosts if not engine.query(_LEADING, (host,))]
    if open_ or not hosts:
        yield Problem(
            "nothing says where it is served, nor that its names lead nowhere",
            ", ".join(open_ or issuance.names),
            "give its service names and ports or endpoints",
        )


def _looked(parts: Iterable[Part]) -> _Seen:
    seen = _Seen()
    for part in parts:
        seen.problems += [str(problem) for problem in part.problems]
        for row in part.facts:
            if isinstance(row, Presentation):
                seen.rows[Place(row.address, row.port, row.protocol, row.server_name)] = row
            elif isinstance(row, CertificateName) and row.kind == "dns" and row.usable:
                seen.names[row.certificate].append(row.name)
            elif isinstance(row, Certificate):
                seen.ends[row.fingerprint] = row.not_after
    return seen


def _needed(place: Place, seen: _Seen, fingerprint: str, now: int, *, ceasing: bool) -> str:
    """Return why a place keeps the certificate from being revoked, nothing where it does not."""
    row = seen.rows.get(place)
    if row is None:
        return f"it could not be seen: {'; '.join(seen.problems) or 'nobody looked'}"
    if row.leaf == fingerprint:
        return "it is still served"
    if row.outcome == "served" and row.leaf is not None:
        return "" if ceasing else _unfit(row.leaf, seen, place.name, now)
    if row.outcome not in _ENDED:
        return f"it could not be seen: {_told(row)}"
    return "" if ceasing else f"no replacement is there: {_told(row)}"


def _told(row: Presentation) -> str:
    return f"{row.outcome}{f', {row.reason}' if row.reason else ''}"


def _unfit(leaf: str, seen: _Seen, host: str, now: int) -> str:
    """Return why what is served instead replaces nothing, nothing where it does."""
    if not any(matches_dns(host, name) for name in seen.names.get(leaf, ())):
        return f"what is served instead, {leaf[:16]}, does not name it"
    if seen.ends.get(leaf, now) < now:
        return f"what is served instead, {leaf[:16]}, has expired"
    return ""
