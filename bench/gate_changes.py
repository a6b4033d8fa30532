"""The corpus of realistic changes put to the gate: misses, false denials, and what is held.

Usage: bench/gate_changes.py [ID ...] [--all]
Each change of tests/changes/changes.yaml is proposed as an octoDNS folder and as zone files to an
estate with owners and a resolver; approvals are taken elsewhere. What is wrong is printed, with
--all every change. Missed targets fail the run: no miss, no false denial, at most a tenth of the
good changes held. Changes that are marked late are counted apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import tempfile

from bench.limits import Limits

from gate_changes import Outcome, bench, corpus

LIMIT_HELD = 10.0


def main(limits: Limits) -> None:
    """Print what is wrong, and the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--all", action="store_true", help="print every change")
    options = parser.parse_args()
    changes = [change for change in corpus() if not options.ids or change.id in options.ids]
    with tempfile.TemporaryDirectory() as scratch, bench(Path(scratch)) as made:
        outcomes = list(made.outcomes(changes))
    for outcome in outcomes:
        if outcome.fault or options.all:
            late = f" [late: {outcome.change.late}]" if outcome.change.late else ""
            print(f"{outcome.fault or 'right':>12}  {outcome}{late}")
    due = [outcome for outcome in outcomes if not outcome.change.late]
    print(f"{len(changes)} changes, {len(outcomes)} proposals; without those that are late:")
    for fault in ("miss", "false denial"):
        number = _number(due, fault)
        print(f"{number:>6} {fault} {limits.at_most(fault, number, 0)}")
    good = sum(outcome.change.want == "allow" for outcome in due)
    if good:
        share = 100 * _number(due, "held") / good
        told = limits.at_most("held %", share, LIMIT_HELD)
        print(f"{share:>6.1f} % of {good} good changes held {told}")


def _number(outcomes: list[Outcome], fault: str) -> int:
    return sum(outcome.fault == fault for outcome in outcomes)


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
