"""Options of endpoint sources: what is taken, what is refused and with which way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trustpath.base.errors import EstateError
from trustpath.connectors.endpoints.options import Options, parse_options
from trustpath.facts.source import SourceSpec


def parse(*targets: Any, **options: Any) -> Options:
    spec = SourceSpec(
        "edge", "endpoints", {"targets": list(targets), **options}, Path(), "estate.yaml:7"
    )
    return parse_options(spec)


def test_defaults() -> None:
    options = parse({"address": "192.0.2.10"})
    (target,) = options.targets
    assert (target.address, target.port, target.protocol) == ("192.0.2.10", 443, "tls")
    assert target.names == ("",)
    assert target.place == "192.0.2.10:443/tls"
    assert (options.timeout, options.concurrency, options.vantage) == (5.0, 64, "local")


@pytest.mark.parametrize(
    ("protocol", "port"), [("smtp", 25), ("imap", 143), ("ldap", 389), ("postgres", 5432)]
)
def test_default_ports(protocol: str, port: int) -> None:
    (target,) = parse({"address": "192.0.2.10", "protocol": protocol}).targets
    assert target.port == port


def test_names_are_canonical_and_distinct() -> None:
    names = ["Shop.Example.COM.", "shop.example.com", "bücher.example", ""]
    (target,) = parse({"address": "192.0.2.10", "names": names}).targets
    assert target.names == ("shop.example.com", "xn--bcher-kva.example", "")


def test_a_place_listed_twice_is_one_target() -> None:
    first = {"address": "2001:db8:0::1", "names": ["a.example"]}
    second = {"address": "2001:DB8::1", "port": 443, "names": ["b.example", "a.example"]}
    (target,) = parse(first, second).targets
    assert target.names == ("a.example", "b.example")
    assert target.place == "[2001:db8::1]:443/tls"


def test_mapped_addresses_are_their_ipv4_address() -> None:
    (target,) = parse({"address": "::ffff:192.0.2.1"}).targets
    assert target.address == "192.0.2.1"
    assert target.address_key.startswith("4")


@pytest.mark.parametrize(
    ("value", "seconds"), [("500s", None), ("2s", 2.0), (0.25, 0.25), (0, None), (True, None)]
)
def test_timeouts(value: object, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(EstateError, match="timeout"):
            parse({"address": "192.0.2.1"}, timeout=value)
    else:
        assert parse({"address": "192.0.2.1"}, timeout=value).timeout == seconds


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"address": "shop.example.com"}, "no IP address"),
        ({"address": "192.0.2.0/24"}, "no IP address"),
        ({"address": 3221225985}, "no IP address"),
        ({}, "no IP address"),
        ({"address": "fe80::1%eth0"}, "zone index"),
        ({"address": "192.0.2.1", "port": 0}, "port 0"),
        ({"address": "192.0.2.1", "port": 65536}, "port 65536"),
        ({"address": "192.0.2.1", "port": "443"}, "port '443'"),
        ({"address": "192.0.2.1", "port": True}, "port True"),
        ({"address": "192.0.2.1", "protocol": "gopher"}, "unknown protocol"),
        ({"address": "192.0.2.1", "names": "shop.example.com"}, "must be a list"),
        ({"address": "192.0.2.1", "names": ["*.example.com"]}, "cannot be sent"),
        ({"address": "192.0.2.1", "names": ["a..b"]}, "no domain name"),
        ({"address": "192.0.2.1", "names": ["192.0.2.1"]}, "is an address"),
        ({"address": "192.0.2.1", "names": ["."]}, "cannot be sent"),
        ({"address": "192.0.2.1", "names": [5]}, "no name"),
        ({"address": "192.0.2.1", "nmaes": []}, "unknown key 'nmaes'"),
        ("192.0.2.1", "no target"),
    ],
)
def test_refused_targets_name_the_place_and_the_way_out(target: Any, message: str) -> None:
    with pytest.raises(EstateError, match=message) as caught:
        parse({"address": "192.0.2.7"}, target)
    assert caught.value.where == "estate.yaml:7: target 2"
    assert caught.value.hint


@pytest.mark.parametrize(
    "options",
    [{"targets": []}, {"targets": None}, {"concurrency": 0}, {"vantage": ""}, {"speed": 9}],
)
def test_refused_options(options: dict[str, Any]) -> None:
    with pytest.raises(EstateError) as caught:
        parse({"address": "192.0.2.7"}, **options)
    assert caught.value.hint
