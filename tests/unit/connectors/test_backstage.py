"""Backstage catalogues: owners, members, ownership, services; broken entities cost only themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.clock import FixedClock, parse_instant
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.backstage import make
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.declaration import (
    Owner,
    OwnerContact,
    Ownership,
    Service,
    ServiceName,
    ServiceNetwork,
    ServicePort,
)
from trustpath.facts.source import Context, SourceSpec

CATALOGUE = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: Web
  links: [{url: "https://chat.example/web", title: chat}]
spec:
  type: team
  profile: {email: web@example.com}
  members: [ann, bob]
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: core, namespace: payments}
spec: {type: team}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ann}
spec:
  profile: {email: ann@example.com}
  memberOf: [web, payments/core]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  annotations:
    trustpath.io/names: "shop.example.com, *.cdn.example.com =www.example.com"
    trustpath.io/zones: shop.example
    trustpath.io/tier: public
    trustpath.io/environment: prod
    trustpath.io/networks: 192.0.2.0/24
    trustpath.io/ports: "443 8443"
    trustpath.io/attested: "2026-10-01"
  links:
    - {url: "https://Shop.Example.com:8443/x", type: website}
    - {url: "https://grafana.example.net/d/1", type: dashboard}
    - {url: "https://192.0.2.1/", type: website}
spec: {type: service, lifecycle: production, owner: "group:default/web"}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata:
  name: ledger-zone
  annotations: {trustpath.io/records: ledger.example.com}
spec: {type: zone, owner: payments/core}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: plain}
spec: {owner: user:ann}
"""


def collect(tmp_path: Path, **options: Any) -> list[Part]:
    spec = SourceSpec("who", "backstage", options or {"path": "catalog-info.yaml"}, tmp_path, "e:1")
    return list(make(spec, Context(FixedClock(1000))).collect())


def one(tmp_path: Path, text: str | bytes) -> Part:
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "catalog-info.yaml").write_bytes(data)
    (part,) = collect(tmp_path)
    return part


def rows(part: Part, relation: type) -> list[Any]:
    return [fact for fact in part.facts if isinstance(fact, relation)]


def test_groups_and_users_become_owners(tmp_path: Path) -> None:
    part = one(tmp_path, CATALOGUE)
    assert (part.grade, part.coverage, part.observed_at) == (Grade.DECLARATION, Coverage.FULL, 1000)
    assert part.problems == ()
    assert rows(part, Owner) == [
        Owner("web", "team", True, 2, 2, True, None),
        Owner("payments/core", "team", True, 0, 1, True, None),
        Owner("user:ann", "person", False, 1, None, True, None),
    ]
    assert rows(part, OwnerContact) == [
        OwnerContact("web", "mailto:web@example.com"),
        OwnerContact("web", "https://chat.example/web"),
        OwnerContact("user:ann", "mailto:ann@example.com"),
    ]


def test_annotations_and_links_give_ownership(tmp_path: Path) -> None:
    at = parse_instant("2026-10-01")
    assert rows(one(tmp_path, CATALOGUE), Ownership) == [
        Ownership("zone", "shop.example", "shop.example", "subtree", "web", at),
        Ownership("name", "shop.example.com", "shop.example.com", "subtree", "web", at),
        Ownership("name", "*.cdn.example.com", "cdn.example.com", "below", "web", at),
        Ownership("name", "=www.example.com", "www.example.com", "exact", "web", at),
        Ownership("name", "=shop.example.com", "shop.example.com", "exact", "web", at),
        Ownership("record", "ledger.example.com", "ledger.example.com", "subtree", "payments/core", None),
    ]  # fmt: skip


def test_a_tier_makes_a_service(tmp_path: Path) -> None:
    part = one(tmp_path, CATALOGUE)
    assert rows(part, Service) == [
        Service("shop", "web", "public", "prod", "active", None, False, parse_instant("2026-10-01"))
    ]
    assert rows(part, ServiceName) == [
        ServiceName("shop", "shop.example.com", "shop.example.com", False),
        ServiceName("shop", "*.cdn.example.com", "cdn.example.com", True),
        ServiceName("shop", "www.example.com", "www.example.com", False),
    ]
    assert [row.network for row in rows(part, ServiceNetwork)] == ["192.0.2.0/24"]
    assert [(row.port, row.protocol) for row in rows(part, ServicePort)] == [(443, "tls"), (8443, "tls")]  # fmt: skip


def test_members_are_counted_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/groups.yaml").write_text(
        "kind: Group\nmetadata: {name: web}\nspec: {members: [ann]}\n"
    )
    (tmp_path / "people.yml").write_text(
        "kind: User\nmetadata: {name: bob}\nspec: {memberOf: [group:default/WEB]}\n"
    )
    (tmp_path / "readme.md").write_text("nothing")
    parts = collect(tmp_path, path=".")
    assert [part.name for part in parts] == ["a/groups.yaml", "people.yml"]
    assert rows(parts[0], Owner)[0].members == 2


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        ("just text", "kind is missing"),
        ("kind: Group", "metadata.name"),
        ("kind: Group\nmetadata: []", "metadata is no mapping"),
        ("kind: Group\nmetadata: {name: 'a b'}", "no entity reference"),
        ("kind: Group\nmetadata: {name: a}\nspec: {members: 3}", "spec.members"),
        ("kind: Component\nmetadata: {name: c, annotations: {trustpath.io/names: x.example}}\nspec: {}", "no spec.owner"),
        ("kind: Component\nmetadata: {name: c, annotations: {trustpath.io/names: 'a..b'}}\nspec: {owner: web}", "no domain name"),
        ("kind: Component\nmetadata: {name: c, annotations: {trustpath.io/names: 7}}\nspec: {owner: web}", "is no text"),
        ("kind: Component\nmetadata: {name: c, annotations: {trustpath.io/tier: gold}}\nspec: {owner: web}", "trustpath.io/tier is 'gold'"),
        ("kind: Component\nmetadata: {name: c, annotations: {trustpath.io/tier: public, trustpath.io/ports: '٣'}}\nspec: {owner: web}", "no port"),
        ("kind: Component\nmetadata: {name: c, annotations: {trustpath.io/attested: soon, trustpath.io/zones: a.example}}\nspec: {owner: web}", "'soon' is no time"),
        ("kind: Component\nmetadata: {name: c, links: [{title: x}]}\nspec: {owner: web}", "link without a url"),
        ("kind: Component\nmetadata: {name: c, links: [{url: 'http://[', type: api}]}\nspec: {owner: web}", "no URL"),
        ("kind: [\nx", "no valid YAML"),
        ("kind: a\nkind: b", "written twice"),
    ],
)  # fmt: skip
def test_a_broken_entity_is_a_problem_and_the_rest_stays(
    tmp_path: Path, entity: str, message: str
) -> None:
    good = "kind: Group\nmetadata: {name: web}\nspec: {profile: {email: w@example.com}}\n"
    part = one(tmp_path, f"{good}---\n{entity}\n---\n{good.replace('web', 'dns')}")
    assert part.coverage is Coverage.PARTIAL
    assert {"web", "dns"} <= {row.id for row in rows(part, Owner)}
    (problem,) = part.problems
    assert message in problem.message
    name, line = problem.where.split(":")
    assert name == "catalog-info.yaml"
    assert 5 <= int(line) <= 8, problem


def test_a_file_with_nothing_usable_has_no_facts(tmp_path: Path) -> None:
    part = one(tmp_path, b"\xff\xfe\x00")
    assert part.coverage is Coverage.NONE
    assert "UTF-8" in part.problems[0].message


def test_missing_files_and_wrong_options(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no files"):
        collect(tmp_path)
    with pytest.raises(EstateError, match="unknown option 'pth'"):
        collect(tmp_path, path="x", pth=1)
    with pytest.raises(EstateError, match="no path"):
        collect(tmp_path, path=3)


@given(data=st.data())
def test_no_damage_escapes(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = bytearray(CATALOGUE.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    folder = tmp_path_factory.mktemp("c")
    part = one(folder, bytes(text))
    assert (part.coverage is Coverage.FULL) == (not part.problems)
    list(part.facts)
