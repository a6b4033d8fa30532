"""The networks in which no host of the internet is: Python's own facts, and the link of the rules."""

from __future__ import annotations

import ipaddress
import re

import pytest

from trustpath.base.addresses import SPECIAL, address_key, network_keys
from trustpath.facts.links import all_links

# Newer than the tables of some versions of Python that we run on (RFC 9637, RFC 9602).
_LATE = {"3fff::/20", "5f00::/16"}


@pytest.mark.parametrize(("network", "kind"), SPECIAL)
def test_no_such_network_is_global(network: str, kind: str) -> None:
    parsed = ipaddress.ip_network(network)
    assert parsed.is_multicast if kind == "multicast" else network in _LATE or not parsed.is_global
    assert kind not in ("private", "loopback") or parsed.is_private


@pytest.mark.parametrize(
    "address",
    ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.255.255", "127.0.0.1",
     "100.127.255.255", "169.254.169.254", "192.0.2.255", "198.51.100.0", "203.0.113.9", "0.0.0.0",
     "198.19.255.255", "255.255.255.255", "::", "::1", "fd00::1", "fe80::1", "2001:db8::1",
     "::ffff:10.0.0.1"],
)  # fmt: skip
def test_what_python_calls_not_global_is_in_one_of_them(address: str) -> None:
    assert not ipaddress.ip_address(address).is_global
    key = address_key(address)
    assert [n for n, _ in SPECIAL if network_keys(n)[0] <= key <= network_keys(n)[1]]


@pytest.mark.parametrize(
    "address", ["9.255.255.255", "11.0.0.0", "172.32.0.0", "192.0.3.0", "8.8.8.8", "2606:4700::1"]
)
def test_hosts_are_in_none(address: str) -> None:
    key = address_key(address)
    assert not [n for n, _ in SPECIAL if network_keys(n)[0] <= key <= network_keys(n)[1]]


def test_the_link_has_the_same_rows() -> None:
    rows = re.findall(
        r"SELECT '([^']+)'(?: AS \w+)?, '([^']+)'(?: AS \w+)?, '(\w+)'(?: AS \w+)?, '(\w+)'",
        all_links()["special_network"].sql,
    )
    assert rows == [(network, kind, *network_keys(network)) for network, kind in SPECIAL]
