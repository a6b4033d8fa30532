"""Zones that come, go or are mended in a proposal, by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from commandline import Ran, trustpath
from trustpath.facts.edits import RecordSet, ends, record_set

Capture = pytest.CaptureFixture[str]
NS = {"type": "NS", "values": ["ns1.example.com.", "ns2.example.com."]}
PARENT = {
    "": [NS],
    "ns1": {"type": "A", "value": "192.0.2.1"},
    "ns2": {"type": "A", "value": "192.0.2.2"},
    "www": {"type": "A", "value": "192.0.2.10"},
    "shop": NS,
    "aaa": NS,
}
CHILD = {"": [NS], "www": {"type": "A", "value": "192.0.2.20"}}
ESTATE = {
    "organisation": {"name": "Example"},
    "owners": [{"id": "web", "contacts": ["mailto:web@example.com"]}],
    "ownership": [
        {"kind": kind, "pattern": pattern, "owner": "web"}
        for kind in ("record", "zone", "certificate")
        for pattern in ("example.com", "*.example.com", "*")
    ],
    "services": [
        {"id": "shop", "owner": "web", "tier": "internal", "names": ["www.shop.example.com"]}
    ],
    "store": "sqlite:///state.db",
    "actors": [
        {
            "id": "ann",
            "owner": "web",
            "roles": ["requester", "approver"],
            "scopes": ["*.example.com", "example.com"],
        }
    ],
}


def write(folder: Path, zones: dict[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for apex, content in zones.items():
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        (folder / f"{apex}.yaml").write_text(text)
    return folder


def zones(*left_out: str) -> dict[str, object]:
    parent = {
        label: value for label, value in PARENT.items() if f"{label}.example.com" not in left_out
    }
    found = {"example.com": parent, "shop.example.com": CHILD, "aaa.example.com": CHILD}
    return {apex: content for apex, content in found.items() if apex not in left_out}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return made(tmp_path, zones())


def made(folder: Path, held: dict[str, object], **source: object) -> Path:
    write(folder / "zones", held)
    described = {"id": "zones", "kind": "octodns", "path": "zones", **source}
    path = folder / "estate.yaml"
    path.write_text(yaml.safe_dump({**ESTATE, "sources": [described]}))
    return path


def plan(capsys: Capture, estate: Path, proposed: dict[str, object], *options: str) -> Ran:
    folder = write(estate.parent / "proposed", proposed)
    return trustpath(
        capsys, "plan", "-e", estate, "--assume-approved", "--octodns", folder, *options
    )


def json(capsys: Capture, estate: Path, proposed: dict[str, object], *options: str) -> Ran:
    return plan(capsys, estate, proposed, "--format", "json", *options)


def without(*apexes: str) -> dict[str, object]:
    return {apex: content for apex, content in zones().items() if apex not in apexes}


def test_a_zone_that_is_not_in_the_folder_is_said(capsys: Capture, estate: Path) -> None:
    ran = plan(capsys, estate, without("aaa.example.com"))
    assert "nothing changes" not in ran.out
    assert "1 zone of the estate is not in the folder" in ran.out
    assert "aaa.example.com" in ran.out
    assert ran.code == 0


def test_the_same_folder_changes_nothing(capsys: Capture, estate: Path) -> None:
    ran = plan(capsys, estate, zones())
    assert (ran.code, "nothing changes" in ran.out) == (0, True)


def test_a_zone_file_says_nothing_of_other_zones(capsys: Capture, estate: Path) -> None:
    file = write(estate.parent / "proposed", zones()) / "example.com.yaml"
    ran = trustpath(capsys, "plan", "-e", estate, "--octodns", file)
    assert (ran.code, "not in the folder" in ran.out) == (0, False)


@pytest.mark.parametrize("by", ["option", "source"])
def test_a_whole_folder_takes_zones_away(capsys: Capture, tmp_path: Path, by: str) -> None:
    estate = made(tmp_path, zones(), **({"whole": True} if by == "source" else {}))
    options = ["--whole"] if by == "option" else []
    ran = json(capsys, estate, without("aaa.example.com"), *options)
    gone = {(c["name"], c["type"]) for c in ran.document["changes"] if c["action"] == "remove"}
    assert gone == {("aaa.example.com", "NS"), ("www.aaa.example.com", "A")}
    assert ran.code == 3  # the delegation stays and leads to nobody
    assert [i["rule"] for i in ran.document["impact"] if i["after"] == "critical"] == ["DANGLE-011"]


def test_an_unreadable_zone_of_the_folder_is_not_taken_away(capsys: Capture, estate: Path) -> None:
    ran = json(
        capsys, estate, {**zones(), "aaa.example.com": "www: {type: A, value: x}\n"}, "--whole"
    )
    assert (ran.code, ran.document["changes"]) == (4, [])


@pytest.mark.parametrize(
    "text",
    ["www: {type: A, value: [\n", "www: {type: TXT, value: a}\nwww: {type: TXT, value: b}\n"],
)
def test_of_a_file_that_cannot_be_parsed_nothing_is_applied(
    capsys: Capture, estate: Path, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    proposed = {**zones(), "aaa.example.com": text}
    ran = json(capsys, estate, proposed)
    assert (ran.code, ran.document["verdict"]) == (3, "deny")
    assert ran.document["reasons"][0] == (
        "aaa.example.com cannot be read, nothing of it was judged"
    )
    for form in ("table", "markdown"):
        shown = plan(capsys, estate, proposed, "--format", form)
        assert "othing changes" not in shown.out
        assert "cannot be read, nothing of it was judged" in shown.out
    # What the estate cannot read either is no part of the change.
    held = made(tmp_path_factory.mktemp("again"), proposed)
    assert json(capsys, held, proposed).document["verdict"] == "hold"


def test_whole_needs_a_folder(capsys: Capture, estate: Path) -> None:
    script = estate.parent / "u"
    script.write_text("zone example.com\nupdate delete www.example.com A\nsend\n")
    ran = trustpath(capsys, "plan", "-e", estate, "--nsupdate", script, "--whole")
    assert (ran.code, "no folder of zones" in ran.err) == (2, True)


def test_zone_and_delegation_together_are_a_retirement(capsys: Capture, estate: Path) -> None:
    ran = json(capsys, estate, zones("aaa.example.com"), "--whole")
    said = ran.document
    assert not [i for i in said["impact"] if i["after"] in ("high", "critical")]
    assert (ran.code, said["verdict"]) == (0, "warn")
    assert next(change["zone"] for change in said["changes"]) == "example.com"
    assert [change["zone"] for change in said["changes"]][-1] == "aaa.example.com"
    assert any("aaa.example.com is retired" in reason for reason in said["reasons"])


def test_a_zone_in_use_does_not_go(capsys: Capture, estate: Path) -> None:
    ran = json(capsys, estate, zones("shop.example.com"), "--whole")
    assert ran.code == 4
    assert any("service shop still has www.shop.example.com" in r for r in ran.document["reasons"])


def test_a_delegation_taken_back_alone_is_not_called_lame(capsys: Capture, estate: Path) -> None:
    ran = json(capsys, estate, {**zones(), "example.com": zones("aaa.example.com")["example.com"]})
    (found,) = [i for i in ran.document["impact"] if i["subject"] == "aaa.example.com"]
    assert (found["rule"], found["after"]) == ("DANGLE-004", "critical")
    assert "lame" not in found["title"].lower()


def test_a_new_zone_is_an_addition_that_can_be_filed(capsys: Capture, tmp_path: Path) -> None:
    estate = made(tmp_path, zones("aaa.example.com"))
    ran = json(capsys, estate, zones())
    said = ran.document
    assert [c["zone"] for c in said["changes"]] == ["aaa.example.com"] * 2 + ["example.com"]
    assert {c["action"] for c in said["changes"]} == {"add"}
    assert not [i for i in said["impact"] if i["after"] in ("high", "critical")]
    filed = trustpath(
        capsys, "change", "propose", "-e", estate, "--actor", "ann", "--octodns", tmp_path / "proposed"
    )  # fmt: skip
    assert filed.code in (0, 4), filed.err
    shown = trustpath(capsys, "change", "show", "-e", estate, filed.out.split()[0])
    assert "aaa.example.com" in shown.out


def test_a_zone_file_of_a_new_zone(capsys: Capture, estate: Path) -> None:
    file = estate.parent / "new.example.com.zone"
    file.write_text(
        "$TTL 300\n@ SOA ns1.example.com. h.example.com. 1 7200 900 1209600 300\n"
        "@ NS ns1.example.com.\nwww A 192.0.2.30\n"
    )
    ran = trustpath(
        capsys, "plan", "-e", estate, "--assume-approved", "--dns", file, "--format", "json"
    )
    assert [c["action"] for c in ran.document["changes"]] == ["add"] * 3
    assert ran.code in (0, 4)


BROKEN = "'': [{type: NS, values: [ns1.example.com.]}]\nwww: {type: A, value: 192.0.2.20}\n"


@pytest.mark.parametrize(
    "held",
    [
        BROKEN + "bad: {type: A, value: 300.0.0.1}\n",
        "www: {type: A, value: 192.0.2.20\n",
        "www: {type: A, value: 192.0.2.20}\n",
        BROKEN + "sub: {type: NS, value: ns1.example.com.}\nx.sub: {type: A, value: 192.0.2.7}\n",
    ],
    ids=["record", "file", "apex", "occluded"],
)
def test_a_repair_is_not_denied_for_the_old_fault(
    capsys: Capture, tmp_path: Path, held: str
) -> None:
    estate = made(tmp_path, {**zones(), "aaa.example.com": held})
    ran = json(capsys, estate, zones())
    assert ran.code in (0, 4), ran.err
    assert ran.document["changes"]
    assert not [i for i in ran.document["impact"] if i["after"] in ("high", "critical")]


def test_a_cut_that_goes_and_a_name_taken_from_a_wildcard_are_told(
    capsys: Capture, tmp_path: Path
) -> None:
    held = {**PARENT, "far": {"type": "NS", "value": "ns.example.net."}, "*.apps": {"type": "A", "value": "192.0.2.9"}}  # fmt: skip
    estate = made(tmp_path, {**zones(), "example.com": held})
    moved = {label: value for label, value in held.items() if label != "far"}
    moved["one.apps"] = {"type": "TXT", "value": "x"}
    moved["_acme-challenge.two.apps"] = {"type": "TXT", "value": "x"}
    ran = json(capsys, estate, {**zones(), "example.com": moved})
    reasons = " ".join(ran.document["reasons"])
    assert "the delegation of far.example.com is removed" in reasons
    assert "no longer applies to it (RFC 4592); it no longer has A" in reasons
    assert "two.apps.example.com now exists, so *.apps.example.com no longer applies" in reasons
    assert ran.document["verdict"] != "allow"


def test_what_was_wrong_in_an_unreadable_zone_is_no_denial(capsys: Capture, tmp_path: Path) -> None:
    dangling = {**CHILD, "x": {"type": "CNAME", "value": "gone.aaa.example.com."}}
    proposed = {**zones(), "aaa.example.com": dangling}
    new = json(capsys, made(tmp_path, zones("aaa.example.com")), proposed)
    grave = [i["rule"] for i in new.document["impact"] if i["after"] in ("high", "critical")]
    assert (new.code, bool(grave)) == (3, True)
    estate = made(tmp_path, {**zones(), "aaa.example.com": "www: {type: A, value: [\n"})
    mended = json(capsys, estate, proposed)
    assert mended.document["verdict"] == "hold"
    assert {i["rule"] for i in mended.document["impact"]} >= set(grave)
    assert any("may be older" in reason for reason in mended.document["reasons"])
    said = "zone aaa.example.com could not be read before: all of it counts as added"
    assert said in [problem["message"] for problem in mended.document["problems"]]


def test_a_zone_without_its_ns_is_broken_and_not_gone(capsys: Capture, estate: Path) -> None:
    text = "shop.example.com. 300 IN {}\n"
    records = "SOA ns1.example.com. h.example.com. 1 2 3 4 5", "NS ns1.example.com.", "A 192.0.2.8"
    files = estate.parent / "files"
    files.mkdir()
    held, lacking = files / "held.zone", estate.parent / "lacking.zone"
    www = "www.shop.example.com. 300 IN A 192.0.2.20\n"
    held.write_text("".join(text.format(record) for record in records) + www)
    lacking.write_text(held.read_text().replace(text.format(records[1]), ""))
    document = yaml.safe_load(estate.read_text())
    document["sources"] = [{"id": "files", "kind": "zonefile", "path": "files"}]
    estate.write_text(yaml.safe_dump(document))
    ran = trustpath(capsys, "plan", "-e", estate, "--dns", lacking, "--format", "json")
    (gone,) = ran.document["changes"]
    assert (gone["action"], gone["type"]) == ("remove", "NS")
    assert not [reason for reason in ran.document["reasons"] if "the zone goes" in reason]


@pytest.mark.parametrize(
    ("gone", "stays", "left", "ended"),
    [
        (("SOA", "NS"), (), 0, True),
        (("SOA", "NS"), ("A",), 3, True),
        (("NS",), (), 0, True),
        (("NS",), (), 2, False),
        (("SOA",), ("A",), 0, False),
        (("A",), (), 0, False),
    ],
)
def test_when_a_zone_ends(
    gone: tuple[str, ...], stays: tuple[str, ...], left: int, ended: bool
) -> None:
    targets: dict[tuple[str, str], RecordSet | None] = {("e.com", kind): None for kind in gone}
    targets |= {("e.com", kind): record_set(300, ["x"]) for kind in stays}
    assert ends("e.com", targets, left) is ended


def test_a_name_that_loses_its_last_address_is_told(capsys: Capture, tmp_path: Path) -> None:
    held = {**PARENT, "*.apps": {"type": "A", "value": "192.0.2.9"}, "one.apps": {"type": "A", "value": "192.0.2.8"}}  # fmt: skip
    services = [
        {"id": "www", "owner": "web", "tier": "public", "names": ["www.example.com"]},
        {"id": "two", "owner": "web", "tier": "internal", "names": ["two.apps.example.com"]},
    ]
    estate = made(tmp_path, {**zones(), "example.com": held})
    described = yaml.safe_load(estate.read_text())
    estate.write_text(yaml.safe_dump({**described, "services": services}))

    def said(*gone: str) -> tuple[str, str]:
        left = {label: value for label, value in held.items() if label not in gone}
        found = json(capsys, estate, {**zones(), "example.com": left}, "--accept-unknown").document
        return str(found["verdict"]), " ".join(found["reasons"])

    verdict, reasons = said("www")
    assert verdict == "hold"
    assert "www.example.com, which service www uses, will not resolve any more" in reasons
    verdict, reasons = said("one.apps")
    assert verdict == "warn"
    assert "*.apps.example.com answers for one.apps.example.com from now on" in reasons
    verdict, reasons = said("*.apps")
    assert verdict == "warn"
    assert "two.apps.example.com, which service two uses, will not resolve any more" in reasons
    assert "one.apps.example.com" not in reasons


def test_a_contact_for_validation_and_a_subtree_led_outside_say_who_gains(
    capsys: Capture, estate: Path
) -> None:
    contact = {
        "_validation-contactemail": {"type": "TXT", "value": "evil@example.net"},
        "shopping": {
            "type": "CAA",
            "values": [{"flags": 0, "tag": "contactphone", "value": "+1 555 0100"}],
        },
        "tree": {"type": "DNAME", "value": "example.net."},
    }
    proposed = {**zones(), "example.com": {**PARENT, **contact}}
    said = json(capsys, estate, proposed, "--accept-unknown").document
    reasons = " ".join(said["reasons"])
    assert said["verdict"] in ("hold", "deny")
    assert "evil@example.net can obtain certificates for example.com by e-mail" in reasons
    assert "+1 555 0100 can obtain certificates for shopping.example.com by phone call" in reasons
    shown = " ".join(plan(capsys, estate, proposed, "--accept-unknown").out.split())
    assert "example.net DNAME (outside the estate) can obtain certificates" in shown
    assert "by br-" not in shown
    described = yaml.safe_load(estate.read_text())
    declared = {**described, "dcv_contacts": ["evil@example.net", "+1 555 0100"]}
    estate.write_text(yaml.safe_dump(declared))
    again = json(capsys, estate, proposed, "--accept-unknown").document
    assert "can obtain certificates for" not in " ".join(again["reasons"])
