"""The estate of all planted problems: zones, certificates and servers, and the file that declares them."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certs import NOW, revocation_list
from ctlog import CtLog
from dns_servers import KEY_NAME, KEY_SECRET, bind
from planted.issuing import Authorities, Made, log_list, ocsp_answer
from planted.problem import CAA, Problem, Side, day
from planted.signing import ds, key_tag, signed, zone_text
from planted.signing import key as zone_key
from resolvers import unbound
from tls_servers import Served, nginx
from trustpath.base.clock import format_instant

PARENT = "example"
COMMON: dict[str, Any] = {
    "organisation": {"name": "Planted", "domains": ["planted.example", "trustworthy.example"]},
    "roles": {"pki": "web"},
    "public_roots": False,
    "store": "sqlite:///store.db",
    "trust_roots": ["public.pem"],
    "private_roots": ["private.pem"],
    "tiers": {
        "public": {"max_lifetime": "100d"},
        "partner": {"wildcards": False, "account_binding": True},
    },
    "networks": ["127.0.0.0/8"],
}
LISTS: dict[str, list[Any]] = {
    "owners": [
        {
            "id": owner,
            "contacts": [f"mailto:{owner}@planted.example"],
            "members": 3,
            "active": True,
            "attested": day(-1),
        }
        for owner in ("web", "ops")
    ],
    "ownership": [],
    "cas": [
        {
            "id": "main",
            "caa": ["ca.test"],
            "issuers": ["Planted Trust"],
            "public": True,
            "acme": True,
            "renewal_info": True,
            "persist_form": "plain",
            "persist_policy_documented": True,
            "tested": day(-1),
            "accounts": [
                {"uri": "https://ca.test/acct/1", "key_available": True},
                {"uri": "https://ca.test/acct/dead", "status": "deactivated"},
            ],
        },
        {"id": "second", "caa": ["second.test"], "public": True, "acme": False, "tested": day(-1)},
        {"id": "rogue", "caa": ["rogue.test"], "approved": False, "issuers": ["Rogue Trust"]},
        {"id": "inside", "caa": "ignored", "public": False, "issuers": ["Planted Inside"]},
    ],
}
COMPLETE = {
    "certificates": ["certs"],
    "endpoints": ["edge"],
    "ct": ["log"],
    "jobs": ["teams"],
    "services": ["teams"],
    "declared": [
        "providers",
        "cas",
        "accounts",
        "dcv_contacts",
        "domains",
        "networks",
        "workloads",
    ],
}


def _port() -> int:
    """Return a port that is free at every address, and that no connection is given by chance."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("0.0.0.0", port))
            return port
    raise RuntimeError("no port is free")


@dataclass
class Place:
    """One side, with all that it is made of."""

    name: str
    side: Side
    words: dict[str, Any]
    certificates: dict[str, Made] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return f"{self.name}.{PARENT}"

    def fill(self, value: Any) -> Any:
        """Return text, or all text within, with placeholders replaced."""
        if isinstance(value, str):
            return value.format_map(self.words)
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(one) for key, one in value.items()}
        return [self.fill(one) for one in value] if isinstance(value, list | tuple) else value

    def marks(self) -> set[str]:
        """Return what tells that a subject is about this side."""
        found = {self.name}
        for made in self.certificates.values():
            found |= {str(made), made.spki, made.serial}
        return found


class Estate:
    """All sides, in one folder."""

    def __init__(self, folder: Path, problems: Sequence[Problem]) -> None:
        self.folder = folder
        self.port = _port()
        self.authorities = Authorities()
        self.places: dict[str, Place] = {}
        for problem in problems:
            for name, side in problem.sides().items():
                self.places[name] = self._place(name, side, len(self.places))
        self.zones: dict[str, Path] = {}
        self.spoofed: dict[str, Path] = {}
        self.log = CtLog()
        for folder_name in ("axfr", "files", "copies", "yaml", "certs", "spoofed"):
            (folder / folder_name).mkdir()

    def _place(self, name: str, side: Side, number: int) -> Place:
        words: dict[str, Any] = {"s": name, "d": f"{name}.{PARENT}", "port": self.port}
        words |= {"tag": key_tag(), **self.authorities.made}
        high, low = divmod(number, 60)
        for count, word in enumerate(("ip", "ip2", "ip3")):
            words[word] = f"127.1.{high}.{low * 4 + count + 1}"
        place = Place(name, side, words)
        keys: dict[str, Any] = {}
        # Those that issue others come first.
        for label, wanted in sorted(
            side.certificates.items(), key=lambda one: one[1].by in side.certificates
        ):
            filled = replace(
                wanted,
                names=tuple(place.fill(one) for one in wanted.names),
                options=place.fill(dict(wanted.options)),
            )
            made = self.authorities.make(filled, place.certificates, keys)
            place.certificates[label] = words[label] = made
        return place

    def write(self) -> None:
        """Write the zones, the certificates, and what the log has."""
        delegations = [zone_text("", ("ns1", "ns2"), "")]
        for place in self.places.values():
            self._write_zones(place, delegations)
            self._write_certificates(place)
        self._write_zone(PARENT, signed(PARENT, "\n".join(delegations)))
        roots = self.authorities
        attested = f"kind,pattern,owner,attested\nzone,=example,web,{day(-1)}\n"
        (self.folder / "teams.csv").write_text(attested)
        (self.folder / "public.pem").write_bytes(roots.root.pem)
        (self.folder / "private.pem").write_bytes(roots.inside_root.pem)
        (self.folder / "certs" / "issuing.pem").write_bytes(roots.issuing.pem + roots.root.pem)

    def _write_zone(self, apex: str, text: str) -> None:
        self.zones[apex] = self.folder / "axfr" / f"{apex}.zone"
        self.zones[apex].write_text(text)

    def _write_zones(self, place: Place, delegations: list[str]) -> None:
        side, apex = place.side, place.zone
        servers = side.servers or ("ns1", "ns2")
        lines = place.fill(side.zone)
        if not re.search(r"^www (A|CNAME) ", lines, re.MULTILINE):
            lines += f"\nwww A {place.words['ip']}\n"
        caa = CAA if side.caa is None else place.fill(side.caa)
        text = zone_text(lines, servers, caa)
        ds_kind = side.ds or "sha256"
        for label, body in side.children.items():
            child = f"{label}.{apex}"
            whole = zone_text(place.fill(body), ("ns1", "ns2"), "")
            if label in (side.insecure or ()):
                self._write_zone(child, whole)
                continue
            self._write_zone(child, signed(child, whole, side.expires))
            text += f"{label} DS {ds(child, 'sha256')}\n"
        if ds_kind != "none":
            text_out = signed(apex, text, side.expires)
            delegations.append(f"{place.name} DS {ds(apex, ds_kind)}")
        else:
            text_out = text
        for number, server in enumerate(servers):
            delegations.append(f"{place.name} NS {server}.{place.name}")
            delegations.append(f"{server}.{place.name} A 127.0.0.{53 + number}")
        if side.form == "file":
            raw = f"$ORIGIN {apex}.\n$TTL 300\n{place.fill(side.raw)}\n"
            (self.folder / "files" / f"{apex}.zone").write_text(text_out + raw)
        elif side.form == "octodns":
            (self.folder / "yaml" / f"{apex}.yaml").write_text(place.fill(side.raw))
        else:
            self._write_zone(apex, text_out)
        if side.spoofed is not None:
            path = self.folder / "spoofed" / f"{apex}.zone"
            path.write_text(zone_text(place.fill(side.spoofed), servers, caa))
            self.spoofed[apex] = path
        if side.copy is not None:
            copied = zone_text(f"{lines}\n{place.fill(side.copy)}", servers, caa)
            (self.folder / "copies" / f"{apex}.zone").write_text(copied)

    def _write_certificates(self, place: Place) -> None:
        for label, made in place.certificates.items():
            wanted = place.side.certificates[label]
            if wanted.stored:
                path = self.folder / "certs" / f"{place.name}-{label}.pem"
                path.write_bytes(made.issued.pem)
            if wanted.logged:
                self.log.add(made.issued.der, (NOW - 3 * 86400) * 1000)
        for label, options in place.side.lists.items():
            chosen = dict(options)
            by = {**self.authorities.made, **place.certificates}[chosen.pop("by")].issued
            revoked = [place.certificates[one].issued for one in chosen.pop("revoked", ())]
            at = x509.UniformResourceIdentifier(place.fill(chosen.pop("at")))
            point = x509.IssuingDistributionPoint([at], None, False, False, None, False, False)
            made_list = revocation_list(by, *revoked, extra=[(point, True)], **chosen)
            path = self.folder / "certs" / f"{place.name}-{label}.crl"
            path.write_bytes(made_list.public_bytes(Encoding.DER))

    def blocks(self) -> list[Served]:
        """Return what nginx is to serve."""
        found = []
        for place in self.places.values():
            for word, sent in place.side.serves.items():
                made = [place.certificates.get(one) or self.authorities.made[one] for one in sent]
                chain = b"".join(one.issued.pem for one in made)
                address = place.words[word]
                said = place.side.staples.get(word)
                staple = ocsp_answer(made[0], said) if said else None
                key = made[0].issued.key_pem
                found.append(Served(address, self.port, chain, key, staple=staple))
        return found

    def describe(self, dns_port: int, resolver_port: int, astray: int | None) -> Path:
        """Write the estate file."""
        lists: dict[str, list[Any]] = {key: list(value) for key, value in LISTS.items()}
        complete: dict[str, Any] = dict(COMPLETE)
        asked, targets, looks = ["example"], [], []
        for place in self.places.values():
            service = {
                "id": place.name,
                "owner": "web",
                "tier": "public",
                "names": [f"www.{place.zone}"],
                "networks": [f"{place.words[word]}/32" for word in ("ip", "ip2", "ip3")],
                "attested": day(-1),
                **place.fill(dict(place.side.service)),
            }
            if place.side.serves:
                service.setdefault("ports", [self.port])
            lists.setdefault("services", []).append(
                {key: value for key, value in service.items() if value is not None}
            )
            extra = place.fill(dict(place.side.estate))
            if "ownership" not in extra:
                zone = {"kind": "zone", "pattern": place.zone, "owner": "web"}
                lists["ownership"].append(zone)
            names = extra.pop("asked", [])
            asked += names
            if place.side.spoofed is not None:
                looks.append(
                    {
                        "id": place.name,
                        "kind": "resolve",
                        "servers": [{"address": f"127.0.0.1:{astray}", "name": "astray"}],
                        "names": names,
                        "types": ["A"],
                    }
                )
            if servers := extra.pop("authorities", []):
                looks.append(
                    {
                        "id": place.name,
                        "kind": "resolve",
                        "servers": [
                            {
                                "address": f"127.0.0.1:{dns_port}",
                                "name": server,
                                "kind": "authoritative",
                            }
                            for server in servers
                        ],
                        "names": [f"sub.{place.zone}"],
                        "types": ["SOA"],
                    }
                )
            for word in place.side.serves:
                hosts = extra.get("hosts") or [f"www.{place.zone}"]
                address = place.words[word]
                targets.append({"address": address, "port": self.port, "names": hosts})
            extra.pop("hosts", None)
            for key, entries in extra.items():
                lists.setdefault(key, []).extend(entries)
        sources: list[dict[str, Any]] = [
            {
                "id": "transfers",
                "kind": "axfr",
                "server": f"127.0.0.1:{dns_port}",
                "zones": sorted(self.zones),
                "tsig": {"name": KEY_NAME, "secret": "env:TRANSFER_KEY"},
            },
            {"id": "certs", "kind": "certificates", "path": "certs"},
            {"id": "teams", "kind": "csv", "path": "teams.csv"},
            *looks,
            {"id": "edge", "kind": "endpoints", "targets": targets},
            {
                "id": "resolver",
                "kind": "resolve",
                "servers": [f"127.0.0.1:{resolver_port}"],
                "names": asked,
                "types": ["A", "CAA"],
                "dnssec": True,
            },
            {
                "id": "log",
                "kind": "ct",
                "log": self.log.url,
                "key": self.log.key_base64,
                "operator": "operator of the log",
                "domains": [PARENT],
            },
        ]
        for name, kind in (("files", "zonefile"), ("copies", "zonefile"), ("yaml", "octodns")):
            if any((self.folder / name).iterdir()):
                sources.append({"id": name, "kind": kind, "path": name})
        estate = {
            **COMMON,
            **lists,
            "ct_logs": log_list(),
            "complete": complete,
            "sources": sources,
        }
        path = self.folder / "estate.yaml"
        path.write_text(yaml.safe_dump(json.loads(json.dumps(estate)), sort_keys=False))
        return path


@dataclass(frozen=True)
class Report:
    """What one check said, and what the other engine says of the same."""

    places: Mapping[str, Place]
    document: dict[str, Any]
    statuses: Mapping[tuple[str, str], str]
    other: Mapping[tuple[str, str], str]

    def about(self, place: Place) -> dict[tuple[str, str], str]:
        """Return status by rule and subject of all that is about a side."""
        marks = place.marks()
        return {
            key: status for key, status in self.statuses.items() if any(m in key[1] for m in marks)
        }


@contextmanager
def standing(estate: Estate) -> Iterator[Path]:
    """Run the servers of an estate; gives its file."""
    estate.write()
    folder = estate.folder
    with ExitStack() as running:
        server = running.enter_context(bind(folder / "bind", estate.zones, key_only=True))
        anchor = f"{PARENT}. 300 IN DNSKEY {zone_key()[1].to_text()}\n"
        (folder / "unbound").mkdir()
        resolver = running.enter_context(
            unbound(folder / "unbound", {PARENT: server.port}, anchors=[anchor])
        )
        astray = None
        if estate.spoofed:
            other = running.enter_context(bind(folder / "spoofing", estate.spoofed))
            (folder / "astray").mkdir()
            stubs = dict.fromkeys(estate.spoofed, other.port)
            astray = running.enter_context(unbound(folder / "astray", stubs))
        running.enter_context(nginx(folder / "nginx", estate.blocks()))
        running.enter_context(estate.log)
        yield estate.describe(server.port, resolver, astray)


def judged(folder: Path, problems: Sequence[Problem]) -> Report:
    """Collect and judge the estate, as a process of its own; then judge it by the other engine."""
    estate = Estate(folder, problems)
    with standing(estate) as path:
        document = _checked(path, "--collect", "--engine", "sqlite")
    other = _checked(path, "--no-collect", "--engine", "duckdb")
    return Report(estate.places, document, _statuses(document), _statuses(other))


def _statuses(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(f["rule"], f["subject"]): f["status"] for f in document["findings"]}


def _checked(path: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "trustpath", "check", "-e", str(path), "--format", "json"]
    command += ["--now", format_instant(NOW), "--min-status", "pass", "--verbose", *options]
    environment = {**os.environ, "TRANSFER_KEY": KEY_SECRET}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if not done.stdout:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
