"""A record moves: before and after, the certificate at the new address decides. Real nginx, real BIND."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

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
RIGHT, WRONG, EXPIRED, OUTSIDE = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.9"
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

    def tier(self, tier: str) -> None:
        """Judge the service by another tier."""
        self.estate.write_text(self.estate.read_text().replace("tier: internal", f"tier: {tier}"))

    def script(self, address: str) -> Path:
        path = self.folder / "move.txt"
        path.write_text(
            f"zone {ZONE}\nupdate delete {NAME} A\nupdate add {NAME} 300 A {address}\nsend\n"
        )
        return path

    def run(self, *arguments: str | Path) -> Ran:
        return trustpath(self.out, *arguments, "-e", self.estate, "--format", "json")

    def plan(self, address: str, *options: str) -> Ran:
        return self.run("plan", "--nsupdate", self.script(address), *options)

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


def bind_002(ran: Ran, part: str) -> list[dict[str, object]]:
    return [i for i in ran.document[part] if i["rule"] == "BIND-002"]


def test_nobody_looked_so_the_public_tier_holds(bench: Bench) -> None:
    bench.tier("public")
    ran = bench.plan(RIGHT, "--assume-approved")
    assert ran.code == 4, ran.err or ran.out
    (gap,) = bind_002(ran, "unknown")
    assert gap["missing"] == "endpoints"
    assert ran.document["tier"] == "public"


def test_the_right_certificate_there_lets_it_pass(bench: Bench) -> None:
    ran = bench.plan(RIGHT, "--assume-approved", "--probe")
    assert ran.code == 0, ran.err or ran.out
    assert not bind_002(ran, "impact") + bind_002(ran, "unknown")
    assert ran.document["tier"] == "internal"


@pytest.mark.parametrize("address", [WRONG, EXPIRED], ids=["wrong name", "expired"])
def test_a_wrong_certificate_there_denies(bench: Bench, address: str) -> None:
    ran = bench.plan(address, "--assume-approved", "--probe", "--accept-unknown")
    assert ran.code == 3, ran.err or ran.out
    (found,) = bind_002(ran, "impact")
    assert found["after"] == "high"


def test_an_address_that_may_not_be_asked_stays_unknown_and_says_why(bench: Bench) -> None:
    bench.tier("public")
    ran = bench.plan(OUTSIDE, "--assume-approved", "--probe")
    assert ran.code == 4, ran.err or ran.out
    (gap,) = bind_002(ran, "unknown")
    assert "allows no probe" in str(gap["evidence"])


@pytest.mark.parametrize(
    ("address", "state"),
    [(RIGHT, "applied"), (WRONG, "rolled-back")],
    ids=["right", "wrong"],
)
def test_an_applied_change_is_looked_at_and_taken_back(
    bench: Bench, address: str, state: str
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
    if state != "applied":
        assert ran.code == 3
        assert "does not cover" in ran.document["outcome"]["why"]


@pytest.mark.parametrize(
    ("address", "options", "denied"),
    [(WRONG, (), False), (WRONG, ("--probe",), True), (RIGHT, ("--probe",), False)],
    ids=["nobody looks", "wrong", "right"],
)
def test_a_proposal_looks_first_where_it_is_asked_to(
    bench: Bench, address: str, options: tuple[str, ...], denied: bool
) -> None:
    filed = bench.run(
        "change", "propose", "--nsupdate", bench.script(address), "--actor", "ann", *options
    ).document
    assert (filed["verdict"] == "deny") is denied, filed["held"]
    assert any("BIND-002" in text for text in filed["held"]) is denied, filed["held"]
