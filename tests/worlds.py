"""Hypothesis strategies for small, dense worlds in the notation of the vectors.

Everything is drawn from a few names, addresses, keys and certificates, so that what one source says
meets what others say: aliases meet, keys are shared, certificates are served at wrong places. Worlds
are messy on purpose; what no name server would load (a CNAME beside other data) is in them too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

from trustpath.base.clock import format_instant, parse_instant

T = TypeVar("T")
World = dict[str, Any]
Draw = Callable[..., Any]

NOW = parse_instant("2026-11-24T00:00:00Z", where="worlds")
DAY = 86_400

HOSTS = ("www", "shop", "api", "mail", "old", "a.w", "deep.a.w", "app.sub", "mta-sts", "db")
NAMES = tuple(f"{host}.example.com" for host in HOSTS)
ADDRESSES = ("192.0.2.1", "192.0.2.2", "198.51.100.7", "10.0.0.1")
ADDRESSES6 = ("2001:db8::1", "2001:db8::2")
TARGETS = (
    "www.example.com.", "shop.example.com.", "api.example.com.", "old.example.com.",
    "gone.example.com.", "a.w.example.com.", "app.sub.example.com.", "x.moved.example.com.",
    "edge.cdn.example.net.", "gone.cdn.example.net.", "shop.example.org.", "lost.child.example.com.",
)  # fmt: skip
ACCOUNT = "https://acme-v02.api.letsencrypt.org/acme/acct/1"
OTHER_ACCOUNT = "https://acme-v02.api.letsencrypt.org/acme/acct/2"
WILDCARDS = ("*.w.example.com", "*.example.com", "*.sub.example.com")
OWNERS = ("web", "infra", "gone", "sec")


def key_of(text: str) -> str:
    """Return 64 hexadecimal digits for a word: a fingerprint or a public key's digest."""
    return hashlib.sha256(text.encode()).hexdigest()


CERTIFICATES = tuple(key_of(f"certificate {number}") for number in range(6))
AUTHORITY = key_of("issuing certificate")
KEYS = tuple(key_of(f"key {number}") for number in range(4))
LOGS = (key_of("log 0"), key_of("log 1"))

EXTRAS = (
    "@ SOA ns1.example.com. root.example.com. 1 7200 3600 1209600 300",
    "ns1 A 192.0.2.53",
    "sub NS ns1.example.com.",
    "sub NS ns9.example.net.",
    "child NS ns.cdn.example.net.",
    "lame NS ns1.gone.example.com.",
    "*.w A 192.0.2.1",
    "*.w CNAME shop.example.com.",
    "*.w TXT wild",
    "moved DNAME sub.example.com.",
    "loop1 CNAME loop2.example.com.",
    "loop2 CNAME loop1.example.com.",
    "@ A 192.0.2.1",
    "@ ALIAS edge.cdn.example.net.",
    "@ MX 10 mail.example.com.",
    "@ MX 20 mx.cdn.example.net.",
    "@ MX 0 .",
    "@ TXT \"v=spf1 -all\"",
    "www HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1",
    "shop HTTPS 0 www.example.com.",
    "_8443._https.api SVCB 1 api.example.com. port=8443",
    "_imaps._tcp SRV 0 1 993 mail.example.com.",
    "_ldap._tcp SRV 0 1 389 db.example.com.",
    "_mta-sts TXT \"v=STSv1; id=1\"",
    "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@example.com\"",
    "_acme-challenge.www TXT abc",
    "_acme-challenge.shop CNAME shop.acme.example.net.",
    "_acme-challenge.old CNAME _acme-challenge.api.example.com.",
    "_acme-challenge.gone TXT stale",
    f'_validation-persist.api TXT "letsencrypt.org; accounturi={ACCOUNT}; persistUntil=1790000000"',
    f'_validation-persist.api TXT "letsencrypt.org; accounturi={OTHER_ACCOUNT}; policy=wildcard"',
    '_validation-persist TXT "ca.example; persistUntil=soon"',
    "_validation-contactemail TXT hostmaster@example.com",
    "_0123456789abcdef0123456789abcdef.shop CNAME _x.y.acm-validations.aws.",
    f"_443._tcp.www TLSA 3 1 1 {KEYS[0]}",
    f"_443._tcp.shop TLSA 3 1 1 {KEYS[1]}",
    f"_443._tcp.shop TLSA 2 0 1 {AUTHORITY}",
    f"_25._tcp.mail TLSA 3 1 1 {KEYS[2]}",
    f"_25._tcp.mail TLSA 1 0 1 {CERTIFICATES[0]}",
    "_443._tcp.api TLSA 3 1 2 00",
    "@ DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==",
    "@ CDS 0 0 0 00",
    "@ NSEC3PARAM 1 0 10 aabb",
    "sub DS 2371 13 2 " + "ab" * 32,
    "big TXT " + "x" * 200,
    "box MX 10 192.0.2.1.",
    "box MX 20 www",
    "near NS ns1.near",
    "ns1.near A 192.0.2.54",
    "x.near A 192.0.2.1",
    "away MX 10 shop",
)  # fmt: skip
CAA_LINES = (
    '@ CAA 0 issue "letsencrypt.org"',
    f'@ CAA 0 issue "letsencrypt.org; accounturi={ACCOUNT}"',
    '@ CAA 0 issue "letsencrypt.org; validationmethods=dns-01"',
    '@ CAA 0 issue "ca.example"',
    '@ CAA 0 issue ";"',
    '@ CAA 0 issuewild ";"',
    '@ CAA 0 issuewild "ca.example"',
    '@ CAA 0 iodef "mailto:sec@example.com"',
    '@ CAA 0 issuemail ";"',
    '@ CAA 128 unheard "x"',
    'www CAA 0 issue "ca.example"',
    f'shop CAA 0 issue "letsencrypt.org; accounturi={OTHER_ACCOUNT}"',
    'shop CAA 0 issue "ca.example; validationmethods=http-01"',
    'w CAA 0 issue "%%%"',
    'old CAA 0 issue "letsencrypt.org; accounturi"',
    'sub CAA 0 issue "letsencrypt.org"',
)
SUB_EXTRAS = (
    "@ SOA ns1.example.com. root.example.com. 7 7200 3600 1209600 60",
    "@ NS ns1.example.com.",
    "@ NS ns2.example.com.",
    '@ CAA 0 issue "letsencrypt.org"',
    "app A 192.0.2.2",
    "app CNAME www.example.com.",
    "* A 192.0.2.1",
    "_acme-challenge.app TXT abc",
    "@ DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==",
    "deep MX 5 mail.example.com.",
)


def some(draw: Draw, items: Sequence[T], least: int = 0, most: int | None = None) -> list[T]:
    """Draw different items, in the order in which they stand."""
    indexes = draw(
        st.sets(
            st.integers(0, len(items) - 1),
            min_size=min(least, len(items)),
            max_size=len(items) if most is None else most,
        )
    )
    return [items[index] for index in sorted(indexes)]


def one(draw: Draw, *items: T) -> T:
    """Draw one of the items."""
    return draw(st.sampled_from(items))  # type: ignore[no-any-return]


def maybe(draw: Draw, key: str, *items: Any) -> dict[str, Any]:
    """Draw a key with one of the items, or nothing."""
    chosen = draw(st.integers(0, len(items)))
    return {} if chosen == 0 else {key: items[chosen - 1]}


def at(offset: int) -> str:
    """Return the instant so many days from now, as the estate file wants it."""
    return format_instant(NOW + offset * DAY)


@st.composite
def zones(draw: Draw) -> World:
    """Zones of the organisation: one whole, perhaps its child, perhaps one that came in part."""
    lines = ["@ NS ns1.example.com.", *_hosts(draw)]
    lines += some(draw, EXTRAS, 4, 22) + some(draw, CAA_LINES, 0, 6)
    found: World = {"example.com": {"records": "\n".join(lines)}}
    if draw(st.booleans()):
        records = "\n".join(some(draw, SUB_EXTRAS, 1, 7))
        found["sub.example.com"] = {"records": records, "full": one(draw, True, True, False)}
    if draw(st.booleans()):
        records = "edge A 198.51.100.7\nns A 198.51.100.53\nmx A 198.51.100.25"
        found["cdn.example.net"] = {
            "records": records,
            "full": draw(st.booleans()),
            "source": one(draw, "zones", "partial"),
        }
    return delegated(found)


def _hosts(draw: Draw) -> Iterator[str]:
    for host in HOSTS:
        if host.endswith(".sub"):
            continue
        kind = one(draw, "address", "address", "both", "alias", "none", "flat")
        ttl = one(draw, "", "", "60 ", "86400 ")
        if kind in ("address", "both"):
            yield f"{host} {ttl}A {one(draw, *ADDRESSES)}"
        if kind == "both":
            yield f"{host} {ttl}AAAA {one(draw, *ADDRESSES6)}"
        if kind == "alias":
            yield f"{host} {ttl}CNAME {one(draw, *TARGETS)}"
        if kind == "flat":
            yield f"{host} {ttl}ALIAS {one(draw, *TARGETS)}"


@st.composite
def certificates(draw: Draw) -> World:
    """Certificates: leaves for one or several names, wildcards, an authority; expired, shared keys."""
    found: World = {}
    for number, fingerprint in enumerate(some(draw, CERTIFICATES, 2)):
        listed = some(draw, (*NAMES, *WILDCARDS), 1, 3) + some(draw, OUTSIDE, 0, 1)
        found[fingerprint] = {
            "names": listed,
            "spki": one(draw, *KEYS),
            "serial": f"{number + 16:x}",
            "key": one(draw, "p256", "p256", "rsa2048", "rsa1024", "ed25519"),
            "organisation": one(draw, "Let's Encrypt", "Example CA", "Corp CA"),
            "public": one(draw, True, True, False, None),
            "not_before": one(draw, "-80d", "-30d", "-1h", "-400d"),
            "not_after": one(draw, "-1d", "+2d", "+20d", "+60d", "+300d"),
            "place": one(draw, f"certs/{number}.pem", f"certs/{number}.pem", None),
            "logs": some(draw, LOGS),
            **maybe(draw, "must_staple", True),
            **maybe(draw, "client_auth", True),
            **maybe(draw, "ocsp_url", "http://ocsp.example.net"),
            **maybe(draw, "signature_hash", "sha1"),
            **maybe(draw, "constraints", False, None),
            **maybe(draw, "weak_key", True, None),
            "path": {
                "issuer_certificate": one(draw, AUTHORITY, None),
                **maybe(draw, "path_not_after", "+10d", "+900d"),
                **maybe(draw, "root", AUTHORITY),
                **maybe(draw, "publicly_trusted", False, None),
                **maybe(draw, "fault", "issuer CN=x has expired"),
            },
        }
    if draw(st.booleans()):
        found[AUTHORITY] = {
            "names": [],
            "is_ca": True,
            "spki": key_of("authority key"),
            "not_after": one(draw, "+900d", "-1d"),
            "organisation": "Example CA",
            "place": one(draw, "certs/ca.pem", None),
        }
    return found


OUTSIDE = (
    "shop.example.org",
    "192.0.2.1",
    "spiffe://td.example/api",
    "*.org.example",
    "f*.example.com",
)


@st.composite
def presentations(draw: Draw) -> list[World]:
    """What endpoints serve: right or wrong leaves, chains, staples, silence, from two vantages."""
    found: dict[tuple[object, ...], World] = {}
    for name in some(draw, NAMES, 2, 7):
        for address in some(draw, (*ADDRESSES, ADDRESSES6[0]), 1, 3):
            port, protocol = one(
                draw, (443, "tls"), (443, "tls"), (443, "tls"), (8443, "tls"), (25, "smtp")
            )
            vantage = one(draw, "here", "here", "here", "away")
            given: World = {
                "address": address,
                "port": port,
                "name": name,
                "protocol": protocol,
                "vantage": vantage,
            }
            if one(draw, True, True, True, False):
                given["leaf"] = one(draw, *CERTIFICATES)
                given["chain"] = one(draw, [AUTHORITY], [AUTHORITY], [])
                given |= maybe(draw, "ocsp", "good", "revoked", "invalid")
                given |= maybe(draw, "complete", False)
                given |= maybe(draw, "publicly_trusted", False, None)
                given |= maybe(draw, "tls_version", "TLSv1.3", "TLSv1")
                given |= maybe(draw, "path_not_after", "+10d")
                given |= maybe(draw, "weak_chain_signature", True)
            else:
                given["outcome"] = one(draw, "timeout", "refused", "unreachable", "no-tls")
            found[address, port, name, protocol, vantage] = given
    return list(found.values())


@st.composite
def answers(draw: Draw) -> list[World]:
    """What resolvers answer at two vantages, and an authoritative server."""
    found: dict[tuple[object, ...], World] = {}
    asked = (
        *NAMES,
        "edge.cdn.example.net",
        "gone.cdn.example.net",
        "example.com",
        "shop.example.org",
        "child.example.com",
    )
    for name in some(draw, asked, 1, 6):
        for vantage in some(draw, ("here", "away"), 1):
            kind = one(draw, "A", "A", "AAAA", "CAA", "NS")
            given: World = {"vantage": vantage, "name": name, "type": kind}
            outcome = one(draw, "noerror", "noerror", "nodata", "nxdomain", "servfail", "timeout")
            if outcome == "noerror" and kind == "A":
                given["rdatas"] = some(draw, ADDRESSES, 1, 2)
                if draw(st.booleans()):
                    given["aliases"] = [[name, "edge.cdn.example.net"]]
            else:
                given["outcome"] = "nodata" if outcome == "noerror" else outcome
                if given["outcome"] == "nxdomain" and name in NAMES:
                    # Our zone is whole and has it, or a wildcard may: resolvers do not contradict.
                    given["outcome"] = "nodata"
                if given["outcome"] in ("servfail", "nxdomain"):
                    given |= maybe(draw, "ede", 6, 9, 17, 22)
            given |= maybe(draw, "authenticated", True)
            found[vantage, name, kind] = given
    if draw(st.booleans()):
        outcome = one(draw, "nodata", "refused", "servfail")
        given = {"vantage": "ns1.example.com", "kind": "authoritative", "name": "sub.example.com"}
        given |= {"type": "SOA", "outcome": outcome, "authoritative": outcome == "nodata"}
        found["ns1.example.com", "sub.example.com", "SOA"] = given
    return list(found.values())


@st.composite
def transparency(draw: Draw) -> list[World]:
    """Logged certificates: known ones, unknown ones, of several issuers."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        found.append(
            {
                "log": one(draw, "log", "log", "other"),
                "names": some(draw, (*NAMES, *WILDCARDS, "example.com"), 1, 2),
                "organisation": one(draw, "Let's Encrypt", "Example CA", "Rogue CA"),
                "serial": f"{draw(st.integers(16, 22)):x}",
                "entry": str(number),
                "logged_at": one(draw, "-1h", "-3d", "-30d"),
                "not_after": one(draw, "+89d", "-1d"),
                "precertificate": draw(st.booleans()),
            }
        )
    return found


@st.composite
def people(draw: Draw) -> World:
    """Owners that come from another source than the estate file."""
    listed = [
        {"id": name, "owner": owner, "tier": tier, "state": "active"}
        for name, owner, tier in some(
            draw, (("shop", "infra", "internal"), ("extra", "web", "public")), 0
        )
    ]
    return {
        "service": listed,
        "service_name": [
            {"service": "extra", "name": "db.example.com", "base": "db.example.com"}
            for entry in listed
            if entry["id"] == "extra"
        ],
        "owner": [
            {"id": "web", "kind": "team", "team": True, "contacts": 1, "active": one(draw, True, None, False)},
            {"id": "gone", "kind": "person", "team": False, "contacts": 0, "active": False},
        ],
        "ownership": [
            {"kind": kind, "pattern": base, "base": base, "match": match, "owner": owner}
            for kind, base, match, owner in some(
                draw,
                (
                    ("zone", "example.com", "subtree", "infra"),
                    ("record", "shop.example.com", "subtree", "web"),
                    ("name", "api.example.com", "exact", "web"),
                    ("name", "example.com", "below", "gone"),
                    ("certificate", "shop.example.com", "exact", "sec"),
                    ("record", "w.example.com", "below", "gone"),
                ),
                1,
            )
        ],
    }  # fmt: skip


@st.composite
def estates(draw: Draw) -> World:
    """What the organisation declares, with a claim of completeness now and then."""
    found: World = {
        "organisation": {"name": "Example", "domains": one(draw, ["example.com"], [])},
        "owners": [
            {"id": owner, "kind": one(draw, "team", "person"), "contacts": contacts, **active}
            for owner, contacts, active in (
                ("web", ["mailto:web@example.com", "tel:+441"], maybe(draw, "active", True)),
                ("infra", ["mailto:infra@example.com"], maybe(draw, "attested", at(-10), at(-800))),
                ("gone", [], maybe(draw, "active", False)),
                ("sec", ["https://sec.example.com/"], {}),
            )
        ],
        "services": [_service(draw, *of) for of in some(draw, SERVICES, 2)],
        "ownership": some(draw, PATTERNS, 0, 6),
        "cas": _authorities(draw),
        "jobs": [_job(draw, *of) for of in some(draw, JOBS, 0)],
        **{key: some(draw, items, 0) for key, items in LISTS.items()},
        "complete": {
            kind: [source]
            for kind, source in some(
                draw,
                (
                    ("certificates", "certificates"),
                    ("endpoints", "endpoints"),
                    ("ct", "ct"),
                    ("jobs", "estate"),
                    ("services", "estate"),
                    ("records", "zones"),
                ),
            )
        }
        | maybe(draw, "declared", ["providers", "cas", "accounts", "networks", "domains"]),
        "defaults": {"tier": one(draw, "public", "public", "internal", "partner", "workload")},
    }
    # The claims name sources, so the estate has to list them; nothing is collected from these.
    found["sources"] = [
        {"id": "certificates", "kind": "certificates", "path": "certs"},
        {"id": "endpoints", "kind": "endpoints", "targets": [{"address": "192.0.2.1"}]},
        {"id": "ct", "kind": "ct", "path": "ct.json"},
        {"id": "zones", "kind": "zonefile", "path": "zones"},
        {"id": "estate", "kind": "csv", "path": "owners.csv"},
    ]
    return found


SERVICES = (
    ("www", ["www.example.com", "example.com"], [443]),
    ("shop", ["shop.example.com"], [443]),
    ("api", ["api.example.com", "deep.a.w.example.com"], [443, 8443]),
    ("mail", ["mail.example.com", "mta-sts.example.com"], [25, 443]),
    ("wild", ["*.w.example.com"], [443]),
    ("past", ["old.example.com", "gone.example.com"], [443]),
    ("db", ["db.example.com", "app.sub.example.com"], [5432]),
)
JOBS = (
    ("renew-www", ["www.example.com", "example.com"]),
    ("renew-shop", ["shop.example.com"]),
    ("renew-wild", ["*.w.example.com"]),
    ("renew-api", ["api.example.com"]),
    ("renew-sub", ["app.sub.example.com"]),
)
PATTERNS: tuple[World, ...] = (
    {"kind": "zone", "pattern": "example.com", "owner": "infra"},
    {"kind": "zone", "pattern": "sub.example.com", "owner": "web", "attested": at(-10)},
    {"kind": "record", "pattern": "shop.example.com", "owner": "web"},
    {"kind": "record", "pattern": "*.w.example.com", "owner": "infra"},
    {"kind": "name", "pattern": "=api.example.com", "owner": "web"},
    {"kind": "name", "pattern": "old.example.com", "owner": "gone", "attested": at(-900)},
    {"kind": "certificate", "pattern": "shop.example.com", "owner": "sec"},
    {"kind": "certificate", "pattern": "example.com", "owner": "infra"},
    {"kind": "record", "pattern": "*", "owner": "infra"},
    {"kind": "name", "pattern": "*", "owner": "sec"},
)
LISTS: Mapping[str, tuple[Any, ...]] = {
    "networks": (
        {"network": "192.0.2.0/24", "owner": "infra"},
        {"network": "198.51.100.0/24", "cloud": True},
    ),
    "agreements": (
        {"name": "shop.example.com", "owner": "web", "other": "infra"},
        {"name": "api.example.com", "owner": "web", "other": "infra", "until": at(-1)},
        {"name": "example.com", "owner": "sec", "other": "web", "until": at(30)},
    ),
    "providers": (
        {"id": "cdn", "kind": "cdn", "hosts": ["cdn.example.net"], "contract_owner": "web", "emergency_contact": "tel:+442"},
        {"id": "dns", "kind": "dns", "zones": ["sub.example.com"], "approved": False},
        {"id": "le", "kind": "ca", "contract_owner": "gone"},
    ),
    "workloads": (
        {"identity": "spiffe://td.example/api", "service": "api", "names": ["api.example.com"]},
        {"identity": "spiffe://td.example/old", "ended": at(-3), "names": ["old.example.com"]},
    ),
    "keys": (
        {"store": "hsm", "spki": KEYS[0], "exportable": False},
        {"store": "laptop", "certificate": CERTIFICATES[1], "exportable": True},
        {"store": "vault", "name": "shop.example.com"},
    ),
    "deployments": (
        {"address": "192.0.2.1", "port": 443, "certificate": CERTIFICATES[0]},
        {"address": "192.0.2.2", "spki": KEYS[1]},
        {"address": "192.0.2.1", "name": "api.example.com"},
    ),
    "credentials": (
        {"id": "dns-key", "kind": "tsig", "owner": "infra", "created": at(-500), "scopes": ["example.com"]},
        {"id": "acme-key", "kind": "api", "job": "renew-www", "created": at(-5), "max_age": "90d", "scopes": [{"name": "_acme-challenge.www.example.com", "subtree": False}]},
        {"id": "lost", "kind": "api", "interactive_use": True, "scopes": ["shop.example.com"]},
    ),
    "zone_access": (
        {"zone": "example.com", "operation": "transfer", "protected": False},
        {"zone": "example.com", "operation": "update", "protected": True},
    ),
    "dcv_contacts": ("hostmaster@example.com",),
    "reachability": (
        {"name": "www.example.com", "vantage": "a", "method": "http-01", "port": 80, "family": 4, "reached": True},
        {"name": "www.example.com", "vantage": "b", "method": "http-01", "port": 80, "family": 6, "reached": False},
        {"name": "api.example.com", "vantage": "a", "port": 443, "reached": False},
    ),
    "exceptions": (
        {"id": "x1", "rule": "EXP-001", "owner": "web", "reason": "moving", "control": "watched", "until": at(10)},
        {"id": "x2", "rule": "CAA-001", "subject": "example.com", "reason": "old", "until": at(-10)},
        {"id": "x3", "rule": "NONE-001", "reason": "no end"},
    ),
    "transfers": (
        {"name": "old.example.com", "former": "acme", "current": "web", "at": at(-20)},
        {"name": "api.example.com", "former": "web", "current": "infra", "at": at(-700)},
    ),
    "changes": (
        {"id": "c1", "author": "web", "state": "proposed", "opens": at(1), "closes": at(2), "records": [{"zone": "example.com", "name": "shop.example.com", "type": "A", "action": "remove"}, {"zone": "example.com", "name": "new.example.com", "type": "CNAME", "action": "add", "rdata": "gone.example.com."}]},
        {"id": "c2", "author": "infra", "state": "approved", "inverse": True, "approvals": [{"approver": "infra", "role": "dns", "at": at(-1)}], "records": [{"zone": "example.com", "name": "_acme-challenge.shop.example.com", "type": "CNAME", "action": "remove"}, {"zone": "example.com", "name": "example.com", "type": "CAA", "action": "remove"}]},
        {"id": "c3", "author": "sec", "state": "applied", "inverse": False, "approvals": [{"approver": "web", "role": "service"}], "records": [{"zone": "example.com", "name": "_443._tcp.www.example.com", "type": "TLSA", "action": "add", "rdata": f"3 1 1 {KEYS[3]}"}]},
        {"id": "c4", "author": "web", "state": "approved", "records": [{"zone": "sub.example.com", "name": "sub.example.com", "type": "NS", "action": "remove"}, {"zone": "example.com", "name": "www.example.com", "type": "A", "action": "add", "rdata": "203.0.113.1"}]},
    ),
    "freezes": (
        {"id": "f1", "name": "shop.example.com", "starts": at(-1), "ends": at(3)},
        {"id": "f2", "starts": at(20), "ends": at(30)},
    ),
    "dnssec": (
        {"zone": "example.com", "signers": [2371], "rollovers": [{"step": "publish", "at": at(-1), "safe": at(1)}]},
        {"zone": "sub.example.com", "unsign": True},
    ),
    "dynamic_names": ("_acme-challenge.www.example.com",),
    "truth": ({"zone": "example.com", "source": "zones"},),
    "compromised_keys": ({"spki": KEYS[2]},),
    "incidents": (
        {"id": "i1", "certificate": CERTIFICATES[0], "opened": at(-3), "limit": "24h", "reason": "key"},
        {"id": "i2", "certificate": CERTIFICATES[2], "opened": at(0), "limit": "5d", "reason": "names"},
    ),
    "revocations": (
        {"certificate": CERTIFICATES[0], "reason": "superseded", "requested": at(-2), "replacement": CERTIFICATES[1]},
        {"certificate": CERTIFICATES[3], "reason": "keyCompromise", "requested": at(-1)},
    ),
    "revoked": (
        {"issuer": "CN=Issuing,O=Example CA", "serial": "11", "status": "revoked", "reason": "keyCompromise", "at": at(-1)},
        {"issuer": "CN=Issuing,O=Let's Encrypt", "serial": "12", "status": "good"},
    ),
    "rekeys": (
        {"certificate": CERTIFICATES[1], "reason": "suspicion", "announced": at(-4)},
        {"certificate": CERTIFICATES[2], "reason": "planned", "next_spki": KEYS[3], "announced": at(-4), "deploy": at(2)},
    ),
    "mail": (
        {"domain": "example.com", "mode": "enforce", "max_age": "7d", "mx": ["mail.example.com"]},
        {"domain": "sub.example.com", "mode": "testing", "max_age": "1d", "mx": ["*.example.net"]},
    ),
    "ct_logs": (
        {"log_id": LOGS[0], "operator": "One", "state": "usable"},
        {"log_id": LOGS[1], "operator": "Two", "state": "retired", "retired": at(-100)},
    ),
    "renewal_info": (
        {"certificate": CERTIFICATES[0], "starts": at(-2), "ends": at(1), "fetched": at(0)},
        {"certificate": CERTIFICATES[1], "starts": at(5), "ends": at(9), "former_starts": at(8), "fetched": at(-2), "retry_after": "6h"},
    ),
}  # fmt: skip


def _service(draw: Draw, name: str, listed: list[str], ports: list[int]) -> World:
    state = one(draw, "active", "active", "active", "retiring", "retired")
    found: World = {
        "id": name,
        "tier": one(draw, "public", "public", "partner", "internal", "workload"),
        "names": listed,
        "ports": ports,
        "state": state,
        **maybe(draw, "owner", *OWNERS),
        **maybe(draw, "environment", "prod", "stage"),
        **maybe(draw, "critical", True),
        **maybe(draw, "networks", ["192.0.2.0/24"], ["198.51.100.0/25"]),
        **maybe(draw, "aliases", ["cdn.example.net"]),
        **maybe(draw, "cas", ["le"], ["corp"]),
        **maybe(draw, "attested", at(-5), at(-700)),
        **maybe(draw, "endpoints", [{"address": "192.0.2.2", "port": 443}]),
        **maybe(
            draw,
            "consumers",
            [{"id": "app", "kind": "pin", "pin": {"spki": KEYS[0]}}],
            [{"id": "bank", "kind": "mtls", "pin": {"issuer": AUTHORITY}}, {"id": "web"}],
        ),
    }
    if state != "active":
        found["retired"] = at(one(draw, -40, -2, 30))
        found["retirement"] = dict.fromkeys(
            some(draw, ("traffic", "certificate", "records", "renewal-job", "provider-resource", "caa", "consumers")), True
        )  # fmt: skip
    return found


def _authorities(draw: Draw) -> list[World]:
    return some(
        draw,
        (
            {
                "id": "le",
                "caa": ["letsencrypt.org"],
                "accounts": [
                    {"uri": ACCOUNT, "owner": "infra", "key_available": True},
                    {"uri": OTHER_ACCOUNT, "status": one(draw, "valid", "deactivated")},
                ],
                **maybe(draw, "tiers", ["public", "partner"], ["internal"]),
                **maybe(draw, "tested", at(-3), at(-400)),
                **maybe(
                    draw, "limits", [{"per": "registered-domain", "capacity": 2, "window": "7d"}]
                ),
                **maybe(draw, "persist_form", "plain", "hashed"),
            },
            {
                "id": "corp",
                "issuers": ["Corp CA", "Example CA"],
                "public": one(draw, True, False),
                "approved": one(draw, True, True, False),
                **maybe(draw, "caa", ["ca.example"]),
                **maybe(draw, "acme", True),
                **maybe(draw, "reuse", "30d", "1h"),
            },
        ),
        1,
    )


def _job(draw: Draw, name: str, listed: list[str]) -> World:
    return {
        "id": name,
        "names": listed,
        **maybe(draw, "owner", *OWNERS),
        **maybe(draw, "account", ACCOUNT, OTHER_ACCOUNT),
        **maybe(draw, "method", "dns-01", "http-01", "tls-alpn-01", "dns-persist-01", "br-4"),
        **maybe(draw, "certificate", *CERTIFICATES[:3]),
        **maybe(draw, "interval", "30d", "80d"),
        **maybe(draw, "next_renewal", at(-1), at(3), at(40)),
        **maybe(draw, "last_validation", at(-2), at(-150)),
        **maybe(draw, "lifetime", "90d", "400d"),
        **maybe(draw, "next_lifetime", "45d"),
        **maybe(draw, "challenge_writer", True, False),
        **maybe(draw, "sends_replaces", True, False),
        **maybe(draw, "active", False),
        **maybe(draw, "failures", 0, 9),
        **maybe(draw, "failures_last_hour", 0, 6),
        **maybe(draw, "rekey", True, False),
        **maybe(draw, "profile", "shortlived", "classic"),
    }


@st.composite
def worlds(draw: Draw) -> World:
    """A whole world."""
    found: World = {"estate": draw(estates()), "zones": draw(zones())}
    _drop_dangling(found["estate"])
    if any(zone.get("source") == "partial" for zone in found["zones"].values()):
        found["estate"]["sources"].append(
            {"id": "partial", "kind": "axfr", "server": "127.0.0.1", "zones": []}
        )
        for kind, sources in found["estate"]["complete"].items():
            if kind != "declared" and "zones" in sources:
                sources.append("partial")
    found["certificates"] = draw(certificates())
    for section, strategy in (
        ("presentations", presentations()),
        ("answers", answers()),
        ("ct", transparency()),
        ("people", people()),
    ):
        if one(draw, True, True, True, False):
            found[section] = draw(strategy)
    if "answers" in found:
        found["answers"] = _agreeing(found["answers"], found["zones"]["example.com"]["records"])
    return found


@st.composite
def mixtures(draw: Draw, shelf: Sequence[Mapping[str, Any]]) -> World:
    """Several worlds of a shelf at once, beside a generated one or alone; ids that meet are shared."""
    chosen = [shelf[draw(st.integers(0, len(shelf) - 1))] for _ in range(draw(st.integers(2, 6)))]
    if draw(st.booleans()):
        chosen.append(draw(worlds()))
    found = merged(chosen)
    if "zones" in found:
        found["zones"] = delegated(found["zones"])
    if "facts" in found:
        found["facts"] = _declared_once(found["facts"], found.get("estate", {}))
    return found


def _declared_once(facts: World, estate: World) -> World:
    """Take out rows whose id the estate declares already: only services and owners come from two."""
    known = {
        relation: {entry.get("id") for entry in estate.get(f"{relation}s", ())}
        for relation in facts
        if relation not in ("service", "owner")
    }
    return {
        relation: [row for row in rows if row.get("id") not in known[relation] - {None}]
        if relation in known
        else rows
        for relation, rows in facts.items()
    }


def delegated(held: World) -> World:
    """Return zones in which every parent delegates its children.

    What is true below a child that its parent does not delegate depends on whom one asks.
    """
    found = dict(held)
    for child in held:
        above = [apex for apex in held if child.endswith(f".{apex}")]
        if above:
            parent = max(above, key=len)
            zone = found[parent]
            cut = f"{child.removesuffix(f'.{parent}')} NS ns1.{child}."
            several = isinstance(zone, list)  # copies of one zone from several sources
            copies = [_with_record(copy, cut) for copy in (zone if several else [zone])]
            found[parent] = copies if several else copies[0]
    return found


def _with_record(zone: Any, record: str) -> World:
    held = dict(zone) if isinstance(zone, Mapping) else {"records": zone}
    records = str(held.get("records") or "")
    return {**held, "records": f"{records.rstrip()}\n{record}".strip()}


def _agreeing(given: Sequence[World], zone: str) -> list[World]:
    """Return answers that do not contradict a zone that is held: what resolvers saw of addresses in
    it is what it says, or nothing. Which of two contrary witnesses counts is the vectors' matter.
    """
    lines = {
        tuple(line.replace(" 60 ", " ").replace(" 86400 ", " ").split())
        for line in zone.splitlines()
    }
    found = []
    for answer in given:
        host = answer["name"].removesuffix(".example.com")
        if host != answer["name"] and "rdatas" in answer:
            seen = [address for address in answer["rdatas"] if (host, "A", address) in lines]
            rest = {key: value for key, value in answer.items() if key not in ("rdatas", "aliases")}
            found.append({**rest, "rdatas": seen} if seen else {**rest, "outcome": "servfail"})
        else:
            found.append(answer)
    return found


def _drop_dangling(estate: World) -> None:
    """Take out references to services, jobs and CAs that were not drawn: an estate file has none."""
    cas = {ca["id"] for ca in estate["cas"]}
    services = {service["id"] for service in estate["services"]}
    jobs = {job["id"] for job in estate["jobs"]}
    for service in estate["services"]:
        service["cas"] = [ca for ca in service.get("cas", ()) if ca in cas]
    for job in estate["jobs"]:
        ca = next((ca for ca in ("le", "corp") if ca in cas), None)
        job |= {"ca": ca} if ca and len(job) % 3 else {}
        service = job["id"].removeprefix("renew-")
        job |= {"service": service} if service in services else {}
    for key, known in (("service", services), ("job", jobs)):
        for section in ("workloads", "credentials"):
            estate[section] = [
                entry for entry in estate[section] if entry.get(key) is None or entry[key] in known
            ]


def merged(worlds_: Sequence[Mapping[str, Any]]) -> World:
    """Return one world with what all of them say; where two speak of the same, the first counts."""
    found: World = {}
    for world in worlds_:
        for section, content in world.items():
            found[section] = _merged(found[section], content) if section in found else content
    return found


def _merged(first: Any, second: Any) -> Any:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        both = dict(first)
        for key, value in second.items():
            both[key] = _merged(both[key], value) if key in both else value
        return both
    if isinstance(first, list) and isinstance(second, list):
        known = {repr(_identity(item)) for item in first}
        return [*first, *(item for item in second if repr(_identity(item)) not in known)]
    return first


def _identity(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    if "id" in item:
        return item["id"]
    if "address" in item and "name" in item:
        return [item.get(key) for key in ("address", "port", "name", "protocol", "vantage")]
    if "log" in item or "entry" in item:
        return [item.get(key) for key in ("log", "entry")]
    return item


def smaller(world: World) -> Iterator[World]:
    """Yield the worlds that have one thing less, the large things first."""
    for section in world:
        if section != "estate":
            yield {name: content for name, content in world.items() if name != section}
    for section, content in world.items():
        for less in _less(content):
            yield {**world, section: less}


def _less(content: Any) -> Iterator[Any]:
    if isinstance(content, dict):
        for key in content:
            yield {name: value for name, value in content.items() if name != key}
        for key, value in content.items():
            for less in _less(value):
                yield {**content, key: less}
    elif isinstance(content, list):
        for index, item in enumerate(content):
            yield content[:index] + content[index + 1 :]
            for less in _less(item):
                yield [*content[:index], less, *content[index + 1 :]]
    elif isinstance(content, str) and "\n" in content:
        lines = content.split("\n")
        for index in range(len(lines)):
            yield "\n".join(lines[:index] + lines[index + 1 :])


def least(world: World, shows: Callable[[World], bool], tries: int = 3000) -> World:
    """Return a world that still shows something but has as little as possible beside it.

    Hypothesis would shrink what it drew, at the price of judging everything each time; this takes
    away from the world itself, and ``shows`` looks at one rule only.
    """
    left = tries
    shrunk = True
    while shrunk and left > 0:
        shrunk = False
        for candidate in smaller(world):
            left -= 1
            if left <= 0:
                break
            try:
                still = shows(candidate)
            except Exception:
                still = False
            if still:
                world, shrunk = candidate, True
                break
    return world


def written(world: World) -> str:
    """Return a world as a vector file would have it."""
    return yaml.safe_dump(world, sort_keys=False, width=160)
