"""What holds for every test: no network beyond loopback, and Hypothesis without a clock."""

from __future__ import annotations

import ipaddress
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# Time limits per example would make results depend on how busy the machine is.
settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=2000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default")
)

_LOCAL_HOSTS = frozenset({"", "localhost", "ip6-localhost"})


def _is_local(host: object) -> bool:
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in _LOCAL_HOSTS:
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _stay_on_loopback(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        # Anything but a tuple is a path: a Unix socket. None is a send on a connected socket.
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not _is_local(host):
        # Not an Exception, so that no "except Exception" in the code under test can hide it.
        pytest.fail(f"{event} to {host!r}: tests may use loopback only", pytrace=True)


# An audit hook sees every socket of the process, asyncio's and those of libraries too.
sys.addaudithook(_stay_on_loopback)
