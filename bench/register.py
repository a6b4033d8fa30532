"""A public register of subdomains: what a report says of 15,000 tenants, and how long it is.

Usage: ``python bench/register.py [TENANTS] [--keep FOLDER]``. One zone in which strangers have names: most are aliases to
hosting services, some have addresses, mail or name servers of their own, and a few have what goes
wrong in such registers. Prints the size of each report and exits with 1 where the table is longer
than a person reads.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator

from bench.limits import Limits

APEX = "tenants.example"
NOW = "2026-11-24T12:00:00Z"
HOSTS = (
    ("{user}.github.io", 40),
    ("cname.vercel-dns.com", 20),
    ("{user}.netlify.app", 9),
    ("{user}.pages.dev", 8),
    ("{user}.onrender.com", 3),
    ("{user}.up.railway.app", 2),
    ("{user}.herokuapp.com", 2),
    ("{user}.azurewebsites.net", 1),
    ("{user}.s3-website-us-east-1.amazonaws.com", 1),
    ("hosts.{user}.example.net", 10),
)
ADDRESSES = ("185.199.108.153", "76.76.21.21", "216.198.79.1", "75.2.60.5")
MAIL = ("mx1.mail.example.net", "route1.mx.cloudflare.net", "mx.zoho.com", "mx1.improvmx.com")


def records(count: int, rng: random.Random) -> Iterator[tuple[int, str]]:
    """Yield (tenant, line of the zone file)."""
    targets, weights = zip(*HOSTS, strict=True)
    for number in range(count):
        name, user = f"t{number}", f"u{rng.randrange(count)}"
        kind = rng.random()
        if kind < 0.62:
            target = rng.choices(targets, weights)[0].format(user=user)
            yield number, f"{name} CNAME {target}."
        elif kind < 0.88:
            yield number, f"{name} A {rng.choice(ADDRESSES)}"
            if rng.random() < 0.2:
                yield number, f"www.{name} CNAME {name}"
        elif kind < 0.93:
            yield number, f"{name} A 5.75.{number % 250}.{number % 240 + 1}"
            yield number, f"{name} MX 10 {rng.choice(MAIL)}."
            yield number, f'{name} TXT "v=spf1 include:_spf.example.net ~all"'
        elif kind < 0.97:
            for server in "ab":
                yield number, f"{name} NS {server}.ns.u{number}.example.org."
        else:
            yield number, f"{name} A 65.108.{number % 250}.{number % 240 + 1}"
        if rng.random() < 0.12:
            prefix = rng.choice(("_discord", "_vercel", "_github-pages-challenge-x", "_atproto"))
            if kind < 0.93 or kind >= 0.97:
                yield number, f'{prefix}.{name} TXT "{rng.randbytes(16).hex()}"'
    yield 1, "lan A 192.168.1.10"
    yield 2, "local A 127.0.0.1"
    yield 3, '_dmarc.t3 TXT "v=DMARC1; p=maybe"'
    yield 4, '_dmarc TXT "v=DMARC1; p=none"'
    yield 5, "under_score A 5.75.1.7"


def write(folder: Path, tenants: int) -> None:
    """Write zone, owners and estate file."""
    rng = random.Random(15_000)
    owners = max(1, tenants * 8 // 15)
    lines = [
        f"$ORIGIN {APEX}.\n$TTL 3600\n@ SOA ns1 hostmaster 1 3600 600 604800 300",
        '@ NS ns1\n@ NS ns2\nns1 A 5.75.1.1\nns2 A 5.75.1.2\n@ CAA 0 issue "letsencrypt.org"',
    ]
    lines += [line for _, line in records(tenants, rng)]
    (folder / f"{APEX}.zone").write_text("\n".join(lines) + "\n")
    table = [f"zone,{APEX},registry"]
    table += [f"name,t{n}.{APEX},owner{rng.randrange(owners)}" for n in range(tenants)]
    (folder / "owners.csv").write_text("kind,pattern,owner\n" + "\n".join(table) + "\n")
    (folder / "estate.yaml").write_text(
        "organisation: Register\n"
        "sources:\n"
        f"  - {{id: zone, kind: zonefile, path: {APEX}.zone}}\n"
        "  - {id: owners, kind: csv, path: owners.csv}\n"
    )


def check(folder: Path, *options: str) -> tuple[str, float]:
    """Return what check prints and how many seconds it took."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "trustpath", "check", "-e", str(folder / "estate.yaml")]
    ran = subprocess.run(
        [*command, "--now", NOW, *options], capture_output=True, text=True, check=False
    )
    if ran.returncode not in (0, 3):
        raise SystemExit(ran.stderr)
    return ran.stdout, time.perf_counter() - started


def main() -> None:
    """Write the register, judge it and measure the reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tenants", nargs="?", type=int, default=15_000)
    parser.add_argument("--keep", type=Path, help="write here and leave it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, Limits() as limits:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, given.tenants)
        table, seconds = check(folder)
        lines = table.count("\n")
        print(f"table    {lines} lines {limits.at_most('lines of the table', lines, 100)}")
        print(f"time     {seconds:.1f} s")
        for name in ("json", "sarif", "csv"):
            text, seconds = check(folder, "-f", name)
            print(f"{name:8} {len(text) / 1e6:.2f} MB in {seconds:.1f} s")
        if given.keep:
            print(table)


if __name__ == "__main__":
    main()
