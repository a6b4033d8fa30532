"""TLS servers for tests and benchmarks, all on loopback: real ones, and hand-made bad ones.

Every server is a context manager that starts on a free port and is stopped, by its own process
id, when the block ends.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from peers import require

_START_SECONDS = 20.0


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port on which nothing listens at that address now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path], address: str, port: int, log: Path, **options: object
) -> Iterator[int]:
    """Run a server until the block ends; enter once it accepts connections. Gives its pid."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            **options,  # type: ignore[call-overload]
        )
        try:
            _await(process, address, port, log)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(process: subprocess.Popen[bytes], address: str, port: int, log: Path) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} did not start: {log.read_text(errors='replace')[-2000:]}")


@dataclass(frozen=True, slots=True)
class Served:
    """One nginx server block: where, for which server name, with which PEM chain and key."""

    address: str
    port: int
    chain: bytes
    key: bytes
    name: str = "_"
    staple: bytes | None = None
    extra: str = ""


@contextmanager
def nginx(folder: Path, blocks: Sequence[Served], *, workers: int = 1) -> Iterator[int]:
    """Run one nginx with these server blocks; gives the pid of its master."""
    binary = require("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    files: dict[bytes, Path] = {}
    listening: set[tuple[str, int]] = set()

    def stored(data: bytes) -> Path:
        if data not in files:
            files[data] = folder / f"{len(files)}.bin"
            files[data].write_bytes(data)
        return files[data]

    for block in blocks:
        host = f"[{block.address}]" if ":" in block.address else block.address
        # nginx takes socket options once for each address and port.
        backlog = "" if (host, block.port) in listening else " backlog=4096"
        listening.add((host, block.port))
        staple = (
            f"ssl_stapling on; ssl_stapling_file {stored(block.staple)};" if block.staple else ""
        )
        lines.append(
            f"server {{ listen {host}:{block.port} ssl{backlog}; server_name {block.name};"
            f" ssl_certificate {stored(block.chain)}; ssl_certificate_key {stored(block.key)};"
            f" {staple} {block.extra} return 200 ok; }}"
        )
    temporary = " ".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    body = "\n".join(lines)
    configuration.write_text(
        f"{user} daemon off; worker_processes {workers}; pid {folder / 'pid'};\n"
        f"error_log {folder / 'error.log'} warn; worker_rlimit_nofile 16384;\n"
        f"events {{ worker_connections 8192; }}\n"
        f"http {{ access_log off; {temporary} server_names_hash_max_size 65536;\n"
        f"server_names_hash_bucket_size 256; ssl_session_cache off; ssl_session_tickets off;\n"
        f"{body}\n}}\n"
    )
    first = blocks[0]
    command: list[str | Path] = [
        binary,
        "-p",
        folder,
        "-c",
        configuration,
        "-e",
        folder / "error.log",
    ]
    with running(command, first.address, first.port, folder / "out.log") as pid:
        yield pid


def server_context(folder: Path, chain: bytes, key: bytes) -> ssl.SSLContext:
    """Return a TLS server context of the standard library for a PEM chain and key."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return context


Handler = Callable[[socket.socket, threading.Event], None]


@contextmanager
def scripted(handler: Handler, address: str = "127.0.0.1") -> Iterator[tuple[int, list[float]]]:
    """Run ``handler(connection, stop)`` in a thread for each connection.

    Gives the port and a list that gets one entry for every connection accepted.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.bind((address, 0))
    listener.listen(128)
    listener.settimeout(0.1)
    stop = threading.Event()
    accepted: list[float] = []
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        connection.settimeout(20)
        with connection, suppress(OSError, ssl.SSLError):
            handler(connection, stop)

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            accepted.append(time.monotonic())
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield int(listener.getsockname()[1]), accepted
    finally:
        stop.set()
        acceptor.join(5)
        listener.close()
        for thread in threads:
            thread.join(5)


def stall(_connection: socket.socket, stop: threading.Event) -> None:
    """Accept and say nothing."""
    stop.wait(20)


def say(data: bytes, *, after: int = 0) -> Handler:
    """Return a handler that reads ``after`` octets, sends ``data`` and closes."""

    def handler(connection: socket.socket, _stop: threading.Event) -> None:
        got = 0
        while got < after and (piece := connection.recv(65536)):
            got += len(piece)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    return handler


def drip(data: bytes, seconds: float) -> Handler:
    """Return a handler that sends ``data`` octet by octet with a pause between, for ever."""

    def handler(connection: socket.socket, stop: threading.Event) -> None:
        position = 0
        while not stop.wait(seconds):
            connection.sendall(data[position % len(data) :][:1])
            position += 1

    return handler


def flood(prefix: bytes, chunk: bytes) -> Handler:
    """Return a handler that sends ``prefix`` and then ``chunk`` without end."""

    def handler(connection: socket.socket, stop: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(prefix)
        while not stop.is_set():
            connection.sendall(chunk)

    return handler


def _finish(connection: socket.socket, context: ssl.SSLContext) -> None:
    with context.wrap_socket(connection, server_side=True) as secured, suppress(OSError):
        secured.recv(1)


def imap(context: ssl.SSLContext) -> Handler:
    """Return a minimal IMAP server that offers STARTTLS."""

    def handler(connection: socket.socket, _stop: threading.Event) -> None:
        connection.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
        tag = connection.recv(1024).split()[0]
        connection.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK begin TLS\r\n")
        _finish(connection, context)

    return handler


def ldap(context: ssl.SSLContext, answer: bytes | None = None) -> Handler:
    """Return an LDAP server that knows the StartTLS extended operation only."""
    granted = bytes.fromhex("300c02010178070a010004000400")

    def handler(connection: socket.socket, _stop: threading.Event) -> None:
        request = connection.recv(1024)
        assert b"1.3.6.1.4.1.1466.20037" in request
        connection.sendall(granted if answer is None else answer)
        _finish(connection, context)

    return handler


def postgres_door(context: ssl.SSLContext, answer: bytes = b"S") -> Handler:
    """Return a server that answers PostgreSQL's SSLRequest and then does TLS."""

    def handler(connection: socket.socket, _stop: threading.Event) -> None:
        assert connection.recv(8) == bytes.fromhex("0000000804d2162f")
        connection.sendall(answer)
        _finish(connection, context)

    return handler


@contextmanager
def smtp(context: ssl.SSLContext | None, address: str = "127.0.0.1") -> Iterator[int]:
    """Run aiosmtpd; with a context it offers STARTTLS."""
    from aiosmtpd.controller import Controller

    port = free_port(address)
    options = {} if context is None else {"tls_context": context}
    controller = Controller(object(), hostname=address, port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def slapd(folder: Path, chain: bytes, key: bytes) -> Iterator[int]:
    """Run OpenLDAP's slapd with StartTLS and no database."""
    binary = require("slapd")
    folder.mkdir(parents=True, exist_ok=True)
    leaf, _, rest = chain.partition(b"-----END CERTIFICATE-----\n")
    (folder / "leaf.pem").write_bytes(leaf + b"-----END CERTIFICATE-----\n")
    (folder / "rest.pem").write_bytes(rest)
    (folder / "key.pem").write_bytes(key)
    configuration = folder / "slapd.conf"
    configuration.write_text(
        f"pidfile {folder / 'pid'}\nargsfile {folder / 'args'}\n"
        f"TLSCertificateFile {folder / 'leaf.pem'}\nTLSCertificateKeyFile {folder / 'key.pem'}\n"
        f"TLSCACertificateFile {folder / 'rest.pem'}\n"
    )
    port = free_port()
    command: list[str | Path] = [
        binary,
        "-f",
        configuration,
        "-h",
        f"ldap://127.0.0.1:{port}",
        "-d",
        "0",
    ]
    with running(command, "127.0.0.1", port, folder / "out.log"):
        yield port


@contextmanager
def postgres(chain: bytes, key: bytes) -> Iterator[int]:
    """Run a real PostgreSQL with ssl on, as an unprivileged user when we are root."""
    initdb, server = require("initdb"), require("postgres")
    # Not below pytest's folder, which other users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="trustpath-pg-"))
    account: list[str | Path] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        account = [require("setpriv"), "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        os.chown(folder, 65534, 65534)
    data = folder / "data"
    port = free_port()
    command: list[str | Path] = [*account, server, "-D", data, "-p", str(port), "-h", "127.0.0.1"]
    command += ["-k", "", "-c", "ssl=on", "-c", "fsync=off", "-c", "shared_buffers=1MB"]
    try:
        subprocess.run(
            [*account, initdb, "-D", data, "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        )
        (data / "server.crt").write_bytes(chain)
        (data / "server.key").write_bytes(key)
        (data / "server.key").chmod(0o600)
        if account:
            for name in ("server.crt", "server.key"):
                os.chown(data / name, 65534, 65534)
        with running(command, "127.0.0.1", port, folder / "out.log", cwd="/"):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)
