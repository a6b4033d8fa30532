"""DNS servers for tests, all on loopback: BIND with zones, Unbound that validates, hand-made ones.

Every server is a context manager that starts on a free port and is stopped, by its own process
id, when the block ends.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from peers import require
from tls_servers import running

LOOPBACK = "127.0.0.1"
_HEAD = (
    "$TTL 300\n@ SOA ns.{zone}. host.{zone}. 1 3600 600 86400 60\n@ NS ns.{zone}.\nns A 127.0.0.1\n"
)


def free_dns_port(address: str = LOOPBACK) -> int:
    """Return a port that is free for both UDP and TCP."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((address, 0))
            port = int(tcp.getsockname()[1])
            with suppress(OSError):
                udp.bind((address, port))
                return port
    raise RuntimeError("no port is free for both UDP and TCP")


def write_zone(folder: Path, zone: str, body: str) -> Path:
    """Write a zone file with SOA and NS before ``body``."""
    path = folder / f"{zone}.zone"
    path.write_text(_HEAD.format(zone=zone) + body)
    return path


def sign_zone(folder: Path, zone: str, body: str) -> tuple[Path, str]:
    """Sign a zone with one key; return its file and its DNSKEY record as a trust anchor."""
    plain = write_zone(folder, zone, body)
    anchor = new_anchor(folder, zone)
    signed = folder / f"{zone}.signed"
    _run("dnssec-signzone", "-S", "-z", "-K", folder, "-o", zone, "-f", signed, plain, cwd=folder)
    return signed, anchor


def new_anchor(folder: Path, zone: str) -> str:
    """Make a key for a zone; return its DNSKEY record."""
    made = _run(
        "dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", folder, zone, cwd=folder
    )
    return (folder / f"{made.strip()}.key").read_text()


def _run(binary: str, *arguments: str | Path, cwd: Path) -> str:
    command = [require(binary), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def bind(folder: Path, zones: Mapping[str, Path], *, options: str = "") -> Iterator[int]:
    """Run an authoritative BIND with these zones; gives its port."""
    port = free_dns_port()
    statements = [
        f'directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key"',
        f"listen-on port {port} {{ {LOOPBACK}; }}; listen-on-v6 {{ none; }}",
        f"recursion no; dnssec-validation no; minimal-responses no; notify no; {options}",
    ]
    lines = [
        f"options {{ {'; '.join(statements).rstrip('; ')}; }};",
        "controls { };",
        *(f'zone "{name}" {{ type primary; file "{path}"; }};' for name, path in zones.items()),
    ]
    config = folder / "named.conf"
    config.write_text("\n".join(lines) + "\n")
    command: list[str | Path] = [require("named"), "-4", "-g", "-c", config]
    with running(command, LOOPBACK, port, folder / "named.log"):
        yield port


@contextmanager
def unbound(
    folder: Path,
    stubs: Mapping[str, int],
    *,
    anchors: Sequence[str] = (),
    insecure: Sequence[str] = (),
) -> Iterator[int]:
    """Run a validating Unbound that asks loopback ports for these zones; gives its port."""
    port = free_dns_port()
    anchor_file = folder / "anchors.key"
    anchor_file.write_text("".join(anchors))
    lines = [
        "server:",
        f"  interface: {LOOPBACK}@{port}",
        "  access-control: 127.0.0.0/8 allow",
        "  do-not-query-localhost: no",
        "  do-ip6: no",
        '  chroot: ""',
        '  username: ""',
        f'  directory: "{folder}"',
        f'  pidfile: "{folder}/unbound.pid"',
        "  use-syslog: no",
        '  module-config: "validator iterator"',
        '  root-hints: ""',
        "  num-threads: 1",
        "  ede: yes",
        '  local-zone: "test." nodefault',
        *([f'  trust-anchor-file: "{anchor_file}"'] if anchors else []),
        *(f'  domain-insecure: "{name}."' for name in insecure),
        "remote-control:",
        "  control-enable: no",
    ]
    for name, stub_port in stubs.items():
        lines += ["stub-zone:", f'  name: "{name}."', f"  stub-addr: {LOOPBACK}@{stub_port}"]
    config = folder / "unbound.conf"
    config.write_text("\n".join(lines) + "\n")
    command: list[str | Path] = [require("unbound"), "-d", "-p", "-c", config]
    with running(command, LOOPBACK, port, folder / "unbound.log"):
        yield port


Answerer = Callable[[bytes], Sequence[bytes]]


@contextmanager
def udp_server(answer: Answerer, address: str = LOOPBACK) -> Iterator[int]:
    """Answer every datagram with what ``answer`` gives for it; gives the port, free for TCP."""
    stop = threading.Event()
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind((address, free_dns_port(address)))
        sock.settimeout(0.05)

        def serve() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    data, sender = sock.recvfrom(65535)
                    for reply in answer(data):
                        sock.sendto(reply, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            stop.set()
            thread.join(5)
