"""What was intended and issued becomes facts, and what the estate knows of its jobs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from certs import DAY, NOW, intermediate, leaf, root
from trustpath.base.clock import FixedClock
from trustpath.facts.estate.build import build
from trustpath.facts.order import Issuance, IssuanceState, SeenWindow
from trustpath.facts.relations.automation import (
    AbandonedValidation,
    Intent,
    IntentName,
    Job,
    RenewalInfo,
)
from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificatePlace,
)
from trustpath.workflow.certificate.pem import pem_chain
from trustpath.workflow.certificate.source import IssuanceSource, failures, latest, told

CA = intermediate(root("Source Root"), "Source CA 1")
WWW = "www.shop.example"
LEAF = leaf(CA, WWW, f"*.{WWW}", not_before=NOW - DAY, not_after=NOW + 89 * DAY)
ISSUED = Issuance(
    id="O7",
    job="web",
    issuer="le",
    ca="le",
    method="dns-01",
    names=(WWW, f"*.{WWW}"),
    spki="ab" * 32,
    state=IssuanceState.DEPLOYED,
    created_at=NOW - DAY,
    updated_at=NOW - DAY,
    registered_at=NOW - DAY - 60,
    issued_at=NOW - DAY,
    deployed_at=NOW - DAY + 5,
    account="https://ca.example/acct/1",
    chain=pem_chain((LEAF.der, CA.der)),
    fingerprint=LEAF.fingerprint,
    not_before=NOW - DAY,
    not_after=NOW + 89 * DAY,
)
FAILED = replace(ISSUED, id="O8", state=IssuanceState.FAILED, fingerprint=None, issued_at=None)
ESTATE = """
organisation: Example
cas: [{id: le, caa: [ca.example]}]
issuers: [{id: le, kind: acme, ca: le, directory: "https://ca.example/dir", account_key: a.pem}]
deployers: [{id: web, kind: files, key: a.key, chain: a.pem}]
jobs:
  - {id: web, names: [www.shop.example], issuers: [le], deploy: web}
  - {id: other, names: [api.shop.example], issuers: [le], deploy: web}
"""


def facts(*held: Issuance) -> list[Any]:
    """Return what the source tells of issuances."""
    (part,) = IssuanceSource(held, FixedClock(NOW), Path()).collect()
    return list(part.facts)


def of(found: list[Any], relation: type) -> list[Any]:
    """Return the rows of one relation."""
    return [row for row in found if isinstance(row, relation)]


def test_an_issued_certificate_is_in_the_inventory_before_anything_serves_it() -> None:
    found = facts(ISSUED)
    (intent,) = of(found, Intent)
    assert (intent.certificate, intent.state, intent.verified_at) == (
        LEAF.fingerprint,
        "deployed",
        None,
    )
    assert {(row.name, row.wildcard) for row in of(found, IntentName)} == {
        (WWW, False),
        (f"*.{WWW}", True),
    }
    assert [row.fingerprint for row in of(found, Certificate)] == [LEAF.fingerprint]
    assert {row.name for row in of(found, CertificateName)} == {WWW, f"*.{WWW}"}
    assert [row.place for row in of(found, CertificatePlace)] == ["O7"]


def test_an_intent_stands_without_a_certificate_and_after_its_end() -> None:
    assert [type(row) for row in facts(replace(FAILED, chain="", names=()))] == [Intent]
    ended = facts(replace(ISSUED, not_after=NOW - 31 * DAY))
    assert of(ended, Intent)
    assert not of(ended, Certificate)


def test_the_window_is_told_as_it_was_fetched() -> None:
    seen = SeenWindow(NOW, NOW + 5, NOW - 60, 3600, NOW + DAY)
    (row,) = of(facts(replace(ISSUED, window=seen)), RenewalInfo)
    assert row == RenewalInfo(LEAF.fingerprint, "web", NOW, NOW + 5, NOW + DAY, NOW - 60, 3600)


def test_validations_are_given_up_once_those_of_every_order_are() -> None:
    given_up = replace(ISSUED, abandoned_at=NOW)
    assert of(facts(given_up), AbandonedValidation) == [AbandonedValidation("web", NOW)]
    assert of(facts(given_up, FAILED), AbandonedValidation), "a failure proved nothing"
    # Ordered anew within the same second, which no comparison of instants could tell.
    anew = replace(ISSUED, id="O9", issued_at=NOW)
    assert not of(facts(given_up, anew), AbandonedValidation)
    # The newest alone leaves the validations behind the older ones.
    older = replace(ISSUED, id="O6", issued_at=NOW - 2 * DAY)
    assert not of(facts(older, given_up), AbandonedValidation)
    both = facts(replace(older, abandoned_at=NOW - 5), given_up)
    assert of(both, AbandonedValidation) == [AbandonedValidation("web", NOW)]
    elsewhere = replace(anew, job="other")
    assert of(facts(given_up, elsewhere), AbandonedValidation)


def jobs(*held: Issuance) -> dict[str, Job]:
    """Return the job rows of the estate with what issuing knows."""
    estate = build(yaml.safe_load(ESTATE), Path(), "estate.yaml")
    rows = told(estate, held, NOW).declarations
    return {row.id: row for row in rows if isinstance(row, Job)}


def test_jobs_have_what_issuing_knows() -> None:
    plain = jobs()
    assert plain["web"].certificate is None
    known = jobs(
        ISSUED, replace(FAILED, updated_at=NOW - 60), replace(FAILED, updated_at=NOW - DAY)
    )
    web = known["web"]
    assert web.certificate == LEAF.fingerprint
    assert web.account == ISSUED.account
    assert web.last_validation == ISSUED.issued_at
    assert web.next_renewal is not None
    assert NOW + 50 * DAY < web.next_renewal <= NOW + 59 * DAY + 3600
    assert (web.failures, web.failures_last_hour) == (2, 1)
    assert known["other"] == plain["other"]
    windowed = replace(ISSUED, window=SeenWindow(NOW + DAY, NOW + DAY, NOW, ahead=True))
    assert jobs(windowed)["web"].next_renewal == NOW + DAY


def test_failures_are_those_since_the_last_success() -> None:
    assert failures([FAILED, ISSUED]) == []
    assert len(failures([ISSUED, FAILED, FAILED])) == 2
    adopted = replace(ISSUED, adopted=True, issued_at=None, state=IssuanceState.VERIFIED)
    assert failures([FAILED, adopted]) == []
    assert latest([FAILED]) is None
    assert latest([ISSUED, replace(ISSUED, id="O9", state=IssuanceState.SUPERSEDED)]) == ISSUED
