"""A TLS client handshake over memory, to see what a server presents and that it holds the key.

Certificates are not judged here: verification is off and weak protocol versions, ciphers and keys
are let through, so that a bad endpoint is described instead of failing. The handshake itself is
complete, so the server has signed with (or decrypted by) the leaf's key.
"""

from __future__ import annotations

from OpenSSL import SSL, crypto

from trustpath.connectors.endpoints.observation import ALERT, FAILED, NO_TLS, ProbeError, Session
from trustpath.connectors.endpoints.starttls import quote

# A certificate message is at most 100 KiB for OpenSSL; all else of a handshake is far smaller.
MAX_RECEIVED = 512 * 1024
# No anonymous, unencrypted or pre-shared-key suites: those come without a certificate.
_CIPHERS = b"ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0"
_CHUNK = 65536
_FINISHED_SENT = (b"write finished", b"read server session ticket")
# How OpenSSL names an alert that came from the peer; not "too many warn alerts", which is ours.
_ALERTS = ("tlsv1 ", "tlsv13 alert", "tls alert", "ssl/tls alert", "sslv3 alert")
_LEGACY_SERVER = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746
_ALERT_RECORD, _HANDSHAKE_RECORD = 21, 22


class Client:
    """The shared client configuration; make one a sweep."""

    __slots__ = ("_context",)

    def __init__(self) -> None:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(_CIPHERS)
        context.set_options(_LEGACY_SERVER)
        context.set_verify(SSL.VERIFY_NONE)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_ocsp_client_callback(_keep_staple)
        self._context = context

    def handshake(self, server_name: str) -> Handshake:
        """Return a new handshake that sends the name in server_name unless it is empty."""
        return Handshake(self._context, server_name)


def _keep_staple(connection: SSL.Connection, response: bytes, _data: object) -> bool:
    connection.set_app_data(response)
    # Judged later, with the chain at hand: a bad staple must be seen, not end the handshake.
    return True


class Handshake:
    """One handshake: give it what came, send what it returns, until ``done``."""

    __slots__ = ("_connection", "_finished_sent", "_received", "done")

    def __init__(self, context: SSL.Context, server_name: str) -> None:
        connection = SSL.Connection(context, None)
        connection.set_connect_state()
        if server_name:
            connection.set_tlsext_host_name(server_name.encode("ascii"))
        connection.request_ocsp()
        self._connection = connection
        self._received = 0
        self._finished_sent = False
        self.done = False

    def start(self) -> bytes:
        """Return the ClientHello."""
        return self._advance()

    def feed(self, data: bytes) -> bytes:
        """Take octets of the server and return octets to send; raises ProbeError when it ends."""
        if not self._received:
            _check_first(data)
        self._received += len(data)
        if self._received > MAX_RECEIVED:
            raise ProbeError(FAILED, f"more than {MAX_RECEIVED} octets without end of handshake")
        view = memoryview(data)
        while view:
            view = view[self._connection.bio_write(view.tobytes()) :]
        return self._advance()

    def closing(self) -> bytes:
        """Return the close_notify alert, so that the server logs an orderly end."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            return b""
        return self._output()

    def session(self) -> Session:
        """Return what the complete handshake showed; raises ProbeError without a certificate."""
        session = self._session(authenticated=True)
        if not session.chain:
            raise ProbeError(FAILED, "the server showed no certificate")
        return session

    def partial_session(self) -> Session | None:
        """Return what an incomplete handshake showed; None when no certificate came.

        In TLS 1.2 and before, a server that insists on a client certificate ends the handshake
        after our Finished. It has signed its key exchange by then, which proves the key unless
        the exchange was RSA encryption, where only the server's Finished would.
        """
        cipher = self._connection.get_cipher_name() or ""
        signed = self.done or (self._finished_sent and cipher.startswith(("ECDHE-", "DHE-")))
        session = self._session(authenticated=signed)
        return session if session.chain else None

    def _session(self, *, authenticated: bool) -> Session:
        connection = self._connection
        served = connection.get_peer_cert_chain() or []
        return Session(
            chain=tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, each) for each in served),
            stapled=connection.get_app_data() or None,
            tls_version=connection.get_protocol_version_name() if served else None,
            key_group=connection.get_group_name() if served else None,
            authenticated=authenticated,
        )

    def _advance(self) -> bytes:
        try:
            self._connection.do_handshake()
            self.done = True
        except SSL.WantReadError:
            # Waiting in this state means that all up to our Finished is out and accepted by us.
            self._finished_sent = self._connection.get_state_string().endswith(_FINISHED_SENT)
        except SSL.Error as error:
            raise _explain(error) from error
        return self._output()

    def _output(self) -> bytes:
        try:
            # One read takes all: a client's flight without certificates is below 16 KiB.
            return self._connection.bio_read(_CHUNK)
        except SSL.WantReadError:
            return b""


def _check_first(data: bytes) -> None:
    if data[0] in (_ALERT_RECORD, _HANDSHAKE_RECORD) and data[1:2] in (b"", b"\x03"):
        return
    if data.startswith(b"HTTP/"):
        raise ProbeError(NO_TLS, f"the server speaks plain HTTP: {quote(data.splitlines()[0])}")
    raise ProbeError(NO_TLS, f"the answer is no TLS record: {quote(data, 40)}")


def _explain(error: SSL.Error) -> ProbeError:
    reasons = [entry[2] for entry in error.args[0]] if error.args else []
    text = "; ".join(dict.fromkeys(filter(None, reasons))) or "handshake failed"
    alerts = [reason for reason in reasons if reason.startswith(_ALERTS)]
    if alerts:
        return ProbeError(ALERT, f"alert from the server: {alerts[0]}")
    if "excessive message size" in text:
        return ProbeError(FAILED, "a certificate message larger than 100 KiB")
    if "wrong version number" in text:
        return ProbeError(NO_TLS, "the answer is no TLS record")
    return ProbeError(FAILED, text)
