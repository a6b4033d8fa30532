"""What the gate needs of the store: a snapshot in which changes are judged one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.proposal import HeldZone
from trustpath.facts.world import Delta
from trustpath.rules.judge import Answers
from trustpath.rules.value import Value


class Case(Protocol):
    """One change and the facts that it can reach, before it and after it."""

    @property
    def touched(self) -> frozenset[str]:
        """Return the relations that differ between the two worlds."""
        ...

    def compare(self, at: int) -> tuple[Answers, Answers]:
        """Return what rules give before and after the change, as of an instant, now or later.

        Only of rules that read something that differs between the worlds: all others give the same.
        Later than now, of these only such as read what time changes.
        """
        ...

    def forecast(self, instants: Sequence[int]) -> Sequence[tuple[Answers, Answers]]:
        """Return the same for instants later than now, in one go."""
        ...

    def query(
        self, sql: str, parameters: Sequence[Value] = (), *, after: bool = False
    ) -> list[tuple[Value, ...]]:
        """Run a SELECT over facts and links of one world, as of now."""
        ...

    def affected(self, kind: str) -> set[object]:
        """Return the affected keys of a kind (``facts.reach``)."""
        ...

    def basis(self) -> str:
        """Return a digest of the facts in scope."""
        ...


class Snapshot(Protocol):
    """The present state of an estate; changes are judged as of ``now``."""

    @property
    def now(self) -> int:
        """Return the instant of judging."""
        ...

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the estate's closest zone around a name."""
        ...

    def content(self, zone: str, key: Key) -> RecordSet | None:
        """Return what an RRset holds."""
        ...

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        """Return the keys of the RRsets at a name."""
        ...

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        """Return everything that is known of a zone."""
        ...

    def zones(self) -> Sequence[HeldZone]:
        """Return the zones of the estate, one for each source that has it."""
        ...

    def rows(self, relation: str, column: str, key: str) -> list[tuple[object, ...]]:
        """Return the rows of a relation with a key in a column."""
        ...

    def case(
        self,
        edits: Sequence[Edit],
        delta: Delta | None = None,
        mended: Collection[str] = frozenset(),
    ) -> Case:
        """Open a change; the edits have all of ``mended`` zones, of which nothing can be read.

        Raises InputError for edits of other zones that cannot be read.
        """
        ...


class View:
    """One world of a case as an engine, for whoever asks about people and times."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run a SELECT over the world before the change."""
        return self._case.query(sql, parameters)

    def expect(self, names: frozenset[str]) -> None:
        """Do nothing: everything in reach is here."""


_ABOUT_CERTIFICATES = (
    "certificate",
    "certificate_ca",
    "certificate_name",
    "certificate_owner",
    "certificate_state",
    "job",
    "job_name",
    "job_state",
    "renewal_info",
    "tlsa",
)
_ABOUT_NAMES = (
    "binding",
    "caa",
    "caa_relevant",
    "claim",
    "dcv_contact",
    "domain",
    "issuance_surface",
    "lent_name",
    "mail_policy",
    "moment",
    "name_address",
    "network",
    "node",
    "organisation",
    "owned_domain",
    "rdata",
    "reserved_network",
    "resolution",
    "rrset",
    "service",
    "service_ca",
    "service_name",
    "validation_name",
    "zone",
)
NEEDS = frozenset(_ABOUT_CERTIFICATES + _ABOUT_NAMES)
"""The relations and links that the gate asks about beside what its rules read."""
