"""What to write into the estate file so that a kind of missing evidence is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SNIPPETS: Final[Mapping[str, str]] = {
    "zones": """\
sources:
  - {id: zones, kind: axfr, server: "127.0.0.1:53", zones: [example.com]}
""",
    "resolution": """\
sources:
  - id: live
    kind: resolve
    servers: ["127.0.0.1:53"]
    names: [aliases, mail, servers, services]
""",
    "endpoints": """\
sources:
  - id: edge
    kind: endpoints
    targets: [{address: 192.0.2.10, names: [www.example.com]}]
probes: {networks: [192.0.2.0/24]}
""",
    "certificates": """\
sources:
  - {id: certs, kind: certificates, path: certs}
""",
    "ct": """\
sources:
  - {id: ct, kind: ct, path: ct.json, domains: [example.com]}
""",
    "ownership": """\
owners: [{id: web, contacts: ["mailto:web@example.com"]}]
ownership:
  - {kind: zone, pattern: example.com, owner: web}
""",
    "services": """\
services:
  - {id: shop, tier: public, names: [shop.example.com], networks: [192.0.2.0/24], ports: [443]}
""",
    "jobs": """\
services: [{id: shop, names: [shop.example.com]}]
cas: [{id: letsencrypt, caa: [letsencrypt.org]}]
jobs:
  - {id: shop, service: shop, ca: letsencrypt, method: dns-01, names: [shop.example.com]}
""",
    "accounts": """\
cas:
  - id: letsencrypt
    caa: [letsencrypt.org]
    accounts: [{uri: "https://acme-v02.api.letsencrypt.org/acme/acct/1"}]
""",
    "history": """\
store: sqlite:///trustpath.db
""",
    "policy": """\
tiers: {public: {max_lifetime: 90d, caa_required: true}}
""",
    "roots": """\
private_roots: [root.pem]
""",
    "complete": """\
sources: [{id: certs, kind: certificates, path: certs}]
complete: {certificates: [certs]}
""",
}
"""By kind of missing evidence (``MISSING_KINDS``), lines of an estate file as a model. The others
have no single answer: the rule names what to declare."""
