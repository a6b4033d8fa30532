"""Certificate events: what each kind needs."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.errors import InputError, TrustpathError
from trustpath.connectors.proposals.events import parse_events, read_events
from trustpath.facts.proposal import EVENT_KINDS

DIGEST = "ab" * 32

EVERY = f"""\
events:
  - kind: issue
    id: first
    names: [WWW.example.test, "*.example.test"]
    ca: letsencrypt
    account: https://ca.example/acct/1
    method: dns-01
    at: 2026-12-01T12:00:00Z
  - {{kind: renew, job: web}}
  - {{kind: rekey, certificate: "{DIGEST}", spki: "{DIGEST}"}}
  - {{kind: add-names, job: web, names: new.example.test}}
  - {{kind: remove-names, job: web, names: [old.example.test]}}
  - {{kind: change-ca, job: web, ca: other}}
  - {{kind: change-account, job: web, account: "https://ca.example/acct/2"}}
  - {{kind: change-key, job: web}}
  - {{kind: revoke, certificate: "{DIGEST.upper()}", reason: keyCompromise, at: 2026-12-01}}
  - {{kind: retire, service: shop}}
"""


def test_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "events.yaml"
    path.write_text(EVERY)
    found = read_events(path)
    assert [event.kind for event in found.events] == list(EVENT_KINDS)
    issue, renew = found.events[:2]
    assert issue.names == ("*.example.test", "www.example.test")
    assert (issue.id, issue.ca, issue.method, issue.at) == (
        "first", "letsencrypt", "dns-01", 1796126400,
    )  # fmt: skip
    assert (issue.where, renew.where, renew.id) == (f"{path}:2", f"{path}:9", "event-2")
    assert found.events[8].certificate == DIGEST
    assert found.events[8].at == 1796083200
    assert found.events[3].names == ("new.example.test",)


def test_json_reads_the_same() -> None:
    data = json.dumps({"events": [{"kind": "renew", "job": "web"}]}).encode()
    assert parse_events(data, "e.json").events[0].job == "web"


@pytest.mark.parametrize(
    ("event", "message", "hint"),
    [
        ("{kind: explode}", "no kind of event", "known are issue, renew"),
        ("{job: web}", "has no kind", "known are issue"),
        ("renew", "is a mapping", "kind:"),
        ("{kind: issue, ca: x}", "issue needs names", ""),
        ("{kind: issue, names: [a.test]}", "issue needs ca", ""),
        ("{kind: renew}", "renew needs certificate or job", ""),
        ("{kind: retire}", "needs certificate or job or service", ""),
        ("{kind: revoke, job: web}", "revoke needs certificate", ""),
        ("{kind: renew, job: web, colour: red}", "takes no 'colour'", "certificate"),
        ("{kind: renew, certificate: abc}", "no SHA-256", "64"),
        ("{kind: renew, job: [1]}", "job: ", "quotes"),
        ("{kind: issue, names: [a..b], ca: x}", "names: 'a..b'", "labels"),
        ("{kind: issue, names: [], ca: x}", "no list of domain names", ""),
        ("{kind: renew, job: web, at: soon}", "is no time", "2026"),
        ("{kind: change-account, job: web, account: two}", "no account URI", "URI"),
        (f'{{kind: revoke, certificate: "{DIGEST}", reason: bored}}', "no reason", "known"),
        ("{kind: renew, job: web, method: DNS!}", "no method", "dns-01"),
    ],
)
def test_bad_events_are_named(event: str, message: str, hint: str) -> None:
    text = f"events:\n  - {{kind: renew, job: web}}\n  - {event}\n"
    with pytest.raises(InputError) as caught:
        parse_events(text.encode(), "e.yaml")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.where == "e.yaml:3"


@pytest.mark.parametrize(
    "text", ["", "[]", "events: []", "events: 1", "other: []", "events: [{kind: renew, job: a}]\nx: 1"]
)  # fmt: skip
def test_documents_without_events(text: str) -> None:
    with pytest.raises(InputError):
        parse_events(text.encode(), "e.yaml")


def test_an_id_is_used_once() -> None:
    text = "events:\n- {kind: renew, job: a, id: x}\n- {kind: renew, job: b, id: x}\n"
    with pytest.raises(InputError, match="used twice"):
        parse_events(text.encode(), "e.yaml")


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
keys = st.sampled_from(
    ["id", "kind", "names", "certificate", "job", "ca", "at", "account", "reason"]
)
values = st.one_of(scalars, st.sampled_from(EVENT_KINDS), st.lists(scalars, max_size=2))


@given(
    st.one_of(
        st.binary(max_size=100),
        st.lists(st.dictionaries(keys, values), max_size=3).map(
            lambda events: json.dumps({"events": events}).encode()
        ),
    )
)
def test_anything_reads_or_is_refused(data: bytes) -> None:
    with suppress(TrustpathError):
        parse_events(data, "x")
