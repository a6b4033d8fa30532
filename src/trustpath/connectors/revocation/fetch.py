"""Fetches what a certificate points at: only from places that the estate allows, within bounds."""

from __future__ import annotations

import socket
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

import requests

from trustpath.base.errors import SourceError
from trustpath.facts.source import ProbePolicy

MAX_OCTETS: Final = 32 * 1024 * 1024
_TIMEOUT: Final = 10.0
_CHUNK: Final = 65536


def allowed(url: str, hosts: Collection[str], probes: ProbePolicy) -> str:
    """Return why a URL must not be fetched, an empty text where it may be.

    A certificate is data from outside: its URLs could point anywhere inside. Fetched is from hosts
    that the estate names as its issuers, and from addresses that its probes may reach.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "no URL that can be fetched"
    if parts.hostname in hosts:
        return ""
    try:
        found = socket.getaddrinfo(parts.hostname, None, proto=socket.IPPROTO_TCP)
    except OSError as error:
        return f"{parts.hostname} has no address: {error.strerror or error}"
    outside = [str(entry[4][0]) for entry in found if not probes.allows(str(entry[4][0]))]
    if outside:
        return f"{outside[0]} is not among the networks that probes may reach"
    return ""


def fetch(url: str, body: bytes | None = None, content_type: str = "") -> bytes:
    """Return what is at a URL, or the answer to a POST; raises SourceError."""
    headers = {"Accept-Encoding": "identity"}
    if content_type:
        headers["Content-Type"] = content_type
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.request(
                "GET" if body is None else "POST",
                url,
                data=body,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code != requests.codes.ok:
                    raise SourceError(f"status {answer.status_code}", where=url)
                content = bytearray()
                for chunk in answer.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > MAX_OCTETS:
                        raise SourceError(f"more than {MAX_OCTETS} octets", where=url)
        except (requests.RequestException, OSError) as error:
            raise SourceError(f"it cannot be fetched: {error}"[:300], where=url) from None
    return bytes(content)
