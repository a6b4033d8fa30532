"""The command line on the estate of a shop, and who consents in it."""

from __future__ import annotations

import hashlib
import ssl
import time
from contextlib import suppress
from typing import Any

import pytest

from commandline import Ran, trustpath
from issuing import Shop, entries


class Bench:
    """A shop and the command line on its estate."""

    def __init__(self, made: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.capsys = made, capsys

    def run(self, *arguments: str, who: str | None = None) -> Ran:
        """Run a command as an actor; what it shows is JSON."""
        actor = () if who is None else ("--actor", who)
        words = (*arguments, "-e", self.shop.estate, *actor, "--format", "json")
        return trustpath(self.capsys, *words)

    def consented(self, change: str) -> None:
        """Let everybody consent whom it may concern."""
        for who in ("cem", "dan"):
            trustpath(
                self.capsys, "change", "approve", change, "-e", self.shop.estate, "--actor", who
            )

    def requested(self, *more: str) -> str:
        """Ask for the certificate of the job, with everybody's consent; returns the change."""
        change = str(self.run("cert", "request", "web", *more, who="ann").document["id"])
        self.consented(change)
        return change

    def issued(self, *more: str) -> None:
        """Have the certificate of the job obtained and served."""
        ran = self.run("cert", "issue", self.requested(*more), who="ann")
        assert ran.code == 0, ran.err or ran.out

    def renewed(self, *more: str) -> dict[str, Any]:
        """Renew as automation; returns what became of the job."""
        rows = self.run("cert", "renew", *more, who="bot").document["rows"]
        return dict(rows[-1])

    def revoked(self, *arguments: str) -> dict[str, Any]:
        """Revoke with everybody's consent; returns what came of it."""
        asked = self.run("cert", "revoke", *arguments, who="ann")
        assert asked.code == 4, asked.err or asked.out
        self.consented(str(asked.document["id"]))
        done = self.run("cert", "revoke", *arguments, "--timeout", "5", who="ann")
        (row,) = done.document["rows"]
        return {"code": done.code, **row}

    @property
    def issuances(self) -> list[dict[str, Any]]:
        """Every issuance, the oldest first."""
        return list(self.run("cert", "list", "--all").document["rows"])

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of the ledger's entries of a kind."""
        return [dict(e.body) for e in entries(self.shop.folder) if e.kind == kind]

    def serves(self, fingerprint: object) -> bool:
        """Say whether nginx comes to serve a certificate, and stays with it.

        For a while after a reload its old workers accept connections beside the new ones.
        """
        ends, seen = time.monotonic() + 20, 0
        while seen < 5 and time.monotonic() < ends:
            with suppress(OSError):
                der = ssl.PEM_cert_to_DER_cert(self.shop.served())
                seen = seen + 1 if hashlib.sha256(der).hexdigest() == fingerprint else 0
            time.sleep(0.02)
        return seen == 5
