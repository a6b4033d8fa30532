"""Forecast of the next renewal of every job of a generated estate: seconds, and ratio to the limit.

Usage: ``python bench/forecast.py [--jobs N]``
Shape: the estate of ``estate.py`` with one job for each certificate, of the names and the CA that
the certificate has; one job in ten names a second issuer. The limit is 20 s for 10,000 jobs. CPU
time is what counts: others use the machine as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.estate import CAS, NOW, Generator, fill
from bench.limits import Limits

from trustpath.base.clock import FixedClock
from trustpath.facts import estate as estates
from trustpath.facts.part import Part
from trustpath.facts.relations.certificate import Certificate, CertificateName
from trustpath.facts.source import SourceSpec
from trustpath.rules.catalogue import build, shipped
from trustpath.store.database import open_store
from trustpath.store.memory import Store
from trustpath.workflow.certificate.forecast import forecast
from trustpath.workflow.session import Session

LIMIT, PER = 20.0, 10_000
SOURCES = {"zones": "zonefile", "certificates": "certificates", "endpoints": "endpoints"}


class WithJobs(Generator):
    """The same estate, and a job for each of its certificates."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._held: list[Any] = []

    def _certificates(self) -> Iterator[Any]:
        if not self._held:
            self._held = list(super()._certificates())
        return iter(self._held)

    def document(self) -> dict[str, Any]:
        """Return the estate file with its jobs."""
        names: dict[str, list[str]] = {}
        cas: dict[str, int] = {}
        numbers = {name: number for number, (name, _) in enumerate(CAS)}
        for row in self._certificates():
            if isinstance(row, Certificate):
                cas[row.fingerprint] = numbers[row.issuer_organisation]
            elif isinstance(row, CertificateName):
                names.setdefault(row.certificate, []).append(row.name)
        issuers = [
            {
                "id": f"i{n}",
                "kind": "acme",
                "ca": f"ca{n}",
                "directory": "https://ca.example/dir",
                "account_key": "account.pem",
            }
            for n in range(len(CAS))
        ]
        jobs = [
            {
                "id": f"j{number}",
                "ca": f"ca{cas[certificate]}",
                "names": listed,
                "method": "dns-01",
                "challenge_writer": number % 50 != 0,
                "issuers": _issuers(number, cas[certificate]),
                "owner": "o0",
                "deploy": "disk",
            }
            for number, (certificate, listed) in enumerate(names.items())
        ]
        deployers = [{"id": "disk", "kind": "files", "key": "k.pem", "chain": "c.pem"}]
        return {**super().document(), "issuers": issuers, "jobs": jobs, "deployers": deployers}


def _issuers(number: int, ca: int) -> list[str]:
    return [f"i{ca}"] + ([f"i{(ca + 1) % len(CAS)}"] if number % 10 == 0 else [])


class Recorded:
    """A source whose facts are in the store already."""

    def __init__(self, name: str, kind: str) -> None:
        self.spec = SourceSpec(name, kind, {}, Path())

    def collect(self) -> Iterator[Part]:
        """Yield nothing."""
        return iter(())


def main(limits: Limits) -> None:
    """Fill a store, forecast, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=PER)
    jobs = parser.parse_args().jobs
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "estate.db"
        made = WithJobs(jobs)
        fill(path, jobs, made)
        session = Session(
            estate=estates.build(made.document(), Path(), "generated"),
            clock=FixedClock(NOW),
            memory=Store(open_store(f"sqlite:///{path}")),
            sources=[Recorded(*item) for item in SOURCES.items()],
            requirements=estates.requirement_facts(),
            catalogue=build(shipped()),
        )
        begun, worked = time.perf_counter(), time.process_time()
        found = forecast(session)
        spent, worked = time.perf_counter() - begun, time.process_time() - worked
    outcomes = Counter({True: "pass", False: "blocked", None: "unknown"}[f.passes] for f in found)
    limit = LIMIT * max(jobs / PER, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    words = limits.at_most("seconds of CPU", worked, limit)
    print(f"{jobs} jobs: {worked:.2f} s of CPU {words}")
    print(f"{spent:.2f} s on this machine as busy as it is, {peak:.0f} MiB")
    print(", ".join(f"{count} {word}" for word, count in sorted(outcomes.items())))
    print(", ".join(f"{n} {rule}" for rule, n in _reasons(found).most_common(8)))


def _reasons(found: Any) -> Counter[str]:
    return Counter(b.rule for one in found for b in (*one.blockers, *one.unknown))


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
