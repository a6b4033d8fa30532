"""The commands on certificates, over a real Pebble, BIND and nginx."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cas import Pebble
from certs import DAY, leaf, pem_bundle, revocation_list, root
from commandline import Ran, trustpath
from dns_servers import KEY_SECRET, DnsServer
from issuing import Shop, authorities, entries, shop
from peers import require
from trustpath.app.application import TrustpathApplication
from trustpath.workflow.change.apply import apply

pytestmark = pytest.mark.peer
NAMES = (
    "life",
    "star",
    "caa",
    "held",
    "given",
    "asks",
    "policy",
    "moves",
    "falls",
    "back",
    "takes",
    "seen",
    "apply",
)


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    with authorities(tmp_path_factory.mktemp("cas"), [f"{n}.example" for n in NAMES]) as started:
        yield started


class Bench:
    """A shop and the command line on its estate."""

    def __init__(self, made: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.capsys = made, capsys

    def run(self, *arguments: str, who: str | None = None) -> Ran:
        """Run a command as an actor."""
        actor = () if who is None else ("--actor", who)
        return trustpath(self.capsys, *arguments, "-e", self.shop.estate, *actor)

    def json(self, *arguments: str, who: str | None = None) -> Ran:
        """The same, as JSON."""
        return self.run(*arguments, "--format", "json", who=who)

    def listed(self) -> list[dict[str, object]]:
        """Return every issuance."""
        rows: list[dict[str, object]] = self.json("cert", "list", "--all").document["rows"]
        return rows

    def requested(self, job: str = "web") -> str:
        """Ask for a certificate and let everybody consent who is asked."""
        ran = self.json("cert", "request", job, who="ann")
        assert ran.code in (0, 4), ran.err or ran.out
        change = str(ran.document["id"])
        people = {"dns": "dan", "pki": "cem", "web": "wim"}
        for owner in dict.fromkeys(item["owner"] for item in ran.document["needed"]):
            given = self.run("change", "approve", change, who=people[owner])
            assert given.code in (0, 4), given.err or given.out
        return change

    def issued(self, job: str = "web") -> Ran:
        """Ask, consent, issue."""
        return self.json("cert", "issue", self.requested(job), who="ann")

    def renewed(self, *more: str) -> dict[str, object]:
        """Renew as automation; returns what became of the job."""
        ran = self.json("cert", "renew", *more, who="bot")
        row: dict[str, object] = ran.document["rows"][-1]
        return {**row, "code": ran.code}


@pytest.fixture
def opened(
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Bench]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with shop(tmp_path / "shop", f"{request.param}.example", *peers) as made:
        yield Bench(made, capsys)


def on(name: str) -> pytest.MarkDecorator:
    """Run a test on a zone of its own."""
    return pytest.mark.parametrize("opened", [name], indirect=True, ids=[name])


@on("life")
def test_from_request_to_renewal_without_people(opened: Bench) -> None:
    asked = opened.json("cert", "request", "web", who="ann")
    assert asked.code == 4
    early = opened.run("cert", "issue", "C1", who="ann")
    assert early.code == 4
    assert "consents are missing" in early.err
    assert not opened.listed()
    for who in ("dan", "cem"):
        opened.run("change", "approve", "C1", who=who)
    ran = opened.json("cert", "issue", "C1", who="ann")
    assert (ran.code, ran.document["state"]) == (0, "applied"), ran.err or ran.out
    (row,) = opened.listed()
    assert row["state"] == "verified"
    assert _comes_to_serve(opened.shop, row["fingerprint"])
    assert opened.renewed()["outcome"] == "not-due"
    again = opened.renewed("--force")
    assert (again["outcome"], again["code"]) == ("renewed", 0)
    old, new = opened.listed()
    assert (old["state"], new["state"]) == ("superseded", "verified")
    assert new["replaces"] == old["fingerprint"]
    assert new["spki"] != old["spki"]
    _in_order(opened.shop.folder)


def _in_order(folder: Path) -> None:
    """The intent, with key and names, is in the ledger before the CA hears of it."""
    steps = ["intent", "ordered", "proving", "authorized", "issued", "deployed", "verified"]
    kinds = {}
    for order in ("O1", "O2"):
        found = [entry for entry in entries(folder) if entry.subject == order]
        assert found[0].body["names"] == ["www.life.example"]
        assert {entry.body["spki"] for entry in found} == {found[0].body["spki"]}
        kinds[order] = [entry.kind.removeprefix("certificate.") for entry in found]
    assert kinds["O1"] == [*steps, "superseded"]
    # Pebble reuses one authorization in a hundred although it is told to reuse none.
    steps.remove("proving")
    assert [kind for kind in kinds["O2"] if kind != "proving"] == steps
    text = "".join(map(str, entries(folder)))
    assert "PRIVATE KEY" not in text
    assert b"PRIVATE KEY" not in (folder / "trustpath.db").read_bytes()


@on("star")
def test_a_name_and_its_wildcard_share_an_rrset(opened: Bench) -> None:
    zone = opened.shop.zone
    opened.shop.update(f"_acme-challenge.{zone}", "TXT", '"of somebody else"')
    opened.shop.write(opened.shop.job(names=[f"www.{zone}", zone, f"*.{zone}"]))
    ran = opened.issued()
    assert ran.code == 0, ran.err or ran.out
    certificate = x509.load_pem_x509_certificate(opened.shop.served().encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {f"www.{zone}", zone, f"*.{zone}"}
    published = next(e for e in entries(opened.shop.folder) if e.kind == "change.proposed"
                     and e.subject != "C1")  # fmt: skip
    sizes = {edit["name"]: len(edit["after"]["rdatas"]) for edit in published.body["edits"]}
    assert sizes == {f"_acme-challenge.{zone}": 3, f"_acme-challenge.www.{zone}": 1}
    assert opened.shop.texts(f"_acme-challenge.{zone}") == ['"of somebody else"']


@on("caa")
def test_caa_that_forbids_stops_the_order_on_our_side(opened: Bench) -> None:
    zone, change = opened.shop.zone, opened.requested()
    before = opened.shop.ca.log.read_text()
    opened.shop.update(zone, "CAA", '0 issue "other.example"')
    ran = opened.json("cert", "issue", change, who="ann")
    assert ran.code in (3, 4)
    for row in opened.listed():
        assert row["state"] == "held"
    heard = opened.shop.ca.log.read_text()[len(before) :]
    assert "order-plz" not in heard
    opened.shop.update(zone, "CAA", '0 issue "pebble.example"')
    ran = opened.json("cert", "issue", change, who="ann")
    assert (ran.code, ran.document["state"]) == (0, "applied"), ran.err or ran.out


def _stopped(opened: Bench, change: str) -> tuple[str, str]:
    """Try to carry a change out with facts of before CAA forbade it; return how both stand."""
    office = opened.shop.office()
    opened.shop.update(opened.shop.zone, "CAA", '0 issue "other.example"')
    ended = apply(office.changes.desk, office.changes.ports, change, "ann")
    office.close()
    return ended.state.value, str(opened.listed()[-1]["state"])


@on("held")
def test_what_was_held_goes_on_with_its_intent_once_the_cause_is_gone(opened: Bench) -> None:
    change = opened.requested()
    assert _stopped(opened, change) == ("held", "held")
    opened.shop.update(opened.shop.zone, "CAA", '0 issue "pebble.example"')
    ran = opened.json("cert", "issue", change, who="ann")
    assert (ran.code, ran.document["state"]) == (0, "applied"), ran.err or ran.out
    (row,) = opened.listed()
    assert row["state"] == "verified"
    kinds = [entry.kind for entry in entries(opened.shop.folder) if entry.subject == row["id"]]
    assert kinds[:4] == [f"certificate.{kind}" for kind in ("intent", "held", "again", "ordered")]


@on("given")
def test_the_key_of_what_is_held_goes_with_its_change(opened: Bench) -> None:
    change = opened.requested()
    keys = _keys(opened.shop.folder)
    assert _stopped(opened, change) == ("held", "held")
    assert len(_keys(opened.shop.folder)) == len(keys) + 1
    opened.run("cert", "renew", who="bot")
    assert len(_keys(opened.shop.folder)) == len(keys) + 1, "its change may still go on"
    ran = opened.run("change", "withdraw", change, "--reason", "not now", who="ann")
    assert ran.code == 0, ran.err
    opened.run("cert", "renew", who="bot")
    assert _keys(opened.shop.folder) == keys
    (row,) = opened.listed()
    assert (row["state"], "given up" in str(row["problem"])) == ("failed", True)


def _keys(folder: Path) -> set[bytes]:
    """Return every private key that lies in the files of a shop."""
    found = (path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {data for data in found if b"PRIVATE KEY" in data}


@on("asks")
def test_nobody_is_asked_for_what_the_order_would_refuse(opened: Bench) -> None:
    zone = opened.shop.zone
    opened.shop.update(zone, "CAA", '0 issue "other.example"')
    event = opened.shop.folder / "event.yaml"
    event.write_text(
        f"events: [{{id: first, kind: issue, job: web, ca: pebble, names: [www.{zone}]}}]"
    )
    for command in (("cert", "request", "web"), ("change", "propose", "--cert-event", str(event))):
        ran = opened.run(*command, who="ann")
        assert ran.code == 4, ran.out + ran.err
        assert f"CAA of www.{zone}: the set at {zone} does not permit it" in ran.err
    opened.shop.update(zone, "CAA")
    opened.shop.update(f"_{opened.shop.port}._tcp.www.{zone}", "TLSA", f"3 1 1 {'ab' * 32}")
    ran = opened.run("cert", "request", "web", who="ann")
    assert (ran.code, "no TLSA record at" in ran.err) == (4, True), ran.err
    assert opened.json("change", "list").document["rows"] == []
    opened.shop.update(f"_{opened.shop.port}._tcp.www.{zone}", "TLSA")
    opened.shop.update(zone, "CAA", '0 issue "other.example"')
    ca = {"id": "pebble", "public": False, "acme": True, "tiers": ["internal"], "reuse": "90d"}
    opened.shop.write(cas=[ca])
    ran = opened.run("cert", "request", "web", who="ann")
    assert (ran.code, "not declared whether this CA checks" in ran.err) == (4, True), ran.err
    opened.shop.write(cas=[{**ca, "caa": "ignored"}])
    assert opened.issued().code == 0


@on("moves")
def test_a_renewal_that_deviates_is_held_and_says_what_moved(opened: Bench) -> None:
    zone = opened.shop.zone
    assert opened.issued().code == 0
    opened.shop.update(f"www.{zone}", "A", "127.0.0.2")
    held = opened.renewed("--force")
    assert (held["outcome"], held["code"]) == ("held", 4)
    assert f"target: www.{zone} led to 127.0.0.1, leads to 127.0.0.2" in str(held["why"])
    assert "released by the owners of certificate and records" in str(held["why"])
    assert opened.renewed("--force")["change"] == held["change"]
    opened.shop.update(f"www.{zone}", "A", "127.0.0.1")
    opened.shop.write(opened.shop.job(names=[f"www.{zone}", f"api.{zone}"]))
    assert f"asks for api.{zone} as well" in str(opened.renewed("--force")["why"])
    opened.shop.write()
    opened.shop.update(zone, "CAA", '0 issue "pebble.example"', '0 issue "other.example"')
    assert "caa: of www." in str(opened.renewed("--force")["why"])
    opened.shop.update(zone, "CAA", '0 issue "pebble.example"')
    opened.shop.update(f"www.{zone}", "A")
    gone = opened.renewed("--force")
    assert (gone["outcome"], gone["change"]) == ("held", None)
    assert "leads nowhere any more" in str(gone["why"])
    opened.shop.update(f"www.{zone}", "A", "127.0.0.1")
    assert opened.renewed("--force")["outcome"] == "renewed"


@on("policy")
def test_another_key_policy_asks_the_pki_team(opened: Bench) -> None:
    shop, zone = opened.shop, opened.shop.zone
    owners = [{"id": owner} for owner in ("dns", "pki", "web")]
    claims = {"zone": "dns", "record": "dns", "name": "web", "certificate": "web"}
    ownership = [{"kind": k, "pattern": zone, "owner": owner} for k, owner in claims.items()]
    people = {"ann": ("dns", "requester"), "dan": ("dns", "approver"), "cem": ("pki", "approver"),
              "wim": ("web", "approver"), "bot": ("pki", "automation")}  # fmt: skip
    actors = [
        {"id": who, "owner": owner, "roles": [role], "scopes": ["*"]}
        for who, (owner, role) in people.items()
    ]
    shop.write(shop.job(owner="web"), owners=owners, ownership=ownership, actors=actors)
    assert opened.issued().code == 0
    shop.write(shop.job(owner="web", key={"type": "rsa-3072"}))
    held = opened.renewed("--force")
    assert (held["outcome"], held["code"]) == ("held", 4)
    assert "key: was ec-256, is rsa-3072" in str(held["why"])
    shown = opened.json("change", "show", str(held["change"])).document
    asked = {(item["role"], item["owner"]) for item in shown["needed"]}
    assert ("pki", "pki") in asked, asked
    assert ("certificate", "web") in asked, asked


@on("falls")
def test_the_next_issuer_takes_over_and_is_judged_like_the_first(opened: Bench) -> None:
    bench = opened.shop
    assert opened.issued().code == 0
    document = TrustpathApplication().open(bench.estate).estate
    known = dict(document.issuers[0].options)
    broken = {"id": "broken", "kind": "acme", "ca": "pebble", **known}
    working = {"id": "pebble", "kind": "acme", "ca": "pebble", **known}
    bench.write(
        bench.job(issuers=["broken", "pebble"]),
        issuers=[{**broken, "directory": "https://127.0.0.1:9/dir"}, working],
    )
    found = opened.renewed("--force")
    assert found["outcome"] == "renewed", found
    assert [row["issuer"] for row in opened.listed()][-1] == "pebble"


@on("back")
def test_what_is_not_served_everywhere_is_taken_back(opened: Bench) -> None:
    bench = opened.shop
    assert opened.issued().code == 0
    (before,) = opened.listed()
    endpoints = [{"address": "127.0.0.1", "port": port} for port in (bench.port, 9)]
    names = [f"www.{bench.zone}"]
    service = {"id": "shop", "owner": "pki", "tier": "internal", "names": names, "cas": ["pebble"]}
    bench.write(services=[{**service, "endpoints": endpoints}])
    found = opened.renewed("--force", "--timeout", "0.3")
    assert found["outcome"] == "failed"
    assert "the predecessor is back" in str(found["why"])
    assert f"www.{bench.zone} at 127.0.0.1:9: refused" in str(found["why"])
    assert _comes_to_serve(bench, before["fingerprint"])
    assert [row["state"] for row in opened.listed()] == ["verified", "failed"]


def _comes_to_serve(bench: Shop, fingerprint: object) -> bool:
    """Say whether nginx comes to serve a certificate.

    It reads its files a moment after it was told, and for a while after that its old workers accept
    connections beside the new ones: what one connection sees tells nothing of the next.
    """
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        with suppress(OSError):
            served = ssl.PEM_cert_to_DER_cert(bench.served())
            if hashlib.sha256(served).hexdigest() == fingerprint:
                return True
        time.sleep(0.05)
    return False


@on("takes")
def test_what_certbot_issued_is_taken_over_and_renewed(opened: Bench) -> None:
    zone = opened.shop.zone
    old = leaf(root("Certbot Root"), f"www.{zone}")
    folder = opened.shop.folder / "letsencrypt"
    folder.mkdir()
    (folder / "cert.pem").write_bytes(pem_bundle(old))
    sources = [
        {"id": "live", "kind": "axfr", "server": opened.shop.server.address, "zones": [zone]},
        {"id": "certbot", "kind": "certificates", "path": "letsencrypt"},
    ]
    opened.shop.write(sources=sources)
    ran = opened.json("cert", "adopt", who="ann")
    (row,) = ran.document["rows"]
    assert (row["job"], row["adopted"]) == ("web", True)
    assert row["fingerprint"] == old.fingerprint
    assert not opened.json("cert", "adopt", who="ann").document["rows"]
    assert opened.renewed("--force")["outcome"] == "renewed"
    assert [item["state"] for item in opened.listed()] == ["superseded", "verified"]


@on("seen")
def test_only_what_was_seen_is_taken_over_as_verified(opened: Bench) -> None:
    made, zone = opened.shop, opened.shop.zone
    ca = root("Other Root")
    name, now = f"www.{zone}", int(time.time())
    certificates = {
        "superseded": leaf(ca, name, not_before=now - 9 * DAY),
        "verified": leaf(ca, name, not_before=now - 2 * DAY),
        "revoked": leaf(ca, f"gone.{zone}"),
        "adopted": leaf(None, f"alone.{zone}"),
    }
    stored = made.folder / "stored"
    stored.mkdir()
    for which, one in certificates.items():
        (stored / f"{which}.pem").write_bytes(pem_bundle(one))
    (stored / "ca.pem").write_bytes(pem_bundle(ca))
    listed = revocation_list(ca, certificates["revoked"])
    (stored / "list.crl").write_bytes(listed.public_bytes(Encoding.DER))
    (made.web / "0.bin").write_bytes(pem_bundle(certificates["verified"], ca))
    (made.web / "1.bin").write_bytes(certificates["verified"].key_pem)
    configuration = made.web / "nginx.conf"
    command: list[str | Path] = [
        require("nginx"),
        "-p",
        made.web,
        "-c",
        configuration,
        "-s",
        "reload",
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert _comes_to_serve(made, certificates["verified"].fingerprint)
    target = {"address": "127.0.0.1", "port": made.port, "names": [name]}
    sources = [
        {"id": "live", "kind": "axfr", "server": made.server.address, "zones": [zone]},
        {"id": "stored", "kind": "certificates", "path": "stored"},
        {"id": "seen", "kind": "endpoints", "targets": [target]},
    ]
    made.write(sources=sources)
    rows = opened.json("cert", "adopt", who="ann").document["rows"]
    states = {row["fingerprint"]: row["state"] for row in rows}
    assert states == {one.fingerprint: state for state, one in certificates.items()}
    # What comes to be served later is verified when it is seen.
    (made.web / "0.bin").write_bytes(pem_bundle(certificates["adopted"]))
    (made.web / "1.bin").write_bytes(certificates["adopted"].key_pem)
    subprocess.run(command, check=True, capture_output=True)
    assert _comes_to_serve(made, certificates["adopted"].fingerprint)
    for _ in range(20):
        rows = opened.json("cert", "adopt", who="ann").document["rows"]
        if rows:
            break
        time.sleep(0.2)
    (row,) = rows
    assert (row["fingerprint"], row["state"]) == (certificates["adopted"].fingerprint, "verified")


@on("apply")
def test_applying_the_change_is_the_same(opened: Bench) -> None:
    zone = opened.shop.zone
    opened.shop.write(complete={"intents": ["issuance"]})
    ran = opened.json("change", "apply", opened.requested(), who="ann")
    assert (ran.code, ran.document["state"]) == (0, "applied"), ran.err or ran.out
    (row,) = opened.listed()
    assert row["state"] == "verified"
    assert str(row["renewal"]) < str(row["not_after"])
    checked = opened.json("check", "--rule", "ACME-018")
    found = {item["subject"]: item["status"] for item in checked.document["findings"]}
    assert not found
    # Somebody obtains another one for the same name, with a key of their own.
    sneaked = leaf(root("Another Root"), f"www.{zone}", not_before=int(time.time()) + 2,
                   not_after=int(time.time()) + 9_000_000)  # fmt: skip
    folder = opened.shop.folder / "seen"
    folder.mkdir()
    (folder / "cert.pem").write_bytes(sneaked.pem)
    live = {"id": "live", "kind": "axfr", "server": opened.shop.server.address, "zones": [zone]}
    opened.shop.write(sources=[live, {"id": "seen", "kind": "certificates", "path": "seen"}])
    checked = opened.json("check", "--rule", "ACME-018")
    found = {item["subject"]: item["status"] for item in checked.document["findings"]}
    assert set(found) == {sneaked.fingerprint}
    assert found[sneaked.fingerprint] not in ("pass", "unknown")
