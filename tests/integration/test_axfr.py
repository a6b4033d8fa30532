"""AXFR against real servers: the facts of a zone are the same from its file and over the wire."""

from __future__ import annotations

import contextlib
import random
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dns_servers import KEY_NAME, KEY_SECRET, DnsServer, bind, free_port, knot, powerdns
from peers import require
from trustpath.base.clock import Clock, FixedClock
from trustpath.connectors.axfr import make as make_axfr
from trustpath.connectors.zonefile import make as make_zonefile
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import ZoneAccess
from trustpath.facts.relations.dns import Dnskey, Rrsig, Zone
from trustpath.facts.source import Context, SourceSpec

pytestmark = pytest.mark.peer

APEX = "example.test"
HEAD = f"""$ORIGIN {APEX}.
$TTL 3600
@ 3600 IN SOA ns1 hostmaster 2026112401 7200 900 1209600 300
@ IN NS ns1
ns1 IN A 127.0.0.1
"""
BODY = (
    """@ IN A 192.0.2.1
@ IN AAAA 2001:DB8::1
@ IN MX 10 Mail
@ IN MX 20 mail2.Example.NET.
@ 300 IN CAA 0 issue "letsencrypt.org; validationmethods=dns-01"
@ 300 IN CAA 128 iodef "mailto:pki@example.test"
@ IN TXT "v=spf1 mx -all"
@ IN TXT "two" "strings with \\"quotes\\" and \\\\ and \\195\\188"
www 300 IN CNAME @
* 60 IN A 192.0.2.9
mail IN A 192.0.2.25
_25._tcp.mail IN TLSA 3 1 1 """
    + "ab" * 32
    + """
_sip._tcp IN SRV 0 5 5060 sip
sip IN A 192.0.2.60
svc IN HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.80
sub IN NS ns.sub
ns.sub IN A 192.0.2.53
sub IN DS 12345 13 2 """
    + "cd" * 32
    + """
old IN DNAME new.example.net.
host IN SSHFP 4 2 """
    + "ef" * 32
    + """
n IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
_validation-persist IN TXT "ca.example; accounturi=https://ca.example/acct/1"
x IN TYPE65400 \\# 4 0A000001
"""
)


class SystemClock:
    """TSIG compares clocks, so these tests need the real one."""

    def now(self) -> int:
        import time

        return int(time.time())


def context(clock: Clock | None = None) -> Context:
    return Context(clock or SystemClock(), secrets={"TSIG": KEY_SECRET})


def by_file(path: Path) -> Part:
    # As it stands there, servers publish it: that is what a transfer tells of them.
    options = {"path": path.name, "signing": "none"}
    spec = SourceSpec("f", "zonefile", options, path.parent)
    (part,) = make_zonefile(spec, Context(FixedClock(0))).collect()
    assert (part.coverage, part.problems) == (Coverage.FULL, ())
    return part


def by_transfer(address: str, *, key: bool = True, zone: str = APEX, **options: Any) -> Part:
    if key:
        tsig = {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:TSIG"}
        options.setdefault("tsig", tsig)
    spec = SourceSpec("a", "axfr", {"server": address, "zones": [zone], **options}, Path())
    (part,) = make_axfr(spec, context()).collect()
    return part


def facts(part: Part) -> set[Fact]:
    return {fact for fact in part.facts if not isinstance(fact, ZoneAccess)}


Start = Callable[[Path, dict[str, Path]], AbstractContextManager[DnsServer]]


@pytest.mark.parametrize("start", [bind, knot, powerdns])
def test_file_and_transfer_give_the_same_facts(start: Start, tmp_path: Path) -> None:
    path = tmp_path / f"{APEX}.zone"
    path.write_text(HEAD + BODY)
    with start(tmp_path / "server", {APEX: path}) as server:
        part = by_transfer(server.address)
    assert (part.name, part.grade, part.coverage) == (APEX, Grade.TRANSFER, Coverage.FULL), (
        part.problems
    )
    expected = facts(by_file(path))
    assert len(expected) > 60
    assert facts(part) == expected


def test_a_signed_transfer_does_not_care_for_which_instant_is_judged(tmp_path: Path) -> None:
    """TSIG compares the clocks of two machines; a judgement for last year changes neither."""
    path = tmp_path / f"{APEX}.zone"
    path.write_text(HEAD + BODY)
    with bind(tmp_path / "server", {APEX: path}, key_only=True) as server:
        tsig = {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:TSIG"}
        options = {"server": server.address, "zones": [APEX], "tsig": tsig}
        spec = SourceSpec("a", "axfr", options, Path())
        (part,) = make_axfr(spec, context(FixedClock(1_600_000_000))).collect()
    assert (part.coverage, part.problems) == (Coverage.FULL, ())
    assert part.observed_at == 1_600_000_000


def test_many_messages_with_and_without_key(tmp_path: Path) -> None:
    path = tmp_path / f"{APEX}.zone"
    path.write_text(
        HEAD
        + "".join(
            f'h{n} IN A 10.0.{n >> 8}.{n & 255}\nh{n} IN TXT "{"x" * 200}"\n' for n in range(5000)
        )
    )
    with bind(tmp_path / "server", {APEX: path}) as server:
        signed, plain = by_transfer(server.address), by_transfer(server.address, key=False)
    expected = facts(by_file(path))
    assert facts(signed) == expected
    rows = list(plain.facts)
    assert ZoneAccess(APEX, "transfer", protected=False) in rows
    assert {row for row in rows if not isinstance(row, ZoneAccess)} == expected


@pytest.mark.parametrize("options", [[], ["-3", "ab"], ["-O", "full"]])
def test_a_signed_zone(options: list[str], tmp_path: Path) -> None:
    keygen, signzone = require("dnssec-keygen"), require("dnssec-signzone")
    path = tmp_path / f"{APEX}.zone"
    path.write_text(HEAD + BODY)

    def run(*command: str) -> None:
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)

    run(keygen, "-a", "ECDSAP256SHA256", "-f", "KSK", APEX)
    run(keygen, "-a", "ECDSAP256SHA256", APEX)
    run(signzone, "-S", "-P", *options, "-o", APEX, path.name)
    signed = tmp_path / f"{APEX}.zone.signed"
    with bind(tmp_path / "server", {APEX: signed}) as server:
        part = by_transfer(server.address)
    found = facts(part)
    assert found == facts(by_file(signed))
    assert [f.signed for f in found if isinstance(f, Zone)] == [True]
    assert len([f for f in found if isinstance(f, Rrsig)]) > 20
    assert len([f for f in found if isinstance(f, Dnskey) and f.secure_entry_point]) == 1


def test_a_transfer_with_a_key_says_nothing_about_others(tmp_path: Path) -> None:
    path = tmp_path / f"{APEX}.zone"
    path.write_text(HEAD)
    with bind(tmp_path / "server", {APEX: path}, key_only=True) as server:
        signed, refused = by_transfer(server.address), by_transfer(server.address, key=False)
    assert not [f for f in signed.facts if isinstance(f, ZoneAccess)]
    assert refused.coverage is Coverage.NONE
    assert "REFUSED" in refused.problems[0].message


def test_wrong_keys_unknown_zones_and_dead_servers_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / f"{APEX}.zone"
    path.write_text(HEAD)
    secret = tmp_path / "secret"
    secret.write_text("b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=\n")
    wrong = {"name": KEY_NAME, "secret": f"file:{secret}"}
    unset = {"name": KEY_NAME, "secret": "env:NOBODY_SETS_THIS"}
    with bind(tmp_path / "server", {APEX: path}) as server:
        cases = {
            "NOTAUTH": by_transfer(server.address, tsig=wrong),
            "not set": by_transfer(server.address, tsig=unset),
            "NOTAUTH ": by_transfer(server.address, zone="other.test"),
            "no connection": by_transfer(f"127.0.0.1:{free_port()}"),
        }
    for message, part in cases.items():
        assert part.coverage is Coverage.NONE
        assert list(part.facts) == []
        assert message.strip() in part.problems[0].message, part.problems


def test_what_bind_makes_of_ttls_and_generate_is_what_we_read(tmp_path: Path) -> None:
    path = tmp_path / f"{APEX}.zone"
    (tmp_path / "more").write_text("$TTL 77\nin-include IN A 192.0.2.1\n")
    path.write_text(
        f"$ORIGIN {APEX}.\n@ 900 IN SOA ns1 h 1 2 3 4 300\n@ IN NS ns1\nns1 50 IN A 127.0.0.1\nb IN A 192.0.2.2\n"
        "$GENERATE 1-3 g${0,3,d} A 192.0.2.$\n$GENERATE 8-10 ${0,4,n}n PTR h${-8,2,x}\n"
        f"$INCLUDE {path.parent.name}/more\n"
        "after IN A 192.0.2.3\n"
    )
    # BIND takes include paths from its working folder, we from the folder of the zone file.
    text = path.read_text()
    served = tmp_path / "served"
    served.write_text(
        text.replace(f"$INCLUDE {path.parent.name}/more", f"$INCLUDE {tmp_path / 'more'}")
    )
    path.write_text(text.replace(f"$INCLUDE {path.parent.name}/more", "$INCLUDE more"))
    with bind(tmp_path / "server", {APEX: served}) as server:
        part = by_transfer(server.address)
    assert facts(part) == facts(by_file(path))


@contextlib.contextmanager
def many_zones(texts: list[str]) -> Iterator[tuple[DnsServer, dict[str, Path]]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zones = {}
        for number, text in enumerate(texts):
            apex = f"z{number}.test"
            zones[apex] = folder / f"{apex}.zone"
            zones[apex].write_text(text.replace(APEX, apex))
        with bind(folder / "server", zones) as server:
            yield server, zones


label = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,6}[a-zA-Z0-9])?", fullmatch=True)
owner = st.lists(label, min_size=1, max_size=3).map(".".join)
octet = st.one_of(st.sampled_from("abc 019=;()$@"), st.integers(0, 255).map(lambda n: f"\\{n:03d}"))
string = st.lists(octet, max_size=30).map(lambda s: '"' + "".join(s) + '"')
hexadecimal = st.binary(min_size=1, max_size=30).map(bytes.hex)
record = st.one_of(
    st.ip_addresses(v=4).map(lambda a: f"A {a}"),
    st.ip_addresses(v=6).map(lambda a: f"AAAA {a}"),
    st.lists(string, min_size=1, max_size=3).map(lambda s: f"TXT {' '.join(s)}"),
    st.tuples(st.integers(0, 65535), owner).map(lambda t: f"MX {t[0]} {t[1]}"),
    st.tuples(st.integers(0, 255), st.sampled_from(["issue", "iodef"]), string).map(
        lambda t: f"CAA {t[0]} {t[1]} {t[2]}"
    ),
    owner.map(lambda n: f"SRV 1 2 3 {n}.Example.NET."),
    hexadecimal.map(lambda h: f"TYPE65300 \\# {len(h) // 2} {h}"),
    hexadecimal.map(lambda h: f"TLSA 3 1 0 {h}"),
    st.just("NAPTR 1 2 \"u\" \"s\" \"!a!b!\" ."),
    st.just("HTTPS 1 svc.example.net. alpn=h2"),
)  # fmt: skip


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.tuples(owner, st.integers(1, 4000), record), max_size=15),
        min_size=8,
        max_size=8,
    )
)
def test_any_zone_served_by_bind_reads_the_same(zones: list[list[tuple[str, int, str]]]) -> None:
    texts = []
    for entries in zones:
        # One TTL an RRset: servers and we agree on no other case.
        ttls: dict[tuple[str, str], int] = {}
        lines = [
            f"{name} {ttls.setdefault((name.lower(), data.split(' ')[0]), ttl)} IN {data}\n"
            for name, ttl, data in entries
            if name.lower() != "ns1"
        ]
        random.Random(len(lines)).shuffle(lines)
        texts.append(HEAD + "".join(lines))
    with many_zones(texts) as (server, files):
        for apex, path in files.items():
            part = by_transfer(server.address, zone=apex, key=len(texts[0]) % 2 == 0)
            assert part.coverage is Coverage.FULL, part.problems
            assert facts(part) == facts(by_file(path))
