"""From order to chain under dns-01 at Pebble with BIND: our connector against a bare exchange.

``python bench/acme.py [ORDERS]``

Both write the challenge with the same signed update, look after 10 ms for the first time, and use
one connection. Bare is the ``acme`` library with its polling left out (it sleeps a second at a
time), reading nothing but what it needs. Wall time holds the CA's part, which shares the machine;
CPU time is ours alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable

import josepy
from acme import challenges, client, messages
from bench.limits import Limits
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cas import Pebble, pebble
from certs import new_key
from changing import serving
from orders import Zone, acme_issuer, obtain, request

LIMIT = 3.0
APEX = "bench.example"
PAUSE = 0.01


def _ours(ca: Pebble, zone: Zone, folder: Path) -> Callable[[str], int]:
    issuer = acme_issuer(ca, folder)
    issuer.register(agree=True)

    def issue(name: str) -> int:
        return len(obtain(issuer, request(name), zone.present)[1].certificates)

    return issue


def _bare(ca: Pebble, zone: Zone) -> Callable[[str], int]:
    key = josepy.jwk.JWKEC(key=new_key())
    network = client.ClientNetwork(
        key,
        alg=josepy.jwa.ES256,
        verify_ssl=str(ca.vouching),  # type: ignore[arg-type]
    )
    acme = client.ClientV2(client.ClientV2.get_directory(ca.directory, network), network)
    acme.new_account(messages.NewRegistration.from_data(terms_of_service_agreed=True))

    def issue(name: str) -> int:
        csr = x509.load_der_x509_csr(request(name).csr).public_bytes(Encoding.PEM)
        order = acme.new_order(csr)
        (authorization,) = order.authorizations
        (challenge,) = (
            one for one in authorization.body.challenges if isinstance(one.chall, challenges.DNS01)
        )
        zone.add(f"_acme-challenge.{name}", "TXT", challenge.chall.validation(key))
        acme.answer_challenge(challenge, challenge.chall.response(key))
        while True:
            time.sleep(PAUSE)
            authorization, _ = acme.poll(authorization)
            if authorization.body.status != messages.STATUS_PENDING:
                break
        acme.begin_finalization(order)
        while True:
            time.sleep(PAUSE)
            body = messages.Order.from_json(acme._post_as_get(order.uri).json())
            if body.status == messages.STATUS_VALID:
                break
        return str(acme._post_as_get(body.certificate).text).count("BEGIN CERTIFICATE")

    return issue


def _measured(issue: Callable[[str], int], label: str, orders: int) -> tuple[list[float], float]:
    """Return wall times, sorted, and the mean CPU time of an order, in milliseconds."""
    for index in range(5):
        issue(f"{label}-warm{index}.{APEX}")
    walls = []
    before = time.process_time()
    for index in range(orders):
        started = time.perf_counter()
        if not issue(f"{label}{index}.{APEX}"):
            raise SystemExit("no certificate")
        walls.append((time.perf_counter() - started) * 1000)
    return sorted(walls), (time.process_time() - before) * 1000 / orders


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=int, nargs="?", default=100)
    orders = parser.parse_args().orders
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            serving(folder / "dns", [APEX]) as server,
            pebble(folder / "ca", dns=server.address) as ca,
        ):
            zone = Zone(server.port, APEX)
            bare, bare_cpu = _measured(_bare(ca, zone), "bare", orders)
            ours, ours_cpu = _measured(_ours(ca, zone, folder), "ours", orders)
    for label, walls, cpu in (("order to chain", ours, ours_cpu), ("bare acme", bare, bare_cpu)):
        median, p95 = statistics.median(walls), walls[int(len(walls) * 0.95)]
        print(f"{label:<15} median {median:>7.2f} ms   p95 {p95:>7.2f} ms   CPU {cpu:>6.2f} ms")
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"ratio of medians       {ratio:>7.2f}   {limits.at_most('ratio', ratio, LIMIT)}")


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
