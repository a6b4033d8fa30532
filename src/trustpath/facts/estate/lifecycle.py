"""What carries certificates through their life: issuers, deployers, responders, and their jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as Folder
from typing import Any, Final

from trustpath.base.documents import Path
from trustpath.facts.challenge import ResponderSpec
from trustpath.facts.deploying import DeployerSpec, KeyPolicy
from trustpath.facts.estate.faults import Fault
from trustpath.facts.estate.scalars import (
    ADDRESS,
    COUNT,
    DURATION,
    FLAG,
    PERIOD,
    PORT,
    SECONDS,
    TEXT,
    URI,
    choice,
    definition,
    reference,
)
from trustpath.facts.estate.shape import Entry, Field, Listing, Record, Variants
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.job import JobPlan

KEY_TYPES: Final = ("ec-256", "ec-384", "rsa-2048", "rsa-3072", "rsa-4096")

_TIMEOUT = Field("timeout", SECONDS, doc="for one answer")
_ROOTS = Field("roots", TEXT, doc="PEM file that vouches for the server's own TLS; absent: public")

_ISSUER = (
    Field("id", definition("issuer"), required=True),
    Field("kind", choice("acme", "vault"), required=True),
    Field("ca", reference("ca"), required=True, doc="whose certificates it obtains"),
)
ISSUER_CASES: Final[Mapping[str, Record]] = {
    "acme": Record(
        "an account at an ACME server",
        (
            *_ISSUER,
            Field("directory", URI, doc="absent: that of the CA"),
            _ROOTS,
            Field("account_key", TEXT, required=True, doc="file of the account's private key"),
            Field("contacts", Listing(URI), doc="such as mailto:pki@example.com"),
            Field(
                "external_account",
                Record(
                    "an external account binding",
                    (
                        Field("kid", TEXT, required=True),
                        Field("key", TEXT, required=True, doc="env:VARIABLE or file:PATH"),
                    ),
                ),
            ),
            Field("chain", TEXT, doc="preferred chain: name or SHA-256 of its topmost issuer"),
            _TIMEOUT,
        ),
    ),
    "vault": Record(
        "the PKI engine of an OpenBao or Vault server",
        (
            *_ISSUER,
            Field("url", URI, required=True, doc="such as https://127.0.0.1:8200"),
            Field("mount", TEXT, doc="absent: pki"),
            Field("role", TEXT, required=True),
            Field("token", TEXT, required=True, doc="env:VARIABLE or file:PATH"),
            Field("lifetime", PERIOD, doc="asked for; absent: that of the role"),
            _ROOTS,
            _TIMEOUT,
        ),
    ),
}
ISSUERS: Final = Listing(Variants("kind", ISSUER_CASES, Record("an issuer", _ISSUER, open=True)))

_COMMAND = Listing(TEXT)
_PLACE = (
    Field("id", definition("deployer"), required=True),
    Field("kind", choice("files", "nginx", "haproxy", "kubernetes", "hook"), required=True),
)
_KEY_AND_CHAIN = (
    Field("key", TEXT, required=True, doc="file of the private key; may be that of the chain"),
    Field("chain", TEXT, required=True, doc="file of the certificate and its issuers"),
    Field("owner", TEXT, doc="user, or user:group, of the files; absent: whoever runs this"),
)
DEPLOYER_CASES: Final[Mapping[str, Record]] = {
    "files": Record(
        "files, and a command that makes their user read them again",
        (
            *_PLACE,
            *_KEY_AND_CHAIN,
            Field("certificate", TEXT, doc="file of the certificate alone"),
            Field("reload", _COMMAND, doc="command and arguments; no shell"),
            _TIMEOUT,
        ),
    ),
    "nginx": Record(
        "an nginx",
        (
            *_PLACE,
            *_KEY_AND_CHAIN,
            Field("binary", TEXT, doc="absent: nginx"),
            Field("configuration", TEXT, doc="its main file; absent: nginx's own default"),
            Field("prefix", TEXT),
            _TIMEOUT,
        ),
    ),
    "haproxy": Record(
        "a running HAProxy, through its runtime API",
        (
            *_PLACE,
            Field("socket", TEXT, required=True, doc="path of the stats socket of level admin"),
            Field("certificate", TEXT, required=True, doc="PEM file of key and chain together"),
            Field("name", TEXT, doc="what HAProxy calls that file; absent: its path"),
            _TIMEOUT,
        ),
    ),
    "kubernetes": Record(
        "a manifest of a TLS secret",
        (
            *_PLACE,
            Field("manifest", TEXT, required=True, doc="file that is written, mode 0600"),
            Field("namespace", TEXT),
            Field("name", TEXT, required=True),
            Field("apply", _COMMAND, doc="command that reads the manifest from the file; no shell"),
            _TIMEOUT,
        ),
    ),
    "hook": Record(
        "a program of yours that keeps key and certificate",
        (
            *_PLACE,
            Field("command", _COMMAND, required=True, doc="called with a verb and an order"),
            _TIMEOUT,
        ),
    ),
}
DEPLOYERS: Final = Listing(
    Variants("kind", DEPLOYER_CASES, Record("a deployer", _PLACE, open=True))
)

_ANSWERS = (
    Field("id", definition("responder"), required=True),
    Field("kind", choice("webroot", "http", "tls-alpn"), required=True),
)
RESPONDER_CASES: Final[Mapping[str, Record]] = {
    "webroot": Record(
        "a folder that a web server serves on port 80",
        (*_ANSWERS, Field("path", TEXT, required=True, doc="the root of the site")),
    ),
    "http": Record(
        "a listener that answers http-01",
        (*_ANSWERS, Field("address", ADDRESS, required=True), Field("port", PORT, 80)),
    ),
    "tls-alpn": Record(
        "a listener that answers tls-alpn-01",
        (*_ANSWERS, Field("address", ADDRESS, required=True), Field("port", PORT, 443)),
    ),
}
RESPONDERS: Final = Listing(
    Variants("kind", RESPONDER_CASES, Record("a responder", _ANSWERS, open=True))
)

JOB_FIELDS: Final = (
    Field("issuers", Listing(reference("issuer")), (), doc="tried in this order"),
    Field(
        "key",
        Record(
            "the key of a job",
            (
                Field("type", choice(*KEY_TYPES), "ec-256"),
                Field("reuse", FLAG, False, doc="keep the key at a renewal"),
                Field("max_age", DURATION, doc="after which it is not kept"),
            ),
            short="type",
        ),
    ),
    Field("deploy", reference("deployer"), doc="the place of use, where the key is made and stays"),
    Field("responder", reference("responder"), doc="for methods other than DNS"),
    Field("csr", TEXT, doc="file of a request that was made elsewhere"),
    Field("chain_folder", TEXT, doc="where the chain goes when nothing is deployed"),
    Field("renew_after", COUNT, doc="percent of the lifetime, where the CA suggests no window"),
    Field("least_age", COUNT, doc="percent of the lifetime; a window past from the start waits"),
)
"""What a job says of how it is carried out."""

_HEAD = frozenset({"id", "kind", "ca"})


def issuers(
    written: list[Mapping[str, Any]], folder: Folder, place: Callable[[Path], str]
) -> tuple[IssuerSpec, ...]:
    """Return the issuers with their options as written; ``written`` is already valid."""
    return tuple(
        IssuerSpec(item["id"], item["kind"], item["ca"], _options(item), folder, where)
        for item, where in _placed("issuers", written, place)
    )


def deployers(
    written: list[Mapping[str, Any]], folder: Folder, place: Callable[[Path], str]
) -> tuple[DeployerSpec, ...]:
    """Return the deployers with their options as written; ``written`` is already valid."""
    return tuple(
        DeployerSpec(item["id"], item["kind"], _options(item), folder, where)
        for item, where in _placed("deployers", written, place)
    )


def responders(
    written: list[Mapping[str, Any]], folder: Folder, place: Callable[[Path], str]
) -> tuple[ResponderSpec, ...]:
    """Return the responders with their options as written; ``written`` is already valid."""
    return tuple(
        ResponderSpec(item["id"], item["kind"], _options(item), folder, where)
        for item, where in _placed("responders", written, place)
    )


def _options(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in _HEAD}


def _placed(
    section: str, written: list[Mapping[str, Any]], place: Callable[[Path], str]
) -> list[tuple[Mapping[str, Any], str]]:
    return [(item, place((section, index))) for index, item in enumerate(written)]


def job_plans(document: Entry, folder: Folder, place: Callable[[Path], str]) -> tuple[JobPlan, ...]:
    """Return how the jobs that name issuers are carried out; others are only judged."""
    return tuple(
        _job_plan(entry, folder, place(("jobs", index)))
        for index, entry in enumerate(document["jobs"])
        if entry["issuers"]
    )


def _job_plan(entry: Entry, folder: Folder, where: str) -> JobPlan:
    key = entry["key"]
    return JobPlan(
        id=entry["id"],
        names=tuple(dict.fromkeys(entry["names"])),
        issuers=tuple(dict.fromkeys(entry["issuers"])),
        method=entry["method"] or "dns-01",
        service=entry["service"],
        owner=entry["owner"],
        profile=entry["profile"],
        key=KeyPolicy(key["type"], key["reuse"], key["max_age"]) if key else KeyPolicy(),
        deployer=entry["deploy"],
        responder=entry["responder"],
        csr=folder / entry["csr"] if entry["csr"] else None,
        chain_folder=folder / entry["chain_folder"] if entry["chain_folder"] else None,
        renew_after=entry["renew_after"],
        least_age=entry["least_age"],
        active=entry["active"],
        where=where,
    )


def faults(document: Entry) -> list[Fault]:
    """Return what no single value shows: jobs that cannot be carried out as they are written."""
    found = []
    for index, entry in enumerate(document["jobs"]):
        if not entry:
            continue
        at = ("jobs", index)
        for key in ("renew_after", "least_age"):
            part = entry[key]
            if part is not None and not 1 <= part <= 95:
                found.append(Fault((*at, key), f"{part} percent", "1 to 95"))
        if not entry["issuers"]:
            continue
        if not entry["names"]:
            found.append(Fault(at, "a job with issuers asks for no names", "names"))
        if bool(entry["csr"]) == bool(entry["deploy"]):
            found.append(Fault(at, "neither or both of deploy and csr", "one: who makes the key"))
        if entry["csr"] and not entry["chain_folder"]:
            found.append(Fault(at, "no chain_folder for the certificate of a csr", "chain_folder"))
        if entry["method"] in ("http-01", "tls-alpn-01") and not entry["responder"]:
            found.append(Fault(at, f"no responder for {entry['method']}", "responder"))
    return found
