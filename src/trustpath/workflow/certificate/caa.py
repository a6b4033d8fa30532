"""The check of CAA just before an order, at the authoritative servers (RFC 8659, RFC 8657)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trustpath.base import names
from trustpath.base.errors import SourceError
from trustpath.facts.edits import RecordSet
from trustpath.facts.records.issuing import caa_facts
from trustpath.facts.relations.dns import Caa, CaaMethod
from trustpath.facts.writer import ServerView
from trustpath.workflow.certificate.ports import Authorities

HOPS: Final = 16
"""Aliases that are followed for one lookup."""


class UnknownError(SourceError):
    """A level of the climb could not be looked up: nothing may be concluded."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who is to issue: the CAA names of the CA, its account, the validation method."""

    identities: frozenset[str]
    account: str | None
    method: str


@dataclass(frozen=True, slots=True)
class Permission:
    """What CAA says of one name. ``owner`` is where the relevant set lies, None: there is none.

    ``permits`` is None where it cannot be told; ``why`` says so in one sentence.
    """

    name: str
    permits: bool | None
    owner: str | None = None
    records: tuple[str, ...] = ()
    why: str = ""


def check(authorities: Authorities, name: str, requester: Requester) -> Permission:
    """Return whether a certificate for a name may be asked for, as of now."""
    try:
        found = _climb(authorities, names.base(name))
    except SourceError as error:
        return Permission(name, None, why=str(error))
    if found is None:
        return Permission(name, True, why="no CAA set applies")
    owner, records = found
    allowed, why = permits(owner, records, requester, wildcard=names.is_wildcard(name))
    return Permission(name, allowed, owner, records, why)


def _climb(authorities: Authorities, name: str) -> tuple[str, tuple[str, ...]] | None:
    here = name
    while here:
        found = _look(authorities, here)
        if found is not None:
            return found
        here = names.parent(here)
    return None


def _look(authorities: Authorities, name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the CAA set at a name or at the end of its aliases; raises SourceError."""
    seen, here = {name}, name
    for _ in range(HOPS):
        zone = authorities.zone_of(here)
        if zone is None:
            if authorities.above(here):
                return None
            raise UnknownError("it lies in no zone of ours, and nobody was asked", where=here)
        records, target = _ask(authorities, zone, here)
        if records is not None:
            return here, records.rdatas
        if target is None:
            return None
        if target in seen:
            raise UnknownError("its aliases lead in a circle", where=name)
        seen.add(target)
        here = target
    raise UnknownError(f"more than {HOPS} aliases follow each other", where=name)


def _ask(authorities: Authorities, zone: str, name: str) -> tuple[RecordSet | None, str | None]:
    """Return the CAA set of one name, or where an alias leads; all servers have to agree."""
    above = list(_between(name, zone))
    keys = [(name, "CAA"), (name, "CNAME"), *((here, "DNAME") for here in above)]
    views = authorities.served(zone, keys)
    if not views:
        raise UnknownError("no authoritative server is known", where=zone or ".")
    answers = {_meaning(view, name, above) for view in views}
    if len(answers) > 1:
        raise UnknownError("the authoritative servers do not agree on CAA", where=name)
    return answers.pop()


def _meaning(
    view: ServerView, name: str, above: Sequence[str]
) -> tuple[RecordSet | None, str | None]:
    if view.problem:
        raise UnknownError(view.problem, where=f"{name} CAA at {view.server}")
    for here in above:
        moved = view.content.get((here, "DNAME"))
        if moved is not None:
            head = name[: -len(here)] if here else f"{name}."
            return None, names.canonical(head + moved.rdatas[0])
    alias = view.content.get((name, "CNAME"))
    if alias is not None:
        return None, names.canonical(alias.rdatas[0])
    found = view.content.get((name, "CAA"))
    # The TTL counts down in nobody's favour: only data decides.
    return (None if found is None else found._replace(ttl=None)), None


def _between(name: str, zone: str) -> Iterator[str]:
    """Yield the ancestors of a name within a zone, the apex last."""
    here = name
    while here != zone:
        here = names.parent(here)
        yield here


def permits(
    owner: str, records: Iterable[str], requester: Requester, *, wildcard: bool
) -> tuple[bool | None, str]:
    """Say whether a relevant CAA set lets a CA issue, None where that cannot be told, and why."""
    rows = [row for text in records for row in caa_facts("", owner, text)]
    properties = [row for row in rows if isinstance(row, Caa)]
    methods: dict[str, set[str]] = {}
    for row in rows:
        if isinstance(row, CaaMethod):
            methods.setdefault(row.value, set()).add(row.method)
    odd = [row.tag or "?" for row in properties if row.critical and not row.known]
    if odd:
        return False, f"the critical property {odd[0]} is not known: nobody may issue"
    wild = [row for row in properties if row.tag == "issuewild"] if wildcard else []
    chosen = wild or [row for row in properties if row.tag in ("issue", "")]
    if not chosen:
        return True, f"the set at {owner} does not restrict this"
    if not requester.identities:
        return None, f"the set at {owner} restricts, and the CA's CAA names are not known"
    reasons = []
    for row in chosen:
        why = _refusal(row, methods.get(row.value, ()), requester)
        if why is None:
            return True, f"the set at {owner} names {row.issuer}"
        reasons.append(why)
    return False, f"the set at {owner} does not permit it: {'; '.join(dict.fromkeys(reasons))}"


def _refusal(row: Caa, methods: Collection[str], requester: Requester) -> str | None:
    if not row.well_formed or row.issuer is None:
        return "a value is malformed and grants nothing"
    if row.issuer not in requester.identities:
        return f"{row.issuer or ';'} is not {'/'.join(sorted(requester.identities))}"
    if row.accounturi is not None and row.accounturi != requester.account:
        return f"the account {row.accounturi} is not ours"
    if row.has_methods and _label(requester.method) not in methods:
        return f"the method {requester.method} is not among {', '.join(sorted(methods)) or 'none'}"
    return None


def _label(method: str) -> str:
    """Return the label of a method in ``validationmethods`` (RFC 8657 4, BR 4.2.2.1)."""
    return f"ca-t{method}" if method.startswith("br-") else method
