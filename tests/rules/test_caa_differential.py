"""CAA climb and permission against a second reading of the RFCs, on their examples and at random."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from caa_oracle import Asked, Record, lenient, permits, relevant
from trustpath.app.benches import StoreBench
from trustpath.base.clock import parse_instant
from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.writer import ServerView
from trustpath.workflow.certificate.caa import Requester, check
from trustpath.workflow.vectors.run import DEFAULT_NOW, Case, lay

NOW = parse_instant(DEFAULT_NOW)
APEX = "example.com"
OURS = "https://ca1.example.net/acct/1"
CAS = {"ca1": ("ca1.example.net",), "ca2": ("ca2.example.org", "second.example.org")}
Sets = dict[str, list[Record]]


def spelled(value: str) -> str:
    """Return a value as a quoted string of a zone file (RFC 1035 5.1)."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def lines_of(sets: Sets) -> list[str]:
    """Return the lines of the zone."""
    lines = ["@ A 192.0.2.1"]
    for name, records in sets.items():
        owner = "@" if name == APEX else name.removesuffix(f".{APEX}")
        lines += [f"{owner} CAA {flags} {tag} {spelled(value)}" for flags, tag, value in records]
    return lines


def judged(sets: Sets, requests: list[Asked]) -> list[bool | None]:
    """Return what the links say of every request."""
    lines = lines_of(sets)
    ids = {names: ca for ca, names in CAS.items()}
    jobs = [
        {
            "id": f"j{n}",
            "ca": ids[tuple(asked.names)],
            "names": [asked.name],
            "account": asked.account,
            "method": asked.method,
        }
        for n, asked in enumerate(requests)
    ]
    cas = [{"id": ca, "caa": list(names)} for ca, names in CAS.items()]
    world = {"estate": {"cas": cas, "jobs": jobs}, "zones": {APEX: "\n".join(lines)}}
    bench = StoreBench()
    lay(Case("", "", NOW, world, None, NOW, (), {}, ""), bench)
    engine = bench.engine(NOW)
    told = engine.query("SELECT id, permits FROM caa_permission WHERE kind = 'job'")
    rows = {str(job): permits_ for job, permits_ in told}
    found = [rows[f"j{n}"] for n in range(len(requests))]
    return [None if value is None else bool(value) for value in found]


def ask(name: str, ca: str = "ca1", account: str = OURS, method: str = "dns-01") -> Asked:
    return Asked(name, CAS[ca], account, method)


CERT = "certs.example.com"
ACCOUNT = "https://example.net/account/1234"
# The section, the records as it gives them (with our names), the request, whether it may be issued.
EXAMPLES: list[tuple[str, Sets, Asked, bool]] = [
    ("RFC 8659 3: CAA of the name", {f"x.{APEX}": [(0, "issue", "ca2.example.org")]}, ask(f"x.{APEX}"), False),
    ("RFC 8659 3: of the parent", {APEX: [(0, "issue", "ca1.example.net")]}, ask(f"x.y.z.{APEX}"), True),
    ("RFC 8659 3: the wildcard has the set of its base", {APEX: [(0, "issue", "ca1.example.net")]}, ask(f"*.{APEX}"), True),
    ("RFC 8659 4.1: issuer critical, unknown property", {CERT: [(0, "issue", "ca1.example.net; policy=ev"), (128, "tbs", "Unknown")]}, ask(CERT), False),
    ("RFC 8659 4.1: matching of tags is case-insensitive", {CERT: [(0, "IsSuE", "ca2.example.org")]}, ask(CERT), False),
    ("RFC 8659 4.1: other bits are ignored", {CERT: [(0, "issue", "ca1.example.net"), (64, "tbs", "x")]}, ask(CERT), True),
    ("RFC 8659 4.2: example 1", {CERT: [(0, "issue", "ca1.example.net")]}, ask(CERT), True),
    ("RFC 8659 4.2: example 1, the other CA", {CERT: [(0, "issue", "ca1.example.net")]}, ask(CERT, "ca2"), False),
    ("RFC 8659 4.2: a single semicolon requests that none issues", {CERT: [(0, "issue", ";")]}, ask(CERT), False),
    ("RFC 8659 4.2: the empty value as well", {CERT: [(0, "issue", "")]}, ask(CERT), False),
    ("RFC 8659 4.2: more than one grants is the union", {CERT: [(0, "issue", "ca1.example.net"), (0, "issue", "ca2.example.org")]}, ask(CERT, "ca2"), True),
    ("RFC 8659 4.2: %%%%% is malformed and forbids", {CERT: [(0, "issue", "%%%%%")]}, ask(CERT), False),
    ("RFC 8659 4.2: account parameter of the CA's own", {CERT: [(0, "issue", "ca1.example.net; account=230123")]}, ask(CERT), True),
    ("RFC 8659 4.2: white space around all parts", {CERT: [(0, "issue", "  ca1.example.net \t; \t account = 230123 ; a=b ")]}, ask(CERT), True),
    ("RFC 8659 4.2: a parameter without tag is malformed", {CERT: [(0, "issue", "ca1.example.net; =b")]}, ask(CERT), False),
    ("RFC 8659 4.2: two names are malformed", {CERT: [(0, "issue", "ca1.example.net ca2.example.org")]}, ask(CERT), False),
    ("RFC 8659 4.3: issuewild example 1, wildcard", {APEX: [(0, "issue", "ca1.example.net"), (0, "issuewild", "ca2.example.org")]}, ask(f"*.{APEX}"), False),
    ("RFC 8659 4.3: issuewild example 1, host", {APEX: [(0, "issue", "ca1.example.net"), (0, "issuewild", "ca2.example.org")]}, ask(APEX), True),
    ("RFC 8659 4.3: issuewild alone says nothing of hosts", {APEX: [(0, "issuewild", "ca2.example.org")]}, ask(APEX), True),
    ("RFC 8659 4.3: issuewild with issue ;", {APEX: [(0, "issue", ";"), (0, "issuewild", "ca1.example.net")]}, ask(f"*.{APEX}"), True),
    ("RFC 8659 4.3: issue speaks for wildcards without issuewild", {APEX: [(0, "issue", ";")]}, ask(f"*.{APEX}"), False),
    ("RFC 8659 4.4: iodef restricts nothing", {CERT: [(0, "iodef", "mailto:security@example.com")]}, ask(CERT), True),
    ("RFC 8657 3: accounturi matches", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}")]}, ask(APEX, account=ACCOUNT), True),
    ("RFC 8657 3: another account", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}")]}, ask(APEX), False),
    ("RFC 8657 3: simple string comparison", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}/")]}, ask(APEX, account=ACCOUNT), False),
    ("RFC 8657 3: several accounturi are unsatisfiable", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}; accounturi={ACCOUNT}")]}, ask(APEX, account=ACCOUNT), False),
    ("RFC 8657 3: by several properties several accounts", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}"), (0, "issue", f"ca1.example.net; accounturi={OURS}")]}, ask(APEX), True),
    ("RFC 8657 4: the method is listed", {APEX: [(0, "issue", "ca1.example.net; validationmethods=dns-01,ca1-xyz")]}, ask(APEX), True),
    ("RFC 8657 4: it is not", {APEX: [(0, "issue", "ca1.example.net; validationmethods=http-01")]}, ask(APEX), False),
    ("RFC 8657 A.1: account URI", {APEX: [(0, "issue", "ca1.example.net; accounturi=https://example.net/account/1234")]}, ask(APEX, account=ACCOUNT), True),
    ("RFC 8657 A.2: account, method, and another CA without", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}; validationmethods=http-01"), (0, "issue", "ca2.example.org")]}, ask(APEX, "ca2"), True),
    ("RFC 8657 A.2: the first CA by another method", {APEX: [(0, "issue", f"ca1.example.net; accounturi={ACCOUNT}; validationmethods=http-01"), (0, "issue", "ca2.example.org")]}, ask(APEX, account=ACCOUNT), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sets", "asked", "expected"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES]
)
def test_the_examples_of_the_standards(sets: Sets, asked: Asked, expected: bool) -> None:
    assert permits(asked, sets) is expected
    # Where a CA in use decides otherwise than the standard says, nobody can say what will happen.
    assert judged(sets, [asked]) == [expected if lenient(asked, sets) is expected else None]


NAMES = (APEX, f"a.{APEX}", f"b.a.{APEX}", f"c.b.a.{APEX}", f"d.{APEX}")
VALUES = (
    "ca1.example.net", "CA1.example.NET", "ca2.example.org", "second.example.org", ";", "", " ; ",
    "ca1.example.net;", "ca1.example.net; ;", "ca1.example.net; a", "ca1.example.net a=b",
    "ca1.example.net; a=b; c=d", "ca1.example.net; a=b; A=c", "ca1.example.net; a=b;", "ca1..example.net", "-ca1.example.net",
    "ca1-.example.net", "ca--1.example.net", "ca1.example.net.", "ca1.example.net; a_b=c",
    "ca1.example.net; a=b c", "ca1.example.net;a = b", "; a=b", "%%%%%", "ca1_.example.net",
    f"ca1.example.net; accounturi={OURS}", f"ca1.example.net; AccountURI={OURS}",
    f"ca1.example.net; accounturi={ACCOUNT}", "ca1.example.net; accounturi=",
    f"ca1.example.net; accounturi={OURS}; accounturi={ACCOUNT}",
    "ca1.example.net; validationmethods=dns-01", "ca1.example.net; validationmethods=http-01,dns-01",
    "ca1.example.net; validationmethods=http-01", "ca1.example.net; validationmethods=",
    "ca1.example.net; validationmethods=dns-01,", "ca1.example.net; validationmethods=DNS-01",
    f"ca1.example.net; validationmethods=dns-01; accounturi={OURS}",
    "ca1.example.net; a-b=c", "ca1.example.net; a--b=c", "ca1.example.net; -a=c", "ca1.example.net; a-=c",
    f"ca1.example.net; accounturi={ACCOUNT}; accounturi={OURS}", "ca1.example.net; =b",
    "ca1.example.net; ValidationMethods=http-01", "ca1.example.net; a=b\x01", "ca1.example.net \x7f", "ca1.example.net; a=b\x00",
    "ca1.example.net; validationmethods=dns-01; validationmethods=http-01", "ca1.example.net; x=1; x=2", "  ca1.example.net  ",
    "ca1.example.net; validationmethods=dns-01,,http-01", "ca1.example.net;a-b=c; accounturi=" + ACCOUNT,
)  # fmt: skip
TAGS = (
    ("issue",) * 6
    + ("issuewild",) * 3
    + ("ISSUE", "iodef", "issuemail", "unknown1", "contactemail")
)


@pytest.mark.parametrize("seed", range(24))
def test_at_random_both_readings_agree(seed: int) -> None:
    choose = random.Random(seed)
    sets: Sets = {}
    for name in NAMES:
        if choose.random() < 0.5:
            records = [
                (
                    choose.choice((0, 0, 0, 0, 64, 128, 1, 129, 255)),
                    choose.choice(TAGS),
                    choose.choice(VALUES),
                )
                for _ in range(choose.randrange(1, 4))
            ]
            sets[name] = list(dict.fromkeys(records))
    requests = [
        ask(f"{star}{name}", ca, account, method)
        for name in (*NAMES, f"new.{APEX}")
        for star in ("", "*.")
        for ca in CAS
        for account in (OURS, ACCOUNT)
        for method in ("dns-01", "http-01")
    ]
    found = judged(sets, requests)
    wrong = []
    for asked, got in zip(requests, found, strict=True):
        both = {permits(asked, sets), lenient(asked, sets)}
        # Never a yes or no that one of them denies; unknown only for a property they differ on.
        allowed = {None} if any(map(disputed, relevant(asked.name, sets))) else set()
        if got not in (both if len(both) == 1 else {None}) | allowed:
            wrong.append((asked, got, both))
    assert wrong == [], sets


@cache
def disputed(record: Record) -> bool:
    """Say whether the RFCs and a CA in use differ on a set of this one property."""
    asked = (
        ask(f"{star}{APEX}", ca, account, method)
        for star in ("", "*.")
        for ca in CAS
        for account in (OURS, ACCOUNT)
        for method in ("dns-01", "http-01")
    )
    return any(
        permits(one, {APEX: [record]}) is not lenient(one, {APEX: [record]}) for one in asked
    )


@pytest.mark.parametrize(
    ("record", "others"),
    [
        ((0, "issue", "ca1.example.net; a-b=c"), ()),
        ((0, "issue", "CA1.example.net"), ()),
        ((0, "issue", f"ca1.example.net; accounturi={ACCOUNT}; accounturi={OURS}"), ()),
        ((0, "issue", f"ca1.example.net; AccountURI={ACCOUNT}"), ()),
        ((0, "issue", "ca1.example.net; validationmethods=dns-01,"), ()),
        ((0, "issue", "ca1.example.net; =b"), ()),
        ((128, "contactemail", "a@example.com"), [(0, "issue", "ca1.example.net")]),
        ((128, "issuemail", "ca1.example.net"), ()),
        ((1, "future", "x"), [(0, "issue", "ca1.example.net")]),
    ],
)
def test_what_a_ca_in_use_reads_otherwise_is_unknown(
    record: Record, others: Sequence[Record]
) -> None:
    sets: Sets = {APEX: [record, *others]}
    assert permits(ask(APEX), sets) is not lenient(ask(APEX), sets)
    assert judged(sets, [ask(APEX)]) == [None]
    # Another property that all read alike settles it, unless one may forbid.
    settled = judged({APEX: [*sets[APEX], (0, "issue", "ca1.example.net")]}, [ask(APEX)])
    assert settled == [True if record[1] == "issue" else None]


@dataclass(frozen=True)
class Served:
    """One authoritative server for the whole zone."""

    sets: Sets

    def zone_of(self, name: str) -> str | None:
        return APEX if f".{name}".endswith(f".{APEX}") else None

    def above(self, name: str) -> bool:
        return APEX.endswith(f".{name}")

    def resolved(self, _name: str, _rdtype: str) -> Sequence[ServerView]:
        return ()

    def served(self, _zone: str, keys: Sequence[Key]) -> Sequence[ServerView]:
        content = {key: self._held(key) for key in keys}
        return [ServerView("ns", 1, content, "")]

    def _held(self, key: Key) -> RecordSet | None:
        if key[1] != "CAA" or not self.sets.get(key[0]):
            return None
        lines = (f"{f} {tag} {spelled(value)}" for f, tag, value in self.sets[key[0]])
        return RecordSet(300, tuple(lines))


HANDLING: dict[str, tuple[dict[str, Any], frozenset[str], bool | None]] = {
    "public": ({"caa": ["ca1.example.net"]}, frozenset(("ca1.example.net",)), True),
    "names": (
        {"caa": ["ca1.example.net"], "public": False},
        frozenset(("ca1.example.net",)),
        True,
    ),
    "enforced": ({"caa": "enforced", "public": False}, frozenset(), True),
    "ignored": ({"caa": "ignored", "public": False}, frozenset(), False),
    "unsaid": ({"public": False}, frozenset(), None),
}


@pytest.mark.parametrize("seed", range(12))
def test_the_look_before_an_order_says_what_the_link_says(seed: int) -> None:
    choose = random.Random(seed)
    sets: Sets = {
        name: [
            (choose.choice((0, 0, 128)), choose.choice(TAGS), choose.choice(VALUES))
            for _ in range(choose.randrange(1, 4))
        ]
        for name in NAMES
        if choose.random() < 0.5
    }
    asked = [f"{star}{name}" for name in NAMES for star in ("", "*.")]
    cas = [{"id": ca, **declared} for ca, (declared, _, _) in HANDLING.items()]
    jobs = [
        {"id": f"{ca}{n}", "ca": ca, "names": [name], "account": OURS, "method": "dns-01"}
        for ca in HANDLING
        for n, name in enumerate(asked)
    ]
    bench = StoreBench()
    zones = {APEX: "\n".join(lines_of(sets))}
    world = {"estate": {"cas": cas, "jobs": jobs}, "zones": zones}
    lay(Case("", "", NOW, world, None, NOW, (), {}, ""), bench)
    told = bench.engine(NOW).query("SELECT id, may FROM caa_permission WHERE kind = 'job'")
    linked = {str(job): None if may is None else bool(may) for job, may in told}
    for ca, (_, identities, checks) in HANDLING.items():
        requester = Requester(identities, OURS, "dns-01", checks)
        for n, name in enumerate(asked):
            live = check(Served(sets), name, requester)
            assert live.permits is linked[f"{ca}{n}"], (ca, name, sets, live.why)
