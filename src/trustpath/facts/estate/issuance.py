"""Declarations about CAs, accounts, renewal jobs and the credentials of automation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trustpath.base import names
from trustpath.facts.estate.authorities import KnownAuthority, known_authority
from trustpath.facts.estate.faults import Fault
from trustpath.facts.estate.lifecycle import JOB_FIELDS
from trustpath.facts.estate.organisation import OWNER
from trustpath.facts.estate.scalars import (
    COUNT,
    DURATION,
    FINGERPRINT,
    FLAG,
    INSTANT,
    NAME,
    PERIOD,
    PORT,
    POSITIVE,
    TEXT,
    URI,
    choice,
    definition,
    number_of,
    one_of,
    reference,
)
from trustpath.facts.estate.services import TIER
from trustpath.facts.estate.shape import Either, Entry, Field, Listing, Record
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import (
    AcmeAccount,
    Ca,
    CaIdentity,
    CaIssuer,
    CaLimit,
    CaTier,
    Credential,
    CredentialScope,
    DcvContact,
    Job,
    JobName,
    Probe,
    RenewalInfo,
    ZoneAccess,
)

ENFORCED, IGNORED = "enforced", "ignored"
_METHOD = TEXT
ACME_METHODS = ("dns-01", "http-01", "tls-alpn-01", "dns-account-01", "dns-persist-01")
"""The challenges of ACME by which a job may prove control (RFC 8555 8, RFC 8737, drafts)."""
_JOB_METHOD = one_of(
    (
        *ACME_METHODS,
        *(f"br-{number}" for number in range(1, 23)),
        *(f"br-ip-{number}" for number in range(1, 9)),
    ),
    f"{', '.join(ACME_METHODS)}, or br-1 to br-22 and br-ip-1 to br-ip-8 (BR 3.2.2.4, 3.2.2.5)",
)
_ACCOUNT = Record(
    "an ACME account",
    (
        Field("uri", URI, required=True),
        Field("status", choice("valid", "deactivated", "revoked"), "valid"),
        Field("owner", OWNER),
        Field("terms_accepted", FLAG),
        Field("key_available", FLAG),
        Field("eab_expires", INSTANT),
    ),
    short="uri",
)
_LIMIT = Record(
    "a rate limit",
    (
        Field("per", choice("account", "registered-domain", "name-set"), required=True),
        Field("capacity", POSITIVE, required=True),
        Field("window", PERIOD, required=True),
    ),
)
_CAA = Either(choice(ENFORCED, IGNORED), Listing(NAME))
CAS = Listing(
    Record(
        "a certification authority",
        (
            Field("id", definition("ca"), required=True),
            Field("caa", _CAA, (), doc="what it accepts in CAA, or whether it looks at it"),
            Field("issuers", Listing(TEXT), (), doc="organisations or whole DNs of its issuers"),
            Field("accounts", Listing(_ACCOUNT), ()),
            Field("approved", FLAG, True),
            Field("public", FLAG, doc="whether its root is in the public trust stores"),
            Field("tiers", Listing(TIER), (), doc="tiers for which policy approves it"),
            Field("acme", FLAG),
            Field("directory", URI),
            Field("renewal_info", FLAG, doc="whether it answers RFC 9773"),
            Field("persist_form", choice("plain", "hashed")),
            Field("persist_policy_documented", FLAG, False),
            Field("reuse", DURATION, doc="how long it reuses a validation"),
            Field("tested", INSTANT, doc="when issuance from it was last tried"),
            Field("limits", Listing(_LIMIT), ()),
        ),
    )
)
JOBS = Listing(
    Record(
        "a renewal job",
        (
            Field("id", definition("job"), required=True),
            Field("service", reference("service")),
            Field("owner", OWNER),
            Field("ca", reference("ca")),
            Field("account", URI),
            Field("method", _JOB_METHOD, doc="a challenge of ACME, or a method of the BR"),
            Field("profile", TEXT),
            Field("certificate", FINGERPRINT, doc="the certificate that it keeps renewed"),
            Field("names", Listing(NAME), ()),
            Field("interval", PERIOD, doc="of a fixed timer"),
            Field("next_renewal", INSTANT),
            Field("last_validation", INSTANT),
            Field("lifetime", PERIOD),
            Field("next_lifetime", PERIOD),
            Field("challenge_writer", FLAG, doc="whether it can write the validation record"),
            Field("sends_replaces", FLAG),
            Field("active", FLAG, True),
            Field("failures", COUNT),
            Field("failures_last_hour", COUNT),
            Field("rekey", FLAG),
            Field("next_ca", reference("ca")),
            *JOB_FIELDS,
        ),
    )
)
RENEWAL_INFO = Listing(
    Record(
        "a renewal window that the CA suggested",
        (
            Field("certificate", FINGERPRINT, required=True),
            Field("job", reference("job")),
            Field("starts", INSTANT, required=True),
            Field("ends", INSTANT, required=True),
            Field("former_starts", INSTANT),
            Field("fetched", INSTANT, required=True),
            Field("retry_after", DURATION),
        ),
    )
)
CREDENTIALS = Listing(
    Record(
        "a credential of automation; never the secret itself",
        (
            Field("id", definition("credential"), required=True),
            Field("kind", choice("tsig", "sig0", "api", "acme", "deploy"), required=True),
            Field("owner", OWNER),
            Field("service", reference("service")),
            Field("job", reference("job")),
            Field("created", INSTANT),
            Field("max_age", DURATION),
            Field("interactive_use", FLAG),
            Field(
                "scopes",
                Listing(
                    Record(
                        "what the credential may write",
                        (Field("name", NAME, required=True), Field("subtree", FLAG, True)),
                        short="name",
                    )
                ),
                (),
            ),
        ),
    )
)
ZONE_ACCESS = Listing(
    Record(
        "how a zone may be transferred or updated",
        (
            Field("zone", NAME, required=True),
            Field("operation", choice("transfer", "update"), required=True),
            Field("protected", FLAG, required=True, doc="by TSIG, SIG(0) or mutual TLS"),
        ),
    )
)
REACHABILITY = Listing(
    Record(
        "an outcome of reaching a name from a distant network",
        (
            Field("name", NAME, required=True),
            Field("vantage", TEXT, required=True),
            Field("method", _METHOD, "service"),
            Field("port", PORT, required=True),
            Field("family", number_of(4, 6), 4),
            Field("reached", FLAG, required=True),
        ),
    )
)
DCV_CONTACTS = Listing(TEXT)


def facts(document: Entry) -> Iterator[Fact]:
    """Yield the rows of CAs, accounts, jobs, credentials and access."""
    for entry in document["cas"]:
        yield from _ca(entry)
    served = {entry["id"]: entry for entry in document["issuers"]}
    for entry in document["jobs"]:
        yield from _job(entry, served)
    for entry in document["renewal_info"]:
        yield RenewalInfo(
            entry["certificate"],
            entry["job"],
            entry["starts"],
            entry["ends"],
            entry["former_starts"],
            entry["fetched"],
            entry["retry_after"],
        )
    for entry in document["credentials"]:
        yield Credential(
            entry["id"],
            entry["kind"],
            entry["owner"],
            entry["service"],
            entry["job"],
            entry["created"],
            entry["max_age"],
            entry["interactive_use"],
        )
        for scope in entry["scopes"]:
            yield CredentialScope(entry["id"], scope["name"], scope["subtree"])
    for entry in document["zone_access"]:
        yield ZoneAccess(entry["zone"], entry["operation"], entry["protected"])
    for entry in document["reachability"]:
        yield Probe(
            entry["name"],
            entry["vantage"],
            entry["method"],
            entry["port"],
            entry["family"],
            entry["reached"],
        )
    yield from (DcvContact(contact.lower()) for contact in document["dcv_contacts"])


def _either(stated: bool | None, known: bool | None) -> bool | None:
    return known if stated is None else stated


def faults(entry: Entry) -> Iterator[Fault]:
    """Yield what contradicts itself about CAs: a public one has to look at CAA (BR 4.2.2.1)."""
    for index, item in enumerate(entry["cas"]):
        if item and item["caa"] == IGNORED and item["public"]:
            yield Fault(
                ("cas", index, "caa"),
                "a publicly trusted CA does not ignore CAA",
                "the names that it accepts, or public: false",
            )


def _identities(entry: Entry) -> tuple[str, ...]:
    """Return the CAA names of a CA, none where only a word says how it handles CAA."""
    return () if isinstance(entry["caa"], str) else tuple(dict.fromkeys(entry["caa"]))


def _checks_caa(entry: Entry, public: bool | None) -> bool | None:
    """Return whether a CA looks at CAA: as declared, else every one but a private one has to.

    Names that it accepts in CAA have a meaning only at a CA that looks. Of a private one without
    names nobody knows it: most do not look, what is built on public CAs' software does.
    """
    if entry["caa"] == IGNORED:
        return False
    return True if entry["caa"] or public is not False else None


def _ca(entry: Entry) -> Iterator[Fact]:
    ca = entry["id"]
    identities = _identities(entry)
    known = known_authority(identities)
    public = _either(entry["public"], known.public)
    acme = entry["acme"]
    if acme is None:
        acme = bool(entry["directory"] or entry["accounts"] or known.acme)
    yield Ca(
        id=ca,
        approved=entry["approved"],
        public=public,
        acme=acme,
        directory=entry["directory"] or known.directory,
        renewal_info=_either(entry["renewal_info"], known.renewal_info),
        persist_form=entry["persist_form"],
        persist_policy_documented=entry["persist_policy_documented"],
        reuse_seconds=entry["reuse"],
        tested_at=entry["tested"],
        checks_caa=_checks_caa(entry, public),
    )
    yield from (CaIdentity(ca, identity) for identity in identities)
    yield from _issuers(ca, entry, known)
    yield from (CaTier(ca, tier) for tier in dict.fromkeys(entry["tiers"]))
    for account in entry["accounts"]:
        yield AcmeAccount(
            account["uri"],
            ca,
            account["status"],
            account["owner"],
            account["terms_accepted"],
            account["key_available"],
            account["eab_expires"],
        )
    if entry["limits"]:
        for limit in entry["limits"]:
            yield CaLimit(ca, limit["per"], limit["capacity"], limit["window"])
    else:
        for per, capacity, window in known.limits:
            yield CaLimit(ca, per, capacity, window)


def _issuers(ca: str, entry: Entry, known: KnownAuthority) -> Iterator[CaIssuer]:
    for issuer in dict.fromkeys((*entry["issuers"], *known.issuers)):
        yield CaIssuer(ca, "dn" if "=" in issuer else "organisation", issuer)


def _job(entry: Entry, served: Mapping[str, Entry]) -> Iterator[Fact]:
    """Yield a job's rows; what it does not state of its CA and method follows from its issuers.

    One that is carried out over ACME proves by dns-01 unless it says otherwise, as its plan has it.
    """
    job = entry["id"]
    issuers = entry["issuers"]
    acme = bool(issuers) and served[issuers[0]]["kind"] == "acme"
    key = entry["key"]
    yield Job(
        id=job,
        service=entry["service"],
        owner=entry["owner"],
        ca=entry["ca"] or (served[issuers[0]]["ca"] if issuers else None),
        account=entry["account"],
        method=entry["method"] or ("dns-01" if acme else None),
        profile=entry["profile"],
        certificate=entry["certificate"],
        interval_seconds=entry["interval"],
        next_renewal=entry["next_renewal"],
        last_validation=entry["last_validation"],
        lifetime=entry["lifetime"],
        next_lifetime=entry["next_lifetime"],
        challenge_writer=entry["challenge_writer"],
        sends_replaces=entry["sends_replaces"],
        active=entry["active"],
        failures=entry["failures"],
        failures_last_hour=entry["failures_last_hour"],
        # A job that is carried out here makes a new key each time unless it says otherwise.
        rekey=_either(entry["rekey"], not key["reuse"] if key else True if issuers else None),
        next_ca=entry["next_ca"],
    )
    for name in dict.fromkeys(entry["names"]):
        yield job_name(job, name)


def job_name(job: str, name: str) -> JobName:
    """Return the row of a name that a job asks for."""
    base = names.base(name)
    return JobName(
        job, name, base, names.is_wildcard(name), names.parent(base), names.registered(base)
    )
