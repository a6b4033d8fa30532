"""Waits of standards G.3 with numbers worked out by hand, and how long going back is safe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beds import Bed, said
from directory import change
from trustpath.facts.edits import Edit, RecordSet
from trustpath.workflow.consent import (
    ASSUMED,
    Timing,
    engine_timing,
    planned,
    rollback_safe_until,
    waits,
)
from trustpath.workflow.consent.waits import spoken
from worlds import NOW

EX, WWW = "example.com", "www.example.com"
TLSA = ["3 1 1 " + "ab" * 32, "3 1 1 " + "cd" * 32]
DS = "2371 13 2 " + "ab" * 32
KEY = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
LE = '0 issue "letsencrypt.org"'
SOA = "ns1.example.com. root.example.com. {} 7200 3600 1209600 {}"
HOUR, DAY = 3600, 86400
# T 300 (5 min), NEG 900, P 60, TP 2 d, DNSKEY 1 h, longest in zone 2 h, MX 7200, policy 7 d
TIMING = Timing(
    ttls={(EX, "DNSKEY"): HOUR, ("sub." + EX, "DNSKEY"): HOUR, (EX, "MX"): 7200, ("_mta-sts." + EX, "TXT"): 1800},
    negative={EX: 900},
    propagation={EX: 60},
    longest={EX: 7200, "sub." + EX: 7200},
    parent={EX: 2 * DAY},
    policies={EX: 7 * DAY},
    reuse=30 * DAY,
)  # fmt: skip

ROWS: list[tuple[str, Edit, dict[str, int]]] = [
    ("a name that did not exist: NEG + P", change(WWW, "A", [], ["192.0.2.1"]), {"appear-new": 960}),
    ("a value more: T + P", change(WWW, "A", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"]), {"replace-or-appear": 360}),
    ("repointed: T + P", change(WWW, "A", ["192.0.2.1"], ["192.0.2.2"]), {"replace": 360}),
    ("removed: T + P, back after NEG + P", change(WWW, "A", ["192.0.2.1"]), {"replace": 360, "appear": 960}),
    ("alias turned: T + P", change(WWW, "CNAME", ["a.example.com."], ["b.example.com."]), {"replace": 360}),
    ("CAA: max(T, 8h) + P", change(EX, "CAA", [LE], [LE, '0 issue "ca.example"']), {"caa": 8 * HOUR + 60}),
    ("CAA with a long TTL", change(EX, "CAA", [LE], ttl=DAY), {"caa": DAY + 60}),
    ("TLSA next key: 2 * T", change("_443._tcp.www.example.com", "TLSA", TLSA[:1], TLSA), {"tlsa-add": 600}),
    ("TLSA first key: 2 * NEG", change("_443._tcp.www.example.com", "TLSA", [], TLSA[:1]), {"tlsa-new": 1800}),
    ("TLSA old key out: T + P", change("_443._tcp.www.example.com", "TLSA", TLSA, TLSA[1:]), {"tlsa-before": 600, "replace": 360}),
    ("NS: max(T, TP) + P, keep twice", change(EX, "NS", ["ns1.example.com."], ["ns1.example.net."]), {"ns": 2 * DAY + 60, "ns-keep": 4 * DAY + 120}),
    ("delegation at the parent: its own TTL is TP", change("sub." + EX, "NS", ["ns1.example.com."], ["ns1.example.net."], ttl=600), {"ns": 660, "ns-keep": 1320}),
    ("delegation added: NEG + TP", change("sub." + EX, "NS", [], ["ns1.example.net."], ttl=600), {"delegation-add": 1500}),
    ("delegation removed: TP + P", change("sub." + EX, "NS", ["ns1.example.net."], ttl=600), {"delegation-remove": 660}),
    ("DS added: after TK + TX + P; TP", change("sub." + EX, "DS", [], [DS], ttl=600), {"ds-before": 3 * HOUR + 60, "ds": 600}),
    ("DS removed: TP + P before unsigning", change("sub." + EX, "DS", [DS], ttl=600), {"unsign": 660}),
    ("DNSKEY: max(TK, T) + TX + P", change(EX, "DNSKEY", [KEY], [KEY.replace("257", "256")]), {"dnskey-before": 2 * DAY + 60, "dnskey": 3 * HOUR + 60}),
    ("MX: policy first, then T + P", change(EX, "MX", ["10 a.example.com."], ["10 b.example.com."]), {"mx-policy": 1800, "replace-or-appear": 7260}),
    ("MX without a policy", change("sub." + EX, "MX", ["10 a.example.com."], ["10 b.example.com."]), {"replace-or-appear": 360}),
    ("MTA-STS moved: T, then T(MX)", change("_mta-sts." + EX, "TXT", ['"v=STSv1; id=1"'], ['"v=STSv1; id=2"']), {"mta-sts": 9000}),
    ("MTA-STS left: max_age", change("_mta-sts." + EX, "TXT", ['"v=STSv1; id=1"']), {"mta-sts-leave": 7 * DAY}),
    ("ECH key: T(HTTPS)", change(WWW, "HTTPS", ["1 . ech=AEX+DQBBpQAgACB/xfT8M3nJkq1+Q/d2wmb2Dmcm2M3ZpSwgJcHLe7ftXAAEAAEAAQASY2xvdWRmbGFyZS1lY2guY29tAAA="], ["1 . alpn=h2"]), {"replace-or-appear": 360, "ech": 300}),
    ("HTTPS without ECH", change(WWW, "HTTPS", ["1 . alpn=h3"], ["1 . alpn=h2"]), {"replace-or-appear": 360}),
    ("wildcard: NEG", change("*." + EX, "A", [], ["192.0.2.1"]), {"wildcard": 900}),
    ("challenge: P", change("_acme-challenge." + EX, "TXT", [], ['"x"']), {"challenge": 60}),
    ("CAA first: max(NEG, 8h) + P", change(EX, "CAA", [], [LE]), {"caa-new": 8 * HOUR + 60}),
    ("validation lent: NEG + P", change("_acme-challenge." + EX, "CNAME", [], ["b.example.com."]), {"appear-new": 960}),
    ("validation lent to another: the reuse too", change("_acme-challenge." + EX, "CNAME", ["a.example.com."], ["b.example.com."]), {"replace-or-appear": 360, "reuse": 30 * DAY + 300}),
    ("validation taken back: the reuse too", change("_acme-challenge." + EX, "CNAME", ["a.example.com."]), {"replace": 360, "reuse": 30 * DAY + 300}),
    ("standing grant: NEG + P", change("_validation-persist." + EX, "TXT", [], ['"b"']), {"appear-new": 960}),
    ("standing grant withdrawn: T, validations 10 d", change("_validation-persist." + EX, "TXT", ['"a"']), {"replace": 360, "persist-reuse": 10 * DAY + 300}),
    ("token removed", change("_dnsauth." + EX, "TXT", ['"a"']), {"replace": 360, "reuse": 30 * DAY + 300}),
    ("SOA: the old NEG", change(EX, "SOA", [SOA.format(1, 3600)], [SOA.format(2, 60)], ttl=7200), {"soa": 3600}),
    ("TTL: the old T + P", replace(change(WWW, "A", ["192.0.2.1"], ["192.0.2.1"], ttl=60), before=RecordSet(3600, ("192.0.2.1",))), {"ttl": 3660}),
    ("zone deleted: TP + T", change(EX, "SOA", [SOA.format(1, 300)]), {"zone-delete": 2 * DAY + 300}),
    ("neutral: nothing", change(WWW, "TXT", [], ['"hello"']), {}),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_waits_are_those_of_the_standard(edit: Edit, expected: dict[str, int]) -> None:
    found = waits(planned([edit]), TIMING)
    assert {item.reason.split(":")[0]: item.seconds for item in found} == {
        f"G.3 {name}": seconds for name, seconds in expected.items()
    }
    for item in found:
        assert "assumed" not in item.reason
        name, rdtype = item.since or edit.key
        assert item.before == (item.since is not None) == item.after.startswith("the present state")
        assert f"{name} {rdtype}" in item.after


SINCE = {
    "DS added: after TK + TX + P; TP": ("sub." + EX, "DNSKEY"),
    "TLSA old key out: T + P": ("_443._tcp.www.example.com", "TLSA"),
    "MX: policy first, then T + P": ("_mta-sts." + EX, "TXT"),
    "DNSKEY: max(TK, T) + TX + P": (EX, "DS"),
}


def test_what_precedes_a_change_names_the_records_that_it_counts_from() -> None:
    found = {
        row: wait.since
        for row, edit, _ in ROWS
        for wait in waits(planned([edit]), TIMING)
        if wait.before
    }
    assert found == SINCE


def test_the_reason_shows_the_sum() -> None:
    (wait,) = waits(planned([change(EX, "CAA", [LE])]), TIMING)
    assert wait.reason == "G.3 caa: max(T 5m, 8h) + P 1m; then every CA follows the new CAA"
    assert wait.after == "the change of example.com CAA"
    _, keep = waits(planned([change(EX, "NS", ["ns1.example.com."], ["ns1.example.net."])]), TIMING)
    assert "2 * (max(T 5m, TP 2d) + P 1m)" in keep.reason


def test_what_nobody_knows_is_assumed_and_said() -> None:
    (wait,) = waits(planned([change(WWW, "A", ["192.0.2.1"], ["192.0.2.2"])]), Timing())
    assert wait.seconds == 300 + ASSUMED["P"]
    assert "P 1h assumed" in wait.reason
    assert "T 5m +" in wait.reason
    unknown = Edit(EX, WWW, "A", RecordSet(None, ("192.0.2.1",)), RecordSet(60, ("192.0.2.2",)))
    (wait,) = waits(planned([unknown]), Timing())
    assert wait.seconds == ASSUMED["T"] + ASSUMED["P"]


def test_the_largest_ttl_served_of_late_counts() -> None:
    served = replace(TIMING, ttls={(WWW, "A"): 7200})
    edit = change(WWW, "A", ["192.0.2.1"], ["192.0.2.2"], ttl=60)
    assert [item.seconds for item in waits(planned([edit]), served)] == [7260]


def test_many_edits_wait_as_long_as_the_longest() -> None:
    edits = [
        change(f"h{n}.example.com", "A", ["192.0.2.1"], ["192.0.2.2"], ttl=n) for n in range(9)
    ]
    (wait,) = waits(planned(edits), TIMING)
    assert wait.seconds == 68
    assert wait.after.endswith("and 6 more")


def test_going_back_is_safe_while_the_first_old_answer_lives() -> None:
    edits = planned(
        [
            change(WWW, "A", ["192.0.2.1"], ["192.0.2.2"], ttl=600),
            change("a.example.com", "A", ["192.0.2.1"], ttl=120),
        ]
    )
    assert rollback_safe_until(edits, TIMING, NOW) == NOW + 120
    added = planned([change(WWW, "AAAA", [], ["2001:db8::1"])])
    assert rollback_safe_until(added, TIMING, NOW) == NOW + 900
    assert rollback_safe_until(added, Timing(), NOW) is None, "the negative TTL is not known"
    assert rollback_safe_until((), TIMING, NOW) is None
    unknown = Edit(EX, WWW, "A", RecordSet(None, ("192.0.2.1",)), None)
    assert rollback_safe_until(planned([unknown]), TIMING, NOW) is None


@given(
    st.lists(st.sampled_from([row[1] for row in ROWS]), max_size=5),
    st.sampled_from([row[1] for row in ROWS]),
)
def test_a_further_edit_never_shortens(edits: list[Edit], further: Edit) -> None:
    before = {w.reason.split(":")[0]: w.seconds for w in waits(planned(edits), TIMING)}
    after = {w.reason.split(":")[0]: w.seconds for w in waits(planned([*edits, further]), TIMING)}
    assert all(after[name] >= seconds for name, seconds in before.items())
    if edits:
        former = rollback_safe_until(planned(edits), TIMING, NOW)
        now_safe = rollback_safe_until(planned([*edits, further]), TIMING, NOW)
        assert former is not None
        assert now_safe is not None
        assert now_safe <= former


@pytest.mark.parametrize("duckdb", [False, True], ids=["sqlite", "duckdb"])
def test_timing_comes_from_the_zones(duckdb: bool) -> None:
    world = {
        "estate": {"mail": [{"domain": EX, "mode": "enforce", "max_age": "7d", "mx": ["mx.example.com"]}]},
        "zones": {
            EX: f"@ 7200 SOA {SOA.format(1, 900)}\nwww 600 A 192.0.2.1\n@ 1800 MX 10 mx.example.com.\n"
            f"sub 1200 NS ns1.example.com.\n_mta-sts 240 TXT \"v=STSv1; id=1\"\n@ 3600 DNSKEY {KEY}",
            "sub.example.com": f"@ 300 SOA {SOA.format(1, 60)}\n@ 500 NS ns1.example.com.\nx 9000 A 192.0.2.1",
        },
    }  # fmt: skip
    edits = [
        change(WWW, "A", ["192.0.2.1"], ["192.0.2.2"], ttl=60),
        change("sub.example.com", "NS", ["ns1.example.com."], ["ns1.example.net."], ttl=1200),
        change("x.sub.example.com", "A", ["192.0.2.1"], zone="sub.example.com"),
        change("_mta-sts.example.com", "TXT", ['"v=STSv1; id=1"'], ['"v=STSv1; id=2"']),
        change(EX, "DNSKEY", [KEY], [KEY.replace("257", "256")]),
    ]
    with Bed() as bed:
        bed.record(said(world, NOW), NOW)
        with bed.judging(NOW, duckdb=duckdb) as engine:
            found = engine_timing(engine, edits, {EX: 30}, reuse=DAY)
    assert found.ttls[WWW, "A"] == 600
    assert found.ttls[EX, "MX"] == 1800
    assert found.ttls["sub.example.com", "NS"] == 500
    assert found.parent == {"sub.example.com": 1200}
    assert found.negative == {EX: 900, "sub.example.com": 60}
    assert found.longest == {EX: 7200}
    assert found.policies == {EX: 7 * DAY}
    assert (found.propagation, found.reuse) == ({EX: 30}, DAY)
    assert found.known("T", edits[0]) == 600
    assert found.known("TP", edits[2]) == 1200


def test_spans_are_spoken_in_one_unit() -> None:
    assert [spoken(n) for n in (0, 59, 60, 90, 3600, 86400)] == [
        "0s",
        "59s",
        "1m",
        "90s",
        "1h",
        "1d",
    ]
