"""Responders: only what is presented is answered, whatever is asked and however."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from certs import NOW
from tls_servers import free_port
from trustpath.app.responders import make_responders, responder_factory
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.facts.challenge import Responder, ResponderSpec
from trustpath.facts.issuing import Proof
from trustpath.facts.source import Context

DIGEST = bytes(range(32)).hex()


def made(kind: str, folder: Path, options: Mapping[str, Any]) -> Responder:
    spec = ResponderSpec("r", kind, options, folder, "estate.yaml:7")
    return make_responders([spec], Context(FixedClock(NOW)))["r"]


def http_proof(token: str = "Token-1_x", value: str = "Token-1_x.thumb") -> Proof:
    path = f"/.well-known/acme-challenge/{token}"
    return Proof("authz", "chall", "www.example", False, "http-01", token, path, value)


def tls_proof(name: str = "www.example", value: str = DIGEST) -> Proof:
    return Proof("authz", "chall", name, False, "tls-alpn-01", "token", name, value)


# -- webroot ----------------------------------------------------------------------------------


def test_webroot_writes_what_a_web_server_can_read_and_takes_it_away(tmp_path: Path) -> None:
    webroot = made("webroot", tmp_path, {"path": "site"})
    (tmp_path / "site").mkdir()
    before = os.umask(0o077)
    try:
        webroot.present(http_proof())
        webroot.present(http_proof())
    finally:
        os.umask(before)
    folder = tmp_path / "site" / ".well-known" / "acme-challenge"
    assert [path.name for path in folder.iterdir()] == ["Token-1_x"]
    assert (folder / "Token-1_x").read_text() == "Token-1_x.thumb"
    assert stat.S_IMODE((folder / "Token-1_x").stat().st_mode) == 0o644
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    webroot.withdraw(http_proof())
    webroot.withdraw(http_proof())
    assert list(folder.iterdir()) == []
    webroot.close()


@pytest.mark.parametrize("token", ["../../../key", "a/b", "", ".", "a" * 129, "a\n", "täg"])
def test_a_token_is_never_a_path(tmp_path: Path, token: str) -> None:
    (tmp_path / "site").mkdir()
    webroot = made("webroot", tmp_path, {"path": "site"})
    for act in (webroot.present, webroot.withdraw):
        with pytest.raises(InputError, match="is none"):
            act(http_proof(token))
    assert list((tmp_path / "site").iterdir()) == []


def test_webroot_replaces_a_link_and_writes_nothing_through_it(tmp_path: Path) -> None:
    folder = tmp_path / "site" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (tmp_path / "target").write_text("mine")
    (folder / "Token-1_x").symlink_to(tmp_path / "target")
    (folder / ".Token-1_x.part").symlink_to(tmp_path / "target")
    made("webroot", tmp_path, {"path": "site"}).present(http_proof())
    assert (tmp_path / "target").read_text() == "mine"
    assert not (folder / "Token-1_x").is_symlink()


def test_webroot_without_a_site_or_for_another_method(tmp_path: Path) -> None:
    webroot = made("webroot", tmp_path, {"path": "nowhere"})
    with pytest.raises(SourceError, match="no such folder"):
        webroot.present(http_proof())
    with pytest.raises(InputError, match="tls-alpn-01 is not answered here"):
        webroot.present(tls_proof())
    webroot.withdraw(http_proof())


# -- http -------------------------------------------------------------------------------------


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def http(tmp_path: Path, port: int) -> Iterator[Responder]:
    with closing(made("http", tmp_path, {"address": "127.0.0.1", "port": port})) as responder:
        yield responder


def get(port: int, path: str, method: str = "GET") -> tuple[int, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        client.request(method, path)
        answer = client.getresponse()
        return answer.status, answer.read()


def test_http_serves_presented_tokens_only(http: Responder, port: int) -> None:
    http.present(http_proof())
    http.present(http_proof("Other", "Other.thumb"))
    assert get(port, http_proof().record) == (200, b"Token-1_x.thumb")
    assert get(port, "/.well-known/acme-challenge/Other") == (200, b"Other.thumb")
    assert get(port, http_proof().record, "HEAD") == (200, b"")
    for path in ("/", "/.well-known/acme-challenge/", http_proof().record + "/..", "/etc/passwd"):
        assert get(port, path)[0] == 404
    assert get(port, http_proof().record, "POST")[0] == 404
    http.withdraw(http_proof())
    assert get(port, http_proof().record)[0] == 404
    http.close()
    with pytest.raises(ConnectionRefusedError):
        get(port, http_proof().record)
    http.present(http_proof())
    assert get(port, http_proof().record)[0] == 200


def test_a_request_without_an_end_is_not_read_for_ever(http: Responder, port: int) -> None:
    http.present(http_proof())
    with socket.create_connection(("127.0.0.1", port), timeout=10) as loud:
        loud.sendall(b"GET " + b"x" * 8188)
        assert loud.recv(100).startswith(b"HTTP/1.1 404 ")


def test_silent_clients_keep_nobody_out(http: Responder, port: int) -> None:
    http.present(http_proof())
    silent = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(80)]
    try:
        assert get(port, http_proof().record) == (200, b"Token-1_x.thumb")
        # The oldest were cut off for the newer ones, the newest wait.
        assert silent[0].recv(100)[:12] in (b"", b"HTTP/1.1 404")
        silent[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            silent[-1].recv(1)
    finally:
        for one in silent:
            one.close()


def test_a_slow_client_is_cut_off(
    http: Responder, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustpath.connectors.responders.http.CONNECTION_SECONDS", 0.3)
    http.present(http_proof())
    with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
        begun = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() < begun + 8:
                slow.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - begun < 5


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = {"address": "127.0.0.1", "port": taken.getsockname()[1]}
        for kind, proof in (("http", http_proof()), ("tls-alpn", tls_proof())):
            with pytest.raises(SourceError, match="cannot listen: Address already in use"):
                made(kind, tmp_path, options).present(proof)


# -- tls-alpn ---------------------------------------------------------------------------------


@pytest.fixture
def alpn(tmp_path: Path, port: int) -> Iterator[Responder]:
    with closing(made("tls-alpn", tmp_path, {"address": "127.0.0.1", "port": port})) as responder:
        yield responder


def handshake(
    port: int, name: str | None, protocols: list[str] | None = None
) -> tuple[x509.Certificate, str | None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["acme-tls/1"] if protocols is None else protocols)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname=name) as secured,
    ):
        der = secured.getpeercert(binary_form=True)
        assert der is not None
        return x509.load_der_x509_certificate(der), secured.selected_alpn_protocol()


def digest(certificate: x509.Certificate) -> bytes:
    """Return what the critical extension acmeIdentifier holds: an OCTET STRING of 32 octets."""
    identifier = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
    extension = certificate.extensions.get_extension_for_oid(identifier)
    assert extension.critical
    assert isinstance(extension.value, x509.UnrecognizedExtension)
    assert extension.value.value[:2] == b"\x04\x20"
    return extension.value.value[2:]


def test_tls_alpn_answers_as_rfc_8737_has_it(alpn: Responder, port: int) -> None:
    alpn.present(tls_proof())
    alpn.present(tls_proof("second.example", "ab" * 32))
    certificate, protocol = handshake(port, "www.example")
    assert protocol == "acme-tls/1"
    assert digest(certificate) == bytes(range(32))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName("www.example")]
    assert certificate.issuer == certificate.subject
    certificate.verify_directly_issued_by(certificate)
    assert digest(handshake(port, "SECOND.example")[0]) == b"\xab" * 32


def test_tls_alpn_gives_nothing_to_other_names(alpn: Responder, port: int) -> None:
    alpn.present(tls_proof())
    for name in ("other.example", None):
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            handshake(port, name)
    _, protocol = handshake(port, "www.example", ["http/1.1"])
    assert protocol is None
    alpn.withdraw(tls_proof(value="ab" * 32))
    handshake(port, "www.example")
    alpn.withdraw(tls_proof())
    alpn.withdraw(tls_proof())
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        handshake(port, "www.example")


def test_tls_alpn_for_an_address(alpn: Responder, port: int) -> None:
    """RFC 8738 6: the reverse name as SNI, the address in the certificate."""
    alpn.present(tls_proof("192.0.2.7"))
    certificate, _ = handshake(port, "7.2.0.192.in-addr.arpa")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["192.0.2.7"]


def test_a_proof_without_a_digest(alpn: Responder) -> None:
    for value in ("", "zz", "ab"):
        with pytest.raises(InputError, match="no SHA-256"):
            alpn.present(tls_proof(value=value))


# -- options ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "problem"),
    [
        ("webroot", {}, "path: None is no path"),
        ("webroot", {"path": "a", "port": 80}, "port: unknown option"),
        ("http", {"address": "localhost"}, "address: is no address"),
        ("http", {}, "address: is no address"),
        ("tls-alpn", {"address": "::1", "port": 70000}, "port: 70000 is no port"),
        ("tls-alpn", {"address": "::1", "port": True}, "port: True is no port"),
    ],
)
def test_bad_options(tmp_path: Path, kind: str, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(EstateError) as caught:
        made(kind, tmp_path, options)
    assert problem in str(caught.value)
    assert caught.value.where == "estate.yaml:7"


def test_an_unknown_kind() -> None:
    with pytest.raises(EstateError, match="no responder of kind 'dns'"):
        responder_factory("dns", "estate.yaml:7")
