"""Whole zones from zone files and octoDNS folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from proposals import EXAMPLE, Held
from trustpath.app.proposals import MASTERS, octodns
from trustpath.base.errors import InputError, NameSyntaxError
from trustpath.connectors.proposals import read_octodns, read_zonefiles, split_zone
from trustpath.facts.edits import RecordSet
from trustpath.facts.proposal import resolve

ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 11 7200 900 1209600 300
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
www A 192.0.2.10
www A 192.0.2.12
alias CNAME www
txt 60 TXT "one"
txt 60 TXT "two"
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_new_version_of_a_zone_file(tmp_path: Path) -> None:
    path = write(tmp_path / "example.test.zone", ZONE)
    found = read_zonefiles([(path, None)], MASTERS)
    (version,) = found.versions
    assert (version.apex, version.base, version.where) == ("example.test", None, str(path))
    edits = resolve(found, Held({"example.test": EXAMPLE})).edits
    assert [(e.name, e.type) for e in edits] == [("example.test", "SOA"), ("www.example.test", "A")]
    assert edits[1].after == RecordSet(300, ("192.0.2.10", "192.0.2.12"))


def test_the_zone_may_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "new-version", ZONE)
    named = split_zone(f"Example.test={path}")
    assert named == (path, "example.test")
    assert split_zone(str(path)) == (path, None)
    assert read_zonefiles([named], MASTERS).versions[0].apex == "example.test"
    odd = write(tmp_path / "a=b.zone", "")
    assert split_zone(str(odd)) == (odd, None)
    long = "f" * 250
    assert split_zone(f"example.test={long}") == (Path(long), "example.test")
    with pytest.raises(NameSyntaxError):
        split_zone("a..b=file")


@pytest.mark.parametrize(
    ("text", "zone", "message", "line"),
    [
        (ZONE + "bad A 300.0.0.1\n", None, "cannot be read whole", 12),
        (ZONE + "bad NOPE x\nworse A y\n", None, "and 1 more problem", 12),
        ("$ORIGIN example.test.\n" + ZONE, "other.test", "the SOA is at", None),
        ("$ORIGIN other.test.\nwww 60 A 192.0.2.1\n", None, "no SOA record, so it may", None),
        ("$ORIGIN a.test.\n$TTL 1\n@ SOA a b 1 2 3 4 5\n$ORIGIN b.test.\n@ SOA a b 1 2 3 4 5\n", None, "SOA records of", None),
        ("", "example.test", "no zone file", None),
    ],
    ids=["record", "two records", "other zone", "no SOA", "two zones", "empty"],
)  # fmt: skip
def test_half_a_zone_is_refused(
    tmp_path: Path, text: str, zone: str | None, message: str, line: int | None
) -> None:
    path = write(tmp_path / "example.test.zone", text)
    with pytest.raises(InputError) as caught:
        read_zonefiles([(path, zone)], MASTERS)
    assert message in caught.value.message
    assert caught.value.where == (f"{path}:{line}" if line else str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_zonefiles([(tmp_path / "absent.zone", None)], MASTERS)


def test_what_servers_refuse_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "example.test.zone", ZONE + 'alias TXT "x"\nout.other. A 192.0.2.1\n')
    messages = [p.message for p in read_zonefiles([(path, None)], MASTERS).problems]
    assert any("CNAME and other data" in message for message in messages)
    assert any("outside of the zone" in message for message in messages)


def test_an_unsigned_file_keeps_the_signatures_of_the_server(tmp_path: Path) -> None:
    path = write(tmp_path / "example.test.zone", ZONE)
    served = dict(EXAMPLE)
    served["www.example.test", "RRSIG"] = RecordSet(300, ("x",))
    served["example.test", "DNSKEY"] = RecordSet(300, ("257 3 13 AAAA",))
    found = resolve(read_zonefiles([(path, None)], MASTERS), Held({"example.test": served}))
    assert {e.type for e in found.edits} == {"SOA", "A"}
    assert "made by the server" in found.remarks[0].message


def test_an_octodns_folder(tmp_path: Path) -> None:
    write(
        tmp_path / "example.test.yaml",
        "www: {type: A, ttl: 300, values: [192.0.2.10, 192.0.2.12]}\n"
        "alias: {type: CNAME, ttl: 300, value: www.example.test.}\n"
        "ns1: {type: A, ttl: 300, value: 192.0.2.1}\nns2: {type: A, ttl: 300, value: 192.0.2.2}\n"
        "txt: {type: TXT, ttl: 60, values: [one, two]}\n",
    )
    write(
        tmp_path / "broken.test.yaml",
        "www: {type: A, value: 300.0.0.1}\nok: {type: A, value: 192.0.2.1}\n",
    )
    write(tmp_path / "notes.test.yaml", "- no zone\n")
    found = read_octodns(tmp_path, octodns)
    assert [version.apex for version in found.versions] == ["example.test"]
    problems = [str(problem) for problem in found.problems]
    assert len(problems) == 3
    assert any("broken.test is not judged" in p and "broken.test.yaml:1" in p for p in problems)
    assert all("notes.test" in p for p in problems[1:])
    edits = resolve(found, Held({"example.test": EXAMPLE})).edits
    assert [(e.name, e.type, e.added, e.removed) for e in edits] == [
        ("www.example.test", "A", ("192.0.2.12",), ("192.0.2.11",))
    ]


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_folder_without_zones(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        read_octodns(tmp_path / name, octodns)
