"""Search exports of certificate transparency."""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from certs import NOW, issue, leaf, new_key, root
from trustpath.base.clock import FixedClock, parse_instant
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.connectors.ct import make
from trustpath.connectors.ct.distinguished import rfc4514
from trustpath.connectors.ct.search import read_export
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.transparency import CtEntry, CtLog, CtName
from trustpath.facts.source import Context, SourceSpec

ITEM = {
    "issuer_ca_id": 16418,
    "issuer_name": "C=US, O=Let's Encrypt, CN=R11",
    "common_name": "shop.example.com",
    "name_value": "shop.example.com\n*.Shop.example.com\nweb@example.com",
    "id": 123456,
    "entry_timestamp": "2026-10-01T10:11:12.345",
    "not_before": "2026-10-01T09:11:12",
    "not_after": "2026-12-30T09:11:11",
    "serial_number": "03AB00cd",
}


def collect(folder: Path, **options: Any) -> list[Part]:
    spec = SourceSpec("ct", "ct", options, folder, "estate.yaml:3")
    return list(make(spec, Context(FixedClock(NOW))).collect())


def one(folder: Path, items: Any, **options: Any) -> Part:
    text = items if isinstance(items, (str, bytes)) else json.dumps(items)
    (folder / "ct.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    (part,) = collect(folder, path="ct.json", **options)
    return part


def rows(part: Part, relation: type) -> list[Any]:
    return [fact for fact in part.facts if isinstance(fact, relation)]


def test_a_search_row(tmp_path: Path) -> None:
    part = one(tmp_path, [ITEM])
    assert (part.coverage, part.grade, part.problems) == (Coverage.FULL, Grade.TRANSPARENCY, ())
    assert rows(part, CtLog) == [CtLog("ct/ct.json", "search", None, None, None, None, None, None)]
    assert rows(part, CtEntry) == [
        CtEntry(
            log="ct/ct.json",
            entry="123456",
            logged_at=parse_instant("2026-10-01T10:11:12Z"),
            fingerprint=None,
            issuer="CN=R11,O=Let's Encrypt,C=US",
            issuer_organisation="Let's Encrypt",
            serial="3ab00cd",
            not_before=parse_instant("2026-10-01T09:11:12Z"),
            not_after=parse_instant("2026-12-30T09:11:11Z"),
            precertificate=False,
        )
    ]
    assert [(name.name, name.base, name.wildcard) for name in rows(part, CtName)] == [
        ("shop.example.com", "shop.example.com", False),
        ("*.shop.example.com", "shop.example.com", True),
    ]


def test_rows_of_one_entry_are_joined(tmp_path: Path) -> None:
    part = one(tmp_path, [ITEM, ITEM | {"name_value": "b.example.com"}])
    assert len(rows(part, CtEntry)) == 1
    assert len(rows(part, CtName)) == 3


def test_only_watched_names(tmp_path: Path) -> None:
    other = ITEM | {"id": 2, "name_value": "example.net", "common_name": "example.net"}
    part = one(tmp_path, [ITEM, other], domains=["example.com"])
    assert [entry.entry for entry in rows(part, CtEntry)] == ["123456"]
    assert part.coverage is Coverage.FULL


def test_an_issuance_with_its_certificate(tmp_path: Path) -> None:
    ca = root()
    final = leaf(ca, "shop.example.com")
    pre = leaf(ca, "pre.example.com", extra=[(x509.PrecertPoison(), True)])
    part = one(
        tmp_path,
        [
            {"id": "1", "dns_names": ["x"], "cert_der": base64.b64encode(final.der).decode()},
            {"id": "2", "dns_names": ["x"], "cert": {"data": base64.b64encode(pre.der).decode()}},
        ],
    )
    assert part.problems == ()
    first, second = rows(part, CtEntry)
    assert (first.fingerprint, first.precertificate) == (final.fingerprint, False)
    assert (second.fingerprint, second.precertificate) == (None, True)
    assert [name.name for name in rows(part, CtName)] == ["shop.example.com", "pre.example.com"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (3, "no object"),
        ({}, "id is missing"),
        ({"id": True}, "id is missing"),
        ({"id": 1}, "neither name_value nor dns_names"),
        (ITEM | {"serial_number": "xyz"}, "serial_number"),
        (ITEM | {"serial_number": None}, "serial_number"),
        (ITEM | {"not_before": "yesterday"}, "no time"),
        (ITEM | {"issuer_name": 4}, "issuer_name"),
        (ITEM | {"name_value": None}, "name_value"),
        ({"id": 1, "dns_names": []}, "no certificate"),
        ({"id": 1, "cert_der": "?"}, "not base64"),
        ({"id": 1, "cert_der": "AAAA"}, "no X.509"),
    ],
)
def test_a_bad_item_is_a_problem_and_the_rest_stays(
    tmp_path: Path, item: Any, message: str
) -> None:
    part = one(tmp_path, [ITEM | {"id": 7}, item, ITEM | {"id": 9}])
    assert part.coverage is Coverage.PARTIAL
    (problem,) = part.problems
    assert message in problem.message
    assert problem.where == "ct.json: item 2"
    assert [entry.entry for entry in rows(part, CtEntry)] == ["7", "9"]


@pytest.mark.parametrize("cut", [1, 200, 420, 900])
def test_a_cut_export_keeps_what_came_before(tmp_path: Path, cut: int) -> None:
    text = json.dumps([ITEM | {"id": number} for number in range(3)], indent=1)
    part = one(tmp_path, text[:cut])
    assert part.coverage is (Coverage.PARTIAL if cut >= 420 else Coverage.NONE)
    assert part.problems[0].where.startswith("ct.json:")
    assert len(rows(part, CtEntry)) == text[:cut].count("\n },")


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"null", b'"["', b"\x1f\x8b"])
def test_no_list_at_all(tmp_path: Path, data: bytes) -> None:
    part = one(tmp_path, data)
    assert part.coverage is Coverage.NONE
    assert list(part.facts) == []


def test_deep_nesting_is_a_problem(tmp_path: Path) -> None:
    part = one(tmp_path, "[" * 200_000)
    assert part.coverage is Coverage.NONE
    assert "JSON" in part.problems[0].message


def test_an_empty_export_is_a_whole_one(tmp_path: Path) -> None:
    part = one(tmp_path, b"\xef\xbb\xbf [ ] ")
    assert (part.coverage, part.problems, len(list(part.facts))) == (Coverage.FULL, (), 1)


def test_paths(tmp_path: Path) -> None:
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_text(json.dumps([ITEM]))
    assert [part.name for part in collect(tmp_path, path=".")] == ["a.json", "b.json"]
    assert [part.name for part in collect(tmp_path, path="b*.json")] == ["b.json"]
    for path in ("none.json", "/abs/*.json", "a\0"):
        with pytest.raises(SourceError):
            collect(tmp_path, path=path)
    with pytest.raises(EstateError, match="unknown option 'key'"):
        collect(tmp_path, path="a.json", key="x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('C=US, O="Example, Inc.", CN=X', ("CN=X,O=Example\\, Inc.,C=US", "Example, Inc.")),
        ("O=A\\, B, CN=X", ("CN=X,O=A\\, B", "A, B")),
        ('O="Say ""hi""", CN=X', ('CN=X,O=Say \\"hi\\"', 'Say "hi"')),
        ("C=DE, emailAddress=a@b", ("1.2.840.113549.1.9.1=a@b,C=DE", "")),
        ("", ("", "")),
        ("no name", ("no name", "")),
        ('O="open', ('O="open', "")),
    ],
)
def test_distinguished_names(text: str, expected: tuple[str, str]) -> None:
    assert rfc4514(text) == expected


_VALUES = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], include_characters=" "),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text)


@given(st.lists(_VALUES, min_size=1, max_size=3))
def test_distinguished_names_are_those_of_the_certificate(values: list[str]) -> None:
    oids = [NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME]
    pairs = list(zip(oids, values, strict=False))
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])
    kinds = ["O", "OU", "CN"]
    written = ", ".join(
        '{}="{}"'.format(kind, value.replace("\\", "\\\\").replace('"', '""'))
        for kind, value in zip(kinds, values, strict=False)
    )
    assert rfc4514(written)[0] == name.rfc4514_string()


@given(st.binary(max_size=200))
def test_any_octets_are_an_export_or_refused(data: bytes) -> None:
    for tail in (data, b"[" + data, json.dumps([ITEM]).encode()[:-1] + b"," + data):
        with contextlib.suppress(InputError):
            read_export(tail, "log", "ct.json")


def test_issuer_text_joins_with_certificates() -> None:
    ca = issue(None, "Example CA 1", organisation="Example, Inc.", ca=True, key=new_key())
    shown = ca.certificate.subject.rfc4514_string()
    assert rfc4514('O="Example, Inc.", CN=Example CA 1')[0] == shown
    assert ca.certificate.signature_hash_algorithm is not None
    assert ca.certificate.signature_hash_algorithm.name == hashes.SHA256.name
