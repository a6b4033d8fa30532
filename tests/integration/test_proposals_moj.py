"""Edits on a production estate: our changes are those of octoDNS's own plan."""

from __future__ import annotations

import logging
import random
import shutil
import warnings
from pathlib import Path

import pytest
import yaml

from proposals import Held
from shared import real_zones
from trustpath.app.proposals import octodns
from trustpath.connectors.proposals import read_octodns
from trustpath.facts.proposal import Submission, resolve

ZONES = 40


def held(found: Submission) -> Held:
    return Held({version.apex: version.content for version in found.versions})


def altered(folder: Path, choose: random.Random) -> None:
    """Change one record set, remove one and add one in every zone file."""
    for path in sorted(folder.glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        plain = sorted(k for k, v in document.items() if isinstance(v, dict) and k)
        for key, what in zip(choose.sample(plain, min(2, len(plain))), "ct", strict=False):
            if what == "c":
                del document[key]
            else:
                document[key]["ttl"] = 77
        document["trustpath-new"] = {"type": "A", "ttl": 60, "value": "192.0.2.1"}
        path.write_text(yaml.safe_dump(document))


def theirs(before: Path, after: Path) -> set[tuple[str, str, str, str]]:
    pytest.importorskip("octodns", reason="octodns is not installed")
    pytest.importorskip("octodns_route53", reason="octodns-route53 is not installed")
    from octodns.provider.yaml import YamlProvider
    from octodns.zone import Zone

    kinds = {"Create": "add", "Delete": "remove", "Update": "change"}
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = YamlProvider("new", str(after), enforce_order=False)
            target = YamlProvider("old", str(before), enforce_order=False, supports_root_ns=True)
            found = set()
            for name in source.list_zones():
                zone = Zone(name, [])
                source.populate(zone, lenient=True)
                plan = target.plan(zone, lenient=True)
                for change in plan.changes if plan else ():
                    record = change.record
                    kind = kinds[type(change).__name__]
                    found.add((name.rstrip("."), record.fqdn.rstrip("."), record._type, kind))
            return found
    finally:
        logging.disable(logging.NOTSET)


def test_the_changes_are_those_of_octodns(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    for path in sorted(real_zones().glob("*.yaml"))[:ZONES]:
        shutil.copy(path, before)
    shutil.copytree(before, after)
    altered(after, random.Random(3))
    present, proposed = read_octodns(before, octodns), read_octodns(after, octodns)
    assert (present.problems, proposed.problems) == ((), ())
    edits = resolve(proposed, held(present)).edits
    mine = {(e.zone, e.name, e.type, "change" if e.action == "ttl" else e.action) for e in edits}
    assert len(mine) > ZONES
    assert mine == theirs(before, after)
