"""Steps that are done several at a time ask one gate: its facts may be renewed meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dns_servers import KEY_SECRET
from issuing import authorities, shop
from trustpath.app.live_gate import LiveGate
from trustpath.facts.proposal import Action, Operation, Submission

pytestmark = pytest.mark.peer
ZONE = "threads.example"
THREADS, ROUNDS = 8, 6


def test_many_threads_get_the_answers_that_one_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with (
        authorities(tmp_path, [ZONE]) as peers,
        shop(tmp_path / "shop", ZONE, *peers, registered=False) as place,
    ):
        office = place.office()
        gate = office.changes.desk.gate
        assert isinstance(gate, LiveGate)

        def asked(number: int) -> tuple[str, str, int]:
            name = f"n{number}.{ZONE}"
            new = Operation(Action.ADD, None, name, "A", 300, (f"192.0.2.{number}",))
            found = gate.assess(Submission(f"thread {number}", operations=(new,)))
            return found.verdict.word, found.digest, len(found.approvals)

        alone = [asked(number) for number in range(THREADS * ROUNDS)]
        assert len({digest for _, digest, _ in alone}) == THREADS * ROUNDS
        office.renew_facts()
        with ThreadPoolExecutor(THREADS + 1) as pool:
            found = [pool.submit(asked, number) for number in range(THREADS * ROUNDS)]
            for _ in range(3):
                pool.submit(office.renew_facts).result()
            together = [item.result() for item in found]
        assert together == alone
        office.close()
