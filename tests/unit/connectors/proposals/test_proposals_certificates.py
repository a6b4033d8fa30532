"""Certificate resources of Terraform plans, and what a plan saw before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proposals import EXAMPLE, Held
from trustpath.connectors.proposals.terraform import parse_terraform
from trustpath.facts.proposal import Changes, Submission, resolve

ACM = {"domain_name": "www.example.test", "validation_method": "DNS"}
UNKNOWN = {"arn": True, "id": True, "subject_alternative_names": True}
VAULT = {
    "certificate_policy": [
        {
            "issuer_parameters": [{"name": "DigiCertCA"}],
            "x509_certificate_properties": [
                {
                    "subject": "CN=www.example.test, O=Example",
                    "subject_alternative_names": [{"dns_names": ["api.example.test"]}],
                }
            ],
        }
    ]
}


def plan(
    kind: str,
    after: Any,
    *,
    before: Any = None,
    unknown: Any = None,
    expressions: Any = None,
    actions: list[str] | None = None,
    **more: Any,
) -> Submission:
    if actions is None:
        actions = ["delete"] if after is None else ["create"] if before is None else ["update"]
    change = {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}}
    resource = {"address": f"{kind}.x", "type": kind, "name": "x"}
    module = {"resources": [{**resource, "expressions": expressions or {}}]}
    document = {
        "format_version": "1.2",
        "resource_changes": [{**resource, "mode": "managed", "change": change}],
        "configuration": {"root_module": module, **more},
    }
    return parse_terraform(json.dumps(document).encode(), "plan.json")


ACME = {"acme": {"name": "acme", "expressions": {"server_url": {"constant_value": "https://acme-v02.api.letsencrypt.org/directory"}}}}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "after", "names", "ca", "method"),
    [
        ("aws_acm_certificate", ACM, ["www.example.test"], "amazon.com", "br-7"),
        (
            "aws_acm_certificate",
            {**ACM, "subject_alternative_names": ["*.example.test", "www.example.test"]},
            ["*.example.test", "www.example.test"],
            "amazon.com",
            "br-7",
        ),
        (
            "google_compute_managed_ssl_certificate",
            {"managed": [{"domains": ["a.example.test."]}]},
            ["a.example.test"],
            "pki.goog",
            None,
        ),
        (
            "google_certificate_manager_certificate",
            {"managed": [{"domains": ["a.example.test"], "dns_authorizations": ["x"]}]},
            ["a.example.test"],
            "pki.goog",
            "br-7",
        ),
        (
            "azurerm_key_vault_certificate",
            VAULT,
            ["api.example.test", "www.example.test"],
            "digicert.com",
            None,
        ),
        (
            "azurerm_app_service_managed_certificate",
            {"custom_hostname_binding_id": "/subscriptions/1/sites/app/hostNameBindings/www.example.test"},
            ["www.example.test"],
            "digicert.com",
            None,
        ),
        (
            "acme_certificate",
            {"common_name": "www.example.test", "subject_alternative_names": ["example.test"], "dns_challenge": [{"provider": "route53"}]},
            ["example.test", "www.example.test"],
            "letsencrypt.org",
            "dns-01",
        ),
        (
            "cloudflare_certificate_pack",
            {"hosts": ["example.test", "*.example.test"], "certificate_authority": "lets_encrypt", "validation_method": "txt"},
            ["*.example.test", "example.test"],
            "letsencrypt.org",
            "br-7",
        ),
    ],
)  # fmt: skip
def test_what_asks_a_ca_is_an_event(
    kind: str, after: Any, names: list[str], ca: str, method: str | None
) -> None:
    found = plan(kind, after, provider_config=ACME)
    (event,) = found.events
    assert (event.kind, list(event.names), event.ca, event.method) == ("issue", names, ca, method)
    assert (event.id, event.where) == (f"{kind}.x", f"plan.json: {kind}.x")
    assert found.problems == ()


def test_names_that_the_provider_fills_in_are_no_gap() -> None:
    assert plan("aws_acm_certificate", ACM, unknown=UNKNOWN).problems == ()
    said = plan(
        "aws_acm_certificate",
        ACM,
        unknown=UNKNOWN,
        expressions={"subject_alternative_names": {"references": ["var.names"]}},
    )
    assert said.events == ()
    assert "subject_alternative_names known after apply" in said.problems[0].message


@pytest.mark.parametrize(
    ("kind", "after", "what"),
    [
        ("aws_acm_certificate", {"certificate_body": "-----BEGIN", "domain_name": None}, "brought along"),
        ("google_certificate_manager_certificate", {"self_managed": [{"pem_certificate": "x"}]}, "brought along"),
        ("cloudflare_custom_ssl", {}, "brought along"),
        ("azurerm_app_service_managed_certificate", {"custom_hostname_binding_id": None}, "is missing"),
        ("acme_certificate", {"certificate_request_pem": "x"}, "certificate request"),
        ("aws_iam_server_certificate", {}, "looks like a certificate"),
        ("aws_lb_listener_certificate", {}, "looks like a certificate"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_a_problem(kind: str, after: Any, what: str) -> None:
    found = plan(kind, after)
    assert found.events == ()
    assert what in found.problems[0].message


@pytest.mark.parametrize(
    "kind",
    ["aws_acm_certificate_validation", "tls_private_key", "tls_cert_request", "tls_self_signed_cert", "cloudflare_origin_ca_certificate"],
)  # fmt: skip
def test_what_asks_no_public_ca_is_a_remark(kind: str) -> None:
    found = plan(kind, {})
    assert (found.events, found.problems) == ((), ())
    assert len(found.remarks) == 1


def test_a_private_ca_is_not_amazon() -> None:
    found = plan("aws_acm_certificate", {**ACM, "certificate_authority_arn": "arn:aws:acm-pca:x"})
    assert found.events[0].ca is None
    assert "which CA is asked" in found.problems[0].message


def test_a_certificate_that_changes_or_goes() -> None:
    more = {**ACM, "subject_alternative_names": ["api.example.test"]}
    same = plan("aws_acm_certificate", {**ACM, "tags": {"a": "b"}}, before=ACM)
    assert (same.events, same.problems) == ((), ())
    replaced = plan("aws_acm_certificate", ACM, before=more, actions=["create", "delete"])
    assert replaced.events[0].names == ("www.example.test",)
    assert "api.example.test goes" in replaced.problems[0].message
    gone = plan("aws_acm_certificate", None, before=ACM)
    assert gone.events == ()
    assert "www.example.test goes" in gone.problems[0].message


def record(
    before: list[str] | None, after: list[str] | None, kind: str = "A", name: str = "www"
) -> Changes:
    def values(records: list[str] | None) -> Any:
        if records is None:
            return None
        whole = {"zone_id": "Z", "name": f"{name}.example.test", "type": kind}
        return {**whole, "ttl": 300, "records": records}

    found = plan("aws_route53_record", values(after), before=values(before))
    return resolve(found, Held({"example.test": EXAMPLE}))


def test_a_plan_that_saw_other_records_is_remarked() -> None:
    known = record(["192.0.2.10", "192.0.2.11"], ["192.0.2.12"])
    assert known.remarks == ()
    moved = record(["192.0.2.99"], ["192.0.2.12"])
    assert len(moved.edits) == 1
    assert (
        "was made from 192.0.2.99, the estate has 192.0.2.10, 192.0.2.11"
        in moved.remarks[0].message
    )
    gone = record(["192.0.2.99"], None, name="gone")
    assert "the estate has nothing" in gone.remarks[0].message


def test_an_address_beside_a_cname_is_not_green() -> None:
    same = record(["www.example.test."], ["www.example.test."], "CNAME", "alias")
    assert (same.edits, same.problems) == ((), ())
    beside = record(None, ["192.0.2.1"], name="alias")
    assert "CNAME" in beside.problems[0].message
    cloudflare = plan(
        "cloudflare_dns_record",
        {
            "zone_id": "c",
            "name": "alias.example.test",
            "type": "A",
            "content": "192.0.2.1",
            "ttl": 1,
        },
    )
    said = resolve(cloudflare, Held({"example.test": EXAMPLE}))
    assert said.edits == ()
    assert "CNAME" in said.problems[0].message
