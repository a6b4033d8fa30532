"""Declarations about services and where they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trustpath.base import addresses, names
from trustpath.facts.estate.organisation import OWNER
from trustpath.facts.estate.scalars import (
    ADDRESS,
    FINGERPRINT,
    FLAG,
    IDENT,
    INSTANT,
    NAME,
    NETWORK,
    PORT,
    TEXT,
    choice,
    definition,
    network_keys,
    reference,
)
from trustpath.facts.estate.shape import Entry, Field, Listing, Record
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import (
    Consumer,
    Deployment,
    DynamicRecord,
    KeyStore,
    RetirementStep,
    Service,
    ServiceAlias,
    ServiceCa,
    ServiceEndpoint,
    ServiceName,
    ServiceNetwork,
    ServicePort,
    Workload,
)

TIERS: Final = ("public", "partner", "internal", "workload")
TIER = choice(*TIERS)
PROTOCOLS: Final = ("tls", "smtp", "imap", "ldap", "postgres")
RETIREMENT_STEPS: Final = (
    "traffic",
    "renewal-job",
    "authorizations",
    "validation-records",
    "certificate",
    "tlsa",
    "shared-names",
    "records",
    "provider-resource",
    "caa",
    "consumers",
    "ct-watch",
    "evidence",
)
"""The retirement checklist, in the order in which it is worked through."""

_STARTTLS = {25: "smtp", 587: "smtp", 143: "imap", 389: "ldap", 5432: "postgres"}

_PIN = Record(
    "a pin",
    tuple(Field(kind, FINGERPRINT) for kind in ("spki", "issuer", "root")),
)
_CONSUMER = Record(
    "a relying party of the service",
    (
        Field("id", IDENT, required=True),
        Field("kind", choice("mtls", "pin", "api", "partner"), "api"),
        Field("pin", _PIN),
    ),
)
_ENDPOINT = Record(
    "an address at which a certificate of the service is deployed",
    (Field("address", ADDRESS, required=True), Field("port", PORT, 443)),
    short="address",
)
_PORT = Record(
    "a port at which the service speaks TLS",
    (Field("port", PORT, required=True), Field("protocol", choice(*PROTOCOLS))),
    short="port",
)
SERVICES = Listing(
    Record(
        "a service",
        (
            Field("id", definition("service"), required=True),
            Field("owner", OWNER),
            Field("tier", TIER, doc="where absent: defaults.tier"),
            Field("environment", choice("prod", "stage", "dev")),
            Field("state", choice("active", "retiring", "retired"), "active"),
            Field("retired", INSTANT, doc="when it ended or is to end"),
            Field("critical", FLAG, False),
            Field("attested", INSTANT),
            Field("names", Listing(NAME), ()),
            Field("networks", Listing(NETWORK), ()),
            Field("aliases", Listing(NAME), (), doc="outside suffixes its names may lead to"),
            Field("ports", Listing(_PORT), ()),
            Field("cas", Listing(reference("ca")), ()),
            Field("endpoints", Listing(_ENDPOINT), ()),
            Field("consumers", Listing(_CONSUMER), ()),
            Field(
                "retirement",
                Record(
                    "the retirement checklist",
                    tuple(Field(step, FLAG) for step in RETIREMENT_STEPS),
                ),
            ),
        ),
    )
)
WORKLOADS = Listing(
    Record(
        "a workload identity",
        (
            Field("identity", TEXT, required=True, doc="a SPIFFE ID or client subject"),
            Field("service", reference("service")),
            Field("active", FLAG, True),
            Field("ended", INSTANT),
            Field("names", Listing(NAME), (), doc="names that a controller creates for it"),
        ),
    )
)
KEYS = Listing(
    Record(
        "where a private key is kept, by certificate, public key or name",
        (
            Field("store", TEXT, required=True),
            Field("spki", FINGERPRINT),
            Field("certificate", FINGERPRINT),
            Field("name", NAME),
            Field("exportable", FLAG),
        ),
    )
)
DEPLOYMENTS = Listing(
    Record(
        "a place where a certificate, public key or name is deployed",
        (
            Field("address", ADDRESS, required=True),
            Field("port", PORT),
            Field("certificate", FINGERPRINT),
            Field("spki", FINGERPRINT),
            Field("name", NAME),
        ),
    )
)


def facts(document: Entry) -> Iterator[Fact]:
    """Yield the rows of services, workloads, keys and deployments."""
    tier = document["defaults"]["tier"]
    for entry in document["services"]:
        yield from _service(entry, tier)
    for entry in document["workloads"]:
        identity = entry["identity"]
        active = entry["active"] and entry["ended"] is None
        yield Workload(identity, entry["service"], active, entry["ended"])
        yield from (DynamicRecord(name, identity) for name in entry["names"])
    for entry in document["keys"]:
        yield KeyStore(
            entry["spki"],
            entry["certificate"],
            entry["name"],
            entry["store"],
            entry["exportable"],
        )
    for entry in document["deployments"]:
        address = entry["address"]
        yield Deployment(
            entry["certificate"],
            entry["spki"],
            entry["name"],
            address,
            addresses.address_key(address),
            entry["port"],
        )


def _service(entry: Entry, default_tier: str) -> Iterator[Fact]:
    service = entry["id"]
    yield Service(
        id=service,
        owner=entry["owner"],
        tier=entry["tier"] or default_tier,
        environment=entry["environment"],
        state=entry["state"],
        retired_at=entry["retired"],
        critical=entry["critical"],
        attested_at=entry["attested"],
    )
    for name in dict.fromkeys(entry["names"]):
        yield ServiceName(service, name, names.base(name), names.is_wildcard(name))
    for network in dict.fromkeys(entry["networks"]):
        yield ServiceNetwork(service, network, *network_keys(network))
    for alias in dict.fromkeys(entry["aliases"]):
        yield ServiceAlias(service, names.base(alias))
    for item in entry["ports"]:
        port = item["port"]
        yield ServicePort(service, port, item["protocol"] or _STARTTLS.get(port, "tls"))
    yield from (ServiceCa(service, ca) for ca in dict.fromkeys(entry["cas"]))
    for item in entry["endpoints"]:
        address = item["address"]
        yield ServiceEndpoint(service, address, addresses.address_key(address), item["port"])
    for item in entry["consumers"]:
        pins = [(kind, pin) for kind, pin in (item["pin"] or {}).items() if pin]
        for pin_kind, pin in pins or [(None, None)]:
            yield Consumer(service, item["id"], item["kind"], pin_kind, pin)
    yield from _retirement(entry)


def _retirement(entry: Entry) -> Iterator[RetirementStep]:
    """Yield the checklist: complete once a service is on its way out, else what is stated.

    A step that nobody mentions is a step that nobody has done.
    """
    stated = entry["retirement"] or {}
    leaving = entry["state"] != "active"
    for step in RETIREMENT_STEPS:
        done = stated.get(step)
        if leaving or done is not None:
            yield RetirementStep(entry["id"], step, done is True)
