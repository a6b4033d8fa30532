"""The estate for a first certificate: whole for every value, and refused for what would break it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustpath.app.application import TrustpathApplication
from trustpath.base.errors import TrustpathError
from trustpath.connectors.estate import read_estate
from trustpath.facts.estate.starting import Beginning, beginning, server_block

NOW = 1_790_000_000
OWN = {
    "roots": "/etc/ssl/own.pem",
    "directory": "https://127.0.0.1:14000/dir",
    "caa": "own.example",
}


@pytest.mark.parametrize(
    "values",
    [
        {},
        OWN,
        {"address": "2001:db8::80", "server": "127.0.0.1:5353", "port": 8443},
        {"name": "example.com", "nginx_conf": "/etc/nginx/own.conf", "nginx_prefix": "/srv"},
    ],
)
def test_the_estate_is_whole(values: dict[str, object], tmp_path: Path) -> None:
    given = Beginning(**values)  # type: ignore[arg-type]
    path = tmp_path / "estate.yaml"
    path.write_text(beginning(given, NOW))
    found = read_estate(path)
    assert [source.id for source in found.sources] == ["zone"]
    office = TrustpathApplication().certificates(path)
    job = office.ports.jobs["www"]
    assert job.names == (given.name,)
    assert office.ports.connected.issuer("acme").spec.ca == "ca"
    assert office.ports.connected.deployer(job).spec.kind == "nginx"
    office.close()
    block = server_block(given)
    assert given.chain in block
    assert ("[2001:db8::80]:8443" in block) is (given.port == 8443)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "www.example.net"},
        {"address": "www.example.com"},
        {"tsig_file": "a b"},
        {"key": "/tls/{www}.key"},
        {"zone": "example..com"},
        {"directory": "https://ca.example/\nowners: []"},
    ],
)
def test_a_value_that_breaks_the_file_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(TrustpathError):
        Beginning(**values)  # type: ignore[arg-type]
