"""Fact rows of catalogue entities.

Groups and users become owners. Anything that has a ``spec.owner`` gives ownership through
annotations, each a list of patterns separated by commas or spaces:

- ``trustpath.io/zones``, ``trustpath.io/records``, ``trustpath.io/names``,
  ``trustpath.io/certificates``: patterns as in the estate file;
- ``trustpath.io/attested``: the date on which the owner last confirmed them;
- ``trustpath.io/tier`` makes the entity a service of that tier, reached under the names above,
  with ``trustpath.io/networks``, ``trustpath.io/ports``, ``trustpath.io/environment`` and
  ``trustpath.io/state``.

The host of a link of type ``website``, ``endpoint``, ``api`` or ``service`` is a name of the
owner too; other links lead to dashboards and documents that belong to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from trustpath.base import addresses, names
from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError
from trustpath.connectors.backstage.entity import ANNOTATION, Entity, reference
from trustpath.facts.ownership import KINDS, ownership, split_pattern
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import (
    Owner,
    OwnerContact,
    Service,
    ServiceName,
    ServiceNetwork,
    ServicePort,
)

PERSONAL = ("group", "user")
_LINK_TYPES = frozenset({"website", "endpoint", "api", "service"})
_TIERS = ("public", "partner", "internal", "workload")
_ENVIRONMENTS = ("prod", "stage", "dev")
_STATES = ("active", "retiring", "retired")


def owner_rows(entity: Entity, members: Mapping[str, set[str]]) -> Iterator[Fact]:
    """Yield the rows of a Group or User; ``members`` gives the people of groups by owner id."""
    owner = entity.reference.owner
    contacts = dict.fromkeys(_contacts(entity))
    team = entity.reference.kind == "group"
    people = members.get(owner)
    yield Owner(
        id=owner,
        kind="team" if team else "person",
        team=team,
        contacts=len(contacts),
        members=len(people) if team and people else None,
        active=True,
        attested_at=_attested(entity),
    )
    yield from (OwnerContact(owner, contact) for contact in contacts)


def membership(entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield (group, person) as owner ids, from either side of the relation."""
    own = entity.reference
    if own.kind == "group":
        for text in entity.texts("members"):
            yield own.owner, reference(text, entity.where, kind="user").owner
    elif own.kind == "user":
        for text in entity.texts("memberOf"):
            yield reference(text, entity.where).owner, own.owner


def owned_rows(entity: Entity) -> Iterator[Fact]:
    """Yield ownership, and the service where a tier is stated; raises InputError."""
    text = entity.spec.get("owner")
    stated = {kind: entity.listed(f"{kind}s") for kind in KINDS}
    hosts = tuple(dict.fromkeys(_hosts(entity)))
    tier = entity.annotation("tier")
    if not (hosts or tier or any(stated.values())):
        return
    if not isinstance(text, str):
        raise InputError(
            f"{entity.reference.name} states what is owned, but no spec.owner",
            where=entity.where,
            hint="write spec.owner: group:default/web",
        )
    owner = reference(text, entity.where).owner
    attested = _attested(entity)
    for kind, patterns in stated.items():
        for pattern in patterns:
            yield ownership(kind, pattern, owner, attested)
    for host in hosts:
        yield ownership("name", f"={host}", owner, attested)
    if tier is not None:
        yield from _service(entity, owner, tier, stated["name"])


def _service(entity: Entity, owner: str, tier: str, patterns: tuple[str, ...]) -> Iterator[Fact]:
    own = entity.reference
    service = own.name if own.namespace == "default" else f"{own.namespace}/{own.name}"
    yield Service(
        id=service,
        owner=owner,
        tier=_choice(entity, "tier", tier, _TIERS) or tier,
        environment=_choice(entity, "environment", None, _ENVIRONMENTS),
        state=_choice(entity, "state", None, _STATES) or "active",
        retired_at=None,
        critical=False,
        attested_at=_attested(entity),
    )
    for pattern in patterns:
        base, match = split_pattern(pattern)
        name = f"*.{base}" if match == "below" else base
        yield ServiceName(service, name, base, match == "below")
    for network in entity.listed("networks"):
        yield ServiceNetwork(service, network, *addresses.network_keys(network))
    for port in entity.listed("ports"):
        if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            raise InputError(f"{port[:20]!r} is no port", where=entity.where)
        yield ServicePort(service, int(port), "tls")


def _choice(entity: Entity, key: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    text = entity.annotation(key) if value is None else value
    if text is not None and text not in allowed:
        raise InputError(
            f"{ANNOTATION}{key} is {text[:40]!r}",
            where=entity.where,
            hint="one of " + ", ".join(allowed),
        )
    return text


def _attested(entity: Entity) -> int | None:
    text = entity.annotation("attested")
    return None if text is None else parse_instant(text, where=entity.where)


def _contacts(entity: Entity) -> Iterator[str]:
    mail = entity.part("profile").get("email")
    if isinstance(mail, str) and "@" in mail:
        yield f"mailto:{mail.strip()}"
    for _, url in entity.links():
        yield url


def _hosts(entity: Entity) -> Iterator[str]:
    for kind, url in entity.links():
        if kind not in _LINK_TYPES:
            continue
        try:
            host = urlsplit(url).hostname
        except ValueError as error:
            raise InputError(f"{url[:80]!r} is no URL", where=entity.where) from error
        if host and not _is_address(host):
            yield names.canonical(host)


def _is_address(host: str) -> bool:
    try:
        addresses.canonical_address(host)
    except InputError:
        return False
    return True
