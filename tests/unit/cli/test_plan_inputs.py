"""``trustpath plan`` from each form of input: the same change is judged the same, and bad input is refused."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dns.update
import pytest
import yaml
from jsonschema import Draft202012Validator

from commandline import Ran, trustpath
from peers import require
from trustpath.workflow.gate.document import json_schema

Capture = pytest.CaptureFixture[str]
NOW = ("--now", "2026-11-24T12:00:00Z")
VALID = Draft202012Validator(json.loads(json_schema()))
RECORDS = {
    ("", "SOA"): ["ns.example.com. hostmaster.example.com. 1 7200 900 1209600 300"],
    ("", "NS"): ["ns.example.com."],
    ("", "CAA"): ['0 issue "letsencrypt.org"'],
    ("ns", "A"): ["192.0.2.53"],
    ("www", "A"): ["192.0.2.10"],
}
Change = tuple[str, str, list[str]]
# Outside of the service's network; a way to validate; nothing that trust depends on.
CHANGES: dict[str, tuple[Change, int]] = {
    "deny": (("www", "A", ["203.0.113.7"]), 3),
    "hold": (("_acme-challenge.www", "TXT", ['"token"']), 4),
    "allow": (("note", "TXT", ['"hello"']), 0),
}


def zone_text(*changes: Change) -> str:
    """Return the zone as a master file."""
    held = RECORDS | {(name, kind): rdatas for name, kind, rdatas in changes}
    lines = [f"{n or '@'} IN {t} {text}" for (n, t), texts in held.items() for text in texts]
    return "\n".join(["$ORIGIN example.com.", "$TTL 3600", *lines, ""])


def octodns_text(*changes: Change) -> str:
    """Return the zone as octoDNS writes it."""
    held = RECORDS | {(name, kind): rdatas for name, kind, rdatas in changes}
    found: dict[str, list[dict[str, Any]]] = {}
    for (name, kind), texts in held.items():
        if kind == "SOA":
            continue
        values: list[Any] = [text.strip('"') for text in texts]
        if kind == "CAA":
            values = [{"flags": 0, "tag": "issue", "value": text.split('"')[1]} for text in texts]
        found.setdefault(name, []).append({"type": kind, "ttl": 3600, "values": values})
    return yaml.safe_dump(found)


def estate(folder: Path, zone: str = "example.com.zone", kind: str = "zonefile") -> Path:
    """Write an estate with one service, one job and one owner."""
    path = folder / "estate.yaml"
    document = {
        "organisation": {"name": "Example", "domains": ["example.com"]},
        "owners": [{"id": o, "contacts": [f"mailto:{o}@example.com"]} for o in ("dns", "web")],
        "ownership": [{"kind": "zone", "pattern": "example.com", "owner": "dns"}],
        "agreements": [{"name": "www.example.com", "owner": "web", "other": "dns"}],
        "services": [
            {"id": "site", "owner": "web", "tier": "public", "names": ["www.example.com"]}
            | {"networks": ["192.0.2.0/24"], "ports": [443], "cas": ["le"]}
        ],
        "cas": [{"id": "le", "caa": ["letsencrypt.org"], "acme": True}],
        "jobs": [{"id": "site", "service": "site", "ca": "le", "names": ["www.example.com"]}],
        "sources": [{"id": "zones", "kind": kind, "path": zone}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture
def bed(tmp_path: Path) -> Path:
    """Return a folder with an estate and its zone."""
    (tmp_path / "example.com.zone").write_text(zone_text())
    estate(tmp_path)
    return tmp_path


def as_dns(folder: Path, change: Change) -> list[str]:
    path = folder / "new.zone"
    path.write_text(zone_text(change))
    return ["--dns", f"example.com={path}"]


def as_octodns(folder: Path, change: Change) -> list[str]:
    path = folder / "config"
    path.mkdir(exist_ok=True)
    (path / "example.com.yaml").write_text(octodns_text(change))
    return ["--octodns", str(path)]


def as_nsupdate(folder: Path, change: Change) -> list[str]:
    name, kind, rdatas = change
    lines = [f"update add {name}.example.com 3600 {kind} {text}" for text in rdatas]
    path = folder / "script.txt"
    path.write_text(
        "\n".join(
            ["zone example.com", f"update delete {name}.example.com {kind}", *lines, "send\n"]
        )
    )
    return ["--nsupdate", str(path)]


def as_update(folder: Path, change: Change) -> list[str]:
    name, kind, rdatas = change
    message = dns.update.UpdateMessage("example.com")
    message.replace(name, 3600, kind, *rdatas)
    path = folder / "update.bin"
    path.write_bytes(message.to_wire())
    return ["--update", str(path)]


def as_terraform(folder: Path, change: Change) -> list[str]:
    name, kind, rdatas = change
    values = {
        "name": f"{name}.example.com.",
        "managed_zone": "main",
        "type": kind,
        "ttl": 3600,
        "rrdatas": rdatas,
    }
    zone = {"name": "main", "dns_name": "example.com."}
    detail = {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}
    document = {
        "format_version": "1.2",
        "prior_state": {
            "values": {
                "root_module": {"resources": [{"type": "google_dns_managed_zone", "values": zone}]}
            }
        },
        "resource_changes": [
            {
                "address": "module.dns.google_dns_record_set.it[0]",
                "mode": "managed",
                "type": "google_dns_record_set",
                "change": detail,
            }
        ],
    }
    path = folder / "plan.json"
    path.write_text(json.dumps(document))
    return ["--terraform", str(path)]


Writer = Callable[[Path, Change], list[str]]
WRITERS: dict[str, Writer] = {
    "dns": as_dns,
    "octodns": as_octodns,
    "nsupdate": as_nsupdate,
    "update": as_update,
    "terraform": as_terraform,
}
PLACES = {
    "dns": ("new.zone", None),
    "octodns": ("config/example.com.yaml", None),
    "nsupdate": ("script.txt", 3),
    "update": ("update.bin", None),
    "terraform": ("plan.json", None),
}


def plan(capsys: Capture, folder: Path, *options: str, form: str = "json") -> Ran:
    ran = trustpath(capsys, "plan", "-e", folder / "estate.yaml", "--format", form, *NOW, *options)
    if form == "json" and ran.out:
        VALID.validate(ran.document)
    return ran


@pytest.mark.parametrize("verdict", CHANGES)
def test_the_same_change_has_the_same_verdict_in_every_form(
    verdict: str, bed: Path, capsys: Capture
) -> None:
    change, code = CHANGES[verdict]
    before = (bed / "example.com.zone").read_bytes()
    found = {}
    for kind, write in WRITERS.items():
        ran = plan(capsys, bed, *write(bed, change))
        found[kind] = ran.document
        assert (ran.code, ran.document["verdict"]) == (code, verdict), ran.document["reasons"]
        (edit,) = ran.document["changes"]
        assert (edit["zone"], edit["name"], edit["type"]) == (
            "example.com",
            f"{change[0]}.example.com",
            change[1],
        )
        assert edit["after"] == {"ttl": 3600, "records": change[2]}
    # One change is one plan, in whatever form it came.
    assert len({document["digest"] for document in found.values()}) == 1
    assert all(document["impact"] == found["dns"]["impact"] for document in found.values())
    assert (bed / "example.com.zone").read_bytes() == before
    assert not list(bed.glob("*.db")), "nothing is kept"


@pytest.mark.parametrize("kind", WRITERS)
def test_a_result_names_the_place_in_the_input(kind: str, bed: Path, capsys: Capture) -> None:
    ran = plan(capsys, bed, *WRITERS[kind](bed, CHANGES["deny"][0]), form="sarif")
    assert ran.code == 3
    (run,) = ran.document["runs"]
    assert run["properties"]["verdict"] == "deny"
    (result,) = [r for r in run["results"] if r["ruleId"] == "BIND-004"]
    (at,) = result["locations"]
    file, line = PLACES[kind]
    assert at["physicalLocation"]["artifactLocation"]["uri"] == (bed / file).as_uri()
    assert at["physicalLocation"].get("region", {}).get("startLine") == line
    logical = [item["fullyQualifiedName"] for item in at["logicalLocations"]]
    assert logical[0] == "www.example.com"
    assert ("module.dns.google_dns_record_set.it[0]" in logical) == (kind == "terraform")


def test_approvals_taken_elsewhere_are_listed_and_hold_nothing(bed: Path, capsys: Capture) -> None:
    given = as_dns(bed, CHANGES["hold"][0])
    held, taken = plan(capsys, bed, *given), plan(capsys, bed, *given, "--assume-approved")
    assert (held.code, taken.code) == (4, 0)
    assert held.document["approvals"] == taken.document["approvals"] != []


def test_a_place_that_probing_does_not_reach_is_named(bed: Path, capsys: Capture) -> None:
    moved = ("spare", "A", ["198.51.100.9"])
    ran = plan(capsys, bed, *as_nsupdate(bed, moved), "--probe", "--assume-approved")
    (problem,) = [p for p in ran.document["problems"] if "198.51.100.9" in p["where"]]
    assert "spare.example.com" in problem["message"]
    assert "allows no probe" in problem["message"]
    assert problem["hint"]


# -- git ------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", "-C", str(folder), *settings, *arguments],
        check=True,
        capture_output=True,
        env=environment,
    )


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")


@pytest.fixture(params=["zone files", "octoDNS"])
def repository(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Callable[..., None]]:
    """Return a repository with an estate and its zones, and what writes a new version of them."""
    require("git")
    git(tmp_path, "init", "-q", "-b", "main")
    folder = tmp_path / "zones"
    folder.mkdir()
    if request.param == "octoDNS":
        file, write, kind = folder / "example.com.yaml", octodns_text, "octodns"
    else:
        file, write, kind = folder / "example.com.zone", zone_text, "zonefile"

    def written(*changes: Change) -> None:
        file.write_text(write(*changes))

    written()
    estate(tmp_path, "zones", kind)
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path, written


@pytest.mark.parametrize("verdict", CHANGES)
def test_a_range_of_git(
    verdict: str, repository: tuple[Path, Callable[..., None]], capsys: Capture
) -> None:
    folder, write = repository
    change, code = CHANGES[verdict]
    write(change)
    # The estate is a file of the repository too, and changes in the same commit.
    path = folder / "estate.yaml"
    path.write_text(path.read_text() + "# a remark\n")
    commit(folder)
    ran = plan(capsys, folder, "--git", "HEAD~1..HEAD:zones")
    assert (ran.code, ran.document["verdict"]) == (code, verdict), ran.document["reasons"]
    (edit,) = ran.document["changes"]
    assert (edit["name"], edit["after"]["records"]) == (f"{change[0]}.example.com", change[2])
    log = plan(capsys, folder, "--git", "HEAD~1..HEAD:zones", form="sarif").document
    for result in log["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith("zones/example.com."), "as the repository names it"
    back = plan(capsys, folder, "--git", "HEAD..HEAD:zones")
    assert (back.code, back.document["changes"]) == (0, [])


def test_a_range_over_the_whole_repository_holds_for_the_estate_file(
    repository: tuple[Path, Callable[..., None]], capsys: Capture
) -> None:
    folder, write = repository
    write(CHANGES["allow"][0])
    path = folder / "estate.yaml"
    path.write_text(path.read_text() + "# a remark\n")
    commit(folder)
    ran = plan(capsys, folder, "--git", "HEAD~1..HEAD", "--assume-approved")
    assert ran.code == 4, "what is no zone is not passed over"
    problems = [(p["where"], p["message"]) for p in ran.document["problems"]]
    assert [where for where, _ in problems] == ["estate.yaml at HEAD~1", "estate.yaml at HEAD"]
    assert all("is not judged" in message for _, message in problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HEAD", "is no range"),
        ("HEAD~9..HEAD", "HEAD~9"),
        ("HEAD..nowhere", "nowhere"),
        ("HEAD..HEAD:nothing", "no files there"),
        ("HEAD..HEAD:../..", "outside of the repository"),
        ("--output=x..HEAD", "--output"),
    ],
    ids=["no range", "no base", "no head", "no path", "outside", "an option"],
)
def test_a_bad_range(
    text: str, said: str, repository: tuple[Path, Callable[..., None]], capsys: Capture
) -> None:
    folder, _ = repository
    ran = plan(capsys, folder, f"--git={text}")
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert not (folder / "x").exists()


# -- certificate events ---------------------------------------------------------------------------

EVENTS = {
    "renew": ("{kind: renew, job: site}", 0),
    "first issue": ("{kind: issue, names: [new.example.com], ca: le}", 4),
    "other CA": ("{kind: change-ca, job: site, ca: unheard}", None),
    "retire": ("{kind: retire, service: site}", 4),
}


@pytest.mark.parametrize("case", EVENTS)
def test_an_event(case: str, bed: Path, capsys: Capture) -> None:
    text, code = EVENTS[case]
    path = bed / "events.yaml"
    path.write_text(f"events:\n  - {text}\n")
    ran = plan(capsys, bed, "--cert-event", str(path))
    if code is not None:
        assert ran.code == code, ran.document["reasons"]
    (event,) = ran.document["changes"]
    assert event["kind"] == text.split()[1].rstrip(",")
    if case == "retire":
        asked = {(a["role"], a["owner"]) for a in ran.document["approvals"]}
        assert asked == {("service", "web"), ("record", "dns"), ("certificate", "web")}
        assert ran.document["rollback"]["verdict"] == "deny"
        assert "cannot be taken back" in ran.document["rollback"]["reason"]


# -- what is refused ------------------------------------------------------------------------------

BAD: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "zone file without SOA": ("--dns", b"www IN A 192.0.2.1\n", ("bad.txt", "zone file")),
    "zone file, bad line": (
        "--dns",
        (zone_text() + "www IN A 192.0.2.999\n").encode(),
        ("bad.txt", ":8"),
    ),
    "script, unknown word": ("--nsupdate", b"zone example.com\nupdate burn x\n", ("bad.txt:2",)),
    "script, bad data": (
        "--nsupdate",
        b"update add www.example.com 60 A 1.2.3\nsend\n",
        ("bad.txt:1",),
    ),
    "script, outside of its zone": (
        "--nsupdate",
        b"zone example.com\nupdate add www.example.net 60 A 192.0.2.1\nsend\n",
        ("www.example.net", "example.com"),
    ),
    "script, prerequisite that does not hold": (
        "--nsupdate",
        b"prereq nxdomain www.example.com\nupdate add www.example.com 60 A 192.0.2.1\nsend\n",
        ("bad.txt:1", "prerequisite"),
    ),
    "message, no DNS": ("--update", b"hello", ("bad.txt",)),
    "message, a query": ("--update", dns.message.make_query("a.", "A").to_wire(), ("bad.txt",)),
    "Terraform, no JSON": ("--terraform", b'{\n"format_version": }', ("bad.txt:2",)),
    "Terraform, a state": ("--terraform", b'{"version": 4, "resources": []}', ("bad.txt",)),
    "events, unknown kind": (
        "--cert-event",
        b"events:\n  - {kind: steal}\n",
        ("bad.txt:2", "steal"),
    ),
    "events, no such job": (
        "--cert-event",
        b"events:\n  - {kind: renew, job: none}\n",
        ("bad.txt:2", "'none'"),
    ),
    "events, no YAML": ("--cert-event", b"events: [\n", ("bad.txt",)),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_an_error_that_says_where(case: str, bed: Path, capsys: Capture) -> None:
    option, data, said = BAD[case]
    path = bed / "bad.txt"
    path.write_bytes(data)
    ran = plan(capsys, bed, option, f"example.com={path}" if option == "--dns" else str(path))
    assert (ran.code, ran.out) == (1, ""), ran.err
    for words in said:
        assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_bad_octodns_folder(bed: Path, capsys: Capture) -> None:
    folder = bed / "config"
    folder.mkdir()
    (folder / "example.com.yaml").write_text("www:\n  type: A\n  value: 192.0.2.999\n")
    ran = plan(capsys, bed, "--octodns", str(folder))
    assert (ran.code, ran.out) == (1, "")
    assert "example.com.yaml" in ran.err
    ran = plan(capsys, bed, "--octodns", str(bed / "nothing"))
    assert (ran.code, ran.out) == (1, "")
    assert "nothing" in ran.err


@pytest.mark.parametrize("kind", [*WRITERS, "cert-event"])
def test_a_file_that_is_not_there(kind: str, bed: Path, capsys: Capture) -> None:
    ran = plan(capsys, bed, f"--{kind}", str(bed / "missing"))
    assert (ran.code, ran.out) == (1, "")
    assert "missing" in ran.err


def test_one_input_and_only_one(bed: Path, capsys: Capture) -> None:
    change = CHANGES["allow"][0]
    both = plan(capsys, bed, *as_dns(bed, change), *as_nsupdate(bed, change))
    none = plan(capsys, bed)
    assert (both.code, none.code) == (2, 2)
    assert "one input" in both.err
    assert "one input" in none.err


def test_what_the_estate_does_not_hold_is_never_allowed(bed: Path, capsys: Capture) -> None:
    path = bed / "elsewhere.txt"
    path.write_text("update add www.example.net 60 A 192.0.2.1\nsend\n")
    ran = plan(capsys, bed, "--nsupdate", str(path), "--assume-approved", "--accept-unknown")
    assert (ran.code, ran.document["verdict"]) == (4, "hold")
    (problem,) = ran.document["problems"]
    assert problem["where"].endswith("elsewhere.txt:1")


@pytest.mark.parametrize("options", [("--format", "csv"), ("--nonsense",)], ids=" ".join)
def test_a_wrong_option(options: tuple[str, ...], bed: Path, capsys: Capture) -> None:
    ran = trustpath(capsys, "plan", "-e", bed / "estate.yaml", *options)
    assert (ran.code, ran.out) == (2, "")
