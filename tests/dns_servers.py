"""Real authoritative name servers on free loopback ports: BIND, Knot, PowerDNS.

Each is a context manager that yields a running server for the zone files it was given, and ends
exactly the process that it started.
"""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

from peers import require

KEY_NAME = "transfer-key"
API_KEY = "an-api-key-of-the-tests"
KEY_SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="
_PDNS_SCHEMA = Path("/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql")


@dataclass(frozen=True)
class DnsServer:
    """A running server on 127.0.0.1; ``log`` is where it writes what it does."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


def free_port() -> int:
    """Return a port that is free for TCP and UDP just now."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free for both TCP and UDP")


@contextlib.contextmanager
def _running(
    command: list[str], port: int, log: Path, zones: Mapping[str, Path]
) -> Iterator[DnsServer]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    server = DnsServer(port, process, log)
    try:
        for zone in zones:
            _wait_for(server, zone)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(server: DnsServer, zone: str) -> None:
    query = dns.message.make_query(zone, "SOA")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            answer = dns.query.tcp(query, "127.0.0.1", port=server.port, timeout=2)
            if answer.rcode() == dns.rcode.NOERROR and answer.answer:
                return
        except (OSError, EOFError, dns.exception.DNSException):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"no server for {zone}: {server.log.read_text(errors='replace')[-3000:]}")


@contextlib.contextmanager
def bind(
    folder: Path,
    zones: Mapping[str, Path],
    *,
    key_only: bool = False,
    updates: bool = False,
    signed: bool = False,
) -> Iterator[DnsServer]:
    """Start BIND 9 for zone files by apex.

    ``key_only`` allows transfers with the key alone, ``updates`` dynamic updates with the key;
    then BIND writes beside the zone files. ``signed``: it makes keys and signs the zones.
    """
    policy = f'dnssec-policy default; key-directory "{folder}";' if signed else ""
    update = f'allow-update {{ key "{KEY_NAME}"; }};' if updates else ""
    statements = "".join(
        f'zone "{zone}" {{ type primary; file "{path.resolve()}"; check-names ignore; '
        f"check-integrity no; {update} {policy} }};\n"
        for zone, path in zones.items()
    )
    with _bind(folder, zones, statements, key_only=key_only) as server:
        yield server


@contextlib.contextmanager
def bind_secondary(folder: Path, zones: Iterable[str], primary: DnsServer) -> Iterator[DnsServer]:
    """Start BIND 9 as a secondary; it transfers at its start and whenever it is notified."""
    statements = "".join(
        f'zone "{zone}" {{ type secondary; file "{zone}.secondary"; '
        f'primaries {{ 127.0.0.1 port {primary.port} key "{KEY_NAME}"; }}; }};\n'
        for zone in zones
    )
    with _bind(folder, dict.fromkeys(zones, folder), statements, key_only=False) as server:
        yield server


@contextlib.contextmanager
def _bind(
    folder: Path, zones: Mapping[str, Path], statements: str, *, key_only: bool
) -> Iterator[DnsServer]:
    binary = require("named")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    allowed = f'key "{KEY_NAME}";' + ("" if key_only else " 127.0.0.1;")
    (folder / "named.conf").write_text(
        f'key "{KEY_NAME}" {{ algorithm hmac-sha256; secret "{KEY_SECRET}"; }};\n'
        f'options {{ directory "{folder}"; pid-file none; session-keyfile none;\n'
        f'managed-keys-directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }};\n'
        f"listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no;\n"
        f"allow-transfer {{ {allowed} }}; }};\n"
        f"controls {{ }};\n{statements}"
    )
    command = [binary, "-c", str(folder / "named.conf"), "-g"]
    with _running(command, port, folder / "named.log", zones) as server:
        yield server


@contextlib.contextmanager
def knot(folder: Path, zones: Mapping[str, Path], *, updates: bool = False) -> Iterator[DnsServer]:
    """Start Knot DNS for zone files by apex; the key, and nothing else, may transfer or update."""
    binary = require("knotd")
    (folder / "db").mkdir(parents=True, exist_ok=True)
    port = free_port()
    entries = "".join(
        f"  - domain: {zone}\n    file: {path.resolve()}\n    acl: transfer\n"
        for zone, path in zones.items()
    )
    (folder / "knot.conf").write_text(
        f"server:\n  listen: 127.0.0.1@{port}\n  rundir: {folder}\n"
        f"database:\n  storage: {folder / 'db'}\n"
        f"log:\n  - target: stderr\n    any: info\n"
        f"key:\n  - id: {KEY_NAME}\n    algorithm: hmac-sha256\n    secret: {KEY_SECRET}\n"
        f"acl:\n  - id: transfer\n    key: {KEY_NAME}\n    action: [transfer{', update' if updates else ''}]\n"
        f"template:\n  - id: default\n    storage: {folder}\n    zonefile-sync: -1\n    semantic-checks: soft\n"
        f"zone:\n{entries}"
    )
    command = [binary, "-c", str(folder / "knot.conf")]
    with _running(command, port, folder / "knot.log", zones) as server:
        yield server


@contextlib.contextmanager
def powerdns(
    folder: Path, zones: Mapping[str, Path], *, updates: bool = False, api_port: int = 0
) -> Iterator[DnsServer]:
    """Start PowerDNS on SQLite with the zone files loaded; the key may transfer every zone.

    ``updates`` allows dynamic updates with the key; with ``api_port`` it has its HTTP API there.
    """
    binary, tool = require("pdns_server"), require("pdnsutil")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    database = folder / "pdns.sqlite3"
    connection = sqlite3.connect(database)
    connection.executescript(_PDNS_SCHEMA.read_text())
    connection.close()
    (folder / "pdns.conf").write_text(
        f"launch=gsqlite3\ngsqlite3-database={database}\ngsqlite3-pragma-synchronous=0\n"
        f"gsqlite3-dnssec=yes\nlocal-address=127.0.0.1\nlocal-port={port}\nsocket-dir={folder}\n"
        "allow-axfr-ips=\nonly-notify=\nguardian=no\ndaemon=no\ndisable-syslog=yes\nwrite-pid=no\n"
        "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n"
        "disable-axfr=no\n"
        + ("dnsupdate=yes\nallow-dnsupdate-from=127.0.0.0/8\n" if updates else "")
        + (
            f"api=yes\napi-key={API_KEY}\nwebserver=yes\nwebserver-address=127.0.0.1\n"
            f"webserver-port={api_port}\nwebserver-allow-from=127.0.0.0/8\n"
            if api_port
            else ""
        )
    )

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [tool, f"--config-dir={folder}", *arguments],
            capture_output=True,
            check=False,
            timeout=300,
        )
        if done.returncode:
            raise RuntimeError(f"pdnsutil {arguments[0]}: {done.stderr.decode(errors='replace')}")

    run("import-tsig-key", KEY_NAME, "hmac-sha256", KEY_SECRET)
    for zone, path in zones.items():
        run("load-zone", zone, str(path))
        run("activate-tsig-key", zone, KEY_NAME, "primary")
        if updates:
            run("set-meta", zone, "TSIG-ALLOW-DNSUPDATE", KEY_NAME)
        if api_port:
            run("set-meta", zone, "SOA-EDIT-API", "INCREASE")
    command = [binary, f"--config-dir={folder}"]
    with _running(command, port, folder / "pdns.log", zones) as server:
        yield server
