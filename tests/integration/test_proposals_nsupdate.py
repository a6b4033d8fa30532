"""The same script through BIND's nsupdate to a real BIND, and through our reader: one result."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import dns.query
import dns.tsig
import dns.update
import pytest

from dns_servers import KEY_NAME, KEY_SECRET, DnsServer, bind
from peers import require
from proposals import Held
from trustpath.base.errors import InputError
from trustpath.connectors.axfr.transfer import DEFAULT_LIMITS, Server, transfer
from trustpath.connectors.proposals.nsupdate import parse_nsupdate
from trustpath.connectors.proposals.update import parse_update
from trustpath.facts.edits import Key, RecordSet, overlay
from trustpath.facts.proposal import Submission, pack, resolve

APEX = "example.test"
ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 10 7200 900 1209600 300
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
www A 192.0.2.10
www A 192.0.2.11
alias CNAME www
txt 60 TXT "one"
txt 60 TXT "two"
mail MX 10 mx
mail A 192.0.2.25
"""

SCRIPTS = {
    "adds": """\
update add new.{z} 60 A 192.0.2.5
update add NEW.{z}. 120 IN A 192.0.2.6
add www.{z} 77 A 192.0.2.12
update add mail.{z} 300 MX 20 mx2.{z}
ttl 90
update add t.{z} TXT "a b;c" d ; (e) "q \\"x\\"" \\065\\;
update add u.{z} 5 TXT "caf\u00e9" "n""m"
update add tlsa.{z} 5 TLSA 3 1 1 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
update add raw.{z} 5 TYPE65280 \\# 4 C0000201
update add caa.{z} 5 CAA 0 issue "ca.test; validationmethods=dns-01"
update add https.{z} 5 HTTPS 1 . alpn=h2,h3 port=8443
update add *.wild.{z} 5 CNAME www.{z}
send
""",
    "deletes": """\
update delete www.{z} A 192.0.2.10
update delete alias.{z}
update delete txt.{z} TXT
del mail.{z} 0 MX 10 mx.{z}
update delete absent.{z} A
update delete mail.{z} ANY
send
""",
    "exclusive": """\
update add alias.{z} 60 A 192.0.2.1
update add www.{z} 60 CNAME x.test
update add alias.{z} 61 CNAME y.test
update add d.{z} 5 DNAME x.test
update add d.{z} 6 DNAME y.test
update delete mail.{z}
update add mail.{z} 60 CNAME www.{z}
send
""",
    "apex": """\
update delete {z} SOA
update delete {z} NS
update delete {z} NS ns1.{z}
update delete {z} NS ns2.{z}
update delete {z}
update add {z} 60 TXT "apex"
update add {z} 300 SOA ns1.{z}. other.{z}. 4294967290 1 2 3 4
update add sub.{z} 300 SOA ns1.{z}. other.{z}. 99 1 2 3 4
send
""",
    "later serial": """\
update add {z} 600 SOA ns1.{z}. other.{z}. 500 7200 900 1209600 60
send
""",
    "two messages and a rest": """\
prereq nxdomain one.{z}
prereq yxrrset www.{z} A 192.0.2.11
prereq yxrrset www.{z} A 192.0.2.10
update add one.{z} 60 A 192.0.2.1

prereq yxdomain one.{z}
prereq nxrrset one.{z} MX
prereq yxrrset one.{z} A
update add two.{z} 60 A 192.0.2.1
update delete one.{z}
send
update add three.{z} 60 A 192.0.2.1
""",
}

REFUSED = {
    "name in use": "prereq nxdomain www.{z}\nupdate delete www.{z}\nsend\n",
    "name not in use": "prereq yxdomain free.{z}\nupdate delete www.{z}\nsend\n",
    "set exists": "prereq nxrrset www.{z} A\nupdate delete www.{z}\nsend\n",
    "set absent": "prereq yxrrset www.{z} MX\nupdate delete www.{z}\nsend\n",
    "set differs": "prereq yxrrset www.{z} A 192.0.2.10\nupdate delete www.{z}\nsend\n",
    "out of zone": "update delete www.{z}\nupdate add www.other.test 60 A 192.0.2.1\nsend\n",
    "no TTL": "update add a.{z} A 192.0.2.1\nsend\n",
    "comment": "update add a.{z} 60 A 192.0.2.1 ; comment\nsend\n",
    "no command": "# comment\nupdate delete www.{z}\nsend\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, dict[str, str]]]:
    """A BIND with one zone for each script, so that they do not meet."""
    require("nsupdate")
    folder = tmp_path_factory.mktemp("bind")
    zones = {}
    for number, case in enumerate([*SCRIPTS, *REFUSED, "wire"]):
        zones[case] = f"z{number}.{APEX}"
        (folder / f"{zones[case]}.zone").write_text(ZONE)
    files = {apex: folder / f"{apex}.zone" for apex in zones.values()}
    with bind(folder / "server", files, updates=True) as running:
        yield running, zones


def content(server: DnsServer, apex: str) -> dict[Key, RecordSet]:
    records = transfer(Server("127.0.0.1", server.port), apex, None, DEFAULT_LIMITS)
    return dict(pack(records, apex, "")[0])


def without_serial(zone: dict[Key, RecordSet], apex: str) -> dict[Key, RecordSet]:
    soa = zone[apex, "SOA"]
    fields = soa.rdatas[0].split(" ")
    return {**zone, (apex, "SOA"): RecordSet(soa.ttl, (" ".join(fields[:2] + fields[3:]),))}


def send(server: DnsServer, apex: str, script: str) -> int:
    text = f"server 127.0.0.1 {server.port}\nzone {apex}\ncheck-names off\n{script}"
    command = [require("nsupdate"), "-y", f"hmac-sha256:{KEY_NAME}:{KEY_SECRET}"]
    return subprocess.run(
        command, input=text.encode(), capture_output=True, check=False, timeout=60
    ).returncode


def ours(before: dict[Key, RecordSet], apex: str, found: Submission) -> dict[Key, RecordSet]:
    result = resolve(found, Held({apex: before}))
    return overlay(before, result.edits)


@pytest.mark.parametrize("case", sorted(SCRIPTS))
def test_the_same_result_as_nsupdate(server: tuple[DnsServer, dict[str, str]], case: str) -> None:
    running, zones = server
    apex = zones[case]
    script = SCRIPTS[case].replace("{z}", apex)
    before = content(running, apex)
    assert send(running, apex, script) == 0
    after = content(running, apex)
    assert after != before
    expected = ours(before, apex, parse_nsupdate(f"zone {apex}\n{script}".encode(), case))
    assert without_serial(expected, apex) == without_serial(after, apex)


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_both_refuse(server: tuple[DnsServer, dict[str, str]], case: str) -> None:
    running, zones = server
    apex = zones[case]
    script = REFUSED[case].replace("{z}", apex)
    before = content(running, apex)
    assert send(running, apex, script) != 0
    assert content(running, apex) == before
    with pytest.raises(InputError):
        ours(before, apex, parse_nsupdate(f"zone {apex}\n{script}".encode(), case))


def test_the_message_in_wire_form_says_what_the_server_does(
    server: tuple[DnsServer, dict[str, str]],
) -> None:
    running, zones = server
    apex = zones["wire"]
    update = dns.update.UpdateMessage(apex)
    update.present("www", "A", "192.0.2.10")
    update.present("www", "A", "192.0.2.11")
    update.absent("free")
    update.add("new", 60, "A", "192.0.2.5")
    update.replace("txt", 30, "TXT", '"three"')
    update.delete("www", "A", "192.0.2.10")
    update.delete("alias")
    update.use_tsig(dns.tsig.Key(KEY_NAME, KEY_SECRET, "hmac-sha256"))
    before = content(running, apex)
    answer = dns.query.tcp(update, "127.0.0.1", port=running.port, timeout=10)
    assert answer.rcode() == 0
    found = parse_update(update.to_wire(), "wire")
    after = content(running, apex)
    assert without_serial(ours(before, apex, found), apex) == without_serial(after, apex)
    assert [r.message for r in found.remarks] == [
        "the message is signed with TSIG, which is not verified"
    ]
