"""Certificates into facts, stored, against the bare loop of ``cryptography`` in the same run.

    python bench/certificates.py [COUNT] [--scts]

The bare loop reads names, issuer, validity and key hash and keeps nothing. Ours makes all fact
rows and writes them to a store on disk: first from DER in memory without paths, then the whole
connector: PEM bundles of 1,000, paths to a root, places. The ratios are ours to the bare loop.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence

from bench.limits import Limits
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine, create_engine

from certs import (
    CLIENT,
    NOW,
    SERVER,
    Issued,
    intermediate,
    leaf,
    new_key,
    pem_bundle,
    root,
    sct_list,
)
from trustpath.base.clock import FixedClock
from trustpath.connectors.certificates import make
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations import Fact
from trustpath.facts.source import Context, RootSet, SourceSpec
from trustpath.facts.x509 import CertificateIndex
from trustpath.store.record import Recorder
from trustpath.store.tables import METADATA

BUNDLE = 1000


def make_leaves(issuers: Sequence[Issued], count: int, scts: bool) -> list[Issued]:
    """Return leaves with 2.2 names on average, 15 % of them wildcards, keys of a pool of 64."""
    choose = random.Random(7)
    keys = [new_key() for _ in range(64)]
    extra = [sct_list(NOW * 1000, NOW * 1000 + 5)] if scts else []
    found = []
    for number in range(count):
        zone = f"zone{choose.randrange(max(count // 50, 1))}.example.com"
        names = [
            f"*.w{number}-{n}.{zone}" if choose.random() < 0.15 else f"h{number}-{n}.{zone}"
            for n in range(choose.choice((1, 1, 2, 2, 2, 3, 3, 3, 3, 2)))
        ]
        found.append(
            leaf(
                choose.choice(issuers), *names, key=choose.choice(keys), usages=[SERVER, CLIENT],
                crl="http://crl.example.com/1.crl", ocsp="http://ocsp.example.com", extra=extra,
            )
        )  # fmt: skip
    return found


def bare(ders: Sequence[bytes]) -> None:
    for der in ders:
        one = x509.load_der_x509_certificate(der)
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names.get_values_for_type(x509.DNSName)
        one.issuer.rfc4514_string()
        _ = one.not_valid_before_utc, one.not_valid_after_utc
        key = one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        hashlib.sha256(key).hexdigest()


def index_only(ders: Sequence[bytes]) -> None:
    index = CertificateIndex()
    for der in ders:
        index.facts(der)


def new_store(path: Path) -> Engine:
    """Return an empty store on disk, journalled as the program does it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
    METADATA.create_all(engine)
    return engine


def stored(ders: Sequence[bytes], folder: Path) -> None:
    index = CertificateIndex()

    def rows(some: Sequence[bytes]) -> Iterator[Fact]:
        for der in some:
            facts = index.facts(der)
            yield facts.certificate
            yield from facts.names
            yield from facts.timestamps

    with Recorder(new_store(folder / "rows.db"), "certs", "certificates", NOW) as recorder:
        for at in range(0, len(ders), BUNDLE):
            facts = rows(ders[at : at + BUNDLE])
            recorder.write(Part(f"{at}", Grade.AUTHORITATIVE, Coverage.FULL, NOW, facts))
        recorder.finish()


def collected(folder: Path, roots: RootSet, signatures: str) -> None:
    spec = SourceSpec("certs", "certificates", {"path": "pem", "signatures": signatures}, folder)
    source = make(spec, Context(FixedClock(NOW), roots=roots))
    store = new_store(folder / f"{signatures}.db")
    with Recorder(store, "certs", "certificates", NOW) as recorder:
        for part in source.collect():
            assert part.coverage is Coverage.FULL, part.problems
            recorder.write(part)
        recorder.finish()


def rate(count: int, work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def main(limits: Limits) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=30_000)
    parser.add_argument("--scts", action="store_true", help="two embedded timestamps each")
    arguments = parser.parse_args()
    count = arguments.count
    top = root()
    issuers = [intermediate(top, f"Example CA {n}") for n in range(4)]
    leaves = make_leaves(issuers, count, arguments.scts)
    ders = [one.der for one in leaves]
    print(f"{count} certificates, {sum(map(len, ders)) / count:.0f} octets on average")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pem").mkdir()
        (folder / "pem" / "chain.pem").write_bytes(pem_bundle(*issuers))
        for at in range(0, count, BUNDLE):
            bundle = pem_bundle(*leaves[at : at + BUNDLE])
            (folder / "pem" / f"{at:08}.pem").write_bytes(bundle)
        del leaves
        roots = RootSet(public=[top.der])
        # The bare loop before and after, as the machine may have other work.
        first = rate(count, lambda: bare(ders))
        ours = {
            "index only": rate(count, lambda: index_only(ders)),
            "rows, stored": rate(count, lambda: stored(ders, folder)),
            "connector, stored": rate(count, lambda: collected(folder, roots, "sampled")),
            "the same, all signatures": rate(count, lambda: collected(folder, roots, "all")),
        }
        limit = (first + rate(count, lambda: bare(ders))) / 2
    print(f"{'bare cryptography loop':28}{limit:10,.0f}/s")
    for what, speed in ours.items():
        print(f"{what:28}{speed:10,.0f}/s  {speed / limit:5.2f} of bare")
    print(
        limits.at_least("certificates/s, stored", ours["connector, stored"], 20_000),
        "by the connector",
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
