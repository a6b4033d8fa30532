"""A service moves to a new load balancer with a new certificate: one change of two owners.

BIND, Pebble, and two nginx on loopback addresses: the old endpoint and the new load balancer.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bundling import Hours, held, hours
from cas import Pebble
from certs import leaf, pem_bundle, root
from commandline import Ran, trustpath
from dns_servers import KEY_SECRET, DnsServer
from issuing import Shop, authorities, entries, shop
from tls_servers import Served, nginx
from trustpath.app.application import TrustpathApplication
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.finish import finish
from trustpath.workflow.change.ports import Desk, Ports

__all__ = ("hours",)
pytestmark = pytest.mark.peer
NAMES = ("cut", "undo", "kill", "gate", "file", "again", "astray")
OLD, NEW = "127.0.0.1", "127.0.0.3"


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    with authorities(tmp_path_factory.mktemp("cas"), [f"{n}.example" for n in NAMES]) as started:
        yield started


@dataclass
class Move:
    """A shop with its old endpoint, a new load balancer, and the command line."""

    shop: Shop
    capsys: pytest.CaptureFixture[str]
    hours: Hours

    @property
    def name(self) -> str:
        return f"www.{self.shop.zone}"

    def run(self, *arguments: str, who: str | None = None, json: bool = True) -> Ran:
        """Run a command as an actor; what it shows is JSON unless it is said otherwise."""
        actor = () if who is None else ("--actor", who)
        how = ("--format", "json") if json else ()
        return trustpath(self.capsys, *arguments, "-e", self.shop.estate, *actor, *how)

    def approved(self, change: str, *people: str) -> None:
        for who in people or ("dan", "cem"):
            ran = self.run("change", "approve", change, who=who)
            assert ran.code in (0, 4), ran.err or ran.out

    def first(self) -> str:
        """Obtain the certificate of the old endpoint; returns its fingerprint."""
        asked = self.run("cert", "request", "web", who="ann").document
        self.approved(asked["id"])
        assert self.run("cert", "issue", asked["id"], who="ann").code == 0
        return str(self.run("cert", "list", "--all").document["rows"][0]["fingerprint"])

    def inputs(self, *events: dict[str, Any]) -> tuple[str, ...]:
        """Write both halves of the move as files; returns the options that name them."""
        records, listed = self.shop.folder / "move.txt", self.shop.folder / "events.yaml"
        records.write_text(
            f"zone {self.shop.zone}\nupdate delete {self.name} A\n"
            f"update add {self.name} 300 A {NEW}\nsend\n"
        )
        listed.write_text(yaml.safe_dump({"events": list(events)}))
        return ("--nsupdate", str(records), "--cert-event", str(listed))

    def issue(self, **changed: Any) -> dict[str, Any]:
        new = {"id": "new", "kind": "issue", "ca": "pebble", "job": "lb", "names": [self.name]}
        return {**new, "service": "shop", **changed}

    def revoke(self, fingerprint: str) -> dict[str, Any]:
        return {
            "id": "old",
            "kind": "revoke",
            "certificate": fingerprint,
            "reason": "cessationOfOperation",
        }

    def proposed(self, *events: dict[str, Any]) -> str:
        ran = self.run("change", "propose", *self.inputs(*events), who="ann")
        assert ran.code == 4, ran.err or ran.out
        assert ran.document["state"] == "proposed", ran.document["held"]
        return str(ran.document["id"])

    def served(self, address: str) -> str | None:
        """Return the fingerprint of what an address serves for the name, None where nothing does."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with suppress(OSError):
            where = (address, self.shop.port)
            with (
                socket.create_connection(where, 5) as raw,
                context.wrap_socket(raw, server_hostname=self.name) as tls,
            ):
                return hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
        return None

    def end_old(self) -> None:
        """Stop the old endpoint."""
        pid = int((self.shop.web / "pid").read_text())
        os.kill(pid, signal.SIGTERM)
        ends = time.monotonic() + 20
        while self.served(OLD) is not None and time.monotonic() < ends:
            time.sleep(0.05)

    @property
    def addresses(self) -> list[str]:
        return held(self.shop, self.name, "A")


@pytest.fixture
def move(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    hours: Hours,
) -> Iterator[Move]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with shop(tmp_path / "shop", f"{request.param}.example", *peers) as made:
        placeholder = leaf(root("Nobody"), "placeholder.invalid")
        block = Served(NEW, made.port, pem_bundle(placeholder), placeholder.key_pem)
        with nginx(made.folder / "lb", [block]):
            second_endpoint(made)
            yield Move(made, capsys, hours)


@contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    """Run a server until the block ends."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def jobs_of(made: Shop) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the jobs of both endpoints."""
    return made.job(), made.job(id="lb", deploy="lb")


def second_endpoint(made: Shop) -> None:
    """Declare the load balancer: an endpoint of the service, a place of use, a job."""
    document = yaml.safe_load(made.estate.read_text())
    (service,) = document["services"]
    (web,) = document["deployers"]
    lb = {key: str(value).replace("web", "lb") for key, value in web.items()} | {"id": "lb"}
    service = {k: v for k, v in service.items() if k != "endpoints"}
    used = [{"name": f"www.{made.zone}", "address": NEW, "port": made.port}]
    made.write(*jobs_of(made), deployers=[web, lb], services=[service], deployments=used)


def on(name: str) -> pytest.MarkDecorator:
    """Run a test on a zone of its own."""
    return pytest.mark.parametrize("move", [name], indirect=True, ids=[name])


@on("cut")
def test_a_service_moves_with_its_certificate_in_one_change(move: Move) -> None:
    old = move.first()
    change = move.proposed(move.issue(), move.revoke(old))
    shown = move.run("change", "show", change).document
    owners = {(need["role"], need["owner"]) for need in shown["needed"]}
    assert {("record", "dns"), ("certificate", "pki")} <= owners
    said = "\n".join(shown["course"])
    places = [said.index(word) for word in ("issue", "records", "wait", "not served", "revoked")]
    assert places == sorted(places), said
    assert "records go back" in shown["way_back"]
    told = move.run("change", "show", change, json=False).out
    assert f"  1. issue {move.name} (lb): obtained" in told
    assert "way back: the records go back to the old endpoint" in told
    move.approved(change, "dan")
    early = move.run("change", "apply", change, who="ann")
    assert (early.code, "consents are missing: certificate" in early.err) == (4, True), early.err
    assert move.addresses == [OLD]
    move.approved(change, "cem")
    done = move.run("change", "apply", change, who="ann")
    assert (done.code, done.document["state"]) == (0, "applied"), done.err or done.out
    assert move.addresses == [NEW]
    new = move.served(NEW)
    assert new not in (None, old)
    assert move.served(OLD) == old, "the old endpoint keeps its certificate"
    kinds = [entry.kind for entry in entries(move.shop.folder) if entry.subject in (change, "O2")]
    assert kinds.index("certificate.verified") < kinds.index("change.intent"), kinds
    listed = move.run("change", "list", "--open-steps").document["rows"]
    assert [row["id"] for row in listed] == [change, change]
    soon = move.run("change", "finish", change, who="ann")
    assert (soon.code, "caches may lead to the old endpoint" in soon.err) == (4, True), soon.err
    move.hours.passed += 24 * 3600
    still = move.run("change", "finish", change, who="ann")
    assert still.code == 4, still.err
    assert "still served" in still.document["last_steps"][0]["why"]
    assert still.document["last_steps"][1]["done"] is None, "nothing is revoked that is in use"
    move.end_old()
    ended = move.run("change", "finish", change, who="ann")
    assert ended.code == 0, ended.err or ended.out
    steps = [(step["id"], step["done"] is not None) for step in ended.document["last_steps"]]
    assert steps == [(f"end:{move.name}:A", True), ("revoke:old", True)]
    rows = move.run("cert", "list", "--all").document["rows"]
    assert {row["fingerprint"]: row["state"] for row in rows} == {old: "revoked", new: "verified"}
    assert move.run("change", "list", "--open-steps").document["rows"] == []
    assert move.run("change", "finish", change, who="ann").code == 0, "twice is the same as once"
    back = move.run("change", "rollback", change, who="ann")
    assert back.code == 1
    assert "cannot be taken back whole any more" in back.err
    assert "not possible any more" in move.run("change", "show", change).document["way_back"]
    assert move.addresses == [NEW]


@on("undo")
def test_both_halves_go_back_while_the_old_certificate_stands(move: Move) -> None:
    old = move.first()
    change = move.proposed(move.issue(), move.revoke(old))
    move.approved(change)
    assert move.run("change", "apply", change, who="ann").code == 0
    assert move.addresses == [NEW]
    back = move.run("change", "rollback", change, who="ann")
    assert (back.code, back.document["state"]) == (0, "applied"), back.err or back.out
    assert move.addresses == [OLD]
    assert move.served(OLD) == old
    move.hours.passed += 24 * 3600
    refused = move.run("change", "finish", change, who="ann")
    assert (refused.code, "taken back by" in refused.err) == (1, True), refused.err
    assert move.run("change", "list", "--open-steps").document["rows"] == []
    states = {
        r["fingerprint"]: r["state"] for r in move.run("cert", "list", "--all").document["rows"]
    }
    assert states[old] == "verified"


PLACES = ("applying", "event.new", "obtained", "forward.0.intended", "forward.0.written", "served")


@on("kill")
def test_killed_between_steps_it_is_resumed_to_one_certificate(move: Move) -> None:
    old = move.first()
    change = move.proposed(move.issue(), move.revoke(old))
    move.approved(change)
    for place in PLACES:
        assert dies(move.shop, change, place) == -signal.SIGKILL, place
        if place in ("applying", "event.new", "obtained"):
            assert move.addresses == [OLD], "nobody is led anywhere before the certificate is seen"
    done = move.run("change", "resume", change, who="ann")
    assert (done.code, done.document["state"]) == (0, "applied"), done.err or done.out
    assert move.addresses == [NEW]
    assert len(move.run("cert", "list", "--all").document["rows"]) == 2
    move.hours.passed += 24 * 3600
    move.end_old()
    for place in ("tried.end:www.kill.example:A", "last.revoke:old", "tried.revoke:old"):
        assert dies(move.shop, change, place, finish) == -signal.SIGKILL, place
    ended = move.run("change", "finish", change, who="ann")
    assert ended.code == 0, ended.err or ended.out
    states = {
        r["fingerprint"]: r["state"] for r in move.run("cert", "list", "--all").document["rows"]
    }
    assert states[old] == "revoked"
    kinds = [entry.kind for entry in entries(move.shop.folder)]
    assert (kinds.count("certificate.revoked"), kinds.count("change.step-done")) == (1, 2)


def dies(
    place: Shop,
    change: str,
    where: str,
    work: Callable[[Desk, Ports, str, str], object] = apply,
) -> int:
    """Apply, or go on, in a process that kills itself at a place; returns its exit code."""

    def run() -> None:
        def passing(name: str) -> None:
            if name == where:
                os.kill(os.getpid(), signal.SIGKILL)

        office = TrustpathApplication().office(place.estate)
        office.desk.gate.refresh()
        work(office.desk, replace(office.ports, passing=passing), change, "ann")
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def refuses_to_end(move: Move, change: str, old: str, why: str) -> None:
    """Finish, which has to say why it does not, and to leave the old certificate as it is."""
    ran = move.run("change", "finish", change, who="ann")
    assert ran.code == 4, ran.err or ran.out
    said = [step["why"] for step in ran.document["last_steps"] if not step["done"]]
    assert why in said[0], said
    rows = move.run("cert", "list", "--all").document["rows"]
    assert {row["fingerprint"]: row["state"] for row in rows}[old] == "verified"


@on("again")
def test_an_old_endpoint_that_serves_again_keeps_its_certificate(move: Move) -> None:
    old = move.first()
    change = move.proposed(move.issue(), move.revoke(old))
    move.approved(change)
    assert move.run("change", "apply", change, who="ann").code == 0
    move.hours.passed += 24 * 3600
    move.end_old()
    assert dies(move.shop, change, "last.revoke:old", finish) == -signal.SIGKILL
    first, last = move.run("change", "show", change).document["last_steps"]
    assert (bool(first["done"]), bool(last["done"])) == (True, False)
    configuration = move.shop.web / "nginx.conf"
    with running(["nginx", "-c", str(configuration), "-p", str(move.shop.web)]):
        ends = time.monotonic() + 20
        while move.served(OLD) != old and time.monotonic() < ends:
            time.sleep(0.05)
        refuses_to_end(move, change, old, "still served")
        move.end_old()
    assert move.run("change", "finish", change, who="ann").code == 0


@on("astray")
def test_records_that_lead_back_keep_the_old_certificate(move: Move) -> None:
    old = move.first()
    change = move.proposed(move.issue(), move.revoke(old))
    move.approved(change)
    assert move.run("change", "apply", change, who="ann").code == 0
    move.shop.update(move.name, "A", OLD)
    move.hours.passed += 24 * 3600
    move.end_old()
    refuses_to_end(move, change, old, f"{move.name} A is not what was applied")
    move.shop.update(move.name, "A", NEW)
    assert move.run("change", "finish", change, who="ann").code == 0


@on("gate")
def test_the_gate_stops_what_does_not_fit(move: Move) -> None:
    zone, other = move.shop.zone, f"api.{move.shop.zone}"
    half = move.run("plan", *move.inputs(move.issue())[:2], "--assume-approved").document
    unknown = [i for i in (*half["unknown"], *half["impact"]) if i["rule"] == "BIND-002"]
    assert [i["after"] for i in unknown] == ["unknown"], "one half alone"
    both = move.run("plan", *move.inputs(move.issue()), "--assume-approved")
    found = {i["rule"]: i["after"] for i in (*both.document["unknown"], *both.document["impact"])}
    assert (both.code, "BIND-002" in found) == (0, False), found
    missing = move.run("plan", *move.inputs(move.issue(names=[other])), "--assume-approved")
    assert missing.code == 3, missing.out
    denied = {i["rule"]: i["after"] for i in missing.document["impact"]}
    assert denied["BIND-002"] == "high", denied
    move.shop.update(zone, "CAA", '0 issue "other.example"')
    (service,) = move.shop.more["services"]
    move.shop.write(*jobs_of(move.shop), services=[{**service, "tier": "public"}])
    forbidden = move.run("plan", *move.inputs(move.issue()), "--assume-approved")
    move.shop.write(*jobs_of(move.shop), services=[service])
    found = {i["rule"]: i["after"] for i in forbidden.document["impact"]}
    assert (forbidden.code, found.get("CAA-002")) == (3, "high"), found
    refused = move.run("change", "propose", *move.inputs(move.issue()), who="ann")
    assert (refused.code, "does not permit it" in refused.err) == (4, True), refused.err
    move.shop.update(zone, "CAA", '0 issue "pebble.example"')
    change = move.proposed(move.issue())
    move.approved(change)
    # The load balancer takes another certificate than the one that is deployed for it.
    configuration = move.shop.folder / "lb" / "nginx.conf"
    chain, key = move.shop.folder / "lb" / "0.bin", move.shop.folder / "lb" / "1.bin"
    for path in (chain, key):
        path.with_suffix(".other").write_bytes(path.read_bytes())
    text = configuration.read_text().replace("0.bin", "0.other").replace("1.bin", "1.other")
    configuration.write_text(text)
    ran = move.run("change", "apply", change, who="ann")
    assert ran.code in (3, 4), ran.err or ran.out
    assert move.addresses == [OLD], "nothing was written"
    assert "serves" in ran.document["outcome"]["why"], ran.document["outcome"]


@on("file")
def test_one_file_names_both_halves(move: Move) -> None:
    move.inputs(move.issue())
    path = move.shop.folder / "move.yaml"
    path.write_text(yaml.safe_dump({"records": {"nsupdate": "move.txt"}, "events": [move.issue()]}))
    planned = move.run("plan", "--proposal", str(path))
    assert planned.code == 4, planned.err
    assert {item["kind"] for item in planned.document["changes"] if "kind" in item} == {"issue"}
    filed = move.run("change", "propose", "--proposal", str(path), who="ann")
    assert filed.document["origin"] == f"proposal {path}", filed.err
    assert filed.document["digest"] == planned.document["digest"]
    assert len(filed.document["plan"]["edits"]) == len(filed.document["plan"]["events"]) == 1
    move.approved(str(filed.document["id"]))
    move.shop.write(*jobs_of(move.shop), probes={"networks": ["127.9.0.0/16"]})
    blind = move.run("change", "apply", str(filed.document["id"]), who="ann")
    assert blind.code in (3, 4), blind.err or blind.out
    assert move.addresses == [OLD], "nobody is led where nobody could look"
