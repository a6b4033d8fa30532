"""Kill -9 in the middle of appends: what was committed is there, the tree fits, the log goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from trustpath.ledger import tree
from trustpath.store.database import open_store
from trustpath.store.ledger import Ledger, append, transaction
from trustpath.store.tables import PART

BATCH = 7
WRITER = """
import sys
from sqlalchemy import func, insert, select
from trustpath.store.database import open_store
from trustpath.store.ledger import append, transaction
from trustpath.store.tables import PART

database = open_store(sys.argv[1])
while True:
    with transaction(database) as connection:
        number = connection.execute(select(func.count()).select_from(PART)).scalar_one()
        row = {"source": str(number), "kind": "", "name": "", "view": ""}
        connection.execute(insert(PART).values(row))
        append(connection, [b"%d.%d" % (number, part) for part in range(7)])
    print(number, flush=True)
"""


def test_killed_writers_leave_a_log_that_fits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    open_store(url).dispose()
    said = -1
    for lines in (1, 5, 12, 30):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(lines):
            said = int(writer.stdout.readline())
        # It is somewhere inside the next transactions now.
        writer.send_signal(signal.SIGKILL)
        said = max([said, *map(int, writer.stdout.read().split())])
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()

        database = open_store(url)
        with Ledger(database).reading() as log:
            entries, nodes = list(log.entries()), list(log.tree())
        acts = len(entries) // BATCH
        # Whatever was said to be done is there, and at most the act under way besides.
        assert acts in (said + 1, said + 2)
        assert entries == [b"%d.%d" % (act, part) for act in range(acts) for part in range(BATCH)]
        assert nodes == list(tree.grow(0, [], entries))
        with database.connect() as connection:
            rows = connection.execute(select(PART.c.source).order_by(PART.c.id)).scalars()
            assert list(rows) == [str(act) for act in range(acts)]
        with transaction(database) as connection:
            assert append(connection, []) == range(len(entries), len(entries))
        database.dispose()
