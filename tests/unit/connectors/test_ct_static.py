"""Reading a static-ct-api log over loopback: what is kept, what is proven, what a bad log does."""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import DAY, NOW, Issued, leaf, new_key, root, rsa_key, sct_list
from commandline import check
from ctlog import NOW_MS, CtLog, Tree
from staticlog import Raw, StaticLog
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.connectors.ct import make
from trustpath.connectors.ct.checkpoint import read_checkpoint
from trustpath.connectors.ct.tiles import tile_path
from trustpath.connectors.ct.tree import Node, proof_nodes
from trustpath.facts.ct_log import ListedLog, read_key
from trustpath.facts.estate import known_logs
from trustpath.facts.part import Coverage, Part
from trustpath.facts.relations.transparency import CtEntry, CtName
from trustpath.facts.relations.transparency import CtLog as CtLogRow
from trustpath.facts.source import Context, SourceSpec

KEY = new_key()


@cache
def authority(name: str = "Example Root") -> Issued:
    return root(name, organisation="Example Trust")


@cache
def certificate(*names: str) -> Issued:
    return leaf(authority(), *names, key=KEY)


@pytest.fixture
def log() -> Iterator[StaticLog]:
    with StaticLog() as running:
        yield running


def filled(log: StaticLog, size: int, *, every: int = 100) -> StaticLog:
    """One in ``every`` entries concerns example.com."""
    own, other = certificate("h.example.com").der, certificate("h.example.net").der
    for number in range(len(log.data), size):
        log.add(own if number % every == 0 else other, authority().der)
    return log


def collect(
    log: StaticLog, folder: Path = Path(), logs: tuple[ListedLog, ...] = (), **more: Any
) -> Part:
    given = {
        "log": log.url,
        "api": "static",
        "origin": log.origin,
        "domains": ["example.com"],
        "key": log.key_base64,
        "timeout": 5,
    } | more
    spec = SourceSpec(
        "ct", "ct", {k: v for k, v in given.items() if v is not None}, folder, "estate.yaml:7"
    )
    (part,) = make(spec, Context(FixedClock(NOW), ct_logs=logs)).collect()
    return part


def rows(part: Part, relation: type) -> list[Any]:
    return [fact for fact in part.facts if isinstance(fact, relation)]


def status(part: Part) -> CtLogRow:
    (row,) = rows(part, CtLogRow)
    assert isinstance(row, CtLogRow)
    return row


def entries(part: Part) -> list[int]:
    return [int(entry.entry) for entry in rows(part, CtEntry)]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 700])
@pytest.mark.parametrize("compress", [True, False])
def test_a_whole_log_is_read_and_verified(log: StaticLog, size: int, compress: bool) -> None:
    log.compress = compress
    part = collect(filled(log, size))
    assert part.problems == ()
    assert part.coverage is Coverage.FULL
    assert status(part) == CtLogRow(log.url, "static", None, size, NOW_MS // 1000, True, None, None)
    assert entries(part) == list(range(0, size, 100))
    assert {path for path in log.asked if "tile" in path} == {
        *(tile_path("data", n) for n in range(size // 256)),
        *([tile_path("data", size // 256, size % 256)] if size % 256 else []),
    }


def test_a_log_that_signs_with_rsa() -> None:
    with StaticLog(rsa_key()) as log:
        assert collect(filled(log, 3)).coverage is Coverage.FULL


def test_precertificates_and_their_issuers(log: StaticLog) -> None:
    final = leaf(authority(), "pre.example.com", key=KEY, extra=[sct_list(NOW_MS)])
    spki = (
        authority().key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    tbs = final.certificate.tbs_precertificate_bytes
    log.add_precert(tbs, hashlib.sha256(spki).digest(), b"lie.example.net", authority().der)
    log.add(final.der, authority().der)
    part = collect(log)
    assert part.problems == ()
    pre, full = rows(part, CtEntry)
    assert (pre.precertificate, pre.fingerprint) == (True, None)
    assert (full.precertificate, full.fingerprint) == (False, final.fingerprint)
    assert {name.name for name in rows(part, CtName)} == {"pre.example.com"}
    assert log.asked.count(f"issuer/{authority().fingerprint}") == 1


def test_a_partial_tile_that_is_no_longer_served_is_read_from_the_full_one(log: StaticLog) -> None:
    filled(log, 600)
    log.size, log.gone = 400, True
    part = collect(log)
    assert (part.coverage, entries(part)) == (Coverage.FULL, [0, 100, 200, 300])


def test_tiles_are_named_as_specified() -> None:
    assert tile_path("data", 1234067) == "tile/data/x001/x234/067"
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"
    assert tile_path(2, 0) == "tile/2/000"
    assert tile_path(0, 1000) == "tile/0/x001/000"


def test_proofs_from_perfect_subtrees_are_those_of_rfc_6962() -> None:
    tree = Tree()
    tree.leaves = [bytes([n]) for n in range(70)]

    def node(at: Node) -> bytes:
        return tree.root(at.index << at.height, at.index + 1 << at.height)

    for new in range(2, 71):
        for old in range(1, new):
            assert proof_nodes(old, new, node) == tree.consistency(old, new)


# --- between runs ---


def test_a_run_goes_on_where_the_last_one_ended(log: StaticLog, tmp_path: Path) -> None:
    filled(log, 700)
    for limit in (300, 600, 700, 700):
        part = collect(log, tmp_path, state="ct/log.json", max_entries=300)
        assert entries(part) == list(range(0, limit, 100))
        assert part.coverage is (Coverage.FULL if limit == 700 else Coverage.PARTIAL)
    filled(log, 1400)
    log.asked.clear()
    part = collect(log, tmp_path, state="ct/log.json")
    assert (part.coverage, part.problems) == (Coverage.FULL, ())
    assert entries(part) == list(range(0, 1400, 100))
    # The root of the older tree is made again from hash tiles; its entries are not read again.
    assert any(path.startswith("tile/0/") for path in log.asked)
    assert "tile/data/000" not in log.asked
    assert status(part).verified_at == NOW_MS // 1000


def test_a_run_ends_within_its_budget_and_the_next_goes_on(log: StaticLog, tmp_path: Path) -> None:
    log.compress = False
    big = leaf(authority(), "big.example.com", *(f"n{n}.example.net" for n in range(300)), key=KEY)
    for _ in range(1000):
        log.add(big.der, authority().der)
    seen: list[int] = []
    for _ in range(8):
        part = collect(log, tmp_path, state="log.json", max_octets=1 << 20)
        seen.append(len(entries(part)))
        if part.coverage is Coverage.FULL:
            break
        assert "this run ended after" in str(part.problems[0])
        assert status(part).verified_at is not None
    assert seen == sorted(set(seen))
    assert seen[-1] == 1000


def test_a_fork_is_seen_in_the_next_run(log: StaticLog, tmp_path: Path) -> None:
    collect(filled(log, 300), tmp_path, state="log.json")
    with StaticLog(log.key) as fork:
        fork.add(certificate("secret.example.com").der, authority().der)
        filled(fork, 500)
        state = json.loads((tmp_path / "log.json").read_text()) | {"log": fork.url}
        (tmp_path / "log.json").write_text(json.dumps(state))
        part = collect(fork, tmp_path, state="log.json")
        assert (part.coverage, status(part).consistent) == (Coverage.PARTIAL, False)
        assert "lost the tree of 300 entries" in part.problems[0].message
        # What was known is not given up for the fork: it is seen again.
        assert status(collect(fork, tmp_path, state="log.json")).consistent is False


def test_two_trees_of_one_size_are_a_fork(log: StaticLog, tmp_path: Path) -> None:
    collect(filled(log, 300), tmp_path, state="log.json")
    log.tree = Tree()
    log.data.clear()
    filled(log, 300, every=7)
    part = collect(log, tmp_path, state="log.json")
    assert status(part).consistent is False
    assert "two trees of 300" in part.problems[0].message


def test_a_rewound_checkpoint_is_not_taken_for_news(log: StaticLog, tmp_path: Path) -> None:
    collect(filled(log, 300), tmp_path, state="log.json")
    log.size = 200
    part = collect(log, tmp_path, state="log.json")
    assert part.coverage is Coverage.PARTIAL
    assert "older than what is known" in part.problems[0].message
    assert (status(part).verified_at, entries(part)) == (None, [0, 100, 200])


def test_other_domains_are_looked_for_from_the_beginning(log: StaticLog, tmp_path: Path) -> None:
    collect(filled(log, 300), tmp_path, state="log.json")
    part = collect(log, tmp_path, state="log.json", domains=["example.net"])
    assert (part.coverage, len(entries(part))) == (Coverage.FULL, 297)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"format": "trustpath/ct-state/1"}'])
def test_a_damaged_state_is_not_passed_over(log: StaticLog, tmp_path: Path, content: str) -> None:
    filled(log, 3)
    (tmp_path / "log.json").write_text(content)
    part = collect(log, tmp_path, state="log.json")
    assert (part.coverage, part.problems[0].where) == (Coverage.NONE, str(tmp_path / "log.json"))
    assert "remove it" in part.problems[0].hint
    assert (tmp_path / "log.json").read_text() == content


# --- what a bad log does ---


def at(wanted: str, body: bytes | int) -> Callable[[str, bytes | int], bytes | int | None]:
    return lambda path, _: body if path.startswith(wanted) else None


def bent(wanted: str, how: Callable[[bytes], bytes]) -> Callable[[str, bytes | int], Any]:
    def change(path: str, body: bytes | int) -> bytes | None:
        return how(body) if path.startswith(wanted) and isinstance(body, bytes) else None

    return change


BOMB = Raw(gzip.compress(bytes(200 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("checkpoint", 500), "status 500"),
        (at("checkpoint", b"\xff"), "not UTF-8"),
        (at("checkpoint", b"log.example/2026h2\n1\n"), "no checkpoint"),
        (at("checkpoint", b"x" * 100_000), "too large"),
        (bent("checkpoint", lambda body: b"evil" + body), "that of 'evillog"),
        (bent("checkpoint", lambda body: body.replace(b"\n300\n", b"\n0300\n")), "no number"),
        (bent("checkpoint", lambda body: body.replace(b"\n300\n", b"\n99999999999999\n")), "no number"),
        (bent("checkpoint", lambda body: body.replace(b"=\n\n", b"=\nextension\n\n")), "no checkpoint"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_gives_nothing(log: StaticLog, change: Any, message: str) -> None:
    filled(log, 300)
    log.change = change
    part = collect(log)
    assert (part.coverage, list(part.facts)) == (Coverage.NONE, [])
    assert message in part.problems[0].message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (bent("tile/data/000", lambda body: body[:-1]), "cut"),
        (bent("tile/data/000", lambda body: body + b"\x00"), "goes on after"),
        (at("tile/data/000", b""), "cut"),
        (at("tile/data/001", 404), "missing although"),
        (at("tile/data/000", BOMB), "too large"),
        (at("tile/data/000", Raw(b"no gzip")), "no gzip"),
        (at("tile/data/000", Raw(gzip.compress(b"x" * 999)[:-9])), "compressed answer is cut"),
        (bent("tile/data/000", lambda body: body[:8] + b"\x00\x09" + body[10:]), "type 9"),
    ],
)  # fmt: skip
def test_a_bad_tile_proves_nothing(log: StaticLog, change: Any, message: str) -> None:
    filled(log, 300)
    log.change = change
    part = collect(log)
    assert part.coverage is Coverage.PARTIAL
    assert any(message in str(problem) for problem in part.problems), part.problems
    assert status(part).consistent is not False
    assert status(part).verified_at is None or "tile/data/001" in str(part.problems)


def test_a_changed_entry_does_not_fit_the_tree(log: StaticLog) -> None:
    filled(log, 300)
    log.change = bent(
        "tile/data/000", lambda body: body.replace(b"h.example.com", b"h.example.org")
    )
    part = collect(log)
    assert (status(part).consistent, status(part).verified_at) == (False, None)
    assert "do not give the root hash" in part.problems[0].message


def test_a_changed_hash_tile_does_not_hide_a_fork(log: StaticLog, tmp_path: Path) -> None:
    collect(filled(log, 300), tmp_path, state="log.json")
    filled(log, 600)
    log.change = bent("tile/0/", lambda body: bytes(32) + body[32:])
    part = collect(log, tmp_path, state="log.json")
    assert (part.coverage, status(part).verified_at) == (Coverage.PARTIAL, None)
    log.change = bent("tile/0/", lambda body: body[:-32])
    part = collect(log, tmp_path, state="log.json")
    assert (status(part).verified_at, status(part).consistent) == (None, None)
    assert "are expected" in part.problems[0].message
    log.change = lambda *_: None
    assert collect(log, tmp_path, state="log.json").coverage is Coverage.FULL


def test_a_wrong_signature_is_seen(log: StaticLog, tmp_path: Path) -> None:
    filled(log, 3)
    other = StaticLog()
    part = collect(log, tmp_path, key=other.key_base64, state="log.json")
    assert "no signature of the log's key" in part.problems[0].message
    assert (part.coverage, status(part).verified_at) == (Coverage.PARTIAL, None)
    honest = log.checkpoint()
    log.change = at("checkpoint", honest.replace(b"\n3\n", b"\n2\n"))
    part = collect(log, tmp_path, state="log.json")
    assert "signature of the tree head is not valid" in part.problems[0].message
    assert status(part).verified_at is None
    # Nothing that was not signed is remembered.
    assert not (tmp_path / "log.json").exists()


def test_without_a_key_nothing_is_proven(log: StaticLog) -> None:
    part = collect(filled(log, 3), key=None)
    assert (part.coverage, status(part).verified_at) == (Coverage.PARTIAL, None)


def test_a_wrong_issuer_is_seen(log: StaticLog) -> None:
    filled(log, 3)
    log.change = at("issuer/", authority("Other Root").der)
    assert "is another certificate" in collect(log).problems[0].message
    log.change = at("issuer/", 404)
    part = collect(log)
    assert (part.coverage, entries(part)) == (Coverage.PARTIAL, [0])
    assert "404" in part.problems[0].message


def test_an_issuer_whose_key_the_tree_does_not_name_is_seen(log: StaticLog) -> None:
    tbs = leaf(authority(), "pre.example.com", key=KEY).certificate.tbs_certificate_bytes
    log.add_precert(tbs, bytes(32), b"", authority().der)
    part = collect(log)
    assert "another key than the tree commits to" in part.problems[0].message
    assert part.coverage is Coverage.PARTIAL


def test_an_entry_out_of_its_place_is_seen(log: StaticLog) -> None:
    log.add(certificate("h.example.com").der, index=7)
    part = collect(log)
    assert "says that its index is 7" in part.problems[0].message
    assert part.coverage is Coverage.PARTIAL


# --- the log list ---


def log_list(log: StaticLog, state: str = "usable", ends: str = "2027-07-01T00:00:00Z") -> Any:
    described = {
        "description": "a log",
        "log_id": b64encode(log.log_id).decode(),
        "key": log.key_base64,
        "submission_url": f"https://{log.origin}/",
        "monitoring_url": f"{log.url}/",
        "mmd": 60,
        "state": {state: {"timestamp": "2026-01-01T00:00:00Z"}},
        "temporal_interval": {"start_inclusive": "2026-07-01T00:00:00Z", "end_exclusive": ends},
    }
    return {"operators": [{"name": "Example Logs", "logs": [], "tiled_logs": [described]}]}


def test_what_the_list_says_need_not_be_said_again(log: StaticLog) -> None:
    listed = known_logs(log_list(log), "logs.json")
    part = collect(filled(log, 3), logs=listed, api=None, origin=None, key=None)
    assert (part.coverage, part.problems) == (Coverage.FULL, ())
    row = status(part)
    assert (row.kind, row.operator, row.mmd, row.growing) == ("static", "Example Logs", 60, True)
    log.origin = "other.example"
    part = collect(log, logs=listed, api=None, origin=None, key=None)
    assert "that of 'other.example'" in part.problems[0].message


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"state": "readonly"}, "the log is readonly"),
        ({"state": "retired"}, "the log is retired"),
        ({"state": "rejected"}, "the log is rejected"),
        ({"ends": "2026-11-24T00:00:00Z"}, "have all expired"),
    ],
)
def test_a_log_that_takes_no_new_entries_is_not_the_whole_world(
    log: StaticLog, changed: dict[str, str], message: str
) -> None:
    listed = known_logs(log_list(log, **changed), "logs.json")
    part = collect(filled(log, 3), logs=listed)
    assert (part.coverage, status(part).growing) == (Coverage.PARTIAL, False)
    assert entries(part) == [0]
    assert message in part.problems[0].message


def test_a_head_older_than_the_merge_delay_is_stale(log: StaticLog) -> None:
    listed = known_logs(log_list(log), "logs.json")
    log.timestamp = (NOW - 61) * 1000
    part = collect(filled(log, 3), logs=listed)
    assert part.coverage is Coverage.PARTIAL
    assert "61 seconds old, the log promises 60" in part.problems[0].message


@pytest.mark.parametrize(
    ("state", "expected"), [("usable", {}), ("readonly", {"a.example.com": "unknown"})]
)
def test_absence_in_a_closed_log_is_unknown(
    log: StaticLog,
    state: str,
    expected: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.add(certificate("h.example.com").der, authority().der)
    (tmp_path / "logs.json").write_text(json.dumps(log_list(log, state)))
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "one.pem").write_bytes(certificate("h.example.com").pem)
    source = {"id": "log", "kind": "ct", "log": log.url, "domains": ["example.com"], "state": "s"}
    estate = {
        "organisation": {"name": "X", "domains": ["example.com"]},
        "owners": [{"id": "web", "contacts": ["mailto:web@example.com"]}],
        "services": [{"id": "a", "owner": "web", "tier": "internal", "names": ["a.example.com"]}],
        "sources": [source, {"id": "certs", "kind": "certificates", "path": "certs"}],
        "complete": {"ct": ["log"], "certificates": ["certs"]},
        "ct_logs": "logs.json",
        "public_roots": False,
    }
    path = tmp_path / "estate.yaml"
    path.write_text(json.dumps(estate))
    report = check(capsys, path, "--now", "2026-11-24T00:00:00Z", "--rule", "CT-006")
    assert report.statuses("CT-006") == expected
    assert report.document["summary"]["unknown" if expected else "pass"] == 1


def test_from_the_newest_entry_on(log: StaticLog, tmp_path: Path) -> None:
    filled(log, 300)
    part = collect(log, tmp_path, state="log.json", start="newest")
    assert (part.coverage, entries(part)) == (Coverage.PARTIAL, [])
    assert "300 entries before were not read" in part.problems[0].message
    assert not any("tile" in path for path in log.asked)
    filled(log, 700)
    part = collect(log, tmp_path, state="log.json", start="newest")
    # What came before stays unknown, so the log is never the whole world.
    assert (part.coverage, entries(part)) == (Coverage.PARTIAL, [300, 400, 500, 600])
    assert status(part).verified_at == NOW_MS // 1000


def test_names_tiles_spare_data_tiles_and_prove_no_absence(log: StaticLog, tmp_path: Path) -> None:
    filled(log, 1000, every=600)
    part = collect(log, tmp_path, state="log.json", names_tiles=True)
    assert (entries(part), status(part).consistent) == ([0, 600], True)
    # The tree over all entries is verified all the same, with the hashes of what was left out.
    assert status(part).verified_at == NOW_MS // 1000
    assert {path for path in log.asked if "data" in path} == {"tile/data/000", "tile/data/002"}
    assert part.coverage is Coverage.PARTIAL
    (problem,) = part.problems
    assert problem.message.startswith("488 entries were passed over by names tiles")
    # Nor does a later run forget it.
    filled(log, 1100, every=600)
    part = collect(log, tmp_path, state="log.json")
    assert (part.coverage, len(part.problems)) == (Coverage.PARTIAL, 1)


def test_a_log_without_names_tiles_is_read_whole(log: StaticLog) -> None:
    filled(log, 300)
    log.change = at("tile/names/", 404)
    assert collect(log, names_tiles=True).coverage is Coverage.FULL
    log.change = at("tile/names/", b"one line\n")
    assert collect(log, names_tiles=True).coverage is Coverage.FULL


def test_a_hash_tile_that_lies_for_what_is_passed_over_is_seen(log: StaticLog) -> None:
    filled(log, 600, every=600)
    log.change = bent("tile/0/", lambda body: bytes(32) + body[32:])
    part = collect(log, names_tiles=True)
    assert (status(part).consistent, status(part).verified_at) == (False, None)


def listed_source(where: str, folder: Path, **more: Any) -> Any:
    given = {"log_list": where, "domains": ["example.com"], "timeout": 5} | more
    return make(SourceSpec("ct", "ct", given, folder, "estate.yaml:7"), Context(FixedClock(NOW)))


@pytest.mark.parametrize("at_url", [False, True])
def test_every_log_of_a_list_that_takes_entries_is_followed(tmp_path: Path, at_url: bool) -> None:
    with StaticLog() as one, StaticLog(origin="two.example/x") as two, StaticLog() as closed:
        filled(one, 3)
        filled(two, 5)
        operators = [
            log_list(one)["operators"][0],
            log_list(two, "qualified")["operators"][0],
            log_list(closed, "retired")["operators"][0],
        ]
        operators[1]["tiled_logs"].append(
            {**log_list(closed)["operators"][0]["tiled_logs"][0], "monitoring_url": "ftp://x/"}
        )
        written = json.dumps({"operators": operators})
        (tmp_path / "logs.json").write_text(written)
        one.change = at("lists/logs.json", written.encode())
        where = f"{one.url}/lists/logs.json" if at_url else "logs.json"
        for size in (5, 300):
            first, second, broken = listed_source(where, tmp_path, state="ct").collect()
            assert [first.name, second.name] == [one.url, two.url]
            assert (first.coverage, second.coverage) == (Coverage.FULL, Coverage.FULL)
            assert status(second).tree_size == size
            assert (broken.coverage, list(broken.facts)) == (Coverage.NONE, [])
            assert "no http or https URL" in broken.problems[0].message
            filled(two, 300)
        assert not closed.asked
        assert {path.name for path in (tmp_path / "ct").iterdir()} == {
            f"{log.log_id.hex()}.json" for log in (one, two)
        }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("{", "no JSON"),
        ("{}", "operators is missing"),
        ('{"operators": []}', "no logs of the list take entries"),
    ],
)
def test_a_list_that_cannot_be_used_is_an_error(
    tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "logs.json").write_text(content)
    with pytest.raises(SourceError, match=message):
        list(listed_source("logs.json", tmp_path).collect())


def test_options_are_checked() -> None:
    for changed, message in (
        ({"api": "v2"}, "api is 'v2'"),
        ({"max_octets": 5}, "max_octets is out of range"),
        ({"max_time": "9d"}, "max_time is out of range"),
        ({"origin": ""}, "origin is no text"),
        ({"state": 4}, "state is no text"),
        ({"start": "newest"}, "needs a state file"),
        ({"log_list": "logs.json"}, "does not have one of"),
    ):
        given = {"log": "http://127.0.0.1/", "api": "static", "domains": ["a.example"]} | changed
        with pytest.raises(EstateError, match=message):
            make(SourceSpec("ct", "ct", given, Path(), "e:1"), Context(FixedClock(0)))


def test_any_octets_are_a_checkpoint_or_refused(log: StaticLog) -> None:
    honest = filled(log, 3).checkpoint()
    key = read_key(log.key_base64)
    assert read_checkpoint(honest, log.origin, key).size == 3
    for position in range(len(honest)):
        for octet in (0, 10, 43, 255):
            data = honest[:position] + bytes([octet]) + honest[position + 1 :]
            try:
                head = read_checkpoint(data, log.origin, key)
                head.verify(key)
            except InputError:
                continue
            assert (head.size, head.root) == (3, log.tree.root(0, 3))


def test_the_state_serves_rfc_6962_logs_too(tmp_path: Path) -> None:
    with CtLog() as other:
        for number in range(30):
            other.add(certificate(f"h.example.{'com' if number % 10 == 0 else 'net'}").der)
        given = {"log": other.url, "domains": ["example.com"], "key": other.key_base64}
        spec = SourceSpec("ct", "ct", given | {"state": "log.json", "max_entries": 12}, tmp_path)
        found = []
        for _ in range(4):
            (part,) = make(spec, Context(FixedClock(NOW + DAY))).collect()
            found.append((part.coverage, entries(part)))
        assert found == [
            (Coverage.PARTIAL, [0, 10]),
            (Coverage.PARTIAL, [0, 10, 20]),
            (Coverage.FULL, [0, 10, 20]),
            (Coverage.FULL, [0, 10, 20]),
        ]
