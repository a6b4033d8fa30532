"""From the document of an estate file to the estate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path as Folder
from typing import Any, Final

from trustpath.base.documents import Path
from trustpath.base.errors import InputError
from trustpath.facts.estate import (
    consent,
    control,
    hosting,
    incidents,
    issuance,
    lifecycle,
    organisation,
    requirements,
)
from trustpath.facts.estate import ledger as ledger_part
from trustpath.facts.estate import services as service_part
from trustpath.facts.estate import sources as source_part
from trustpath.facts.estate import writers as writer_part
from trustpath.facts.estate.faults import Fault, error_of, nearest
from trustpath.facts.estate.limits import number_faults
from trustpath.facts.estate.mentions import mentions
from trustpath.facts.estate.model import Estate
from trustpath.facts.estate.published import json_schema
from trustpath.facts.estate.scalars import DATABASE, FLAG, NETWORK, STORE, TEXT
from trustpath.facts.estate.shape import Entry, Field, Json, Listing, Reading, Record
from trustpath.facts.ownership import split_pattern
from trustpath.facts.validation_names import declared_pattern

_DEFAULTS = Record("defaults", (Field("tier", service_part.TIER, "public"),))
_PROBES = Record(
    "what outbound probes may reach",
    (Field("networks", Listing(NETWORK), (), doc="besides the networks of services and our own"),),
)
_NO_TIERS: Final[Mapping[str, Entry]] = {tier: {} for tier in service_part.TIERS}

ESTATE: Final = Record(
    "an estate",
    (
        Field("organisation", organisation.ORGANISATION, required=True),
        Field("owners", organisation.OWNERS, ()),
        Field("services", service_part.SERVICES, ()),
        Field("ownership", organisation.OWNERSHIP, ()),
        Field("agreements", organisation.AGREEMENTS, ()),
        Field("tiers", requirements.TIER_POLICIES, _NO_TIERS),
        Field("defaults", _DEFAULTS, {"tier": "public"}),
        Field("cas", issuance.CAS, ()),
        Field("jobs", issuance.JOBS, (), doc="renewal jobs"),
        Field("renewal_info", issuance.RENEWAL_INFO, ()),
        Field("networks", organisation.NETWORKS, ()),
        Field("providers", organisation.PROVIDERS, ()),
        Field("hosting", hosting.HOSTING, ()),
        Field("workloads", service_part.WORKLOADS, ()),
        Field("keys", service_part.KEYS, ()),
        Field("deployments", service_part.DEPLOYMENTS, ()),
        Field("credentials", issuance.CREDENTIALS, ()),
        Field("zone_access", issuance.ZONE_ACCESS, ()),
        Field("dcv_contacts", issuance.DCV_CONTACTS, ()),
        Field("reachability", issuance.REACHABILITY, ()),
        Field("exceptions", control.EXCEPTIONS, ()),
        Field("transfers", control.TRANSFERS, ()),
        Field("changes", control.CHANGES, ()),
        Field("freezes", control.FREEZES, ()),
        Field("actors", consent.ACTORS, (), doc="who may propose and approve changes"),
        Field("standing", consent.STANDING, (), doc="what automation may change unasked"),
        Field("roles", consent.ROLE_OWNERS, {"pki": None, "mail": None}),
        Field("validation_names", consent.VALIDATION_NAMES, ()),
        Field("dnssec", control.DNSSEC, ()),
        Field("dynamic_names", control.DYNAMIC_NAMES, ()),
        Field("complete", control.COMPLETE, dict.fromkeys((*control.EVIDENCE, "declared"), ())),
        Field("truth", control.TRUTH, ()),
        Field("compromised_keys", incidents.COMPROMISED_KEYS, ()),
        Field("incidents", incidents.INCIDENTS, ()),
        Field("revocations", incidents.REVOCATIONS, ()),
        Field("revoked", incidents.REVOKED, ()),
        Field("rekeys", incidents.REKEYS, ()),
        Field("mail", incidents.MAIL, ()),
        Field("ct_logs", incidents.CT_LOGS, (), doc="a log list (JSON, version 3) or a list here"),
        Field(
            "trust_roots", Listing(TEXT), (), doc="PEM files beside or instead of the public set"
        ),
        Field("private_roots", Listing(TEXT), (), doc="PEM files of private anchors"),
        Field("public_roots", FLAG, True, doc="whether the public set is trusted"),
        Field("probes", _PROBES, {"networks": ()}),
        Field("freshness", source_part.FRESHNESS, {}, doc="limits by source id or kind"),
        Field("rules", Listing(TEXT), (), doc="folders with rules of your own"),
        Field("store", STORE, doc="absent: everything is in memory"),
        Field("workflows", DATABASE, doc="for bundles under way; absent: beside `store`"),
        Field("ledger", ledger_part.LEDGER, doc="the record of changes; it needs a `store`"),
        Field("sources", source_part.SOURCES, ()),
        Field(
            "writers", writer_part.WRITERS, (), doc="through what the records of zones are changed"
        ),
        Field("issuers", lifecycle.ISSUERS, (), doc="through what certificates are obtained"),
        Field("deployers", lifecycle.DEPLOYERS, (), doc="places where certificates are used"),
        Field("responders", lifecycle.RESPONDERS, (), doc="what answers http-01 and tls-alpn-01"),
    ),
    blanks=True,
)
ESTATE_SCHEMA: Final[Json] = json_schema(ESTATE, title="Trustpath estate file")
_PARTS = (organisation, hosting, service_part, issuance, control, incidents)


def validate(document: Any, *, kinds: Collection[str] | None = None) -> list[Fault]:
    """Return everything that is wrong with a document, shape and references, in its order.

    ``kinds`` are the kinds of source that exist; None accepts any.
    """
    return _read(document, kinds)[1]


def build(
    document: Any,
    folder: Folder,
    where: str,
    *,
    locate: Callable[[Path], str] | None = None,
    kinds: Collection[str] | None = None,
) -> Estate:
    """Return the estate that a document describes; paths in it are relative to ``folder``.

    ``where`` names the file; ``locate`` gives the place (file:line) of a path in the document.
    Raises EstateError that lists every fault.
    """
    place = locate or (lambda _: where)
    entry, faults = _read(document, kinds)
    if faults or entry is None:
        raise error_of(faults, where, place)
    written = document.get("sources") or []
    writers = document.get("writers") or []
    log_list = entry["ct_logs"] if isinstance(entry["ct_logs"], str) else None
    return Estate(
        organisation=entry["organisation"]["name"],
        store=entry["store"],
        workflows=entry["workflows"],
        trust_roots=entry["trust_roots"],
        private_roots=entry["private_roots"],
        public_roots=entry["public_roots"],
        sources=source_part.specs(written, folder, place),
        writers=writer_part.specs(writers, folder, place),
        freshness=source_part.freshness(entry),
        probe_networks=_probe_networks(entry),
        complete={
            kind: entry["complete"][kind] for kind in control.EVIDENCE if entry["complete"][kind]
        },
        log_list=log_list,
        ct_logs=incidents.listed_logs(entry),
        rules=entry["rules"],
        declarations=(
            *(fact for part in _PARTS for fact in part.facts(entry)),
            *requirements.policy_facts(entry["tiers"]),
        ),
        actors=consent.actors(entry),
        standing=consent.standing(entry),
        roles=entry["roles"],
        validation_names=consent.validation_names(entry),
        ledger=ledger_part.spec(entry["ledger"]),
        issuers=lifecycle.issuers(document.get("issuers") or [], folder, place),
        deployers=lifecycle.deployers(document.get("deployers") or [], folder, place),
        responders=lifecycle.responders(document.get("responders") or [], folder, place),
        jobs=lifecycle.job_plans(entry, folder, place),
        mentions=mentions(document, place),
    )


def _read(document: Any, kinds: Collection[str] | None) -> tuple[Entry | None, list[Fault]]:
    reading = Reading()
    entry = reading.read(ESTATE, {} if document is None else document, ())
    if entry is None:
        return None, reading.faults
    found = {source["kind"] for source in entry["sources"] if source and source["kind"] is not None}
    foreign = (found if kinds is None else found & set(kinds)) - set(source_part.CASES)
    # What was issued here is a source by itself.
    reading.defined.setdefault("source", {}).setdefault("issuance", ())
    outside = found & source_part.OWNER_SOURCES or foreign
    reading.unresolved(skip=frozenset({"owner"}) if outside else frozenset())
    faults = reading.faults
    faults += _pattern_faults(entry)
    faults += (f for f in consent.faults(entry) if not _follows(f, reading.faults))
    faults += writer_part.faults(entry)
    faults += lifecycle.faults(entry)
    faults += issuance.faults(entry)
    faults += number_faults(entry)
    faults += _source_faults(entry, kinds, set(reading.defined.get("source", ())) | found)
    faults.sort(key=lambda fault: _order(fault.path))
    return entry, faults


def _follows(fault: Fault, others: Collection[Fault]) -> bool:
    """Say whether something below its place is faulty, and so read as if it were not there."""
    depth = len(fault.path)
    return any(other.path[:depth] == fault.path for other in others)


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    keys = [item.key for item in ESTATE.fields]
    head = keys.index(str(path[0])) if path and path[0] in keys else -1
    return (
        (head, ""),
        *((step, "") if isinstance(step, int) else (0, str(step)) for step in path[1:]),
    )


_PATTERNS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "ownership": (split_pattern, "example.com, =www.example.com or *.example.com"),
    "validation_names": (
        lambda text: declared_pattern("", text, ()),
        "leading labels such as _token or _ca-*",
    ),
}
"""The sections with patterns that are read when the shape is right, and what such a one is like."""


def _pattern_faults(entry: Entry) -> list[Fault]:
    faults = []
    for section, (read, expected) in _PATTERNS.items():
        for index, item in enumerate(entry[section]):
            if item and item["pattern"] is not None:
                try:
                    read(item["pattern"])
                except InputError as error:
                    faults.append(Fault((section, index, "pattern"), error.message, expected))
    return faults


_CT_KEYS: Final = ("path", "log", "log_list")


def _source_faults(
    entry: Entry, kinds: Collection[str] | None, referable: Collection[str]
) -> list[Fault]:
    faults = []
    for index, source in enumerate(entry["sources"]):
        kind = source and source["kind"]
        if kind and kinds is not None and kind not in kinds:
            faults.append(
                Fault(
                    ("sources", index, "kind"),
                    f"unknown kind of source {kind!r}{nearest(kind, kinds)}",
                    "one of " + ", ".join(sorted(kinds)),
                )
            )
        if kind == "ct" and sum(source[key] is not None for key in _CT_KEYS) != 1:
            faults.append(Fault(("sources", index), "not one of path, log and log_list", "one"))
    known = {*referable, *source_part.CASES, *(kinds or ())}
    return faults + [
        Fault(
            ("freshness", key),
            f"unknown source or kind {key!r}{nearest(key, known)}",
            "the id or kind of a source",
        )
        for key in entry["freshness"]
        if key is not None and key not in known
    ]


def _probe_networks(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the networks that the estate says are its own, or names as targets."""
    networks = [*entry["probes"]["networks"]]
    networks += [item["network"] for item in entry["networks"]]
    for service in entry["services"]:
        networks += service["networks"]
        networks += [endpoint["address"] for endpoint in service["endpoints"]]
    for source in entry["sources"]:
        if source["kind"] == "endpoints":
            networks += [target["address"] for target in source["targets"]]
    return tuple(dict.fromkeys(networks))
