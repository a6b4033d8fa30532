"""A record moved: the certificate at the new address decides. Real nginx, real BIND."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import pytest
import yaml

from certs import DAY, Issued, leaf, pem_bundle, root
from changing import serving
from commandline import Ran, trustpath
from dns_servers import KEY_NAME, KEY_SECRET, DnsServer
from tls_servers import Served, free_port, nginx
from trustpath.base.clock import FixedClock
from trustpath.connectors.writers.rfc2136 import make
from trustpath.facts.source import Context
from trustpath.facts.writer import WriterSpec

pytestmark = pytest.mark.peer
ZONE = "moves.example"
NAME = f"www.{ZONE}"
RIGHT, WRONG, EXPIRED, DEAD = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"
NOW = int(time.time())
Capture = pytest.CaptureFixture[str]


def made(ca: Issued, name: str, before: int, after: int) -> Issued:
    return leaf(ca, name, not_before=NOW + before * DAY, not_after=NOW + after * DAY)


@pytest.fixture(scope="module")
def ca() -> Issued:
    return root(not_before=NOW - 900 * DAY, not_after=NOW + 900 * DAY)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, ca: Issued) -> Iterator[int]:
    chosen = free_port(RIGHT)
    leaves = {
        RIGHT: made(ca, NAME, -10, 60),
        WRONG: made(ca, "other.example", -10, 60),
        EXPIRED: made(ca, NAME, -90, -1),
    }
    blocks = [
        Served(address, chosen, pem_bundle(one), one.key_pem) for address, one in leaves.items()
    ]
    with nginx(tmp_path_factory.mktemp("tls"), blocks):
        yield chosen


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DnsServer]:
    with serving(tmp_path / "dns", [ZONE]) as started:
        yield started


class Bench:
    """An estate over both servers; the zone is read by transfer."""

    def __init__(
        self, folder: Path, server: DnsServer, port: int, ca: Issued, out: Capture
    ) -> None:
        self.folder, self.server, self.out = folder, server, out
        self.estate = folder / "estate.yaml"
        (folder / "root.pem").write_bytes(ca.pem)
        people = {
            "ann": ("dns", "requester"),
            "dan": ("dns", "approver"),
            "cem": ("web", "approver"),
        }
        owned = {"zone": "dns", "record": "dns", "name": "web", "certificate": "web"}
        document = {
            "organisation": "Example",
            "store": "sqlite:///trustpath.db",
            "owners": [{"id": o, "contacts": [f"mailto:{o}@example.com"]} for o in ("dns", "web")],
            "roles": {"pki": "web"},
            "ownership": [
                {"kind": kind, "pattern": ZONE, "owner": owner} for kind, owner in owned.items()
            ],
            "services": [
                {"id": "site", "owner": "web", "tier": "internal", "names": [NAME], "ports": [port]}
            ],
            "actors": [
                {"id": who, "owner": owner, "roles": [role], "scopes": ["*"]}
                for who, (owner, role) in people.items()
            ],
            "private_roots": ["root.pem"],
            "probes": {"networks": ["127.0.0.0/29"]},
            "writers": [
                {
                    "id": "bind",
                    "kind": "rfc2136",
                    "server": server.address,
                    "servers": [server.address],
                    "tsig": {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:TSIG"},
                }
            ],
            "sources": [{"id": "live", "kind": "axfr", "server": server.address, "zones": [ZONE]}],
        }
        self.estate.write_text(yaml.safe_dump(document))

    def script(self, address: str) -> Path:
        path = self.folder / "move.txt"
        path.write_text(
            f"zone {ZONE}\nupdate delete {NAME} A\nupdate add {NAME} 300 A {address}\nsend\n"
        )
        return path

    def run(self, *arguments: str | Path) -> Ran:
        return trustpath(self.out, *arguments, "-e", self.estate, "--format", "json")

    def put(self, address: str) -> None:
        """Lead the name to an address, past everything that governs it."""
        message = dns.update.UpdateMessage(
            ZONE, keyring=dns.tsigkeyring.from_text({KEY_NAME: ("hmac-sha256", KEY_SECRET)})
        )
        message.replace(f"{NAME}.", 300, "A", address)
        answer = dns.query.tcp(message, "127.0.0.1", port=self.server.port, timeout=10)
        assert answer.rcode() == dns.rcode.NOERROR

    def applied(self, address: str) -> Ran:
        """Propose that the name leads to an address, consent, and apply."""
        filed = self.run("change", "propose", "--nsupdate", self.script(address), "--actor", "ann")
        for who in ("dan", "cem"):
            self.run("change", "approve", str(filed.document["id"]), "--actor", who)
        return self.run("change", "apply", str(filed.document["id"]), "--actor", "ann")

    def served(self) -> tuple[str, ...]:
        """Return the addresses that the primary holds for the name."""
        options = {
            "server": self.server.address,
            "servers": [self.server.address],
            "tsig": {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:K"},
        }
        spec = WriterSpec("bind", "rfc2136", (), options, Path())
        writer = make(spec, Context(FixedClock(NOW), secrets={"K": KEY_SECRET}))
        held = writer.current(ZONE, [(NAME, "A")])[NAME, "A"]
        return held.rdatas if held else ()


@pytest.fixture
def bench(
    tmp_path: Path,
    server: DnsServer,
    port: int,
    ca: Issued,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    return Bench(tmp_path, server, port, ca, capsys)


@pytest.mark.parametrize(
    ("address", "state", "why"),
    [
        (RIGHT, "applied", ""),
        (WRONG, "rolled-back", "does not cover"),
        (EXPIRED, "rolled-back", "valid only from"),
    ],
    ids=["right", "wrong name", "expired"],
)
def test_an_applied_change_is_looked_at_and_taken_back(
    bench: Bench, address: str, state: str, why: str
) -> None:
    before = bench.served()
    filed = bench.run("change", "propose", "--nsupdate", bench.script(address), "--actor", "ann")
    assert filed.code in (0, 4), filed.err or filed.out
    change = str(filed.document["id"])
    for who in ("dan", "cem"):
        bench.run("change", "approve", change, "--actor", who)
    ran = bench.run("change", "apply", change, "--actor", "ann")
    assert ran.document["state"] == state, ran.err or ran.out
    assert bench.served() == ((address,) if state == "applied" else before)
    asked, seen = ran.document["outcome"]["verified"]
    assert asked == f"{ZONE}: the content was asked of {bench.server.address}"
    assert seen.startswith(f"{NAME} at {address}:")
    assert seen.endswith("a certificate was served")
    if state != "applied":
        assert ran.code == 3
        assert why in ran.document["outcome"]["why"]


def cross(bench: Bench, update: str) -> list[str]:
    """Apply an update and return what the outcome says was looked at at endpoints."""
    path = bench.folder / "update.txt"
    path.write_text(f"zone {ZONE}\n{update}\nsend\n")
    filed = bench.run("change", "propose", "--nsupdate", path, "--actor", "ann")
    change = str(filed.document["id"])
    for who in ("dan", "cem"):
        bench.run("change", "approve", change, "--actor", who)
    ran = bench.run("change", "apply", change, "--actor", "ann")
    assert ran.document["state"] == "applied", ran.err or ran.out
    return list(ran.document["outcome"]["verified"])[1:]


def test_what_was_not_looked_at_is_said(bench: Bench) -> None:
    """An alias comes and goes; its target is no service, and no certificate lists the name."""
    alias = f"alias.{ZONE}"
    (said,) = cross(bench, f"update add {alias} 300 CNAME ns.{ZONE}.")
    assert said.startswith(f"{alias} CNAME was not looked at: it leads to no new address at which")
    assert cross(bench, f"update delete {alias} CNAME") == [
        f"{alias} CNAME was removed: there is no endpoint of it to look at"
    ]
    (said,) = cross(bench, f"update delete {NAME} A\nupdate add {NAME} 300 A 192.0.2.77")
    assert said.startswith(f"{NAME} at 192.0.2.77:")
    assert "not looked at (not-allowed" in said


def test_an_estate_that_allows_no_probes_says_so(bench: Bench) -> None:
    document = yaml.safe_load(bench.estate.read_text())
    del document["probes"]
    bench.estate.write_text(yaml.safe_dump(document))
    said = cross(bench, f"update delete {NAME} A\nupdate add {NAME} 300 A {RIGHT}")
    assert said == ["no endpoint was looked at: the estate allows no probes (probes.networks)"]


@pytest.mark.parametrize(
    ("old", "why"),
    [(EXPIRED, "valid only from"), (WRONG, "does not cover"), (DEAD, "nothing serves there any")],
    ids=["expired", "wrong name", "dead"],
)
def test_nobody_is_led_back_to_what_does_not_serve(bench: Bench, old: str, why: str) -> None:
    bench.put(old)
    ran = bench.applied(RIGHT)
    assert ran.document["state"] == "applied", ran.err or ran.out
    back = bench.run("change", "rollback", str(ran.document["id"]), "--actor", "ann")
    assert (back.code, why in back.err) == (4, True), back.err
    assert bench.served() == (RIGHT,)
    # Where the new place is wrong as well, somebody has to look.
    bench.put(old)
    ran = bench.applied(EXPIRED if old == WRONG else WRONG)
    assert (ran.document["state"], ran.code) == ("failed", 1)
    assert why in str(ran.document["outcome"]["stuck"])


def test_what_serves_still_is_gone_back_to(bench: Bench) -> None:
    bench.put(RIGHT)
    ran = bench.applied("192.0.2.77")
    assert ran.document["state"] == "applied", ran.err or ran.out
    back = bench.run("change", "rollback", str(ran.document["id"]), "--actor", "ann")
    assert back.code == 0, back.err or back.out
    assert bench.served() == (RIGHT,)
