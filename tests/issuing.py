"""An estate that obtains certificates: Pebble, a BIND that takes updates, an nginx that serves."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import yaml

from cas import Pebble, pebble
from certs import leaf, pem_bundle, root
from dns_servers import KEY_NAME, KEY_SECRET, DnsServer, bind
from tls_servers import Served, free_port, nginx
from trustpath.app.application import TrustpathApplication
from trustpath.facts.issuing import Accounts
from trustpath.facts.order import Issuance
from trustpath.ledger.entry import Entry, parse
from trustpath.store.ledger import Ledger
from trustpath.workflow.certificate.office import CertificateOffice

ZONE = """\
{zone}. 300 IN SOA ns.{zone}. host.{zone}. 1 7200 3600 1209600 300
{zone}. 300 IN NS ns.{zone}.
ns.{zone}. 300 IN A 127.0.0.1
{zone}. 300 IN CAA 0 issue "pebble.example"
www.{zone}. 300 IN A 127.0.0.1
api.{zone}. 300 IN A 127.0.0.1
"""
_RING = dns.tsigkeyring.from_text({KEY_NAME: ("hmac-sha256", KEY_SECRET)})


@dataclass
class Shop:
    """One zone with its estate file; ``folder`` holds it, ``port`` is where nginx serves, ``ca`` a CA of cas."""

    folder: Path
    zone: str
    server: DnsServer
    ca: Any
    port: int
    jobs: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def estate(self) -> Path:
        """The estate file."""
        return self.folder / "estate.yaml"

    @property
    def web(self) -> Path:
        """The folder of nginx."""
        return self.folder / "web"

    def job(self, **changed: Any) -> dict[str, Any]:
        """Return the job of the shop's web server."""
        return {
            "id": "web",
            "service": "shop",
            "owner": "pki",
            "ca": "pebble",
            "names": [f"www.{self.zone}"],
            "method": "dns-01",
            "issuers": ["pebble"],
            "deploy": "web",
            "challenge_writer": True,
            **changed,
        }

    def write(self, *jobs: Mapping[str, Any], **sections: Any) -> None:
        """Write the estate file."""
        self.more |= sections
        people = {
            "ann": ("dns", "requester"),
            "dan": ("dns", "approver"),
            "cem": ("pki", "approver"),
            "pia": ("pki", "requester"),
            "bot": ("pki", "automation"),
            "root": ("dns", "admin"),
        }
        kinds = {"zone": "dns", "record": "dns", "name": "pki", "certificate": "pki"}
        document = {
            "organisation": {"name": "Example", "domains": [self.zone]},
            "store": "sqlite:///trustpath.db",
            "owners": [
                {"id": "dns", "contacts": ["mailto:dns@example.com"]},
                {"id": "pki", "contacts": ["mailto:pki@example.com"]},
            ],
            "roles": {"pki": "pki"},
            "ownership": [
                {"kind": kind, "pattern": self.zone, "owner": owner}
                for kind, owner in kinds.items()
            ],
            "actors": [
                {"id": who, "owner": owner, "roles": [role], "scopes": ["*"]}
                for who, (owner, role) in people.items()
            ],
            "standing": [
                {
                    "id": "acme",
                    "actor": "bot",
                    "names": [f"_acme-challenge.*.{self.zone}", f"=_acme-challenge.{self.zone}"],
                    "value": "acme-challenge",
                    "rate": {"count": 5000, "per": "1d"},
                    "until": "2030-01-01",
                }
            ],
            "cas": [
                {
                    "id": "pebble",
                    "approved": True,
                    "public": False,
                    "acme": True,
                    "caa": ["pebble.example"],
                    "reuse": "90d",
                    "tiers": ["internal"],
                }
            ],
            "services": [
                {
                    "id": "shop",
                    "owner": "pki",
                    "tier": "internal",
                    "names": [f"www.{self.zone}"],
                    "ports": [{"port": self.port, "protocol": "tls"}],
                    "endpoints": [{"address": "127.0.0.1", "port": self.port}],
                    "cas": ["pebble"],
                }
            ],
            "probes": {"networks": ["127.0.0.0/8"]},
            "issuers": [
                {
                    "id": "pebble",
                    "kind": "acme",
                    "ca": "pebble",
                    "directory": self.ca.directory,
                    "roots": str(self.ca.vouching),
                    "account_key": "account.pem",
                    "contacts": ["mailto:pki@example.com"],
                }
            ],
            "deployers": [
                {
                    "id": "web",
                    "kind": "nginx",
                    "key": "web/1.bin",
                    "chain": "web/0.bin",
                    "configuration": "web/nginx.conf",
                    "prefix": "web",
                }
            ],
            "jobs": [*(jobs or (self.job(),))],
            "writers": [
                {
                    "id": "bind",
                    "kind": "rfc2136",
                    "server": self.server.address,
                    "servers": [self.server.address],
                    "tsig": {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:TSIG"},
                }
            ],
            "sources": [
                {"id": "live", "kind": "axfr", "server": self.server.address, "zones": [self.zone]}
            ],
            **self.more,
        }
        self.estate.write_text(yaml.safe_dump(document))

    def update(self, name: str, rdtype: str, *rdatas: str) -> None:
        """Make an RRset exactly this, past everything that governs it."""
        message = dns.update.UpdateMessage(self.zone, keyring=_RING)
        message.delete(f"{name}.", rdtype)
        for text in rdatas:
            message.add(f"{name}.", 300, rdtype, text)
        answer = dns.query.tcp(message, "127.0.0.1", port=self.server.port, timeout=10)
        assert answer.rcode() == dns.rcode.NOERROR

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records at a name."""
        query = dns.message.make_query(f"{name}.", "TXT")
        answer = dns.query.tcp(query, "127.0.0.1", port=self.server.port, timeout=10)
        return [item.to_text() for rrset in answer.answer for item in rrset]

    def office(self) -> CertificateOffice:
        """Open the office with fresh facts."""
        office = TrustpathApplication().certificates(self.estate)
        office.renew_facts()
        return office

    def register(self) -> None:
        """Register the account."""
        office = TrustpathApplication().certificates(self.estate)
        for issuer in office.issuers.values():
            assert isinstance(issuer, Accounts)
            issuer.register(agree=True)
        office.close()

    def served(self) -> str:
        """Return the PEM of the leaf that nginx serves."""
        return ssl.get_server_certificate(("127.0.0.1", self.port))


def orders(office: CertificateOffice) -> Sequence[Issuance]:
    """Return every issuance."""
    with office.ports.store.reading() as reader:
        return reader.orders()


def entries(folder: Path) -> list[Entry]:
    """Return what the ledger of a shop holds."""
    from trustpath.store.database import open_store

    with Ledger(open_store(f"sqlite:///{folder / 'trustpath.db'}")).reading() as reader:
        return [parse(data) for data in reader.entries()]


@contextlib.contextmanager
def authorities(
    folder: Path, zones: Sequence[str], *, signed: bool = False
) -> Iterator[tuple[DnsServer, Pebble]]:
    """Start BIND for these zones, ``signed`` by it or not, and a Pebble that looks names up there."""
    files = {}
    folder.mkdir(parents=True, exist_ok=True)
    for zone in zones:
        files[zone] = folder / f"{zone}.zone"
        files[zone].write_text(ZONE.format(zone=zone))
    with (
        bind(folder / "bind", files, updates=True, signed=signed) as server,
        pebble(folder, dns=server.address) as ca,
    ):
        yield server, ca


@contextlib.contextmanager
def shop(
    folder: Path, zone: str, server: DnsServer, ca: Any, *, registered: bool = True
) -> Iterator[Shop]:
    """Start an nginx with a certificate of nobody, and write the estate around it."""
    folder.mkdir(parents=True, exist_ok=True)
    old = leaf(root("Old Root"), f"www.{zone}")
    port = free_port()
    block = Served("127.0.0.1", port, pem_bundle(old), old.key_pem)
    made = Shop(folder, zone, server, ca, port)
    with nginx(made.web, [block]):
        made.write()
        if registered:
            made.register()
        yield made
