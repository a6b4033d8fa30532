"""Terraform plans: what each record resource proposes, and what cannot be judged."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.errors import InputError, LimitError, TrustpathError
from trustpath.connectors.proposals.terraform import PlanLimits, parse_terraform
from trustpath.facts.proposal import Action, Operation, Submission

ZONES = {
    "values": {
        "root_module": {
            "resources": [
                {"type": "aws_route53_zone", "values": {"zone_id": "Z1", "name": "example.test"}}
            ],
            "child_modules": [
                {
                    "resources": [
                        {"type": "cloudflare_zone", "values": {"id": "c1", "name": "example.net"}},
                        {
                            "type": "google_dns_managed_zone",
                            "values": {"name": "main", "dns_name": "example.org."},
                        },
                    ]
                }
            ],
        }
    }
}


def change(
    kind: str,
    before: Any = None,
    after: Any = None,
    *,
    unknown: Any = None,
    actions: list[str] | None = None,
) -> dict[str, Any]:
    if actions is None:
        actions = ["delete"] if after is None else ["create"] if before is None else ["update"]
    detail = {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}}
    return {
        "address": f"module.dns.{kind}.it[0]", "mode": "managed", "type": kind, "change": detail,
    }  # fmt: skip


def parse(*changes: Any, **extra: Any) -> Submission:
    plan = {
        "format_version": "1.2",
        "prior_state": ZONES,
        "resource_changes": list(changes),
        **extra,
    }
    return parse_terraform(json.dumps(plan).encode(), "plan.json")


def only(*changes: Any) -> Operation:
    found = parse(*changes)
    assert found.problems == ()
    (operation,) = found.operations
    return operation


def aws(name: str, rdtype: str, *records: str, **more: Any) -> dict[str, Any]:
    return {
        "zone_id": "Z1",
        "name": name,
        "type": rdtype,
        "ttl": 300,
        "records": list(records),
        **more,
    }


def test_route53_create_update_delete() -> None:
    made = only(change("aws_route53_record", None, aws("www", "A", "192.0.2.2", "192.0.2.1")))
    assert made == Operation(
        Action.REPLACE, "example.test", "www.example.test", "A", 300, ("192.0.2.1", "192.0.2.2"),
        "plan.json: module.dns.aws_route53_record.it[0]",
    )  # fmt: skip
    old, new = aws("www.example.test", "CNAME", "a.test"), aws("www", "CNAME", "b.test")
    moved = only(change("aws_route53_record", old, new))
    assert (moved.action, moved.rdatas) == (Action.REPLACE, ("b.test.",))
    gone = only(change("aws_route53_record", old))
    assert (gone.action, gone.name, gone.type) == (Action.REMOVE_RRSET, "www.example.test", "CNAME")


def test_what_goes_comes_before_what_takes_its_place() -> None:
    found = parse(
        change("aws_route53_record", None, aws("www", "CNAME", "b.test")),
        change("aws_route53_record", aws("www", "A", "192.0.2.1")),
        change(
            "aws_route53_record", aws("a", "A", "192.0.2.1"), aws("b", "A", "192.0.2.1"),
            actions=["create", "delete"],
        ),
    )  # fmt: skip
    assert [(o.action, o.name, o.type) for o in found.operations] == [
        (Action.REMOVE_RRSET, "www.example.test", "A"),
        (Action.REMOVE_RRSET, "a.example.test", "A"),
        (Action.REPLACE, "www.example.test", "CNAME"),
        (Action.REPLACE, "b.example.test", "A"),
    ]


def test_route53_text_escapes_and_wildcards() -> None:
    made = only(
        change("aws_route53_record", None, aws("\\052.example.test", "TXT", 'one""two', "caf\\303\\251"))
    )  # fmt: skip
    assert made.name == "*.example.test"
    assert made.rdatas == ('"caf\\195\\169"', '"one" "two"')


def test_route53_alias() -> None:
    alias = {
        "name": "d1.cloudfront.net",
        "zone_id": "Z2FDTNDATAQYW2",
        "evaluate_target_health": False,
    }
    values = aws("", "A", alias=[alias]) | {"ttl": None, "records": None}
    made = only(change("aws_route53_record", None, values))
    assert (made.action, made.name, made.type, made.ttl) == (
        Action.ADD, "example.test", "Route53Provider/ALIAS", None,
    )  # fmt: skip
    assert made.rdatas == (
        "d1.cloudfront.net. A hosted-zone-id=Z2FDTNDATAQYW2 evaluate-target-health=false",
    )
    values["alias"] = [
        {"name": "www.example.test.", "zone_id": "Z1", "evaluate_target_health": True}
    ]
    inside = only(change("aws_route53_record", None, values))
    assert inside.rdatas == ("www.example.test. A evaluate-target-health=true",)


def cloudflare(name: str, rdtype: str, content: str | None = None, **more: Any) -> dict[str, Any]:
    values = {"zone_id": "c1", "name": name, "type": rdtype, "content": content, "ttl": 1}
    return {**values, "proxied": False, **more}


@pytest.mark.parametrize(
    ("values", "rdtype", "rdata"),
    [
        (cloudflare("a", "A", "192.0.2.1"), "A", "192.0.2.1"),
        (cloudflare("a", "A", None, value="192.0.2.1"), "A", "192.0.2.1"),
        (cloudflare("a", "CNAME", "b.test"), "CNAME", "b.test."),
        (cloudflare("a", "MX", "mx.test", priority=10), "MX", "10 mx.test."),
        (cloudflare("a", "TXT", 'say "x" \u00e9'), "TXT", '"say \\"x\\" \\195\\169"'),
        (cloudflare("a", "TXT", '"kept"'), "TXT", '"kept"'),
        (
            cloudflare("a", "CAA", data=[{"flags": "0", "tag": "issue", "value": "ca.test"}]),
            "CAA",
            '0 issue "ca.test"',
        ),
        (
            cloudflare("a", "CAA", data={"flags": 0.0, "tag": "issue", "value": "ca.test"}),
            "CAA",
            '0 issue "ca.test"',
        ),
        (
            cloudflare("a", "SRV", data={"priority": 1, "weight": 2, "port": 3, "target": "x.test"}),
            "SRV",
            "1 2 3 x.test.",
        ),
        (
            cloudflare("a", "TLSA", data={"usage": 3, "selector": 1, "matching_type": 1, "certificate": "AB" * 32}),
            "TLSA",
            f"3 1 1 {'ab' * 32}",
        ),
        (
            cloudflare("a", "HTTPS", data={"priority": 1, "target": ".", "value": 'alpn="h2"'}),
            "HTTPS",
            '1 . alpn="h2"',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_cloudflare(values: dict[str, Any], rdtype: str, rdata: str) -> None:
    for kind in ("cloudflare_record", "cloudflare_dns_record"):
        made = only(change(kind, None, values, unknown={"ttl": True}))
        assert (made.action, made.zone, made.name) == (Action.ADD, "example.net", "a.example.net")
        assert (made.type, made.ttl, made.rdatas) == (rdtype, 300, (rdata,))


def test_cloudflare_changes_one_record_of_a_set() -> None:
    old, new = cloudflare("@", "A", "192.0.2.1"), cloudflare("example.net", "A", "192.0.2.2")
    found = parse(change("cloudflare_dns_record", old, new | {"ttl": 60}))
    assert [(o.action, o.name, o.ttl, o.rdatas) for o in found.operations] == [
        (Action.REMOVE, "example.net", None, ("192.0.2.1",)),
        (Action.ADD, "example.net", 60, ("192.0.2.2",)),
    ]
    flat = only(change("cloudflare_record", None, cloudflare("example.net", "CNAME", "b.test")))
    assert (flat.type, flat.rdatas) == ("ALIAS", ("b.test.",))


@pytest.mark.parametrize(
    ("kind", "fields", "rdatas"),
    [
        ("a", {"records": ["192.0.2.2", "192.0.2.1"]}, ("192.0.2.1", "192.0.2.2")),
        ("aaaa", {"records": ["2001:DB8::1"]}, ("2001:db8::1",)),
        ("caa", {"record": [{"flags": 0, "tag": "issue", "value": "ca.test"}]}, ('0 issue "ca.test"',)),
        ("cname", {"record": "b.test"}, ("b.test.",)),
        ("mx", {"record": [{"preference": "10", "exchange": "mx.test."}]}, ("10 mx.test.",)),
        ("ns", {"records": ["ns1.test."]}, ("ns1.test.",)),
        ("ptr", {"records": ["host.test"]}, ("host.test.",)),
        ("srv", {"record": [{"priority": 1, "weight": 2, "port": 3, "target": "x.test"}]}, ("1 2 3 x.test.",)),
        ("txt", {"record": [{"value": "v=spf1 -all"}]}, ('"v=spf1 -all"',)),
    ],
    ids=["a", "aaaa", "caa", "cname", "mx", "ns", "ptr", "srv", "txt"],
)  # fmt: skip
def test_azure(kind: str, fields: dict[str, Any], rdatas: tuple[str, ...]) -> None:
    values = {"zone_name": "example.test", "name": "x", "ttl": 60, **fields}
    made = only(change(f"azurerm_dns_{kind}_record", None, values))
    assert (made.action, made.name, made.type) == (Action.REPLACE, "x.example.test", kind.upper())
    assert (made.ttl, made.rdatas) == (60, rdatas)


def test_google() -> None:
    values = {"managed_zone": "main", "name": "x.example.org.", "type": "TXT", "ttl": 60}
    made = only(change("google_dns_record_set", None, {**values, "rrdatas": ['"a b"']}))
    assert (made.zone, made.name, made.rdatas) == ("example.org", "x.example.org", ('"a b"',))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (change("aws_route53_record", None, aws("w", "A"), unknown={"records": True}), "records known after"),
        (change("aws_route53_record", None, aws("w", "A", "192.0.2.1"), unknown={"records": [False, True]}), "records known after"),
        (change("cloudflare_record", None, cloudflare("a", "A"), unknown={"content": True}), "content|value known after"),
        (change("aws_route53_record", None, aws("w", "A", "192.0.2.1", set_identifier="one", weighted_routing_policy=[{"weight": 1}])), "routing policy"),
        (change("google_dns_record_set", None, {"name": "x.", "type": "A", "routing_policy": [{}]}), "routing policy"),
        (change("cloudflare_record", None, cloudflare("a", "A", "192.0.2.1", proxied=True)), "proxied"),
        (change("azurerm_dns_a_record", None, {"zone_name": "e.test", "name": "x", "target_resource_id": "/s"}), "alias of an Azure"),
        (change("aws_route53_record", None, aws("w", "A", "300.0.0.1")), "cannot be read"),
        (change("aws_route53_record", None, aws("www", "A", "192.0.2.1", zone_id="Z9")), "is relative"),
        (change("aws_route53_record", None, {"zone_id": "Z1"}), "name is missing"),
        (change("aws_route53_record", None, None, actions=["create"]), "does not hold its values"),
        (change("aws_route53_record", None, {}, actions=["explode"]), "actions are not known"),
        (change("aws_route53_zone", None, {"name": "new.test"}), "a whole zone comes"),
        (change("aws_route53_zone", {"name": "example.test"}), "a whole zone goes"),
        (change("powerdns_record", None, {"name": "x"}), "looks like DNS"),
        (change("digitalocean_record", None, {}), "looks like DNS"),
        (change("aws_route53_resolver_rule", None, {}), "looks like DNS"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_what_cannot_be_judged_is_a_problem(entry: dict[str, Any], message: str) -> None:
    found = parse(entry)
    assert found.operations == ()
    (problem,) = found.problems
    assert message in problem.message
    assert problem.where == f"plan.json: {entry['address']}"


def test_what_changes_no_record_is_none() -> None:
    found = parse(
        change("aws_route53_record", aws("w", "A", "192.0.2.1"), aws("w", "A", "192.0.2.1"), actions=["no-op"]),
        change("aws_instance", None, {}),
        change("aws_route53_record", aws("w", "A", "192.0.2.1"), None, actions=["forget"]),
        change("aws_route53_zone", {"name": "example.test"}, {"name": "example.test"}),
        {**change("aws_route53_zone", None, {}, actions=["read"]), "mode": "data"},
    )  # fmt: skip
    assert (found.operations, found.problems) == ((), ())
    assert [r.message for r in found.remarks] == [
        "leaves the state; the record stays as it is",
        "settings of a zone change, none of its records",
    ]
    assert "ended with an error" in parse(errored=True).problems[0].message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no valid JSON"),
        (b"\xff", "no valid JSON"),
        (b"[]", "no Terraform plan"),
        (b"{}", "no Terraform plan"),
        (b'{"format_version": "9.0", "resource_changes": []}', "format '9.0'"),
        (b'{"format_version": "1.0", "values": {}}', "a state, not a plan"),
        (b'{"format_version": "1.0", "resource_changes": [1]}', "change 1 is malformed"),
        (b'{"format_version": "1.0", "resource_changes": {}}', "no Terraform plan"),
        (b"[" * 100_000, "nests too deep"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_plan(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_terraform(data, "plan.json")
    assert message in caught.value.message
    assert caught.value.where.startswith("plan.json")


def test_bounds() -> None:
    data = json.dumps({"format_version": "1.0", "resource_changes": [{}, {}]}).encode()
    with pytest.raises(LimitError):
        parse_terraform(data, "x", PlanLimits(changes=1))


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=5
)  # fmt: skip
fields = st.sampled_from(
    ["zone_id", "name", "type", "ttl", "records", "alias", "data", "content", "record", "zone_name", "rrdatas", "priority"]
)  # fmt: skip
likely = st.sampled_from(
    ["A", "TXT", "SRV", "CAA", "www", "Z1", "192.0.2.1", ["192.0.2.1"], [{"name": "x"}], 300]
)
state = st.one_of(anything, st.dictionaries(fields, st.one_of(likely, anything)))
kinds = st.sampled_from(
    ["aws_route53_record", "cloudflare_record", "azurerm_dns_srv_record", "google_dns_record_set", "aws_route53_zone"]
)  # fmt: skip


@given(kinds, state, state, anything, st.sampled_from([["create"], ["update"], ["delete"], ["x"]]))
def test_any_values_are_read_or_noted(
    kind: str, before: Any, after: Any, unknown: Any, actions: list[str]
) -> None:
    entry = change(kind, before, after, unknown=unknown, actions=actions)
    found = parse(entry)
    assert found.operations or found.problems or found.remarks or kind == "aws_route53_zone"


@given(st.one_of(st.binary(max_size=60), anything.map(lambda value: json.dumps(value).encode())))
def test_any_document_is_read_or_refused(data: bytes) -> None:
    with suppress(TrustpathError):
        parse_terraform(data, "x")
    with suppress(TrustpathError):
        plan = b'{"format_version": "1.0", "resource_changes": [], "prior_state": %s}' % data
        parse_terraform(plan, "x")


@pytest.mark.parametrize(
    "kind",
    [
        "desec_rrset", "hcloud_zone_rrset", "hcloud_zone", "ns1_zone", "linode_domain",
        "digitalocean_domain", "ovh_domain_zone", "infoblox_zone_auth",
        "aws_lightsail_domain_entry", "gandi_nameservers", "cloudflare_load_balancer",
        "azurerm_traffic_manager_profile", "cloudflare_custom_hostname", "cloudflare_total_tls",
        "aws_apprunner_custom_domain_association", "google_app_engine_domain_mapping",
        "heroku_domain", "vault_pki_secret_backend_sign", "aws_acmpca_permission",
    ],
)  # fmt: skip
def test_a_type_that_speaks_of_names_or_certificates_is_not_passed_over(kind: str) -> None:
    (problem,) = parse(change(kind, None, {"name": "x"})).problems
    assert f"resource type {kind} looks like" in problem.message


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("kubernetes_manifest", {"manifest": {"apiVersion": "cert-manager.io/v1", "kind": "Certificate"}}, True),
        ("kubectl_manifest", {"yaml_body": "apiVersion: cert-manager.io/v1\nkind: Issuer\n"}, True),
        ("kubernetes_manifest", {"manifest": {"apiVersion": "externaldns.k8s.io/v1alpha1", "kind": "DNSEndpoint"}}, True),
        ("kubernetes_manifest", {"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}}, False),
        ("libvirt_domain", {}, False),
        ("aws_opensearch_domain", {}, False),
        ("hcloud_load_balancer", {}, False),
    ],
)  # fmt: skip
def test_what_a_manifest_holds_decides(kind: str, values: dict[str, Any], told: bool) -> None:
    assert bool(parse(change(kind, None, values)).problems) == told


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"complete": False}, "the plan is not complete"),
        (
            {
                "complete": False,
                "deferred_changes": [
                    {
                        "reason": "provider_config_unknown",
                        "resource_change": change("aws_route53_record", None, {}),
                    }
                ],
            },
            r"deferred \(provider_config_unknown\)",
        ),
        ({"deferred_changes": ["?"]}, "is deferred"),
    ],
)
def test_a_plan_that_is_not_all_is_a_problem(extra: dict[str, Any], message: str) -> None:
    (problem,) = parse(**extra).problems
    assert re.search(message, problem.message)
    assert not parse(complete=True, deferred_changes=[]).problems
