"""An estate over a real BIND and the command line on it, as tests of changes use them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from commandline import Ran, trustpath
from dns_servers import KEY_NAME, DnsServer


class Bench:
    """An estate file over the server, and the command line on it."""

    def __init__(self, folder: Path, server: DnsServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.server, self.capsys = folder, server, capsys
        self.estate = folder / "estate.yaml"
        self.keys: dict[str, list[str]] = {}

    def write(self, zone: str) -> None:
        """Write the estate of one zone."""
        everyone = {
            "ann": ("dns", "requester"),
            "dan": ("dns", "approver"),
            "cem": ("pki", "approver"),
            "root": ("dns", "admin"),
        }
        document = {
            "organisation": "Example",
            "store": "sqlite:///trustpath.db",
            "owners": [
                {"id": "dns", "contacts": ["mailto:dns@example.com"]},
                {"id": "pki", "contacts": ["mailto:pki@example.com"]},
            ],
            "roles": {"pki": "pki"},
            "ownership": [
                {"kind": "zone", "pattern": zone, "owner": "dns"},
                {"kind": "record", "pattern": zone, "owner": "dns"},
                {"kind": "name", "pattern": zone, "owner": "pki"},
                {"kind": "certificate", "pattern": zone, "owner": "pki"},
            ],
            "actors": [
                {
                    "id": who,
                    "owner": owner,
                    "roles": [role],
                    "scopes": ["*"],
                    "ssh_keys": self.keys.get(who, []),
                }
                for who, (owner, role) in everyone.items()
            ],
            "writers": [
                {
                    "id": "bind",
                    "kind": "rfc2136",
                    "server": self.server.address,
                    "servers": [self.server.address],
                    "tsig": {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:TSIG"},
                }
            ],
            "sources": [
                {"id": "live", "kind": "axfr", "server": self.server.address, "zones": [zone]}
            ],
        }
        self.estate.write_text(yaml.safe_dump(document))

    def run(self, *arguments: str | Path, who: str | None = None) -> Ran:
        """Run a command as an actor."""
        actor = () if who is None else ("--actor", who)
        return trustpath(self.capsys, *arguments, "-e", self.estate, *actor)

    def json(self, *arguments: str | Path, who: str | None = None) -> Ran:
        """The same, as JSON."""
        return self.run(*arguments, "--format", "json", who=who)

    def script(self, zone: str, address: str = "192.0.2.99") -> Path:
        """Write a script that moves www."""
        path = self.folder / "change.txt"
        path.write_text(
            f"zone {zone}\nupdate delete www.{zone} A\nupdate add www.{zone} 300 A {address}\n"
            "send\n"
        )
        return path

    def propose(self, zone: str, *more: str) -> dict[str, object]:
        """File the script as ann."""
        ran = self.json("change", "propose", "--nsupdate", self.script(zone), *more, who="ann")
        assert ran.code in (0, 4), ran.err or ran.out
        return ran.document


def approved(bench: Bench, zone: str) -> str:
    """File a change and let everybody consent who is asked."""
    filed = bench.propose(zone)
    change = str(filed["id"])
    asked = {item["owner"] for item in filed["needed"]}  # type: ignore[attr-defined]
    assert asked == {"dns", "pki"}
    assert bench.run("change", "apply", change, who="ann").code == 4
    assert bench.run("change", "approve", change, who="dan").code == 4
    ran = bench.run("change", "approve", change, who="cem")
    assert ran.code == 0, ran.err or ran.out
    return change
