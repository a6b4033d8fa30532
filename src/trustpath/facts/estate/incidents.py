"""Declarations about revocation, bad keys, mail policies and CT logs."""

from __future__ import annotations

from collections.abc import Iterator

from trustpath.base import names
from trustpath.facts.ct_log import ListedLog, read_key
from trustpath.facts.estate.ct_logs import STATES, known_log
from trustpath.facts.estate.scalars import (
    DURATION,
    FINGERPRINT,
    INSTANT,
    NAME,
    SERIAL,
    TEXT,
    choice,
    definition,
    reference,
)
from trustpath.facts.estate.shape import Either, Entry, Field, Listing, Record, Scalar
from trustpath.facts.relations import Fact
from trustpath.facts.relations.presentation import MailPolicy, MailPolicyHost
from trustpath.facts.relations.revocation import (
    CompromisedKey,
    Incident,
    Rekey,
    Revocation,
    RevocationRequest,
)

COMPROMISED_KEYS = Listing(
    Record(
        "a public key that must not be used any more",
        (
            Field("spki", FINGERPRINT, required=True),
            Field("reason", TEXT, "compromised"),
        ),
        short="spki",
    )
)
INCIDENTS = Listing(
    Record(
        "a case that starts a revocation clock",
        (
            Field("id", definition("incident"), required=True),
            Field("certificate", FINGERPRINT, required=True),
            Field("opened", INSTANT, required=True),
            Field("limit", DURATION, required=True, doc="24h or 5d"),
            Field("reason", TEXT, required=True),
        ),
    )
)
REVOCATIONS = Listing(
    Record(
        "a revocation that somebody asked for",
        (
            Field("certificate", FINGERPRINT, required=True),
            Field("reason", TEXT, required=True),
            Field("requested", INSTANT, required=True),
            Field("replacement", FINGERPRINT),
        ),
    )
)
REVOKED = Listing(
    Record(
        "a certificate whose revocation status is known by other means",
        (
            Field("issuer", TEXT, required=True, doc="the issuer's distinguished name"),
            Field("serial", SERIAL, required=True),
            Field("certificate", FINGERPRINT),
            Field("status", choice("good", "revoked", "unknown"), "revoked"),
            Field("reason", TEXT),
            Field("at", INSTANT),
        ),
    )
)
REKEYS = Listing(
    Record(
        "a key change that was forced or is planned",
        (
            Field("certificate", FINGERPRINT, required=True),
            Field("reason", choice("planned", "suspicion", "staff-exit"), required=True),
            Field("next_spki", FINGERPRINT),
            Field("next_ca", reference("ca")),
            Field("announced", INSTANT),
            Field("deploy", INSTANT),
        ),
    )
)
MAIL = Listing(
    Record(
        "an MTA-STS policy (RFC 8461)",
        (
            Field("domain", NAME, required=True),
            Field("mode", choice("enforce", "testing", "none"), required=True),
            Field("max_age", DURATION, required=True),
            Field("mx", Listing(NAME), (), doc="hosts, or *.domain"),
        ),
    )
)
LOG_KEY = Scalar(
    "a public key as PEM, or base64 of its DER",
    {"type": "string", "minLength": 1},
    lambda value: read_key(str(value)),
)
_KNOWN_LOGS = Listing(
    Record(
        "a CT log",
        (
            Field("log_id", FINGERPRINT, required=True, doc="SHA-256 of its public key"),
            Field("operator", TEXT, required=True),
            Field(
                "state",
                choice(*STATES),
                required=True,
            ),
            Field("retired", INSTANT),
            Field("key", LOG_KEY, doc="its public key, to verify its timestamps with"),
        ),
    )
)
CT_LOGS = Either(TEXT, _KNOWN_LOGS)


def facts(document: Entry) -> Iterator[Fact]:
    """Yield the rows of incidents, revocation, mail policies and logs."""
    for entry in document["compromised_keys"]:
        yield CompromisedKey(entry["spki"], entry["reason"])
    for entry in document["incidents"]:
        yield Incident(
            entry["id"], entry["certificate"], entry["opened"], entry["limit"], entry["reason"]
        )
    for entry in document["revocations"]:
        yield RevocationRequest(
            entry["certificate"], entry["reason"], entry["requested"], entry["replacement"]
        )
    for entry in document["revoked"]:
        yield Revocation(
            issuer=entry["issuer"],
            serial=entry["serial"],
            certificate=entry["certificate"],
            status=entry["status"],
            reason=entry["reason"],
            revoked_at=entry["at"],
            origin="declared",
            this_update=None,
            next_update=None,
        )
    for entry in document["rekeys"]:
        yield Rekey(
            entry["certificate"],
            entry["reason"],
            entry["next_spki"],
            entry["next_ca"],
            entry["announced"],
            entry["deploy"],
        )
    for entry in document["mail"]:
        yield MailPolicy(entry["domain"], entry["mode"], entry["max_age"])
        for host in dict.fromkeys(entry["mx"]):
            yield MailPolicyHost(entry["domain"], host, names.base(host), names.is_wildcard(host))
    yield from map(known_log, listed_logs(document))


def listed_logs(document: Entry) -> tuple[ListedLog, ...]:
    """Return the logs that stand in the estate file itself."""
    if isinstance(document["ct_logs"], str):
        return ()
    return tuple(
        ListedLog(
            entry["log_id"], entry["operator"], entry["state"], entry["retired"], entry["key"]
        )
        for entry in document["ct_logs"]
    )
