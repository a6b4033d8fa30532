"""The estate file: values, fact rows, faults, and agreement with the published schema."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from trustpath.base.clock import DAY, HOUR, parse_instant
from trustpath.base.errors import EstateError, InputError
from trustpath.connectors.estate import read_estate
from trustpath.facts.estate import (
    ESTATE_SCHEMA,
    RETIREMENT_STEPS,
    Estate,
    build,
    known_logs,
    requirement_facts,
    template,
    validate,
)
from trustpath.facts.estate.build import ESTATE
from trustpath.facts.estate.shape import Either, Listing, Record, Variants
from trustpath.facts.relations import automation, declaration, policy, presentation, revocation
from trustpath.facts.relations.automation import Ca, CaIssuer, JobName
from trustpath.facts.relations.declaration import (
    Consumer,
    OwnedDomain,
    Ownership,
    RetirementStep,
    Service,
    ServicePort,
)
from trustpath.facts.relations.policy import (
    Deadline,
    MethodSunset,
    ProfileLifetime,
    TierPolicy,
    ValidationReuse,
    ValidityCap,
)
from trustpath.facts.relations.transparency import KnownLog

ROOT = Path(__file__).parents[3]
FP = "ab" * 32
FULL = f"""
organisation: {{name: Example, domains: [example.com]}}
owners:
  - {{id: web, contacts: ["mailto:web@example.com"], kind: team, members: 4, active: true, attested: "2026-10-01"}}
  - {{id: ann, kind: person}}
services:
  - id: shop
    owner: web
    tier: public
    names: [shop.example.com, "*.shop.example.com"]
    networks: [192.0.2.0/24]
    ports: [443, {{port: 25, protocol: smtp}}, 587]
    cas: [letsencrypt]
    aliases: [cdn.example.net]
    consumers: [{{id: app, kind: pin, pin: {{spki: "{FP}", root: "{FP.upper()}"}}}}, {{id: shops, kind: mtls}}]
    environment: prod
    state: retiring
    retired: "2027-01-31"
    critical: true
    attested: "2026-09-01"
    endpoints: [192.0.2.10, {{address: "2001:DB8::1", port: 8443}}]
    retirement: {{traffic: true, caa: false}}
  - {{id: bare}}
ownership:
  - {{kind: zone, pattern: example.org, owner: web}}
  - {{kind: record, pattern: =www.example.com, owner: ann, attested: "2026-01-01"}}
  - {{kind: name, pattern: "*.apps.example.com", owner: web}}
  - {{kind: certificate, pattern: "*", owner: web}}
agreements: [{{name: example.com, owner: web, other: ann, until: "2027-01-01"}}]
tiers: {{public: {{max_lifetime: 100d, wildcards: false, ttl_high: 1800, min_rsa_bits: 3072}}}}
defaults: {{tier: internal}}
cas:
  - id: letsencrypt
    caa: [letsencrypt.org]
    accounts: ["https://ca.example/acct/1", {{uri: "https://ca.example/acct/2", status: revoked, owner: web}}]
    tiers: [public]
    reuse: 10d
  - {{id: inhouse, public: false, issuers: [Example CA, "CN=X,O=Y"], limits: [{{per: account, capacity: 3, window: 1h}}]}}
jobs:
  - id: renew
    service: shop
    owner: web
    ca: letsencrypt
    account: https://ca.example/acct/1
    method: dns-01
    names: ["*.shop.example.com"]
    interval: 60d
    next_renewal: "2026-12-01T10:00:00Z"
renewal_info: [{{certificate: "{FP}", job: renew, starts: "2026-12-01", ends: "2026-12-02", fetched: "2026-11-24"}}]
networks: [198.51.100.0/24, {{network: "2001:db8::/32", owner: web, cloud: true}}]
providers: [{{id: dnsco, kind: dns, contract_owner: web, zones: [example.com], hosts: [dnsco.example]}}]
workloads: [{{identity: "spiffe://example.com/shop", service: shop, names: [w1.example.com], ended: "2026-11-01"}}]
keys: [{{store: hsm-1, spki: "{FP}", exportable: false}}]
deployments: [{{address: 192.0.2.11, certificate: "{FP}"}}]
credentials: [{{id: tsig1, kind: tsig, owner: web, job: renew, created: "2026-01-01", max_age: 90d, scopes: [_acme-challenge.example.com, {{name: example.com, subtree: false}}]}}]
zone_access: [{{zone: example.com, operation: update, protected: true}}]
dcv_contacts: [Hostmaster@example.com]
reachability: [{{name: shop.example.com, vantage: far, method: http-01, port: 80, family: 6, reached: false}}]
exceptions: [{{id: E-1, rule: POL-003, owner: web, reason: slow, until: "2027-01-01"}}]
transfers: [{{name: old.example.com, former: a, current: b, at: "2026-01-01"}}]
changes:
  - id: C1
    author: ann
    state: approved
    records: [{{zone: example.com, name: shop.example.com, type: a, action: add, rdata: 192.0.2.12}}]
    approvals: [{{approver: bob, role: dns, at: "2026-11-01"}}]
freezes: [{{id: F1, starts: "2026-12-20", ends: "2027-01-02"}}]
dnssec: [{{zone: example.com, signers: [12345], rollovers: [{{step: ds-swap, at: "2026-12-01"}}]}}]
dynamic_names: [_acme-challenge.example.com]
complete: {{certificates: [certs]}}
truth: [{{zone: example.com, source: files}}]
compromised_keys: ["{FP}"]
incidents: [{{id: I1, certificate: "{FP}", opened: "2026-11-20", limit: 24h, reason: keyCompromise}}]
revocations: [{{certificate: "{FP}", reason: superseded, requested: "2026-11-20"}}]
revoked: [{{issuer: CN=X, serial: "00:0A:FF"}}]
rekeys: [{{certificate: "{FP}", reason: suspicion, next_ca: inhouse}}]
mail: [{{domain: example.com, mode: enforce, max_age: 7d, mx: [mx.example.com, "*.mail.example.com"]}}]
ct_logs: [{{log_id: "{FP}", operator: Op, state: usable}}]
trust_roots: [roots.pem]
private_roots: [private.pem]
public_roots: false
probes: {{networks: [203.0.113.0/24]}}
freshness: {{endpoints: 6h, certs: never}}
store: sqlite:///trustpath.db
sources:
  - {{id: files, kind: zonefile, path: zones, freshness: 2d}}
  - {{id: certs, kind: certificates, path: certs}}
  - {{id: edge, kind: endpoints, targets: [{{address: 127.0.0.9}}]}}
  - {{id: ct, kind: ct, path: ct.json}}
  - {{id: primary, kind: axfr, server: "127.0.0.1:5300", zones: [example.com], tsig: {{name: k, secret: "env:T"}}}}
"""


def full() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FULL)
    return document


def estate(document: Any) -> Estate:
    return build(document, Path("somewhere"), "estate.yaml")


def rows(document: Any, relation: type) -> list[Any]:
    return [fact for fact in estate(document).declarations if isinstance(fact, relation)]


def faults(text: str) -> list[tuple[str, str, str]]:
    return [(f.key, f.message, f.expected) for f in validate(yaml.safe_load(text))]


def test_every_declared_relation_can_be_filled() -> None:
    given = {type(fact) for fact in (*estate(full()).declarations, *requirement_facts())}
    wanted = {
        value
        for module in (declaration, automation, policy, revocation)
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, tuple)
        and hasattr(value, "_fields")
        and value.__module__ == module.__name__
    }
    # Crl is read and what issuing knows is its own, never declared; no file states the instant of
    # judging.
    issuing = {automation.Intent, automation.IntentName, automation.AbandonedValidation}
    undeclared = {revocation.Crl, policy.Moment, *issuing}
    assert wanted - given == undeclared
    assert {presentation.MailPolicy, presentation.MailPolicyHost, KnownLog} <= given


def test_rows_have_the_types_of_their_relation() -> None:
    from trustpath.facts.schema import BY_RELATION

    python = {"TEXT": str, "BIGINT": int, "BOOLEAN": bool}
    for fact in (*estate(full()).declarations, *requirement_facts()):
        for column, value in zip(BY_RELATION[type(fact)].columns, fact, strict=True):
            assert (value is None and column.nullable) or type(value) is python[column.type], (
                fact,
                column,
            )


def test_the_short_file_of_the_manual_is_enough() -> None:
    document = yaml.safe_load(
        """
        organisation: Example
        owners:    [{id: web, contacts: ["mailto:web@example.com"]}]
        services:  [{id: shop, owner: web, tier: public, names: [shop.example.com], networks: [192.0.2.0/24], ports: [443], cas: [letsencrypt]}]
        ownership: [{kind: zone, pattern: example.com, owner: web}]
        cas:       [{id: letsencrypt, caa: [letsencrypt.org]}]
        trust_roots: [roots.pem]
        store: sqlite:///trustpath.db
        sources:
          - {id: files,   kind: zonefile,     path: zones}
          - {id: repo,    kind: octodns,      path: hostedzones}
          - {id: primary, kind: axfr,         server: "127.0.0.1:5300", zones: [example.com], tsig: {name: k, algorithm: hmac-sha256, secret: "env:TSIG"}}
          - {id: certs,   kind: certificates, path: certs}
          - {id: edge,    kind: endpoints,    targets: [{address: 192.0.2.10, port: 443, names: [shop.example.com]}]}
          - {id: live,    kind: resolve,      servers: ["127.0.0.1:5353"], names: [shop.example.com]}
          - {id: ct,      kind: ct,           path: ct.json}
          - {id: who,     kind: backstage,    path: catalog-info.yaml}
        """
    )
    Draft202012Validator(ESTATE_SCHEMA).validate(document)
    found = estate(document)
    assert found.store == "sqlite:///trustpath.db"
    assert [source.kind for source in found.sources] == [
        *("zonefile", "octodns", "axfr", "certificates"),
        *("endpoints", "resolve", "ct", "backstage"),
    ]
    assert found.sources[4].options == {
        "targets": [{"address": "192.0.2.10", "port": 443, "names": ["shop.example.com"]}]
    }
    assert found.trust_roots == ("roots.pem",)
    assert found.public_roots is True


def test_ownership_patterns() -> None:
    assert [(o.kind, o.base, o.match, o.owner) for o in rows(full(), Ownership)] == [
        ("zone", "example.org", "subtree", "web"),
        ("record", "www.example.com", "exact", "ann"),
        ("name", "apps.example.com", "below", "web"),
        ("certificate", "", "subtree", "web"),
    ]
    assert [row.base for row in rows(full(), OwnedDomain)] == ["example.com", "example.org"]


def test_a_catch_all_zone_owner_does_not_make_the_world_ours() -> None:
    document = full() | {"ownership": [{"kind": "zone", "pattern": "*", "owner": "web"}]}
    assert [row.base for row in rows(document, OwnedDomain)] == ["example.com"]


def test_services() -> None:
    shop, bare = rows(full(), Service)
    assert (shop.tier, shop.state, shop.critical) == ("public", "retiring", True)
    assert shop.retired_at == parse_instant("2027-01-31")
    assert (bare.tier, bare.owner, bare.state) == ("internal", None, "active")
    assert [(p.port, p.protocol) for p in rows(full(), ServicePort)] == [
        (443, "tls"),
        (25, "smtp"),
        (587, "smtp"),
    ]
    assert [(c.consumer, c.pin_kind, c.pin) for c in rows(full(), Consumer)] == [
        ("app", "spki", FP),
        ("app", "root", FP),
        ("shops", None, None),
    ]


def test_the_retirement_checklist_of_a_retiring_service_is_complete() -> None:
    steps = rows(full(), RetirementStep)
    assert [step.step for step in steps] == list(RETIREMENT_STEPS)
    assert [step.step for step in steps if step.done] == ["traffic"]
    assert all(step.service == "shop" for step in steps)


def test_a_known_authority_brings_its_issuers_and_a_private_one_does_not() -> None:
    known, private = rows(full(), Ca)
    assert (known.public, known.acme, known.renewal_info) == (True, True, True)
    assert (private.public, private.acme, private.directory) == (False, False, None)
    assert [(i.ca, i.kind, i.value) for i in rows(full(), CaIssuer)] == [
        ("letsencrypt", "organisation", "Let's Encrypt"),
        ("letsencrypt", "organisation", "Internet Security Research Group"),
        ("inhouse", "organisation", "Example CA"),
        ("inhouse", "dn", "CN=X,O=Y"),
    ]


def test_what_is_stated_of_a_known_authority_wins() -> None:
    document = full()
    document["cas"][0] |= {"public": False, "acme": False, "directory": "https://own.example/dir"}
    known = rows(document, Ca)[0]
    assert (known.public, known.acme, known.directory) == (False, False, "https://own.example/dir")


def test_job_names() -> None:
    assert rows(full(), JobName) == [
        JobName(
            "renew", "*.shop.example.com", "shop.example.com", True, "example.com", "example.com"
        )
    ]


def test_tier_policies_have_defaults_and_overrides() -> None:
    by_tier = {row.tier: row for row in rows(full(), TierPolicy)}
    assert list(by_tier) == ["public", "partner", "internal", "workload"]
    assert [row.key_age // DAY for row in by_tier.values()] == [398, 398, 398, 30]
    assert [row.attestation_period // DAY for row in by_tier.values()] == [90, 90, 180, 365]
    assert [row.inventory_target for row in by_tier.values()] == [98, 95, 90, 80]
    assert [(row.ttl_low, row.ttl_high) for row in by_tier.values()] == [
        (60, 1800),
        (60, 86400),
        (60, 86400),
        (60, 86400),
    ]
    public = by_tier["public"]
    assert (public.max_lifetime, public.wildcards, public.min_rsa_bits) == (100 * DAY, False, 3072)
    assert by_tier["partner"].wildcards is True


def at(relation: type, instant: str) -> list[Any]:
    when = parse_instant(instant)
    return [
        row
        for row in requirement_facts()
        if isinstance(row, relation) and row.starts <= when < row.ends  # type: ignore[attr-defined]
    ]


@pytest.mark.parametrize(
    ("day", "cap", "reuse"),
    [
        ("2026-03-14T23:59:59Z", 398, 398),
        ("2026-03-15", 200, 200),
        ("2027-03-14T23:59:59Z", 200, 200),
        ("2027-03-15", 100, 100),
        ("2029-03-15", 47, 10),
        ("2060-01-01", 47, 10),
    ],
)
def test_caps_by_date(day: str, cap: int, reuse: int) -> None:
    (found,) = at(ValidityCap, day)
    assert found.seconds == cap * DAY
    (found,) = at(ValidationReuse, day)
    assert found.seconds == reuse * DAY


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-24", {"classic": (90 * DAY, 30 * DAY), "tlsserver": (45 * DAY, 7 * HOUR), "shortlived": (160 * HOUR, 7 * HOUR)}),
        ("2027-02-10", {"classic": (64 * DAY, 10 * DAY), "tlsserver": (45 * DAY, 7 * HOUR), "shortlived": (160 * HOUR, 7 * HOUR)}),
        ("2028-02-16", {"classic": (45 * DAY, 7 * HOUR), "tlsserver": (45 * DAY, 7 * HOUR), "shortlived": (160 * HOUR, 7 * HOUR)}),
    ],
)  # fmt: skip
def test_profiles_by_date(day: str, expected: dict[str, tuple[int, int]]) -> None:
    found = at(ProfileLifetime, day)
    assert {row.profile: (row.seconds, row.reuse_seconds) for row in found} == expected


def test_deadlines_and_sunsets() -> None:
    deadlines = {row.id: row.at for row in requirement_facts() if isinstance(row, Deadline)}
    assert deadlines["client-auth-end"] == parse_instant("2027-03-15")
    assert deadlines["rfc8657-must"] == parse_instant("2027-03-15")
    sunsets = {row.method: row.ends for row in requirement_facts() if isinstance(row, MethodSunset)}
    assert sunsets["br-4"] == parse_instant("2028-03-15")
    assert sunsets["br-17"] == parse_instant("2027-03-15")


def test_freshness_by_source_kind_and_default() -> None:
    found = estate(full())
    assert found.fresh_for("edge", "endpoints") == 6 * HOUR
    assert found.fresh_for("certs", "certificates") is None
    assert found.fresh_for("files", "zonefile") == 2 * DAY
    assert found.fresh_for("primary", "axfr") == 24 * HOUR
    assert found.fresh_for("ct", "ct") == 7 * DAY
    assert found.fresh_for("other", "octodns") == 7 * DAY


def test_probes_reach_what_the_estate_names_and_nothing_else() -> None:
    from trustpath.facts.source import ProbePolicy

    policy = ProbePolicy(estate(full()).probe_networks)
    for allowed in ("203.0.113.9", "192.0.2.200", "198.51.100.1", "2001:db8::5", "127.0.0.9"):
        assert policy.allows(allowed), allowed
    for refused in ("127.0.0.1", "8.8.8.8", "10.0.0.1", "169.254.169.254", "::1"):
        assert not policy.allows(refused), refused


@pytest.mark.parametrize(
    ("text", "key", "message", "expected"),
    [
        ("[]", "document", "is no mapping", "an estate"),
        ("organisation: X\nservice: []", "service", "did you mean 'services'", "a key of an estate"),
        ("owners: []", "document", "organisation is missing", "organisation"),
        ("organisation: 7", "organisation", "7 is no text", "text"),
        ("organisation: X\nowners: [{id: a, contacts: [a@b]}]", "owners[0].contacts[0]", "'a@b' is no URI", "mailto:"),
        ("organisation: X\nowners: [{id: a}, {id: a}]", "owners[1].id", "declared twice", "unique"),
        ("organisation: X\nowners: {id: a}", "owners", "is no list", "a list"),
        ("organisation: X\nservices: [{id: s, tier: publik}]", "services[0].tier", "did you mean 'public'", "public, partner, internal or workload"),
        ("organisation: X\nservices: [{id: s, owner: wbe}]\nowners: [{id: web}]", "services[0].owner", "unknown owner 'wbe'; did you mean 'web'", "declared"),
        ("organisation: X\nservices: [{id: s, cas: [le]}]", "services[0].cas[0]", "unknown ca 'le'", "declared"),
        ("organisation: X\njobs: [{id: j, service: s}]", "jobs[0].service", "unknown service 's'", "declared"),
        ("organisation: X\njobs: [{id: j, method: dns-1}]", "jobs[0].method", "'dns-1' is not known here; did you mean 'dns-01'", "http-01"),
        ("organisation: X\nservices: [{id: s, ports: [0]}]", "services[0].ports[0]", "0 is no port", "1 to 65535"),
        ("organisation: X\nservices: [{id: s, ports: [yes]}]", "services[0].ports[0]", "True is no whole number", "port"),
        ("organisation: X\nservices: [{id: s, names: [a..b]}]", "services[0].names[0]", "no domain name", "domain name"),
        ("organisation: X\nnetworks: [10.0.0.0/33]", "networks[0]", "no network", "192.0.2.0/24"),
        ("organisation: X\ntiers: {public: {key_age: 3 years}}", "tiers.public.key_age", "no duration", "30d"),
        ("organisation: X\ntiers: {pubic: {}}", "tiers.pubic", "did you mean 'public'", "key"),
        ("organisation: X\nfreshness: {edge: 1d}", "freshness.edge", "unknown source or kind", "source"),
        ("organisation: X\nsources: [{id: a, kind: ct}]", "sources[0]", "not one of path, log and log_list", "one"),
        ("organisation: X\nsources: [{id: a, kind: zonefile, path: z, pth: 1}]", "sources[0].pth", "did you mean 'path'", "key"),
        ("organisation: X\nsources: [{id: a}]", "sources[0]", "kind is missing", "kind"),
        ("organisation: X\nsources: [a]", "sources[0]", "no mapping", "mapping"),
        ("organisation: X\nexceptions: [{id: e, rule: R, reason: r, until: 2027-02-30x}]", "exceptions[0].until", "is no time", "2026-11-24"),
        ("organisation: X\nownership: [{kind: zone, pattern: '= ', owner: a}]\nowners: [{id: a}]", "ownership[0].pattern", "names nothing", "=www"),
        ("organisation: X\nservices: [{id: s, names: ['']}]", "services[0].names[0]", "empty text", "domain name"),
        ("organisation: X\nownership: [{kind: zone, pattern: '*.a..b', owner: a}]\nowners: [{id: a}]", "ownership[0].pattern", "no domain name", "=www"),
        ("organisation: X\nincidents: [{id: i, certificate: abc, opened: '2026-01-01', limit: 1d, reason: r}]", "incidents[0].certificate", "no SHA-256", "64 hexadecimal"),
        ("organisation: X\n1: 2", "[1]", "unknown key 1", "one of organisation"),
        ("organisation: X\ncomplete: {ct: [nix]}", "complete.ct[0]", "unknown source 'nix'", "declared"),
    ],
)  # fmt: skip
def test_a_fault_says_where_what_and_what_was_expected(
    text: str, key: str, message: str, expected: str
) -> None:
    found = faults(text)
    assert len(found) == 1, found
    assert found[0][0] == key
    assert message in found[0][1]
    assert expected in found[0][2]


def test_every_fault_is_listed_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(
        "organisation: Example\n"
        "services:\n"
        "  - id: shop\n"
        "    tier: publik\n"
        "    names: [ok.example.com,\n"
        "            'bad..name']\n"
        "    cas:\n"
        "      - nobody\n"
    )
    with pytest.raises(EstateError) as caught:
        read_estate(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: 3 faults")
    for line, key in (
        (4, "services[0].tier"),
        (6, "services[0].names[1]"),
        (8, "services[0].cas[0]"),
    ):
        assert f"{path}:{line}: {key}: " in text


def test_one_fault_has_place_and_way_out(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text("organisation: Example\nowners: [{id: a, member: 3}]\n")
    with pytest.raises(EstateError) as caught:
        read_estate(path)
    assert caught.value.where == f"{path}:2"
    assert "owners[0].member" in caught.value.message
    assert "members" in caught.value.message
    assert caught.value.hint.startswith("expected ")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"a: [", b"a: 1\n---\nb: 2\n", b"a: &a [*a]", b"[" * 100, b"a: 1\na: 2", b"!!python/object:os.system x"],
)  # fmt: skip
def test_broken_files_are_estate_errors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "estate.yaml"
    path.write_bytes(content)
    with pytest.raises(EstateError) as caught:
        read_estate(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="trustpath init"):
        read_estate(tmp_path / "none.yaml")
    with pytest.raises(EstateError):
        read_estate(tmp_path)


def test_unknown_kinds_are_refused_when_the_kinds_are_known(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text("organisation: X\nsources:\n  - {id: a, kind: zonfile, path: z}\n")
    with pytest.raises(EstateError, match="did you mean 'zonefile'") as caught:
        read_estate(path, kinds=["zonefile", "axfr"])
    assert caught.value.where == f"{path}:3"
    assert read_estate(path, kinds=["zonfile"]).sources[0].options == {"path": "z"}


def test_owners_may_come_from_another_source() -> None:
    text = (
        "organisation: X\nservices: [{id: s, owner: team-a}]\nsources: [{id: b, kind: %s, path: p}]"
    )
    assert faults(text % "backstage") == []
    assert faults(text % "csv") == []
    assert len(faults(text % "zonefile")) == 1


def test_source_places_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(
        "organisation: X\nsources:\n  - {id: a, kind: zonefile, path: z}\n  - {id: b, kind: octodns, path: y}\n"
    )
    found = read_estate(path)
    assert [source.where for source in found.sources] == [f"{path}:3", f"{path}:4"]
    assert found.sources[0].folder == tmp_path


def test_yaml_dates_and_blank_sections(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(
        "organisation: X\nowners:\n  - {id: a, attested: 2026-10-01}\n"
        "  - {id: b, attested: 2026-10-01T10:00:00+02:00}\nservices:\njobs:\n"
    )
    owners = [f for f in read_estate(path).declarations if isinstance(f, declaration.Owner)]
    assert [owner.attested_at for owner in owners] == [
        parse_instant("2026-10-01"),
        parse_instant("2026-10-01T08:00:00Z"),
    ]


def test_the_template_is_valid_and_its_comments_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(template())
    found = read_estate(path)
    assert [source.id for source in found.sources] == ["files", "certs"]
    # Every option that is commented out works once the mark is taken away.
    opened = []
    for line in template().splitlines():
        bare = line.lstrip()
        if bare.startswith("# ") and not bare.startswith(("# organisation:", "# yaml-language")):
            body = line.replace("# ", "", 1)
            if (
                ":" in body
                and not body.rstrip().endswith(".")
                and body.split(":")[0].strip(" -{").islower()
            ):
                opened.append(body)
                continue
        opened.append(line)
    path.write_text("\n".join(opened))
    richer = read_estate(path)
    assert len(richer.sources) == 9
    assert richer.store == "sqlite:///trustpath.db"


def test_no_record_has_a_key_twice() -> None:
    def records(shape: Any) -> list[Record]:
        match shape:
            case Record():
                return [shape, *(r for item in shape.fields for r in records(item.shape))]
            case Listing():
                return records(shape.item)
            case Either():
                return records(shape.other)
            case Variants():
                return [r for case in (*shape.cases.values(), shape.other) for r in records(case)]
            case _:
                return []

    for record in records(ESTATE):
        keys = [item.key for item in record.fields]
        assert len(keys) == len(set(keys)), record.what


def test_the_published_schema_is_the_one_in_use() -> None:
    Draft202012Validator.check_schema(ESTATE_SCHEMA)
    assert json.loads((ROOT / "docs/estate.schema.json").read_text()) == ESTATE_SCHEMA


def test_the_full_file_is_valid_by_the_published_schema() -> None:
    Draft202012Validator(ESTATE_SCHEMA).validate(full())
    assert validate(full()) == []


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 1 << 60),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [path] + [p for key, item in items for p in _paths(item, (*path, key))]


_PATHS = _paths(full())[1:]
_VALIDATOR = Draft202012Validator(ESTATE_SCHEMA)


@given(st.sampled_from(_PATHS), _JUNK, st.sampled_from(["replace", "delete", "add"]))
def test_what_the_schema_refuses_is_refused_and_nothing_breaks(
    path: tuple[Any, ...], junk: Any, how: str
) -> None:
    document = copy.deepcopy(full())
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    if how == "replace":
        parent[path[-1]] = junk
    elif how == "delete":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent["junk"] = junk
    found = validate(document)
    if not _VALIDATOR.is_valid(document):
        assert found
    if found:
        with pytest.raises(EstateError):
            estate(document)
    else:
        estate(document)


@given(st.recursive(_JUNK, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_document_gives_faults_not_crashes(document: Any) -> None:
    assert validate(document)


def test_a_log_list_is_read(tmp_path: Path) -> None:
    listing = {
        "version": "1",
        "operators": [
            {
                "name": "Op",
                "logs": [
                    {"log_id": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "state": {"usable": {"timestamp": "2024-01-01T00:00:00Z"}}},
                ],
                "tiled_logs": [
                    {"log_id": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "state": {"retired": {"timestamp": "2025-01-01T00:00:00Z"}}},
                ],
            }
        ],
    }  # fmt: skip
    (tmp_path / "logs.json").write_text(json.dumps(listing))
    path = tmp_path / "estate.yaml"
    path.write_text("organisation: X\nct_logs: logs.json\n")
    found = [f for f in read_estate(path).declarations if isinstance(f, KnownLog)]
    assert found == [
        KnownLog(FP, "Op", "usable", None, False),
        KnownLog(FP, "Op", "retired", parse_instant("2025-01-01"), False),
    ]
    (tmp_path / "logs.json").write_text("{}")
    with pytest.raises(EstateError, match="operators is missing") as caught:
        read_estate(path)
    assert caught.value.where == f"{path}:2"


@given(
    st.recursive(
        _JUNK,
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["operators", "name", "logs", "log_id", "state", "retired", "timestamp"]
                ),
                inner,
            )
        ),
    )
)
def test_log_lists_never_crash(document: Any) -> None:
    with contextlib.suppress(InputError):
        known_logs(document, "logs.json")


@given(data=st.data())
def test_no_octets_make_anything_else_escape(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(FULL.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("e") / "estate.yaml"
    path.write_bytes(bytes(content))
    with contextlib.suppress(EstateError):
        assert read_estate(path).organisation


@pytest.mark.parametrize(
    ("declared", "checks"),
    [
        ("{id: x}", True),
        ("{id: x, caa: [x.example]}", True),
        ("{id: x, public: true}", True),
        ("{id: x, caa: enforced, public: false}", True),
        ("{id: x, caa: [x.example], public: false}", True),
        ("{id: x, caa: ignored, public: false}", False),
        ("{id: x, public: false}", None),
    ],
)
def test_whether_a_ca_looks_at_caa(declared: str, checks: bool | None) -> None:
    document = yaml.safe_load(f"organisation: X\ncas: [{declared}]")
    (ca,) = (row for row in build(document, Path(), "x").declarations if isinstance(row, Ca))
    assert ca.checks_caa is checks


@pytest.mark.parametrize("caa", ["ignored", "sometimes"])
def test_a_public_ca_does_not_ignore_caa(caa: str) -> None:
    document = yaml.safe_load(f"organisation: X\ncas: [{{id: x, public: true, caa: {caa}}}]")
    (fault,) = validate(document)
    assert fault.key == "cas[0].caa"


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"networks": ["192.0.2.5/24"]}, "networks[0]"),
        ({"networks": ["2001:db8::1/32"]}, "networks[0]"),
        ({"tiers": {"public": {"ttl_low": "2d"}}}, "tiers.public.ttl_low"),
        ({"tiers": {"internal": {"ttl_low": 60, "ttl_high": 30}}}, "tiers.internal.ttl_low"),
        ({"tiers": {"public": {"inventory_target": 101}}}, "tiers.public.inventory_target"),
        (
            {"freezes": [{"id": "f", "starts": "2026-12-31", "ends": "2026-12-01"}]},
            "freezes[0].ends",
        ),
        (
            {
                "cas": [
                    {"id": "a", "limits": [{"per": "account", "capacity": 0, "window": "1h"}]},
                ]
            },
            "cas[0].limits[0].capacity",
        ),
        ({"jobs": [{"id": "j", "interval": 0}]}, "jobs[0].interval"),
        ({"jobs": [{"id": "j", "renew_after": 150}]}, "jobs[0].renew_after"),
        ({"jobs": [{"id": "j", "least_age": 0}]}, "jobs[0].least_age"),
        (
            {"sources": [{"id": "e", "kind": "endpoints", "targets": [], "timeout": 0}]},
            "sources[0].timeout",
        ),
    ],
)
def test_numbers_that_allow_nothing_or_contradict_are_faults(
    sections: dict[str, Any], key: str
) -> None:
    faults = validate({"organisation": "Example", **sections})
    assert [fault.key for fault in faults] == [key]


@pytest.mark.parametrize("at", ["2026-12-01", "2026-12-03"])
def test_a_step_of_a_rollover_may_be_planned_before_or_after_it_is_safe(at: str) -> None:
    """The one is what DNSSEC-008 finds, the other is what it asks for."""
    step = {"step": "swap-ds", "at": at, "safe": "2026-12-02"}
    planned = {"dnssec": [{"zone": "example.com", "rollovers": [step]}]}
    assert validate({"organisation": "Example", **planned}) == []


def test_one_address_is_a_network_however_it_is_written() -> None:
    networks = ["192.0.2.5", "192.0.2.5/32", "2001:DB8:0::/32", "2001:db8::1/128"]
    assert validate({"organisation": "Example", "networks": networks}) == []
