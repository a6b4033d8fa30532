"""Declarations about the organisation: owners, what they own, agreements, addresses."""

from __future__ import annotations

from collections.abc import Iterator

from trustpath.base import names
from trustpath.facts.estate.scalars import (
    COUNT,
    FLAG,
    INSTANT,
    NAME,
    NETWORK,
    TEXT,
    URI,
    choice,
    definition,
    network_keys,
    reference,
)
from trustpath.facts.estate.shape import Entry, Field, Listing, Record
from trustpath.facts.ownership import KINDS, ownership
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import (
    Agreement,
    Network,
    Organisation,
    OwnedDomain,
    Owner,
    OwnerContact,
    Provider,
    ProviderScope,
)

OWNER = reference("owner")

ORGANISATION = Record(
    "the organisation",
    (
        Field("name", TEXT, required=True),
        Field("domains", Listing(NAME), (), doc="domains that belong to it, with all below"),
    ),
    short="name",
)
OWNERS = Listing(
    Record(
        "an owner",
        (
            Field("id", definition("owner"), required=True),
            Field("kind", choice("team", "person"), "team"),
            Field("contacts", Listing(URI), ()),
            Field("members", COUNT, doc="how many people the team has"),
            Field("active", FLAG, doc="whether the directory still knows it"),
            Field("attested", INSTANT, doc="when it last confirmed what it owns"),
        ),
    )
)
PATTERN = TEXT
OWNERSHIP = Listing(
    Record(
        "a statement of ownership",
        (
            Field("kind", choice(*KINDS), required=True),
            Field(
                "pattern",
                PATTERN,
                required=True,
                doc="example.com: it and all below; =www.example.com: only it; "
                "*.example.com: only what is below",
            ),
            Field("owner", OWNER, required=True),
            Field("attested", INSTANT),
        ),
    )
)
AGREEMENTS = Listing(
    Record(
        "an agreement of two owners to share what lies at or below a name",
        (
            Field("name", NAME, required=True),
            Field("owner", OWNER, required=True),
            Field("other", OWNER, required=True),
            Field("until", INSTANT),
        ),
    )
)
NETWORKS = Listing(
    Record(
        "a network that belongs to the organisation",
        (
            Field("network", NETWORK, required=True),
            Field("owner", OWNER),
            Field("cloud", FLAG, False, doc="true where a provider lends the addresses"),
        ),
        short="network",
    )
)
PROVIDERS = Listing(
    Record(
        "an outside provider",
        (
            Field("id", definition("provider"), required=True),
            Field("kind", choice("dns", "registrar", "ca", "cdn", "mail"), required=True),
            Field("contract_owner", OWNER),
            Field("emergency_contact", TEXT),
            Field("approved", FLAG, True),
            Field("zones", Listing(NAME), (), doc="zones or subtrees that it runs"),
            Field("hosts", Listing(NAME), (), doc="host suffixes that aliases lead to"),
        ),
    )
)


def facts(document: Entry) -> Iterator[Fact]:
    """Yield the rows of the organisation's sections."""
    organisation = document["organisation"]
    yield Organisation(organisation["name"], document["defaults"]["tier"])
    yield from map(OwnedDomain, sorted(_owned(document)))
    for owner in document["owners"]:
        contacts = owner["contacts"]
        yield Owner(
            id=owner["id"],
            kind=owner["kind"],
            team=owner["kind"] == "team",
            contacts=len(contacts),
            members=owner["members"],
            active=owner["active"],
            attested_at=owner["attested"],
        )
        yield from (OwnerContact(owner["id"], contact) for contact in contacts)
    for entry in document["ownership"]:
        yield ownership(entry["kind"], entry["pattern"], entry["owner"], entry["attested"])
    for entry in document["agreements"]:
        yield Agreement(entry["name"], entry["owner"], entry["other"], entry["until"])
    for entry in document["networks"]:
        low, high = network_keys(entry["network"])
        yield Network(entry["network"], low, high, entry["owner"], entry["cloud"])
    for entry in document["providers"]:
        yield Provider(
            entry["id"],
            entry["kind"],
            entry["contract_owner"],
            entry["emergency_contact"],
            entry["approved"],
        )
        scopes = dict.fromkeys((*entry["zones"], *entry["hosts"]))
        yield from (ProviderScope(entry["id"], names.base(scope)) for scope in scopes)


def _owned(document: Entry) -> set[str]:
    """Return the declared domains and the zones that have an owner, but never the root."""
    owned = {names.base(domain) for domain in document["organisation"]["domains"]}
    for entry in document["ownership"]:
        if entry["kind"] == "zone":
            owned.add(ownership("zone", entry["pattern"], entry["owner"], None).base)
    return owned - {"", "*"}
