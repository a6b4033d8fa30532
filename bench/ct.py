"""Reading a CT log on loopback: ours against certspotter, the same log in one run.

``python bench/ct.py [ENTRIES]``. Both read every entry, rebuild the tree and look for names below
twenty domains; the log serves prepared pages from a process of its own. certspotter also parses
issuer chains and saves what it finds. The same entries are then read by us as tiles (static-ct-api).
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import base64
import gzip
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.limits import Limits

from certs import Issued, leaf, new_key, root
from ctlog import NOW_MS, CtLog
from staticlog import StaticLog
from trustpath.base.clock import FixedClock
from trustpath.connectors.ct import make
from trustpath.connectors.ct.tiles import tile_path
from trustpath.facts.part import Coverage
from trustpath.facts.relations.transparency import CtEntry
from trustpath.facts.source import Context, SourceSpec

LIMIT = 1.5
PAGE = 1000
DOMAINS = [f"zone{number}.example" for number in range(20)]


def _certificates(ca: Issued) -> list[bytes]:
    key = new_key()
    return [
        leaf(
            ca,
            *(
                f"h{part}.{DOMAINS[number % 20] if number % 107 == 0 else f'd{number}.test'}"
                for part in range(1 + number % 3)
            ),
            key=key,
        ).der
        for number in range(500)
    ]


def _serve_tiles(entries: int, pipe: Connection) -> None:
    ca = root()
    certificates = _certificates(ca)
    log = StaticLog()
    for number in range(entries):
        log.add(certificates[number % 500], ca.der)
    files = {"checkpoint": log.checkpoint(), f"issuer/{ca.fingerprint}": ca.der}
    for index in range(0, entries, 256):
        width = min(256, entries - index)
        path = tile_path("data", index // 256, width)
        files[path] = gzip.compress(b"".join(log.data[index : index + width]), 1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            data = files.get(self.path[1:])
            self.send_response(200 if data is not None else 404)
            if self.path.startswith("/tile/data/"):
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send((server.server_address[1], log.key_base64))
    server.serve_forever()


def _serve(entries: int, pipe: Connection) -> None:
    ca = root()
    certificates = _certificates(ca)
    log = CtLog()
    for number in range(entries):
        log.add(certificates[number % 500], timestamp=NOW_MS - entries + number)
    chain = len(ca.der).to_bytes(3, "big") + ca.der
    extra = base64.b64encode(len(chain).to_bytes(3, "big") + chain).decode()
    pages = [
        json.dumps(
            {
                "entries": [
                    {"leaf_input": base64.b64encode(one).decode(), "extra_data": extra}
                    for one in log.tree.leaves[start : start + PAGE]
                ]
            }
        ).encode()
        for start in range(0, entries, PAGE)
    ]
    head = json.dumps(log.tree_head()).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.endswith("get-sth"):
                data = head
            else:
                start = int(parse_qs(parts.query)["start"][0])
                data = pages[start // PAGE] if start % PAGE == 0 and start < entries else b"{}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send((server.server_address[1], log.key_base64))
    server.serve_forever()


def _ours(url: str, key: str, api: str = "rfc6962") -> tuple[float, int]:
    options: dict[str, Any] = {"log": url, "key": key, "domains": DOMAINS, "batch": PAGE}
    options["api"] = api
    started = time.perf_counter()
    (part,) = make(SourceSpec("ct", "ct", options, Path()), Context(FixedClock(0))).collect()
    found = sum(isinstance(fact, CtEntry) for fact in part.facts)
    elapsed = time.perf_counter() - started
    assert part.coverage is Coverage.FULL, part.problems
    return elapsed, found


def _theirs(binary: str, url: str, key: str, entries: int, folder: Path) -> float:
    """Return the seconds until certspotter has stored the end of the log as its position."""
    log_id = base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode()
    log = {
        "key": key,
        "log_id": log_id,
        "mmd": 86400,
        "url": f"{url}/",
        "description": "bench",
        "state": {"usable": {"timestamp": "2020-01-01T00:00:00Z"}},
    }
    listed = {"version": "1", "operators": [{"name": "B", "email": [], "logs": [log]}]}
    (folder / "logs.json").write_text(json.dumps(listed))
    (folder / "watch").write_text("".join(f".{domain}\n" for domain in DOMAINS))
    command = [binary, "-logs", str(folder / "logs.json"), "-watchlist", str(folder / "watch")]
    command += ["-state_dir", str(folder / "state"), "-no_save", "-stdout", "-verbose"]
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        while process.poll() is None:
            for state in folder.glob("state/logs/*/state.json"):
                try:
                    position = json.loads(state.read_text() or "{}")
                except ValueError:
                    continue
                if position.get("verified_position", {}).get("size", 0) >= entries:
                    return time.perf_counter() - started
            time.sleep(0.01)
        raise SystemExit("certspotter ended early")
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _served(target: Callable[[int, Connection], None], entries: int) -> Iterator[tuple[str, str]]:
    """Run a log in a process of its own; gives its URL and its key."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=target, args=(entries, sender), daemon=True)
    server.start()
    try:
        port, key = receiver.recv()
        yield f"http://127.0.0.1:{port}", key
    finally:
        server.terminate()
        server.join()


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int, nargs="?", default=50_000)
    entries = parser.parse_args().entries
    with _served(_serve_tiles, entries) as (url, key):
        tiled, found = min(_ours(url, key, "static") for _ in range(3))
    print(f"entries {entries:,}, of interest {found:,}")
    print(f"tiles        {entries / tiled:>10,.0f} entries/s")
    with _served(_serve, entries) as (url, key):
        ours, found = min(_ours(url, key) for _ in range(3))
        print(f"trustpath    {entries / ours:>10,.0f} entries/s")
        binary = shutil.which("certspotter")
        if binary is None:
            print("certspotter is not installed: no ratio")
            return
        with tempfile.TemporaryDirectory() as folder:
            theirs = _theirs(binary, url, key, entries, Path(folder))
        print(f"certspotter  {entries / theirs:>10,.0f} entries/s")
        words = limits.at_least("ratio", theirs / ours, LIMIT)
        print(f"ratio        {theirs / ours:>10.2f} {words}")


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
