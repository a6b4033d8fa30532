"""Changes of the usual kinds on zones of a production estate, as octoDNS files: what is let pass, what not."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared import real_zones
from trustpath.app.application import TrustpathApplication
from trustpath.app.proposals import read_proposal
from trustpath.base.clock import parse_instant
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.plan import plan
from trustpath.workflow.session import Session

NOW = parse_instant("2026-11-24T00:00:00Z")
ZONES = 12
MOST_HELD = 0.1
Document = dict[str, Any]


@dataclass(frozen=True)
class Repository:
    """The estate with owners, and single zone files of its repository to change."""

    session: Session
    folder: Path
    files: list[Path]

    def said(self, file: Path, change: Callable[[Document], None]) -> Assessment:
        """Judge a change of one zone file; approvals are taken elsewhere."""
        document = yaml.safe_load(file.read_text())
        change(document)
        proposed = self.folder / file.name
        proposed.write_text(yaml.safe_dump(document))
        submission = read_proposal({"octodns": str(proposed)})
        return plan(self.session, submission, consented=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("repository")
    zones = sorted(real_zones().glob("*.yaml"))
    document = {
        "organisation": {"name": "Real"},
        "owners": [
            {"id": who, "contacts": [f"mailto:{who}@example.org"]} for who in ("dns", "pki")
        ],
        "roles": {"pki": "pki", "mail": "dns"},
        "ownership": [{"kind": "zone", "pattern": zone.stem, "owner": "dns"} for zone in zones],
        "networks": [{"network": "198.51.100.0/24", "owner": "dns"}],
        "sources": [{"id": "repo", "kind": "octodns", "path": str(real_zones())}],
    }
    path = folder / "estate.yaml"
    path.write_text(yaml.safe_dump(document))
    session = TrustpathApplication().open(path, now=NOW)
    for _ in session.collect():
        pass
    proposed = folder / "proposed"
    proposed.mkdir()
    return Repository(session, proposed, zones[:: len(zones) // ZONES][:ZONES])


def adding(name: str, record: Document) -> Callable[[Document], None]:
    """Return the change that adds a record set at a new name."""

    def change(document: Document) -> None:
        document[name] = record

    return change


GOOD = {
    "host": ("new-host", {"type": "A", "value": "198.51.100.7"}),
    "note": ("new-note", {"type": "TXT", "value": "owner of this is the web team"}),
    "proof": ("asuid.new-host", {"type": "TXT", "value": "7C2D9A0F7C2D9A0F7C2D9A0F"}),
    "token": ("_dnsauth.new-host", {"type": "TXT", "value": "20261124k3x9q7m2v5b8n1c4z6"}),
    "key": ("new._domainkey", {"type": "TXT", "value": "v=DKIM1\\; k=rsa\\; p=" + "A" * 392}),
}


def test_additions_pass(repository: Repository) -> None:
    verdicts: Counter[str] = Counter()
    told: list[str] = []
    for file in repository.files:
        for kind, (name, record) in GOOD.items():
            said = repository.said(file, adding(name, record))
            verdicts[said.verdict.word] += 1
            if said.verdict.word in ("hold", "deny"):
                told.append(f"{kind} in {file.stem}: {'; '.join(said.reasons)}")
    assert not verdicts["deny"], told
    assert verdicts["hold"] <= MOST_HELD * verdicts.total(), told


def test_an_alias_to_nowhere_is_denied_in_every_zone(repository: Repository) -> None:
    looked = 0
    for file in repository.files:
        target = f"surely-not-there.{file.stem.rstrip('.')}."
        document = yaml.safe_load(file.read_text())
        if any("*" in str(name) for name in document):
            continue
        looked += 1
        said = repository.said(file, adding("new-alias", {"type": "CNAME", "value": target}))
        assert said.verdict.word == "deny", file.stem
    assert looked, "every zone has a wildcard"


def test_a_put_back_zone_file_changes_nothing(repository: Repository) -> None:
    for file in repository.files[:3]:
        assert repository.said(file, lambda _document: None).verdict.word == "allow"


def test_the_configuration_in_the_folder_holds_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "zones"
    folder.mkdir()
    for file in repository.files:
        shutil.copy(file, folder)
    shutil.copy(real_zones().parent / "config.yaml", folder / "config.yaml")
    submission = read_proposal({"octodns": str(folder)})
    assert submission.problems == ()
    assert len(submission.versions) == len(repository.files)
