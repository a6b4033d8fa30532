"""The CAA climb and permission against answers worked out by hand from RFC 8659 and RFC 8657.

Each vector is a small world, a request (name, CA, account, method) and what the standards say of
it: the name whose RRset is relevant (None: no set restricts the request) and whether the CA may
issue (None: it cannot be known). Both engines must agree with the hand, not only with each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from trustpath.app.benches import DuckdbBench, StoreBench
from trustpath.base.clock import parse_instant
from trustpath.rules.judge import Engine
from trustpath.workflow.vectors.run import DEFAULT_NOW, Case, lay

NOW = parse_instant(DEFAULT_NOW)
LE = "https://a.example/acct/1"
UNSEEN = "unseen"
"""Stands for a relevant set that cannot be determined."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One request in one world; ``zones`` as in the vectors of rules, ``ca`` is le or two."""

    what: str
    request: str
    relevant: str | None
    permits: bool | None
    zones: dict[str, Any] = field(default_factory=dict)
    answers: tuple[dict[str, Any], ...] = ()
    ca: str = "le"
    account: str | None = LE
    method: str | None = "dns-01"


def _apex(*records: str, host: str = "www A 192.0.2.1", **more: Any) -> dict[str, Any]:
    lines = [f"@ CAA {record}" for record in records]
    return {"zones": {"example.com": "\n".join([*lines, host])}, **more}


WWW, APEX = "www.example.com", "example.com"
LE_ISSUE = '0 issue "letsencrypt.org"'
TWO_ISSUE = '0 issue "two.example"'
TARGET = "t.example.net"


VECTORS = [
    # RFC 8659 section 3: the climb.
    Vector("no set on any level", WWW, None, True, **_apex()),
    Vector("the set at the name", WWW, WWW, False, **_apex(LE_ISSUE, host='www CAA 0 issue "two.example"')),
    Vector("the set of the parent", WWW, APEX, True, **_apex(LE_ISSUE)),
    Vector("three levels up", "a.b.c.example.com", APEX, True, **_apex(LE_ISSUE)),
    Vector(
        "the nearest of three sets, never merged", "a.b.example.com", "b.example.com", False,
        **_apex(LE_ISSUE, host='b CAA 0 issue "two.example"\na.b A 192.0.2.1'),
    ),
    Vector("a name that does not exist climbs all the same", "new.example.com", APEX, False, **_apex(TWO_ISSUE)),
    Vector(
        "out of a child zone into the one above", "www.sub.example.com", APEX, False,
        {APEX: '@ CAA 0 issue "two.example"\nsub NS ns.example.net.', "sub.example.com": "www A 192.0.2.1"},
    ),
    Vector(
        "a set that a DNS wildcard synthesises", WWW, "*.example.com", False,
        **_apex(LE_ISSUE, host='* CAA 0 issue "two.example"'),
    ),
    Vector(
        "a closer name stops the DNS wildcard", "a.www.example.com", APEX, True,
        **_apex(LE_ISSUE, host='* CAA 0 issue "two.example"\nwww A 192.0.2.1'),
    ),
    # Aliases: the lookup follows them, the climb goes on from the name that was asked.
    Vector(
        "the set at the alias target", WWW, TARGET, False,
        {APEX: '@ CAA 0 issue "letsencrypt.org"\nwww CNAME t.example.net.', "example.net": 't CAA 0 issue "two.example"'},
    ),
    Vector(
        "the parent of the alias target is not asked", WWW, APEX, True,
        {
            APEX: '@ CAA 0 issue "letsencrypt.org"\nwww CNAME t.example.net.',
            "example.net": '@ CAA 0 issue "two.example"\nt A 192.0.2.1',
        },
    ),
    Vector(
        "the end of a chain of aliases", WWW, TARGET, False,
        {APEX: "www CNAME a.example.com.\na CNAME t.example.net.", "example.net": 't CAA 0 issue "two.example"'},
    ),
    Vector(
        "an alias on the way up", "x.www.example.com", TARGET, False,
        {APEX: '@ CAA 0 issue "letsencrypt.org"\nwww CNAME t.example.net.', "example.net": 't CAA 0 issue "two.example"'},
    ),
    Vector(
        "an alias that DNAME makes", "a.old.example.com", "a.example.net", False,
        {APEX: '@ CAA 0 issue "letsencrypt.org"\nold DNAME example.net.', "example.net": 'a CAA 0 issue "two.example"'},
    ),
    Vector(
        "a provider alias is an address, no alias", WWW, APEX, True,
        {
            APEX: '@ CAA 0 issue "letsencrypt.org"\n@ ALIAS lb.example.net.\nwww CNAME example.com.',
            "example.net": 'lb CAA 0 issue "two.example"',
        },
    ),
    # Lookups that fail or cannot be made: not known, before the first set is found.
    Vector("the zone is not held", "www.example.org", UNSEEN, None, **_apex(LE_ISSUE)),
    Vector(
        "a level below a zone cut", "www.sub.example.com", UNSEEN, None,
        **_apex(LE_ISSUE, host="sub NS ns.example.net."),
    ),
    Vector("the alias target is out of sight", WWW, UNSEEN, None, **_apex(LE_ISSUE, host="www CNAME t.example.net.")),
    Vector(
        "the lookup at the alias failed", WWW, UNSEEN, None,
        **_apex(LE_ISSUE, host="www CNAME t.example.net."),
        answers=({"name": WWW, "type": "CAA", "outcome": "servfail"},),
    ),
    Vector(
        "the lookup at the alias found nothing", WWW, APEX, True,
        **_apex(LE_ISSUE, host="www CNAME t.example.net."),
        answers=({"name": WWW, "type": "CAA", "aliases": [[WWW, TARGET]]},),
    ),
    Vector(
        "a filtered answer is none", WWW, UNSEEN, None,
        **_apex(LE_ISSUE, host="www CNAME t.example.net."),
        answers=({"name": WWW, "type": "CAA", "ede": 16},),
    ),
    Vector("aliases in a circle", WWW, UNSEEN, None, **_apex(LE_ISSUE, host="www CNAME a.example.com.\na CNAME www.example.com.")),
    Vector(
        "a set below the level that failed decides", "x.www.example.com", "x.www.example.com", True,
        **_apex(host='www CNAME t.example.net.\nx.www CAA 0 issue "letsencrypt.org"'),
    ),
    # RFC 8659 sections 4.2 and 4.3: which properties count.
    Vector("another CA only", WWW, APEX, False, **_apex(TWO_ISSUE)),
    Vector("one of several", WWW, APEX, True, **_apex(TWO_ISSUE, LE_ISSUE)),
    # What a CA in use reads otherwise than the RFCs is neither a yes nor a no.
    Vector("an issuer name in mixed case", WWW, APEX, None, **_apex('0 ISSUE "LetsEncrypt.ORG"')),
    Vector("a semicolon forbids", WWW, APEX, False, **_apex('0 issue ";"')),
    Vector("an empty value forbids", WWW, APEX, False, **_apex('0 issue ""')),
    Vector("a semicolon beside a grant takes nothing away", WWW, APEX, True, **_apex('0 issue ";"', LE_ISSUE)),
    Vector("only iodef: no restriction", WWW, APEX, True, **_apex('0 iodef "mailto:a@example.com"')),
    Vector("issuewild says nothing of hosts", WWW, APEX, True, **_apex('0 issuewild ";"')),
    Vector("issuemail says nothing of hosts", WWW, APEX, True, **_apex('0 issuemail ";"')),
    Vector("a wildcard starts at its base", "*.www.example.com", WWW, False, **_apex(LE_ISSUE, host='www CAA 0 issue "two.example"')),
    Vector("a wildcard without issuewild: issue governs", "*.example.com", APEX, False, **_apex(TWO_ISSUE)),
    Vector("issuewild goes before issue, granting", "*.example.com", APEX, True, **_apex(TWO_ISSUE, '0 issuewild "letsencrypt.org"')),
    Vector("issuewild goes before issue, forbidding", "*.example.com", APEX, False, **_apex(LE_ISSUE, '0 issuewild ";"')),
    Vector("and leaves hosts to issue", WWW, APEX, True, **_apex(LE_ISSUE, '0 issuewild ";"')),
    Vector("a wildcard with iodef only: no restriction", "*.example.com", APEX, True, **_apex('0 iodef "mailto:a@example.com"')),
    Vector("a critical property that nobody knows", WWW, APEX, False, **_apex(LE_ISSUE, '128 future "x"')),
    Vector("the same, not critical", WWW, APEX, True, **_apex(LE_ISSUE, '0 future "x"')),
    Vector("a critical property that is known", WWW, APEX, True, **_apex('128 issue "letsencrypt.org"')),
    Vector("bit 1 that some read as critical", WWW, APEX, None, **_apex(LE_ISSUE, '1 future "x"')),
    Vector("malformed: grants nothing, is present", WWW, APEX, False, **_apex('0 issue "letsencrypt.org x"')),
    Vector("malformed issuewild still goes before issue", "*.example.com", APEX, False, **_apex(LE_ISSUE, '0 issuewild "%%%"')),
    Vector("unknown parameters are no restriction", WWW, APEX, True, **_apex('0 issue "letsencrypt.org; policy=ev"')),
    # RFC 8657: accounturi and validationmethods restrict the property that they stand in.
    Vector("the account", WWW, APEX, True, **_apex(f'0 issue "letsencrypt.org; accounturi={LE}"')),
    Vector("another account", WWW, APEX, False, **_apex('0 issue "letsencrypt.org; accounturi=https://a.example/acct/2"')),
    Vector("accounts compare with case", WWW, APEX, False, **_apex('0 issue "letsencrypt.org; accounturi=https://a.example/ACCT/1"')),
    Vector("an account that we do not know of", WWW, APEX, None, **_apex(f'0 issue "letsencrypt.org; accounturi={LE}"'), account=None),
    Vector("two accounturi, which some take for one", WWW, APEX, None, **_apex(f'0 issue "letsencrypt.org; accounturi={LE}; accounturi={LE}"')),
    Vector("another property without an account", WWW, APEX, True, **_apex('0 issue "letsencrypt.org; accounturi=https://a.example/acct/2"', LE_ISSUE)),
    Vector("the method", WWW, APEX, True, **_apex('0 issue "letsencrypt.org; validationmethods=http-01,dns-01"')),
    Vector("another method", WWW, APEX, False, **_apex('0 issue "letsencrypt.org; validationmethods=http-01"')),
    Vector("a method that begins alike", WWW, APEX, False, **_apex('0 issue "letsencrypt.org; validationmethods=dns-011"')),
    Vector("no method is listed", WWW, APEX, False, **_apex('0 issue "letsencrypt.org; validationmethods="')),
    Vector("a method by its BR number", WWW, APEX, True, **_apex('0 issue "letsencrypt.org; validationmethods=ca-tbr-7"'), method="br-7"),
    Vector("a method that we do not know of", WWW, APEX, None, **_apex('0 issue "letsencrypt.org; validationmethods=http-01"'), method=None),
    Vector("account and method", WWW, APEX, True, **_apex(f'0 issue "letsencrypt.org; accounturi={LE}; validationmethods=dns-01"')),
    Vector("the account, another method", WWW, APEX, False, **_apex(f'0 issue "letsencrypt.org; accounturi={LE}; validationmethods=http-01"')),
    Vector(
        "account and method in different properties do not add up", WWW, APEX, False,
        **_apex(
            f'0 issue "letsencrypt.org; accounturi={LE}; validationmethods=http-01"',
            '0 issue "letsencrypt.org; accounturi=https://a.example/acct/2; validationmethods=dns-01"',
        ),
    ),
    Vector(
        "an account unknown to us, and a method that fails anyway", WWW, APEX, False,
        **_apex(f'0 issue "letsencrypt.org; accounturi={LE}; validationmethods=http-01"'), account=None,
    ),
    # CAs with several names, and such whose names we do not know.
    Vector("one of the names of the CA", WWW, APEX, True, **_apex('0 issue "second.example"'), ca="two"),
    Vector("a CA whose names nobody told", WWW, APEX, None, **_apex(TWO_ISSUE), ca="mute"),
    Vector("that one, where nobody may issue", WWW, APEX, False, **_apex('0 issue ";"'), ca="mute"),
    Vector("that one, where nothing restricts", WWW, None, True, **_apex(), ca="mute"),
]  # fmt: skip


def _engine(vector: Vector, bench: StoreBench) -> Engine:
    job = {"id": "j", "ca": vector.ca, "names": [vector.request]}
    job |= {
        key: value
        for key, value in (("account", vector.account), ("method", vector.method))
        if value
    }
    cas = [
        {"id": "le", "caa": ["letsencrypt.org"]},
        {"id": "two", "caa": ["two.example", "second.example"]},
        {"id": "mute"},
    ]
    world = {
        "estate": {"cas": cas, "jobs": [job]},
        "zones": vector.zones,
        "answers": list(vector.answers),
    }
    lay(Case("", vector.what, NOW, world, None, NOW, (), {}, vector.what), bench)
    return bench.engine(NOW)


@pytest.mark.parametrize("bench", [StoreBench, DuckdbBench], ids=["sqlite", "duckdb"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.what)
def test_climb_and_permission_agree_with_the_standards(
    vector: Vector, bench: type[StoreBench]
) -> None:
    """Each engine gives the relevant set and the permission that the RFCs give."""
    engine = _engine(vector, bench())
    base = vector.request.removeprefix("*.")
    [(owner, known)] = engine.query("SELECT owner, known FROM caa_relevant WHERE name = ?", [base])
    assert (owner if known else UNSEEN) == vector.relevant
    [(permits,)] = engine.query(
        "SELECT permits FROM caa_permission WHERE kind = 'job' AND id = 'j'"
    )
    assert (None if permits is None else bool(permits)) is vector.permits


def test_vectors_are_distinct_and_show_every_answer() -> None:
    """Two vectors of one name would hide each other; all three answers must occur."""
    assert len({vector.what for vector in VECTORS}) == len(VECTORS)
    assert {vector.permits for vector in VECTORS} == {True, False, None}
