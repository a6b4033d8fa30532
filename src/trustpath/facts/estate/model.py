"""The estate as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trustpath.facts.challenge import ResponderSpec
from trustpath.facts.consent import Actor, StandingApproval
from trustpath.facts.ct_log import ListedLog
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.estate.ledger import LedgerSpec
from trustpath.facts.estate.mentions import Mention
from trustpath.facts.estate.sources import DEFAULT_LIMIT
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.job import JobPlan
from trustpath.facts.relations import Fact
from trustpath.facts.source import SourceSpec
from trustpath.facts.validation_names import Pattern
from trustpath.facts.writer import WriterSpec


@dataclass(frozen=True, slots=True)
class Estate:
    """What the estate file says.

    ``store`` is a database URL or None for memory; ``trust_roots`` and ``private_roots`` are
    paths as written (PEM files of public and private anchors), ``public_roots`` whether the
    public set counts too. ``freshness`` maps source ids and kinds to seconds, None being "never
    stale". ``probe_networks`` are all networks that outbound probes may reach. ``complete`` are
    the claims (kind, sources) of the section of that name. ``log_list`` is the path of a CT log
    list that still has to be read, ``ct_logs`` the logs of it; ``rules`` are folders with rules
    of the estate's own. ``declarations`` are fact rows, policy included. ``roles`` maps ``pki`` and
    ``mail`` to owners; ``validation_names`` come beside the built-in patterns. ``ledger`` says how
    the log is signed and published; None: it is not. ``jobs`` are those that are carried out here;
    ``workflows`` is the database URL of what is under way, None: beside the store. ``mentions``
    are the files and rules that it names, which nobody looked for yet.
    """

    organisation: str
    store: str | None
    trust_roots: tuple[str, ...]
    private_roots: tuple[str, ...]
    public_roots: bool
    sources: tuple[SourceSpec, ...]
    writers: tuple[WriterSpec, ...]
    freshness: Mapping[str, int | None]
    probe_networks: tuple[str, ...]
    complete: Mapping[str, tuple[str, ...]]
    log_list: str | None
    ct_logs: tuple[ListedLog, ...]
    rules: tuple[str, ...]
    declarations: tuple[Fact, ...]
    actors: tuple[Actor, ...] = ()
    standing: tuple[StandingApproval, ...] = ()
    roles: Mapping[str, str | None] = field(default_factory=dict)
    validation_names: tuple[Pattern, ...] = ()
    ledger: LedgerSpec | None = None
    issuers: tuple[IssuerSpec, ...] = ()
    deployers: tuple[DeployerSpec, ...] = ()
    responders: tuple[ResponderSpec, ...] = ()
    jobs: tuple[JobPlan, ...] = ()
    workflows: str | None = None
    mentions: tuple[Mention, ...] = ()

    def fresh_for(self, source: str, kind: str) -> int | None:
        """Return for how many seconds what a source said stays usable; None is for ever."""
        for key in (source, kind):
            if key in self.freshness:
                return self.freshness[key]
        return DEFAULT_LIMIT
