"""Sources as the estate file describes them, and how long what they say stays fresh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as Folder
from typing import Any, Final

from trustpath.base.clock import DAY, HOUR
from trustpath.base.documents import Path
from trustpath.facts.estate.scalars import (
    ADDRESS,
    COUNT,
    DURATION,
    FLAG,
    IDENT,
    NAME,
    PORT,
    POSITIVE,
    SECONDS,
    SERVER_NAME,
    TEXT,
    URI,
    choice,
    definition,
    or_word,
)
from trustpath.facts.estate.services import PROTOCOLS
from trustpath.facts.estate.shape import Either, Entry, Field, Listing, Record, Table, Variants
from trustpath.facts.source import HELD_NAMES, SourceSpec

FRESH: Final = or_word(DURATION, "never")
"""A limit, or ``never`` for evidence that does not go stale."""

DEFAULT_FRESHNESS: Final[Mapping[str, int]] = {
    "axfr": 24 * HOUR,
    "endpoints": 24 * HOUR,
    "resolve": 24 * HOUR,
    "ct": 7 * DAY,
}
"""By kind. What is read from files is as old as the reading, and only ages in a store."""

DEFAULT_LIMIT: Final = 7 * DAY
OWNER_SOURCES: Final = frozenset({"backstage", "csv"})

_VIEW = Field("view", TEXT, doc="the DNS view or vantage")
_SIGNING = Field(
    "signing",
    choice("none", "server"),
    doc="who signs what it holds: none, servers publish it as it stands; server, they sign it. "
    "Not given: none for a transfer, else not known, and no DNSKEY proves nothing",
)
_TIMEOUT = Field("timeout", SECONDS)
_CONCURRENCY = Field("concurrency", POSITIVE, doc="how many at a time")
_PATH = Field("path", TEXT, required=True, doc="a file, a folder or a glob")
TSIG: Final = Record(
    "a TSIG key",
    (
        Field("name", NAME, required=True),
        Field("algorithm", TEXT, "hmac-sha256"),
        Field("secret", TEXT, required=True, doc="env:VARIABLE or file:PATH"),
    ),
)
_TARGET = Record(
    "an endpoint to look at",
    (
        Field("address", ADDRESS, required=True),
        Field("port", PORT, 443),
        Field("names", Listing(SERVER_NAME), (), doc="server names to ask for; empty: none"),
        Field("protocol", choice(*PROTOCOLS)),
    ),
)


_SERVER = Either(
    TEXT,
    Record(
        "a DNS server",
        (
            Field("address", TEXT, required=True, doc="address, or address:port"),
            Field("name", TEXT, doc="what its vantage is called"),
            Field(
                "kind",
                choice("recursive", "authoritative"),
                doc="recursive unless said; what such a server cannot know counts for nothing",
            ),
        ),
    ),
)


def _source(what: str, *options: Field) -> Record:
    return Record(what, (*_COMMON, *options))


_COMMON = (
    Field("id", definition("source"), required=True),
    Field("kind", IDENT, required=True),
    Field("freshness", FRESH, doc="how old its evidence may be"),
)
CASES: Final[Mapping[str, Record]] = {
    "zonefile": _source(
        "a source of zone files",
        _PATH,
        Field("origin", NAME, doc="the apex, where the file name does not say it"),
        _SIGNING,
        _VIEW,
    ),
    "octodns": _source(
        "an octoDNS folder",
        _PATH,
        Field("default_ttl", DURATION, doc="where a record has no ttl"),
        Field("lenient", FLAG, doc="take what octoDNS takes only leniently"),
        Field("escaped_semicolons", FLAG, doc="whether ; in text is written \\;"),
        Field("split_extension", TEXT, doc="what the folder of a split zone ends with"),
        Field("whole", FLAG, doc="whether zones that a proposed folder does not have go"),
        _SIGNING,
        _VIEW,
    ),
    "axfr": _source(
        "a server to transfer zones from",
        Field("server", TEXT, required=True, doc="address, or address:port"),
        Field("zones", Listing(NAME), required=True),
        Field("tsig", TSIG),
        _TIMEOUT,
        Field("total_timeout", SECONDS, doc="for a whole transfer"),
        _SIGNING,
        _VIEW,
    ),
    "certificates": _source(
        "certificate files",
        Field(
            "path",
            TEXT,
            required=True,
            doc="a file, a folder or a glob: certificates as PEM, DER, PKCS#7 (.p7b, .p7c) or "
            "PKCS#12 (.p12, .pfx), and revocation lists (.crl) as PEM or DER, in any mix",
        ),
        Field("password", TEXT, doc="for PKCS#12: env:VARIABLE or file:PATH"),
        Field(
            "signatures",
            choice("all", "sampled"),
            doc="of leaves beyond the first 2,000: verify all, or samples of each issuer",
        ),
    ),
    "endpoints": _source(
        "endpoints to look at",
        Field("targets", Listing(_TARGET), required=True),
        _TIMEOUT,
        _CONCURRENCY,
        Field("vantage", TEXT, doc="from where it is looked at"),
    ),
    "resolve": _source(
        "resolvers to ask",
        Field("servers", Listing(_SERVER), required=True, doc="address, or address:port"),
        Field(
            "names",
            Either(choice(*HELD_NAMES), Listing(NAME)),
            required=True,
            doc="names, and among them words for names that the other sources hold and cannot see "
            "to the end: aliases (those that lead outside, and their targets), mail (hosts of MX), "
            "servers (of NS), services (their names, and hosts of SRV, HTTPS and SVCB). A name of "
            "one label is written with a dot: mail.",
        ),
        Field("types", Listing(TEXT), doc="else A, AAAA, CNAME, CAA, HTTPS; of hosts A and AAAA"),
        Field("limit", POSITIVE, doc="how many held names to ask about at most, else 10,000"),
        Field("rate", POSITIVE, doc="questions a second at each server, else 200"),
        _TIMEOUT,
        Field("tries", POSITIVE, doc="how often to ask before giving up"),
        _CONCURRENCY,
        Field("dnssec", FLAG, doc="ask for signatures, and so for validation"),
        _VIEW,
    ),
    "ct": _source(
        "certificate transparency",
        Field("path", TEXT, doc="a search export as JSON"),
        Field("log", URI, doc="the URL of a log; of one read as tiles, its monitoring prefix"),
        Field("log_list", TEXT, doc="a log list, file or URL: follow each log that takes entries"),
        Field(
            "api",
            choice("rfc6962", "static"),
            doc="how it is read; as its entry in ct_logs says, else rfc6962",
        ),
        Field(
            "names_tiles",
            FLAG,
            doc="leave out tiles whose names concern nobody, where the log offers names tiles",
        ),
        Field("origin", TEXT, doc="what the checkpoint begins with: the submission prefix"),
        Field(
            "state",
            TEXT,
            doc="a file that keeps how far the log was read and what was found; "
            "with log_list a folder of them",
        ),
        Field("max_octets", COUNT, doc="how many octets a run may read"),
        Field("max_time", SECONDS, doc="how long a run may take"),
        Field("domains", Listing(NAME), doc="keep only what concerns these"),
        Field("key", TEXT, doc="the log's public key: PEM, base64 of DER, or file:PATH"),
        Field("operator", TEXT),
        Field(
            "start",
            or_word(COUNT, "newest"),
            doc="the first entry to read; newest: only what comes from now on",
        ),
        Field("max_entries", POSITIVE, doc="how many to read at most"),
        Field("batch", POSITIVE, doc="how many to ask for at once"),
        Field(
            "trusted",
            Record(
                "a tree head that was verified before",
                (
                    Field("size", COUNT, required=True),
                    Field("root", TEXT, required=True, doc="the root hash in hexadecimal"),
                ),
            ),
        ),
        _TIMEOUT,
    ),
    "backstage": _source(
        "a Backstage catalogue",
        Field(
            "path",
            TEXT,
            required=True,
            doc="a file, a folder or a glob; Groups and Users become owners, and the annotations "
            "trustpath.io/zones, records, names and certificates of anything with spec.owner "
            "give ownership (patterns as here, separated by commas), trustpath.io/tier a service",
        ),
    ),
    "csv": _source(
        "a table of owners",
        Field(
            "path",
            TEXT,
            required=True,
            doc="a file, a folder or a glob; the first line is kind,pattern,owner and, where "
            "wanted, contact and attested",
        ),
    ),
}
SOURCES: Final = Listing(
    Variants("kind", CASES, Record("a source", _COMMON, open=True)),
)
FRESHNESS: Final = Table(IDENT, FRESH)


def specs(
    written: list[Mapping[str, Any]], folder: Folder, place: Callable[[Path], str]
) -> tuple[SourceSpec, ...]:
    """Return the sources with their options as written; ``written`` is already valid."""
    return tuple(
        SourceSpec(
            id=entry["id"],
            kind=entry["kind"],
            options={
                key: value for key, value in entry.items() if key not in ("id", "kind", "freshness")
            },
            folder=folder,
            where=place(("sources", index)),
        )
        for index, entry in enumerate(written)
    )


def freshness(document: Entry) -> dict[str, int | None]:
    """Return limits in seconds by source id or kind; None is "never stale"."""
    limits: dict[str, int | None] = dict(DEFAULT_FRESHNESS)
    stated = document["freshness"] | {
        entry["id"]: entry["freshness"]
        for entry in document["sources"]
        if entry["freshness"] is not None
    }
    for key, value in stated.items():
        limits[key] = None if value == "never" else value
    return limits
