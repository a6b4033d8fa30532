"""One certificate from order to disk under dns-01, on a real Pebble and BIND: ours against bare.

``python bench/issue.py [CERTIFICATES] [--profile]``

Ours makes the key, registers the intent, checks CAA at the authoritative server, orders, publishes
the challenge as a judged change and waits until every server has it, finalizes, checks what came
and puts it in place, each act with its entry in the ledger. Bare is the ``acme`` library and one
signed update, with key and chain written to files. The second figure of ours holds the withdrawal
of the challenge and everything that is recorded after.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import cProfile
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dns.query
import dns.rcode
import dns.tsig
import dns.update
from acme import challenges, client, crypto_util, messages
from bench.limits import Limits
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from cas import Pebble
from dns_servers import KEY_NAME, KEY_SECRET, DnsServer
from issuing import Shop, authorities
from tls_servers import free_port
from trustpath.workflow.certificate.intent import Wanted, register
from trustpath.workflow.certificate.order import Runner

LIMIT = 3.0
ZONE = "bench.example"
WARM = 3


def _ours(shop: Shop, names: list[str]) -> tuple[Callable[[int], tuple[float, float]], object]:
    place = {"id": "web", "kind": "files", "key": "web.key", "chain": "web.pem"}
    jobs = [shop.job(id=name, names=[name]) for name in names]
    for job in jobs:
        del job["service"]
    shop.write(*jobs, deployers=[place], services=[])
    shop.register()
    office = shop.office()
    moments: dict[str, float] = {}

    def passing(name: str) -> None:
        moments[name] = time.perf_counter()

    ports = replace(office.ports, passing=passing)

    def issue(index: int) -> tuple[float, float]:
        job = ports.jobs[names[index]]
        started = time.perf_counter()
        made = register(ports, Wanted(job, job.names), ports.connected.issuer("pebble"), "bot")
        ended = Runner(ports, made.id, "bot", held=True).run()
        if ended.fingerprint is None:
            raise SystemExit(f"not issued: {ended.problem}")
        return moments["in-place"] - started, time.perf_counter() - started

    return issue, office


def _bare(folder: Path, server: DnsServer, ca: Pebble) -> Callable[[str], float]:
    account = JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
    vouching: Any = str(ca.vouching)  # passed on to requests, which takes a file as well
    network = client.ClientNetwork(account, alg=ES256, verify_ssl=vouching)
    directory = client.ClientV2.get_directory(ca.directory, network)
    acme = client.ClientV2(directory, network)
    acme.new_account(
        messages.NewRegistration.from_data(email="a@bench.example", terms_of_service_agreed=True)
    )
    ring = dns.tsig.Key(KEY_NAME, KEY_SECRET)

    def issue(name: str) -> float:
        started = time.perf_counter()
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        order = acme.new_order(crypto_util.make_csr(key, [name]))
        for authorization in order.authorizations:
            offered = authorization.body.challenges
            shown = next(c for c in offered if isinstance(c.chall, challenges.DNS01))
            update = dns.update.UpdateMessage(ZONE, keyring=ring)
            update.replace(f"_acme-challenge.{name}.", 60, "TXT", shown.chall.validation(account))
            answer = dns.query.tcp(update, "127.0.0.1", port=server.port, timeout=5)
            if answer.rcode() != dns.rcode.NOERROR:
                raise SystemExit("the bare update failed")
            acme.answer_challenge(shown, shown.response(account))
            while acme.poll(authorization)[0].body.status == messages.STATUS_PENDING:
                time.sleep(0.01)
        order = acme.begin_finalization(order)
        while True:
            body = messages.Order.from_json(acme._post_as_get(order.uri).json())
            if body.status == messages.STATUS_VALID:
                break
            time.sleep(0.01)
        chain = acme._post_as_get(body.certificate).text
        (folder / "bare.key").write_bytes(key)
        (folder / "bare.pem").write_text(chain)
        return time.perf_counter() - started

    return issue


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificates", type=int, nargs="?", default=20)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    os.environ["TSIG"] = KEY_SECRET
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with authorities(folder / "ca", [ZONE]) as (server, ca):
            shop = Shop(folder, ZONE, server, ca, free_port())
            names = [f"n{index}.{ZONE}" for index in range(options.certificates + WARM)]
            ours, _office = _ours(shop, names)
            bare = _bare(folder, server, ca)
            placed, whole, plain = [], [], []
            profile = cProfile.Profile()
            for index, name in enumerate(names):
                plain.append(bare(f"bare-{name}"))
                if options.profile and index >= WARM:
                    profile.enable()
                here, all_ = ours(index)
                profile.disable()
                placed.append(here)
                whole.append(all_)
    if options.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    on_disk, ended, without = (statistics.median(times[WARM:]) for times in (placed, whole, plain))
    print(
        f"{options.certificates} certificates: on disk {1000 * on_disk:.0f} ms, "
        f"with everything {1000 * ended:.0f} ms; bare {1000 * without:.0f} ms; "
        f"ratio {on_disk / without:.1f} {limits.at_most('ratio', on_disk / without, LIMIT)}"
    )


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
