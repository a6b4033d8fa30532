"""Full check of a generated estate, all rules: seconds, growth, and the ratio to hand-written joins.

Usage: bench/check.py [SIZE ...] [--engine sqlite|duckdb] [--rules]
The joins are five questions asked directly of DuckDB over the same facts: names of certificates
without DNS, CAA that forbids the issuer, names of another owner, dangling CNAMEs, and names that
resolve while every certificate for them has expired.
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

import duckdb
from bench.estate import NOW, fill
from bench.limits import Limits

from trustpath.base.errors import RuleError
from trustpath.rules.catalogue import build, shipped
from trustpath.rules.judge import Finding, judge
from trustpath.rules.status import Status
from trustpath.store.database import open_store
from trustpath.store.memory import Store

SOURCES = ("estate", "requirements", "zones", "certificates", "endpoints")
SECONDS, MEBIBYTES = 60, 4096
"""What a full check of a million names and a million certificates may take."""

JOINS = {
    "names without DNS": (
        "SELECT COUNT(*) FROM certificate_name n LEFT JOIN rrset r ON r.name = n.name "
        "WHERE NOT n.wildcard AND r.name IS NULL"
    ),
    "CAA forbids": (
        "SELECT COUNT(*) FROM certificate_name n JOIN certificate c ON c.fingerprint = n.certificate "
        "LEFT JOIN (SELECT DISTINCT name FROM caa) h ON h.name = n.base "
        "LEFT JOIN (SELECT DISTINCT name FROM caa) u ON u.name = n.parent "
        "LEFT JOIN (SELECT DISTINCT name FROM caa) z ON z.name = n.registered "
        "JOIN ca_issuer i ON i.value = c.issuer_organisation JOIN ca_identity d ON d.ca = i.ca "
        "WHERE COALESCE(h.name, u.name, z.name) IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM caa x WHERE x.name = COALESCE(h.name, u.name, z.name) AND x.issuer = d.identity)"
    ),
    "other owner": (
        "SELECT COUNT(*) FROM (SELECT n.certificate FROM certificate_name n JOIN ownership o "
        "ON o.base = n.registered OR o.base = n.parent GROUP BY n.certificate "
        "HAVING COUNT(DISTINCT o.owner) > 1)"
    ),
    "dangling CNAME": (
        "SELECT COUNT(*) FROM rdata d LEFT JOIN rrset r ON r.name = d.target "
        "WHERE d.type = 'CNAME' AND r.name IS NULL"
    ),
    "expired but resolving": (
        "SELECT COUNT(*) FROM (SELECT r.name FROM rrset r JOIN certificate_name n "
        "ON n.name = r.name OR (n.wildcard AND n.base = r.parent) JOIN certificate c "
        "ON c.fingerprint = n.certificate GROUP BY r.name HAVING MAX(c.not_after) < 1795478400)"
    ),
}
JOINS["other owner"] = JOINS["other owner"].replace("o.base = n.registered OR ", "")
JOINS["expired but resolving"] = (
    "SELECT COUNT(*) FROM (SELECT name FROM (SELECT r.name, c.not_after FROM rrset r JOIN certificate_name n "
    "ON n.name = r.name JOIN certificate c ON c.fingerprint = n.certificate UNION ALL "
    "SELECT r.name, c.not_after FROM rrset r JOIN certificate_name n ON n.wildcard AND n.base = r.parent "
    "JOIN certificate c ON c.fingerprint = n.certificate) GROUP BY name HAVING MAX(not_after) < 1795478400)"
)


def run(path: Path, engine: str, *, per_rule: bool) -> tuple[float, float, dict[str, float]]:
    """Judge everything in a filled store; return total and load seconds and seconds per rule."""
    store = Store(open_store(f"sqlite:///{path}"))
    begun = time.perf_counter()
    spent: dict[str, float] = {}
    totals = {"pass": 0, "unknown": 0, "fail": 0}
    findings: list[Finding] = []
    with store.judging(NOW, NOW, dict.fromkeys(SOURCES), engine) as judging:
        rules = list(build(shipped()))
        judging.expect(frozenset[str]().union(*(rule.needs for rule in rules)))
        judging.query("SELECT COUNT(*) FROM scope_name")
        loaded = time.perf_counter() - begun
        for rule in rules:
            start = time.perf_counter()
            try:
                outcome = judge(rule, judging)
            except RuleError as error:
                print(f"    {error}")
                continue
            spent[rule.id] = time.perf_counter() - start
            for status, number in outcome.counts.items():
                totals["fail" if status > Status.UNKNOWN else status.word] += number
            findings.extend(outcome.findings)
        total = time.perf_counter() - begun
        if per_rule:
            for rule_id, seconds in sorted(spent.items(), key=lambda item: -item[1])[:40]:
                print(f"    {rule_id:12} {seconds:7.3f} s")
    print(f"    {totals}")
    return total, loaded, spent


def joins(path: Path) -> dict[str, float]:
    """Ask the five questions directly; return seconds for each, facts already loaded."""
    from trustpath.store.duckdb_judge import DuckdbJudge
    from trustpath.store.snapshot import Snapshot

    judging = DuckdbJudge(
        open_store(f"sqlite:///{path}"), Snapshot(NOW, NOW, dict.fromkeys(SOURCES))
    )
    judging.need(
        frozenset(
            {
                "rrset",
                "rdata",
                "caa",
                "certificate",
                "certificate_name",
                "ca_issuer",
                "ca_identity",
                "ownership",
            }
        )
    )
    spent = {}
    for name, sql in JOINS.items():
        start = time.perf_counter()
        judging.query(sql)
        spent[name] = time.perf_counter() - start
    judging.close()
    return spent


def main(limits: Limits) -> None:
    """Print a table for each size, and the growth between sizes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--engine", default="duckdb")
    parser.add_argument("--rules", action="store_true", help="the forty slowest rules")
    parser.add_argument("--keep", type=Path, help="a folder whose stores are reused")
    options = parser.parse_args()
    print(f"DuckDB {duckdb.__version__}, engine {options.engine}")
    last: tuple[int, float] | None = None
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.sizes:
            path = (options.keep or Path(scratch)) / f"estate-{size}.db"
            if not path.exists():
                fill(path, size)
            total, loaded, spent = run(path, options.engine, per_rule=options.rules)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            share = max(size / 1_000_000, 1)
            within = limits.at_most("MiB", peak, MEBIBYTES * share)
            in_time = limits.at_most("seconds", total, SECONDS * share)
            direct = joins(path)
            mean = sum(spent.values()) / max(len(spent), 1)
            reference = sum(direct.values()) / len(direct)
            print(
                f"{size:>9}: {len(spent)} rules in {total:.1f} s {in_time}, {loaded:.1f} s of it to load; "
                f"peak {peak:.0f} MiB {within}"
            )
            print(
                "    direct joins: "
                + ", ".join(f"{name} {seconds:.3f} s" for name, seconds in direct.items())
            )
            print(
                f"    per rule {mean:.3f} s, per direct join {reference:.3f} s: ratio {mean / reference:.2f}"
            )
            if last:
                print(
                    f"    growth: {size / last[0]:.0f} times the estate, {total / last[1]:.1f} times the time"
                )
            last = (size, total)


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
