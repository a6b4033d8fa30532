"""A world in short notation: zones, certificates, presentations, answers, CT, declarations.

Everything that real connectors would bring, written by hand in a few lines; docs/vectors.md shows
the notation. Each section is a source of its own, so that it can fail or go stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from trustpath.base import names
from trustpath.base.addresses import address_key, canonical_address
from trustpath.base.errors import InputError, RuleError
from trustpath.facts import estate as estates
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.records import canonical_rdata, zone_facts
from trustpath.facts.relations import Fact
from trustpath.workflow.vectors.certificates import certificate_facts
from trustpath.workflow.vectors.values import instant, row

_TTL = 300


def parts_of(world: Mapping[str, Any], now: int, where: str) -> Iterator[tuple[str, Part]]:
    """Yield (source, part) for every section of a world; raises RuleError on unknown sections."""
    for section, content in world.items():
        if section in ("without", "partial"):
            continue
        if section not in _SECTIONS:
            raise RuleError(
                f"a world has no section {section!r}", where=where, hint=", ".join(_SECTIONS)
            )
        yield from _SECTIONS[section](content, now, f"{where}: {section}")
    if "estate" not in world:
        yield from _estate({}, now, where)


def _estate(content: Mapping[str, Any], now: int, where: str) -> Iterator[tuple[str, Part]]:
    document = {"organisation": "Example", **content}
    built = estates.build(document, Path(), where)
    facts = (*built.declarations, *estates.requirement_facts())
    yield "estate", Part("estate", Grade.DECLARATION, Coverage.FULL, now, facts)


def _zones(content: Mapping[str, Any], now: int, where: str) -> Iterator[tuple[str, Part]]:
    for apex, given in content.items():
        for copy in given if isinstance(given, list) else [given]:
            yield _zone(apex, copy, now, where)


def _zone(apex: str, given: Any, now: int, where: str) -> tuple[str, Part]:
    """Return one copy of a zone; the copies of a list name a ``source`` each."""
    whole = given if isinstance(given, Mapping) else {"records": given}
    full = bool(whole.get("full", True))
    source = str(whole.get("source", "zones"))
    grade = Grade[str(whole.get("grade", "authoritative")).upper()]
    try:
        facts = tuple(
            zone_facts(
                apex,
                record_sets(apex, str(whole.get("records") or "")),
                full=full,
                served=whole.get("signing", "none" if grade is Grade.TRANSFER else "") == "none",
            )
        )
    except InputError as error:
        raise RuleError(str(error), where=f"{where}: {apex}") from error
    coverage = Coverage.FULL if full else Coverage.PARTIAL
    return source, Part(apex, grade, coverage, now, facts, view=str(whole.get("view", "")))


def record_sets(apex: str, text: str) -> Iterator[tuple[str, str, int | None, list[str]]]:
    """Yield (name, type, ttl, canonical rdata texts) of each RRset in the lines of a zone."""
    found: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for line in text.splitlines():
        fields = line.split(None, 2)
        if not fields or line.lstrip().startswith(";"):
            continue
        owner, rest = fields[0], line.split(None, 1)[1]
        ttl = _TTL
        if rest.split(None, 1)[0].isdigit():
            first, rest = rest.split(None, 1)
            ttl = int(first)
        kind, rdata = rest.split(None, 1)
        name = (
            names.canonical(owner if owner.endswith(".") else f"{owner}.{apex}")
            if owner != "@"
            else apex
        )
        _, rdatas = found.setdefault((name, kind), (ttl, []))
        rdatas.append(
            canonical_rdata(kind, rdata, apex) if "/" not in kind and kind != "ALIAS" else rdata
        )
    for (name, kind), (ttl, rdatas) in found.items():
        yield name, kind, ttl, rdatas


def _certificates(content: Mapping[str, Any], now: int, where: str) -> Iterator[tuple[str, Part]]:
    facts = [
        fact for key, given in content.items() for fact in certificate_facts(key, given, now, where)
    ]
    yield "certificates", Part("inventory", Grade.AUTHORITATIVE, Coverage.FULL, now, facts)


def _presentations(
    content: list[Mapping[str, Any]], now: int, where: str
) -> Iterator[tuple[str, Part]]:
    facts: list[Fact] = []
    for given in content:
        address = canonical_address(str(given["address"]))
        port, name = int(given.get("port", 443)), str(given.get("name", ""))
        protocol, vantage = str(given.get("protocol", "tls")), str(given.get("vantage", "here"))
        leaf = given.get("leaf")
        chain = [leaf, *given.get("chain", [])] if leaf else []
        columns = {
            "outcome": "served" if leaf else "timeout",
            "complete": True if leaf else None,
            "publicly_trusted": True if leaf else None,
            "privately_trusted": False if leaf else None,
            "weak_chain_signature": False if leaf else None,
            "ocsp": "absent" if leaf else None,
            "authenticated": bool(leaf),
            "observed_at": now,
            **{k: v for k, v in given.items() if k not in ("name", "chain")},
            "address": address,
            "address_key": address_key(address),
            "port": port,
            "server_name": name,
            "protocol": protocol,
            "vantage": vantage,
            "certificates": len(chain),
        }
        facts.append(row("presentation", columns, now, where))
        key = {
            "address": address,
            "port": port,
            "server_name": name,
            "protocol": protocol,
            "vantage": vantage,
        }
        facts += [
            row("presented_certificate", {**key, "position": i, "certificate": fp}, now, where)
            for i, fp in enumerate(chain)
        ]
    yield "endpoints", Part("targets", Grade.OBSERVATION, Coverage.FULL, now, facts)


def _answers(content: list[Mapping[str, Any]], now: int, where: str) -> Iterator[tuple[str, Part]]:
    facts: list[Fact] = []
    for given in content:
        name, kind = names.canonical(str(given["name"])), str(given.get("type", "A"))
        key = {"vantage": str(given.get("vantage", "here")), "name": name, "type": kind}
        rdatas = [str(value) for value in given.get("rdatas", [])]
        aliases = given.get("aliases", [])
        final = names.canonical(str(given.get("final", aliases[-1][1] if aliases else name)))
        facts.append(
            row(
                "answer",
                {
                    "kind": "recursive",
                    "outcome": "noerror" if rdatas else "nodata",
                    "ttl": _TTL,
                    **{k: v for k, v in given.items() if k not in ("rdatas", "aliases")},
                    **key,
                    "final": final,
                },
                now,
                where,
            )
        )
        for position, (owner, target) in enumerate(aliases):
            step = {"owner": names.canonical(owner), "target": names.canonical(target)}
            facts.append(row("answer_alias", {**key, **step, "position": position}, now, where))
        for rdata in rdatas:
            columns: dict[str, Any] = {**key, "rdata": rdata}
            if kind in ("A", "AAAA"):
                columns |= {"address": canonical_address(rdata), "address_key": address_key(rdata)}
            elif kind in ("CNAME", "NS", "MX"):
                columns["target"] = names.canonical(rdata.split()[-1])
            facts.append(row("answer_rdata", columns, now, where))
    yield "resolve", Part("answers", Grade.OBSERVATION, Coverage.FULL, now, facts)


def _ct(content: list[Mapping[str, Any]], now: int, where: str) -> Iterator[tuple[str, Part]]:
    facts: list[Fact] = []
    for number, given in enumerate(content):
        log, entry = str(given.get("log", "log")), str(given.get("entry", number))
        organisation = str(given.get("organisation", "Example CA"))
        columns = {
            "logged_at": "-1h",
            "issuer": f"CN=Issuing,O={organisation}",
            "issuer_organisation": organisation,
            "serial": f"{number:x}",
            "not_before": "-1h",
            "not_after": "+89d",
            **{k: v for k, v in given.items() if k not in ("names", "organisation")},
            "log": log,
            "entry": entry,
        }
        facts.append(row("ct_entry", columns, now, where))
        for written in given.get("names", []):
            name = names.canonical(str(written))
            base = names.base(name)
            facts.append(
                row(
                    "ct_name",
                    {
                        "log": log,
                        "entry": entry,
                        "name": name,
                        "base": base,
                        "wildcard": names.is_wildcard(name),
                        "parent": names.parent(base),
                        "registered": names.registered(base),
                    },
                    now,
                    where,
                )
            )
    yield "ct", Part("log", Grade.TRANSPARENCY, Coverage.FULL, now, facts)


def _facts(
    content: Mapping[str, list[Mapping[str, Any]]], now: int, where: str
) -> Iterator[tuple[str, Part]]:
    facts = [
        row(relation, given, now, where) for relation, rows in content.items() for given in rows
    ]
    yield "facts", Part("facts", Grade.AUTHORITATIVE, Coverage.FULL, now, facts)


_SECTIONS: dict[str, Callable[[Any, int, str], Iterator[tuple[str, Part]]]] = {
    "estate": _estate,
    "zones": _zones,
    "certificates": _certificates,
    "presentations": _presentations,
    "answers": _answers,
    "ct": _ct,
    "facts": _facts,
}
SECTION_SOURCES = ("estate", "zones", "certificates", "endpoints", "resolve", "ct", "facts")
"""The source ids that the sections of a world stand for."""

__all__ = ["SECTION_SOURCES", "instant", "parts_of", "record_sets"]
