"""What is in place before: TLSA of another key or CA, a predecessor that has expired."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benches import Bench
from cas import Pebble, pebble
from dns_servers import KEY_SECRET, DnsServer, bind
from issuing import ZONE, Shop, shop
from trustpath.base.clock import parse_instant
from trustpath.workflow.change.apply import apply

pytestmark = pytest.mark.peer
NAME = "place.example"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    zone = tmp_path / "zone"
    zone.write_text(ZONE.format(zone=NAME))
    with bind(tmp_path / "bind", {NAME: zone}, updates=True) as started:
        yield started


@pytest.fixture
def opened(
    tmp_path: Path, server: DnsServer, capsys: pytest.CaptureFixture[str]
) -> Iterator[Bench]:
    folder = tmp_path / "ca"
    with (
        pebble(folder, dns=server.address) as ca,
        shop(tmp_path / "shop", NAME, server, ca) as made,
    ):
        yield Bench(made, capsys)


def spki(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's key in hex."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def orders(ca: Pebble) -> int:
    """Return how many orders a CA was sent."""
    return ca.log.read_text().count("POST /order-plz")


def test_a_key_that_no_tlsa_record_announces_is_ordered_once_one_does(opened: Bench) -> None:
    made = opened.shop
    opened.issued()
    old, before = opened.issuances[-1], orders(made.ca)
    owner = f"_{made.port}._tcp.www.{NAME}"
    change = opened.requested("--rekey")
    office = made.office()
    made.update(owner, "TLSA", f"3 1 1 {old['spki']}")  # between the judgement and the order
    assert apply(office.changes.desk, office.changes.ports, change, "ann").state.value == "held"
    office.close()
    held = opened.issuances[-1]
    assert (held["state"], f"no TLSA record at {owner}" in held["problem"]) == ("held", True)
    assert orders(made.ca) == before, "the CA does not hear of it"
    assert opened.serves(old["fingerprint"])
    made.update(owner, "TLSA", f"3 1 1 {old['spki']}", f"3 1 1 {held['spki']}")
    stale = opened.run("change", "approve", change, who="cem")
    assert "not what it was when it was judged last" in stale.err
    opened.consented(change)
    ran = opened.run("cert", "issue", change, who="ann")
    assert (ran.code, ran.document["state"]) == (0, "applied"), ran.err or ran.out
    done = opened.issuances[-1]
    assert (done["id"], done["state"]) == (held["id"], "verified")
    assert done["spki"] == held["spki"] != old["spki"], "the intent and its key are kept"


def test_a_chain_that_no_tlsa_record_announces_waits_with_its_certificate(opened: Bench) -> None:
    made = opened.shop
    opened.issued()
    old = opened.issuances[-1]
    owner = f"_{made.port}._tcp.www.{NAME}"
    # A record of a CA tells nothing of a key: that it is of another one shows on the certificate.
    made.update(owner, "TLSA", f"2 1 1 {'ab' * 32}")
    found = opened.renewed("--force")
    assert (found["outcome"], f"no TLSA record at {owner} matches" in found["why"]) == (
        "held",
        True,
    ), found
    waiting = opened.issuances[-1]
    assert waiting["state"] == "issued"
    assert opened.serves(old["fingerprint"]), "nothing came into use"
    ordered = orders(made.ca)
    above = x509.load_pem_x509_certificate(made.ca.get("intermediates/0"))
    made.update(owner, "TLSA", f"2 1 1 {spki(above)}")
    again = opened.run("cert", "renew", who="bot").document["rows"][0]
    assert again["outcome"] == "resumed", again
    done = opened.issuances[-1]
    assert (done["id"], done["state"]) == (waiting["id"], "verified")
    assert orders(made.ca) == ordered, "the certificate that is there is used"
    assert opened.serves(done["fingerprint"])


def test_what_has_expired_is_renewed_and_never_put_back(
    tmp_path: Path, server: DnsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        brief = stack.enter_context(pebble(tmp_path / "one", dns=server.address, lifetime=6))
        usual = stack.enter_context(pebble(tmp_path / "two", dns=server.address))
        made = stack.enter_context(shop(tmp_path / "shop", NAME, server, brief))
        opened = Bench(made, capsys)
        opened.issued()
        (old,) = opened.issuances
        at(made, {"usual": usual, "pebble": brief}, made.port, 9)
        made.register()
        time.sleep(max(0, parse_instant(old["not_after"]) + 1 - time.time()))
        found = opened.renewed("--timeout", "0.5")
        new = opened.issuances[-1]
        assert (found["outcome"], new["state"]) == ("held", "deployed"), str(found)
        assert "no way back" in new["problem"]
        assert "expired" in new["problem"]
        assert opened.serves(new["fingerprint"])
        at(made, {"usual": usual, "pebble": brief}, made.port)
        opened.run("cert", "renew", "--timeout", "5", who="bot")
        before, after = opened.issuances
        assert (before["state"], after["state"]) == ("superseded", "verified")
        assert opened.renewed()["outcome"] == "not-due"


def at(made: Shop, cas: dict[str, Pebble], *ports: int) -> None:
    """Have the job obtain from CAs in this order, for a service at these ports."""
    known = {"approved": True, "public": False, "caa": ["pebble.example"], "tiers": ["internal"]}
    service = {"id": "shop", "owner": "pki", "tier": "internal", "cas": list(cas)}
    made.write(
        made.job(issuers=list(cas)),
        cas=[{"id": one, **known} for one in cas],
        issuers=[
            {
                "id": one,
                "kind": "acme",
                "ca": one,
                "directory": ca.directory,
                "roots": str(ca.vouching),
                "account_key": f"{one}.pem",
            }
            for one, ca in cas.items()
        ],
        services=[
            {
                **service,
                "names": [f"www.{NAME}"],
                "ports": [{"port": made.port, "protocol": "tls"}],
                "endpoints": [{"address": "127.0.0.1", "port": port} for port in ports],
            }
        ],
    )
