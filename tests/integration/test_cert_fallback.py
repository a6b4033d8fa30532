"""When the first CA does not deliver: the next one, if CAA lets it, and nobody if not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benches import Bench
from cas import Pebble, pebble
from dns_servers import KEY_SECRET, DnsServer, bind
from issuing import ZONE, Shop, shop

pytestmark = pytest.mark.peer
NAME = "next.example"
BOTH = ('0 issue "first.example"', '0 issue "second.example"')


class Two(Bench):
    """A shop with two CAs, of which the first takes no order for its name."""

    first: Pebble
    second: Pebble

    def orders(self, ca: Pebble) -> int:
        """Return how many orders a CA was sent."""
        return ca.log.read_text().count("POST /order-plz")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    zone = tmp_path / "zone"
    zone.write_text(ZONE.format(zone=NAME))
    with bind(tmp_path / "bind", {NAME: zone}, updates=True) as started:
        yield started


@pytest.fixture
def opened(tmp_path: Path, server: DnsServer, capsys: pytest.CaptureFixture[str]) -> Iterator[Two]:
    with ExitStack() as stack:
        one, two = tmp_path / "one", tmp_path / "two"
        refusing = stack.enter_context(pebble(one, dns=server.address, blocked=(f"www.{NAME}",)))
        second = stack.enter_context(pebble(two, dns=server.address))
        made = stack.enter_context(shop(tmp_path / "shop", NAME, server, refusing))
        bench = Two(made, capsys)
        bench.first, bench.second = refusing, second
        written(made, {"first": refusing, "second": second})
        made.register()
        made.update(NAME, "CAA", *BOTH)
        yield bench


def written(made: Shop, cas: dict[str, Pebble], **directories: str) -> None:
    """Write the estate with these CAs as issuers of the job, in their order."""
    issuers: list[dict[str, Any]] = [
        {
            "id": one,
            "kind": "acme",
            "ca": one,
            "directory": directories.get(one, ca.directory),
            "roots": str(ca.vouching),
            "account_key": f"{one}.pem",
        }
        for one, ca in cas.items()
    ]
    common = {"approved": True, "public": False, "tiers": ["internal"]}
    service = {
        "id": "shop",
        "owner": "pki",
        "tier": "internal",
        "names": [f"www.{NAME}"],
        "ports": [{"port": made.port, "protocol": "tls"}],
        "endpoints": [{"address": "127.0.0.1", "port": made.port}],
        "cas": list(cas),
    }
    made.write(
        made.job(ca="first", issuers=list(cas)),
        cas=[{"id": one, "caa": [f"{one}.example"], **common} for one in cas],
        issuers=issuers,
        services=[service],
    )


def test_a_second_ca_issues_what_the_first_refuses_where_caa_names_it(opened: Two) -> None:
    opened.issued()
    refused, got = opened.issuances
    assert (refused["issuer"], refused["state"]) == ("first", "failed")
    assert "forbidden by policy" in refused["problem"]
    assert (got["issuer"], got["ca"], got["state"]) == ("second", "second", "verified")
    assert opened.serves(got["fingerprint"])
    assert refused["spki"] != got["spki"], "a key is registered for one order"


def test_a_second_ca_that_caa_does_not_name_is_never_asked(opened: Two) -> None:
    opened.issued()
    before, orders = opened.issuances[-1]["fingerprint"], opened.orders(opened.second)
    assert orders == 1
    opened.shop.update(NAME, "CAA", BOTH[0])
    found = opened.renewed("--force")
    assert (found["outcome"], "needs certificate owner" in found["why"]) == ("held", True), found
    ran = opened.run("cert", "issue", opened.requested("--rekey"), who="ann")
    assert (ran.code, ran.document["state"]) == (3, "rolled-back"), ran.err or ran.out
    refused, held = opened.issuances[-2:]
    assert (refused["issuer"], refused["state"]) == ("first", "failed")
    assert (held["issuer"], held["state"]) == ("second", "held")
    told = ran.document["outcome"]["why"]
    assert "forbidden by policy" in told
    assert f"CAA of www.{NAME}: the set at {NAME} does not permit it" in told
    assert opened.orders(opened.second) == orders
    assert opened.serves(before)
    opened.shop.update(NAME, "CAA", *BOTH)
    opened.issued("--rekey")
    assert opened.issuances[-1]["issuer"] == "second"


def test_nobody_is_asked_while_the_first_is_gone_and_caa_names_no_other(opened: Two) -> None:
    opened.issued()
    cas = {"first": opened.first, "second": opened.second}
    written(opened.shop, cas, first="https://127.0.0.1:9/dir")
    orders = opened.orders(opened.second)
    opened.shop.update(NAME, "CAA", BOTH[0])
    found = opened.renewed("--force")
    assert found["outcome"] == "held", found
    assert "first: https://127.0.0.1:9/dir: no answer" in found["why"]
    assert f"second: CAA of www.{NAME}: the set at {NAME} does not permit it" in found["why"]
    assert opened.orders(opened.second) == orders
    opened.shop.update(NAME, "CAA", *BOTH)
    assert opened.renewed("--force")["outcome"] == "renewed"
    assert opened.issuances[-1]["issuer"] == "second"
