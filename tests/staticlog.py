"""A static-ct-api log on loopback, for tests; written from the specification.

::

    with StaticLog() as log:
        log.add(der, issuer.der)
        log.add_precert(tbs, issuer_key_hash, precertificate, issuer.der)
        log.url, log.key_base64, log.origin

Every file is made when it is asked for, by the definitions of RFC 6962 section 2.1 and of the
specification, on purpose unlike the code under test. ``log.change`` may be set to a function that
misbehaves: it gets (path, honest body) and returns a body, a status or None for the honest one.
``log.size`` shows an older state of the log, ``log.gone`` takes partial tiles away.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ctlog import NOW_MS, Tree


def _opaque(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


class StaticLog:
    """The log; use it as a context manager."""

    def __init__(self, key: Any = None, origin: str = "log.example/2026h2") -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.origin = origin
        self.tree = Tree()
        self.data: list[bytes] = []
        self.names: list[str] = []
        self.issuers: dict[str, bytes] = {}
        self.size: int | None = None
        self.timestamp = NOW_MS
        self.gone = False
        self.compress = True
        self.change: Callable[[str, bytes | int], bytes | int | None] = lambda *_: None
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def spki(self) -> bytes:
        found: bytes = self.key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        return found

    @property
    def key_base64(self) -> str:
        return base64.b64encode(self.spki).decode()

    @property
    def log_id(self) -> bytes:
        return hashlib.sha256(self.spki).digest()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/mon"

    @property
    def now(self) -> int:
        return len(self.tree.leaves) if self.size is None else self.size

    def add(self, der: bytes, *chain: bytes, index: int | None = None) -> None:
        san = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        listed = san.value.get_values_for_type(x509.DNSName)
        self.names.append(json.dumps({"Timestamp": NOW_MS, "DNS": listed}) + "\n")
        self._append(b"\x00\x00" + _opaque(der, 3), b"", chain, index)

    def add_precert(
        self, tbs: bytes, key_hash: bytes, precert: bytes, *chain: bytes, index: int | None = None
    ) -> None:
        self._append(b"\x00\x01" + key_hash + _opaque(tbs, 3), _opaque(precert, 3), chain, index)

    def _append(
        self, signed: bytes, after: bytes, chain: tuple[bytes, ...], index: int | None
    ) -> None:
        said = len(self.data) if index is None else index
        extensions = b"\x00" + _opaque(said.to_bytes(5, "big"), 2)
        entry = (NOW_MS - 60_000).to_bytes(8, "big") + signed + _opaque(extensions, 2)
        prints = b""
        for issuer in chain:
            fingerprint = hashlib.sha256(issuer).digest()
            self.issuers[fingerprint.hex()] = issuer
            prints += fingerprint
        self.tree.leaves.append(b"\x00\x00" + entry)
        self.data.append(entry + after + _opaque(prints, 2))

    def checkpoint(self, size: int | None = None, root: bytes | None = None) -> bytes:
        size = self.now if size is None else size
        root = self.tree.root(0, size) if root is None else root
        signed = struct.pack(">BBQQ", 0, 1, self.timestamp, size) + root
        if isinstance(self.key, rsa.RSAPrivateKey):
            kind, value = 1, self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            kind, value = 3, self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        identity = hashlib.sha256(self.origin.encode() + b"\n\x05" + self.log_id).digest()[:4]
        blob = identity + self.timestamp.to_bytes(8, "big") + bytes([4, kind]) + _opaque(value, 2)
        body = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        witness = base64.b64encode(bytes(76)).decode()
        line = f"\u2014 {self.origin} {base64.b64encode(blob).decode()}\n"
        return f"{body}\n\u2014 witness.example {witness}\n{line}".encode()

    def honest(self, path: str) -> bytes | int:
        """Return the body of a file, or 404."""
        if path == "checkpoint":
            return self.checkpoint()
        if path.startswith("issuer/"):
            return self.issuers.get(path.removeprefix("issuer/"), 404)
        if not path.startswith("tile/"):
            return 404
        kind, _, rest = path.removeprefix("tile/").partition("/")
        number, _, width = rest.partition(".p/")
        index = int(number.replace("x", "").replace("/", ""))
        if self.gone and width:
            return 404
        size = len(self.data)
        if kind == "names":
            last = index * 256 + int(width or 256)
            return "".join(self.names[index * 256 : last]).encode() if last <= size else 404
        if kind == "data":
            last = index * 256 + int(width or 256)
            found = b"".join(self.data[index * 256 : last])
            return found if last <= size else 404
        level = int(kind)
        span = 256**level
        last = index * 256 + int(width or 256)
        if last * span > size:
            return 404
        return b"".join(
            self.tree.root(at * span, (at + 1) * span) for at in range(index * 256, last)
        )

    def __enter__(self) -> StaticLog:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


class Raw(bytes):
    """A body that goes out as it is, said to be gzip."""


def _handler(log: StaticLog) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            path = self.path.removeprefix("/mon/")
            log.asked.append(path)
            body = log.honest(path) if self.path.startswith("/mon/") else 404
            changed = log.change(path, body)
            body = body if changed is None else changed
            if isinstance(body, int):
                self.send_response(body)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            packed = isinstance(body, Raw)
            if path.startswith("tile/data/") and log.compress and not packed:
                body, packed = gzip.compress(body), True
            self.send_response(200)
            if packed:
                self.send_header("Content-Encoding", "gzip")
            for header, value in log.headers.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
