"""Bundles over a shop's real peers: people consent at once, and long waits pass in an instant."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import dns.message
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dns_servers import KEY_NAME, KEY_SECRET
from issuing import Shop, entries, orders
from trustpath.app.application import TrustpathApplication
from trustpath.app.bundles import open_rig
from trustpath.app.pace import SystemPace
from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, BundleState
from trustpath.facts.change import Change, State
from trustpath.facts.order import Issuance
from trustpath.store.change import ChangeStore
from trustpath.store.database import open_store
from trustpath.workflow.bundle import decide
from trustpath.workflow.bundle.office import BundleOffice
from trustpath.workflow.bundle.run import Runner
from trustpath.workflow.bundle.starting import Wish
from trustpath.workflow.certificate.request import job_named, submission, wanted_event
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.decide import approve, propose

TURNS = 60
STEADY = 8
"""Looks in a row that see the same: while it reloads, either worker of nginx may answer."""
RING = dns.tsigkeyring.from_text({KEY_NAME: ("hmac-sha256", KEY_SECRET)})


@dataclass
class Hours:
    """The machine's clock, which a test may move on."""

    passed: int = 0

    def now(self) -> int:
        return int(time.time()) + self.passed


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    """Return a clock that everything which waits goes by."""
    made = Hours()
    monkeypatch.setattr(SystemPace, "now", lambda _pace: made.now())
    return made


@dataclass
class Play:
    """One shop's bundles in this process; ``seen`` gets the state of every step after each turn."""

    shop: Shop
    hours: Hours
    people: Sequence[str] = ("dan", "cem")
    waited: list[int] = field(default_factory=list)

    @cached_property
    def store(self) -> ChangeStore:
        """What is kept, to look at."""
        return ChangeStore(open_store(f"sqlite:///{self.shop.folder / 'trustpath.db'}"))

    @property
    def office(self) -> BundleOffice:
        """An office that was opened just now, as by another command."""
        return TrustpathApplication().bundles(self.shop.estate)

    def start(self, wish: Wish, actor: str = "ann") -> str:
        """File a bundle and return its id."""
        office = self.office
        found = office.start_of(wish)
        return decide.start(office.desk(actor), found.kind, found.subject, **found.arguments).id

    def turn(self, bundle: str) -> bool:
        """Look at a bundle once, consent to what it waits for, let its wait pass; False at rest."""
        office = self.office
        at = office.look(bundle)
        if at is None:
            return False
        if not self.consent():
            ahead = max(0, at - self.hours.now())
            self.waited.append(ahead)
            self.hours.passed += ahead
        return True

    def play(self, bundle: str, until: Callable[[Bundle], bool] = lambda _bundle: False) -> Bundle:
        """Carry a bundle on until it rests, or until it is as wanted."""
        for _ in range(TURNS):
            if until(self.bundle(bundle)) or not self.turn(bundle):
                return self.bundle(bundle)
        raise AssertionError(f"{bundle} never ends: {self.bundle(bundle)}")

    def bundle(self, bundle: str) -> Bundle:
        """Return a bundle as it is."""
        with self.store.reading() as reader:
            return reader.bundle(bundle)

    def consent(self) -> bool:
        """Let people approve every change that waits; returns whether there was one."""
        with self.store.reading() as reader:
            waiting = reader.changes((State.PROPOSED,))
        if not waiting:
            return False
        office = self.shop.office()
        for change in waiting:
            for who in self.people:
                with suppress(InputError):
                    approve(office.changes.desk, change.id, who)
        office.close()
        return True

    def changes(self) -> Sequence[Change]:
        """Return every change of the shop."""
        with self.store.reading() as reader:
            return reader.changes()

    def orders(self) -> Sequence[Issuance]:
        """Return every issuance of the shop."""
        with self.store.reading() as reader:
            return reader.orders()

    def turn_to(self, bundle: str, what: str) -> Bundle:
        """Pause, resume or cancel a bundle."""
        desk = self.office.desk("ann")
        if what == "cancel":
            return decide.cancel(desk, bundle, "a test")
        return {"pause": decide.pause, "resume": decide.resume}[what](desk, bundle)


def states(bundle: Bundle) -> list[str]:
    """Return the states of a bundle's steps."""
    return [step.state.value for step in bundle.steps]


def ended(bundle: Bundle) -> bool:
    """Say whether a bundle is at rest for good."""
    return bundle.state in (BundleState.DONE, BundleState.CANCELLED)


def spki(place: Shop) -> str:
    """Return the SHA-256 of the key that nginx serves with, once its former workers are gone."""
    seen: list[str] = []
    while len(seen) < STEADY or len(set(seen[-STEADY:])) > 1:
        key = x509.load_pem_x509_certificate(place.served().encode()).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        seen.append(hashlib.sha256(der).hexdigest())
        time.sleep(0.03)
    return seen[-1]


def held(place: Shop, name: str, rdtype: str) -> list[str]:
    """Return the texts of an RRset at the primary."""
    query = dns.message.make_query(f"{name}.", rdtype)
    answer = dns.query.tcp(query, "127.0.0.1", port=place.server.port, timeout=10)
    return sorted(item.to_text() for rrset in answer.answer for item in rrset)


def obtain(play: Play) -> None:
    """Obtain the first certificate of every job that has none."""
    office = play.shop.office()
    desk = office.changes.desk
    done = {item.job for item in orders(office)}
    for job in sorted(set(office.ports.jobs) - done):
        event = wanted_event(office.ports, job_named(office.ports, job))
        filed = propose(desk, submission(event), "ann").change
        for who in ("dan", "cem"):
            approve(desk, filed.id, who)
        apply(desk, office.changes.ports, filed.id, "ann")
    office.close()


def tlsa(place: Shop, ttl: int, *texts: str) -> None:
    """Make the TLSA set of the shop's web server exactly this."""
    owner = f"_{place.port}._tcp.www.{place.zone}."
    message = dns.update.UpdateMessage(place.zone, keyring=RING)
    message.delete(owner, "TLSA")
    for text in texts:
        message.add(owner, ttl, "TLSA", text)
    answer = dns.query.tcp(message, "127.0.0.1", port=place.server.port, timeout=10)
    assert answer.rcode() == dns.rcode.NOERROR


def looking(play: Play, bundle: str, passing: Callable[[str], None]) -> multiprocessing.Process:
    """Start a process of its own that looks at a bundle once."""

    def run() -> None:
        rig = open_rig(lambda: TrustpathApplication()._open(play.shop.estate), play.shop.estate)
        Runner(replace(rig.ports, passing=passing), bundle).advance()
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    return process  # type: ignore[return-value]


def killed(play: Play, bundle: str, place: str) -> None:
    """Go on until a process dies at a place, whatever it waits for before."""

    def passing(name: str) -> None:
        if name == place:
            os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(8):
        process = looking(play, bundle, passing)
        process.join(60)
        if process.exitcode == -signal.SIGKILL:
            return
        assert process.exitcode == 0
        play.consent()
        play.hours.passed += 12 * 3600
    raise AssertionError(f"{bundle} never came to {place}: {play.bundle(bundle)}")


def done_once(play: Play, bundle: Bundle) -> bool:
    """Say whether every step was written down as done exactly once."""
    counted = Counter(
        entry.body["step"]
        for entry in entries(play.shop.folder)
        if entry.kind == "bundle.step" and entry.body["step_state"] == "done"
    )
    return counted == dict.fromkeys(range(len(bundle.steps)), 1)
