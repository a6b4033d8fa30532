"""Certificates to their ends at real servers: due dates, CAs that go away, chains, secrets."""

from __future__ import annotations

import logging
import os
import signal
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cas import Pebble, pebble
from certs import leaf, pem_bundle, root
from commandline import Ran, trustpath
from dns_servers import KEY_SECRET, DnsServer, bind
from issuing import ZONE, Shop, shop
from tls_servers import Served, free_port, nginx
from trustpath.app.pace import SystemPace
from trustpath.base.clock import DAY, HOUR
from trustpath.connectors.acme import AcmeIssuer
from trustpath.facts.issuing import Chain, Order, Proof

pytestmark = pytest.mark.peer
NAME = "ends.example"


class Bench:
    """A shop and the command line on its estate."""

    def __init__(self, made: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.capsys = made, capsys

    def run(self, *arguments: str, who: str | None = None) -> Ran:
        """Run a command as an actor; what it shows is JSON."""
        actor = () if who is None else ("--actor", who)
        words = (*arguments, "-e", self.shop.estate, *actor, "--format", "json")
        return trustpath(self.capsys, *words)

    def issued(self, *more: str) -> Ran:
        """Ask, let everybody consent, and issue."""
        asked = self.run("cert", "request", "web", who="ann")
        change = str(asked.document["id"])
        for who in ("dan", "cem"):
            trustpath(
                self.capsys, "change", "approve", change, "-e", self.shop.estate, "--actor", who
            )
        return self.run("cert", "issue", change, *more, who="ann")

    def renewed(self, *more: str) -> dict[str, Any]:
        """Renew as automation; returns what became of the job."""
        row: dict[str, Any] = self.run("cert", "renew", *more, who="bot").document["rows"][-1]
        return row

    def listed(self) -> list[dict[str, Any]]:
        """Return every issuance."""
        rows: list[dict[str, Any]] = self.run("cert", "list", "--all").document["rows"]
        return rows


class Hands:
    """Moves the clock of everything here, and of nothing that serves."""

    def __init__(self) -> None:
        self.ahead = 0

    def now(self, _pace: object = None) -> int:
        return int(time.time()) + self.ahead


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(SystemPace, "now", made.now)
    return made


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    zone = tmp_path / "zone"
    zone.write_text(ZONE.format(zone=NAME))
    with bind(tmp_path / "bind", {NAME: zone}, updates=True) as started:
        yield started


def at(folder: Path, server: DnsServer, **options: Any) -> Any:
    """Start a Pebble in a folder of its own."""
    folder.mkdir()
    return pebble(folder, dns=server.address, **options)


@pytest.mark.parametrize(("days", "part"), [(6, 1 / 2), (47, 2 / 3), (398, 2 / 3)])
def test_it_is_renewed_on_its_day_and_not_a_minute_before(
    tmp_path: Path,
    server: DnsServer,
    capsys: pytest.CaptureFixture[str],
    hands: Hands,
    days: int,
    part: float,
) -> None:
    with (
        at(tmp_path / "ca", server, lifetime=days * DAY) as ca,
        shop(tmp_path / "shop", NAME, server, ca) as made,
    ):
        bench = Bench(made, capsys)
        ran = bench.issued()
        assert ran.code == 0, ran.err or ran.out
        early = bench.renewed()
        assert (early["outcome"], early["why"]) == ("not-due", "by ratio")
        due = _instant(early["at"])
        begins = _instant(bench.listed()[0]["not_before"])
        assert (part - 1 / 30) * days * DAY <= due - begins <= part * days * DAY
        hands.ahead = due - int(time.time()) - HOUR
        assert bench.renewed()["outcome"] == "not-due"
        hands.ahead += HOUR + 60
        assert bench.renewed()["outcome"] == "renewed"
        old, new = bench.listed()
        assert (old["state"], new["state"]) == ("superseded", "verified")


def _instant(text: str) -> int:
    from trustpath.base.clock import parse_instant

    return parse_instant(text)


def test_a_ca_that_goes_away_in_mid_order_leaves_it_to_the_next(
    tmp_path: Path,
    server: DnsServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ExitStack() as stack:
        first: Pebble = stack.enter_context(at(tmp_path / "one", server))
        second: Pebble = stack.enter_context(at(tmp_path / "two", server))
        made = stack.enter_context(shop(tmp_path / "shop", NAME, server, first))
        issuers = [
            {"id": one, "kind": "acme", "ca": "pebble", "directory": ca.directory,
             "roots": str(ca.vouching), "account_key": f"{one}.pem"}
            for one, ca in (("first", first), ("second", second))
        ]  # fmt: skip
        made.write(made.job(issuers=["first", "second"]), issuers=issuers)
        made.register()
        show = AcmeIssuer.show

        def gone(issuer: AcmeIssuer, proof: Proof) -> None:
            if issuer.spec.id == "first":
                os.kill(first.pid, signal.SIGKILL)
                time.sleep(0.2)
            show(issuer, proof)

        monkeypatch.setattr(AcmeIssuer, "show", gone)
        bench = Bench(made, capsys)
        ran = bench.issued()
        assert ran.code == 0, ran.err or ran.out
        lost, got = bench.listed()
        assert (lost["issuer"], lost["state"]) == ("first", "failed")
        assert (got["issuer"], got["state"]) == ("second", "verified")
        assert made.texts(f"_acme-challenge.www.{NAME}") == []
        # From then on the first is passed over, and its silence holds nothing up.
        assert bench.renewed("--force")["outcome"] == "renewed"


@pytest.fixture
def opened(
    tmp_path: Path, server: DnsServer, capsys: pytest.CaptureFixture[str]
) -> Iterator[Bench]:
    with at(tmp_path / "ca", server) as ca, shop(tmp_path / "shop", NAME, server, ca) as made:
        yield Bench(made, capsys)


def test_one_of_two_places_that_keeps_the_old_certificate_brings_it_back_at_both(
    opened: Bench, tmp_path: Path
) -> None:
    made = opened.shop
    assert opened.issued().code == 0
    before = made.served()
    place = made.web
    port = free_port("127.0.0.2")
    block = Served(
        "127.0.0.2", port, (place / "0.bin").read_bytes(), (place / "1.bin").read_bytes()
    )
    with nginx(tmp_path / "still", [block]):
        ports = [{"port": one, "protocol": "tls"} for one in (made.port, port)]
        endpoints = [{"address": "127.0.0.1", "port": made.port}]
        endpoints += [{"address": "127.0.0.2", "port": port}]
        made.write(
            services=[
                {"id": "shop", "owner": "pki", "tier": "internal", "names": [f"www.{NAME}"],
                 "ports": ports, "endpoints": endpoints, "cas": ["pebble"]}
            ]
        )  # fmt: skip
        found = opened.renewed("--force", "--timeout", "1")
        assert found["outcome"] == "failed"
        assert f"127.0.0.2:{port}: serves" in found["why"]
        assert "the predecessor is back" in found["why"]
    ends = time.monotonic() + 20
    while made.served() != before and time.monotonic() < ends:
        time.sleep(0.1)
    assert made.served() == before
    assert [row["state"] for row in opened.listed()] == ["verified", "failed"]


def test_a_chain_that_does_not_lead_up_is_never_put_to_use(
    opened: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = AcmeIssuer.fetch
    strange = ssl.PEM_cert_to_DER_cert(pem_bundle(leaf(root("Strange"), "x.example")).decode())

    def wrong(issuer: AcmeIssuer, order: Order) -> Chain:
        chain = fetch(issuer, order)
        return Chain((chain.certificates[0], strange), chain.url)

    monkeypatch.setattr(AcmeIssuer, "fetch", wrong)
    before = opened.shop.served()
    ran = opened.issued()
    assert ran.code == 3
    (row,) = opened.listed()
    assert row["state"] == "failed"
    assert "what came is not what was ordered" in row["problem"]
    assert opened.shop.served() == before


def test_no_secret_is_in_arguments_logs_output_or_temporary_files(
    opened: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    caplog.set_level(logging.DEBUG)
    seen: list[bytes] = []
    for method in ("begin", "show", "finalize", "fetch"):
        monkeypatch.setattr(AcmeIssuer, method, _watched(getattr(AcmeIssuer, method), seen))
    ran = opened.issued()
    assert ran.code == 0, ran.err or ran.out
    renewed = opened.run("cert", "renew", "--force", who="bot")
    assert seen, "nobody looked at the processes: this proves nothing"
    told = b"\n".join(
        (*seen, caplog.text.encode(), ran.out.encode(), ran.err.encode(), renewed.out.encode())
    )
    files = [path for path in scratch.rglob("*") if path.is_file()]
    told += b"".join(path.read_bytes() for path in files)
    told += (opened.shop.folder / "trustpath.db").read_bytes()
    secrets = [KEY_SECRET.encode(), b"PRIVATE KEY"]
    for key in (opened.shop.folder / "account.pem", opened.shop.web / "1.bin"):
        secrets += [line for line in key.read_bytes().splitlines() if b"---" not in line]
    for secret in secrets:
        assert secret not in told


def _watched(method: Any, seen: list[bytes]) -> Any:
    """Have a look at the arguments of every process here each time a method is called."""

    def call(*arguments: Any, **named: Any) -> Any:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                owner = int((path.parent / "stat").read_text().rpartition(")")[2].split()[1])
                if owner == os.getpid():
                    seen.append(path.read_bytes())
            except (OSError, ValueError):
                continue
        return method(*arguments, **named)

    return call
