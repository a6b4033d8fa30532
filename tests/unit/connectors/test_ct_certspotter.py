"""The same log read by certspotter and by us: the same entries must be found."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from certs import NOW, leaf, new_key, root, sct_list
from ctlog import CtLog
from peers import require
from trustpath.base.clock import FixedClock
from trustpath.connectors.ct import make
from trustpath.facts.part import Coverage
from trustpath.facts.relations.transparency import CtEntry
from trustpath.facts.source import Context, SourceSpec

WATCHED = ["example.com", "shop.example.net"]
NAMES = [
    "example.com",
    "www.example.com",
    "*.example.com",
    "WWW.Example.COM",
    "notexample.com",
    "example.com.evil.test",
    "shop.example.net",
    "a.shop.example.net",
    "example.net",
    "example.org",
    "xn--bcher-kva.example.com",
]


def fill(log: CtLog) -> None:
    ca, key = root(), new_key()
    for name in NAMES:
        log.add(leaf(ca, name, key=key, common=name).der)
        log.add(leaf(ca, "else.example.org", name, key=key, common="else.example.org").der)
    final = leaf(ca, "pre.example.com", key=key, extra=[sct_list(1)])
    issuer_hash = hashlib.sha256(b"issuer").digest()
    log.add_precert(final.certificate.tbs_precertificate_bytes, issuer_hash, final.der)
    for number in range(100):
        log.add(leaf(ca, f"h{number}.example.org", key=key).der)
    log.add(b"0\x10www.example.com broken")


def by_certspotter(log: CtLog, folder: Path) -> set[int]:
    """Run certspotter until it has passed the whole log; return the indices it reported."""
    key = base64.b64decode(log.key_base64)
    described = {
        "key": log.key_base64,
        "log_id": base64.b64encode(hashlib.sha256(key).digest()).decode(),
        "mmd": 86400,
        "url": log.url + "/",
        "description": "Test log",
        "state": {"usable": {"timestamp": "2020-01-01T00:00:00Z"}},
    }
    logs = {
        "version": "1",
        "operators": [{"name": "Op", "email": ["op@example.com"], "logs": [described]}],
    }
    (folder / "logs.json").write_text(json.dumps(logs))
    (folder / "watch").write_text("".join(f".{domain}\n" for domain in WATCHED))
    hook = folder / "hook.sh"
    hook.write_text(f'#!/bin/sh\necho "$ENTRY_INDEX" >> {folder}/found\n')
    hook.chmod(0o700)
    command = [require("certspotter"), "-logs", str(folder / "logs.json"), "-watchlist", str(folder / "watch"), "-state_dir", str(folder / "state"), "-script", str(hook), "-verbose"]  # fmt: skip
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, "HOME": str(folder)}
        )
        try:
            for _ in range(600):
                found = (
                    (folder / "found").read_text().split() if (folder / "found").exists() else []
                )
                # The last entry concerns the watch list, so its report ends the run.
                if str(len(log.tree.leaves) - 1) in found:
                    break
                assert process.poll() is None, (folder / "output").read_text()
                time.sleep(0.1)
            else:
                pytest.fail("certspotter did not finish: " + (folder / "output").read_text())
        finally:
            process.terminate()
            process.wait(10)
    return {int(index) for index in (folder / "found").read_text().split()}


@pytest.mark.peer
def test_both_find_the_same_entries(tmp_path: Path) -> None:
    require("certspotter")
    with CtLog(largest_batch=40) as log:
        fill(log)
        theirs = by_certspotter(log, tmp_path)
        spec = SourceSpec(
            "ct", "ct", {"log": log.url, "domains": WATCHED, "key": log.key_base64}, tmp_path
        )
        (part,) = make(spec, Context(FixedClock(NOW))).collect()
    broken = len(log.tree.leaves) - 1
    ours = {int(fact.entry) for fact in part.facts if isinstance(fact, CtEntry)}
    assert [problem.where for problem in part.problems] == [
        f"{spec.options['log']}: entry {broken}"
    ]
    assert part.coverage is Coverage.PARTIAL
    assert ours | {broken} == theirs
