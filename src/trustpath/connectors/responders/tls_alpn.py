"""The tls-alpn responder: a listener that proves control in the TLS handshake (RFC 8737).

The CA connects with the name as SNI and the protocol ``acme-tls/1``; the answer is a self-signed
certificate of that name with the digest in a critical extension.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trustpath.base.clock import Clock
from trustpath.base.errors import InputError
from trustpath.connectors.responders.listener import Listener
from trustpath.connectors.responders.options import check_proof, endpoint_option
from trustpath.facts.challenge import ResponderSpec
from trustpath.facts.issuing import Proof
from trustpath.facts.source import Context

PROTOCOL: Final = "acme-tls/1"
_IDENTIFIER: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
_DIGEST_OCTETS: Final = 32


def make(spec: ResponderSpec, context: Context) -> TlsAlpnResponder:
    """Build the responder; raises EstateError on bad options: ``address`` and ``port``."""
    return TlsAlpnResponder(*endpoint_option(spec, 443), context.clock)


@dataclass(frozen=True, slots=True)
class _Answer:
    value: str
    context: ssl.SSLContext


class TlsAlpnResponder:
    """Answers handshakes for the names that are presented; every other gets an alert."""

    method: str = "tls-alpn-01"

    def __init__(self, address: str, port: int, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._context = _server()
        self._context.sni_callback = self._choose
        self._listener = Listener(address, port, self._answer)

    def present(self, proof: Proof) -> None:
        """Answer for a name from now on; raises SourceError where nothing can listen."""
        check_proof(proof, self.method)
        name, _ = _identity(proof.name)
        self._answers[name] = _Answer(proof.value, _answering(proof, self._clock.now()))
        self._listener.open()

    def withdraw(self, proof: Proof) -> None:
        """Do not answer for the name any more, unless it is for another proof by now."""
        name, _ = _identity(proof.name)
        answer = self._answers.get(name)
        if answer is not None and answer.value == proof.value:
            del self._answers[name]

    def close(self) -> None:
        """Stop listening."""
        self._answers.clear()
        self._listener.close()

    def _choose(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext
    ) -> int | None:
        answer = self._answers.get((name or "").lower())
        if answer is None:
            return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        connection.context = answer.context
        return None

    def _answer(self, connection: socket.socket) -> None:
        # The handshake is all that the CA wants; nothing is ever said inside.
        with self._context.wrap_socket(connection, server_side=True) as secured:
            if secured.selected_alpn_protocol() == PROTOCOL:
                secured.unwrap()


def _server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([PROTOCOL])
    return context


def _identity(name: str) -> tuple[str, x509.GeneralName]:
    """Return the SNI for a name, and the name as it stands in the certificate (RFC 8738 6)."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name.lower(), x509.DNSName(name)
    return address.reverse_pointer, x509.IPAddress(address)


def _answering(proof: Proof, now: int) -> ssl.SSLContext:
    """Return the TLS context of one proof, with a key that is good for nothing else."""
    try:
        digest = bytes.fromhex(proof.value)
    except ValueError:
        digest = b""
    if len(digest) != _DIGEST_OCTETS:
        raise InputError("the proof has no SHA-256", where=proof.name)
    key = ec.generate_private_key(ec.SECP256R1())
    at = datetime.fromtimestamp(now, UTC)
    subject = x509.Name([])
    identifier = x509.UnrecognizedExtension(_IDENTIFIER, b"\x04\x20" + digest)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([_identity(proof.name)[1]]), critical=True)
        .add_extension(identifier, critical=True)
        .sign(key, hashes.SHA256())
    )
    context = _server()
    with tempfile.TemporaryDirectory(prefix="trustpath-") as folder:
        # The standard library loads from files only; the folder is private and gone at once.
        pem = Path(folder) / "answer.pem"
        pem.touch(0o600)
        pem.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context.load_cert_chain(pem)
    return context
