"""The people behind names, answered by an engine: few queries, each for many names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts.proposal import CertificateEvent
from trustpath.rules.value import Value
from trustpath.workflow.consent import asking
from trustpath.workflow.consent.asking import Asking, ask
from trustpath.workflow.consent.people import EventHolding, Holding, Reach
from trustpath.workflow.consent.rows import tiers

_CLAIMS = """
SELECT base, zone_self, zone_pass, record_self, record_pass, name_self, name_pass
FROM claim WHERE base IN ({marks})
"""
_SERVICES = """
SELECT n.name, n.service, s.owner, s.tier
FROM service_name AS n JOIN service AS s ON s.id = n.service WHERE n.name IN ({marks})
"""
_CERTIFICATES = """
SELECT n.name, o.owner FROM certificate_name AS n
JOIN certificate AS c ON c.fingerprint = n.certificate
CROSS JOIN moment AS m
LEFT JOIN certificate_owner AS o ON o.certificate = n.certificate
WHERE n.kind = 'dns' AND n.usable AND c.not_after >= m.now AND n.name IN ({marks})
"""
# Followed step by step: SQLite scans the whole relation for the same recursive SELECT.
_ALIASES = """
SELECT DISTINCT target, name FROM rdata
WHERE type IN ('CNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS') AND target IN ({marks})
"""
_CHILDREN = "SELECT name FROM domain WHERE parent IN ({marks})"
_CERTIFICATES_BELOW = """
SELECT DISTINCT o.owner FROM certificate_name AS n
JOIN certificate AS c ON c.fingerprint = n.certificate
CROSS JOIN moment AS m
LEFT JOIN certificate_owner AS o ON o.certificate = n.certificate
WHERE n.kind = 'dns' AND n.usable AND c.not_after >= m.now AND {where}
"""
_SERVICES_BELOW = """
SELECT DISTINCT s.owner, s.tier
FROM service_name AS n JOIN service AS s ON s.id = n.service WHERE {where}
"""
_Owners = dict[str, dict[str | None, None]]


class EnginePeople:
    """Answers from facts and links of one engine; ``roles`` maps ``pki`` and ``mail`` to owners.

    Names need not be there yet: owners come from the patterns above them.
    """

    def __init__(self, engine: Asking, roles: Mapping[str, str | None]) -> None:
        self._engine = engine
        self._roles = roles

    @property
    def pki(self) -> str | None:
        """Return the owner of the role ``pki``."""
        return self._roles.get("pki")

    @property
    def mail(self) -> str | None:
        """Return the owner of the role ``mail``."""
        return self._roles.get("mail")

    def holdings(self, wanted: Collection[Reach]) -> Mapping[Reach, Holding]:
        """Return who answers for each of these, all at once."""
        single = {reach.name for reach in wanted}
        claims = {
            str(row[0]): tuple(map(_text, row[1:]))
            for row in ask(self._engine, _CLAIMS, {a for name in single for a in _ancestors(name)})
        }
        default = self._engine.query("SELECT default_tier FROM organisation")
        tier = str(default[0][0]) if default else "public"
        services = self._services(single)
        certificates = self._certificates(single)
        below = {reach.name: self._below(reach.name) for reach in wanted if reach.below}
        found = {}
        for reach in wanted:
            name, held = reach.name, _claimed(reach.name, claims)
            service = services.get(name)
            grades = {service.tier if service else tier}
            owners = dict.fromkeys(certificates.get(name, ()))
            claimed = dict.fromkeys((service.owner,) if service else ())
            if reach.below:
                owners |= below[name].certificates
                claimed |= below[name].services
                grades |= below[name].tiers
            behind = held.name or (service and service.owner) or held.record or held.zone
            found[reach] = Holding(
                next(grade for grade in tiers() if grade in grades),
                held.record or held.zone,
                held.zone,
                behind,
                # A certificate without an owner of its own has that of the name at stake.
                _ordered(owner or behind for owner in owners),
                _ordered(claimed),
            )
        return found

    def _services(self, wanted: Collection[str]) -> dict[str, _Service]:
        """Return the service of each name: by the exact name, else by a wildcard (service_of).

        Of several that claim it, the strictest one counts.
        """
        looked = {*wanted, *(_star(name) for name in wanted)}
        ranks = {tier: rank for rank, tier in enumerate(tiers())}
        rows: dict[str, _Service] = {}
        for row in ask(self._engine, _SERVICES, looked):
            service = _Service(str(row[1]), _text(row[2]), str(row[3]))
            known = rows.get(str(row[0]))
            if known is None or (ranks[service.tier], service.id) < (ranks[known.tier], known.id):
                rows[str(row[0])] = service
        both = {name: rows.get(name) or rows.get(_star(name)) for name in wanted}
        return {name: service for name, service in both.items() if service}

    def _certificates(self, wanted: Collection[str]) -> _Owners:
        """Return the owners of the certificates that cover a name or an alias of it."""
        leading = self._leading(wanted)
        looked = {name for found in leading.values() for name in found}
        by_name: _Owners = defaultdict(dict)
        for name, owner in ask(
            self._engine, _CERTIFICATES, looked | {_star(name) for name in looked}
        ):
            by_name[str(name)][_text(owner)] = None
        return {
            seed: {
                owner: None
                for name in sorted(found)
                for owner in (*by_name.get(name, ()), *by_name.get(_star(name), ()))
            }
            for seed, found in leading.items()
        }

    def _leading(self, wanted: Collection[str]) -> dict[str, set[str]]:
        """Return for each name itself and every alias that leads to it, however far."""
        graph: dict[str, set[str]] = {}
        front = set(wanted)
        while front:
            graph |= {name: set() for name in front}
            for origin, name in ask(self._engine, _ALIASES, front):
                graph[str(origin)].add(str(name))
            front = {name for origin in front for name in graph[origin]} - graph.keys()
        found: dict[str, set[str]] = {}
        for name in wanted:
            reached, left = {name}, [name]
            while left:
                further = graph[left.pop()] - reached
                reached |= further
                left += further
            found[name] = reached
        return found

    def _below(self, name: str) -> _Below:
        """Return what lies at and below a name: of a few names by each, else by one scan."""
        few = self._few_below(name)
        if few is not None:
            at = f"n.base IN ({', '.join('?' * len(few))})"
            conditions: list[tuple[str, list[Value]]] = [(at, [*few])] * 2
        elif name:
            low = names.reverse(name)
            conditions = [
                ("(n.rname = ? OR n.rname > ? AND n.rname < ?)", [low, f"{low}.", f"{low}/"]),
                ("(n.base = ? OR substr(n.base, ?) = ?)", [name, -len(name) - 1, f".{name}"]),
            ]
        else:
            conditions = [("TRUE", [])] * 2
        (where, certificate), (of_service, service) = conditions
        certificates = self._engine.query(_CERTIFICATES_BELOW.format(where=where), certificate)
        services = self._engine.query(_SERVICES_BELOW.format(where=of_service), service)
        return _Below(
            {_text(row[0]): None for row in certificates},
            {_text(row[0]): None for row in services},
            {str(row[1]) for row in services},
        )

    def _few_below(self, name: str) -> list[str] | None:
        """Return the names at and below a name; None where there are many."""
        found = front = {name}
        while front:
            front = {str(row[0]) for row in ask(self._engine, _CHILDREN, front)} - found
            found = found | front
            if len(found) > asking.BATCH:
                return None
        return sorted(found)

    def foreign(self, targets: Collection[str]) -> frozenset[str]:
        """Return those that lie in no declared domain, or where none is declared, in no zone."""
        above = {a for target in targets for a in _ancestors(target)} - {""}
        declared = self._engine.query("SELECT COUNT(*) FROM owned_domain")[0][0]
        table, column = ("owned_domain", "base") if declared else ("zone", "registered")
        own = {
            str(row[0])
            for row in ask(
                self._engine,
                f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN ({{marks}})",
                above,
            )
        }
        return frozenset(t for t in targets if own.isdisjoint(_ancestors(t)))

    def event(self, event: CertificateEvent) -> EventHolding:
        """Return what stands behind an event, as far as it names certificate, job or service."""
        job = self._one("SELECT ca, account, owner, service FROM job WHERE id = ?", event.job)
        old_names = {
            *self._column(
                "SELECT name FROM certificate_name WHERE kind = 'dns' AND certificate = ?",
                event.certificate,
            ),
            *self._column("SELECT name FROM job_name WHERE job = ?", event.job),
        }
        if event.kind == "retire":
            names_of = "SELECT name FROM service_name WHERE service = ?"
            old_names.update(self._column(names_of, event.service))
        partial = event.kind in ("add-names", "remove-names")
        touched = event.names or tuple(sorted(old_names))
        ca = self._column("SELECT ca FROM certificate_ca WHERE certificate = ?", event.certificate)
        known = {str(job[0])} if job and job[0] else {*ca}
        service = event.service or (_text(job[3]) if job else None)
        known |= {*self._column("SELECT ca FROM service_ca WHERE service = ?", service)}
        owner = self._column(
            "SELECT owner FROM certificate_owner WHERE certificate = ? AND owner IS NOT NULL",
            event.certificate,
        )
        owners: tuple[str | None, ...] = tuple(owner[:1])
        if not owners and job and job[2]:
            owners = (_text(job[2]),)
        return EventHolding(
            touched,
            owners,
            self._services_behind(service, touched),
            None if partial else self._same(event, job, old_names, ca),
            None if event.ca is None and not known else event.ca not in {None, *known},
            self._announced(touched),
        )

    def _same(
        self,
        event: CertificateEvent,
        job: Sequence[Value] | None,
        old_names: Collection[str],
        ca: Sequence[str],
    ) -> bool | None:
        former = _text(job[0]) if job else next(iter(ca), None)
        account = _text(job[1]) if job else None
        if not old_names:
            return None
        differs = (
            (event.names and set(event.names) != set(old_names))
            or (event.ca is not None and event.ca != former)
            or (event.account is not None and event.account != account)
            # Of a renewal the reason is what moved since the last issue.
            or (event.kind == "renew" and bool(event.reason))
        )
        return not differs

    def _services_behind(self, service: str | None, touched: Sequence[str]) -> _Several:
        found = self._one("SELECT owner FROM service WHERE id = ?", service)
        if found is not None:
            return (_text(found[0]),)
        plain = {name for name in touched if not names.is_wildcard(name)}
        owners = {held.owner: None for held in self._services(plain).values()} if plain else {}
        return _ordered(owners)

    def _announced(self, touched: Sequence[str]) -> bool:
        hosts = {names.base(name) for name in touched}
        return any(ask(self._engine, "SELECT host FROM tlsa WHERE host IN ({marks})", hosts))

    def _one(self, sql: str, key: str | None) -> tuple[Value, ...] | None:
        rows = self._engine.query(sql, (key,)) if key is not None else []
        return rows[0] if rows else None

    def _column(self, sql: str, key: str | None) -> list[str]:
        rows = self._engine.query(sql, (key,)) if key is not None else []
        return sorted({str(row[0]) for row in rows})


_Several = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Service:
    id: str
    owner: str | None
    tier: str


@dataclass(frozen=True, slots=True)
class _Below:
    certificates: dict[str | None, None]
    services: dict[str | None, None]
    tiers: set[str]


@dataclass(frozen=True, slots=True)
class _Claimed:
    zone: str | None
    record: str | None
    name: str | None


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _star(name: str) -> str:
    above = names.parent(name)
    return f"*.{above}" if above else "*"


def _ancestors(name: str) -> Iterator[str]:
    """Yield a name and all above it, the root last."""
    while name:
        yield name
        name = names.parent(name)
    yield ""


def _claimed(name: str, claims: Mapping[str, tuple[str | None, ...]]) -> _Claimed:
    """Return what ownership patterns say of a name: the nearest one counts (link ``lineage``)."""

    def nearest(own: int) -> str | None:
        for step, above in enumerate(_ancestors(name)):
            row = claims.get(above)
            owner = row[own + (step > 0)] if row else None
            if owner:
                return owner
        return None

    return _Claimed(nearest(0), nearest(2), nearest(4))


def _ordered(owners: Iterable[str | None]) -> _Several:
    return tuple(sorted(set(owners), key=lambda owner: (owner is None, owner or "")))
