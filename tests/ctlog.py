"""A small RFC 6962 log on loopback, for tests.

::

    with CtLog() as log:
        log.add(der)
        log.add_precert(tbs, issuer_key_hash, precertificate)
        log.url, log.key_pem

It answers get-sth, get-entries and get-sth-consistency. The tree is computed by the recursive
definitions of RFC 6962 section 2.1, on purpose unlike the code under test. ``log.answer`` may be
set to a function that replaces answers, to misbehave: it gets (what, query, honest answer) and
returns the answer, octets, a status or None for the honest one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW_MS = 1_795_478_400_000


def _split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


class Tree:
    """Hashes of a list of leaves; every perfect subtree is computed once."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        """MTH(D[start:end])."""
        size = end - start
        if size == 0:
            return hashlib.sha256(b"").digest()
        if (start, end) not in self._known:
            if size == 1:
                hashed = hashlib.sha256(b"\x00" + self.leaves[start]).digest()
            else:
                middle = start + _split(size)
                hashed = hashlib.sha256(
                    b"\x01" + self.root(start, middle) + self.root(middle, end)
                ).digest()
            self._known[start, end] = hashed
        return self._known[start, end]

    def consistency(self, m: int, n: int) -> list[bytes]:
        """PROOF(m, D[n])."""
        return self._subproof(m, 0, n, True)

    def _subproof(self, m: int, start: int, end: int, whole: bool) -> list[bytes]:
        size = end - start
        if m == size:
            return [] if whole else [self.root(start, end)]
        k = _split(size)
        if m <= k:
            return [*self._subproof(m, start, start + k, whole), self.root(start + k, end)]
        return [
            *self._subproof(m - k, start + k, end, False),
            self.root(start, start + k),
        ]


class CtLog:
    """The log; use it as a context manager, or call ``start`` and ``stop``."""

    def __init__(self, key: Any = None, largest_batch: int = 256) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.tree = Tree()
        self.extra: list[bytes] = []
        self.largest_batch = largest_batch
        self.size: int | None = None
        self.answer: Callable[[str, dict[str, int], Any], Any] = lambda *_: None
        self.asked: list[tuple[str, dict[str, int]]] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def key_pem(self) -> str:
        return (
            self.key.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    @property
    def key_base64(self) -> str:
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/log"

    def add(self, der: bytes, timestamp: int = NOW_MS - 60_000) -> int:
        body = struct.pack(">BBQH", 0, 0, timestamp, 0) + len(der).to_bytes(3, "big") + der
        return self.add_leaf(body + b"\x00\x00", b"\x00\x00\x00")

    def add_precert(
        self, tbs: bytes, issuer_key_hash: bytes, precert: bytes, timestamp: int = NOW_MS - 60_000
    ) -> int:
        body = struct.pack(">BBQH", 0, 0, timestamp, 1) + issuer_key_hash
        body += len(tbs).to_bytes(3, "big") + tbs + b"\x00\x00"
        return self.add_leaf(body, len(precert).to_bytes(3, "big") + precert + b"\x00\x00\x00")

    def add_leaf(self, leaf: bytes, extra: bytes = b"") -> int:
        self.tree.leaves.append(leaf)
        self.extra.append(extra)
        return len(self.tree.leaves) - 1

    def root(self, size: int | None = None) -> bytes:
        return self.tree.root(0, len(self.tree.leaves) if size is None else size)

    def tree_head(self) -> dict[str, Any]:
        size = len(self.tree.leaves) if self.size is None else self.size
        return self.signed(size, NOW_MS, self.root(size))

    def signed(self, size: int, timestamp: int, root: bytes) -> dict[str, Any]:
        data = struct.pack(">BBQQ", 0, 1, timestamp, size) + root
        if isinstance(self.key, rsa.RSAPrivateKey):
            algorithm, signature = 1, self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        else:
            algorithm, signature = 3, self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        struct_ = bytes([4, algorithm]) + len(signature).to_bytes(2, "big") + signature
        return {
            "tree_size": size,
            "timestamp": timestamp,
            "sha256_root_hash": base64.b64encode(root).decode(),
            "tree_head_signature": base64.b64encode(struct_).decode(),
        }

    def honest(self, what: str, query: dict[str, int]) -> Any:
        if what == "get-sth":
            return self.tree_head()
        if what == "get-entries":
            end = min(query["end"] + 1, query["start"] + self.largest_batch)
            return {
                "entries": [
                    {
                        "leaf_input": base64.b64encode(leaf).decode(),
                        "extra_data": base64.b64encode(extra).decode(),
                    }
                    for leaf, extra in zip(
                        self.tree.leaves[query["start"] : end],
                        self.extra[query["start"] : end],
                        strict=True,
                    )
                ]
            }
        if what == "get-sth-consistency":
            proof = self.tree.consistency(query["first"], query["second"])
            return {"consistency": [base64.b64encode(node).decode() for node in proof]}
        return 404

    def start(self) -> CtLog:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> CtLog:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Drip:
    """An answer that comes one octet at a time and never ends."""


def _handler(log: CtLog) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Small answers would otherwise wait for the acknowledgement of their headers.
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            prefix, _, what = parts.path.rpartition("/")
            query = {key: int(value) for key, value in parse_qsl(parts.query)}
            log.asked.append((what, query))
            answer = log.honest(what, query) if prefix == "/log/ct/v1" else 404
            changed = log.answer(what, query, answer)
            answer = answer if changed is None else changed
            if isinstance(answer, Drip):
                self._drip()
            elif isinstance(answer, int):
                self.send_response(answer)
                if 300 <= answer < 400:
                    self.send_header("Location", f"{log.url}/ct/v1/{what}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def _drip(self) -> None:
            self.close_connection = True
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while log._server is not None:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                return

    return Handler
