"""How application protocols change to TLS, as dialogues that know no socket.

A dialogue is a generator: it yields the octets to send (none while it waits), is sent the octets
that came, and ends when the peer is ready for a ClientHello. It raises ProbeError otherwise.
Nothing may follow the peer's consent in plain text: such octets could have been put there by
somebody between, so they end the dialogue (RFC 3207 section 4.2, RFC 9051 section 11.3).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Generator, Mapping

from trustpath.connectors.endpoints.observation import FAILED, NO_TLS, ProbeError

Dialogue = Generator[bytes, bytes, None]

MAX_LINE = 4096
MAX_LINES = 200
_START_TLS = b"1.3.6.1.4.1.1466.20037"
_CUT = "no LDAP message: cut inside an element"
_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


def quote(data: bytes, limit: int = 80) -> str:
    """Return octets of a peer as short, printable text for a reason."""
    text = data[:limit].decode("ascii", "backslashreplace").strip()
    return "".join(c if c.isprintable() else "?" for c in text) + ("..." if data[limit:] else "")


class _Input:
    """Octets that came and were not read yet."""

    __slots__ = ("_buffer", "_lines")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines = 0

    def line(self, send: bytes = b"") -> Generator[bytes, bytes, bytes]:
        """Return the next line without its end, after sending ``send``."""
        self._asked_first(send)
        while (end := self._buffer.find(b"\n", 0, MAX_LINE)) < 0:
            if len(self._buffer) >= MAX_LINE:
                raise ProbeError(NO_TLS, f"a line of more than {MAX_LINE} octets before TLS")
            self._buffer += yield send
            send = b""
        self._lines += 1
        if self._lines > MAX_LINES:
            raise ProbeError(NO_TLS, f"more than {MAX_LINES} lines before TLS")
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line

    def octets(self, count: int, send: bytes = b"") -> Generator[bytes, bytes, bytes]:
        """Return exactly ``count`` octets, after sending ``send``."""
        self._asked_first(send)
        while send or len(self._buffer) < count:
            self._buffer += yield send
            send = b""
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _asked_first(self, send: bytes) -> None:
        if send and self._buffer:
            raise ProbeError(FAILED, "the server answered before it was asked")

    def starts_with(self, text: bytes) -> bool:
        """Say whether text that came and was not read yet starts so."""
        return self._buffer.startswith(text)

    def nothing_left(self) -> None:
        """Raise ProbeError when plain text follows the consent to TLS."""
        if self._buffer:
            raise ProbeError(FAILED, f"{len(self._buffer)} octets of plain text before TLS")


def _smtp_reply(
    peer: _Input, send: bytes = b""
) -> Generator[bytes, bytes, tuple[bytes, list[bytes]]]:
    lines: list[bytes] = []
    while True:
        line = yield from peer.line(send)
        send = b""
        if not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
            raise ProbeError(NO_TLS, f"no SMTP reply: {quote(line)}")
        lines.append(line[4:])
        if line[3:4] != b"-":
            return line[:3], lines


def smtp(local: str) -> Dialogue:
    """SMTP (RFC 3207): greeting, EHLO with an address literal, STARTTLS."""
    literal = f"IPv6:{local}" if ipaddress.ip_address(local).version == 6 else local
    peer = _Input()
    code, lines = yield from _smtp_reply(peer)
    if code != b"220":
        raise ProbeError(NO_TLS, f"SMTP greeting {quote(code + b' ' + lines[0])}")
    code, lines = yield from _smtp_reply(peer, f"EHLO [{literal}]\r\n".encode())
    if code != b"250":
        raise ProbeError(NO_TLS, f"EHLO refused: {quote(code + b' ' + lines[0])}")
    if b"STARTTLS" not in {line.strip().upper() for line in lines}:
        raise ProbeError(NO_TLS, "the SMTP server offers no STARTTLS")
    code, lines = yield from _smtp_reply(peer, b"STARTTLS\r\n")
    if code != b"220":
        raise ProbeError(NO_TLS, f"STARTTLS refused: {quote(code + b' ' + lines[0])}")
    peer.nothing_left()


def imap(_local: str) -> Dialogue:
    """IMAP (RFC 9051 section 6.2.1): greeting, STARTTLS."""
    peer = _Input()
    greeting = yield from peer.line()
    # PREAUTH is the authenticated state already, where STARTTLS is not allowed.
    if not greeting.upper().startswith(b"* OK"):
        raise ProbeError(NO_TLS, f"IMAP greeting {quote(greeting)}")
    # Untagged data may come at any time (RFC 9051 section 7).
    while peer.starts_with(b"* "):
        yield from peer.line()
    line = yield from peer.line(b"a1 STARTTLS\r\n")
    while line.startswith(b"* "):
        line = yield from peer.line()
    if not line.upper().startswith(b"A1 OK"):
        raise ProbeError(NO_TLS, f"STARTTLS refused: {quote(line)}")
    peer.nothing_left()


def _element(peer: _Input, send: bytes = b"") -> Generator[bytes, bytes, tuple[int, bytes]]:
    """Return tag and content of one BER element with a length below 64 KiB."""
    tag, length = yield from peer.octets(2, send)
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise ProbeError(NO_TLS, "no LDAP message: bad length")
        length = int.from_bytes((yield from peer.octets(count)), "big")
    if length > 0xFFFF:
        raise ProbeError(NO_TLS, f"an LDAP message of {length} octets before TLS")
    return tag, (yield from peer.octets(length))


def _inner(content: bytes) -> list[tuple[int, bytes]]:
    """Return the elements inside a constructed element; raises ProbeError when they do not fit."""
    found: list[tuple[int, bytes]] = []
    position = 0
    while position < len(content):
        tag, length = (
            content[position],
            content[position + 1] if position + 1 < len(content) else -1,
        )
        position += 2
        if length & 0x80:
            count = length & 0x7F
            length = (
                int.from_bytes(content[position : position + count], "big") if length > 0 else -1
            )
            position += count
        if position + length > len(content):
            raise ProbeError(NO_TLS, _CUT)
        found.append((tag, content[position : position + length]))
        position += length
    return found


def ldap(_local: str) -> Dialogue:
    """LDAP (RFC 4511 section 4.14): the StartTLS extended operation."""
    name = b"\x80" + bytes([len(_START_TLS)]) + _START_TLS
    body = b"\x02\x01\x01\x77" + bytes([len(name)]) + name
    peer = _Input()
    tag, content = yield from _element(peer, b"\x30" + bytes([len(body)]) + body)
    if tag != 0x30:
        raise ProbeError(NO_TLS, "the answer is no LDAP message")
    message = _inner(content)
    if len(message) < 2 or message[1][0] != 0x78:
        raise ProbeError(NO_TLS, "the answer is no LDAP extended response")
    result = _inner(message[1][1])
    if not result or result[0][0] != 0x0A:
        raise ProbeError(NO_TLS, "the LDAP extended response has no result code")
    code = int.from_bytes(result[0][1], "big")
    if code != 0:
        diagnostic = quote(result[2][1]) if len(result) > 2 else ""
        raise ProbeError(NO_TLS, f"StartTLS refused with result {code} {diagnostic}".rstrip())
    peer.nothing_left()


def postgres(_local: str) -> Dialogue:
    """PostgreSQL: SSLRequest, answered by one octet ``S`` or ``N`` (protocol 3.0)."""
    peer = _Input()
    answer = yield from peer.octets(1, _SSL_REQUEST)
    if answer == b"N":
        raise ProbeError(NO_TLS, "the PostgreSQL server refuses TLS")
    if answer != b"S":
        raise ProbeError(NO_TLS, f"no PostgreSQL answer to SSLRequest: {quote(answer)}")
    peer.nothing_left()


# Each takes the client's own address, which SMTP says in EHLO.
DIALOGUES: Mapping[str, Callable[[str], Dialogue]] = {
    "smtp": smtp,
    "imap": imap,
    "ldap": ldap,
    "postgres": postgres,
}
