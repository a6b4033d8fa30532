"""Bundles whose name servers fail and whose people say no: once all is well again they end."""

from __future__ import annotations

import contextlib
import functools
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.opcode
import dns.query
import pytest

from bundling import Hours, Play, held, hours, obtain, spki, tlsa
from cas import Pebble
from commandline import trustpath
from dns_servers import KEY_SECRET, DnsServer, bind_secondary
from issuing import Shop, authorities, entries, shop
from trustpath.facts.bundle import Bundle, BundleState
from trustpath.facts.change import State
from trustpath.workflow.bundle.starting import Wish
from trustpath.workflow.change import decide
from trustpath.workflow.change.ports import Patience

__all__ = ("hours",)
pytestmark = pytest.mark.peer
NAMES = ("down", "stale", "late", "lasting", "refused", "early", "replaced", "other")
ROLL = Wish("key-rollover", jobs=("web",))
MOVE = Wish("change-ca", jobs=("web",), issuer="second")
SOON = 1.0
"""Seconds after which a server counts as late here."""


@dataclass
class Secondary:
    """A second name server, told of every new serial unless it is to be ``stale``."""

    primary: DnsServer
    server: DnsServer
    zones: tuple[str, ...]
    stale: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        """Tell it what is new until the test is over."""
        while not self.ended.wait(0.05):
            for zone in () if self.stale else self.zones:
                with contextlib.suppress(dns.exception.DNSException, OSError):
                    if self._serial(self.primary, zone) != self._serial(self.server, zone):
                        notify = dns.message.make_query(zone, "SOA")
                        notify.set_opcode(dns.opcode.NOTIFY)
                        dns.query.udp(notify, "127.0.0.1", port=self.server.port, timeout=1)

    @staticmethod
    def _serial(server: DnsServer, zone: str) -> str:
        query = dns.message.make_query(zone, "SOA")
        answer = dns.query.udp(query, "127.0.0.1", port=server.port, timeout=1)
        return str(answer.answer[0][0])

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Let it answer nothing for a while."""
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server.process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def behind(self) -> Iterator[None]:
        """Let it hear of nothing new for a while."""
        self.stale = True
        try:
            yield
        finally:
            self.stale = False


@pytest.fixture(scope="module")
def peers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[DnsServer, Pebble, Secondary]]:
    zones = tuple(f"{name}.example" for name in NAMES)
    folder = tmp_path_factory.mktemp("servers")
    with (
        authorities(folder, zones) as (primary, ca),
        bind_secondary(folder / "second", zones, primary) as server,
    ):
        second = Secondary(primary, server, zones)
        thread = threading.Thread(target=second.follow, daemon=True)
        thread.start()
        yield primary, ca, second
        second.ended.set()
        thread.join(5)


@dataclass
class Bed:
    """A shop's bundles, and its second name server."""

    play: Play
    second: Secondary

    @property
    def shop(self) -> Shop:
        """The shop."""
        return self.play.shop

    def reject(self) -> bool:
        """Let somebody reject what waits for consents; says whether there was anything."""
        with self.play.store.reading() as reader:
            waiting = reader.changes((State.PROPOSED,))
        office = self.shop.office()
        for change in waiting:
            who = {"dns": "dan", "pki": "cem"}[change.plan.needed[0].owner or "dns"]
            decide.reject(office.changes.desk, change.id, who, "not on a Friday")
        office.close()
        return bool(waiting)

    def rejected(self, bundle: str) -> Bundle:
        """Carry a bundle on until something of it was rejected and it is at rest."""
        for _ in range(20):
            self.play.office.look(bundle)
            if self.reject():
                return self.play.play(bundle)
        raise AssertionError(f"nothing to reject: {self.play.bundle(bundle)}")

    def heals(self, bundle: str) -> Bundle:
        """Resume a bundle once, and carry it to its end."""
        self.play.turn_to(bundle, "resume")
        return self.play.play(bundle)

    def changes(self, bundle: str, number: int) -> list[str]:
        """Return how the changes of a step ended."""
        with self.play.store.reading() as reader:
            return [c.state.value for c in reader.of_origin(f"bundle {bundle} step {number}")]


@pytest.fixture
def bed(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble, Secondary],
    monkeypatch: pytest.MonkeyPatch,
    hours: Hours,
) -> Iterator[Bed]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    patience = functools.partial(Patience, verify=SOON)
    monkeypatch.setattr("trustpath.app.certificates.ChangePatience", patience)
    primary, ca, second = peers
    with shop(tmp_path, f"{request.param}.example", primary, ca) as place:
        writer = {
            "id": "bind",
            "kind": "rfc2136",
            "server": primary.address,
            "servers": [primary.address, second.server.address],
            "timeout": "1s",
            "tsig": {"name": "transfer-key", "algorithm": "hmac-sha256", "secret": "env:TSIG"},
        }
        place.write(
            place.job(issuers=["pebble", "second"]),
            writers=[writer],
            cas=[_ca("pebble"), _ca("other")],
            issuers=[_issuer(place, "pebble", "pebble"), _issuer(place, "second", "other")],
            services=[{**_service(place), "cas": ["pebble", "other"]}],
        )
        place.register()
        made = Bed(Play(place, hours), second)
        obtain(made.play)
        yield made


def _ca(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "approved": True,
        "public": False,
        "acme": True,
        "caa": [f"{name}.example"],
        "reuse": "90d",
    }


def _issuer(place: Shop, name: str, ca: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "acme",
        "ca": ca,
        "directory": place.ca.directory,
        "roots": str(place.ca.vouching),
        "account_key": f"{name}.pem",
    }


def _service(place: Shop) -> dict[str, Any]:
    return {
        "id": "shop",
        "owner": "pki",
        "tier": "internal",
        "names": [f"www.{place.zone}"],
        "ports": [{"port": place.port, "protocol": "tls"}],
        "endpoints": [{"address": "127.0.0.1", "port": place.port}],
    }


def done_to(number: int) -> Callable[[Bundle], bool]:
    """Return what says whether a bundle has done a step."""
    return lambda bundle: bundle.steps[number].state.value == "done"


def permitted(place: Shop) -> list[str]:
    """Return who may issue."""
    return [text.split()[-1].strip('"') for text in held(place, place.zone, "CAA")]


@pytest.mark.parametrize("bed", ["down"], indirect=True)
def test_a_secondary_that_is_down_while_caa_is_narrowed(bed: Bed) -> None:
    bundle = bed.play.start(MOVE)
    assert bed.play.play(bundle, done_to(2)).state is BundleState.RUNNING
    with bed.second.down():
        for _ in range(6):
            bed.play.turn(bundle)
        late = bed.play.bundle(bundle)
        assert late.state is BundleState.RUNNING, "one server that is down is no reason to give up"
        assert late.attempts, late
        assert "neither applied nor taken back" in late.problem
    done = bed.play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert permitted(bed.shop) == ["other.example"]
    *before, last = bed.changes(bundle, 3)
    assert last == "applied"
    assert set(before) == {"rolled-back"}, "what was half done was taken back first"


@pytest.mark.parametrize("bed", ["stale"], indirect=True)
def test_a_secondary_that_is_stale_while_the_old_key_is_withdrawn(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    place = bed.shop
    tlsa(place, 300, f"3 1 1 {spki(place)}")
    bundle = bed.play.start(ROLL)
    assert bed.play.play(bundle, done_to(4)).state is BundleState.RUNNING
    with bed.second.behind():
        stuck = bed.play.play(bundle)
        assert stuck.state is BundleState.STUCK, "eight tries, then a person is asked"
        assert len(bed.changes(bundle, 5)) == 9
        ran = trustpath(capsys, "bundle", "run", "-e", place.estate)
        assert ran.code == 3
        assert "step 5 (withdraw the old key)" in ran.err
        assert f"trustpath bundle resume {bundle}" in ran.err
    told = [e.body for e in entries(place.folder) if e.kind == "bundle.step"]
    assert [body["attempts"] for body in told if body["step"] == 5 and "attempts" in body][-1] == 8
    done = bed.heals(bundle)
    assert done.state is BundleState.DONE, done.problem
    owner = f"_{place.port}._tcp.www.{place.zone}"
    assert held(place, owner, "TLSA") == [f"3 1 1 {spki(place)}"]


@pytest.mark.parametrize("bed", ["late"], indirect=True)
def test_a_server_that_lags_before_the_pivot_is_waited_for(bed: Bed) -> None:
    bundle = bed.play.start(MOVE)
    with bed.second.behind():
        lagging = bed.play.play(bundle, lambda b: b.attempts >= 3 or b.back)
        assert lagging.state is BundleState.RUNNING, lagging.problem
        assert "not every authoritative server" in lagging.problem
    done = bed.play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert permitted(bed.shop) == ["other.example"]


@pytest.mark.parametrize("bed", ["lasting"], indirect=True)
def test_one_that_lags_for_good_before_the_pivot_ends_where_it_began(bed: Bed) -> None:
    bundle = bed.play.start(MOVE)
    with bed.second.behind():
        back = bed.play.play(bundle)
    if back.state is BundleState.STUCK:
        back = bed.heals(bundle)
    assert back.state is BundleState.CANCELLED, back.problem
    assert len(bed.changes(bundle, 0)) == 9
    assert permitted(bed.shop) == ["pebble.example"]


@pytest.mark.parametrize("bed", ["refused"], indirect=True)
def test_a_rejection_past_the_pivot_is_asked_again_when_somebody_resumes(bed: Bed) -> None:
    bundle = bed.play.start(MOVE)
    bed.play.play(bundle, done_to(2))
    stuck = bed.rejected(bundle)
    assert stuck.state is BundleState.STUCK
    assert "rejected by" in stuck.problem
    assert "not on a Friday" in stuck.problem
    assert bed.changes(bundle, 3) == ["rejected"], "nobody is asked again unasked"
    done = bed.heals(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert bed.changes(bundle, 3) == ["rejected", "applied"]
    assert permitted(bed.shop) == ["other.example"]


@pytest.mark.parametrize("bed", ["early"], indirect=True)
def test_a_rejection_before_the_pivot_turns_the_bundle_back(bed: Bed) -> None:
    bundle = bed.play.start(MOVE)
    back = bed.rejected(bundle)
    assert back.state is BundleState.CANCELLED, back.problem
    assert permitted(bed.shop) == ["pebble.example"]


@pytest.mark.parametrize("bed", ["replaced"], indirect=True)
def test_a_rejected_step_of_a_replacement_is_proposed_anew(bed: Bed) -> None:
    bundle = bed.play.start(Wish("replacement", jobs=("web",), new_key=True))
    stuck = bed.rejected(bundle)
    assert stuck.state is BundleState.STUCK
    assert "rejected by" in stuck.steps[0].problem
    done = bed.heals(bundle)
    assert done.state is BundleState.DONE, done.steps
    assert bed.changes(bundle, 0) == ["rejected", "applied"]


@pytest.mark.parametrize("bed", ["other"], indirect=True)
def test_what_somebody_else_wrote_meanwhile_is_no_end(bed: Bed) -> None:
    """A withdrawal fails half done, and somebody writes the set by hand before it is tried again."""
    place = bed.shop
    bundle = bed.play.start(MOVE)
    bed.play.play(bundle, done_to(2))
    with bed.second.down():
        bed.play.play(bundle, lambda b: b.attempts > 0)
        texts = [f'0 issue "{name}.example"' for name in ("pebble", "other", "third")]
        place.update(place.zone, "CAA", *texts)
    done = bed.play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert permitted(place) == ["other.example", "third.example"]
