"""Reading an RFC 6962 log over loopback: what is kept, what is proven, what a bad log does."""

from __future__ import annotations

import base64
import contextlib
import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import NOW, Issued, issue, leaf, new_key, root, sct_list
from ctlog import NOW_MS, CtLog, Drip
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError
from trustpath.connectors.ct import make, wire
from trustpath.connectors.ct.client import LogClient
from trustpath.connectors.ct.follow import follow
from trustpath.connectors.ct.options import LogOptions, read_options
from trustpath.connectors.ct.watch import rows_of, watch
from trustpath.connectors.ct.web import Budget, Web, read_url
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.transparency import CtEntry, CtName
from trustpath.facts.relations.transparency import CtLog as CtLogRow
from trustpath.facts.source import Context, SourceSpec
from trustpath.facts.x509 import CertificateIndex

KEY = new_key()
BUDGET = Budget(1 << 30, 60)


@cache
def authority() -> Issued:
    return root("Example Root", organisation="Example Trust")


@cache
def certificate(*names: str) -> Issued:
    return leaf(authority(), *names, key=KEY)


@pytest.fixture
def log() -> Iterator[CtLog]:
    with CtLog() as running:
        yield running


def filled(log: CtLog, size: int) -> CtLog:
    """Every tenth entry concerns example.com."""
    for number in range(size):
        log.add(certificate(f"h{number}.example.{'com' if number % 10 == 0 else 'net'}").der)
    return log


def options(running: CtLog, **more: Any) -> dict[str, Any]:
    found = {
        "log": running.url,
        "domains": ["example.com"],
        "key": running.key_base64,
        "timeout": 5,
    }
    return {key: value for key, value in (found | more).items() if value is not None}


def spec(given_options: dict[str, Any], folder: Path = Path()) -> SourceSpec:
    return SourceSpec("ct", "ct", given_options, folder, "estate.yaml:7")


def collect(log: CtLog, **more: Any) -> Part:
    source = make(spec(options(log, **more)), Context(FixedClock(NOW)))
    (part,) = source.collect()
    return part


def rows(part: Part, relation: type) -> list[Any]:
    return [fact for fact in part.facts if isinstance(fact, relation)]


def status(part: Part) -> CtLogRow:
    (row,) = rows(part, CtLogRow)
    assert isinstance(row, CtLogRow)
    return row


@pytest.mark.parametrize("size", [0, 1, 2, 3, 8, 100])
def test_a_whole_log_is_read_and_verified(log: CtLog, size: int) -> None:
    part = collect(filled(log, size), batch=7)
    assert part.problems == ()
    assert (part.coverage, part.grade, part.observed_at) == (
        Coverage.FULL,
        Grade.TRANSPARENCY,
        NOW,
    )
    assert status(part) == CtLogRow(
        log.url, "rfc6962", None, size, NOW_MS // 1000, True, None, None
    )
    assert [entry.entry for entry in rows(part, CtEntry)] == [str(n) for n in range(0, size, 10)]


def test_the_rows_of_an_entry(log: CtLog) -> None:
    one = certificate("shop.example.com", "*.shop.example.com", "other.example.net")
    log.add(one.der, timestamp=NOW_MS - 5_500)
    part = collect(log)
    (entry,) = rows(part, CtEntry)
    assert entry == CtEntry(
        log=log.url,
        entry="0",
        logged_at=NOW - 6,
        fingerprint=one.fingerprint,
        issuer="CN=Example Root,O=Example Trust",
        issuer_organisation="Example Trust",
        serial=format(one.certificate.serial_number, "x"),
        not_before=int(one.certificate.not_valid_before_utc.timestamp()),
        not_after=int(one.certificate.not_valid_after_utc.timestamp()),
        precertificate=False,
    )
    assert [tuple(name)[2:] for name in rows(part, CtName)] == [
        ("shop.example.com", "shop.example.com", False, "example.com", "example.com"),
        ("*.shop.example.com", "shop.example.com", True, "example.com", "example.com"),
        ("other.example.net", "other.example.net", False, "example.net", "example.net"),
    ]


def test_a_precertificate_is_read_from_what_the_tree_commits_to(log: CtLog) -> None:
    final = leaf(authority(), "pre.example.com", key=KEY, extra=[sct_list(NOW_MS)])
    # What a log sends beside the leaf is not under the root hash: a lie there changes nothing.
    log.add_precert(final.certificate.tbs_precertificate_bytes, bytes(32), certificate("lie.example.net").der)  # fmt: skip
    log.add(final.der)
    part = collect(log)
    pre, full = rows(part, CtEntry)
    assert (pre.precertificate, pre.fingerprint) == (True, None)
    assert (full.precertificate, full.fingerprint) == (False, final.fingerprint)
    assert pre.serial == full.serial
    assert pre.issuer == full.issuer
    assert {name.name for name in rows(part, CtName)} == {"pre.example.com"}


@pytest.mark.parametrize(
    ("name", "watched", "kept"),
    [
        ("example.com", "example.com", True),
        ("a.b.example.com", "example.com", True),
        ("A.EXAMPLE.com", "example.com", True),
        ("notexample.com", "example.com", False),
        ("example.com.evil.net", "example.com", False),
        ("*.com", "example.com", True),
        ("*.example.com", "shop.example.com", True),
        ("example.com", "shop.example.com", False),
        ("xn--bcher-kva.example", "bücher.example", True),
    ],
)
def test_which_names_concern_us(log: CtLog, name: str, watched: str, kept: bool) -> None:
    log.add(leaf(authority(), name, key=KEY, common="x").der)
    for domains in ([watched], [watched, *(f"d{number}.test" for number in range(100))]):
        part = collect(log, domains=domains)
        assert part.coverage is Coverage.FULL
        assert bool(rows(part, CtEntry)) is kept, domains[:2]


def test_a_name_that_is_only_the_common_name_is_found(log: CtLog) -> None:
    log.add(issue(authority(), "old.example.com", key=KEY, organisation="A, B").der)
    part = collect(log)
    assert [name.name for name in rows(part, CtName)] == ["old.example.com"]


def test_an_rsa_key_in_a_file(tmp_path: Path) -> None:
    with CtLog(key=new_key("rsa")) as log:
        filled(log, 5)
        (tmp_path / "log.pem").write_text(log.key_pem)
        source = make(
            spec(options(log, key="file:log.pem", operator="Op"), tmp_path), Context(FixedClock(1))
        )
        (part,) = source.collect()
    assert part.coverage is Coverage.FULL
    assert status(part).operator == "Op"


def test_without_a_key_the_tree_head_proves_nothing(log: CtLog) -> None:
    part = collect(filled(log, 12), key=None)
    assert part.coverage is Coverage.PARTIAL
    assert status(part).verified_at is None
    assert "not authenticated" in part.problems[0].message
    assert len(rows(part, CtEntry)) == 2


def test_a_wrong_key_verifies_nothing(log: CtLog) -> None:
    part = collect(filled(log, 12), key=CtLog().key_pem)
    assert (part.coverage, status(part).verified_at) == (Coverage.PARTIAL, None)
    assert "signature of the tree head is not valid" in part.problems[0].message
    assert len(rows(part, CtEntry)) == 2


def test_a_hidden_entry_does_not_pass(log: CtLog) -> None:
    filled(log, 40)

    def swap(what: str, query: dict[str, int], honest: Any) -> Any:
        if what != "get-entries" or not query["start"] <= 20 <= query["end"]:
            return None
        # The entry that names us is served as somebody else's.
        honest["entries"][20 - query["start"]] = honest["entries"][1]
        return honest

    log.answer = swap
    part = collect(log)
    assert (part.coverage, status(part).verified_at) == (Coverage.PARTIAL, None)
    assert status(part).consistent is False
    assert "do not give the root hash" in part.problems[0].message
    assert [entry.entry for entry in rows(part, CtEntry)] == ["0", "10", "30"]


def test_reading_part_of_a_log_is_proven_to_be_its_beginning(log: CtLog) -> None:
    filled(log, 50)
    for limit in (1, 8, 33):
        part = collect(log, max_entries=limit)
        assert part.coverage is Coverage.PARTIAL
        assert status(part) == CtLogRow(
            log.url, "rfc6962", None, 50, NOW_MS // 1000, True, None, None
        )
        assert [problem.message for problem in part.problems] == [f"read up to entry {limit} of 50"]


def followed(log: CtLog, **more: Any) -> Any:
    read = read_options(spec(options(log, **more)))
    assert isinstance(read, LogOptions)
    web = Web(read.url, read.timeout, read.budget)
    try:
        return follow(LogClient(web), read.request)
    finally:
        web.close()


def test_downloaded_and_verified_are_kept_apart(log: CtLog) -> None:
    filled(log, 50)
    found = followed(log, max_entries=20)
    assert (found.downloaded, found.verified) == (20, 20)
    log.answer = lambda what, _query, _honest: 500 if what == "get-sth-consistency" else None
    found = followed(log, max_entries=20)
    assert (found.downloaded, found.verified, found.consistent) == (20, None, None)


@pytest.mark.parametrize("known", [1, 2, 7, 8, 20, 49])
def test_going_on_from_a_tree_head_that_was_verified(log: CtLog, known: int) -> None:
    filled(log, 50)
    part = collect(log, trusted={"size": known, "root": log.root(known).hex()})
    assert part.problems == ()
    assert part.coverage is Coverage.FULL
    assert part.name == f"{log.url}#{known}"
    assert status(part).consistent is True
    assert [int(entry.entry) for entry in rows(part, CtEntry)] == [
        number for number in range(known, 50) if number % 10 == 0
    ]
    asked = [query["start"] for what, query in log.asked if what == "get-entries"]
    assert min(asked) == known


def test_nothing_new_since_the_last_time(log: CtLog) -> None:
    filled(log, 21)
    part = collect(log, trusted={"size": 21, "root": log.root().hex()})
    assert (part.coverage, status(part).consistent) == (Coverage.FULL, True)
    assert [what for what, _ in log.asked] == ["get-sth"]


@pytest.mark.parametrize("known", [1, 7, 8, 30])
def test_a_log_that_rewrote_its_past_is_found_out(log: CtLog, known: int) -> None:
    filled(log, 30)
    trusted = {"size": known, "root": bytes(32).hex()}
    part = collect(log, trusted=trusted)
    assert part.coverage is Coverage.PARTIAL
    assert status(part).consistent is False
    assert status(part).verified_at is None


def test_a_tree_head_older_than_known_is_no_proof_of_anything(log: CtLog) -> None:
    filled(log, 30)
    log.size = 20
    part = collect(log, trusted={"size": 25, "root": log.root(25).hex()})
    assert (part.coverage, status(part).consistent) == (Coverage.PARTIAL, None)
    assert "older than what is known" in part.problems[0].message


@pytest.mark.parametrize("start", [1, 2, 7, 8, 16, 29, 30])
def test_starting_in_the_middle_proves_what_is_read(log: CtLog, start: int) -> None:
    part = collect(filled(log, 30), start=start)
    (problem,) = part.problems
    assert problem.message == f"{start} entries before were not read"
    assert part.coverage is Coverage.PARTIAL
    assert [int(entry.entry) for entry in rows(part, CtEntry)] == [
        number for number in range(start, 30) if number % 10 == 0
    ]
    if start < 30:
        assert status(part).verified_at == NOW_MS // 1000


def test_malformed_entries_are_problems_and_count_for_the_tree(log: CtLog) -> None:
    filled(log, 3)
    log.add(b"0\x82\x03\x01 no certificate, but shop.example.com in it")
    log.add_leaf(b"\x00\x00short")
    log.add_leaf(b"\x00" * 10 + b"\x00\x07" + b"\x00\x00\x00\x00\x00")
    log.add_precert(b"rubbish example.com", bytes(32), b"")
    log.add(certificate("last.example.com").der)
    part = collect(log)
    assert part.coverage is Coverage.PARTIAL
    assert status(part).verified_at == NOW_MS // 1000
    assert [problem.where for problem in part.problems] == [
        f"{log.url}: entry {number}" for number in (3, 4, 5, 6)
    ]
    assert [entry.entry for entry in rows(part, CtEntry)] == ["0", "7"]


def test_very_many_malformed_entries_are_bounded(log: CtLog) -> None:
    for number in range(450):
        log.add_leaf(b"\x00%d" % number)
    part = collect(log)
    assert len(part.problems) == 201
    assert "250 more" in part.problems[-1].message


def _entry(change: dict[str, Any]) -> Any:
    def answer(what: str, query: dict[str, int], honest: Any) -> Any:
        if what != "get-entries" or query["start"] < 16:
            return None
        honest["entries"][0] |= change
        return honest

    return answer


def _at(what: str, answer: Any, start: int = 0) -> Any:
    return lambda asked, query, _: (
        answer if asked == what and query.get("start", start) >= start else None
    )


@pytest.mark.parametrize(
    ("answer", "message", "coverage"),
    [
        (_at("get-sth", 500), "status 500", Coverage.NONE),
        (_at("get-sth", 302), "redirects are not followed", Coverage.NONE),
        (_at("get-sth", b"<html>"), "no JSON", Coverage.NONE),
        (_at("get-sth", b"[" * 100_000), "no JSON", Coverage.NONE),
        (_at("get-sth", []), "not an object", Coverage.NONE),
        (_at("get-sth", {}), "tree_size", Coverage.NONE),
        (_at("get-sth", {"tree_size": -1}), "tree_size", Coverage.NONE),
        (_at("get-sth", {"tree_size": 1, "timestamp": 2, "sha256_root_hash": "AA=="}), "32 octets", Coverage.NONE),
        (_at("get-entries", 429), "status 429", Coverage.PARTIAL),
        (_at("get-entries", {"entries": []}), "no entries", Coverage.PARTIAL),
        (_at("get-entries", {"entries": 3}), "no entries", Coverage.PARTIAL),
        (_entry({"leaf_input": "***"}), "no base64", Coverage.PARTIAL),
        (_entry({"leaf_input": 7}), "no base64", Coverage.PARTIAL),
    ],
)  # fmt: skip
def test_bad_answers(log: CtLog, answer: Any, message: str, coverage: Coverage) -> None:
    filled(log, 40)
    log.answer = answer
    part = collect(log, batch=16)
    assert part.coverage is coverage
    assert any(message in str(problem) for problem in part.problems), part.problems
    if coverage is Coverage.NONE:
        assert list(part.facts) == []
    else:
        assert status(part).verified_at is None


def test_what_came_before_a_failure_stays_and_is_proven(log: CtLog) -> None:
    filled(log, 40)
    log.answer = _at("get-entries", 503, start=32)
    part = collect(log, batch=16)
    assert (part.coverage, status(part).verified_at) == (Coverage.PARTIAL, NOW_MS // 1000)
    assert [entry.entry for entry in rows(part, CtEntry)] == ["0", "10", "20", "30"]


def test_more_entries_than_asked_for_are_not_believed(log: CtLog) -> None:
    filled(log, 40)

    def flood(what: str, query: dict[str, int], _: Any) -> Any:
        if what != "get-entries":
            return None
        return log.honest(what, {"start": query["start"], "end": query["end"] + 10})

    log.answer = flood
    part = collect(log, batch=4)
    assert (part.coverage, part.problems) == (Coverage.FULL, ())


def test_a_server_that_drips_is_cut_off(log: CtLog) -> None:
    log.answer = lambda *_: Drip()
    web = Web(read_url(log.url), 0.1, BUDGET)
    client = LogClient(web)
    with pytest.raises(Exception, match="no answer in time"):
        client.tree_head()
    web.close()


def test_a_log_that_is_not_there() -> None:
    log = CtLog()
    log.start()
    given_options = options(log)
    log.stop()
    (part,) = make(spec(given_options), Context(FixedClock(1))).collect()
    assert part.coverage is Coverage.NONE
    assert part.problems[0].where == given_options["log"]


def test_a_closed_connection_is_opened_again(log: CtLog) -> None:
    filled(log, 3)
    web = Web(read_url(log.url), 5, BUDGET)
    client = LogClient(web)
    assert client.tree_head().size == 3
    assert web._connection is not None
    web._connection.sock.close()
    assert len(client.entries(0, 3)) == 3
    web.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"log": "ftp://x/"}, "no http or https URL"),
        ({"log": "https://u:p@x/"}, "neither user"),
        ({"log": "http://[/"}, "no URL"),
        ({"log": "http://x:99999/"}, "no URL"),
        ({"log": "http://x/\r\nHost: y"}, "neither spaces"),
        ({"log": 3}, "log is no text"),
        ({"domains": None}, "read for certain domains"),
        ({"domains": []}, "no list of names"),
        ({"domains": ["a..b"]}, "no domain name"),
        ({"domains": ["."]}, "empty or no name"),
        ({"key": "AAAA"}, "no public key"),
        ({"key": "file:none.pem"}, "No such file"),
        ({"key": base64.b64encode(b"x").decode()}, "no public key"),
        ({"batch": 0}, "batch is out of range"),
        ({"start": -1}, "start is out of range"),
        ({"max_entries": True}, "max_entries is out of range"),
        ({"timeout": "1h"}, "timeout is out of range"),
        ({"timeout": "soon"}, "no duration"),
        ({"trusted": {"size": 1}}, "no tree head"),
        ({"trusted": {"size": 1, "root": "zz"}}, "no hexadecimal"),
        ({"trusted": {"size": 1, "root": "00"}}, "32 octets"),
        ({"path": "x.json"}, "does not have one of"),
        ({"colour": 1}, "unknown option 'colour'"),
    ],
)
def test_bad_options(log: CtLog, change: dict[str, Any], message: str) -> None:
    with pytest.raises(EstateError, match=message) as caught:
        make(spec(options(log, **change)), Context(FixedClock(1)))
    assert caught.value.where


@given(st.binary(max_size=120))
def test_any_leaf_is_parsed_or_refused(octets: bytes) -> None:
    with contextlib.suppress(InputError):
        wire.leaf(octets)


@given(st.data())
def test_a_damaged_certificate_gives_rows_or_an_input_error(data: st.DataObject) -> None:
    der = bytearray(certificate("shop.example.com").der)
    precertificate = data.draw(st.booleans())
    if precertificate:
        der = bytearray(certificate("shop.example.com").certificate.tbs_certificate_bytes)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        rows_of(
            "log",
            1,
            wire.Leaf(0, precertificate, bytes(der)),
            watch(["example.com"]),
            CertificateIndex(),
        )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["entries", "leaf_input", "consistency", "tree_size", "timestamp", "sha256_root_hash", "tree_head_signature"]), inner),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=_JSON, which=st.sampled_from(["get-sth", "get-entries", "get-sth-consistency"]))
def test_no_answer_makes_anything_escape(log: CtLog, answer: Any, which: str) -> None:
    if not log.tree.leaves:
        filled(log, 10)
    log.answer = lambda what, _query, _honest: (
        copy.deepcopy(answer) if what == which and not isinstance(answer, int) else None
    )
    part = collect(log, max_entries=6)
    assert part.coverage is not Coverage.FULL


_LABEL = st.text("abx-", min_size=1, max_size=4).filter(lambda text: text.strip("-") == text)


@given(
    st.lists(st.lists(_LABEL, min_size=2, max_size=4).map(".".join), min_size=1, max_size=8),
    st.lists(_LABEL, min_size=1, max_size=5).map(".".join),
    st.binary(max_size=5),
)
def test_the_search_never_misses_what_concerns_us(
    domains: list[str], name: str, around: bytes
) -> None:
    watched = watch(domains)
    for text in (name, f"*.{name}", f"a.{domains[0]}", f"*.{domains[0].partition('.')[2]}"):
        if watched.concerns(text):
            assert watched.may_concern(around + text.upper().encode() + around)
