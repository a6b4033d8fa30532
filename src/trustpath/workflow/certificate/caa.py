"""The check of CAA just before an order, at the authoritative servers (RFC 8659, RFC 8657)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from trustpath.base import names
from trustpath.base.errors import SourceError
from trustpath.facts.records.issuing import caa_facts
from trustpath.facts.relations.dns import Caa, CaaMethod
from trustpath.workflow.certificate.lookup import look
from trustpath.workflow.certificate.ports import Authorities

_GRANTING = ("issue", "issuewild")


@dataclass(frozen=True, slots=True)
class Requester:
    """Who is to issue: the CAA names of the CA, its account, the validation method.

    ``checks`` says whether the CA looks at CAA, None where nobody knows (``Ca.checks_caa``).
    """

    identities: frozenset[str]
    account: str | None
    method: str
    checks: bool | None = True


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


_UNSAID = (
    "it is not declared whether this CA checks CAA: set its caa to its issuer domain names,"
    " enforced or ignored"
)


def check(authorities: Authorities, name: str, requester: Requester) -> Permission:
    """Return whether a certificate for a name may be asked for, as of now.

    The answer follows from CAA as the link ``caa_permission`` says it of collected facts (``may``).
    """
    if requester.checks is False:
        return Permission(name, True, why="the CA does not check CAA")
    try:
        found = _climb(authorities, names.base(name))
    except SourceError as error:
        return Permission(name, None, why=str(error))
    if found is None:
        return Permission(name, True, why="no CAA set applies")
    owner, records = found
    allowed, why = permits(owner, records, requester, wildcard=names.is_wildcard(name))
    if allowed is not True and requester.checks is None:
        return Permission(name, None, owner, records, f"{why}; {_UNSAID}")
    return Permission(name, allowed, owner, records, why)


def _climb(authorities: Authorities, name: str) -> tuple[str, tuple[str, ...]] | None:
    here = name
    while here:
        found = look(authorities, here, "CAA")
        if found is not None:
            return found[0], found[1].rdatas
        here = names.parent(here)
    return None


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
    odd = [row.tag for row in properties if row.critical and not row.known and not row.doubt]
    if odd:
        return False, f"the critical property {odd[0]} is not known: nobody may issue"
    wild = [row for row in properties if row.tag == "issuewild"] if wildcard else []
    chosen = wild or [row for row in properties if row.tag == "issue"]
    unsure = next((r.doubt for r in properties if r.tag not in _GRANTING and r.doubt), None)
    if not chosen:
        if unsure:
            return None, f"the set at {owner} may forbid it: {unsure}"
        return True, f"the set at {owner} does not restrict this"
    if not any((row.well_formed or row.doubt) and row.issuer for row in chosen):
        return False, f"the set at {owner} lets nobody issue"
    if not requester.identities:
        return None, f"the set at {owner} restricts, and the CA's CAA names are not known"
    return _granted(owner, chosen, methods, requester, unsure)


def _granted(
    owner: str,
    chosen: Iterable[Caa],
    methods: Mapping[str, Collection[str]],
    requester: Requester,
    unsure: str | None,
) -> tuple[bool | None, str]:
    """Decide by the governing properties; ``unsure`` says why the set may forbid everything."""
    reasons: list[str] = []
    unsettled: list[str] = []
    for row in chosen:
        if row.doubt and row.issuer in requester.identities:
            unsettled.append(f"{row.value}: {row.doubt}")
            continue
        why = _refusal(row, methods.get(row.value, ()), requester)
        if why is None and not unsure:
            return True, f"the set at {owner} names {row.issuer}"
        if why is None:
            unsettled.append(f"{row.value}: {unsure}")
        else:
            reasons.append(why)
    if unsettled:
        return None, f"the set at {owner} may not permit it: {'; '.join(unsettled)}"
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
