"""Declarations about change control: exceptions, changes, freezes, key plans, claims."""

from __future__ import annotations

from collections.abc import Iterator

from trustpath.base import names
from trustpath.facts.estate.organisation import OWNER
from trustpath.facts.estate.scalars import (
    COUNT,
    FLAG,
    INSTANT,
    NAME,
    TEXT,
    choice,
    definition,
    reference,
)
from trustpath.facts.estate.shape import Entry, Field, Listing, Record
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import (
    Change,
    ChangeApproval,
    ChangeRecord,
    Complete,
    DynamicName,
    ExpectedSigner,
    Freeze,
    NameTransfer,
    RolloverStep,
    SourceTruth,
    Waiver,
)

SOURCE = reference("source")
EVIDENCE = ("certificates", "endpoints", "ct", "jobs", "services", "records", "intents")
DECLARED = ("providers", "cas", "accounts", "networks", "workloads", "domains", "dcv_contacts")
"""What only the estate file lists, so that only it can be said to list all of it."""
ESTATE_SOURCE = "estate"

EXCEPTIONS = Listing(
    Record(
        "an exception with an end",
        (
            Field("id", definition("exception"), required=True),
            Field("rule", TEXT, required=True),
            Field("subject", TEXT, doc="absent: every subject of the rule"),
            Field("owner", OWNER),
            Field("reason", TEXT, required=True),
            Field("control", TEXT, doc="what protects meanwhile"),
            Field("until", INSTANT),
        ),
    )
)
TRANSFERS = Listing(
    Record(
        "a name that changed owner or provider",
        (
            Field("name", NAME, required=True),
            Field("former", TEXT, required=True),
            Field("current", TEXT, required=True),
            Field("at", INSTANT, required=True),
        ),
    )
)
CHANGES = Listing(
    Record(
        "a recorded change",
        (
            Field("id", definition("change"), required=True),
            Field("author", TEXT, required=True),
            Field("state", choice("proposed", "approved", "applied", "rejected"), required=True),
            Field("opens", INSTANT),
            Field("closes", INSTANT),
            Field("inverse", FLAG, doc="whether a compensating change is stored"),
            Field(
                "records",
                Listing(
                    Record(
                        "a record that the change adds or removes",
                        (
                            Field("zone", NAME, required=True),
                            Field("name", NAME, required=True),
                            Field("type", TEXT, required=True),
                            Field("action", choice("add", "remove"), required=True),
                            Field("rdata", TEXT),
                        ),
                    )
                ),
                (),
            ),
            Field(
                "approvals",
                Listing(
                    Record(
                        "an approval",
                        (
                            Field("approver", TEXT, required=True),
                            Field("role", TEXT, required=True, doc="dns, certificate, service..."),
                            Field("at", INSTANT),
                        ),
                    )
                ),
                (),
            ),
        ),
    )
)
FREEZES = Listing(
    Record(
        "a period without changes",
        (
            Field("id", definition("freeze"), required=True),
            Field("name", NAME, "", doc="what it covers, with all below; absent: everything"),
            Field("starts", INSTANT, required=True),
            Field("ends", INSTANT, required=True),
        ),
    )
)
DNSSEC = Listing(
    Record(
        "the approved plan for the keys of a zone",
        (
            Field("zone", NAME, required=True),
            Field("signers", Listing(COUNT), (), doc="key tags expected in CDS and CDNSKEY"),
            Field("unsign", FLAG, False, doc="whether going unsigned is approved"),
            Field(
                "rollovers",
                Listing(
                    Record(
                        "a step of a key rollover",
                        (
                            Field("step", TEXT, required=True),
                            Field("at", INSTANT, required=True),
                            Field("safe", INSTANT, doc="from when it is safe"),
                        ),
                    )
                ),
                (),
            ),
        ),
    )
)
DYNAMIC_NAMES = Listing(NAME)
COMPLETE = Record(
    "which sources together are all there is of a kind of evidence",
    (
        *(Field(kind, Listing(SOURCE), ()) for kind in EVIDENCE),
        Field(
            "declared",
            Listing(choice(*DECLARED)),
            (),
            doc="what this file lists all there is of; what it does not list is then not approved, "
            "or not ours",
        ),
    ),
)
TRUTH = Listing(
    Record(
        "the source whose content of a zone is the approved one",
        (Field("zone", NAME, required=True), Field("source", SOURCE, required=True)),
    )
)


def facts(document: Entry) -> Iterator[Fact]:
    """Yield the rows of exceptions, changes, key plans and claims."""
    for entry in document["exceptions"]:
        yield Waiver(
            entry["id"],
            entry["rule"],
            entry["subject"],
            entry["owner"],
            entry["reason"],
            entry["control"],
            entry["until"],
        )
    for entry in document["transfers"]:
        yield NameTransfer(
            names.base(entry["name"]), entry["former"], entry["current"], entry["at"]
        )
    for entry in document["changes"]:
        yield from _change(entry)
    for entry in document["freezes"]:
        yield Freeze(entry["id"], names.base(entry["name"]), entry["starts"], entry["ends"])
    for entry in document["dnssec"]:
        yield from _keys(entry)
    for name in document["dynamic_names"]:
        yield DynamicName(names.base(name))
    complete = document["complete"]
    for kind in EVIDENCE:
        yield from (Complete(kind, source) for source in complete[kind])
    yield from (Complete(kind, ESTATE_SOURCE) for kind in dict.fromkeys(complete["declared"]))
    for entry in document["truth"]:
        yield SourceTruth(entry["zone"], entry["source"])


def _change(entry: Entry) -> Iterator[Fact]:
    change = entry["id"]
    yield Change(
        change,
        entry["author"],
        entry["state"],
        entry["opens"],
        entry["closes"],
        entry["inverse"],
    )
    for record in entry["records"]:
        yield ChangeRecord(
            change,
            record["zone"],
            record["name"],
            record["type"].upper(),
            record["action"],
            record["rdata"],
        )
    for approval in entry["approvals"]:
        yield ChangeApproval(change, approval["approver"], approval["role"], approval["at"])


def _keys(entry: Entry) -> Iterator[Fact]:
    zone = entry["zone"]
    for tag in entry["signers"]:
        yield ExpectedSigner(zone, tag, entry["unsign"])
    if entry["unsign"] and not entry["signers"]:
        yield ExpectedSigner(zone, None, True)
    for step in entry["rollovers"]:
        yield RolloverStep(zone, step["step"], step["at"], step["safe"])
