"""Fetches what a certificate points at: only from places that the estate allows, within bounds."""

from __future__ import annotations

import socket
import time
from collections.abc import Collection
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from trustpath.base.bounded import PIECE_OCTETS, whole
from trustpath.base.errors import SourceError
from trustpath.facts.source import ProbePolicy

MAX_OCTETS: Final = 32 * 1024 * 1024
_TIMEOUT: Final = 10.0
_TOTAL_SECONDS: Final = 60.0


def allowed(url: str, hosts: Collection[str], probes: ProbePolicy) -> str:
    """Return why a URL must not be fetched, an empty text where it may be.

    A certificate is data from outside: its URLs could point anywhere inside. Fetched is from hosts
    that the estate names as its issuers, and from addresses that its probes may reach.
    """
    host = _host(url)
    if not host:
        return "no URL that can be fetched"
    if host in hosts:
        return ""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError as error:
        return f"{host} has no address: {error.strerror or error}"
    except UnicodeError:
        return f"{host} is no name of a host"
    outside = [str(entry[4][0]) for entry in found if not probes.allows(str(entry[4][0]))]
    if outside:
        return f"{outside[0]} is not among the networks that probes may reach"
    return ""


def _host(url: str) -> str:
    """Return the host of a URL to fetch from, empty for one that is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "" if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def fetch(url: str, body: bytes | None = None, content_type: str = "") -> bytes:
    """Return what is at a URL, or the answer to a POST; raises SourceError."""
    headers = {"Accept-Encoding": "identity"}
    if content_type:
        headers["Content-Type"] = content_type
    until = time.monotonic() + _TOTAL_SECONDS
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
                read = partial(answer.raw.read1, PIECE_OCTETS, decode_content=False)
                return whole(iter(read, b""), MAX_OCTETS, lambda: time.monotonic() > until, url)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(f"it cannot be fetched: {error}"[:300], where=url) from None
