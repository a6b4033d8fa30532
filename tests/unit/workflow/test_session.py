"""Collecting: one source that fails stops no other, and what it did is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from trustpath.base.clock import FixedClock
from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.estate import read_estate
from trustpath.connectors.zonefile import make as zonefile
from trustpath.facts.estate import requirement_facts
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.dns import Zone
from trustpath.facts.source import Context, HeldName, Source, SourceSpec
from trustpath.rules.catalogue import build, shipped
from trustpath.rules.status import Status
from trustpath.store.database import open_store
from trustpath.store.memory import Store
from trustpath.workflow.check import Report, Selection, check, select_rules
from trustpath.workflow.session import Session

NOW = 1_795_478_400
CATALOGUE = build(shipped())


@dataclass(frozen=True)
class Scripted:
    """A source that yields the parts it is told to, and may fail after them."""

    spec: SourceSpec
    zones: tuple[str, ...]
    error: Exception | None = None

    def collect(self) -> Iterator[Part]:
        """Yield one full zone for each name, then fail if told to."""
        for apex in self.zones:
            facts = [Zone(apex, "com", apex, True, False, 1, 300)]
            yield Part(apex, Grade.AUTHORITATIVE, Coverage.FULL, NOW, facts)
        if self.error is not None:
            raise self.error


def source(name: str, *zones: str, error: Exception | None = None) -> Scripted:
    return Scripted(SourceSpec(name, "zonefile", {}, Path(), f"estate.yaml:{name}"), zones, error)


Opener = Callable[..., Session]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    path = tmp_path / "estate.yaml"
    described = [{"id": "slow", "kind": "zonefile", "path": ".", "freshness": "never"}]
    path.write_text(yaml.safe_dump({"organisation": {"name": "Example"}, "sources": described}))

    def make(*sources: Source) -> Session:
        return Session(
            estate=read_estate(path),
            clock=FixedClock(NOW),
            memory=Store(open_store(None)),
            sources=sources,
            requirements=requirement_facts(),
            catalogue=CATALOGUE,
        )

    return make


def judged(session: Session, rule: str = "POL-010") -> Report:
    for _ in session.collect():
        pass
    return check(session, Selection(rules=(rule,), min_status=Status.PASS))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SourceError("no route", where="192.0.2.1:53", hint="ask the network"), "192.0.2.1:53"),
        (PermissionError(13, "Permission denied", "zones/b.zone"), "zones/b.zone"),
        (OSError("the network is down"), "estate.yaml:broken"),
    ],
)
def test_a_source_that_fails_stops_no_other_and_says_where(
    error: Exception, said: str, opened: Opener
) -> None:
    """What it gave before it failed counts; the failure is a problem of its coverage."""
    broken = source("broken", "b.com", error=error)
    report = judged(opened(source("first", "a.com"), broken, source("last", "c.com")))
    assert report.counts["zones"] == 3
    coverage = {one.source: one for one in report.coverage}
    assert [coverage[name].coverage for name in ("first", "broken", "last")] == [
        *("full", "partial", "full")
    ]
    (problem,) = coverage["broken"].errors
    assert said in str(problem)


def test_a_source_that_gives_nothing_has_no_grade(opened: Opener) -> None:
    report = judged(opened(source("none", error=SourceError("there is no such folder"))))
    (none,) = report.coverage
    assert (none.coverage, none.grade, none.parts) == ("none", None, 0)


def test_a_defect_of_a_connector_is_not_taken_for_a_silent_source(opened: Opener) -> None:
    session = opened(source("first", "a.com"), source("broken", "b.com", error=ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        judged(session)
    assert [c.parts for c in check(session, Selection(rules=("POL-010",))).coverage] == [1, 0]


def test_progress_names_the_source_and_counts_its_parts(opened: Opener) -> None:
    session = opened(source("first", "a.com", "b.com"))
    assert [(p.source, p.parts) for p in session.collect()] == [
        *(("first", 1), ("first", 2), ("first", 2))
    ]


def test_what_the_estate_says_itself_never_goes_stale(opened: Opener) -> None:
    limits = opened(source("zones"), source("slow")).freshness
    assert limits["estate"] is limits["requirements"] is limits["slow"] is None
    assert limits["zones"] is not None


def test_there_is_no_past_without_a_store(opened: Opener) -> None:
    with pytest.raises(InputError, match="no stored past"):
        check(opened(), Selection(), as_of=NOW - 1)


def test_rules_are_selected_by_id_or_family() -> None:
    assert [rule.id for rule in select_rules(CATALOGUE, ("exp-001",))] == ["EXP-001"]
    family = [rule.id for rule in select_rules(CATALOGUE, ("EXP",))]
    assert len(family) > 5
    assert {rule_id.partition("-")[0] for rule_id in family} == {"EXP"}
    assert list(select_rules(CATALOGUE, ())) == list(CATALOGUE)


@dataclass
class Following:
    """A source that keeps the names that it is given."""

    spec: SourceSpec
    follows: tuple[str, ...]
    given: list[HeldName]

    def collect(self, held: Sequence[HeldName] = ()) -> Iterator[Part]:
        """Keep the names and yield an empty part."""
        self.given.extend(held)
        yield Part("resolver", Grade.OBSERVATION, Coverage.FULL, NOW)


ZONE = (
    "www CNAME host.example.net.",
    "two CNAME one",
    "one CNAME host.example.net.",
    "inner CNAME real",
    "gone CNAME missing",
    "real A 192.0.2.1",
    "away DNAME example.org.",
    "@ MX 10 mx.example.net.",
    "@ MX 20 real",
    "null MX 0 .",
    "sub NS ns.example.net.",
    "_sip._tcp SRV 0 0 5060 sip.example.net.",
    "svc HTTPS 1 cdn.example.net. alpn=h2",
)


@pytest.mark.parametrize(
    ("follows", "wanted"),
    [
        (
            ("aliases",),
            {
                *(("example.org", "host"), ("host.example.net", "host")),
                *((f"{label}.a.com", "alias") for label in ("www", "one", "two", "away")),
            },
        ),
        (("mail",), {("mx.example.net", "host")}),
        (("servers",), {("ns.example.net", "host")}),
        (("services",), {("sip.example.net", "host"), ("cdn.example.net", "host")}),
        ((), set()),
    ],
)
def test_a_source_that_follows_others_is_collected_last_and_given_their_names(
    follows: tuple[str, ...], wanted: set[tuple[str, str]], opened: Opener, tmp_path: Path
) -> None:
    """Names whose end a zone of ours decides are not asked about, the null MX neither."""
    head = "$TTL 300\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\n"
    (tmp_path / "a.com.zone").write_text(head + "\n".join(ZONE) + "\n")
    zones = zonefile(
        SourceSpec("zones", "zonefile", {"path": "a.com.zone"}, tmp_path),
        Context(FixedClock(NOW)),
    )
    following = Following(SourceSpec("live", "resolve", {}, Path()), follows, [])
    session = opened(following, zones)
    order = [progress.source for progress in session.collect()]
    assert (order[-1] == "live") is bool(follows)
    assert set(following.given) == wanted
    assert len(following.given) == len(wanted)
