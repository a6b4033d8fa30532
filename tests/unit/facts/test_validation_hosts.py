"""The domains of CAs below which their validation values lie, held against the other data on CAs."""

from __future__ import annotations

import sqlite3

import pytest

from trustpath.facts.estate.authorities import known_authority
from trustpath.facts.links import all_links
from trustpath.facts.validation_names import ISSUERS, classify

TOKEN = "_0123456789abcdef0123456789abcdef.www.example.com"
HOSTS: dict[str, set[str]] = {}
for _host, _identity in sqlite3.connect(":memory:").execute(all_links()["validation_host"].sql):
    HOSTS.setdefault(_host, set()).add(_identity)


@pytest.mark.parametrize("host", sorted(HOSTS))
def test_a_host_has_every_caa_domain_of_its_ca(host: str) -> None:
    known = {name for identity in HOSTS[host] for name in known_authority([identity]).caa}
    assert HOSTS[host] == known


@pytest.mark.parametrize("host", sorted(HOSTS))
def test_what_leads_there_is_a_token_of_a_ca(host: str) -> None:
    target = f"a.b.{host}"
    found = classify(TOKEN, "CNAME", f"{target}.", target)
    assert found is not None
    assert found[0] in ISSUERS
