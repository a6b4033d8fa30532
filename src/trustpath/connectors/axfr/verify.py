"""TSIG over a transfer of many messages (RFC 8945 5.3.1)."""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.axfr.message import Signature

MAX_UNSIGNED = 99


class Verifier:
    """Checks message after message; ``finish`` says that the last one was signed.

    Any message that does not verify raises SourceError, so nothing of it is used.
    """

    def __init__(self, key: dns.tsig.Key, request_mac: bytes) -> None:
        self._key = key
        self._request_mac = request_mac
        self._context: Any = None
        self._unsigned = 0

    def message(self, message: bytes, signature: Signature | None, now: int) -> None:
        """Take the next message with its TSIG, if it has one, at the instant ``now``."""
        if signature is None:
            self._unsigned += 1
            if self._context is None:
                raise SourceError(
                    "the answer is not signed", hint="does the server know this TSIG key?"
                )
            if self._unsigned > MAX_UNSIGNED:
                raise SourceError(f"more than {MAX_UNSIGNED} messages without a signature")
            self._context.update(message)
            return
        try:
            rdata = dns.rdata.from_wire(
                dns.rdataclass.ANY,
                dns.rdatatype.TSIG,
                message,
                signature.rdata,
                signature.end - signature.rdata,
            )
            self._context = dns.tsig.validate(  # type: ignore[no-untyped-call]
                message,
                self._key,
                dns.name.from_text(signature.owner),
                rdata,
                now,
                self._request_mac,
                signature.start,
                self._context,
                True,
            )
        except (dns.exception.DNSException, ValueError) as error:
            raise SourceError(
                f"the signature does not verify: {error}",
                hint="compare key name, algorithm, secret and both clocks",
            ) from error
        self._unsigned = 0

    def finish(self) -> None:
        """Raise SourceError unless the last message was signed."""
        if self._unsigned or self._context is None:
            raise SourceError("the last message of the transfer is not signed (RFC 8945 5.3.1)")
