"""Mass replacement drill: certificates from a real Pebble, BIND and nginx endpoints verified.

``python bench/replace.py [CERTIFICATES ...] [--profile]``

Each certificate is replaced as a judged change: intent, CAA at the authoritative server, order,
challenge as a change of its own, deployment to an nginx of ten names with its test and reload, and
a look at the endpoint. The process that carries the drill is killed when two fifths are through and
another one goes on; both are counted. With several numbers the cost of one certificate has to stay
the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import cProfile
import hashlib
import multiprocessing
import os
import pstats
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench.limits import Limits
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cas import Pebble, pebble
from certs import Issued, leaf, pem_bundle, root
from dns_servers import KEY_SECRET, DnsServer, bind
from issuing import ZONE, Shop
from tls_servers import Served, free_port, nginx
from trustpath.app.application import TrustpathApplication
from trustpath.facts.bundle import BundleState
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.workflow.bundle import decide
from trustpath.workflow.bundle.starting import Wish
from trustpath.workflow.certificate import entries

APEX = "bench.example"
GROUP = 10
LIMIT = 180.0
SLACK = 1.35
"""How much more one certificate of the largest drill may cost than one of the smallest."""


@dataclass(frozen=True)
class Farm:
    """Where every name is served, and with what at first."""

    port: int
    held: list[Issued]

    def name(self, number: int) -> str:
        return f"n{number}.{APEX}"

    def address(self, number: int) -> str:
        return f"127.0.{1 + number // GROUP // 200}.{1 + number // GROUP % 200}"

    def folder(self, number: int) -> str:
        return f"web{number // GROUP}"


@contextmanager
def serving(folder: Path, count: int) -> Iterator[tuple[Shop, Farm]]:
    """Start everything, and write an estate of one job for each name."""
    authority = root("Old Root")
    farm = Farm(free_port(), [leaf(authority, f"n{n}.{APEX}") for n in range(count)])
    zone = folder / "bench.zone"
    lines = [f"n{n}.{APEX}. 300 IN A {farm.address(n)}\n" for n in range(count)]
    zone.write_text(ZONE.format(zone=APEX) + "".join(lines))
    with ExitStack() as stack:
        server = stack.enter_context(bind(folder / "bind", {APEX: zone}, updates=True))
        ca = stack.enter_context(pebble(folder, dns=server.address))
        for first in range(0, count, GROUP):
            blocks = [
                Served(farm.address(n), farm.port, pem_bundle(old), old.key_pem, name=farm.name(n))
                for n, old in list(enumerate(farm.held))[first : first + GROUP]
            ]
            stack.enter_context(nginx(folder / farm.folder(first), blocks))
        yield _estate(folder, count, farm, server, ca), farm


def _estate(folder: Path, count: int, farm: Farm, server: DnsServer, ca: Pebble) -> Shop:
    shop = Shop(folder, APEX, server, ca, farm.port)
    jobs, deployers = [], []
    for number in range(count):
        name, web, place = f"n{number}", farm.folder(number), number % GROUP
        files = {"key": f"{web}/{2 * place + 1}.bin", "chain": f"{web}/{2 * place}.bin"}
        jobs.append(shop.job(id=name, names=[farm.name(number)], deploy=name, service=web))
        deployers.append(
            {
                "id": name,
                "kind": "nginx",
                **files,
                "configuration": f"{web}/nginx.conf",
                "prefix": web,
            }
        )
    services = [
        {
            "id": farm.folder(first),
            "owner": "pki",
            "tier": "internal",
            "names": [farm.name(n) for n in range(first, min(first + GROUP, count))],
            "ports": [{"port": farm.port, "protocol": "tls"}],
            "cas": ["pebble"],
        }
        for first in range(0, count, GROUP)
    ]
    standing: dict[str, Any] = {
        "id": "acme",
        "actor": "bot",
        "names": [f"_acme-challenge.*.{APEX}"],
        "value": "acme-challenge",
        "rate": {"count": 100_000, "per": "1d"},
        "until": "2030-01-01",
    }
    shop.write(*jobs, deployers=deployers, services=services, standing=[standing])
    shop.register()
    return shop


def already_issued(shop: Shop, farm: Farm) -> None:
    """Write down for every job that what is served now was issued by Pebble."""
    office = shop.office()
    issuer = office.ports.connected.issuer("pebble")
    account = issuer.account()
    now = office.ports.pace.now()
    for number, (job, old) in enumerate(zip(office.ports.jobs.values(), farm.held, strict=True)):
        read = x509.load_pem_x509_certificate(old.pem)
        public = read.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        made = Issuance(
            id=f"O{number + 1}",
            job=job.id,
            issuer="pebble",
            ca="pebble",
            account=account.uri if account else None,
            method=job.method,
            profile=None,
            names=job.names,
            spki=hashlib.sha256(public).hexdigest(),
            state=IssuanceState.VERIFIED,
            chain=old.pem.decode(),
            fingerprint=hashlib.sha256(read.public_bytes(Encoding.DER)).hexdigest(),
            not_before=int(read.not_valid_before_utc.timestamp()),
            not_after=int(read.not_valid_after_utc.timestamp()),
            basis=office.ports.facts.basis(job, issuer, job.names).document(),
            created_at=now,
            updated_at=now,
            registered_at=now,
            issued_at=now,
            deployed_at=now,
            verified_at=now,
        )
        with office.ports.store.act() as act:
            act.put_order(made)
            act.record(entries.intent(made, "bot"))
    office.close()


def _look(estate: Path, bundle: str, profile: bool) -> None:
    office = TrustpathApplication().bundles(estate)
    watch = cProfile.Profile()
    if profile:
        watch.enable()
    while office.look(bundle) is not None:
        pass
    watch.disable()
    if profile:
        pstats.Stats(watch).sort_stats("cumulative").print_stats(60)
    os._exit(0)


def drill(folder: Path, count: int, *, profile: bool) -> tuple[float, float]:
    """Replace them all; returns seconds, and seconds of CPU of our own processes."""
    with serving(folder, count) as (shop, farm):
        already_issued(shop, farm)
        office = TrustpathApplication().bundles(shop.estate)
        before = _cpu()
        started = time.monotonic()
        found = office.start_of(Wish("replacement", ca="pebble", drill=True))
        bundle = decide.start(office.desk("bot"), found.kind, found.subject, **found.arguments).id
        context = multiprocessing.get_context("fork")
        first = context.Process(target=_look, args=(shop.estate, bundle, False))
        first.start()
        while _done(office, bundle) < count * 2 // 5 and first.is_alive():
            time.sleep(0.25)
        os.kill(first.pid or 0, signal.SIGKILL)
        first.join()
        killed_at = _done(office, bundle)
        second = context.Process(target=_look, args=(shop.estate, bundle, profile))
        second.start()
        second.join()
        spent, cpu = time.monotonic() - started, _cpu() - before
        ended = office.bundle(bundle)
        if ended.state is not BundleState.DONE or killed_at >= count:
            lost = [step.problem for step in ended.steps if step.problem]
            raise SystemExit(f"{ended.state.value}, killed at {killed_at}: {lost[:5]}")
        print(f"  killed at {killed_at} of {count}, all done in the end")
        return spent, cpu


def _done(office: Any, bundle: str) -> int:
    return sum(step.state.value == "done" for step in office.bundle(bundle).steps)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificates", type=int, nargs="*", default=[100, 500])
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    os.environ["TSIG"] = KEY_SECRET
    each = []
    for count in options.certificates:
        with tempfile.TemporaryDirectory() as scratch:
            spent, cpu = drill(Path(scratch), count, profile=options.profile)
        each.append(spent / count)
        print(
            f"{count} certificates replaced and seen: {spent:.0f} s, {1000 * spent / count:.0f} ms"
            f" each, of which {1000 * cpu / count:.0f} ms CPU of ours"
        )
        if count >= 500:
            limits.at_most("seconds for 500 or more", spent, LIMIT)
    if len(each) > 1:
        ratio = each[-1] / each[0]
        print(
            f"one of the last against one of the first: {ratio:.2f} {limits.at_most('growth', ratio, SLACK)}"
        )


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
