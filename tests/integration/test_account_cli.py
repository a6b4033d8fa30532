"""Accounts and standing grants from the command line, at Pebble, OpenBao and acme2certifier."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cas import OpenBao, acme2certifier, openbao, pebble
from commandline import Ran, trustpath
from dns_servers import KEY_SECRET, DnsServer, bind
from issuing import ZONE, Shop, entries, shop
from trustpath.app.application import TrustpathApplication
from trustpath.connectors.acme import AcmeIssuer
from trustpath.facts.issuing import Accounts
from trustpath.facts.persist import account_hash

pytestmark = pytest.mark.peer
NAMES = ("grants", "wild", "life", "hashed", "bound")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    folder = tmp_path_factory.mktemp("dns")
    files = {f"{name}.example": folder / f"{name}.zone" for name in NAMES}
    for zone, file in files.items():
        file.write_text(ZONE.format(zone=zone))
    with bind(folder / "bind", files, updates=True) as running:
        yield running


class Bench:
    """A shop at some CA, and the command line on its estate."""

    def __init__(self, made: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.capsys = made, capsys
        self.record = f"_validation-persist.www.{made.zone}"

    def run(self, *arguments: str, who: str = "cem") -> Ran:
        """Run a command as an actor; it answers in JSON."""
        actor = () if arguments[1] in ("list", "show") else ("--actor", who)
        estate = ("-e", str(self.shop.estate), "--format", "json")
        return trustpath(self.capsys, *arguments, *estate, *actor)

    def filed(self, *arguments: str, who: str = "ann") -> str:
        """Propose a change and let everybody consent who is asked; returns its id."""
        ran = self.run(*arguments, who=who)
        assert ran.code in (0, 4), ran.err or ran.out
        people = {"dns": "dan", "pki": "cem"}
        for owner in dict.fromkeys(item["owner"] for item in ran.document["needed"]):
            given = self.run("change", "approve", str(ran.document["id"]), who=people[owner])
            assert given.code in (0, 4), given.err or given.out
        return str(ran.document["id"])

    def applied(self, *arguments: str, who: str = "ann") -> Ran:
        """Propose, consent, apply."""
        return self.run("change", "apply", self.filed(*arguments, who=who), who=who)

    def account(self, command: str, *more: str) -> dict[str, Any]:
        """Do something to the account of the issuer, as the PKI team; returns its row."""
        ran = self.run("account", command, "pebble", *more)
        assert ran.code == 0, ran.err
        row: dict[str, Any] = ran.document["rows"][0]
        return row

    def judged(self, account: str) -> str:
        """Return what ACME-012 says of an account."""
        estate = ("-e", str(self.shop.estate), "--format", "json")
        found = trustpath(
            self.capsys, "check", *estate, "--rule", "ACME-012", "--min-status", "pass"
        )
        return found.statuses("ACME-012")[account]

    def kinds(self) -> list[str]:
        """Return the kinds of the entries on accounts in the ledger."""
        found = entries(self.shop.folder)
        return [entry.kind for entry in found if entry.kind.startswith("account.")]


@pytest.fixture
def opened(
    tmp_path: Path,
    server: DnsServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Bench]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    name, ca = request.param
    with (
        ca(tmp_path / "ca", dns=server.address) as running,
        shop(tmp_path / "shop", f"{name}.example", server, running, registered=False) as made,
    ):
        yield Bench(made, capsys)


def at(name: str, ca: Any) -> pytest.MarkDecorator:
    """Run a test on a zone of its own, at a CA of its own."""
    return pytest.mark.parametrize("opened", [(name, ca)], indirect=True, ids=[name])


def _approved(**more: Any) -> dict[str, Any]:
    ca = {"id": "pebble", "approved": True, "public": False, "acme": True, "tiers": ["internal"]}
    return {**ca, **more}


@at("grants", partial(acme2certifier, persist=True))
def test_a_standing_grant_from_the_held_order_to_its_end(opened: Bench) -> None:
    made, record = opened.shop, opened.record
    job = made.job(method="dns-persist-01")
    made.write(job, cas=[_approved(caa=["a2c.test"], persist_form="plain")])
    made.update(made.zone, "CAA", '0 issue "a2c.test"')
    uri = opened.account("register")["uri"]

    refused = opened.run("cert", "request", "web", who="ann")
    assert refused.code == 4
    assert f'add TXT "a2c.test; accounturi={uri}" by trustpath account grant' in refused.err
    assert opened.run("cert", "list", "--all").document["rows"] == []
    assert "neworders" not in made.ca.log.read_text()

    grant = ("account", "grant", f"www.{made.zone}", "--issuer", "pebble")
    past = opened.run(*grant, "--until", "2020-01-01T00:00:00Z", who="ann")
    assert past.code == 2
    ran = opened.applied(*grant, "--until", "2030-01-01T00:00:00Z")
    assert ran.code == 0, ran.err or ran.out
    until = "persistUntil=1893456000"
    assert made.texts(record) == [f'"a2c.test; accounturi={uri}; {until}"']
    assert {need["role"] for need in ran.document["needed"]} == {"certificate", "pki", "zone"}

    assert opened.applied("cert", "request", "web").code == 0
    issued = opened.run("cert", "list").document["rows"]
    assert [row["state"] for row in issued] == ["verified"]
    ordered = next(e for e in entries(made.folder) if e.kind == "certificate.ordered")
    assert ordered.body["granted"] == [f"{record} grants it: a2c.test; accounturi={uri}; {until}"]
    changes = opened.run("change", "list").document["rows"]
    assert [change["edits"] for change in changes] == [1, 0], "nothing was published for an order"

    withdrawal = ("account", "withdraw", f"www.{made.zone}", "--issuer", "pebble")
    cut = opened.run(*withdrawal, who="ann")
    assert cut.code in (3, 4)
    assert "ACME-009" in cut.out
    opened.run("change", "withdraw", str(cut.document["id"]), who="ann")
    made.write({**job, "active": False})
    ran = opened.applied(*withdrawal)
    assert ran.code == 0, ran.err or ran.out
    assert made.texts(record) == []
    assert "no record grants" in opened.run(*withdrawal, who="ann").err


@at("wild", partial(acme2certifier, persist=True))
def test_the_record_of_a_wildcard_is_at_its_base(opened: Bench) -> None:
    made = opened.shop
    made.write(made.job(), cas=[_approved(caa=["a2c.test"], persist_form="plain")])
    opened.account("register")
    made.update(opened.record, "TXT", '"of somebody else"')
    grant = ("account", "grant", f"*.www.{made.zone}", "--issuer", "pebble")
    change = opened.run(*grant, who="ann").document["id"]
    shown = opened.run("change", "show", str(change)).out
    assert "policy=wildcard" in shown
    assert opened.record in shown
    assert "_validation-persist.*" not in shown
    assert "of somebody else" in shown


@at("life", pebble)
def test_an_account_from_its_terms_to_its_end(opened: Bench) -> None:
    made = opened.shop
    key = made.folder / "account.pem"
    assert opened.run("account", "list").document["rows"][0]["status"] == "none"
    refused = opened.run("account", "register", "pebble")
    assert (refused.code, "register with --agree" in refused.err) == (1, True)
    assert (
        "does not speak for the PKI team"
        in opened.run("account", "register", "pebble", "--agree", who="ann").err
    )
    assert not key.exists()
    first = opened.account("register", "--agree")
    assert (first["status"], stat.S_IMODE(key.stat().st_mode)) == ("valid", 0o600)
    opened.account("register")
    assert opened.kinds() == ["account.registered"], "what is no news is not recorded"
    (row,) = opened.run("account", "list").document["rows"]
    assert (row["uri"], row["jobs"]) == (first["uri"], ["web"])
    assert row["names"] == [f"www.{made.zone}"]
    assert opened.judged(first["uri"]) == "pass"

    second = opened.account("rotate")
    assert second["uri"] == first["uri"]
    assert second["former"] == [first["thumbprint"]]
    assert second["thumbprint"] != first["thumbprint"]

    made.update(made.zone, "CAA", f'0 issue "pebble.example; accounturi={first["uri"]}"')
    busy = opened.run("account", "deactivate", "pebble")
    assert busy.code == 1
    assert "job web orders with it" in busy.err
    assert f"CAA of {made.zone} names it" in busy.err
    unsaid = opened.run("account", "deactivate", "pebble", "--force")
    assert (unsaid.code, "--reason" in unsaid.err) == (2, True)
    ended = opened.account("deactivate", "--force", "--reason", "the key leaked")
    assert ended["status"] == "deactivated"
    assert opened.judged(first["uri"]) == "medium"
    assert opened.kinds() == [
        f"account.{kind}" for kind in ("registered", "rotated", "deactivated")
    ]
    last = entries(made.folder)[-1]
    assert (last.subject, last.body["reason"]) == (first["uri"], "the key leaked")
    assert last.body["thumbprint"] == second["thumbprint"]
    assert "job web orders with it" in last.body["despite"]
    assert "PRIVATE" not in "".join(map(str, entries(made.folder)))


PREFIX = "https://ca.example/h/"


@at("hashed", pebble)
def test_a_rotation_waits_for_records_of_the_next_key(
    opened: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No CA has the hashed form yet: what Pebble's directory says is completed here.
    offer = AcmeIssuer.offer
    hashed: dict[str, Any] = {
        "persist_form": "hashed",
        "persist_names": ("pebble.example",),
        "hash_prefix": PREFIX,
    }
    monkeypatch.setattr(AcmeIssuer, "offer", lambda self: replace(offer(self), **hashed))
    made, name = opened.shop, f"www.{opened.shop.zone}"
    made.write(cas=[_approved(caa=["pebble.example"], persist_form="hashed")])
    first = opened.account("register", "--agree")
    grant = ("account", "grant", name, "--issuer", "pebble")
    ran = opened.applied(*grant)
    assert ran.code == 0, ran.err or ran.out
    assert made.texts(opened.record) == [_text(name, first)]

    stopped = opened.run("account", "rotate", "pebble")
    assert stopped.code == 1
    assert f"{opened.record} lacks TXT" in stopped.err
    assert opened.applied(*grant, "--successor").code == 0
    second = opened.account("rotate")
    assert sorted(made.texts(opened.record)) == sorted([_text(name, first), _text(name, second)])
    assert opened.applied(*grant).code == 0
    assert made.texts(opened.record) == [_text(name, second)]
    forced = opened.account("rotate", "--force", "--reason", "the key leaked")
    assert forced["former"] == [first["thumbprint"], second["thumbprint"]]
    assert opened.run("account", "deactivate", "pebble").err.count("TXT") == 1

    # The process ends between the CA's answer and the ledger: the next try writes it down.
    office = TrustpathApplication().certificates(made.estate)
    issuer = office.issuers["pebble"]
    assert isinstance(issuer, Accounts)
    issuer.deactivate()
    office.close()
    assert opened.account("deactivate")["status"] == "deactivated"
    assert opened.kinds()[-1] == "account.deactivated"


def _text(name: str, row: dict[str, Any]) -> str:
    digest = account_hash(name, row["thumbprint"], row["uri"])
    return f'"pebble.example; accounturi={PREFIX}sha-256/{digest}"'


@at("bound", partial(openbao, eab=True, tls=True))
def test_a_bound_account_whose_ca_changes_no_keys(
    opened: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = opened.shop
    assert isinstance(made.ca, OpenBao)
    missing = opened.run("account", "register", "pebble")
    assert "external_account: the CA asks for one" in missing.err
    kid, secret = made.ca.new_binding()
    monkeypatch.setenv("HMAC", secret)
    issuer = {
        "id": "pebble",
        "kind": "acme",
        "ca": "pebble",
        "directory": made.ca.directory,
        "roots": str(made.ca.vouching),
        "account_key": "account.pem",
        "external_account": {"kid": kid, "key": "env:HMAC"},
    }
    made.write(issuers=[issuer])
    first = opened.account("register")
    refused = opened.run("account", "rotate", "pebble")
    assert refused.code == 1
    assert "does not change keys of accounts" in refused.err
    assert "register another account" in refused.err
    (row,) = opened.run("account", "list").document["rows"]
    assert (row["status"], row["thumbprint"]) == ("valid", first["thumbprint"])
    assert opened.kinds() == ["account.registered"]
    assert secret not in "".join(map(str, entries(made.folder)))
