"""Every row of standards G.2: which event it fits and who consents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from directory import APP, DNS, HOSTMASTER, PKI, WEB, Directory, holding
from trustpath.facts.proposal import EVENT_KINDS, CertificateEvent
from trustpath.workflow.consent import (
    EventHolding,
    approvals,
    cases,
    notices,
    one_is_enough,
    strictest_tier,
)
from trustpath.workflow.consent.rows import event_rows
from trustpath.workflow.gate.assessment import Approval

WWW = ("www.example.com",)
KNOWN = EventHolding(WWW, (WEB,), (APP,), same=True, new_ca=False, tlsa=False)
WILD = replace(KNOWN, names=("*.example.com",))
OWNERS = {"D": ("record", DNS), "C": ("certificate", WEB), "S": ("service", APP),
          "Z": ("zone", HOSTMASTER), "K": ("pki", PKI)}  # fmt: skip

# (row, kind, what stands behind it, reason, who consents; what the public tier adds is the same)
ROWS = [
    ("first-issue", "issue", KNOWN, None, "CD"),
    ("first-issue", "issue", WILD, None, "CDK"),
    ("first-issue", "issue", replace(KNOWN, new_ca=True), None, "CDK"),
    ("first-issue", "issue", replace(KNOWN, new_ca=None), None, "CDK"),
    ("renew", "renew", KNOWN, None, ""),
    ("renew-changed", "renew", replace(KNOWN, same=False), None, "CD"),
    ("renew-changed", "renew", replace(KNOWN, same=None, new_ca=True), None, "CDK"),
    ("rekey", "rekey", KNOWN, None, "CD"),
    ("rekey", "rekey", replace(KNOWN, tlsa=True), None, "CD"),
    ("san-add", "add-names", KNOWN, None, "CD"),
    ("san-remove", "remove-names", KNOWN, None, "CSD"),
    ("ca-change", "change-ca", KNOWN, None, "CKD"),
    ("profile-change", "change-profile", KNOWN, None, "CD"),
    ("revoke", "revoke", KNOWN, "superseded", "CSD"),
    ("revoke-compromised", "revoke", KNOWN, "keyCompromise", "CK"),
    ("account", "change-account", KNOWN, None, "CKD"),
    ("key-policy", "change-key", KNOWN, None, "CKD"),
    ("key-policy", "change-key", replace(KNOWN, tlsa=True), None, "CKD"),
    ("decommission", "retire", KNOWN, None, "CSD"),
    ("transfer", "transfer", KNOWN, None, "CSZ"),
    ("other-event", "unheard-of", KNOWN, None, "CD"),
]


def needed(event: CertificateEvent, people: Directory) -> tuple[Approval, ...]:
    """Return the consents that one event needs."""
    return approvals(cases((), [event], people), people)


@pytest.mark.parametrize(
    ("row", "kind", "behind", "reason", "who"),
    ROWS,
    ids=[f"{row[0]}-{number}" for number, row in enumerate(ROWS)],
)
def test_an_event_asks_whom_the_standard_names(
    row: str, kind: str, behind: EventHolding, reason: str | None, who: str
) -> None:
    event = CertificateEvent("e1", kind, names=behind.names, reason=reason)
    people = Directory(events=behind)
    (case,) = cases((), [event], people)
    assert case.row.id == row
    found = approvals([case], people)
    assert {(a.role, a.owner) for a in found} == {OWNERS[letter] for letter in who}
    for approval in found:
        assert row in approval.reason
        assert behind.names[0] in approval.reason


def test_every_row_and_every_kind_is_met() -> None:
    assert {row.id for row in event_rows()} == {row[0] for row in ROWS}
    assert set(EVENT_KINDS) <= {row[1] for row in ROWS}


def test_the_owner_of_a_record_is_asked_for_a_rekey_where_tlsa_names_the_key() -> None:
    event = CertificateEvent("e1", "rekey", names=WWW)
    inside = holding("internal")
    for tlsa, asked in ((True, True), (None, True)):
        people = Directory(inside, events=replace(KNOWN, tlsa=tlsa))
        found = needed(event, people)
        assert any(a.role == "record" for a in found) is asked


def test_each_new_name_brings_its_owner() -> None:
    event = CertificateEvent("e1", "add-names", names=("a.example.com", "b.example.com"))
    other = replace(holding(), record="other")
    people = Directory(own={"b.example.com": other})
    found = needed(event, people)
    assert {a.owner for a in found if a.role == "record"} == {DNS, "other"}


def test_the_names_decide_where_nobody_owns_the_certificate() -> None:
    event = CertificateEvent("e1", "issue", names=WWW)
    behind = replace(KNOWN, owners=())
    assert ("certificate", WEB) in {
        (a.role, a.owner) for a in needed(event, Directory(events=behind))
    }
    nobody = Directory(replace(holding(), name=None), events=behind)
    assert ("certificate", None) in {(a.role, a.owner) for a in needed(event, nobody)}


def test_a_compromised_key_needs_one_only() -> None:
    compromised = CertificateEvent("e1", "revoke", names=WWW, reason="keyCompromise")
    other = CertificateEvent("e2", "revoke", names=WWW)
    assert one_is_enough(cases((), [compromised], Directory()))
    assert not one_is_enough(cases((), [compromised, other], Directory()))
    assert not one_is_enough(())


def test_partners_hear_of_a_new_identity_and_not_of_a_renewal() -> None:
    partner = Directory(holding("partner"))
    rekey, renew = (CertificateEvent(kind, kind, names=WWW) for kind in ("rekey", "renew"))
    found = cases((), [rekey, renew], partner)
    assert notices(found) == ("tell the partners of www.example.com: takes a new key for it",)
    assert notices(cases((), [rekey], Directory())) == ()
    assert strictest_tier(found) == "partner"
    assert strictest_tier(()) is None
