"""A generated estate of any size, recorded in a store file.

Shape: N names in N/20 parents and N/500 zones, N certificates with 2.2 names each, 15 % of them
wildcards, 12 % of names CNAMEs, CAA at 70 % of apexes and 1 % of parents, DNS wildcards at 2 % of
parents, one certificate in twenty from another CA than the zone permits, 2 % of certificates expired, owners by zone, services with observed endpoints for 1 % of
the names.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trustpath.base import names
from trustpath.base.addresses import address_key
from trustpath.base.clock import DAY
from trustpath.facts import estate as estates
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.records import zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificatePath,
    CertificatePlace,
    CertificateTimestamp,
)
from trustpath.facts.relations.presentation import Presentation, PresentedCertificate
from trustpath.store.database import open_store
from trustpath.store.record import Recorder

NOW = 1_795_478_400
CAS = (
    ("Example CA", "ca.example.net"),
    ("Other CA", "other.example.net"),
    ("Third CA", "third.example.net"),
)
OWNERS = 200


def zone_of(index: int) -> str:
    """Return the apex of a zone by its number."""
    return f"z{index}.example{index % 7}.com"


class Generator:
    """Deterministic: the same size gives the same estate."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.zones = max(size // 500, 4)
        self.parents = max(size // 20, 40)
        self.random = random.Random(size)

    def parent_of(self, index: int) -> str:
        """Return the parent domain of a name by its number."""
        parent = index % self.parents
        return f"p{parent}.{zone_of(parent % self.zones)}"

    def name_of(self, index: int) -> str:
        """Return a host name by its number."""
        return f"h{index}.{self.parent_of(index)}"

    def address_of(self, index: int) -> str:
        """Return the address of a host by its number."""
        return f"10.{index >> 16 & 255}.{index >> 8 & 255}.{index & 255}"

    def records(self) -> list[list[tuple[str, str, int, list[str]]]]:
        """Return the RRsets of every zone."""
        zones: list[list[tuple[str, str, int, list[str]]]] = [[] for _ in range(self.zones)]
        dice = self.random
        for number in range(self.zones):
            apex = zone_of(number)
            zones[number].append(
                (apex, "SOA", 3600, [f"ns.{apex}. root.{apex}. 1 7200 900 1209600 300"])
            )
            zones[number].append((apex, "NS", 3600, [f"ns1.{apex}.", f"ns2.{apex}."]))
            if dice.random() < 0.7:
                zones[number].append((apex, "CAA", 3600, [f'0 issue "{CAS[number % 3][1]}"']))
        for parent in range(self.parents):
            name = self.parent_of(parent)
            number = parent % self.zones
            zones[number].append((name, "A", 300, [self.address_of(parent)]))
            if dice.random() < 0.01:
                zones[number].append((name, "CAA", 3600, [f'0 issue "{dice.choice(CAS)[1]}"']))
            if dice.random() < 0.02:
                zones[number].append((f"*.{name}", "A", 300, [self.address_of(parent)]))
        for index in range(self.size):
            number = index % self.parents % self.zones
            if dice.random() < 0.12:
                target = self.name_of(dice.randrange(self.size))
                if dice.random() < 0.05:
                    target = "gone" + target
                zones[number].append((self.name_of(index), "CNAME", 300, [target + "."]))
            else:
                zones[number].append((self.name_of(index), "A", 300, [self.address_of(index)]))
        return zones

    def zone_parts(self) -> Iterator[Part]:
        """Yield one part a zone."""
        for number, rrsets in enumerate(self.records()):
            facts = zone_facts(zone_of(number), rrsets, full=True)
            yield Part(zone_of(number), Grade.AUTHORITATIVE, Coverage.FULL, NOW, facts)

    def certificate_part(self) -> Part:
        """Return all certificates as one part."""
        return Part("inventory", Grade.AUTHORITATIVE, Coverage.FULL, NOW, self._certificates())

    def _certificates(self) -> Iterator[Fact]:
        dice = self.random
        for index in range(self.size):
            fingerprint = f"{index:064x}"
            # The CA that the zone permits, but for one certificate in twenty.
            number = index % self.parents % self.zones
            ca = CAS[(number + (dice.random() < 0.05)) % 3][0]
            begins = NOW - dice.randrange(1, 60) * DAY
            if dice.random() < 0.02:
                begins -= 100 * DAY
            ends = begins + 90 * DAY - 1
            count = 1 + (dice.random() < 0.6) + (dice.random() < 0.6)
            wanted = [self._covered(index, place) for place in range(count)]
            yield Certificate(
                fingerprint, f"{index:x}", f"CN=Issuing,O={ca}", ca, f"CN={wanted[0]}", begins, ends, 90 * DAY,
                fingerprint[::-1], "ec", 256, "P-256", "sha256", False, False, True, True, False, False,
                count, "aa", "bb", "http://crl.example.net/1", None, False, 2, False, None,
            )  # fmt: skip
            for name in dict.fromkeys(wanted):
                base = names.base(name)
                yield CertificateName(
                    fingerprint, "dns", name, base, name != base, names.parent(base), names.reverse(base),
                    names.registered(base), True,
                )  # fmt: skip
            for log in ("a", "b"):
                yield CertificateTimestamp(fingerprint, log, begins, None)
            yield CertificatePath(
                fingerprint, "issuer", "root", True, False, NOW + 900 * DAY, True, False, True, None
            )
            yield CertificatePlace(fingerprint, "file", f"certs/{index}.pem", None)

    def _covered(self, index: int, place: int) -> str:
        dice = self.random
        chance = dice.random()
        if chance < 0.15:
            return "*." + self.parent_of(index)
        if chance < 0.25:
            return f"absent{index}-{place}.{self.parent_of(index)}"
        if place == 0:
            return self.name_of(index)
        # Further names mostly lie beside the first; one in ten is anybody's.
        if dice.random() < 0.1:
            return self.name_of(dice.randrange(self.size))
        return self.name_of((index + self.parents * dice.randrange(1, 20)) % self.size)

    def services(self) -> Iterator[tuple[int, list[int]]]:
        """Yield (service number, host numbers): 1 % of the names in groups of ten."""
        hosts = range(0, self.size, 100)
        for number, start in enumerate(range(0, len(hosts), 10)):
            yield number, list(hosts[start : start + 10])

    def endpoint_part(self) -> Part:
        """Return what the services' endpoints present."""
        return Part("targets", Grade.OBSERVATION, Coverage.FULL, NOW, self._presentations())

    def _presentations(self) -> Iterator[Fact]:
        for _, hosts in self.services():
            for host in hosts:
                address, name, leaf = self.address_of(host), self.name_of(host), f"{host:064x}"
                yield Presentation(
                    address, address_key(address), 443, name, "tls", "here", "served", None, leaf, 1, True,
                    True, False, NOW + 900 * DAY, False, "TLSv1.3", None, "absent", True, NOW,
                )  # fmt: skip
                yield PresentedCertificate(address, 443, name, "tls", "here", 0, leaf)

    def declarations(self) -> tuple[Fact, ...]:
        """Return what the estate file of this estate declares."""
        return estates.build(self.document(), Path(), "generated").declarations

    def document(self) -> dict[str, Any]:
        """Return the estate file."""
        return {
            "organisation": "Generated",
            "owners": [
                {"id": f"o{n}", "contacts": [f"mailto:o{n}@example.com"]} for n in range(OWNERS)
            ],
            "ownership": [
                {"kind": "zone", "pattern": zone_of(n), "owner": f"o{n % OWNERS}"}
                for n in range(self.zones)
            ],
            "cas": [
                {"id": f"ca{n}", "caa": [identity], "issuers": [name]}
                for n, (name, identity) in enumerate(CAS)
            ],
            "services": [
                {
                    "id": f"s{number}",
                    "owner": f"o{number % OWNERS}",
                    "tier": "public",
                    "names": [self.name_of(host) for host in hosts],
                    "networks": ["10.0.0.0/8"],
                    "ports": [443],
                    "cas": ["ca0"],
                }
                for number, hosts in self.services()
            ],
        }


def fill(path: Path, size: int, made: Generator | None = None) -> None:
    """Record an estate of a size in a new store file."""
    generator = made or Generator(size)
    store = open_store(f"sqlite:///{path}")
    groups: tuple[tuple[str, str, Iterator[Part]], ...] = (
        ("estate", "estate", iter([Part("estate", Grade.DECLARATION, Coverage.FULL, NOW, generator.declarations())])),
        ("requirements", "requirements",
         iter([Part("requirements", Grade.DECLARATION, Coverage.FULL, NOW, estates.requirement_facts())])),
        ("zones", "zonefile", generator.zone_parts()),
        ("certificates", "certificates", iter([generator.certificate_part()])),
        ("endpoints", "endpoints", iter([generator.endpoint_part()])),
    )  # fmt: skip
    for source, kind, parts in groups:
        with Recorder(store, source, kind, NOW) as recorder:
            for part in parts:
                recorder.write(part)
            recorder.finish()
    with store.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    store.dispose()


if __name__ == "__main__":
    target, number = Path(sys.argv[1]), int(sys.argv[2])
    begun = time.perf_counter()
    fill(target, number)
    print(f"{number} names and certificates in {time.perf_counter() - begun:.1f} s")
