"""What answers of an ACME server mean: problems, waits, links, directories, orders, windows."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs import NOW
from trustpath.base.errors import SourceError
from trustpath.connectors.acme.answer import Answer, read_problem
from trustpath.connectors.acme.directory import METHODS, read_directory
from trustpath.connectors.acme.order import Asker, read_authorization, read_order
from trustpath.connectors.acme.renewal import read_window
from trustpath.facts.issuing import (
    Account,
    LostOrderError,
    Offer,
    OrderStatus,
    RateLimitedError,
    RejectedError,
    Window,
)

URN = "urn:ietf:params:acme:error:"
URL = "https://ca.example/x"
THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
ACCOUNT = Account("https://ca.example/acct/123", "valid", THUMBPRINT)
ASKER = Asker(ACCOUNT, Offer())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def answer(status: int, document: object = None, **headers: str) -> Answer:
    body = b"" if document is None else json.dumps(document).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(URL, status, named, body)


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (answer(429, {"type": URN + "rateLimited", "detail": "slow"}), RateLimitedError),
        (answer(403, {"type": URN + "rateLimited"}), RateLimitedError),
        (answer(429), RateLimitedError),
        (answer(503, {"detail": "busy"}, retry_after="30"), RateLimitedError),
        (answer(503, {"detail": "busy"}), SourceError),
        (answer(500, {"type": URN + "serverInternal"}), SourceError),
        (answer(400, {"type": URN + "serverInternal"}), SourceError),
        (answer(404), LostOrderError),
        (answer(404, {"type": URN + "malformed", "detail": "No order"}), LostOrderError),
        (answer(404, {"type": URN + "accountDoesNotExist"}), RejectedError),
        (answer(403, {"type": URN + "caa"}), RejectedError),
        (answer(409, {"type": URN + "alreadyReplaced"}), RejectedError),
        (answer(400, {"type": "urn:acme:error:malformed"}), RejectedError),
        (answer(302), RejectedError),
    ],
    ids=lambda value: f"{value.status} {value.body[-20:]!r}" if isinstance(value, Answer) else "",
)
def test_which_error_a_refusal_is(refusal: Answer, kind: type[SourceError]) -> None:
    error = refusal.error(NOW)
    assert type(error) is kind
    assert error.message
    assert error.where == URL


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Tue, 24 Nov 2026 00:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 00:00:00 GMT", 0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("9" * 40, None),
        ("²", None),
        ("Tue, 24 Nov 99999 00:01:00 GMT", None),
    ],
)
def test_when_to_come_back(text: str, seconds: int | None) -> None:
    refusal = answer(429, {"type": URN + "rateLimited"}, retry_after=text)
    assert refusal.retry_after(NOW) == seconds
    error = refusal.error(NOW)
    assert isinstance(error, RateLimitedError)
    assert error.retry_at == (None if seconds is None else NOW + seconds)


def test_subproblems_name_whom_they_are_about() -> None:
    document = {
        "type": URN + "compound",
        "detail": "Errors",
        "subproblems": [
            {
                "type": URN + "caa",
                "detail": "forbidden",
                "identifier": {"type": "dns", "value": "A.example"},
            },
            {
                "type": URN + "caa",
                "detail": "forbidden",
                "identifier": {"type": "dns", "value": "b.example"},
            },
            "not an object",
        ],
    }
    error = answer(403, document).error(NOW)
    assert isinstance(error, RejectedError)
    assert error.kind == "caa"
    assert error.blamed == ("a.example", "b.example")
    assert error.message == "Errors; a.example: forbidden; b.example: forbidden"


def test_a_compound_of_different_problems_stays_compound() -> None:
    document = {
        "type": URN + "compound",
        "subproblems": [{"type": URN + "caa"}, {"type": URN + "dns"}],
    }
    assert read_problem(document).kind == "compound"


def test_text_of_the_ca_cannot_steer_a_terminal() -> None:
    problem = read_problem({"detail": "a\x1b[2J\r\nb\u202ec" + "x" * 9000})
    assert problem.text.isprintable()
    assert problem.text.startswith("a [2J  b c")
    assert len(problem.text) <= 2000


@given(JSON)
def test_no_problem_document_is_too_odd(document: Any) -> None:
    error = answer(400, document).error(NOW)
    assert isinstance(error, SourceError)
    assert error.message


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"\xff", b"[" * 100_000, b"1"])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(SourceError, match="no JSON object"):
        Answer(URL, 200, {}, body).document()


def test_links_of_one_relation() -> None:
    headers = {
        "link": '<https://ca.example/1>;rel="alternate", <https://ca.example/dir>; rel=index,'
        ' <https://ca.example/2>; title="a,b"; rel="up alternate"'
    }
    found = Answer(URL, 200, headers, b"")
    assert found.links("alternate") == ("https://ca.example/1", "https://ca.example/2")
    assert found.links("index") == ("https://ca.example/dir",)
    assert Answer(URL, 200, {}, b"").links("up") == ()


# -- directories ------------------------------------------------------------------------------

RESOURCES = {
    name: f"https://ca.example/{name}"
    for name in ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
}


def test_what_a_directory_offers() -> None:
    document = {
        **RESOURCES,
        "renewalInfo": "https://ca.example/ari/",
        "random": "https://ca.example/why",
        "meta": {
            "termsOfService": "https://ca.example/terms",
            "caaIdentities": ["CA.example", 7],
            "externalAccountRequired": True,
            "profiles": {"short": "six days"},
            "issuerDomainNames": ["ca.example"],
            "accountHashPrefix": "https://ca.example/h/",
        },
    }
    directory = read_directory(URL, document)
    assert directory.renewal_info == "https://ca.example/ari"
    assert directory.offer == Offer(
        methods=(*METHODS, "dns-persist-01"),
        profiles={"short": "six days"},
        renewal_info=True,
        identities=("ca.example",),
        account_required=True,
        terms="https://ca.example/terms",
        persist_form="hashed",
        persist_names=("ca.example",),
        hash_prefix="https://ca.example/h/",
    )


@pytest.mark.parametrize(
    ("meta", "form"),
    [
        ({}, None),
        ({"issuerDomainNames": ["ca.example"]}, "plain"),
        ({"accountHashPrefix": "p", "issuerDomainNames": ["ca.example"]}, "hashed"),
        (None, None),
        ("odd", None),
        ({"profiles": [], "caaIdentities": "x", "termsOfService": 1}, None),
    ],
)
def test_the_form_of_persistent_records(meta: object, form: str | None) -> None:
    offer = read_directory(URL, {**RESOURCES, "meta": meta}).offer
    assert offer.persist_form == form
    assert offer.profiles == {}


def test_what_is_no_directory() -> None:
    with pytest.raises(SourceError, match="no ACME directory: no keyChange"):
        read_directory(URL, {**RESOURCES, "keyChange": "ftp://ca.example/x"})


# -- orders -----------------------------------------------------------------------------------

ORDER: dict[str, Any] = {
    "status": "pending",
    "expires": "2026-12-01T00:00:00.123456789Z",
    "identifiers": [{"type": "dns", "value": "*.Example.COM"}],
    "authorizations": ["https://ca.example/authz/1"],
    "finalize": "https://ca.example/finalize/1",
}


def test_an_order_as_it_is_read() -> None:
    order = read_order(URL, ORDER, 7)
    assert order.names == ("*.example.com",)
    assert order.expires == 1_796_083_200
    assert order.retry_after == 7
    assert order.authorizations == ("https://ca.example/authz/1",)


@pytest.mark.parametrize("over", ["deactivated", "expired", "revoked"])
def test_an_order_that_is_over_is_invalid(over: str) -> None:
    assert read_order(URL, {**ORDER, "status": over}).status is OrderStatus.INVALID


@pytest.mark.parametrize(
    "change",
    [
        {"status": "odd"},
        {"status": None},
        {"identifiers": [{"type": "dns"}]},
        {"identifiers": "x"},
        {"identifiers": [{"type": "dns", "value": "a..b"}]},
        {"authorizations": ["x"] * 1001},
    ],
    ids=str,
)
def test_what_is_no_order(change: dict[str, Any]) -> None:
    with pytest.raises(SourceError):
        read_order(URL, {**ORDER, **change})


def authorization(*challenges: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {
        "status": "pending",
        "identifier": {"type": "dns", "value": "example.com"},
        "challenges": [{"status": "pending", "url": URL, **one} for one in challenges],
        **change,
    }


def test_what_each_challenge_asks_to_show() -> None:
    token = "DGyRejmCefe7v4NfDGDKfA"
    kinds = ("dns-01", "dns-account-01", "http-01", "tls-alpn-01", "unheard-of-01")
    document = authorization(*({"type": kind, "token": token} for kind in kinds), wildcard=True)
    found = read_authorization(URL, document, ASKER)
    assert [proof.method for proof in found.proofs] == list(kinds[:4])
    assert all(proof.wildcard for proof in found.proofs)
    shown = {proof.method: (proof.record, proof.value) for proof in found.proofs}
    digest = shown["dns-01"][1]
    assert shown["dns-01"] == ("_acme-challenge.example.com", digest)
    assert len(digest) == 43
    owner, same = shown["dns-account-01"]
    assert same == digest
    assert owner.endswith("._acme-challenge.example.com")
    assert len(owner.split(".")[0]) == 17
    assert shown["http-01"] == (
        f"/.well-known/acme-challenge/{token}",
        f"{token}.{THUMBPRINT}",
    )
    assert shown["tls-alpn-01"][0] == "example.com"
    assert len(bytes.fromhex(shown["tls-alpn-01"][1])) == 32


@pytest.mark.parametrize("key", ["issuerDomainNames", "issuer-domain-names"])
def test_a_persistent_record_is_computed_for_the_issuer_of_the_challenge(key: str) -> None:
    offer = Offer(persist_form="hashed", hash_prefix="https://ca.example/h/")
    document = authorization({"type": "dns-persist-01", key: ["ca.example", "other.example"]})
    (proof,) = read_authorization(URL, document, Asker(ACCOUNT, offer)).proofs
    assert proof.record == "_validation-persist.example.com"
    assert proof.value == (
        "ca.example; accounturi="
        "https://ca.example/h/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw"
    )


def test_a_persistent_challenge_of_a_ca_that_announces_no_form_has_the_plain_one() -> None:
    document = authorization(
        {"type": "dns-persist-01", "issuerDomainNames": ["ca.example"]}, wildcard=True
    )
    (proof,) = read_authorization(URL, document, ASKER).proofs
    assert proof.value == f"ca.example; accounturi={ACCOUNT.uri}; policy=wildcard"


def test_a_persistent_challenge_that_names_no_issuer_cannot_be_met() -> None:
    document = authorization({"type": "dns-persist-01", "issuerDomainNames": "ca.example"})
    assert read_authorization(URL, document, ASKER).proofs == ()


@pytest.mark.parametrize("token", ["../../../etc/passwd", "", "a b", "x" * 600])
def test_a_token_that_could_leave_its_folder_is_refused(token: str) -> None:
    with pytest.raises(SourceError, match="token"):
        read_authorization(URL, authorization({"type": "http-01", "token": token}), ASKER)


def test_nothing_is_to_be_shown_once_it_is_decided() -> None:
    challenge = {"type": "dns-01", "token": "abc", "status": "valid"}
    found = read_authorization(URL, authorization(challenge, status="valid"), ASKER)
    assert (found.proofs, found.begun, found.problem) == ((), True, None)


@given(JSON, JSON, JSON)
def test_no_authorization_is_too_odd(challenges: Any, identifier: Any, status: Any) -> None:
    document = {"challenges": challenges, "identifier": identifier, "status": status}
    # Nothing but the error that says where: anything else would end this test.
    with suppress(SourceError):
        assert read_authorization(URL, document, ASKER).url == URL


# -- renewal information ----------------------------------------------------------------------


def suggested(start: object, end: object, **more: Any) -> dict[str, Any]:
    return {"suggestedWindow": {"start": start, "end": end}, **more}


def test_a_window() -> None:
    document = suggested(
        "2026-11-25T00:00:00Z", "2026-11-26T00:00:00+00:00", explanationURL="https://ca.example/why"
    )
    assert read_window(document, 3600) == Window(
        NOW + 86400, NOW + 2 * 86400, "https://ca.example/why", 3600
    )


@pytest.mark.parametrize(
    ("said", "taken"), [(0, 60), (59, 60), (60, 60), (86401, 86400), (None, None)]
)
def test_the_wait_is_kept_within_bounds(said: int | None, taken: int | None) -> None:
    window = read_window(suggested("2026-11-25", "2026-11-26"), said)
    assert window is not None
    assert window.retry_after == taken


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"suggestedWindow": []},
        suggested("2026-11-26", "2026-11-25"),
        suggested("2026-11-26", "2026-11-26"),
        suggested(None, "2026-11-26"),
        suggested("2026-11-25", 5),
        suggested("yesterday", "2026-11-26"),
    ],
    ids=str,
)
def test_what_is_no_window(document: dict[str, Any]) -> None:
    assert read_window(document, 60) is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x\x1b[2J", 7, None, ""])
def test_an_explanation_that_cannot_be_shown_is_left_out(url: object) -> None:
    window = read_window(suggested("2026-11-25", "2026-11-26", explanationURL=url), None)
    assert window is not None
    assert window.explanation is None
